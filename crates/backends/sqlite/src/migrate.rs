//! The steps of the store's own tables, and what they run on: a connection that has no handle yet.

use std::sync::Arc;

use async_trait::async_trait;
use credenza_core::db::{Begin, Column, Columns, Dialect, Params, Row, Statement, Value};
use credenza_core::{Clock, Error, ErrorKind, Result};
use credenza_migrations::{MigrationSet, MigrationTarget, MigrationTransaction, Migrator, Step, ready};
use rusqlite::types::{Value as Sql, ValueRef};
use rusqlite::{Connection, params_from_iter};

use crate::error::{self, NAME, storage};
use crate::schema::identify;
use crate::store::SqliteStore;
use crate::{db, sql};

/// The number of the last step. The steps write it to `user_version` too, so that opening a file reads one number.
pub(crate) const FORMAT: u64 = 1;

impl SqliteStore {
    /// The steps that make the store's own tables, for those who look at a file: opening it applies them.
    ///
    /// # Errors
    /// None, as long as the steps are sound.
    pub fn migrations() -> Result<MigrationSet> {
        MigrationSet::new(
            "credenza-kv",
            [Step::new(1, "tables").sql_for(Dialect::Sqlite, include_str!("schema/001_tables.sql"))],
        )
    }
}

/// Brings a file of an earlier format, or an empty one, to the present one. One of the present format from before
/// there were records of steps gets them.
pub(crate) fn migrate(conn: &mut Connection, format: u64, clock: &Arc<dyn Clock>) -> Result<()> {
    let migrator = Migrator::new(SqliteStore::migrations()?).with_clock(Arc::clone(clock));
    let mut file = StoreFile(conn);
    if format > 0 {
        match ready(migrator.adopt(&mut file, format)) {
            // The file can be used as it is; the next who opens it records the steps.
            Err(error) if format == FORMAT && is_in_the_way(error.kind()) => return Ok(()),
            adopted => adopted?,
        }
    }
    ready(migrator.apply(&mut file)).map(drop)
}

fn is_in_the_way(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ReadOnly | ErrorKind::Full | ErrorKind::Busy)
}

/// The file of a store, on the connection that will write to it.
#[derive(Debug)]
struct StoreFile<'c>(&'c mut Connection);

#[async_trait]
impl MigrationTarget for StoreFile<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn begin(&mut self, begin: Begin) -> Result<Box<dyn MigrationTransaction + '_>> {
        let sql = if begin.read_only { sql::BEGIN_READ } else { sql::BEGIN_WRITE };
        db::run(self.0, sql, ()).map_err(storage)?;
        let transaction = OnConnection(self.0);
        // Another process may have been faster: also one of another application, or of a later version.
        identify(transaction.0)?;
        Ok(Box::new(transaction))
    }
}

/// An open transaction.
#[derive(Debug)]
struct OnConnection<'c>(&'c mut Connection);

impl OnConnection<'_> {
    fn run(
        &self,
        statement: Statement,
        mut see: impl FnMut(&rusqlite::Row<'_>, &Columns) -> Result<()>,
    ) -> Result<()> {
        let Params::Positional(values) = statement.params else {
            return Err(Error::unsupported("named parameters").on(NAME));
        };
        let values: Vec<Sql> = values.into_iter().map(bound).collect::<Result<_>>()?;
        let mut prepared = self.0.prepare(&statement.sql).map_err(storage)?;
        let named = |name: &str| Column { name: name.to_owned(), declared: None };
        let columns: Columns = prepared.column_names().map(named).collect();
        let mut rows = prepared.query(params_from_iter(values)).map_err(storage)?;
        while let Some(row) = rows.next().map_err(storage)? {
            see(row, &columns)?;
        }
        Ok(())
    }

    fn end(&mut self, sql: &'static str) -> rusqlite::Result<()> {
        db::run(self.0, sql, ()).map(drop)
    }
}

#[async_trait]
impl MigrationTransaction for OnConnection<'_> {
    async fn execute(&mut self, statement: Statement) -> Result<()> {
        self.run(statement, |_, _| Ok(()))
    }

    async fn query(&mut self, statement: Statement) -> Result<Vec<Row>> {
        let mut found = Vec::new();
        self.run(statement, |row, columns| {
            let values: Result<Vec<Value>> = (0..columns.len()).map(|at| stored(row, at)).collect();
            found.push(Row::new(columns.clone(), values?));
            Ok(())
        })?;
        Ok(found)
    }

    async fn commit(mut self: Box<Self>) -> Result<()> {
        self.end(sql::COMMIT).map_err(error::commit)
    }

    async fn rollback(mut self: Box<Self>) -> Result<()> {
        self.end(sql::ROLLBACK).map_err(storage)
    }
}

impl Drop for OnConnection<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit() {
            // If it fails, the connection is closed with it, and the file is as before.
            let _ = self.end(sql::ROLLBACK);
        }
    }
}

/// A parameter: of the kinds that records of steps have.
fn bound(value: Value) -> Result<Sql> {
    match value {
        Value::Null => Ok(Sql::Null),
        Value::Int(value) => Ok(Sql::Integer(value)),
        Value::Text(value) => Ok(Sql::Text(value)),
        other => Err(Error::invalid(format!("a step is not recorded with {}", other.kind())).on(NAME)),
    }
}

fn stored(row: &rusqlite::Row<'_>, at: usize) -> Result<Value> {
    Ok(match row.get_ref(at).map_err(storage)? {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Int(value),
        ValueRef::Real(value) => Value::Float(value),
        ValueRef::Text(value) => Value::Text(String::from_utf8_lossy(value).into_owned()),
        ValueRef::Blob(value) => Value::Bytes(value.to_vec().into()),
    })
}
