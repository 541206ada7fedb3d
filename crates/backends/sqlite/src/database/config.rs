//! How a database is opened.

use std::path::PathBuf;
use std::time::Duration;

use credenza_core::db::DbLimits;

use crate::config::SqliteDurability;

/// How a [`SqliteDatabase`](crate::SqliteDatabase) is opened.
///
/// ```
/// use credenza_sqlite::{SqliteDatabaseConfig, SqliteDurability};
///
/// let config = SqliteDatabaseConfig {
///     durability: SqliteDurability::Normal,
///     ..SqliteDatabaseConfig::at("app.db")
/// };
/// # let _ = config;
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct SqliteDatabaseConfig {
    /// The file, created if it is not there; its folder must exist. `None` keeps everything in memory, for tests: one
    /// connection does all the work then, one statement after the other.
    pub path: Option<PathBuf>,
    /// What an acknowledged write survives.
    pub durability: SqliteDurability,
    /// Opens an existing file and refuses writes with `ReadOnly`.
    pub read_only: bool,
    /// How long to wait for another process that holds the file, before `Busy`; in a file, milliseconds.
    #[cfg_attr(feature = "serde", serde(rename = "busy_timeout_ms", with = "crate::config::millis_always"))]
    pub busy_timeout: Duration,
    /// Bytes of pages that each connection keeps in memory.
    pub cache_size: usize,
    /// Connections that read at the same time, and as many more for results that are being streamed; at least one.
    pub readers: usize,
    /// Statements that each connection keeps compiled.
    pub statements: usize,
    /// Bytes of memory for codes of vectors, which make searches for the nearest quick: about one and an eighth for each number of each vector. All databases of
    /// [`SqliteDatabases`](crate::SqliteDatabases) share them. Columns for which there is no room are read whole at each search.
    pub vector_memory: usize,
    /// Bytes that the file may have, about; a write that needs more fails with `Full`. `None` is no limit.
    pub max_size: Option<u64>,
    /// How large the parts of a statement and of its result may be.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub limits: DbLimits,
}

impl SqliteDatabaseConfig {
    /// A file, with the defaults: synced commits, 5 seconds of waiting for a lock, 8 MiB of pages and 128 statements
    /// a connection, as many readers as processors, 256 MiB for codes of vectors.
    pub fn at(path: impl Into<PathBuf>) -> SqliteDatabaseConfig {
        SqliteDatabaseConfig { path: Some(path.into()), ..SqliteDatabaseConfig::default() }
    }

    /// In memory, for tests.
    pub fn memory() -> SqliteDatabaseConfig {
        SqliteDatabaseConfig::default()
    }
}

impl Default for SqliteDatabaseConfig {
    fn default() -> SqliteDatabaseConfig {
        SqliteDatabaseConfig {
            path: None,
            durability: SqliteDurability::Full,
            read_only: false,
            busy_timeout: Duration::from_secs(5),
            cache_size: 8 << 20,
            readers: std::thread::available_parallelism()
                .map_or(4, |processors| processors.get())
                .clamp(2, 16),
            statements: 128,
            vector_memory: 256 << 20,
            max_size: None,
            limits: DbLimits::default(),
        }
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    #[test]
    fn a_config_is_read_strictly() {
        let text =
            r#"{"path": "app.db", "durability": "normal", "busy_timeout_ms": 250, "max_size": 1048576}"#;
        let config: SqliteDatabaseConfig = serde_json::from_str(text).unwrap();
        assert_eq!((config.durability, config.max_size), (SqliteDurability::Normal, Some(1 << 20)));
        assert_eq!(config.busy_timeout, Duration::from_millis(250));
        let error = serde_json::from_str::<SqliteDatabaseConfig>(r#"{"durabilty": "full"}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `durabilty`"), "{error}");
    }
}
