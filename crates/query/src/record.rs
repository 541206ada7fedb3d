//! [`Record`].

use credenza_core::db::{IntoValue, Value};
use credenza_core::{Error, Result};
use serde::Serialize;

/// Columns and their values: a row to insert, or what an update sets.
///
/// ```
/// use credenza_query::Record;
///
/// let record = Record::new().set("name", "Bob").set("age", 42).set("nick", None::<&str>);
/// assert_eq!(record.columns().collect::<Vec<_>>(), ["name", "age", "nick"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record(Vec<(String, Value)>);

impl Record {
    /// No columns yet.
    pub fn new() -> Record {
        Record::default()
    }

    /// The same with a column. One that is there already gets the new value.
    #[must_use]
    pub fn set(mut self, column: impl Into<String>, value: impl IntoValue) -> Record {
        let (column, value) = (column.into(), value.into_value());
        match self.0.iter_mut().find(|(known, _)| *known == column) {
            Some((_, known)) => *known = value,
            None => self.0.push((column, value)),
        }
        self
    }

    /// The fields of a structure or the entries of a map; lists and structures in it become JSON.
    ///
    /// # Errors
    /// `InvalidArgument` for what has no fields, or a number that is greater than any `i64`.
    pub fn of(value: &impl Serialize) -> Result<Record> {
        let value = serde_json::to_value(value)
            .map_err(|error| Error::invalid("this cannot be a row").with_source(error))?;
        let serde_json::Value::Object(fields) = value else {
            return Err(Error::invalid("a row is a structure or a map"));
        };
        fields
            .into_iter()
            .map(|(column, value)| Ok((column, bound(value)?)))
            .collect::<Result<_>>()
            .map(Record)
    }

    /// The columns, in order.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(column, _)| &**column)
    }

    /// The value of a column.
    pub fn get(&self, column: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == column).map(|(_, value)| value)
    }

    pub(crate) fn entries(&self) -> &[(String, Value)] {
        &self.0
    }
}

fn bound(value: serde_json::Value) -> Result<Value> {
    Ok(match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(value),
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Int(whole),
            (None, Some(float)) if !number.is_u64() => Value::Float(float),
            _ => return Err(Error::invalid("a whole number is greater than any column holds")),
        },
        nested => Value::Json(nested.to_string()),
    })
}

/// One row or several.
pub trait IntoRecords {
    /// The rows.
    fn into_records(self) -> Vec<Record>;
}

impl IntoRecords for Record {
    fn into_records(self) -> Vec<Record> {
        vec![self]
    }
}

impl IntoRecords for Vec<Record> {
    fn into_records(self) -> Vec<Record> {
        self
    }
}

impl<const N: usize> IntoRecords for [Record; N] {
    fn into_records(self) -> Vec<Record> {
        self.into()
    }
}
