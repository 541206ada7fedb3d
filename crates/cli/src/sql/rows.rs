//! The answer of a statement, read a row at a time: it may be larger than memory.

use std::fmt;
use std::io::{BufReader, Read};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::Exit;

/// The columns of a row, in their order, as JSON.
pub(super) type Row = Vec<(String, Box<RawValue>)>;

/// Why an answer was not read to its end.
#[derive(Debug)]
pub(super) enum Failure {
    /// Whoever was handed the rows does not go on.
    Visit(Exit),
    /// The connection ended before the answer did.
    Cut(serde_json::Error),
    /// It is not what it should be.
    Strange(serde_json::Error),
}

type Visit<'v> = dyn FnMut(Row) -> Result<(), Exit> + 'v;

/// Reads `{success, results?: [{column: value, …}, …], meta}`, hands on each row as it comes, and returns `meta`.
pub(super) fn read(from: impl Read, visit: &mut Visit<'_>) -> Result<Box<RawValue>, Failure> {
    let mut stop = None;
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(64 << 10, from));
    let outcome = Answer(&mut stop, visit).deserialize(&mut json).and_then(|meta| json.end().map(|()| meta));
    outcome.map_err(|error| match stop {
        Some(exit) => Failure::Visit(exit),
        None if error.is_io() || error.is_eof() => Failure::Cut(error),
        None => Failure::Strange(error),
    })
}

/// The whole answer. What whoever is handed the rows fails with is left in the slot.
struct Answer<'a, 'v>(&'a mut Option<Exit>, &'a mut Visit<'v>);

impl<'de> DeserializeSeed<'de> for Answer<'_, '_> {
    type Value = Box<RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Answer<'_, '_> {
    type Value = Box<RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer of a statement")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut meta = None;
        while let Some(name) = map.next_key::<String>()? {
            match &*name {
                "results" => map.next_value_seed(Rows(self.0, self.1))?,
                "meta" => meta = Some(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        meta.ok_or_else(|| A::Error::missing_field("meta"))
    }
}

struct Rows<'a, 'v>(&'a mut Option<Exit>, &'a mut Visit<'v>);

impl<'de> DeserializeSeed<'de> for Rows<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(row) = rows.next_element_seed(Columns)? {
            if let Err(exit) = (self.1)(row) {
                *self.0 = Some(exit);
                return Err(A::Error::custom("not read to the end"));
            }
        }
        Ok(())
    }
}

/// An object whose members keep their order.
struct Columns;

impl<'de> DeserializeSeed<'de> for Columns {
    type Value = Row;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Row, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Columns {
    type Value = Row;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
        let mut row = Row::new();
        while let Some(column) = map.next_entry()? {
            row.push(column);
        }
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Rows = Vec<Vec<(String, String)>>;

    fn all(json: &str) -> Result<(Rows, String), Failure> {
        let mut rows = Vec::new();
        let meta = read(json.as_bytes(), &mut |row| {
            rows.push(row.into_iter().map(|(name, value)| (name, value.get().to_owned())).collect());
            Ok(())
        })?;
        Ok((rows, meta.get().to_owned()))
    }

    #[test]
    fn answers() {
        let column = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let json =
            r#"{"success":true,"results":[{"b":1,"a":"x"},{"b":null,"a":[1,2]}],"meta":{"changes":0}}"#;
        let rows = vec![
            vec![column("b", "1"), column("a", "\"x\"")],
            vec![column("b", "null"), column("a", "[1,2]")],
        ];
        assert_eq!(all(json).unwrap(), (rows, r#"{"changes":0}"#.to_owned()));
        assert_eq!(all(r#"{"success":true,"meta":{}}"#).unwrap().0.len(), 0);
        assert!(matches!(all(&json[..40]), Err(Failure::Cut(_))));
        assert!(matches!(all("[]"), Err(Failure::Strange(_))));
        assert!(matches!(all("{}"), Err(Failure::Strange(_))));
        let stopped = read(json.as_bytes(), &mut |_| Err(Exit::enough()));
        assert!(matches!(stopped, Err(Failure::Visit(exit)) if exit.code == 0));
    }
}
