//! A transaction in an application's hands.

use super::database::{DbCapabilities, Statement, Transaction};
use super::params::IntoParams;
use super::rows::{Outcome, Row, Rows};
use crate::context::Context;
use crate::error::Result;
use std::borrow::Cow;

/// A transaction: what is run in it is applied by [`commit`](Tx::commit), all or nothing. Dropped before, it is taken
/// back.
#[derive(Debug)]
#[must_use = "dropping a transaction takes it back"]
pub struct Tx {
    inner: Box<dyn Transaction>,
    context: Context,
    capabilities: DbCapabilities,
}

impl Tx {
    pub(crate) fn new(inner: Box<dyn Transaction>, context: Context, capabilities: DbCapabilities) -> Tx {
        Tx { inner, context, capabilities }
    }

    /// What the database can do.
    pub fn capabilities(&self) -> &DbCapabilities {
        &self.capabilities
    }

    /// Runs one statement and returns its rows; see [`Db::query`](super::Db::query).
    pub async fn query(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        params: impl IntoParams,
    ) -> Result<Rows> {
        self.run(Statement::new(sql, params)).await
    }

    /// Runs one statement and returns its only row; see [`Db::query_one`](super::Db::query_one).
    pub async fn query_one(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        params: impl IntoParams,
    ) -> Result<Row> {
        super::handle::one(self.query(sql, params).await?).await
    }

    /// Runs one statement and returns its row, if there is one; see [`Db::query_opt`](super::Db::query_opt).
    pub async fn query_opt(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        params: impl IntoParams,
    ) -> Result<Option<Row>> {
        super::handle::optional(self.query(sql, params).await?).await
    }

    /// Runs one statement and says what it did; see [`Db::execute`](super::Db::execute).
    pub async fn execute(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        params: impl IntoParams,
    ) -> Result<Outcome> {
        self.query(sql, params).await?.outcome().await
    }

    /// Runs one statement.
    pub async fn run(&mut self, statement: Statement) -> Result<Rows> {
        self.inner.run(&self.context, statement).await
    }

    /// Makes everything permanent; see [`Transaction::commit`].
    pub async fn commit(self) -> Result<()> {
        self.inner.commit(&self.context).await
    }

    /// Takes everything back.
    pub async fn rollback(self) -> Result<()> {
        self.inner.rollback(&self.context).await
    }
}
