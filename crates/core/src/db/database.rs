//! What a database is.

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::params::{IntoParams, Params};
use super::rows::{Columns, Rows};
use crate::context::Context;
use crate::error::Result;
use crate::store::{Consistency, Durability, StoreInfo};

/// A relational database: it runs statements.
///
/// # What a store promises
/// - **One statement a call.** Text after the first statement, other than comments and a semicolon, is refused
///   with `InvalidStatement` before anything runs, and so is text without a statement.
/// - **Its rows, whenever it returns any**: `SELECT`, `VALUES`, `EXPLAIN`, `INSERT … RETURNING`, whatever comes
///   before them.
/// - **All or nothing**: a statement that fails changes nothing. Outside of a transaction a write is durable, as far as
///   [`DbCapabilities::durability`] says, when its result is there; a statement that writes and returns rows has
///   written when the first of its rows is there.
/// - **Deadlines**: a statement is stopped at the deadline of its context, wherever it is, with `Timeout`; a write
///   that was stopped was not applied, unless the error says that it may have been.
/// - **Dropping** the future, or the rows, stops the statement; a write outside of a transaction may still be applied.
#[async_trait]
pub trait Database: Debug + Send + Sync + 'static {
    /// Its name, and those of the layers below it.
    fn info(&self) -> &StoreInfo;

    /// What it can do.
    fn capabilities(&self) -> DbCapabilities;

    /// Runs one statement.
    ///
    /// # Errors
    /// `InvalidStatement` if the text cannot be run, `Denied` if the store does not allow what it does, `Constraint`,
    /// `Conflict` if another transaction was in the way, `InvalidArgument` for parameters that do not match,
    /// `LimitExceeded`, `Timeout`, and what any store fails with. [`Error::sqlstate`](crate::Error::sqlstate) has
    /// the SQLSTATE code, the same on every database.
    async fn run(&self, cx: &Context, statement: Statement) -> Result<Rows>;

    /// What a statement would do, without running it.
    ///
    /// # Errors
    /// As [`Database::run`], for a statement that could not be run.
    async fn describe(&self, cx: &Context, sql: &str) -> Result<Description>;

    /// Begins a transaction. It waits until its turn, and sees a state of the database that no other changes.
    ///
    /// # Errors
    /// `Timeout` or `Busy` if its turn did not come.
    async fn begin(&self, cx: &Context, begin: Begin) -> Result<Box<dyn Transaction>>;

    /// The tables and views that users made, with what defines each, in the order of their names.
    async fn tables(&self, cx: &Context) -> Result<Vec<Table>>;
}

#[async_trait]
impl<D: Database + ?Sized> Database for Arc<D> {
    fn info(&self) -> &StoreInfo {
        (**self).info()
    }

    fn capabilities(&self) -> DbCapabilities {
        (**self).capabilities()
    }

    async fn run(&self, cx: &Context, statement: Statement) -> Result<Rows> {
        (**self).run(cx, statement).await
    }

    async fn describe(&self, cx: &Context, sql: &str) -> Result<Description> {
        (**self).describe(cx, sql).await
    }

    async fn begin(&self, cx: &Context, begin: Begin) -> Result<Box<dyn Transaction>> {
        (**self).begin(cx, begin).await
    }

    async fn tables(&self, cx: &Context) -> Result<Vec<Table>> {
        (**self).tables(cx).await
    }
}

/// A table or a view.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Table {
    /// Its name, as written when it was made.
    pub name: String,
    /// Whether it is a view.
    pub is_view: bool,
    /// A hash of its definition, which changes when it is altered or made anew.
    pub definition: u64,
}

impl Table {
    /// A table or a view. For stores.
    pub fn new(name: impl Into<String>, is_view: bool, definition: u64) -> Table {
        Table { name: name.into(), is_view, definition }
    }
}

/// A transaction. Dropped without [`commit`](Transaction::commit) it is rolled back.
///
/// A statement that fails changes nothing, and the transaction goes on, unless the error is one that
/// [ends it](crate::Error::ends_transaction) (`Timeout`, `Conflict`, `Full`, `Unavailable`, `Corrupt`, `Internal`): all that
/// comes after fails then, and nothing is applied.
#[async_trait]
pub trait Transaction: Debug + Send {
    /// Runs one statement; see [`Database::run`]. Its rows are read before the next statement runs: those that
    /// were not are gone.
    async fn run(&mut self, cx: &Context, statement: Statement) -> Result<Rows>;

    /// Makes everything permanent.
    ///
    /// # Errors
    /// Nothing was applied, unless the error says that it may have been.
    async fn commit(self: Box<Self>, cx: &Context) -> Result<()>;

    /// Takes everything back.
    async fn rollback(self: Box<Self>, cx: &Context) -> Result<()>;
}

/// A statement with its parameters. Its `Debug` shows the text and no values.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The text, in the dialect of the database.
    pub sql: Cow<'static, str>,
    /// The values of its parameters.
    pub params: Params,
}

impl Statement {
    /// A statement with its parameters.
    pub fn new(sql: impl Into<Cow<'static, str>>, params: impl IntoParams) -> Statement {
        Statement { sql: sql.into(), params: params.into_params() }
    }
}

/// How a transaction begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Begin {
    /// It only reads; a write in it is refused.
    pub read_only: bool,
    /// It may use the tables that Credenza keeps in the database for itself (`credenza_…`), which are refused
    /// otherwise. Not for statements of somebody else.
    pub reserved: bool,
    /// Each statement sees what was committed before it, where others write at the same time: SQL's `READ COMMITTED`. Otherwise a transaction sees one state, and one
    /// that writes is serializable. For locks of the server's own, which do not renew what a transaction sees. A database with one writer has no use for it.
    pub read_committed: bool,
}

impl Begin {
    /// A transaction that reads and writes.
    pub const fn write() -> Begin {
        Begin { read_only: false, reserved: false, read_committed: false }
    }

    /// A transaction that only reads.
    pub const fn read_only() -> Begin {
        Begin { read_only: true, reserved: false, read_committed: false }
    }

    /// The same, with Credenza's own tables.
    #[must_use]
    pub const fn with_reserved(mut self) -> Begin {
        self.reserved = true;
        self
    }

    /// The same, where each statement sees what was committed before it.
    #[must_use]
    pub const fn with_read_committed(mut self) -> Begin {
        self.read_committed = true;
        self
    }
}

/// What a statement would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Description {
    /// The columns of its rows: none if it returns no rows.
    pub columns: Columns,
    /// How many parameters it has.
    pub parameters: usize,
    /// Whether it changes nothing.
    pub read_only: bool,
    /// Whether it makes, alters or drops a table or a view, or may when it runs: `DROP TABLE IF EXISTS` of a table that
    /// is not there now.
    pub changes_schema: bool,
}

/// The kind of SQL that a database speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// SQLite's.
    Sqlite,
    /// PostgreSQL's.
    Postgres,
}

impl Dialect {
    /// Its name in small letters, as in file names of migrations.
    pub const fn name(self) -> &'static str {
        match self {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
        }
    }
}

/// What a database can do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DbCapabilities {
    /// The SQL it speaks.
    pub dialect: Dialect,
    /// What a committed write survives.
    pub durability: Durability,
    /// What a reader sees of other callers' writes.
    pub consistency: Consistency,
    /// Whether it refuses writes.
    pub read_only: bool,
    /// How large things may be.
    pub limits: DbLimits,
}

impl DbCapabilities {
    /// A database that promises nothing more.
    pub fn of(dialect: Dialect) -> DbCapabilities {
        DbCapabilities {
            dialect,
            durability: Durability::Unknown,
            consistency: Consistency::Unknown,
            read_only: false,
            limits: DbLimits::default(),
        }
    }
}

/// How large the parts of a statement and of its result may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DbLimits {
    /// Bytes of a statement's text.
    pub sql: usize,
    /// Bytes of one value, bound or stored.
    pub value: usize,
    /// Parameters of a statement.
    pub parameters: usize,
    /// Columns of a table, an index or a result.
    pub columns: usize,
    /// Depth of an expression.
    pub depth: usize,
}

impl Default for DbLimits {
    /// A million bytes of text, values of 64 MiB, 1,000 parameters, 2,000 columns, a depth of 1,000.
    fn default() -> DbLimits {
        DbLimits { sql: 1_000_000, value: 64 << 20, parameters: 1_000, columns: 2_000, depth: 1_000 }
    }
}
