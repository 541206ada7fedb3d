//! Opening a connection, with everything set that could do harm at its default.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use credenza_core::db::DbLimits;
use credenza_core::{Error, ErrorKind, Result};
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::config::SqliteDatabaseConfig;
use super::conn::Conn;
use super::documents;
use super::failure::of_engine;
use super::guard::Guard;
use super::matching;
use super::vectors::{self, Memory, Searcher, Wanted};
use crate::config::SqliteDurability;
use crate::error::NAME;
use crate::schema::patiently;

/// A longer pattern of `LIKE` takes too long on a long text.
const PATTERN: i32 = 4_096;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Writer,
    Reader,
}

/// What the searches on all connections of a database share.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    pub(crate) memory: Arc<Memory>,
    pub(crate) database: u64,
    pub(crate) wanted: Wanted,
}

/// Opens a connection.
pub(crate) fn open(
    config: &SqliteDatabaseConfig,
    role: Role,
    closed: Arc<AtomicBool>,
    search: &Search,
) -> Result<Conn> {
    let access = if config.read_only {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } else if role == Role::Writer {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE
    };
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = match &config.path {
        Some(path) => Connection::open_with_flags(path, flags),
        None => Connection::open_in_memory_with_flags(flags),
    };
    let mut conn = opened.map_err(|error| of_engine(&error))?;
    harden(&conn, &config.limits)
        .and_then(|()| set_up(&conn, config, role))
        .map_err(|error| of_engine(&error))?;
    if role == Role::Writer && !config.read_only {
        // Switching the journal can find the file locked without waiting.
        patiently(config.busy_timeout, || prepare(&conn, config.path.as_deref(), config.max_size))?;
    } else {
        // Whether it is a database at all.
        let looked = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
        looked.map_err(|error| of_engine(&error))?;
    }
    conn.busy_timeout(Duration::ZERO).map_err(|error| of_engine(&error))?;
    let guard = Guard::install(&mut conn, closed).map_err(|error| of_engine(&error))?;
    matching::register(&conn).and_then(|()| documents::register(&conn)).map_err(|error| of_engine(&error))?;
    let Search { memory, database, wanted } = search.clone();
    let searcher = Searcher { memory, database, wanted, guard: Arc::clone(&guard) };
    vectors::register(&conn, searcher).map_err(|error| of_engine(&error))?;
    Ok(Conn::new(conn, guard, config.statements, config.limits.value))
}

/// What a statement of somebody else could do harm with.
fn harden(conn: &Connection, limits: &DbLimits) -> rusqlite::Result<()> {
    use DbConfig as Config;
    // The library as it is built here lets programs load code into a connection.
    conn.load_extension_disable()?;
    for (config, on) in [
        (Config::SQLITE_DBCONFIG_DEFENSIVE, true),
        (Config::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (Config::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false),
        (Config::SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, false),
        (Config::SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, false),
        (Config::SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, false),
        // A mistyped column is an error and not a text.
        (Config::SQLITE_DBCONFIG_DQS_DML, false),
        (Config::SQLITE_DBCONFIG_DQS_DDL, false),
        (Config::SQLITE_DBCONFIG_ENABLE_FKEY, true),
        (Config::SQLITE_DBCONFIG_ENABLE_TRIGGER, true),
        (Config::SQLITE_DBCONFIG_ENABLE_VIEW, true),
    ] {
        conn.set_db_config(config, on)?;
    }
    let int = |limit: usize| i32::try_from(limit).unwrap_or(i32::MAX);
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_SQL_LENGTH, int(limits.sql)),
        (Limit::SQLITE_LIMIT_COLUMN, int(limits.columns)),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, int(limits.depth)),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, int(limits.parameters)),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 500),
        (Limit::SQLITE_LIMIT_FUNCTION_ARG, 127),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, PATTERN),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 100),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        conn.set_limit(limit, value)?;
    }
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "temp_store", "memory")?;
    conn.execute_batch("PRAGMA mmap_size = 0")
}

fn set_up(conn: &Connection, config: &SqliteDatabaseConfig, role: Role) -> rusqlite::Result<()> {
    conn.busy_timeout(config.busy_timeout)?;
    conn.set_prepared_statement_cache_capacity(config.statements.max(8));
    let kib = i64::try_from(config.cache_size / 1024).unwrap_or(i64::MAX).max(64);
    conn.pragma_update(None, "cache_size", -kib)?;
    match role {
        Role::Reader => conn.pragma_update(None, "query_only", true),
        Role::Writer => {
            let level = match config.durability {
                SqliteDurability::Full => "full",
                SqliteDurability::Normal => "normal",
            };
            conn.pragma_update(None, "synchronous", level)?;
            // After a burst the log is cut back to this.
            conn.pragma_update_and_check(None, "journal_size_limit", 64 << 20, |_| Ok(()))
        }
    }
}

fn prepare(conn: &Connection, path: Option<&Path>, max_size: Option<u64>) -> Result<()> {
    if path.is_some() {
        let mode: String = conn
            .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
            .or_else(|error| match error.sqlite_error_code() {
                // A file that cannot be written keeps its journal; who writes will hear of it.
                Some(rusqlite::ErrorCode::ReadOnly) => Ok("wal".to_owned()),
                _ => Err(error),
            })
            .map_err(|error| of_engine(&error))?;
        if mode != "wal" {
            let message = "the file system cannot keep a write-ahead log (shared memory is missing)";
            return Err(Error::new(ErrorKind::Unavailable, message).on(NAME));
        }
    }
    if let Some(size) = max_size {
        let limited = || {
            let page: i64 = conn.pragma_query_value(None, "page_size", |row| row.get(0))?;
            let pages = i64::try_from(size).unwrap_or(i64::MAX) / page.max(1);
            conn.pragma_update_and_check(None, "max_page_count", pages.clamp(1, 0xffff_fffe), |_| Ok(()))
        };
        limited().map_err(|error| of_engine(&error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pragma(conn: &Conn, name: &str) -> String {
        conn.guard.trusting(|| {
            let value =
                conn.raw.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0));
            match value.unwrap() {
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => text,
                other => panic!("{name}: {other:?}"),
            }
        })
    }

    #[test]
    fn everything_is_set_on_purpose() {
        let folder = tempfile::tempdir().unwrap();
        let search = || Search { memory: Arc::new(Memory::new(0)), database: 0, wanted: Wanted::default() };
        for (durability, level) in [(SqliteDurability::Full, "2"), (SqliteDurability::Normal, "1")] {
            let config = SqliteDatabaseConfig {
                durability,
                max_size: Some(1 << 20),
                ..SqliteDatabaseConfig::at(folder.path().join("a.db"))
            };
            let writer = open(&config, Role::Writer, Arc::default(), &search()).unwrap();
            let reader = open(&config, Role::Reader, Arc::default(), &search()).unwrap();
            for (name, value) in [
                ("synchronous", level),
                ("journal_mode", "wal"),
                ("max_page_count", "256"),
                ("query_only", "0"),
            ] {
                assert_eq!(pragma(&writer, name), value, "{name}");
            }
            assert_eq!(pragma(&reader, "query_only"), "1");
            for conn in [&writer, &reader] {
                for (name, value) in [
                    ("foreign_keys", "1"),
                    ("trusted_schema", "0"),
                    ("cell_size_check", "1"),
                    ("temp_store", "2"),
                    ("mmap_size", "0"),
                    ("writable_schema", "0"),
                ] {
                    assert_eq!(pragma(conn, name), value, "{name}");
                }
                assert!(conn.raw.db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE).unwrap());
                assert!(!conn.raw.db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML).unwrap());
                assert_eq!(conn.raw.limit(Limit::SQLITE_LIMIT_ATTACHED).unwrap(), 0);
                assert_eq!(conn.raw.limit(Limit::SQLITE_LIMIT_WORKER_THREADS).unwrap(), 0);
                assert_eq!(conn.raw.limit(Limit::SQLITE_LIMIT_VARIABLE_NUMBER).unwrap(), 1_000);
            }
        }
    }
}
