//! Queries as statements.

mod filters;
mod search;
mod writer;

pub(crate) use search::{APPROXIMATE, SCORE, plain};

use credenza_core::db::{Dialect, Statement, Value};
use credenza_core::{Error, ErrorKind, Result};
use std::collections::HashSet;

use crate::columns::{self, Item};
use crate::query::{Conflict, Delete, Direction, Insert, Nulls, Query, Select, Update};
use crate::record::Record;
use writer::Writer;

/// A statement, and what is known of the columns of its rows that no table declares.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) statement: Statement,
    /// The columns that are parts of documents, and documents themselves.
    pub(crate) json: Vec<String>,
}

pub(crate) fn query(query: &Query, dialect: Dialect) -> Result<Written> {
    let table = match query {
        Query::Select(select) => &select.table,
        Query::Insert(insert) => &insert.table,
        Query::Update(update) => &update.table,
        Query::Delete(delete) => &delete.table,
        Query::Search(search) => &search.table,
    };
    let mut writer = Writer::new(dialect, columns::checked_name(table)?);
    match query {
        Query::Select(query) => select(&mut writer, query)?,
        Query::Insert(query) => insert(&mut writer, query)?,
        Query::Update(query) => update(&mut writer, query)?,
        Query::Delete(query) => delete(&mut writer, query)?,
        Query::Search(query) => search::search(&mut writer, query)?,
    }
    Ok(writer.finish())
}

/// How many rows a selection has, without its limit.
pub(crate) fn count(query: &Select, dialect: Dialect) -> Result<Statement> {
    let mut writer = Writer::new(dialect, columns::checked_name(&query.table)?);
    writer.text("SELECT count(*) FROM ");
    writer.table();
    writer.filters(&query.filters)?;
    Ok(writer.finish().statement)
}

fn select(writer: &mut Writer<'_>, query: &Select) -> Result<()> {
    writer.text("SELECT ");
    items(writer, &query.columns)?;
    writer.text(" FROM ");
    writer.table();
    writer.filters(&query.filters)?;
    for (index, order) in query.order.iter().enumerate() {
        writer.text(if index == 0 { " ORDER BY " } else { ", " });
        writer.column(&columns::column(&order.column)?);
        let nulls_first = match (order.nulls, order.direction) {
            (Nulls::First, _) | (Nulls::AsGreatest, Direction::Descending) => true,
            (Nulls::Last, _) | (Nulls::AsGreatest, Direction::Ascending) => false,
        };
        writer.text(match order.direction {
            Direction::Ascending => " ASC",
            Direction::Descending => " DESC",
        });
        writer.text(if nulls_first { " NULLS FIRST" } else { " NULLS LAST" });
    }
    match (query.limit, query.offset, writer.dialect()) {
        (Some(limit), _, _) => {
            writer.text(" LIMIT ");
            writer.bind(Value::Int(number(limit)?))?;
        }
        // Its grammar has no offset without a limit.
        (None, Some(_), Dialect::Sqlite) => writer.text(" LIMIT -1"),
        _ => {}
    }
    if let Some(offset) = query.offset {
        writer.text(" OFFSET ");
        writer.bind(Value::Int(number(offset)?))?;
    }
    Ok(())
}

/// A value that can be stored: a vector that has no direction, or is none, would never be found.
fn stored(value: &Value) -> Result<Value> {
    if let Value::Vector(vector) = value {
        search::comparable(vector)?;
        if vector.iter().all(|number| *number == 0.0) {
            return Err(Error::invalid("a vector of zeros has no direction"));
        }
    }
    Ok(value.clone())
}

fn number(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| Error::invalid("no table has so many rows"))
}

/// The items of a selection, each under the name it has in the result.
fn items(writer: &mut Writer<'_>, text: &str) -> Result<()> {
    for (index, item) in columns::items(text)?.into_iter().enumerate() {
        if index > 0 {
            writer.text(", ");
        }
        match item {
            Item::All if writer.is_bare() => writer.text("*"),
            Item::All => {
                writer.table();
                writer.text(".*");
            }
            Item::Embed(_) => {
                return Err(Error::invalid(
                    "rows of another table are embedded where rows are selected and fetched",
                ));
            }
            Item::Column { alias, column } => {
                writer.column(&column);
                if alias.is_some() || !column.is_plain() {
                    let label = alias.unwrap_or_else(|| column.label());
                    writer.text(" AS ");
                    writer.name(&label);
                    writer.label(label, &column);
                }
            }
        }
    }
    Ok(())
}

fn returning(writer: &mut Writer<'_>, text: Option<&str>) -> Result<()> {
    let Some(text) = text else { return Ok(()) };
    writer.text(" RETURNING ");
    writer.bare();
    items(writer, text)
}

fn insert(writer: &mut Writer<'_>, query: &Insert) -> Result<()> {
    let [first, others @ ..] = &query.rows[..] else {
        return Err(Error::invalid("there is no row to insert"));
    };
    writer.text("INSERT INTO ");
    writer.table();
    if first.entries().is_empty() {
        if !others.is_empty() || query.conflict.is_some() {
            return Err(Error::invalid("a row without columns stands alone"));
        }
        writer.text(" DEFAULT VALUES");
        return returning(writer, query.returning.as_deref());
    }
    writer.text(" (");
    for (index, column) in first.columns().enumerate() {
        if index > 0 {
            writer.text(", ");
        }
        writer.name(columns::checked_name(column)?);
    }
    for (index, row) in query.rows.iter().enumerate() {
        writer.text(if index == 0 { ") VALUES (" } else { ", (" });
        if row.entries().len() != first.entries().len() {
            return Err(Error::invalid("the rows of one insert have the same columns").at(index));
        }
        for (at, column) in first.columns().enumerate() {
            let missing =
                || Error::invalid(format!("a row lacks the column {column:?} of the first")).at(index);
            let value = row.get(column).ok_or_else(missing)?;
            if at > 0 {
                writer.text(", ");
            }
            writer.bind(stored(value)?)?;
        }
        writer.text(")");
    }
    if let Some(on) = &query.conflict {
        conflict(writer, on, &query.rows)?;
    }
    returning(writer, query.returning.as_deref())
}

fn conflict(writer: &mut Writer<'_>, conflict: &Conflict, rows: &[Record]) -> Result<()> {
    let Some(first) = conflict.columns.first() else {
        return Err(Error::invalid("an upsert names the columns of a key"));
    };
    writer.text(" ON CONFLICT (");
    for (index, column) in conflict.columns.iter().enumerate() {
        if index > 0 {
            writer.text(", ");
        }
        writer.name(columns::checked_name(column)?);
    }
    if conflict.ignore {
        writer.text(") DO NOTHING");
        return Ok(());
    }
    no_key_twice(conflict, rows)?;
    writer.text(") DO UPDATE SET ");
    let others = || rows[0].columns().filter(|column| !conflict.columns.iter().any(|key| key == column));
    // With nothing else to set, the row is still one that is returned.
    let set: Vec<&str> = if others().next().is_some() { others().collect() } else { vec![first] };
    for (index, column) in set.into_iter().enumerate() {
        if index > 0 {
            writer.text(", ");
        }
        writer.name(column);
        writer.text(" = excluded.");
        writer.name(column);
    }
    Ok(())
}

/// Postgres refuses to change a row twice in one statement, and SQLite does it: neither is asked.
pub(crate) fn no_key_twice(conflict: &Conflict, rows: &[Record]) -> Result<()> {
    let mut seen = HashSet::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let key: Option<Vec<_>> =
            conflict.columns.iter().map(|column| row.get(column).and_then(bytes_of)).collect();
        if let Some(key) = key
            && !seen.insert(key)
        {
            let error = Error::new(ErrorKind::InvalidStatement, "two rows of one upsert have the same key");
            return Err(error.at(index).with_sqlstate("21000"));
        }
    }
    Ok(())
}

/// What tells a value from others; nothing for null, which is no key.
pub(crate) fn bytes_of(value: &Value) -> Option<(&'static str, Vec<u8>)> {
    let bytes = match value {
        Value::Null => return None,
        Value::Bool(value) => vec![u8::from(*value)],
        Value::Int(number) => number.to_be_bytes().into(),
        Value::Float(number) => number.to_bits().to_be_bytes().into(),
        Value::Text(text) | Value::Json(text) => text.clone().into(),
        Value::Bytes(bytes) => bytes.to_vec(),
        Value::Timestamp(time) => time.micros().to_be_bytes().into(),
        Value::Uuid(id) => id.as_bytes().to_vec(),
        Value::Vector(vector) => vector.iter().flat_map(|number| number.to_le_bytes()).collect(),
        _ => return None,
    };
    Some((value.kind(), bytes))
}

fn update(writer: &mut Writer<'_>, query: &Update) -> Result<()> {
    bounded(&query.filters, query.all_rows)?;
    writer.text("UPDATE ");
    writer.table();
    if query.values.entries().is_empty() {
        return Err(Error::invalid("an update sets a column"));
    }
    for (index, (column, value)) in query.values.entries().iter().enumerate() {
        writer.text(if index == 0 { " SET " } else { ", " });
        writer.name(columns::checked_name(column)?);
        writer.text(" = ");
        writer.bind(stored(value)?)?;
    }
    writer.filters(&query.filters)?;
    returning(writer, query.returning.as_deref())
}

fn delete(writer: &mut Writer<'_>, query: &Delete) -> Result<()> {
    bounded(&query.filters, query.all_rows)?;
    writer.text("DELETE FROM ");
    writer.table();
    writer.filters(&query.filters)?;
    returning(writer, query.returning.as_deref())
}

fn bounded(filters: &[crate::filter::Filter], all_rows: bool) -> Result<()> {
    match filters.is_empty() == all_rows {
        true => Ok(()),
        false if all_rows => Err(Error::invalid("all rows are meant, and there is a filter")),
        false => {
            Err(Error::invalid("without a filter this is about every row: all_rows() says that it is meant"))
        }
    }
}
