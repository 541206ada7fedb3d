//! Queries that write.

use std::future::IntoFuture;
use std::pin::Pin;

use credenza_core::{Effect, Error, ErrorKind, Result};
use serde::de::DeserializeOwned;

use super::filters::filters;
use super::run::{Runner, all};
use super::select::count;
use crate::filter::Filter;
use crate::query::{Delete, Insert, Query, Select, Update};
use crate::write::no_key_twice;

/// Adds, changes or removes rows. Awaited, it gives how many.
#[derive(Debug)]
#[must_use = "a query runs when it is awaited, or asked for its rows"]
pub struct WriteQuery<'a, Q> {
    runner: Runner<'a>,
    query: Q,
    max_affected: Option<u64>,
}

/// Adds rows.
pub type InsertQuery<'a> = WriteQuery<'a, Insert>;
/// Changes rows.
pub type UpdateQuery<'a> = WriteQuery<'a, Update>;
/// Removes rows.
pub type DeleteQuery<'a> = WriteQuery<'a, Delete>;

impl<'a, Q: Writes> WriteQuery<'a, Q> {
    pub(super) fn new(runner: Runner<'a>, query: Q) -> WriteQuery<'a, Q> {
        WriteQuery { runner, query, max_affected: None }
    }

    /// Returns this of the rows that are written, as in a selection: for [`fetch`](WriteQuery::fetch),
    /// [`single`](WriteQuery::single) and [`maybe_single`](WriteQuery::maybe_single), which return all columns otherwise.
    pub fn returning(mut self, columns: impl Into<String>) -> Self {
        *self.query.returned() = Some(columns.into());
        self
    }

    /// If it would write more rows than this, it is an error and writes none. Of an insert, all rows that are given count.
    pub fn max_affected(mut self, rows: u64) -> Self {
        self.max_affected = Some(rows);
        self
    }

    /// The query as data.
    pub fn into_query(self) -> Query {
        self.query.into_query()
    }

    /// Writes, and returns the rows, in no order.
    ///
    /// # Errors
    /// `InvalidArgument` for what is no query; `TooMany` if [`max_affected`](WriteQuery::max_affected) was exceeded; `Decode`, `MaybeApplied`, if
    /// the rows were written and do not fit; `LimitExceeded` for an insert in a transaction that has more values than a statement takes; those of the
    /// database.
    pub async fn fetch<T: DeserializeOwned>(mut self) -> Result<Vec<T>> {
        self.query.returned().get_or_insert_with(|| "*".into());
        let most = self.max_affected;
        let (rows, _) = self.run(most).await?;
        Ok(rows)
    }

    /// Writes exactly one row, and returns it.
    ///
    /// # Errors
    /// `NotFound` if there was none to write, `TooMany` if there were several: nothing was written then. As [`WriteQuery::fetch`].
    pub async fn single<T: DeserializeOwned>(self) -> Result<T> {
        let none = || Error::new(ErrorKind::NotFound, "the query wrote no row");
        self.maybe_single().await?.ok_or_else(none)
    }

    /// Writes one row at most, and returns it.
    ///
    /// # Errors
    /// `TooMany` if there were several: nothing was written then. As [`WriteQuery::fetch`].
    pub async fn maybe_single<T: DeserializeOwned>(mut self) -> Result<Option<T>> {
        self.query.returned().get_or_insert_with(|| "*".into());
        let (mut rows, _) = self.run(Some(1)).await?;
        Ok(rows.pop())
    }

    /// Runs it; gives the rows that it returns and how many it wrote.
    async fn run<T: DeserializeOwned>(self, most: Option<u64>) -> Result<(Vec<T>, u64)> {
        let WriteQuery { mut runner, query, .. } = self;
        let most = match most {
            None => None,
            Some(most) => match query.matching() {
                Matching::Known(rows) => within(rows, most).map(|()| None)?,
                Matching::Rows(select) => Some((most, select)),
            },
        };
        let mut parts = query.into_parts(runner.capabilities().limits.parameters)?;
        if most.is_none() && parts.len() == 1 {
            return one(&mut runner, parts.remove(0)).await.map_err(was_written);
        }
        match (runner, most) {
            (Runner::Db(db), most) => {
                let mut tx = db.begin().await?;
                let (mut rows, mut written) = (Vec::new(), 0);
                for part in parts {
                    let (more, count) = one(&mut Runner::Tx(&mut tx), part).await?;
                    rows.extend(more);
                    written += count;
                }
                within(written, most.map_or(u64::MAX, |(most, _)| most))?;
                tx.commit().await?;
                Ok((rows, written))
            }
            // What the transaction of the caller has done is not for this query to take back, so it looks before.
            (Runner::Tx(tx), Some((most, select))) => {
                within(count(&mut Runner::Tx(tx), &select).await?, most)?;
                one(&mut Runner::Tx(tx), parts.remove(0)).await.map_err(was_written)
            }
            (Runner::Tx(_), None) => {
                let message = "the insert has more values than a statement takes, and in a transaction it is one statement: insert fewer rows at a time";
                Err(Error::new(ErrorKind::LimitExceeded, message))
            }
        }
    }
}

/// Rows that were written, and do not fit the type that they are returned as.
fn was_written(error: Error) -> Error {
    if error.kind() == ErrorKind::Decode { error.with_effect(Effect::MaybeApplied) } else { error }
}

fn within(rows: u64, most: u64) -> Result<()> {
    match rows <= most {
        true => Ok(()),
        false => {
            let message = format!("the query would write {rows} rows, and may write {most}");
            Err(Error::new(ErrorKind::TooMany, message))
        }
    }
}

async fn one<T: DeserializeOwned>(runner: &mut Runner<'_>, query: Query) -> Result<(Vec<T>, u64)> {
    let returns = match &query {
        Query::Insert(query) => query.returning.is_some(),
        Query::Update(query) => query.returning.is_some(),
        Query::Delete(query) => query.returning.is_some(),
        Query::Select(_) | Query::Search(_) => true,
    };
    let rows = runner.query(&query).await?;
    match returns {
        true => {
            let rows = all(rows).await?;
            let count = rows.len() as u64;
            Ok((rows, count))
        }
        false => Ok((Vec::new(), rows.outcome().await?)),
    }
}

impl<'a, Q: Writes + 'a> IntoFuture for WriteQuery<'a, Q> {
    type Output = Result<u64>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<u64>> + Send + 'a>>;

    /// How many rows were written.
    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            *self.query.returned() = None;
            let most = self.max_affected;
            let (_, written) = self.run::<serde::de::IgnoredAny>(most).await?;
            Ok(written)
        })
    }
}

impl WriteQuery<'_, Insert> {
    /// A row whose key is there already is left out, instead of changing that row or being an error.
    pub fn ignore_duplicates(mut self) -> Self {
        if let Some(conflict) = &mut self.query.conflict {
            conflict.ignore = true;
        }
        self
    }
}

impl<Q: Filtered> WriteQuery<'_, Q> {
    filters!();

    fn filters(&mut self) -> &mut Vec<Filter> {
        self.query.filters_and_all_rows().0
    }

    /// It is about every row of the table.
    pub fn all_rows(mut self) -> Self {
        *self.query.filters_and_all_rows().1 = true;
        self
    }
}

/// What all that write have in common.
pub trait Writes: Sized + Send {
    #[doc(hidden)]
    fn returned(&mut self) -> &mut Option<String>;
    #[doc(hidden)]
    fn into_query(self) -> Query;
    /// The query in statements of at most so many values.
    #[doc(hidden)]
    fn into_parts(self, _values: usize) -> Result<Vec<Query>> {
        Ok(vec![self.into_query()])
    }
    /// The rows that it would write.
    #[doc(hidden)]
    fn matching(&self) -> Matching;
}

/// What writes to rows that are there, by filters.
pub trait Filtered: Writes {
    #[doc(hidden)]
    fn filters_and_all_rows(&mut self) -> (&mut Vec<Filter>, &mut bool);
}

/// The rows that a query would write.
#[doc(hidden)]
#[derive(Debug)]
pub enum Matching {
    /// Those of this selection.
    Rows(Select),
    /// So many at most.
    Known(u64),
}

impl Writes for Insert {
    fn returned(&mut self) -> &mut Option<String> {
        &mut self.returning
    }

    fn into_query(self) -> Query {
        Query::Insert(self)
    }

    fn into_parts(self, values: usize) -> Result<Vec<Query>> {
        let columns = self.rows.first().map_or(1, |row| row.columns().count().max(1));
        let rows = (values / columns).max(1);
        if self.rows.len() <= rows {
            return Ok(vec![Query::Insert(self)]);
        }
        let Insert { table, rows: all, conflict, returning } = self;
        if let Some(conflict) = conflict.as_ref().filter(|conflict| !conflict.ignore) {
            no_key_twice(conflict, &all)?;
        }
        let (mut parts, mut left) = (Vec::new(), all.into_iter().peekable());
        while left.peek().is_some() {
            let (table, conflict, returning) = (table.clone(), conflict.clone(), returning.clone());
            let rows = left.by_ref().take(rows).collect();
            parts.push(Query::Insert(Insert { table, rows, conflict, returning }));
        }
        Ok(parts)
    }

    fn matching(&self) -> Matching {
        Matching::Known(self.rows.len() as u64)
    }
}

macro_rules! filtered {
    ($($query:ident)*) => {$(
        impl Writes for $query {
            fn returned(&mut self) -> &mut Option<String> {
                &mut self.returning
            }

            fn into_query(self) -> Query {
                Query::$query(self)
            }

            fn matching(&self) -> Matching {
                let (table, filters) = (self.table.clone(), self.filters.clone());
                Matching::Rows(Select { table, filters, ..Select::default() })
            }
        }

        impl Filtered for $query {
            fn filters_and_all_rows(&mut self) -> (&mut Vec<Filter>, &mut bool) {
                (&mut self.filters, &mut self.all_rows)
            }
        }
    )*};
}

filtered! { Update Delete }
