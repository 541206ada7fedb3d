//! Opening a connection, and what a file must be for that.

use std::time::Duration;

use credenza_core::{Error, ErrorKind, Result};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::config::{SqliteConfig, SqliteDurability};
use crate::db;
use crate::error::{NAME, storage};
use crate::migrate::{FORMAT, migrate};
use crate::sql;

/// "Crdz": what `file` and other tools see.
const APPLICATION_ID: i32 = 0x4372_647a;

/// More than there are statements in `sql.rs`.
const STATEMENTS: usize = 128;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Changes the file.
    Writer,
    /// Only reads. A lock is waited for, or not.
    Reader { waits: bool },
}

/// Opens the writer's connection, and brings the file to the present format.
pub(crate) fn open(config: &SqliteConfig) -> Result<Connection> {
    let mut conn = connect(config, Role::Writer)?;
    if config.read_only {
        verify(&conn)?;
    } else {
        // Switching the journal can find the file locked without waiting.
        patiently(config.busy_timeout, || prepare(&mut conn, config))?;
    }
    conn.busy_timeout(Duration::ZERO).map_err(storage)?;
    Ok(conn)
}

/// Opens a connection that only reads, to a file that was opened before.
pub(crate) fn open_reader(config: &SqliteConfig, waits: bool) -> Result<Connection> {
    connect(config, Role::Reader { waits })
}

/// Opens the connection that moves the log into the file.
pub(crate) fn open_log(config: &SqliteConfig) -> Result<Connection> {
    connect(config, Role::Writer)
}

fn connect(config: &SqliteConfig, role: Role) -> Result<Connection> {
    let access = if config.read_only {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
    };
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = match &config.path {
        Some(path) => Connection::open_with_flags(path, flags),
        None => Connection::open_in_memory_with_flags(flags),
    };
    let conn = opened.map_err(storage)?;
    set_up(&conn, config, role).map_err(storage)?;
    Ok(conn)
}

fn set_up(conn: &Connection, config: &SqliteConfig, role: Role) -> rusqlite::Result<()> {
    let waits = if role == (Role::Reader { waits: false }) { Duration::ZERO } else { config.busy_timeout };
    conn.busy_timeout(waits)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    // There are no foreign keys: counts and children are kept in step by the statements themselves.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "temp_store", "memory")?;
    let kib = i64::try_from(config.cache_size / 1024).unwrap_or(i64::MAX).max(64);
    conn.pragma_update(None, "cache_size", -kib)?;
    match role {
        Role::Writer => {
            let level = match config.durability {
                SqliteDurability::Full => "full",
                SqliteDurability::Normal => "normal",
            };
            conn.pragma_update(None, "synchronous", level)?;
            if let Some(size) = config.max_size {
                let page: i64 = conn.pragma_query_value(None, "page_size", |row| row.get(0))?;
                let pages = i64::try_from(size).unwrap_or(i64::MAX) / page.max(1);
                conn.pragma_update_and_check(
                    None,
                    "max_page_count",
                    pages.clamp(1, 0xffff_fffe),
                    |_| Ok(()),
                )?;
            }
            // The housekeeper moves the log into the file as it grows. Where that never catches up with the writer,
            // the writer does the rest.
            conn.pragma_update_and_check(None, "wal_autocheckpoint", 16 << 10, |_| Ok(()))?;
            // After a burst the log is cut back to this.
            conn.pragma_update_and_check(None, "journal_size_limit", 64 << 20, |_| Ok(()))?;
        }
        Role::Reader { .. } => conn.pragma_update(None, "query_only", true)?,
    }
    Ok(())
}

/// Creates or migrates the file.
fn prepare(conn: &mut Connection, config: &SqliteConfig) -> Result<()> {
    let found = identify(conn)?;
    if config.path.is_some() {
        let mode: String = conn
            .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
            .or_else(|error| match error.sqlite_error_code() {
                // A file that cannot be written keeps its journal; who writes will hear of it.
                Some(rusqlite::ErrorCode::ReadOnly) => Ok("wal".to_owned()),
                _ => Err(error),
            })
            .map_err(storage)?;
        if mode != "wal" {
            let message = "the file system cannot keep a write-ahead log (shared memory is missing)";
            return Err(Error::new(ErrorKind::Unavailable, message).on(NAME));
        }
    }
    if found.format == FORMAT && found.recorded {
        return Ok(());
    }
    migrate(conn, found.format, &config.clock)
}

/// Refuses a file of another format: it cannot be migrated without writing.
fn verify(conn: &Connection) -> Result<()> {
    if identify(conn)?.format == FORMAT {
        return Ok(());
    }
    Err(Error::new(ErrorKind::ReadOnly, "the file has an older format, and it can only be read").on(NAME))
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The number of its format; zero of an empty file.
    pub(crate) format: u64,
    /// Whether it says which steps made it.
    pub(crate) recorded: bool,
}

/// What the file is, at one moment: another process may be creating it.
///
/// # Errors
/// `InvalidArgument` if it belongs to another application, `NewerFormat`, `Corrupt`.
pub(crate) fn identify(conn: &Connection) -> Result<Identity> {
    let number = |sql| db::first(conn, sql, (), |row| row.get::<_, i64>(0)).map(Option::unwrap_or_default);
    let read = || {
        let objects = db::first(conn, sql::OBJECTS, (), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (objects, records): (i64, i64) = objects.unwrap_or_default();
        Ok((number("PRAGMA application_id")?, number("PRAGMA user_version")?, objects, records > 0))
    };
    let (application, format, objects, recorded) = if conn.is_autocommit() {
        let transaction = conn.unchecked_transaction().map_err(storage)?;
        let facts = read().map_err(storage)?;
        transaction.commit().map_err(storage)?;
        facts
    } else {
        read().map_err(storage)?
    };
    if application != i64::from(APPLICATION_ID) {
        if application == 0 && format == 0 && objects == 0 {
            return Ok(Identity { format: 0, recorded });
        }
        return Err(Error::invalid("the file is a database of another application").on(NAME));
    }
    let format = u64::try_from(format).unwrap_or(u64::MAX);
    if format > FORMAT {
        let message = format!("the file has format {format}; this version knows up to {FORMAT}");
        return Err(Error::new(ErrorKind::NewerFormat, message).on(NAME));
    }
    if format == 0 {
        return Err(Error::new(ErrorKind::Corrupt, "the file does not say which format it has").on(NAME));
    }
    Ok(Identity { format, recorded })
}

/// Tries again while the file is locked, for about so long.
pub(crate) fn patiently<T>(patience: Duration, mut work: impl FnMut() -> Result<T>) -> Result<T> {
    let mut waited = Duration::ZERO;
    let mut pause = Duration::from_millis(1);
    loop {
        match work() {
            Err(error) if error.kind() == ErrorKind::Busy && waited < patience => {
                std::thread::sleep(pause);
                waited += pause;
                pause = (pause * 2).min(Duration::from_millis(50));
            }
            outcome => return outcome,
        }
    }
}
