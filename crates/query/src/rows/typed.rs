//! Rows as types of the application.

use std::fmt;

use credenza_core::db::{Row, Value};
use credenza_core::{Error, ErrorKind, Result};
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};

use super::json::parsed;

/// A row as a type: its columns by their names, each as the type of its field reads it.
///
/// # Errors
/// `Decode` if a column is missing, null where a value is wanted, or of another kind. Its text names columns and kinds, never values.
pub fn typed_row<T: DeserializeOwned>(row: Row) -> Result<T> {
    let columns = row.columns().clone();
    let names = columns.iter().map(|column| column.name.as_str());
    let cells = names.zip(row.into_values()).map(|(name, value)| (name, Cell { name, value }));
    T::deserialize(MapDeserializer::new(cells))
        .map_err(|Mismatch(message)| Error::new(ErrorKind::Decode, message))
}

/// A value on its way into a field.
struct Cell<'a> {
    name: &'a str,
    value: Value,
}

/// Why it did not get there. What serde tells of values that do not fit is left out.
#[derive(Debug)]
struct Mismatch(String);

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mismatch {}

impl serde::de::Error for Mismatch {
    fn custom<M: fmt::Display>(_: M) -> Mismatch {
        Mismatch("the row does not fit the type".into())
    }

    fn missing_field(field: &'static str) -> Mismatch {
        Mismatch(format!("the row has no column {field:?}"))
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Mismatch {
        Mismatch(format!("the type has no field for the column {field:?}"))
    }

    fn duplicate_field(field: &'static str) -> Mismatch {
        Mismatch(format!("the row has two columns {field:?}"))
    }
}

impl<'a> IntoDeserializer<'_, Mismatch> for Cell<'a> {
    type Deserializer = Cell<'a>;

    fn into_deserializer(self) -> Cell<'a> {
        self
    }
}

impl Cell<'_> {
    /// Hands the value on, and says which column it was if it does not fit.
    fn told<T>(
        name: &str,
        kind: &str,
        read: std::result::Result<T, Mismatch>,
    ) -> std::result::Result<T, Mismatch> {
        read.map_err(|_| Mismatch(format!("the column {name:?} is {kind}, and does not fit its field")))
    }
}

impl<'de> Deserializer<'de> for Cell<'_> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Mismatch> {
        let Cell { name, value } = self;
        let kind = value.kind();
        let read = match value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Int(number) => visitor.visit_i64(number),
            Value::Float(number) => visitor.visit_f64(number),
            Value::Text(text) => visitor.visit_string(text),
            Value::Bytes(bytes) => visitor.visit_byte_buf(bytes.into()),
            Value::Json(text) => {
                let document = parsed(&text).map_err(|error| Mismatch(error.message().to_owned()))?;
                document.deserialize_any(visitor).map_err(|_| Mismatch(String::new()))
            }
            Value::Timestamp(time) => visitor.visit_string(time.to_string()),
            Value::Uuid(id) => visitor.visit_string(id.to_string()),
            Value::Vector(vector) => visitor.visit_seq(SeqDeserializer::new(vector.into_iter())),
            _ => Err(Mismatch(String::new())),
        };
        Cell::told(name, kind, read)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Mismatch> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> std::result::Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        enumeration: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> std::result::Result<V::Value, Mismatch> {
        let Cell { name, value } = self;
        let kind = value.kind();
        let read = match value {
            Value::Text(text) => visitor.visit_enum(IntoDeserializer::<Mismatch>::into_deserializer(text)),
            Value::Json(text) => {
                let document = parsed(&text).map_err(|error| Mismatch(error.message().to_owned()))?;
                let read = document.deserialize_enum(enumeration, variants, visitor);
                read.map_err(|_| Mismatch(String::new()))
            }
            _ => Err(Mismatch(String::new())),
        };
        Cell::told(name, kind, read)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use credenza_core::db::{Column, Columns};
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Plan {
        Free,
        Paid,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct User {
        id: i64,
        small: u8,
        score: f64,
        nick: Option<String>,
        plan: Plan,
        tags: Vec<String>,
        vector: Vec<f32>,
        at: String,
    }

    fn row(changed: &str, to: Value) -> Row {
        let mut cells = vec![
            ("id", Value::Int(i64::MAX)),
            ("small", Value::Int(7)),
            ("score", Value::Float(0.5)),
            ("nick", Value::Null),
            ("plan", Value::Text("paid".into())),
            ("tags", Value::Json(r#"["a", "b"]"#.into())),
            ("vector", Value::Vector(vec![1.0])),
            ("at", Value::Timestamp("2025-10-25T10:30:00Z".parse().unwrap())),
        ];
        if let Some((_, value)) = cells.iter_mut().find(|(name, _)| *name == changed) {
            *value = to;
        }
        let column = |(name, _): &(&str, Value)| Column { name: (*name).into(), declared: None };
        let columns: Columns = cells.iter().map(column).collect();
        Row::new(columns, cells.into_iter().map(|(_, value)| value).collect())
    }

    #[test]
    fn rows_are_read_as_types_and_what_does_not_fit_is_named_without_its_value() {
        let user: User = typed_row(row("", Value::Null)).unwrap();
        assert_eq!(user.id, i64::MAX);
        assert_eq!((user.nick, user.plan, user.tags), (None, Plan::Paid, vec!["a".into(), "b".into()]));
        assert_eq!((user.vector, &*user.at), (vec![1.0], "2025-10-25T10:30:00.000000Z"));
        for (column, value) in [
            ("id", Value::Null),
            ("small", Value::Int(256)),
            ("plan", Value::Text("secret".into())),
            ("tags", Value::Json("secret".into())),
            ("nick", Value::Int(4711)),
        ] {
            let error = typed_row::<User>(row(column, value)).unwrap_err();
            let text = error.to_string();
            assert_eq!(error.kind(), ErrorKind::Decode);
            assert!(column == "tags" || text.contains(column), "{text}");
            assert!(!text.contains("secret") && !text.contains("4711") && !text.contains("256"), "{text}");
        }
    }
}
