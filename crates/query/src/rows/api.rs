//! The types that tables declare, also where the database stores something else.

use credenza_core::Result;
use credenza_core::db::{Columns, Outcome, Row, Rows, Value};

/// What the values of one column stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    AsItIs,
    Bool,
    Json,
    Timestamp,
    Uuid,
    Vector,
}

impl Stands {
    /// By the declared type: SQLite keeps its text and stores what it has.
    fn of(declared: &str) -> Stands {
        let name = declared.split('(').next().unwrap_or_default().trim();
        let is = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        match name {
            _ if is(&["BOOLEAN", "BOOL"]) => Stands::Bool,
            _ if is(&["JSON", "JSONB"]) => Stands::Json,
            _ if is(&["TIMESTAMPTZ", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DATETIME"]) => {
                Stands::Timestamp
            }
            _ if is(&["UUID"]) => Stands::Uuid,
            _ if is(&["VECTOR"]) => Stands::Vector,
            _ => Stands::AsItIs,
        }
    }

    /// What is not of the declared type stays as it is: SQLite stores anything anywhere.
    fn read(self, value: Value) -> Value {
        match (self, value) {
            (Stands::Bool, Value::Int(number @ (0 | 1))) => Value::Bool(number == 1),
            (Stands::Json, Value::Text(text)) => Value::Json(text),
            // Its affinity makes numbers of documents that are nothing else.
            (Stands::Json, Value::Int(number)) => Value::Json(number.to_string()),
            (Stands::Json, Value::Float(number)) if number.is_finite() => Value::Json(number.to_string()),
            (Stands::Timestamp, Value::Text(text)) => {
                text.parse().map_or(Value::Text(text), Value::Timestamp)
            }
            (Stands::Uuid, Value::Text(text)) => text.parse().map_or(Value::Text(text), Value::Uuid),
            (Stands::Vector, Value::Bytes(bytes)) => match bytes.as_chunks::<4>() {
                (numbers, []) => {
                    Value::Vector(numbers.iter().map(|number| f32::from_le_bytes(*number)).collect())
                }
                _ => Value::Bytes(bytes),
            },
            (_, value) => value,
        }
    }
}

/// Reads rows, each value as its column declares it.
#[derive(Debug)]
pub(crate) struct Reader {
    rows: Rows,
    /// Rows that were read before.
    read: std::vec::IntoIter<Row>,
    json: Vec<String>,
    /// Of the columns of the rows, once they are known.
    known: Option<(Columns, Vec<Stands>)>,
}

impl Reader {
    pub(crate) fn new(rows: Rows, json: Vec<String>) -> Reader {
        Reader { rows, read: Vec::new().into_iter(), json, known: None }
    }

    /// Rows that are read as they are.
    pub(crate) fn of(read: Vec<Row>) -> Reader {
        let none = Rows::ready(Columns::default(), Vec::new(), Outcome::default());
        Reader { rows: none, read: read.into_iter(), json: Vec::new(), known: None }
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Row>> {
        if let Some(row) = self.read.next() {
            return Ok(Some(row));
        }
        let Some(row) = self.rows.next().await? else { return Ok(None) };
        let columns = row.columns().clone();
        if !self.known.as_ref().is_some_and(|(known, _)| known.is_same(&columns)) {
            let stands = columns.iter().map(|column| match &column.declared {
                _ if self.json.contains(&column.name) => Stands::Json,
                Some(declared) => Stands::of(declared),
                None => Stands::AsItIs,
            });
            self.known = Some((columns.clone(), stands.collect()));
        }
        let stands = self.known.as_ref().map_or(&[][..], |(_, stands)| stands);
        if stands.iter().all(|stands| *stands == Stands::AsItIs) {
            return Ok(Some(row));
        }
        let mut values = row.into_values();
        for (value, stands) in values.iter_mut().zip(stands).filter(|(_, stands)| **stands != Stands::AsItIs)
        {
            *value = stands.read(std::mem::take(value));
        }
        Ok(Some(Row::new(columns, values)))
    }

    pub(crate) async fn outcome(self) -> Result<u64> {
        Ok(self.rows.outcome().await?.rows_affected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_types_are_read_and_nothing_is_lost() {
        let read = |declared: &str, value: Value| Stands::of(declared).read(value);
        assert_eq!(read("boolean", Value::Int(1)), Value::Bool(true));
        assert_eq!(read("BOOLEAN", Value::Int(2)), Value::Int(2), "stored by other means");
        assert_eq!(read("JSONB", Value::Text("{}".into())), Value::Json("{}".into()));
        let time = "2025-10-25T10:30:00.000001Z";
        assert_eq!(read("TIMESTAMPTZ", Value::Text(time.into())), Value::Timestamp(time.parse().unwrap()));
        assert_eq!(read("TIMESTAMPTZ", Value::Text("soon".into())), Value::Text("soon".into()));
        let id = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        assert_eq!(read("UUID", Value::Text(id.into())), Value::Uuid(id.parse().unwrap()));
        let vector = [1.0_f32, -2.5].iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>();
        assert_eq!(read("VECTOR(2)", Value::Bytes(vector.into())), Value::Vector(vec![1.0, -2.5]));
        assert_eq!(read("VECTOR(2)", Value::Bytes("abc".into())), Value::Bytes("abc".into()));
        assert_eq!(read("BIGINT", Value::Int(i64::MAX)), Value::Int(i64::MAX));
        assert_eq!(read("BOOLEAN", Value::Null), Value::Null);
    }
}
