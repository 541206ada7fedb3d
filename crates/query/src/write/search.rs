//! The nearest vectors.

use credenza_core::db::{Dialect, Value};
use credenza_core::{Error, Result};

use super::writer::Writer;
use super::{Written, items, number};
use crate::columns;
use crate::query::{Metric, Search};

/// The columns of the score and of whether one of the nearest may be missing, which are taken out of the rows.
pub(crate) const SCORE: &str = "credenza_score";
pub(crate) const APPROXIMATE: &str = "credenza_approximate";
/// The number of a row. It has other names too, which columns have more often.
const ROW: &str = "_rowid_";

pub(super) fn search(writer: &mut Writer<'_>, query: &Search) -> Result<()> {
    comparable(&query.to)?;
    if query.metric == Metric::Cosine && query.to.iter().all(|number| *number == 0.0) {
        return Err(Error::invalid("a vector of zeros has no direction"));
    }
    let column = columns::column(&query.column)?;
    if !column.is_plain() {
        return Err(Error::invalid("vectors stand in a column of their own"));
    }
    match writer.dialect() {
        Dialect::Postgres => {
            writer.text("SELECT ");
            items(writer, &query.columns)?;
            writer.text(", ");
            let operator = match query.metric {
                Metric::Cosine => " <=> ",
                Metric::InnerProduct => " <#> ",
                Metric::L2 => " <-> ",
            };
            // A distance in every case: an index knows no other order.
            writer.text(if query.metric == Metric::Cosine { "1 - (" } else { "-(" });
            writer.column(&column);
            writer.text(operator);
            writer.bind(Value::Vector(query.to.clone()))?;
            writer.text(") AS ");
            writer.name(SCORE);
            from(writer, query, &column)?;
            writer.text(" ORDER BY (");
            writer.column(&column);
            writer.text(operator);
            // The same value once more.
            writer.text("$1)");
            if query.exact {
                // Not what an index is of.
                writer.text(" + 0");
            }
        }
        _ => return nearest(writer, query, &column),
    }
    writer.text(" LIMIT ");
    writer.bind(Value::Int(number(query.limit)?))
}

/// The function of SQLite that knows codes of the vectors. Filters say first among which rows.
fn nearest(writer: &mut Writer<'_>, query: &Search, column: &columns::Column) -> Result<()> {
    writer.text("WITH credenza_nearest AS MATERIALIZED (SELECT vector_nearest(");
    writer.bind(Value::Text(query.table.clone()))?;
    writer.text(", ");
    writer.bind(Value::Text(column.name.clone()))?;
    writer.text(", ");
    writer.bind(Value::Vector(query.to.clone()))?;
    writer.text(match query.metric {
        Metric::Cosine => ", 'cosine', ",
        Metric::InnerProduct => ", 'inner_product', ",
        Metric::L2 => ", 'l2', ",
    });
    writer.bind(Value::Int(number(query.limit)?))?;
    writer.text(if query.exact { ", 1" } else { ", 0" });
    if !query.filters.is_empty() {
        writer.text(", (SELECT vector_rows(");
        writer.qualified(ROW);
        // Rows without a vector are passed over in any case: to ask for it here would be a look at each row.
        writer.text(") FROM ");
        writer.table();
        writer.filters(&query.filters)?;
        writer.text(")");
    }
    writer.text(") AS found) SELECT ");
    items(writer, &query.columns)?;
    writer.text(", credenza_near.value ->> 1 AS ");
    writer.name(SCORE);
    writer.text(", credenza_nearest.found ->> 'approximate' AS ");
    writer.name(APPROXIMATE);
    writer.text(" FROM credenza_nearest CROSS JOIN json_each(credenza_nearest.found, '$.rows') AS credenza_near CROSS JOIN ");
    writer.table();
    writer.text(" ON ");
    writer.qualified(ROW);
    writer.text(" = credenza_near.value ->> 0 ORDER BY credenza_near.key");
    Ok(())
}

/// The same without codes, for tables whose rows have no numbers.
pub(crate) fn plain(query: &Search) -> Result<Written> {
    let mut writer = Writer::new(Dialect::Sqlite, columns::checked_name(&query.table)?);
    scan(&mut writer, query)?;
    Ok(writer.finish())
}

fn scan(writer: &mut Writer<'_>, query: &Search) -> Result<()> {
    let column = columns::column(&query.column)?;
    writer.text("SELECT ");
    items(writer, &query.columns)?;
    writer.text(match query.metric {
        Metric::Cosine => ", vector_cosine_similarity(",
        Metric::InnerProduct => ", vector_inner_product(",
        Metric::L2 => ", -vector_l2_distance(",
    });
    writer.column(&column);
    writer.text(", ");
    writer.bind(Value::Vector(query.to.clone()))?;
    writer.text(") AS ");
    writer.name(SCORE);
    from(writer, query, &column)?;
    writer.text(" ORDER BY ");
    writer.name(SCORE);
    writer.text(" DESC NULLS LAST LIMIT ");
    writer.bind(Value::Int(number(query.limit)?))
}

fn from(writer: &mut Writer<'_>, query: &Search, column: &columns::Column) -> Result<()> {
    writer.text(" FROM ");
    writer.table();
    writer.filters(&query.filters)?;
    writer.text(if query.filters.is_empty() { " WHERE " } else { " AND " });
    writer.column(column);
    writer.text(" IS NOT NULL");
    Ok(())
}

/// A vector that can be compared with another.
pub(super) fn comparable(vector: &[f32]) -> Result<()> {
    match vector {
        [] => Err(Error::invalid("a vector has a dimension")),
        numbers if numbers.iter().any(|number| !number.is_finite()) => {
            Err(Error::invalid("a vector is of finite numbers"))
        }
        _ => Ok(()),
    }
}
