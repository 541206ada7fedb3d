//! The beginning of a query.

use credenza_core::Db;
use credenza_core::db::Tx;

use super::run::Runner;
use super::search::SearchQuery;
use super::select::SelectQuery;
use super::write::{DeleteQuery, InsertQuery, UpdateQuery, WriteQuery};
use crate::query::{Conflict, Delete, Insert, Metric, Search, Select, Update};
use crate::record::{IntoRecords, Record};

/// Begins queries, on a database and in a transaction: `db.from("users")`, `tx.from("users")`.
pub trait FromTable<'a> {
    /// A query of a table.
    fn from(self, table: impl Into<String>) -> TableQuery<'a>;
}

impl<'a> FromTable<'a> for &'a Db {
    fn from(self, table: impl Into<String>) -> TableQuery<'a> {
        TableQuery { runner: Runner::Db(self), table: table.into() }
    }
}

impl<'a> FromTable<'a> for &'a mut Tx {
    fn from(self, table: impl Into<String>) -> TableQuery<'a> {
        TableQuery { runner: Runner::Tx(self), table: table.into() }
    }
}

/// A table, and what is to be done with it.
#[derive(Debug)]
pub struct TableQuery<'a> {
    runner: Runner<'a>,
    table: String,
}

impl<'a> TableQuery<'a> {
    /// Reads rows: `"*"`, `"id, name"`, `"id, theme:settings->>theme, points::text"`.
    ///
    /// `"id, orders(id, amount)"` embeds the rows of a table that a foreign key connects with this one: a list where they refer to this row, in the order of their
    /// key, and one row, or null, where this row refers to it. `orders!inner(…)` leaves out rows to which none belongs, `orders!user_id(…)` names the column
    /// of the foreign key where there are several, `placed:orders(…)` gives it another name.
    pub fn select(self, columns: impl Into<String>) -> SelectQuery<'a> {
        let select = Select { table: self.table, columns: columns.into(), ..Select::default() };
        SelectQuery { runner: self.runner, select }
    }

    /// Finds the rows whose vectors, in this column, are nearest to another.
    pub fn vector_search(self, column: impl Into<String>, to: impl Into<Vec<f32>>) -> SearchQuery<'a> {
        let search = Search {
            table: self.table,
            columns: String::new(),
            filters: Vec::new(),
            column: column.into(),
            to: to.into(),
            metric: Metric::default(),
            limit: 10,
            exact: false,
        };
        SearchQuery { runner: self.runner, search, min_score: None }
    }

    /// Adds a row or several, in one statement, or in one transaction if they have more values than a statement takes. Within a
    /// transaction it is one statement.
    pub fn insert(self, rows: impl IntoRecords) -> InsertQuery<'a> {
        let insert = Insert { table: self.table, rows: rows.into_records(), ..Insert::default() };
        WriteQuery::new(self.runner, insert)
    }

    /// Adds rows; one whose key, these columns, is there already changes that row. A key that stands twice in what is added is an error.
    pub fn upsert<C: Into<String>>(
        self,
        rows: impl IntoRecords,
        key: impl IntoIterator<Item = C>,
    ) -> InsertQuery<'a> {
        let conflict = Conflict { columns: key.into_iter().map(C::into).collect(), ignore: false };
        let insert = Insert {
            table: self.table,
            rows: rows.into_records(),
            conflict: Some(conflict),
            returning: None,
        };
        WriteQuery::new(self.runner, insert)
    }

    /// Changes rows. Without a filter it wants [`all_rows`](WriteQuery::all_rows).
    pub fn update(self, values: Record) -> UpdateQuery<'a> {
        WriteQuery::new(self.runner, Update { table: self.table, values, ..Update::default() })
    }

    /// Removes rows. Without a filter it wants [`all_rows`](WriteQuery::all_rows).
    pub fn delete(self) -> DeleteQuery<'a> {
        WriteQuery::new(self.runner, Delete { table: self.table, ..Delete::default() })
    }
}
