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

/// A transaction for a query: one of its own, or the one it runs in.
pub(super) enum Unit<'a> {
    Own(Tx),
    Of(&'a mut Tx),
}

impl<'a> Runner<'a> {
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

    pub(super) async fn begin(self) -> Result<Unit<'a>> {
        Ok(match self {
            Runner::Db(db) => Unit::Own(db.begin().await?),
            Runner::Tx(tx) => Unit::Of(tx),
        })
    }
}

impl Unit<'_> {
    pub(super) fn runner(&mut self) -> Runner<'_> {
        match self {
            Unit::Own(tx) => Runner::Tx(tx),
            Unit::Of(tx) => Runner::Tx(tx),
        }
    }

    /// Makes what was done permanent, if that is for the query to say.
    pub(super) async fn commit(self) -> Result<()> {
        match self {
            Unit::Own(tx) => tx.commit().await,
            Unit::Of(_) => Ok(()),
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
