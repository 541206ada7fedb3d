//! The steps of the store's own tables, and what they run on: a connection that has no handle yet.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use credenza_core::db::{Begin, Column, Columns, Dialect, Params, Row, Statement, Value};
use credenza_core::{Clock, Error, ErrorKind, Result};
use credenza_migrations::{MigrationSet, MigrationTarget, MigrationTransaction, Migrator, Step};
use tokio_postgres::types::Type;

use crate::conn::Conn;
use crate::error::{Commits, NAME, statement};
use crate::param::Param;
use crate::pool::millis;
use crate::sql;
use crate::store::PostgresStore;

/// What runners lock while one of them works: "Credenza", as a number.
const LOCK: &str = "SELECT pg_advisory_xact_lock(4859227466396924513)";
const SCHEMA: &str = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'credenza'";
const MAKE_SCHEMA: &str = "CREATE SCHEMA credenza";
/// The steps name their tables without the schema. Nothing that others put elsewhere is found.
const IN_SCHEMA: &str = "SET LOCAL search_path = credenza, pg_catalog";

impl PostgresStore {
    /// The steps that make the store's own tables, in the schema `credenza`, for those who look at a database: opening
    /// a store applies them.
    ///
    /// # Errors
    /// None, as long as the steps are sound.
    pub fn migrations() -> Result<MigrationSet> {
        MigrationSet::new(
            "credenza-kv",
            [Step::new(1, "tables").sql_for(Dialect::Postgres, include_str!("schema/001_tables.sql"))],
        )
    }
}

/// Makes the tables, or brings them to the present format. Of several that start at once, one does it.
pub(crate) async fn migrate(conn: &Conn, clock: &Arc<dyn Clock>, timeout: Duration) -> Result<()> {
    let migrator = Migrator::new(PostgresStore::migrations()?).with_clock(Arc::clone(clock));
    migrator.apply(&mut Tables { conn, timeout }).await.map(drop).map_err(|error| error.on(NAME))
}

/// The database of a store, on a connection of it.
#[derive(Debug)]
struct Tables<'c> {
    conn: &'c Conn,
    timeout: Duration,
}

#[async_trait]
impl MigrationTarget for Tables<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    async fn begin(&mut self, begin: Begin) -> Result<Box<dyn MigrationTransaction + '_>> {
        let conn = self.conn;
        conn.engage();
        let transaction = Box::new(OnConnection(conn));
        let text = if begin.read_only { sql::BEGIN_READ } else { sql::BEGIN_WRITE };
        transaction.run(text).await?;
        if !begin.read_only {
            let patience = millis(self.timeout);
            transaction.run(&format!("SET LOCAL lock_timeout = '{patience}'")).await?;
            transaction.rows(LOCK, Vec::new()).await?;
            if transaction.rows(SCHEMA, Vec::new()).await?.is_empty() {
                transaction.run(MAKE_SCHEMA).await?;
            }
        }
        transaction.run(IN_SCHEMA).await?;
        Ok(transaction)
    }
}

/// An open transaction. The connection takes it back if it is not ended.
#[derive(Debug)]
struct OnConnection<'c>(&'c Conn);

impl OnConnection<'_> {
    async fn run(&self, sql: &str) -> Result<()> {
        self.0.run(sql).await.map_err(|error| statement(&error, Commits::No))
    }

    async fn rows(&self, sql: &str, params: Vec<Param>) -> Result<Vec<tokio_postgres::Row>> {
        self.0.query(sql, &params).await.map_err(|error| statement(&error, Commits::No))
    }
}

#[async_trait]
impl MigrationTransaction for OnConnection<'_> {
    async fn execute(&mut self, statement: Statement) -> Result<()> {
        if statement.params.is_empty() {
            return self.run(&statement.sql).await;
        }
        self.rows(&statement.sql, bound(statement.params)?).await.map(drop)
    }

    async fn query(&mut self, statement: Statement) -> Result<Vec<Row>> {
        let found = self.rows(&statement.sql, bound(statement.params)?).await?;
        found.iter().map(row).collect()
    }

    async fn commit(self: Box<Self>) -> Result<()> {
        self.0.run(sql::COMMIT).await.map_err(|error| statement(&error, Commits::Yes))?;
        self.0.release();
        Ok(())
    }

    async fn rollback(self: Box<Self>) -> Result<()> {
        self.run(sql::ROLLBACK).await?;
        self.0.release();
        Ok(())
    }
}

/// Parameters: of the kinds that records of steps have.
fn bound(params: Params) -> Result<Vec<Param>> {
    let Params::Positional(values) = params else {
        return Err(Error::unsupported("named parameters").on(NAME));
    };
    let param = |value| match value {
        Value::Int(value) => Ok(Param::Int(value)),
        Value::Text(value) => Ok(Param::Text(value)),
        other => Err(Error::invalid(format!("a step is not recorded with {}", other.kind())).on(NAME)),
    };
    values.into_iter().map(param).collect()
}

fn row(found: &tokio_postgres::Row) -> Result<Row> {
    let named = |name: &str| Column { name: name.to_owned(), declared: None };
    let columns: Columns = found.columns().iter().map(|column| named(column.name())).collect();
    let mut values = Vec::with_capacity(columns.len());
    for (at, column) in found.columns().iter().enumerate() {
        let wrong = |_| Error::new(ErrorKind::Decode, "a column of a record has another type").on(NAME);
        values.push(match *column.type_() {
            Type::INT4 => found
                .try_get::<_, Option<i32>>(at)
                .map_err(wrong)?
                .map_or(Value::Null, |n| Value::Int(n.into())),
            Type::INT8 => found.try_get::<_, Option<i64>>(at).map_err(wrong)?.map_or(Value::Null, Value::Int),
            _ => found.try_get::<_, Option<String>>(at).map_err(wrong)?.map_or(Value::Null, Value::Text),
        });
    }
    Ok(Row::new(columns, values))
}
