//! A file of SQLite that migrations run on, by hand: what a [`MigrationTarget`] is made of.
#![allow(clippy::unwrap_used, reason = "this is only in tests")]
#![allow(dead_code, unreachable_pub, missing_docs, reason = "not every test file uses everything")]

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use credenza_core::db::{Begin, Column, Columns, Dialect, Params, Row, Statement, Value};
use credenza_core::{Effect, Error, ErrorKind, Result};
use credenza_migrations::{MigrationTarget, MigrationTransaction};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params_from_iter};

#[derive(Debug)]
pub struct File {
    pub conn: Connection,
    /// The next commit of a write says that it may have failed.
    pub commit_fails: bool,
    /// How many transactions that write were begun.
    pub writes: usize,
}

impl File {
    pub fn memory() -> File {
        File::new(Connection::open_in_memory().unwrap())
    }

    pub fn open(path: &Path) -> File {
        let conn = Connection::open(path).unwrap();
        conn.busy_timeout(Duration::from_secs(60)).unwrap();
        File::new(conn)
    }

    fn new(conn: Connection) -> File {
        File { conn, commit_fails: false, writes: 0 }
    }

    pub fn number(&self, sql: &str) -> i64 {
        self.conn.query_row(sql, (), |row| row.get(0)).unwrap()
    }

    pub fn has(&self, table: &str) -> bool {
        let sql = "SELECT 1 FROM sqlite_schema WHERE name = ?1";
        self.conn.prepare(sql).unwrap().exists((table,)).unwrap()
    }
}

fn failed(error: rusqlite::Error) -> Error {
    let (kind, code) = match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy) => (ErrorKind::Busy, "55P03"),
        Some(rusqlite::ErrorCode::ConstraintViolation) => (ErrorKind::Constraint, "23505"),
        _ => (ErrorKind::InvalidStatement, "42601"),
    };
    Error::new(kind, "the statement failed").on("file").with_sqlstate(code).with_source(error)
}

#[async_trait]
impl MigrationTarget for File {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn begin(&mut self, begin: Begin) -> Result<Box<dyn MigrationTransaction + '_>> {
        self.writes += usize::from(!begin.read_only);
        let sql = if begin.read_only { "BEGIN" } else { "BEGIN IMMEDIATE" };
        self.conn.execute_batch(sql).map_err(failed)?;
        Ok(Box::new(Open { file: self, writes: !begin.read_only }))
    }
}

struct Open<'f> {
    file: &'f mut File,
    writes: bool,
}

impl Open<'_> {
    fn rows(&self, statement: Statement) -> rusqlite::Result<Vec<Row>> {
        let Params::Positional(values) = statement.params else { panic!("by position") };
        let values = values.into_iter().map(|value| match value {
            Value::Int(value) => Sql::Integer(value),
            Value::Text(value) => Sql::Text(value),
            other => panic!("{other:?}"),
        });
        let mut prepared = self.file.conn.prepare(&statement.sql)?;
        let names = prepared.column_names().map(str::to_owned);
        let columns: Columns = names.map(|name| Column { name, declared: None }).collect();
        let mut rows = prepared.query(params_from_iter(values))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let values = (0..columns.len()).map(|at| match row.get_ref_unwrap(at) {
                rusqlite::types::ValueRef::Integer(value) => Value::Int(value),
                rusqlite::types::ValueRef::Text(value) => {
                    Value::Text(str::from_utf8(value).unwrap().to_owned())
                }
                _ => Value::Null,
            });
            found.push(Row::new(columns.clone(), values.collect()));
        }
        Ok(found)
    }
}

#[async_trait]
impl MigrationTransaction for Open<'_> {
    async fn execute(&mut self, statement: Statement) -> Result<()> {
        self.rows(statement).map(drop).map_err(failed)
    }

    async fn query(&mut self, statement: Statement) -> Result<Vec<Row>> {
        self.rows(statement).map_err(failed)
    }

    async fn commit(self: Box<Self>) -> Result<()> {
        self.file.conn.execute_batch("COMMIT").map_err(failed)?;
        if self.writes && std::mem::take(&mut self.file.commit_fails) {
            let error = Error::new(ErrorKind::Unavailable, "the wire was cut").on("file");
            return Err(error.with_effect(Effect::MaybeApplied));
        }
        Ok(())
    }

    async fn rollback(self: Box<Self>) -> Result<()> {
        self.file.conn.execute_batch("ROLLBACK").map_err(failed)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.file.conn.is_autocommit() {
            self.file.conn.execute_batch("ROLLBACK").unwrap();
        }
    }
}
