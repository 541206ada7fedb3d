//! How a store is opened.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use credenza_core::{Clock, Limits, Random, SystemClock, ThreadRandom};

/// What an acknowledged write survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum SqliteDurability {
    /// A power cut, as far as the disk keeps its word: each commit is synced (`synchronous=FULL`).
    #[default]
    Full,
    /// A crash of the process. A power cut may lose the last commits, never damages the file, and never keeps a
    /// later commit without an earlier one (`synchronous=NORMAL`).
    Normal,
}

/// How a [`SqliteStore`](crate::SqliteStore) is opened.
///
/// ```
/// use credenza_sqlite::{SqliteConfig, SqliteDurability};
///
/// let config = SqliteConfig { durability: SqliteDurability::Normal, ..SqliteConfig::at("app.db") };
/// # let _ = config;
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct SqliteConfig {
    /// The file, created if it is not there; its folder must exist. `None` keeps everything in memory, for tests:
    /// then one connection does all the work.
    pub path: Option<PathBuf>,
    /// What an acknowledged write survives.
    pub durability: SqliteDurability,
    /// Opens an existing file and refuses writes with `ReadOnly`.
    pub read_only: bool,
    /// How often keys that expired are removed, at least a millisecond; in a file, milliseconds. `None` leaves them
    /// until they are written again or [`SqliteStore::sweep`](crate::SqliteStore::sweep) is called; they are absent
    /// either way.
    #[cfg_attr(feature = "serde", serde(rename = "sweep_interval_ms", with = "millis"))]
    pub sweep_interval: Option<Duration>,
    /// How long to wait for another process that holds the file, before `Busy`; in a file, milliseconds.
    #[cfg_attr(feature = "serde", serde(rename = "busy_timeout_ms", with = "millis_always"))]
    pub busy_timeout: Duration,
    /// Bytes of pages that each connection keeps in memory.
    pub cache_size: usize,
    /// Connections that read at the same time; at least one.
    pub readers: usize,
    /// Bytes that the file may have, about; a write that needs more fails with `Full`. `None` is no limit.
    pub max_size: Option<u64>,
    /// How large things may be.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub limits: Limits,
    /// What tells whether a key expired.
    #[cfg_attr(feature = "serde", serde(skip, default = "system_clock"))]
    pub clock: Arc<dyn Clock>,
    /// What `SPOP` and its kin pick with.
    #[cfg_attr(feature = "serde", serde(skip, default = "thread_random"))]
    pub random: Arc<dyn Random>,
}

impl SqliteConfig {
    /// A file, with the defaults: synced commits, a sweep every 30 seconds, 5 seconds of waiting for a lock, 16 MiB
    /// of pages a connection, as many readers as processors.
    pub fn at(path: impl Into<PathBuf>) -> SqliteConfig {
        SqliteConfig { path: Some(path.into()), ..SqliteConfig::default() }
    }

    /// In memory, for tests.
    pub fn memory() -> SqliteConfig {
        SqliteConfig::default()
    }
}

impl Default for SqliteConfig {
    fn default() -> SqliteConfig {
        SqliteConfig {
            path: None,
            durability: SqliteDurability::Full,
            read_only: false,
            sweep_interval: Some(Duration::from_secs(30)),
            busy_timeout: Duration::from_secs(5),
            cache_size: 16 << 20,
            readers: std::thread::available_parallelism()
                .map_or(4, |processors| processors.get())
                .clamp(2, 16),
            max_size: None,
            limits: Limits::default(),
            clock: system_clock(),
            random: thread_random(),
        }
    }
}

fn system_clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

fn thread_random() -> Arc<dyn Random> {
    Arc::new(ThreadRandom)
}

#[cfg(feature = "serde")]
mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Option<Duration>, out: S) -> Result<S::Ok, S::Error> {
        time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)).serialize(out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(input)?.map(Duration::from_millis))
    }
}

#[cfg(feature = "serde")]
pub(crate) mod millis_always {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(time: &Duration, out: S) -> Result<S::Ok, S::Error> {
        u64::try_from(time.as_millis()).unwrap_or(u64::MAX).serialize(out)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
        u64::deserialize(input).map(Duration::from_millis)
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    #[test]
    fn a_config_is_read_strictly() {
        let text = r#"{"path": "app.db", "durability": "normal", "sweep_interval_ms": null, "busy_timeout_ms": 250}"#;
        let config: SqliteConfig = serde_json::from_str(text).unwrap();
        assert_eq!((config.path.as_deref(), config.sweep_interval), (Some("app.db".as_ref()), None));
        assert_eq!(config.durability, SqliteDurability::Normal);
        assert_eq!(config.busy_timeout, Duration::from_millis(250));
        assert_eq!(config.cache_size, SqliteConfig::default().cache_size);
        let written = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<SqliteConfig>(&written).unwrap().busy_timeout, config.busy_timeout);
        let error = serde_json::from_str::<SqliteConfig>(r#"{"durabilty": "full"}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `durabilty`"), "{error}");
    }
}
