//! The tables and views of a database.

use credenza_core::Result;
use credenza_core::db::Table;
use sha2::{Digest, Sha256};

use super::conn::Own;
use super::failure::of_engine;

const NOTED: &str = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'credenza_tables'";
/// Without what belongs to the engine, to Credenza, and to virtual tables (their shadows).
const ALL: &str = "SELECT s.name, s.type = 'view', s.sql, 0 FROM sqlite_schema AS s \
    WHERE s.type IN ('table', 'view') AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
    AND s.name NOT LIKE 'credenza\\_%' ESCAPE '\\' AND NOT EXISTS \
    (SELECT 1 FROM pragma_table_list AS l WHERE l.schema = 'main' AND l.name = s.name AND l.type = 'shadow') \
    ORDER BY s.name";
const ALL_NOTED: &str = "SELECT s.name, s.type = 'view', s.sql, coalesce(t.made, 0) FROM sqlite_schema AS s \
    LEFT JOIN credenza_tables AS t ON t.name = s.name \
    WHERE s.type IN ('table', 'view') AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
    AND s.name NOT LIKE 'credenza\\_%' ESCAPE '\\' AND NOT EXISTS \
    (SELECT 1 FROM pragma_table_list AS l WHERE l.schema = 'main' AND l.name = s.name AND l.type = 'shadow') \
    ORDER BY s.name";

/// All tables and views, in the order of their names.
pub(crate) fn all(on: Own<'_>) -> Result<Vec<Table>> {
    let read = || {
        let noted = on.row(NOTED, [], |_| Ok(()))?.is_some();
        on.rows(if noted { ALL_NOTED } else { ALL }, |row| {
            let (name, is_view): (String, bool) = (row.get(0)?, row.get(1)?);
            let (sql, made): (Option<String>, i64) = (row.get(2)?, row.get(3)?);
            Ok(Table::new(name, is_view, definition(&sql.unwrap_or_default(), made)))
        })
    };
    read().map_err(|failed| of_engine(&failed))
}

/// A hash that is the same on every machine and in every version.
fn definition(sql: &str, made: i64) -> u64 {
    let hash = Sha256::new().chain_update(made.to_le_bytes()).chain_update(sql).finalize();
    hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}
