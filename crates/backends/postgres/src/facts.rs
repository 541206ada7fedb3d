//! What the server is, as it says itself.

use credenza_core::{Durability, Error, ErrorKind, Result};

use crate::conn::Conn;
use crate::error::{Commits, NAME, shape, statement};
use crate::sql;

/// The oldest version that is served, as the server counts.
const OLDEST: i32 = 140_000;

/// What a store declares of its server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) durability: Durability,
}

impl Facts {
    /// Asks the server.
    ///
    /// # Errors
    /// `Unsupported` if it is too old.
    pub(crate) async fn ask(conn: &Conn) -> Result<Facts> {
        let rows = conn.query(sql::FACTS, &[]).await.map_err(|error| statement(&error, Commits::No))?;
        let row = rows.first().ok_or_else(shape)?;
        let version: i32 = row.try_get(0).map_err(|_| shape())?;
        let commit: String = row.try_get(1).map_err(|_| shape())?;
        let fsync: String = row.try_get(2).map_err(|_| shape())?;
        if version < OLDEST {
            let message = format!("the server is PostgreSQL {}; 14 or later is needed", version / 10_000);
            return Err(Error::new(ErrorKind::Unsupported, message).on(NAME));
        }
        let durability = match (commit.as_str(), fsync.as_str()) {
            // The last commits are in the memory of the server, which a crash of it loses.
            ("off", _) => Durability::None,
            (_, "on") => Durability::PowerLoss,
            _ => Durability::ProcessCrash,
        };
        Ok(Facts { durability })
    }
}
