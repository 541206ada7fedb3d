//! The same queries on SQLite and on both Postgres: the same rows, in the same order, of the same types, and the same errors.
#![allow(clippy::unwrap_used)]

mod databases;
mod embed;
mod hostile;
mod matching;
mod random;
mod reads;
mod schema;
mod vectors;
mod writes;

use databases::Databases;

/// What a query did, as text: its rows as JSON, or its error's kind and SQLSTATE.
type Seen = String;

fn told<T: serde::Serialize>(result: credenza_core::Result<T>) -> Seen {
    match result {
        Ok(rows) => serde_json::to_string(&rows).unwrap(),
        Err(error) => match error.sqlstate() {
            Some(code) => format!("!{:?} {code}", error.kind()),
            None => format!("!{:?}", error.kind()),
        },
    }
}
