//! [`Db`].

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::database::{Begin, Database, DbCapabilities, Description, Statement, Table};
use super::params::IntoParams;
use super::rows::{Outcome, Row, Rows};
use super::transaction::Tx;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};

/// A handle on a database: cheap to clone, the same for every database. The [module](super) has an example.
#[derive(Clone, Debug)]
pub struct Db {
    database: Arc<dyn Database>,
    context: Context,
    timeout: Option<Duration>,
}

impl Db {
    /// A handle on a database.
    pub fn new(database: impl Database) -> Db {
        Db::from(Arc::new(database) as Arc<dyn Database>)
    }

    /// The same database, where each call has that long; a transaction has it as a whole.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Db {
        self.timeout = Some(timeout);
        self
    }

    /// The same database, where each call carries this context.
    #[must_use]
    pub fn with_context(mut self, context: Context) -> Db {
        self.context = context;
        self
    }

    /// The database below: for what the handle does not offer.
    pub fn database(&self) -> &Arc<dyn Database> {
        &self.database
    }

    /// The layers of the database, outermost first: `monitored › sqlite`.
    pub fn stack(&self) -> String {
        self.database.info().stack()
    }

    /// What the database can do.
    pub fn capabilities(&self) -> DbCapabilities {
        self.database.capabilities()
    }

    /// Runs one statement and returns its rows, which are read as they are asked for.
    pub async fn query(&self, sql: impl Into<Cow<'static, str>>, params: impl IntoParams) -> Result<Rows> {
        self.run(Statement::new(sql, params)).await
    }

    /// Runs one statement and returns its only row.
    ///
    /// # Errors
    /// `NotFound` if there is none, `TooMany` if there are several.
    pub async fn query_one(&self, sql: impl Into<Cow<'static, str>>, params: impl IntoParams) -> Result<Row> {
        one(self.query(sql, params).await?).await
    }

    /// Runs one statement and returns its row, if there is one.
    ///
    /// # Errors
    /// `TooMany` if there are several.
    pub async fn query_opt(
        &self,
        sql: impl Into<Cow<'static, str>>,
        params: impl IntoParams,
    ) -> Result<Option<Row>> {
        optional(self.query(sql, params).await?).await
    }

    /// Runs one statement and says what it did; rows that it returns are passed over.
    pub async fn execute(
        &self,
        sql: impl Into<Cow<'static, str>>,
        params: impl IntoParams,
    ) -> Result<Outcome> {
        self.query(sql, params).await?.outcome().await
    }

    /// Runs one statement.
    pub async fn run(&self, statement: Statement) -> Result<Rows> {
        (*self.database).run(&self.call(), statement).await
    }

    /// Begins a transaction that reads and writes.
    pub async fn begin(&self) -> Result<Tx> {
        self.begin_with(Begin::write()).await
    }

    /// Begins a transaction.
    pub async fn begin_with(&self, begin: Begin) -> Result<Tx> {
        let context = self.call();
        let inner = (*self.database).begin(&context, begin).await?;
        Ok(Tx::new(inner, context, self.capabilities()))
    }

    /// Runs statements in one transaction, all or nothing, and says what each did.
    ///
    /// # Errors
    /// That of the first statement that fails, with its position ([`Error::index`]); nothing was applied then.
    pub async fn batch(&self, statements: impl IntoIterator<Item = Statement>) -> Result<Vec<Outcome>> {
        let mut tx = self.begin().await?;
        let mut outcomes = Vec::new();
        for (index, statement) in statements.into_iter().enumerate() {
            let outcome = async { tx.run(statement).await?.outcome().await };
            outcomes.push(outcome.await.map_err(|error| error.at(index))?);
        }
        tx.commit().await?;
        Ok(outcomes)
    }

    /// What a statement would do, without running it.
    pub async fn describe(&self, sql: &str) -> Result<Description> {
        (*self.database).describe(&self.call(), sql).await
    }

    /// The tables and views, in the order of their names.
    pub async fn tables(&self) -> Result<Vec<Table>> {
        (*self.database).tables(&self.call()).await
    }

    fn call(&self) -> Context {
        self.context.within(self.timeout)
    }
}

impl From<Arc<dyn Database>> for Db {
    fn from(database: Arc<dyn Database>) -> Db {
        Db { database, context: Context::new(), timeout: None }
    }
}

pub(super) async fn one(rows: Rows) -> Result<Row> {
    let missing = || Error::new(ErrorKind::NotFound, "the statement returned no row");
    optional(rows).await?.ok_or_else(missing)
}

pub(super) async fn optional(mut rows: Rows) -> Result<Option<Row>> {
    let first = match rows.try_next() {
        Some(first) => first,
        None => rows.next().await?,
    };
    let second = match rows.try_next() {
        Some(second) => second,
        None => rows.next().await?,
    };
    match second {
        None => Ok(first),
        Some(_) => Err(Error::new(ErrorKind::TooMany, "the statement returned more than one row")),
    }
}
