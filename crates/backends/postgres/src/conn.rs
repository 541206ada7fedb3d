//! A connection out of the pool, and how statements run on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use credenza_core::Result as CoreResult;
use deadpool_postgres::Object;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::timeout_at;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::late;
use crate::param::Param;
use crate::sql;

/// How long a connection that was left in the middle of something may take to become quiet.
const PATIENCE: Duration = Duration::from_secs(5);

/// Nothing runs, and no transaction is open.
const QUIET: u8 = 0;
/// A transaction is open.
const OPEN: u8 = 1;
/// It is in the middle of something.
const BUSY: u8 = 2;

/// A connection out of the pool. It goes back when it is dropped: at once if it is quiet, else when the server has taken
/// back what was not committed. One that is in the middle of something is cancelled, and closed when it is at rest: a
/// cancellation goes another way than statements, and may come after those that it was not meant for.
#[derive(Debug)]
pub(crate) struct Conn {
    /// `None` when it is dropped.
    client: Option<Object>,
    prepared: bool,
    state: AtomicU8,
    /// A cancellation is on its way to it, and may hit whatever comes next: nobody uses it again.
    tainted: AtomicBool,
    rest: Rest,
    /// Who waits for what it was in the middle of.
    held: Option<Arc<Quiet>>,
}

/// Connections that were left in the middle of a write, and are being brought to rest.
#[derive(Debug, Default)]
pub(crate) struct Quiet {
    restless: AtomicUsize,
    changed: Notify,
}

impl Quiet {
    /// Waits until there is none.
    pub(crate) async fn wait(&self, deadline: Instant) -> CoreResult<()> {
        let all = async {
            loop {
                // Before the look, so that no change is missed.
                let changed = self.changed.notified();
                if self.restless.load(Ordering::Acquire) == 0 {
                    return;
                }
                changed.await;
            }
        };
        timeout_at(deadline.into(), all)
            .await
            .map_err(|_| late("the deadline passed before a write that was dropped came to rest"))
    }
}

/// One of them, until it is dropped.
struct Restless(Arc<Quiet>);

impl Restless {
    fn new(quiet: Arc<Quiet>) -> Restless {
        quiet.restless.fetch_add(1, Ordering::AcqRel);
        Restless(quiet)
    }
}

impl Drop for Restless {
    fn drop(&mut self) {
        self.0.restless.fetch_sub(1, Ordering::AcqRel);
        self.0.changed.notify_waiters();
    }
}

/// What it takes to bring a connection to rest.
#[derive(Clone)]
pub(crate) struct Rest {
    pub(crate) handle: Handle,
    pub(crate) tls: MakeRustlsConnect,
}

impl std::fmt::Debug for Rest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rest")
    }
}

impl Conn {
    pub(crate) fn new(client: Object, prepared: bool, rest: Rest) -> Conn {
        Conn {
            client: Some(client),
            prepared,
            state: AtomicU8::new(QUIET),
            tainted: AtomicBool::new(false),
            rest,
            held: None,
        }
    }

    pub(crate) fn client(&self) -> &Object {
        self.client.as_ref().expect("it is taken out by drop alone")
    }

    /// What it does is a write: if it is left in the middle, others wait until it is at rest.
    pub(crate) fn hold(&mut self, quiet: &Arc<Quiet>) {
        self.held = Some(Arc::clone(quiet));
    }

    /// From now on it is in the middle of something.
    pub(crate) fn engage(&self) {
        self.state.store(BUSY, Ordering::Relaxed);
    }

    /// It has an answer to everything, and no transaction is open.
    pub(crate) fn release(&self) {
        self.state.store(QUIET, Ordering::Relaxed);
    }

    /// It has an answer to everything, and a transaction is open.
    pub(crate) fn settle(&self) {
        self.state.store(OPEN, Ordering::Relaxed);
    }

    /// It is in the middle of something.
    pub(crate) fn is_busy(&self) -> bool {
        self.state.load(Ordering::Relaxed) == BUSY
    }

    /// The server was told to stop what runs, and is not known to have heard it.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.tainted.load(Ordering::Relaxed)
    }

    /// The cancellation has done its work.
    pub(crate) fn was_cancelled(&self) {
        self.tainted.store(false, Ordering::Relaxed);
    }

    /// Makes sure that a statement is sent at the first poll of its future.
    pub(crate) async fn prepare(&self, sql: &str) -> Result<(), Error> {
        if self.prepared {
            self.client().prepare_cached(sql).await?;
        }
        Ok(())
    }

    /// Runs a statement, and returns its rows.
    pub(crate) async fn query(&self, sql: &str, params: &[Param]) -> Result<Vec<Row>, Error> {
        if !self.prepared {
            let params: Vec<_> = params.iter().map(|param| (param.value(), param.of_type())).collect();
            return self.client().query_typed(sql, &params).await;
        }
        let statement = self.client().prepare_cached(sql).await?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(Param::value).collect();
        self.client().query(&statement, &params).await
    }

    /// Runs a statement, and returns how many rows it changed.
    pub(crate) async fn execute(&self, sql: &str, params: &[Param]) -> Result<u64, Error> {
        if !self.prepared {
            let params: Vec<(&(dyn ToSql + Sync), Type)> =
                params.iter().map(|param| (param.value(), param.of_type())).collect();
            return self.client().execute_typed(sql, &params).await;
        }
        let statement = self.client().prepare_cached(sql).await?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(Param::value).collect();
        self.client().execute(&statement, &params).await
    }

    /// Tells the server to stop what runs on the connection.
    pub(crate) async fn cancel(&self) {
        self.tainted.store(true, Ordering::Relaxed);
        // If that fails, nobody waits for it any longer than for the statement.
        let _ = self.client().cancel_token().cancel_query(self.rest.tls.clone()).await;
    }

    /// Prepares a statement anew the next time; whether it was prepared.
    pub(crate) fn forget(&self, sql: &str) -> bool {
        self.client().statement_cache.remove(sql, &[]).is_some()
    }

    /// Runs statements without parameters.
    pub(crate) async fn run(&self, sql: &str) -> Result<(), Error> {
        self.client().batch_execute(sql).await
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        let state = self.state.load(Ordering::Relaxed);
        let tainted = self.tainted.load(Ordering::Relaxed);
        if state == QUIET && !tainted {
            return;
        }
        if state == QUIET || client.is_closed() {
            drop(Object::take(client));
            return;
        }
        let tls = self.rest.tls.clone();
        let restless = self.held.take().map(Restless::new);
        self.rest.handle.spawn(async move {
            let _restless = restless;
            let quiet = async {
                if state == BUSY {
                    client.cancel_token().cancel_query(tls).await?;
                }
                client.batch_execute(sql::ROLLBACK).await
            };
            let rested = matches!(tokio::time::timeout(PATIENCE, quiet).await, Ok(Ok(())));
            if !rested || state == BUSY || tainted {
                drop(Object::take(client));
            }
        });
    }
}
