//! Where queries run.

use credenza_core::db::{DbCapabilities, Statement, Tx};
use credenza_core::{Db, Result};
use serde::de::DeserializeOwned;

use crate::query::Query;
use crate::rows::{Reader, typed_row};
use crate::write::Written;

/// Where a query runs: on a database by itself, or in a transaction.
#[derive(Debug)]
pub(crate) enum Runner<'a> {
    /// By itself.
    Db(&'a Db),
    /// In a transaction.
    Tx(&'a mut Tx),
}

impl Runner<'_> {
    pub(super) fn capabilities(&self) -> DbCapabilities {
        match self {
            Runner::Db(db) => db.capabilities(),
            Runner::Tx(tx) => tx.capabilities().clone(),
        }
    }

    pub(super) async fn query(&mut self, query: &Query) -> Result<Reader> {
        let Written { statement, json } = query.written(self.capabilities().dialect)?;
        Ok(Reader::new(self.statement(statement).await?, json))
    }

    pub(super) async fn statement(&mut self, statement: Statement) -> Result<credenza_core::db::Rows> {
        match self {
            Runner::Db(db) => db.run(statement).await,
            Runner::Tx(tx) => tx.run(statement).await,
        }
    }
}

pub(super) async fn all<T: DeserializeOwned>(mut rows: Reader) -> Result<Vec<T>> {
    let mut all = Vec::new();
    while let Some(row) = rows.next().await? {
        all.push(typed_row(row)?);
    }
    Ok(all)
}
