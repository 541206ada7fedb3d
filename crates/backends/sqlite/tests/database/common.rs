//! What the tests share.

use credenza_core::db::{Db, Value};
use credenza_core::{Error, ErrorKind, Result};
use credenza_sqlite::{SqliteDatabase, SqliteDatabaseConfig, SqliteDurability};
use tempfile::TempDir;

/// A database in a folder of its own.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    /// Commits are not synced, which the tests do not wait for.
    pub(crate) fn config(&self) -> SqliteDatabaseConfig {
        SqliteDatabaseConfig {
            durability: SqliteDurability::Normal,
            ..SqliteDatabaseConfig::at(self.folder.path().join("test.db"))
        }
    }

    pub(crate) fn open(&self) -> Db {
        Db::new(SqliteDatabase::open(self.config()).unwrap())
    }
}

pub(crate) fn memory() -> Db {
    Db::new(SqliteDatabase::open(SqliteDatabaseConfig::memory()).unwrap())
}

/// The values of all rows.
pub(crate) async fn rows(db: &Db, sql: &str) -> Result<Vec<Vec<Value>>> {
    let rows = db.query(sql.to_owned(), ()).await?.collect().await?;
    Ok(rows.into_iter().map(|row| row.into_values()).collect())
}

/// The only value of the only row.
pub(crate) async fn one(db: &Db, sql: &str) -> Value {
    db.query_one(sql.to_owned(), ()).await.unwrap().into_values().remove(0)
}

/// The kind and the SQLSTATE code that a statement fails with.
pub(crate) async fn fails(db: &Db, sql: &str) -> (ErrorKind, &'static str) {
    what(&db.execute(sql.to_owned(), ()).await.expect_err(sql))
}

pub(crate) fn what(error: &Error) -> (ErrorKind, &'static str) {
    (error.kind(), error.sqlstate().unwrap_or_default())
}
