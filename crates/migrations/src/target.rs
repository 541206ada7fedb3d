//! What migrations run on.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use credenza_core::db::{Begin, Dialect, Row, Statement, Tx};
use credenza_core::{Db, Error, Result};

/// A database that migrations run on: a [`Db`], or a connection that has no handle yet.
#[async_trait]
pub trait MigrationTarget: Send {
    /// The SQL it speaks.
    fn dialect(&self) -> Dialect;

    /// Begins a transaction that may use the table of what was applied, [`TABLE`](crate::TABLE).
    ///
    /// While one that writes is open, no other that writes is, on any connection and in any process: that is the lock
    /// against a second runner. A caller waits for its turn as long as the target has patience.
    ///
    /// # Errors
    /// `Busy` or `Timeout` if its turn did not come.
    async fn begin(&mut self, begin: Begin) -> Result<Box<dyn MigrationTransaction + '_>>;
}

/// A transaction of a [`MigrationTarget`]. Dropped without a commit it is taken back.
#[async_trait]
pub trait MigrationTransaction: Send {
    /// Runs one statement. Rows that it returns are passed over.
    ///
    /// # Errors
    /// Those of [`Database::run`](credenza_core::db::Database::run).
    async fn execute(&mut self, statement: Statement) -> Result<()>;

    /// Runs one statement, and returns all of its rows: for few.
    ///
    /// # Errors
    /// As [`execute`](MigrationTransaction::execute).
    async fn query(&mut self, statement: Statement) -> Result<Vec<Row>>;

    /// Makes everything permanent.
    ///
    /// # Errors
    /// Nothing was applied, unless the error says that it may have been.
    async fn commit(self: Box<Self>) -> Result<()>;

    /// Takes everything back.
    ///
    /// # Errors
    /// What the database fails with; it is taken back later then.
    async fn rollback(self: Box<Self>) -> Result<()>;
}

#[async_trait]
impl MigrationTarget for Db {
    fn dialect(&self) -> Dialect {
        self.capabilities().dialect
    }

    async fn begin(&mut self, begin: Begin) -> Result<Box<dyn MigrationTransaction + '_>> {
        Ok(Box::new(self.begin_with(begin.with_reserved()).await?))
    }
}

#[async_trait]
impl MigrationTransaction for Tx {
    async fn execute(&mut self, statement: Statement) -> Result<()> {
        self.run(statement).await?.outcome().await.map(drop)
    }

    async fn query(&mut self, statement: Statement) -> Result<Vec<Row>> {
        self.run(statement).await?.collect().await
    }

    async fn commit(self: Box<Self>) -> Result<()> {
        Tx::commit(*self).await
    }

    async fn rollback(self: Box<Self>) -> Result<()> {
        Tx::rollback(*self).await
    }
}

/// Runs a migration on a target whose futures are always ready, such as a connection that blocks: without a
/// runtime.
///
/// # Errors
/// Those of the work; `Internal` if it waits after all.
pub fn ready<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => Err(Error::internal("the target of a migration waits, and nobody can wake it")),
    }
}
