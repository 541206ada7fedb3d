//! Where `cargo xtask services install` puts things.

use std::path::PathBuf;

use super::Trouble;

/// A file or folder of what was installed.
///
/// # Errors
/// It is not there, and what to do.
pub(super) fn installed(path: &str) -> Result<PathBuf, Trouble> {
    let folder = folder().ok_or_else(|| missing("there is no folder `services` beside this program"))?;
    let path = folder.join(path);
    if path.exists() { Ok(path) } else { Err(missing(&format!("there is no {}", path.display()))) }
}

/// The folder that the variable names, or the one in the target folder this program lies in.
pub(super) fn folder() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("CREDENZA_SERVICES") {
        return Some(folder.into());
    }
    let program = std::env::current_exe().ok()?;
    program.ancestors().skip(1).map(|above| above.join("services")).find(|folder| folder.is_dir())
}

fn missing(what: &str) -> Trouble {
    Trouble(format!("it is not installed: {what}; run `cargo xtask services install`"))
}
