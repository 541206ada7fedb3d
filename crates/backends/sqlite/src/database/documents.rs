//! `json_contains(a, b)` and `json_overlaps(a, b)`: documents compared as Postgres compares `jsonb`.
//!
//! | function | returns |
//! |---|---|
//! | `json_contains(a, b)` | whether all that is in `b` is in `a`, as by `a @> b` |
//! | `json_overlaps(a, b)` | whether both are lists that have a member in common |
//!
//! Null for null. An error for a text that is no document.

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use serde_json::{Number, Value};

/// The functions that a statement may call.
pub(super) const FUNCTIONS: [&str; 2] = ["json_contains", "json_overlaps"];

/// How the engine itself says it.
const MALFORMED: &str = "malformed JSON";

pub(super) fn register(conn: &Connection) -> rusqlite::Result<()> {
    let pure =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    let [contains, overlaps] = FUNCTIONS;
    conn.create_scalar_function(contains, 2, pure, |cx| compare(cx, |a, b| self::contains(a, b, true)))?;
    conn.create_scalar_function(overlaps, 2, pure, |cx| compare(cx, self::overlaps))
}

fn compare(cx: &Context<'_>, how: fn(&Value, &Value) -> bool) -> rusqlite::Result<Option<bool>> {
    let document = |at: usize| match cx.get_raw(at) {
        ValueRef::Null => Ok(None),
        ValueRef::Text(text) => serde_json::from_slice(text).map(Some).map_err(|_| malformed()),
        ValueRef::Integer(number) => Ok(Some(Value::from(number))),
        ValueRef::Real(number) => Ok(Some(Value::from(number))),
        ValueRef::Blob(_) => Err(malformed()),
    };
    let documents: (Option<Value>, Option<Value>) = (document(0)?, document(1)?);
    Ok(match documents {
        (Some(a), Some(b)) => Some(how(&a, &b)),
        _ => None,
    })
}

fn malformed() -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(MALFORMED.into())
}

/// Documents are at most 128 deep, for the parser refuses others.
fn contains(a: &Value, b: &Value, top: bool) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            b.iter().all(|(key, b)| a.get(key).is_some_and(|a| contains(a, b, false)))
        }
        (Value::Array(a), Value::Array(b)) => b.iter().all(|b| a.iter().any(|a| contains(a, b, false))),
        (Value::Array(a), b) if top && !b.is_object() => a.iter().any(|a| same(a, b)),
        (a, b) => same(a, b),
    }
}

fn overlaps(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.iter().any(|a| b.iter().any(|b| same(a, b))),
        _ => false,
    }
}

/// Equal, where a number is its value.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

fn same_number(a: &Number, b: &Number) -> bool {
    match (a.as_i128(), b.as_i128(), a.as_f64(), b.as_f64()) {
        (Some(a), Some(b), ..) => a == b,
        (Some(whole), None, _, Some(float)) | (None, Some(whole), Some(float), _) => {
            float.fract() == 0.0 && float.abs() < 1e38 && float as i128 == whole
        }
        (_, _, a, b) => a == b,
    }
}
