//! Rows, for people and for programs.

use std::fmt::Write;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::rows::Row;
use crate::Exit;
use crate::table::Table;
use crate::text::{count, one_line, print};

/// Rows are printed so many at once, or so many bytes of them. The columns of a table have a common width there.
const ROWS: usize = 1000;
const BYTES: usize = 256 << 10;
/// Bytes of a BLOB that people are shown.
const SHOWN: usize = 16;

/// What a statement did.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    changes: u64,
}

/// Prints rows as they come: a JSON object a line, or a table.
pub(super) struct Printer {
    json: bool,
    /// When there was a row.
    table: Option<Table>,
    rows: Vec<Vec<String>>,
    lines: String,
    bytes: usize,
}

impl Printer {
    pub(super) fn new(json: bool) -> Printer {
        Printer { json, table: None, rows: Vec::new(), lines: String::new(), bytes: 0 }
    }

    pub(super) fn row(&mut self, row: Row) -> Result<(), Exit> {
        if self.json {
            let line = line(&row);
            self.bytes += line.len();
            self.lines.push_str(&line);
        } else {
            self.table.get_or_insert_with(|| Table::new(row.iter().map(|(name, _)| name.clone())));
            let cells: Vec<_> = row.iter().map(|(_, value)| cell(value)).collect();
            self.bytes += cells.iter().map(String::len).sum::<usize>();
            self.rows.push(cells);
        }
        if self.rows.len() >= ROWS || self.bytes >= BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Exit> {
        self.bytes = 0;
        if let Some(table) = &mut self.table {
            self.lines.push_str(&table.rows(self.rows.drain(..)));
        }
        print(std::mem::take(&mut self.lines))
    }

    /// The statement is done; says what it changed if somebody asked, or if it changed something and returned nothing.
    pub(super) fn end(mut self, told: bool, meta: &RawValue) -> Result<(), Exit> {
        self.flush()?;
        if self.json {
            return if told { print(one_line(meta.get()) + "\n") } else { Ok(()) };
        }
        let Meta { changes } = serde_json::from_str(meta.get()).unwrap_or_default();
        if told || self.table.is_none() && changes > 0 {
            print(format!("{} changed\n", count(changes, "row")))?;
        }
        Ok(())
    }
}

/// The row as a JSON object on a line.
fn line(row: &Row) -> String {
    let members = row
        .iter()
        .map(|(name, value)| format!("{}:{}", serde_json::Value::from(name.as_str()), one_line(value.get())));
    format!("{{{}}}\n", members.collect::<Vec<_>>().join(","))
}

/// A value for people: text without quotes, `NULL`, BLOBs in hexadecimal digits.
fn cell(value: &RawValue) -> String {
    let json = value.get();
    match json.as_bytes().first() {
        Some(b'n') => "NULL".to_owned(),
        Some(b'"') => serde_json::from_str(json).unwrap_or_else(|_| json.to_owned()),
        Some(b'[') => {
            serde_json::from_str(json).map_or_else(|_| json.to_owned(), |bytes: Vec<u8>| blob(&bytes))
        }
        _ => json.to_owned(),
    }
}

/// A BLOB as SQL writes it, its start if it is long.
fn blob(bytes: &[u8]) -> String {
    let mut text = "x'".to_owned();
    for byte in bytes.iter().take(SHOWN) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    if bytes.len() > SHOWN {
        let _ = write!(text, "…' ({})", crate::text::bytes(bytes.len() as u64));
    } else {
        text.push('\'');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let shown = |json: &str| cell(&RawValue::from_string(json.to_owned()).unwrap());
        for (json, expected) in [
            ("null", "NULL"),
            ("1", "1"),
            ("1.5", "1.5"),
            ("\"null\"", "null"),
            ("\"a\\nb\"", "a\nb"),
            ("[]", "x''"),
            ("[0,255]", "x'00ff'"),
            ("[1,256]", "[1,256]"),
        ] {
            assert_eq!(shown(json), expected, "{json}");
        }
        let long = format!("[{}]", ["7"; 2048].join(","));
        assert_eq!(shown(&long), format!("x'{}…' (2.0 KiB)", "07".repeat(16)));
    }

    #[test]
    fn lines() {
        let raw = |json: &str| RawValue::from_string(json.to_owned()).unwrap();
        let row = vec![("a \"b\"".to_owned(), raw("1")), ("c".to_owned(), raw("\"x\""))];
        assert_eq!(line(&row), "{\"a \\\"b\\\"\":1,\"c\":\"x\"}\n");
    }
}
