//! Queries as data.

use credenza_core::db::{Dialect, Statement};
use credenza_core::{Error, Result};

use crate::filter::Filter;
use crate::record::Record;
use crate::write::{self, Written};

/// A query. Nothing in it is checked before it is [written](Query::write).
///
/// Columns and the items of a selection are text: `id`, `"a name"`, `settings->theme`, `settings->>theme`, `points::text`, `alias:column`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Query {
    /// Reads rows.
    Select(Select),
    /// Adds rows.
    Insert(Insert),
    /// Changes rows.
    Update(Update),
    /// Removes rows.
    Delete(Delete),
    /// Finds the rows whose vectors are nearest to another.
    Search(Search),
}

impl Query {
    /// The query as a statement of a dialect: names quoted, values bound.
    ///
    /// # Errors
    /// `InvalidArgument` for what is no query: a name that is none, a comparison with null, an update without a filter, …
    pub fn write(&self, dialect: Dialect) -> Result<Statement> {
        self.written(dialect).map(|written| written.statement)
    }

    pub(crate) fn written(&self, dialect: Dialect) -> Result<Written> {
        match dialect {
            Dialect::Sqlite | Dialect::Postgres => write::query(self, dialect),
            _ => Err(Error::unsupported("a query in this dialect")),
        }
    }
}

/// Reads rows of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Select {
    /// The table.
    pub table: String,
    /// The items, separated by commas; empty: all columns.
    pub columns: String,
    /// All of these must hold.
    pub filters: Vec<Filter>,
    /// What the rows are ordered by, the first first.
    pub order: Vec<Order>,
    /// How many rows at most.
    pub limit: Option<u64>,
    /// How many are passed over.
    pub offset: Option<u64>,
}

/// Finds the rows whose vectors are nearest to another, the nearest first. Rows without a vector are not found.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// The table.
    pub table: String,
    /// The items, separated by commas; empty: all columns.
    pub columns: String,
    /// All of these must hold. They apply before the nearest are taken.
    pub filters: Vec<Filter>,
    /// The column of the vectors.
    pub column: String,
    /// What they are compared with.
    pub to: Vec<f32>,
    /// How.
    pub metric: Metric,
    /// How many rows at most.
    pub limit: u64,
    /// Every row is compared, also where there is an index that knows nearly all of the nearest.
    pub exact: bool,
}

/// How two vectors are compared. A greater score is nearer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Metric {
    /// The score is the cosine of their angle, from -1 to 1.
    #[default]
    Cosine,
    /// The score is their inner product.
    InnerProduct,
    /// The score is their Euclidean distance, below zero: 0 is the same.
    L2,
}

/// What rows are ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The column.
    pub column: String,
    /// From the least or from the greatest.
    pub direction: Direction,
    /// Where nulls stand.
    pub nulls: Nulls,
}

/// The direction of an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the least to the greatest.
    #[default]
    Ascending,
    /// From the greatest to the least.
    Descending,
}

/// Where nulls stand in an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Nulls {
    /// As on Postgres: last when ascending, first when descending.
    #[default]
    AsGreatest,
    /// Before everything else.
    First,
    /// After everything else.
    Last,
}

/// Adds rows to a table, in one statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Insert {
    /// The table.
    pub table: String,
    /// The rows: all with the same columns.
    pub rows: Vec<Record>,
    /// What happens to a row that is there already. `None`: it is an error.
    pub conflict: Option<Conflict>,
    /// What is returned of the rows, as in a selection. `None`: nothing.
    pub returning: Option<String>,
}

/// What happens to a row whose key is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The columns of a primary key or a unique index.
    pub columns: Vec<String>,
    /// It stays as it is, and the new one is left out; otherwise it takes the values of the new one.
    pub ignore: bool,
}

/// Changes rows of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Update {
    /// The table.
    pub table: String,
    /// The columns and their new values.
    pub values: Record,
    /// All of these must hold.
    pub filters: Vec<Filter>,
    /// Whether it may be without a filter.
    pub all_rows: bool,
    /// What is returned of the rows, as they are now. `None`: nothing.
    pub returning: Option<String>,
}

/// Removes rows from a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delete {
    /// The table.
    pub table: String,
    /// All of these must hold.
    pub filters: Vec<Filter>,
    /// Whether it may be without a filter.
    pub all_rows: bool,
    /// What is returned of the rows, as they were. `None`: nothing.
    pub returning: Option<String>,
}
