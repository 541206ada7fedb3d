//! The log of what has changed in tables with vectors.
//!
//! A table that is watched has three triggers, which write the numbers of the rows that were added, changed or removed into the log, in the transaction that
//! does it. They name none of the table's columns, so columns may come and go; the engine renames them with the table and drops them with it. They call
//! nothing that is not SQLite's own: other programs write to the table as before. A row that `REPLACE` removes is not logged; its codes point to nothing, and are
//! passed over.

use rusqlite::{Connection, OptionalExtension, Result};

/// The table of the log.
pub(crate) const LOG: &str = "credenza_vector_log";
/// How the names of the triggers begin; the number of the watch follows.
pub(crate) const WATCH: &str = "credenza_watch_";

/// The trigger that cuts the log.
pub(crate) const CUT: &str = "credenza_watch_log";

/// So many changes are kept; who has seen fewer reads the table anew.
const KEPT: i64 = 1 << 18;
/// The log is cut after so many.
const OFTEN: i64 = 1 << 12;

/// The number of the watch of a table.
pub(super) fn find(conn: &Connection, table: &str) -> Result<Option<i64>> {
    const FIND: &str = "SELECT substr(name, 16, length(name) - 22) FROM sqlite_schema \
                        WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE AND name GLOB 'credenza_watch_*_insert'";
    let number: Option<String> = conn.query_row(FIND, [table], |row| row.get(0)).optional()?;
    Ok(number.and_then(|number| number.parse().ok()))
}

/// The number of the last change.
pub(super) fn position(conn: &Connection) -> Result<i64> {
    let last = conn.query_row("SELECT max(seq) FROM credenza_vector_log", [], |row| row.get(0))?;
    let last: Option<i64> = last;
    Ok(last.unwrap_or(0))
}

/// The rows that were changed after one change up to another, each once; `None` if the log does not go back so far.
pub(super) fn changes(conn: &Connection, watch: i64, after: i64, to: i64) -> Result<Option<Vec<i64>>> {
    let first: Option<i64> =
        conn.query_row("SELECT min(seq) FROM credenza_vector_log", [], |row| row.get(0))?;
    if first.is_none_or(|first| first > after + 1) {
        return Ok(None);
    }
    const CHANGES: &str =
        "SELECT DISTINCT row FROM credenza_vector_log WHERE seq > ?1 AND seq <= ?2 AND watch = ?3";
    let mut statement = conn.prepare(CHANGES)?;
    let rows = statement.query_map([after, to, watch], |row| row.get(0))?;
    rows.collect::<Result<_>>().map(Some)
}

/// Watches a table, unless it is watched or cannot be.
pub(crate) fn install(conn: &Connection, table: &str) -> Result<()> {
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let installed = make(conn, table);
    conn.execute_batch(if installed.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    installed
}

fn make(conn: &Connection, table: &str) -> Result<()> {
    const KIND: &str = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE AND type = 'table' AND NOT wr";
    let name: Option<String> = conn.query_row(KIND, [table], |row| row.get(0)).optional()?;
    let Some(name) = name else { return Ok(()) };
    if find(conn, &name)?.is_some() {
        return Ok(());
    }
    // Numbers are not used again, so that what a dropped table left in the log is about no other.
    conn.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS {LOG} (seq INTEGER PRIMARY KEY, watch INTEGER NOT NULL, row INTEGER NOT NULL);
         CREATE TRIGGER IF NOT EXISTS {CUT} AFTER INSERT ON {LOG} WHEN new.seq % {OFTEN} = 0
         BEGIN DELETE FROM {LOG} WHERE seq <= new.seq - {KEPT}; END;"
    ))?;
    const NEXT: &str = "SELECT max(coalesce((SELECT max(watch) FROM credenza_vector_log), 0), \
                        coalesce((SELECT max(CAST(substr(name, 16) AS INTEGER)) FROM sqlite_schema WHERE type = 'trigger' AND name GLOB 'credenza_watch_*'), 0)) + 1";
    let watch: i64 = conn.query_row(NEXT, [], |row| row.get(0))?;
    let on = format!("\"{}\"", name.replace('"', "\"\""));
    conn.execute_batch(&format!(
        "CREATE TRIGGER {WATCH}{watch}_insert AFTER INSERT ON {on}
         BEGIN INSERT INTO {LOG} (watch, row) VALUES ({watch}, new._rowid_); END;
         CREATE TRIGGER {WATCH}{watch}_update AFTER UPDATE ON {on}
         BEGIN
             INSERT INTO {LOG} (watch, row) VALUES ({watch}, new._rowid_);
             INSERT INTO {LOG} (watch, row) SELECT {watch}, old._rowid_ WHERE old._rowid_ <> new._rowid_;
         END;
         CREATE TRIGGER {WATCH}{watch}_delete AFTER DELETE ON {on}
         BEGIN INSERT INTO {LOG} (watch, row) VALUES ({watch}, old._rowid_); END;
         INSERT INTO {LOG} (watch, row) VALUES ({watch}, 0);"
    ))
}
