//! The nearest vectors.

use credenza_core::db::{Dialect, Value};
use credenza_core::{Error, Result};

use super::writer::Writer;
use super::{items, number};
use crate::columns;
use crate::query::{Metric, Search};

/// The column of the score, which is taken out of the rows.
pub(crate) const SCORE: &str = "credenza_score";

pub(super) fn search(writer: &mut Writer<'_>, query: &Search) -> Result<()> {
    comparable(&query.to)?;
    if query.metric == Metric::Cosine && query.to.iter().all(|number| *number == 0.0) {
        return Err(Error::invalid("a vector of zeros has no direction"));
    }
    let column = columns::column(&query.column)?;
    if !column.is_plain() {
        return Err(Error::invalid("vectors stand in a column of their own"));
    }
    writer.text("SELECT ");
    items(writer, &query.columns)?;
    writer.text(", ");
    match writer.dialect() {
        Dialect::Postgres => {
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
        _ => {
            writer.text(match query.metric {
                Metric::Cosine => "vector_cosine_similarity(",
                Metric::InnerProduct => "vector_inner_product(",
                Metric::L2 => "-vector_l2_distance(",
            });
            writer.column(&column);
            writer.text(", ");
            writer.bind(Value::Vector(query.to.clone()))?;
            writer.text(") AS ");
            writer.name(SCORE);
            from(writer, query, &column)?;
            writer.text(" ORDER BY ");
            writer.name(SCORE);
            writer.text(" DESC NULLS LAST");
        }
    }
    writer.text(" LIMIT ");
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
