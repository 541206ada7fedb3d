//! `regexp(pattern, text)`, which `text REGEXP pattern` calls: whether a part of a text matches a regular expression.
//!
//! The expressions are those of the `regex` library, and `.` is any character, the end of a line too, as on Postgres. They take a time that grows with the text
//! and not beyond.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error};

/// What is told of a pattern that is none; how the error is recognized.
pub(super) const MALFORMED: &str = "a pattern is no regular expression, or becomes too large";

/// Bytes of an expression that is compiled.
const LARGEST: usize = 1 << 20;

pub(super) fn register(conn: &Connection) -> rusqlite::Result<()> {
    let pure =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    conn.create_scalar_function("regexp", 2, pure, |cx| {
        if (0..2).any(|at| cx.get_raw(at) == ValueRef::Null) {
            return Ok(None);
        }
        let regex: Arc<Regex> = cx.get_or_create_aux(0, |pattern| compile(pattern.as_str()?))?;
        Ok(Some(match cx.get_raw(1) {
            ValueRef::Text(text) => regex.is_match(std::str::from_utf8(text).map_err(|_| malformed())?),
            _ => regex.is_match(&number(cx)?),
        }))
    })
}

/// A number as the text that it would be.
fn number(cx: &Context<'_>) -> rusqlite::Result<String> {
    match cx.get_raw(1) {
        ValueRef::Integer(number) => Ok(number.to_string()),
        ValueRef::Real(number) => Ok(format!("{number:?}")),
        _ => Err(malformed()),
    }
}

fn compile(pattern: &str) -> Result<Regex, Box<dyn std::error::Error + Send + Sync>> {
    let built = RegexBuilder::new(pattern)
        .dot_matches_new_line(true)
        .size_limit(LARGEST)
        .dfa_size_limit(LARGEST)
        .build();
    built.map_err(|_| MALFORMED.into())
}

fn malformed() -> Error {
    Error::UserFunctionError(MALFORMED.into())
}
