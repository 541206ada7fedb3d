//! Queries that read.

use credenza_core::db::{Begin, Tx};
use credenza_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;

use super::embed;
use super::filters::filters;
use super::run::{Runner, all};
use crate::filter::Filter;
use crate::query::{Direction, Nulls, Order, Query, Select};
use crate::rows::{JsonRow, Reader, json_row, typed_row};
use crate::write;

/// Reads rows of a table. It runs when it is asked for them.
#[derive(Debug)]
#[must_use = "a query runs when it is asked for its rows"]
pub struct SelectQuery<'a> {
    pub(super) runner: Runner<'a>,
    pub(super) select: Select,
}

/// A part of the rows, and how many there are in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows from the offset on, as many as the limit says.
    pub rows: Vec<T>,
    /// How many there are without limit and offset, seen at the same moment.
    pub total: u64,
}

impl SelectQuery<'_> {
    filters!();

    fn filters(&mut self) -> &mut Vec<Filter> {
        &mut self.select.filters
    }

    /// Orders by a column, after those that were named before; nulls stand where Postgres has them: last, or first when descending.
    pub fn order(self, column: impl Into<String>, direction: Direction) -> Self {
        self.order_with(column, direction, Nulls::default())
    }

    /// The same with a place for nulls.
    pub fn order_with(mut self, column: impl Into<String>, direction: Direction, nulls: Nulls) -> Self {
        self.select.order.push(Order { column: column.into(), direction, nulls });
        self
    }

    /// So many rows at most.
    pub fn limit(mut self, limit: u64) -> Self {
        self.select.limit = Some(limit);
        self
    }

    /// Passes over so many rows.
    pub fn offset(mut self, offset: u64) -> Self {
        self.select.offset = Some(offset);
        self
    }

    /// The rows from the first number to the second, both included, counted from 0.
    pub fn range(self, first: u64, last: u64) -> Self {
        self.offset(first).limit(last.saturating_add(1).saturating_sub(first))
    }

    /// The query as data.
    pub fn into_query(self) -> Query {
        Query::Select(self.select)
    }

    /// All rows, as a type.
    ///
    /// # Errors
    /// `InvalidArgument` for what is no query; `Decode` for a row that does not fit; those of the database.
    pub async fn fetch<T: DeserializeOwned>(self) -> Result<Vec<T>> {
        all(self.run().await?).await
    }

    /// All rows, as JSON.
    ///
    /// # Errors
    /// As [`SelectQuery::fetch`].
    pub async fn fetch_json(self) -> Result<Vec<JsonRow>> {
        let (mut rows, mut all) = (self.run().await?, Vec::new());
        while let Some(row) = rows.next().await? {
            all.push(json_row(&row)?);
        }
        Ok(all)
    }

    /// Hands on each row as it comes, and stops at the first error: for more rows than fit into memory. Where rows of other tables are embedded, all are read
    /// first.
    ///
    /// # Errors
    /// As [`SelectQuery::fetch`], and that of `each`.
    pub async fn for_each<T: DeserializeOwned>(self, mut each: impl FnMut(T) -> Result<()>) -> Result<()> {
        let mut rows = self.run().await?;
        while let Some(row) = rows.next().await? {
            each(typed_row(row)?)?;
        }
        Ok(())
    }

    /// The only row.
    ///
    /// # Errors
    /// `NotFound` if there is none, `TooMany` if there are several; as [`SelectQuery::fetch`].
    pub async fn single<T: DeserializeOwned>(self) -> Result<T> {
        let none = || Error::new(ErrorKind::NotFound, "the query has no row");
        self.maybe_single().await?.ok_or_else(none)
    }

    /// The row, if there is one.
    ///
    /// # Errors
    /// `TooMany` if there are several; as [`SelectQuery::fetch`].
    pub async fn maybe_single<T: DeserializeOwned>(self) -> Result<Option<T>> {
        let mut rows = self.run().await?;
        let first = rows.next().await?;
        match first {
            None => Ok(None),
            Some(_) if rows.next().await?.is_some() => {
                Err(Error::new(ErrorKind::TooMany, "the query has more than one row"))
            }
            Some(row) => typed_row(row).map(Some),
        }
    }

    /// How many rows there are, without limit and offset.
    ///
    /// # Errors
    /// As [`SelectQuery::fetch`].
    pub async fn count(mut self) -> Result<u64> {
        embed::narrow(&mut self.runner, &mut self.select).await?;
        count(&mut self.runner, &self.select).await
    }

    /// The rows, and how many there are without limit and offset.
    ///
    /// # Errors
    /// As [`SelectQuery::fetch`].
    pub async fn page<T: DeserializeOwned>(self) -> Result<Page<T>> {
        let SelectQuery { runner, select } = self;
        match runner {
            Runner::Db(db) => {
                let mut tx = db.begin_with(Begin::read_only()).await?;
                let page = page(&mut tx, select).await?;
                tx.commit().await?;
                Ok(page)
            }
            Runner::Tx(tx) => page(tx, select).await,
        }
    }

    async fn run(mut self) -> Result<Reader> {
        select(&mut self.runner, self.select).await
    }
}

async fn page<T: DeserializeOwned>(tx: &mut Tx, select: Select) -> Result<Page<T>> {
    let mut runner = Runner::Tx(tx);
    let mut narrowed = select.clone();
    embed::narrow(&mut runner, &mut narrowed).await?;
    let total = count(&mut runner, &narrowed).await?;
    let rows = self::select(&mut runner, select).await?;
    Ok(Page { rows: all(rows).await?, total })
}

async fn select(runner: &mut Runner<'_>, select: Select) -> Result<Reader> {
    if !embed::is_in(&select) {
        return runner.query(&Query::Select(select)).await;
    }
    // All of it of one moment.
    let rows = match runner {
        Runner::Tx(_) => embed::rows(runner, select).await?,
        Runner::Db(db) => {
            let mut tx = db.begin_with(Begin::read_only()).await?;
            let rows = embed::rows(&mut Runner::Tx(&mut tx), select).await?;
            tx.commit().await?;
            rows
        }
    };
    Ok(Reader::of(rows))
}

pub(super) async fn count(runner: &mut Runner<'_>, select: &Select) -> Result<u64> {
    let statement = write::count(select, runner.capabilities().dialect)?;
    let row = runner.statement(statement).await?.next().await?;
    row.ok_or_else(|| Error::internal("a count is one row"))?.get(0)
}
