//! When tables and views were made: what tells a table from one of the same name that was dropped.

use std::result::Result;

use super::conn::Own;

const CREATE: &str = "CREATE TABLE IF NOT EXISTS credenza_tables \
    (name TEXT PRIMARY KEY COLLATE NOCASE, made INTEGER NOT NULL) WITHOUT ROWID";
/// The entry without a name has the last number that was given.
const COUNT: &str = "INSERT INTO credenza_tables (name, made) VALUES ('', 1) \
    ON CONFLICT (name) DO UPDATE SET made = made + 1";
const MADE: &str = "INSERT INTO credenza_tables (name, made) \
    VALUES (?1, (SELECT made FROM credenza_tables WHERE name = '')) \
    ON CONFLICT (name) DO UPDATE SET made = excluded.made";
const DROPPED: &str = "DELETE FROM credenza_tables WHERE name = ?1";

/// A statement that makes or drops tables, and the note of that, all or nothing.
pub(crate) struct Noted {
    /// The transaction is ours.
    alone: bool,
    version: i64,
}

impl Noted {
    /// Before the statement.
    pub(crate) fn begin(on: Own<'_>, transaction: bool) -> rusqlite::Result<Noted> {
        on.run(if transaction { "SAVEPOINT credenza_schema" } else { "BEGIN IMMEDIATE" }, [])?;
        match version(on) {
            Ok(version) => Ok(Noted { alone: !transaction, version }),
            Err(failed) => {
                undo(on, !transaction);
                Err(failed)
            }
        }
    }

    /// After the statement, which may have failed.
    pub(crate) fn end<T, E: From<rusqlite::Error>>(
        self,
        on: Own<'_>,
        tables: &[(String, bool)],
        ran: Result<T, E>,
    ) -> Result<T, E> {
        let finished = ran.and_then(|done| {
            if version(on)? != self.version {
                note(on, tables)?;
            }
            on.run(if self.alone { "COMMIT" } else { "RELEASE credenza_schema" }, [])?;
            Ok(done)
        });
        if finished.is_err() {
            undo(on, self.alone);
        }
        finished
    }
}

/// Changes with every table that is made, altered or dropped.
fn version(on: Own<'_>) -> rusqlite::Result<i64> {
    Ok(on.row("PRAGMA schema_version", [], |row| row.get(0))?.unwrap_or_default())
}

fn note(on: Own<'_>, tables: &[(String, bool)]) -> rusqlite::Result<()> {
    on.run(CREATE, [])?;
    for (name, made) in tables {
        if *made {
            on.run(COUNT, [])?;
            on.run(MADE, [name])?;
        } else {
            on.run(DROPPED, [name])?;
        }
    }
    Ok(())
}

fn undo(on: Own<'_>, alone: bool) {
    if on.raw.is_autocommit() {
        return;
    }
    // If this fails, whoever holds the connection ends its transaction.
    let _ = if alone {
        on.run("ROLLBACK", [])
    } else {
        on.run("ROLLBACK TO credenza_schema", []).and_then(|()| on.run("RELEASE credenza_schema", []))
    };
}
