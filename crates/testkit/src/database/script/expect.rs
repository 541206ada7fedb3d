//! What a script expects of a statement.

use credenza_core::ErrorKind;
use credenza_core::db::{FromValue, Timestamp, Uuid, Value};

use super::literal;
use crate::script::Reader;

/// What a statement must come to.
#[derive(Clone, Debug)]
pub(super) enum Expected {
    /// No rows and so many rows affected; or anything but an error.
    Done(Option<u64>),
    /// These rows in this order; with so many rows affected, if it says so.
    Rows(Vec<Vec<Cell>>, Option<u64>),
    /// An error of this kind, with this SQLSTATE if it says one.
    Error { kind: String, state: Option<String> },
}

/// What a column must hold.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    /// Anything.
    Any,
    Value(Value),
}

impl Expected {
    /// `done`, `3 affected`, `none`, `[1, "a"] [2, null]`, `[7] 1 affected`, `!Constraint 23505`.
    pub(super) fn read(text: &str) -> Result<Expected, String> {
        let reader = &mut Reader::new(text);
        let expected = if reader.eat("!") {
            let kind = reader.take_while(|c| c.is_ascii_alphanumeric()).unwrap_or_default().to_owned();
            let state = reader.take_while(|c| c.is_ascii_alphanumeric()).map(str::to_owned);
            Expected::Error { kind, state }
        } else if reader.eat_word("done") {
            Expected::Done(None)
        } else if reader.eat_word("none") {
            Expected::Rows(Vec::new(), None)
        } else if reader.rest().starts_with('[') {
            let mut rows = Vec::new();
            while reader.eat("[") {
                rows.push(row(reader)?);
            }
            Expected::Rows(rows, if reader.is_done() { None } else { Some(affected(reader)?) })
        } else {
            Expected::Done(Some(affected(reader)?))
        };
        if reader.is_done() { Ok(expected) } else { Err(format!("{:?} is left over", reader.rest())) }
    }

    /// Whether it is an error that is expected.
    pub(super) fn is_error(&self) -> bool {
        matches!(self, Expected::Error { .. })
    }

    pub(super) fn fits_error(&self, found: ErrorKind, code: Option<&str>) -> bool {
        match self {
            Expected::Error { kind, state } => {
                format!("{found:?}") == *kind && state.as_deref().is_none_or(|state| code == Some(state))
            }
            _ => false,
        }
    }

    /// Whether these rows, of a statement that has columns or none, and this number are what is expected.
    pub(super) fn fits_rows(&self, has_columns: bool, rows: &[Vec<Value>], found: u64) -> bool {
        match self {
            Expected::Error { .. } => false,
            Expected::Done(affected) => {
                affected.is_none_or(|affected| affected == found && !has_columns && rows.is_empty())
            }
            Expected::Rows(expected, affected) => {
                has_columns
                    && affected.is_none_or(|affected| affected == found)
                    && expected.len() == rows.len()
                    && expected.iter().zip(rows).all(|(expected, row)| {
                        expected.len() == row.len()
                            && expected.iter().zip(row).all(|(cell, value)| cell.fits(value))
                    })
            }
        }
    }
}

fn affected(reader: &mut Reader<'_>) -> Result<u64, String> {
    let number = reader.take_while(|c| c.is_ascii_digit()).and_then(|digits| digits.parse().ok());
    let number = number.ok_or_else(|| format!("an expectation is missing at {:?}", reader.rest()))?;
    reader.expect("affected").map(|()| number)
}

fn row(reader: &mut Reader<'_>) -> Result<Vec<Cell>, String> {
    let mut cells = Vec::new();
    while !reader.eat("]") {
        if !cells.is_empty() {
            reader.expect(",")?;
        }
        cells.push(if reader.eat("_") { Cell::Any } else { Cell::Value(literal::value(reader)?) });
    }
    Ok(cells)
}

impl Cell {
    /// Whether a column holds it: in its own kind, or in the one in which a database keeps what it has no kind for.
    fn fits(&self, found: &Value) -> bool {
        let Cell::Value(expected) = self else { return true };
        match (expected, found) {
            (Value::Float(expected), Value::Float(found)) => expected.to_bits() == found.to_bits(),
            (Value::Bool(expected), found) => {
                bool::from_value(found.clone()).is_ok_and(|found| found == *expected)
            }
            (Value::Json(expected), Value::Json(found) | Value::Text(found)) => expected == found,
            (Value::Timestamp(expected), found) => {
                Timestamp::from_value(found.clone()).is_ok_and(|found| found == *expected)
            }
            (Value::Uuid(expected), found) => {
                Uuid::from_value(found.clone()).is_ok_and(|found| found == *expected)
            }
            (Value::Vector(expected), found) => {
                Vec::<f32>::from_value(found.clone()).is_ok_and(|found| found == *expected)
            }
            (expected, found) => expected == found,
        }
    }
}
