//! What migrations run on.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use credenza_core::db::{Begin, Dialect, Row, Statement, Tx};
use credenza_core::{Db, Error, ErrorKind, Result};

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

    /// Runs one statement of a step that is not to run in a transaction, while this one still holds off other runners. Where the database has no such statements
    /// it runs in this one.
    ///
    /// # Errors
    /// As [`execute`](MigrationTransaction::execute).
    async fn outside(&mut self, statement: Statement) -> Result<()> {
        self.execute(statement).await
    }

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
        if begin.read_only || self.dialect() != Dialect::Postgres {
            // SQLite has one writer in any case.
            return Ok(Box::new(Open { tx: self.begin_with(begin.with_reserved()).await?, db: self }));
        }
        // Who waits does so without a transaction: one that is open, with what it sees, would hold up an index that is built concurrently for ever.
        for _ in 0..TURNS {
            let mut open =
                Open { tx: self.begin_with(begin.with_reserved().with_read_committed()).await?, db: self };
            let locked = open.query(Statement::new(LOCK, ())).await?;
            if locked.first().is_some_and(|row| row.get::<bool>(0).unwrap_or(false)) {
                return Ok(Box::new(open));
            }
            open.tx.rollback().await?;
            self.run(Statement::new(WAIT, ())).await?.outcome().await?;
        }
        Err(Error::new(ErrorKind::Busy, "another runner applies steps, and has not ended for a minute"))
    }
}

/// What runners lock while one of them works: "Migrator", as a number.
const LOCK: &str = "SELECT pg_try_advisory_xact_lock(5578434003040727922)";
/// How long to wait before trying again, and how often.
const WAIT: &str = "SELECT pg_sleep(0.05)";
const TURNS: usize = 1_200;

/// An open transaction, and the database that it is of.
struct Open<'d> {
    tx: Tx,
    db: &'d Db,
}

#[async_trait]
impl MigrationTransaction for Open<'_> {
    async fn execute(&mut self, statement: Statement) -> Result<()> {
        self.tx.run(statement).await?.outcome().await.map(drop)
    }

    async fn outside(&mut self, statement: Statement) -> Result<()> {
        match self.db.dialect() {
            Dialect::Postgres => {
                // What was read last is kept open until the next statement, and with it what it saw. This one sees nothing.
                self.query(Statement::new("SHOW server_version", ())).await?;
                self.db.run(statement).await?.outcome().await.map(drop)
            }
            _ => self.execute(statement).await,
        }
    }

    async fn query(&mut self, statement: Statement) -> Result<Vec<Row>> {
        self.tx.run(statement).await?.collect().await
    }

    async fn commit(self: Box<Self>) -> Result<()> {
        self.tx.commit().await
    }

    async fn rollback(self: Box<Self>) -> Result<()> {
        self.tx.rollback().await
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
