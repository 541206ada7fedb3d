//! How tables are connected.

use credenza_core::db::{Dialect, Statement};
use credenza_core::{Error, Result};

use super::run::Runner;
use crate::columns::{Embed, checked_name};

/// The foreign keys of one table that refer to another: the name of each, or its number, its columns, and those they refer to.
const OF_SQLITE: &str = "SELECT CAST(k.id AS TEXT), k.\"from\", coalesce(k.\"to\", \
     (SELECT i.name FROM pragma_table_info(?2) AS i WHERE i.pk = k.seq + 1)) \
     FROM pragma_foreign_key_list(?1) AS k WHERE k.\"table\" = ?2 COLLATE NOCASE ORDER BY k.id, k.seq";
const OF_POSTGRES: &str = "SELECT k.conname::text, f.attname::text, t.attname::text FROM pg_constraint AS k \
     CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS u (f, t, n) \
     JOIN pg_attribute AS f ON f.attrelid = k.conrelid AND f.attnum = u.f \
     JOIN pg_attribute AS t ON t.attrelid = k.confrelid AND t.attnum = u.t \
     WHERE k.contype = 'f' AND k.conrelid = to_regclass(quote_ident($1)) AND k.confrelid = to_regclass(quote_ident($2)) \
     ORDER BY k.conname, u.n";
/// The columns of the primary key.
const KEY_OF_SQLITE: &str = "SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk";
const KEY_OF_POSTGRES: &str = "SELECT a.attname::text FROM pg_index AS i \
     CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS u (c, n) JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.c \
     WHERE i.indisprimary AND i.indrelid = to_regclass(quote_ident($1)) ORDER BY u.n";

/// How rows of another table belong to those of one.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    /// Columns of the one, each with the column of the other that is equal.
    pub(super) columns: Vec<(String, String)>,
    /// The one refers to the other, of which there is one row at most.
    pub(super) to_one: bool,
}

/// The relation by which rows are embedded in those of a table.
pub(super) async fn find(runner: &mut Runner<'_>, table: &str, embed: &Embed) -> Result<Relation> {
    checked_name(&embed.table)?;
    let mut found = Vec::new();
    for to_one in [true, false] {
        let (from, to) = if to_one { (table, &*embed.table) } else { (&*embed.table, table) };
        for columns in keys(runner, from, to).await? {
            let is_meant = |hint: &String| columns.len() == 1 && columns[0].0 == *hint;
            if embed.hint.as_ref().is_none_or(is_meant) {
                let turned = |(from, to): (String, String)| if to_one { (from, to) } else { (to, from) };
                found.push(Relation { columns: columns.into_iter().map(turned).collect(), to_one });
            }
        }
        if table == embed.table && !found.is_empty() {
            // A table that refers to itself: up, not down.
            break;
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(relation), true) => Ok(relation),
        (Some(_), false) => {
            let message =
                "several foreign keys connect the tables: name the column of one, as in orders!user_id(…)";
            Err(Error::invalid(message))
        }
        (None, _) => {
            Err(Error::invalid(format!("no such foreign key connects {table:?} and {:?}", embed.table)))
        }
    }
}

async fn keys(runner: &mut Runner<'_>, from: &str, to: &str) -> Result<Vec<Vec<(String, String)>>> {
    let sql = match runner.capabilities().dialect {
        Dialect::Postgres => OF_POSTGRES,
        _ => OF_SQLITE,
    };
    let mut rows = runner.statement(Statement::new(sql, (from, to))).await?;
    let (mut keys, mut last): (Vec<Vec<(String, String)>>, Option<String>) = (Vec::new(), None);
    while let Some(row) = rows.next().await? {
        let name: String = row.get(0)?;
        let columns = (row.get(1)?, row.get(2)?);
        match keys.last_mut() {
            Some(key) if last.as_ref() == Some(&name) => key.push(columns),
            _ => keys.push(vec![columns]),
        }
        last = Some(name);
    }
    Ok(keys)
}

/// The columns of a table's primary key.
pub(super) async fn primary_key(runner: &mut Runner<'_>, table: &str) -> Result<Vec<String>> {
    let sql = match runner.capabilities().dialect {
        Dialect::Postgres => KEY_OF_POSTGRES,
        _ => KEY_OF_SQLITE,
    };
    let rows = runner.statement(Statement::new(sql, (table,))).await?.collect().await?;
    rows.into_iter().map(|row| row.get(0)).collect()
}
