//! Rows as JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use credenza_core::db::{Row, Value};
use credenza_core::{Error, ErrorKind, Result};
use serde_json::Number;

/// A row as JSON, by the names of its columns.
pub type JsonRow = serde_json::Map<String, serde_json::Value>;

/// A row as JSON, without loss: documents stay documents, whole numbers whole; times and UUIDs are their texts, decimals
/// are text, bytes are base64, vectors lists.
///
/// # Errors
/// `Decode` for a number that is none, and for what is no document in a column of documents.
pub fn json_row(row: &Row) -> Result<JsonRow> {
    let entry =
        |(column, value): (&credenza_core::db::Column, &Value)| Ok((column.name.clone(), json(value)?));
    row.columns().iter().zip(row.values()).map(entry).collect()
}

fn json(value: &Value) -> Result<serde_json::Value> {
    Ok(match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(number) => (*number).into(),
        Value::Float(number) => float(*number)?,
        Value::Text(text) => text.clone().into(),
        Value::Bytes(bytes) => STANDARD.encode(bytes).into(),
        Value::Json(text) => parsed(text)?,
        Value::Timestamp(time) => time.to_string().into(),
        Value::Uuid(id) => id.to_string().into(),
        Value::Vector(vector) => {
            vector.iter().map(|number| float((*number).into())).collect::<Result<Vec<_>>>()?.into()
        }
        _ => return Err(Error::new(ErrorKind::Decode, "a column is of a kind that JSON has no form for")),
    })
}

fn float(number: f64) -> Result<serde_json::Value> {
    let number = Number::from_f64(number);
    number.map(Into::into).ok_or_else(|| Error::new(ErrorKind::Decode, "JSON has no form for this number"))
}

pub(super) fn parsed(text: &str) -> Result<serde_json::Value> {
    serde_json::from_str(text).map_err(|_| Error::new(ErrorKind::Decode, "the column is no document of JSON"))
}
