//! What a search reads of the database: all of it in one state, that of the statement it is a part of.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result, Statement};

use super::compare::{different, numbers};
use super::nearest::NO_ROWS;

/// A column of a table.
pub(super) struct Look<'c> {
    pub(super) conn: &'c Connection,
    table: String,
    column: String,
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl<'c> Look<'c> {
    pub(super) fn at(conn: &'c Connection, table: &str, column: &str) -> Look<'c> {
        Look { conn, table: quoted(table), column: quoted(column) }
    }

    /// The number of the tables' state.
    pub(super) fn schema(&self) -> Result<i64> {
        self.conn.query_row("PRAGMA schema_version", [], |row| row.get(0))
    }

    /// Fails if it is no table whose rows have numbers.
    pub(super) fn check(&self, table: &str) -> Result<()> {
        const KIND: &str = "SELECT type = 'table' AND NOT wr AND \
                            NOT EXISTS (SELECT 1 FROM pragma_table_xinfo(?1) WHERE name = '_rowid_' COLLATE NOCASE) \
                            FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE";
        let mut kind = self.conn.prepare(KIND)?;
        match kind.query([table])?.next()? {
            Some(row) if row.get(0)? => Ok(()),
            Some(_) => Err(Error::UserFunctionError(NO_ROWS.into())),
            None => Err(Error::UserFunctionError(format!("no such table: {table}").into())),
        }
    }

    /// All rows that have something in the column.
    pub(super) fn all(&self) -> Result<Statement<'c>> {
        let Look { table, column, .. } = self;
        self.conn.prepare(&format!(
            "SELECT _rowid_, {table}.{column} FROM {table} WHERE {table}.{column} IS NOT NULL"
        ))
    }

    /// What a row has in the column.
    pub(super) fn one(&self) -> Result<One<'c>> {
        let Look { table, column, .. } = self;
        self.conn.prepare(&format!("SELECT {table}.{column} FROM {table} WHERE _rowid_ = ?1")).map(One)
    }
}

/// What single rows have in the column.
pub(super) struct One<'c>(Statement<'c>);

impl One<'_> {
    /// Reads a row, if it is there and has anything in the column.
    pub(super) fn read<T>(
        &mut self,
        row: i64,
        read: impl FnOnce(ValueRef<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut rows = self.0.query([row])?;
        match rows.next()? {
            Some(row) => match row.get_ref(0)? {
                ValueRef::Null => Ok(None),
                value => read(value).map(Some),
            },
            None => Ok(None),
        }
    }
}

/// The numbers of a vector, of which there have to be so many.
pub(super) fn numbers_of(value: ValueRef<'_>, dimension: usize) -> Result<&[[u8; 4]]> {
    let found = numbers(value)?;
    if found.len() == dimension { Ok(found) } else { Err(different()) }
}
