//! The database of a namespace, in an application's hands.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use credenza_core::db::{Begin, Database, DbCapabilities, Description, Rows, Statement, Table, Transaction};
use credenza_core::{Context, Result, StoreInfo};

use super::pool::{Call, Entry, Pool};
use crate::ticket::instant;

/// The database of a namespace: it connects when it is used, if it has not.
#[derive(Debug)]
pub(super) struct NamespaceDatabase {
    pool: Arc<Pool>,
    entry: Arc<Entry>,
    info: Arc<StoreInfo>,
}

impl NamespaceDatabase {
    pub(super) fn new(pool: Arc<Pool>, entry: Arc<Entry>, info: Arc<StoreInfo>) -> NamespaceDatabase {
        NamespaceDatabase { pool, entry, info }
    }

    async fn call(&self, cx: &Context) -> Result<Call> {
        let own: Instant = instant() + self.pool.config.admin.timeout;
        self.pool.call(&self.entry, cx.deadline().map_or(own, |deadline| deadline.min(own))).await
    }
}

#[async_trait]
impl Database for NamespaceDatabase {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> DbCapabilities {
        self.pool.capabilities()
    }

    async fn run(&self, cx: &Context, statement: Statement) -> Result<Rows> {
        self.call(cx).await?.database.run(cx, statement).await
    }

    async fn describe(&self, cx: &Context, sql: &str) -> Result<Description> {
        self.call(cx).await?.database.describe(cx, sql).await
    }

    async fn begin(&self, cx: &Context, begin: Begin) -> Result<Box<dyn Transaction>> {
        self.call(cx).await?.database.begin(cx, begin).await
    }

    async fn tables(&self, cx: &Context) -> Result<Vec<Table>> {
        self.call(cx).await?.database.tables(cx).await
    }
}
