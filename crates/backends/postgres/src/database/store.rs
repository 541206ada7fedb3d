//! The database: which connection a statement runs on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use credenza_core::db::{
    Begin, Database, DbCapabilities, DbLimits, Description, Dialect, Rows, Statement, Table, Transaction,
};
use credenza_core::{Consistency, Context, Durability, Error, ErrorKind, Result, StoreInfo};
use tokio::runtime::Handle;
use tokio::time::timeout_at;

use super::failure::too_late;
use super::look::look;
use super::session::{self, within};
use super::transaction::PostgresTransaction;
use super::{decode, reading, tables};
use crate::config::PostgresConfig;
use crate::conn::{Conn, Quiet};
use crate::error::{Commits, NAME, late};
use crate::facts::Facts;
use crate::pool::{Pool, Session};
use crate::stats::PoolStats;
use crate::ticket::instant;

/// A relational database on a PostgreSQL server, from version 14 on: statements of its SQL, with parameters `$1`, `$2`, ….
///
/// Statements are prepared, and a connection keeps up to 256 of them. Sessions are handed from one caller to the next:
/// what would change one (`SET`, `LISTEN`, `PREPARE`, `BEGIN`, …) is refused with `Denied`, and what does so in other ways
/// (temporary tables, session locks) lasts as long as a connection does, which nobody knows. The time zone is UTC.
///
/// **Values.** A parameter has the type that the server finds for its place, and its value must fit: a number that is
/// out of range, or of another kind, is refused with `InvalidArgument` before the statement runs. Text is also taken for
/// dates, decimals, UUIDs, JSON, arrays and whatever else the server reads from text. Columns come as what they are;
/// dates and times of day as text, decimals as integers if they are declared without a fraction and fit 64 bits, else as
/// text. A column of a type that is not read (arrays, ranges, intervals) is refused with `Unsupported`, which names it: cast it to
/// text or to JSON.
///
/// **Transactions.** Those that write are `SERIALIZABLE`, and fail with `Conflict` when another was in the way: run them
/// again. Those that only read see one snapshot. A statement that fails takes nothing with it; a savepoint before each
/// statement, sent along with it, sees to that. A single statement runs at `READ COMMITTED`.
///
/// **Results.** Rows are read from the server as they are asked for, 256 ahead; until the last one the result keeps its
/// connection, which is closed if the result is dropped before. What a writing statement returns is held until it has
/// ended, up to 64 MiB; one that returns more fails with `LimitExceeded`, and may have been applied.
///
/// **Deadlines.** At its deadline, or after [`PostgresConfig::timeout`], a statement is stopped on the server, which has half
/// a second to say what came of it; if it says nothing, a write may have been applied. What only reads by its text
/// (`SELECT` without `INTO`, …) is taken for that: of a function in it that writes, an error may say that nothing was
/// applied where it was. Call such functions in a transaction. A statement that is dropped
/// is stopped too, and if it wrote, later statements wait until it is at rest.
///
/// All tables that the role may use are within reach: whoever writes the statements has the rights of the role.
///
/// Made inside of a tokio runtime, which must live as long as the database. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct PostgresDatabase {
    inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pool: Pool,
    quiet: Arc<Quiet>,
    timeout: Duration,
    info: StoreInfo,
    pub(super) capabilities: DbCapabilities,
}

impl PostgresDatabase {
    /// Opens a database, with a pool of its own. Of the configuration what is about keys and their limits does not count.
    ///
    /// # Errors
    /// `Unavailable` if the server cannot be reached, `Denied`, `NotFound` if there is no such database, `Unsupported` if
    /// the server is too old, or behind a pooler of transactions, which would mix up prepared statements;
    /// `InvalidArgument` outside of a tokio runtime.
    pub async fn open(config: PostgresConfig) -> Result<PostgresDatabase> {
        let handle = Handle::try_current().map_err(|_| {
            Error::invalid("a Postgres database is opened inside of a tokio runtime").on(NAME)
        })?;
        if config.pooler {
            let why = "SQL with prepared statements needs a connection around the pooler";
            return Err(Error::new(ErrorKind::Unsupported, why).on(NAME));
        }
        let pool = Pool::new(&config, Session::OfUsers, handle)?;
        let deadline = instant() + config.timeout;
        let facts = timeout_at(deadline.into(), async { Facts::ask(&pool.get(deadline).await?).await })
            .await
            .unwrap_or_else(|_| {
                Err(late("the server did not answer in time while the database was opened"))
            })?;
        let inner = Inner {
            pool,
            quiet: Arc::default(),
            timeout: config.timeout,
            info: StoreInfo::backend(NAME),
            capabilities: capabilities(facts.durability),
        };
        Ok(PostgresDatabase { inner: Arc::new(inner) })
    }

    /// What its connections are doing, and did.
    pub fn pool_stats(&self) -> PoolStats {
        self.inner.pool.stats()
    }

    /// Refuses what comes from now on, and closes the connections as they come back.
    pub fn close(&self) {
        self.inner.pool.close();
    }
}

fn capabilities(durability: Durability) -> DbCapabilities {
    let mut limits = DbLimits::default();
    // What the server, and its protocol, have room for.
    limits.value = 1 << 30;
    limits.parameters = 65_535;
    limits.columns = 1_664;
    let mut capabilities = DbCapabilities::of(Dialect::Postgres);
    capabilities.durability = durability;
    capabilities.consistency = Consistency::Linearizable;
    capabilities.limits = limits;
    capabilities
}

impl Inner {
    /// When a call is over.
    pub(super) fn deadline(&self, cx: &Context) -> Instant {
        let own = instant() + self.timeout;
        cx.deadline().map_or(own, |deadline| deadline.min(own))
    }

    /// A connection, after what was dropped has come to rest.
    pub(super) async fn conn(&self, deadline: Instant) -> Result<Conn> {
        if deadline <= instant() {
            return Err(too_late());
        }
        self.quiet.wait(deadline).await?;
        self.pool.get(deadline).await
    }
}

#[async_trait]
impl Database for PostgresDatabase {
    fn info(&self) -> &StoreInfo {
        &self.inner.info
    }

    fn capabilities(&self) -> DbCapabilities {
        self.inner.capabilities.clone()
    }

    async fn run(&self, cx: &Context, statement: Statement) -> Result<Rows> {
        let limits = &self.inner.capabilities.limits;
        let look = look(&statement.sql, limits)?;
        let deadline = self.inner.deadline(cx);
        let mut conn = self.inner.conn(deadline).await?;
        if !look.reads {
            conn.hold(&self.inner.quiet);
        }
        let commits = if look.reads { Commits::No } else { Commits::Yes };
        let answer = within(&conn, deadline, commits, async {
            let ran = session::run(&conn, &statement, look, limits).await;
            match session::is_stale(&conn, &statement.sql, &ran) {
                true => session::run(&conn, &statement, look, limits).await,
                false => ran,
            }
        });
        let answer = answer.await.map_err(|stopped| stopped.release(&conn))?;
        Ok(reading::of_statement(answer, conn, deadline))
    }

    async fn describe(&self, cx: &Context, sql: &str) -> Result<Description> {
        let look = look(sql, &self.inner.capabilities.limits)?;
        let deadline = self.inner.deadline(cx);
        let conn = self.inner.conn(deadline).await?;
        let prepared = within(&conn, deadline, Commits::No, async { Ok(conn.client().prepare(sql).await?) });
        let prepared = prepared.await.map_err(|stopped| stopped.release(&conn))?;
        conn.release();
        let mut description = Description::default();
        description.columns = decode::columns(&prepared)?;
        description.parameters = prepared.params().len();
        description.read_only = look.reads;
        description.changes_schema = look.changes_schema;
        Ok(description)
    }

    async fn begin(&self, cx: &Context, begin: Begin) -> Result<Box<dyn Transaction>> {
        let deadline = self.inner.deadline(cx);
        let mut transaction = PostgresTransaction::begin(Arc::clone(&self.inner), deadline, begin).await?;
        if !begin.read_only {
            transaction.hold(&self.inner.quiet);
        }
        Ok(Box::new(transaction))
    }

    async fn tables(&self, cx: &Context) -> Result<Vec<Table>> {
        let deadline = self.inner.deadline(cx);
        let conn = self.inner.conn(deadline).await?;
        let found = within(&conn, deadline, Commits::No, async { Ok(tables::tables(&conn).await?) });
        let found = found.await.map_err(|stopped| stopped.release(&conn))?;
        conn.release();
        Ok(found)
    }
}
