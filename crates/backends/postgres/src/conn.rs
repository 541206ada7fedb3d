//! A connection out of the pool, and how statements run on it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool_postgres::Object;
use tokio::runtime::Handle;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::param::Param;
use crate::sql;

/// How long a connection that was left in the middle of something may take to become quiet.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection out of the pool. It goes back when it is dropped: at once if it is quiet, else when the server has
/// answered what it was asked and taken back what was not committed; never, if that takes too long.
#[derive(Debug)]
pub(crate) struct Conn {
    /// `None` when it is dropped.
    client: Option<Object>,
    prepared: bool,
    /// It is in the middle of something.
    engaged: AtomicBool,
    rest: Rest,
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
        Conn { client: Some(client), prepared, engaged: AtomicBool::new(false), rest }
    }

    fn client(&self) -> &Object {
        self.client.as_ref().expect("it is taken out by drop alone")
    }

    /// From now on it is in the middle of something.
    pub(crate) fn engage(&self) {
        self.engaged.store(true, Ordering::Relaxed);
    }

    /// It has an answer to everything, and no transaction is open.
    pub(crate) fn release(&self) {
        self.engaged.store(false, Ordering::Relaxed);
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

    /// Runs statements without parameters.
    pub(crate) async fn run(&self, sql: &str) -> Result<(), Error> {
        self.client().batch_execute(sql).await
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        if !self.engaged.load(Ordering::Relaxed) {
            return;
        }
        if client.is_closed() {
            drop(Object::take(client));
            return;
        }
        let tls = self.rest.tls.clone();
        self.rest.handle.spawn(async move {
            let quiet = async {
                client.cancel_token().cancel_query(tls).await?;
                client.batch_execute(sql::ROLLBACK).await
            };
            if !matches!(tokio::time::timeout(PATIENCE, quiet).await, Ok(Ok(()))) {
                drop(Object::take(client));
            }
        });
    }
}
