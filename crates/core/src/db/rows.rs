//! What a statement returns.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};

use futures_core::Stream;

use super::convert::FromValue;
use super::value::Value;
use crate::error::{Error, ErrorKind, Result};

/// What a statement did, known at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// How many rows were inserted, updated or deleted by the statement itself, without triggers and cascades.
    pub rows_affected: u64,
    /// The row id of the last row that was inserted on this connection, where the database knows it (SQLite).
    pub last_insert_id: Option<i64>,
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, as the statement gives it.
    pub name: String,
    /// The type that its table declares, where the column is one of a table and the database tells.
    pub declared: Option<String>,
}

/// The columns of a result, shared by its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns(Arc<[Column]>);

impl Columns {
    /// The position of the first column with this name; names are compared as written.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|column| column.name == name)
    }

    /// Whether they are one and the same, without a look at each.
    pub fn is_same(&self, other: &Columns) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for Columns {
    type Target = [Column];

    fn deref(&self) -> &[Column] {
        &self.0
    }
}

impl FromIterator<Column> for Columns {
    fn from_iter<I: IntoIterator<Item = Column>>(columns: I) -> Columns {
        Columns(columns.into_iter().collect())
    }
}

/// A row. Its `Debug` shows kinds, never values.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    columns: Columns,
    values: Vec<Value>,
}

impl Row {
    /// A row of as many values as there are columns. For stores.
    pub fn new(columns: Columns, values: Vec<Value>) -> Row {
        Row { columns, values }
    }

    /// The columns.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The values, in the order of the columns.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The values, in the order of the columns.
    pub fn into_values(self) -> Vec<Value> {
        self.values
    }

    /// A column as a type: by its position from 0, or by its name.
    ///
    /// # Errors
    /// `InvalidArgument` if there is no such column, `Decode` if the value is not of this type.
    pub fn get<T: FromValue>(&self, column: impl ColumnIndex) -> Result<T> {
        let at = column.position_in(&self.columns);
        let value = at.and_then(|at| self.values.get(at)).cloned();
        T::from_value(value.ok_or_else(|| Error::invalid("the result has no such column"))?)
    }
}

/// What names a column: its position from 0, or its name.
pub trait ColumnIndex {
    /// The position, if there is such a column.
    fn position_in(&self, columns: &Columns) -> Option<usize>;
}

impl ColumnIndex for usize {
    fn position_in(&self, columns: &Columns) -> Option<usize> {
        (*self < columns.len()).then_some(*self)
    }
}

impl ColumnIndex for &str {
    fn position_in(&self, columns: &Columns) -> Option<usize> {
        columns.position(self)
    }
}

/// The rows that a statement returns, one after the other, and then what it did.
///
/// Rows that are many are read as they are asked for, from a buffer of a bounded size; a result that is dropped
/// stops being read. A statement that returns no rows has none here, and its [`outcome`](Rows::outcome) at once.
pub struct Rows {
    columns: Columns,
    /// Before those that are ready.
    first: Option<Vec<Value>>,
    ready: VecDeque<Vec<Value>>,
    rest: Option<Pin<Box<dyn Stream<Item = Result<Chunk>> + Send>>>,
    outcome: Outcome,
}

/// A part of a result, from a store.
#[derive(Debug)]
pub enum Chunk {
    /// The next rows.
    Rows(Vec<Vec<Value>>),
    /// The end.
    End(Outcome),
}

impl Rows {
    /// A result that is there already. For stores.
    pub fn ready(columns: Columns, rows: impl Into<VecDeque<Vec<Value>>>, outcome: Outcome) -> Rows {
        Rows { columns, first: None, ready: rows.into(), rest: None, outcome }
    }

    /// A result of one row or none, which is there already. For stores.
    pub fn single(columns: Columns, row: Option<Vec<Value>>, outcome: Outcome) -> Rows {
        Rows { columns, first: row, ready: VecDeque::new(), rest: None, outcome }
    }

    /// A result that comes in chunks, the last of which is the end. For stores.
    pub fn streamed(columns: Columns, chunks: impl Stream<Item = Result<Chunk>> + Send + 'static) -> Rows {
        let rest: Option<Pin<Box<dyn Stream<Item = Result<Chunk>> + Send>>> = Some(Box::pin(chunks));
        Rows { columns, first: None, ready: VecDeque::new(), rest, outcome: Outcome::default() }
    }

    /// The columns: none if the statement returns no rows.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The next row; `None` at the end. Dropping the future loses nothing.
    ///
    /// # Errors
    /// What went wrong on the way; the result ends with it.
    pub async fn next(&mut self) -> Result<Option<Row>> {
        std::future::poll_fn(|cx| self.poll_row(cx)).await.transpose()
    }

    /// All rows that are left.
    ///
    /// # Errors
    /// What went wrong on the way.
    pub async fn collect(mut self) -> Result<Vec<Row>> {
        let mut rows = Vec::with_capacity(self.count());
        while let Some(row) = self.next().await? {
            rows.push(row);
        }
        Ok(rows)
    }

    /// What the statement did, after all of its rows, which are passed over.
    ///
    /// # Errors
    /// What went wrong on the way.
    pub async fn outcome(mut self) -> Result<Outcome> {
        while self.next().await?.is_some() {}
        Ok(self.outcome)
    }

    /// What the statement did, if all rows were read.
    pub fn outcome_so_far(&self) -> Option<Outcome> {
        (self.count() == 0 && self.rest.is_none()).then_some(self.outcome)
    }

    /// The next row, where none is to be waited for; `None` where it is not known whether there is one.
    pub(super) fn try_next(&mut self) -> Option<Option<Row>> {
        match self.first.take().or_else(|| self.ready.pop_front()) {
            Some(values) => Some(Some(Row::new(self.columns.clone(), values))),
            None if self.rest.is_none() => Some(None),
            None => None,
        }
    }

    fn count(&self) -> usize {
        usize::from(self.first.is_some()) + self.ready.len()
    }

    fn poll_row(&mut self, cx: &mut task::Context<'_>) -> Poll<Option<Result<Row>>> {
        loop {
            if let Some(values) = self.first.take().or_else(|| self.ready.pop_front()) {
                return Poll::Ready(Some(Ok(Row::new(self.columns.clone(), values))));
            }
            let Some(rest) = &mut self.rest else { return Poll::Ready(None) };
            let chunk = match rest.as_mut().poll_next(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(chunk) => chunk,
            };
            match chunk {
                Some(Ok(Chunk::Rows(rows))) => self.ready = rows.into(),
                Some(Ok(Chunk::End(outcome))) => {
                    self.outcome = outcome;
                    self.rest = None;
                }
                failed => {
                    self.rest = None;
                    let cut = || Err(Error::new(ErrorKind::Unavailable, "the result ended before its end"));
                    return Poll::Ready(Some(match failed {
                        Some(Err(error)) => Err(error),
                        _ => cut(),
                    }));
                }
            }
        }
    }
}

impl Stream for Rows {
    type Item = Result<Row>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Result<Row>>> {
        self.poll_row(cx)
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("columns", &self.columns.len())
            .field("ready", &self.count())
            .field("complete", &self.rest.is_none())
            .finish()
    }
}
