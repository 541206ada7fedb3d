//! The text of a statement, and its values.

use credenza_core::db::{Dialect, Params, Statement, Value};
use credenza_core::{Error, ErrorKind, Result};

use super::Written;
use crate::columns::{Cast, Column, Key, Step};

/// As many parameters as Postgres takes in one statement.
const MOST_PARAMETERS: usize = 65_535;

pub(super) struct Writer<'a> {
    dialect: Dialect,
    table: &'a str,
    sql: String,
    params: Vec<Value>,
    json: Vec<String>,
    bare: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(dialect: Dialect, table: &'a str) -> Writer<'a> {
        Writer {
            dialect,
            table,
            sql: String::with_capacity(128),
            params: Vec::new(),
            json: Vec::new(),
            bare: false,
        }
    }

    pub(super) fn finish(self) -> Written {
        let statement = Statement { sql: self.sql.into(), params: Params::Positional(self.params) };
        Written { statement, json: self.json }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(super) fn text(&mut self, text: &str) {
        self.sql.push_str(text);
    }

    /// A name in quotes. Both databases double a quote in it.
    pub(super) fn name(&mut self, name: &str) {
        self.sql.push('"');
        for (index, part) in name.split('"').enumerate() {
            if index > 0 {
                self.sql.push_str("\"\"");
            }
            self.sql.push_str(part);
        }
        self.sql.push('"');
    }

    pub(super) fn table(&mut self) {
        self.name(self.table);
    }

    pub(super) fn bind(&mut self, value: Value) -> Result<()> {
        if self.params.len() == MOST_PARAMETERS {
            let message = "a statement has at most 65,535 values";
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        if let Value::Text(text) | Value::Json(text) = &value
            && text.contains('\0')
        {
            return Err(Error::invalid("a text has no NUL in it: Postgres has none"));
        }
        self.params.push(value);
        match self.dialect {
            Dialect::Postgres => {
                self.sql.push('$');
                self.sql.push_str(&self.params.len().to_string());
            }
            _ => self.sql.push('?'),
        }
        Ok(())
    }

    /// A column, or a part of it. Its name is qualified: SQLite takes a name in quotes for text where there is no such column.
    pub(super) fn column(&mut self, column: &Column) {
        match (column.cast, self.dialect) {
            (None, _) => self.path(column),
            (Some(cast), Dialect::Postgres) => {
                self.text("(");
                self.path(column);
                self.text(match cast {
                    Cast::Text => ")::text",
                    Cast::Int => ")::int8",
                    Cast::Float => ")::float8",
                });
            }
            (Some(cast), _) => {
                self.text("CAST(");
                self.path(column);
                self.text(match cast {
                    Cast::Text => " AS TEXT)",
                    Cast::Int => " AS INTEGER)",
                    Cast::Float => " AS REAL)",
                });
            }
        }
    }

    fn path(&mut self, column: &Column) {
        match column.steps.split_last() {
            Some((last, steps)) if last.text && self.dialect == Dialect::Sqlite => {
                // Its `->>` gives numbers for numbers and 1 for true; this gives text for all, as Postgres does.
                self.text("CASE json_type(");
                self.steps(column, steps, last, false);
                self.text(") WHEN 'null' THEN NULL WHEN 'text' THEN ");
                self.steps(column, steps, last, true);
                self.text(" ELSE ");
                self.steps(column, steps, last, false);
                self.text(" END");
            }
            Some(_) if self.dialect == Dialect::Postgres => self.postgres_steps(column),
            Some((last, steps)) => self.steps(column, steps, last, last.text),
            None => self.qualified(&column.name),
        }
    }

    /// A column of the table.
    pub(super) fn qualified(&mut self, name: &str) {
        self.table();
        self.text(".");
        self.name(name);
    }

    /// From here on, all columns are written without their table: what is returned of a write knows no other.
    pub(super) fn bare(&mut self) {
        self.bare = true;
    }

    pub(super) fn is_bare(&self) -> bool {
        self.bare
    }

    fn steps(&mut self, column: &Column, steps: &[Step], last: &Step, text: bool) {
        self.text("(");
        self.qualified(&column.name);
        for step in steps {
            self.text(" -> ");
            self.key(&step.key);
        }
        self.text(if text { " ->> " } else { " -> " });
        self.key(&last.key);
        self.text(")");
    }

    /// What is no list has no member there: `->` finds a text or a number that stands alone as its own first.
    fn postgres_steps(&mut self, column: &Column) {
        let begin = self.sql.len();
        self.qualified(&column.name);
        for step in &column.steps {
            match &step.key {
                Key::Name(_) => {
                    self.text(if step.text { " ->> " } else { " -> " });
                    self.key(&step.key);
                }
                Key::Index(index) => {
                    self.sql.insert_str(begin, "jsonb_path_query_first((");
                    self.text(")::jsonb, 'strict $[");
                    self.text(&index.to_string());
                    self.text("]', '{}', true)");
                    if step.text {
                        self.text(" #>> '{}'");
                    }
                }
            }
        }
        self.sql.insert(begin, '(');
        self.text(")");
    }

    fn key(&mut self, key: &Key) {
        match key {
            Key::Index(index) => self.text(&index.to_string()),
            Key::Name(name) => {
                self.sql.push('\'');
                self.sql.push_str(&name.replace('\'', "''"));
                self.sql.push('\'');
            }
        }
    }

    /// Remembers what an item of a result is.
    pub(super) fn label(&mut self, label: String, column: &Column) {
        if column.is_document() {
            self.json.push(label);
        }
    }
}
