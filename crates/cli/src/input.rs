//! What people give to a command: text from files and standard input, JSON.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde_json::value::RawValue;

use crate::Exit;

/// The text in a file.
pub(crate) fn file(path: &Path) -> Result<String, Exit> {
    let file = File::open(path).map_err(|error| Exit::new(2, format!("{}: {error}", path.display())))?;
    text(file, &path.display().to_string())
}

/// The text of standard input.
pub(crate) fn standard() -> Result<String, Exit> {
    text(std::io::stdin(), "standard input")
}

fn text(mut from: impl Read, name: &str) -> Result<String, Exit> {
    let mut text = String::new();
    from.read_to_string(&mut text).map_err(|error| {
        let reason = if error.kind() == ErrorKind::InvalidData {
            "is not UTF-8 text".into()
        } else {
            error.to_string()
        };
        Exit::new(2, format!("{name}: {reason}"))
    })?;
    Ok(text)
}

/// The JSON of an option, as it was written.
pub(crate) fn json(option: &str, json: String) -> Result<Box<RawValue>, Exit> {
    RawValue::from_string(json).map_err(|error| Exit::new(2, format!("{option} is not JSON: {error}")))
}
