//! The table of what was applied.

use std::collections::BTreeMap;

use credenza_core::db::{Dialect, Row, Statement};
use credenza_core::{Error, ErrorKind, Result};

use crate::checksum::Checksum;
use crate::target::MigrationTransaction;

/// The table of what was applied. Its name is reserved: statements of users cannot reach it.
pub const TABLE: &str = "credenza_migrations";

/// A step that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) checksum: Checksum,
    /// In milliseconds since the Unix epoch.
    pub(crate) applied_at: i64,
}

/// The statements of one dialect.
#[derive(Debug)]
pub(crate) struct Sql {
    exists: &'static str,
    create: &'static str,
    read: &'static str,
    insert: &'static str,
    update: &'static str,
}

const SQLITE: Sql = Sql {
    exists: "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'credenza_migrations'",
    create: "CREATE TABLE IF NOT EXISTS credenza_migrations (module TEXT NOT NULL, version INTEGER NOT NULL, \
             name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL, \
             PRIMARY KEY (module, version)) STRICT, WITHOUT ROWID",
    read: "SELECT version, name, checksum, applied_at FROM credenza_migrations WHERE module = ?1",
    insert: "INSERT INTO credenza_migrations (module, version, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    update: "UPDATE credenza_migrations SET name = ?3, checksum = ?4 WHERE module = ?1 AND version = ?2",
};

/// In the first schema of the search path.
const POSTGRES: Sql = Sql {
    exists: "SELECT 1 WHERE to_regclass('credenza_migrations') IS NOT NULL",
    create: "CREATE TABLE IF NOT EXISTS credenza_migrations (module text NOT NULL, version bigint NOT NULL, \
             name text NOT NULL, checksum text NOT NULL, applied_at bigint NOT NULL, \
             PRIMARY KEY (module, version))",
    read: "SELECT version, name, checksum, applied_at FROM credenza_migrations WHERE module = $1",
    insert: "INSERT INTO credenza_migrations (module, version, name, checksum, applied_at) VALUES ($1, $2, $3, $4, $5)",
    update: "UPDATE credenza_migrations SET name = $3, checksum = $4 WHERE module = $1 AND version = $2",
};

impl Sql {
    pub(crate) fn of(dialect: Dialect) -> Result<&'static Sql> {
        match dialect {
            Dialect::Sqlite => Ok(&SQLITE),
            Dialect::Postgres => Ok(&POSTGRES),
            other => {
                let message = format!("migrations do not run on {}", other.name());
                Err(Error::new(ErrorKind::Unsupported, message))
            }
        }
    }

    /// Makes the table, if it is not there.
    pub(crate) async fn create(&self, tx: &mut dyn MigrationTransaction) -> Result<()> {
        tx.execute(Statement::new(self.create, ())).await
    }

    /// What was applied of a set, by number; nothing if there is no table.
    pub(crate) async fn read(
        &self,
        tx: &mut dyn MigrationTransaction,
        module: &str,
    ) -> Result<BTreeMap<u64, Record>> {
        if tx.query(Statement::new(self.exists, ())).await?.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows = tx.query(Statement::new(self.read, (module,))).await?;
        rows.iter().map(record).collect::<Result<_>>().map_err(|error| {
            let message = format!("the table {TABLE} does not have the shape of this format");
            Error::new(ErrorKind::Corrupt, message).with_source(error)
        })
    }

    pub(crate) async fn insert(
        &self,
        tx: &mut dyn MigrationTransaction,
        module: &str,
        version: u64,
        record: &Record,
    ) -> Result<()> {
        // Numbers of steps are no larger.
        let version = i64::try_from(version).unwrap_or(i64::MAX);
        let checksum = record.checksum.to_string();
        let values = (module, version, &record.name, checksum, record.applied_at);
        tx.execute(Statement::new(self.insert, values)).await
    }

    pub(crate) async fn update(
        &self,
        tx: &mut dyn MigrationTransaction,
        module: &str,
        version: u64,
        name: &str,
        checksum: String,
    ) -> Result<()> {
        let version = i64::try_from(version).unwrap_or(i64::MAX);
        tx.execute(Statement::new(self.update, (module, version, name, checksum))).await
    }
}

fn record(row: &Row) -> Result<(u64, Record)> {
    let checksum = row.get::<String>(2)?.parse()?;
    let record = Record { name: row.get(1)?, checksum, applied_at: row.get(3)? };
    Ok((row.get(0)?, record))
}
