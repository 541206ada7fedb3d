//! Text for a terminal.

use std::io::{ErrorKind, Write};

use serde::Serialize;

use crate::Exit;

/// The text with control characters escaped: a key must not steer somebody's terminal.
pub(crate) fn plain(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escape).collect()
}

/// JSON without line breaks. What users stored is passed on as it was written, and may have some between its parts;
/// inside of strings they are escaped already.
pub(crate) fn one_line(json: &str) -> String {
    json.replace(['\r', '\n'], " ")
}

/// One JSON object a line.
pub(crate) fn json_lines<T: Serialize>(entries: &[T]) -> String {
    let objects = entries.iter().filter_map(|entry| serde_json::to_string(entry).ok());
    objects.map(|object| one_line(&object) + "\n").collect()
}

/// A number of bytes for people: `17 B`, `1.5 KiB`, `3.0 GiB`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut size = count as f64;
    let mut unit = "B";
    for larger in UNITS {
        // What would be printed as 1024.0 is one of the next unit.
        if size < 1023.95 {
            break;
        }
        (size, unit) = (size / 1024.0, larger);
    }
    if unit == "B" { format!("{count} B") } else { format!("{size:.1} {unit}") }
}

/// So many things, one or several: `1 row`, `2 rows`.
pub(crate) fn count(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Writes to standard output.
pub(crate) fn print(text: impl AsRef<[u8]>) -> Result<(), Exit> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_ref()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        // `credenza kv list | head` has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Exit::enough()),
        Err(error) => Err(Exit::new(3, format!("cannot print: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (count, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            ((1 << 20) - 1, "1.0 MiB"),
            (3 << 30, "3.0 GiB"),
            (u64::MAX, "16777216.0 TiB"),
        ] {
            assert_eq!(bytes(count), text);
        }
        assert_eq!((count(1, "row"), count(0, "row")), ("1 row".to_owned(), "0 rows".to_owned()));
    }
}
