//! The database of a namespace, in an application's hands.

use std::sync::Arc;

use async_trait::async_trait;
use credenza_core::db::{Begin, Database, DbCapabilities, Description, Rows, Statement, Table, Transaction};
use credenza_core::{Context, Result, StoreInfo};

use super::entry::Entry;
use super::pool::Pool;
use crate::database::route::{SqliteDatabase, capabilities, check_deadline};

/// The database of a namespace: its file is opened when it is used, if it is not.
#[derive(Debug)]
pub(crate) struct NamespaceDatabase {
    pool: Arc<Pool>,
    entry: Arc<Entry>,
    info: Arc<StoreInfo>,
}

impl NamespaceDatabase {
    pub(crate) fn new(pool: Arc<Pool>, entry: Arc<Entry>, info: Arc<StoreInfo>) -> NamespaceDatabase {
        NamespaceDatabase { pool, entry, info }
    }

    async fn database(&self, cx: &Context) -> Result<SqliteDatabase> {
        check_deadline(cx.deadline())?;
        // The folder may have lost the file, but not by us.
        let store = self.pool.store(&self.entry, true, cx.deadline()).await?;
        Ok(SqliteDatabase::on(store, Arc::clone(&self.info)))
    }
}

#[async_trait]
impl Database for NamespaceDatabase {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> DbCapabilities {
        capabilities(&self.pool.config.each, true)
    }

    async fn run(&self, cx: &Context, statement: Statement) -> Result<Rows> {
        self.database(cx).await?.run(cx, statement).await
    }

    async fn describe(&self, cx: &Context, sql: &str) -> Result<Description> {
        self.database(cx).await?.describe(cx, sql).await
    }

    async fn begin(&self, cx: &Context, begin: Begin) -> Result<Box<dyn Transaction>> {
        self.database(cx).await?.begin(cx, begin).await
    }

    async fn tables(&self, cx: &Context) -> Result<Vec<Table>> {
        self.database(cx).await?.tables(cx).await
    }
}
