//! Opens `sqlite:` URLs.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use credenza_core::db::Db;
use credenza_core::url::{StoreUrl, boolean, byte_size, duration, integer};
use credenza_core::{Error, Kv, OpenStore, Opener, Result};

use crate::config::{SqliteConfig, SqliteDurability};
use crate::database::{SqliteDatabase, SqliteDatabaseConfig};
use crate::store::SqliteStore;

/// Opens `sqlite:path/to/file.db` and `sqlite:/absolute/path.db`; the file is created if it is not there, its folder
/// must exist. `sqlite::memory:` keeps everything in memory, for tests.
///
/// Parameters: `durability` (`full` or `normal`), `read_only`, `sweep` (`30s`; `0s` never sweeps), `busy_timeout`
/// (`5s`), `cache` (`16MiB`, of each connection), `readers` (a number of connections), `max_size` (`10GiB`, of the
/// file; no limit by default).
///
/// As a database it takes `durability`, `read_only`, `busy_timeout`, `cache` (`8MiB`), `readers`, `max_size` and
/// `statements` (a number, kept compiled by each connection).
#[derive(Clone, Copy, Debug, Default)]
pub struct SqliteOpener;

#[async_trait]
impl Opener for SqliteOpener {
    async fn open(&self, mut url: StoreUrl) -> Result<OpenStore> {
        let mut config = SqliteConfig {
            durability: url.take("durability", durability)?.unwrap_or_default(),
            read_only: url.take("read_only", boolean)?.unwrap_or(false),
            max_size: url.take("max_size", byte_size)?,
            ..SqliteConfig::default()
        };
        if let Some(interval) = url.take("sweep", duration)? {
            config.sweep_interval = Some(interval).filter(|interval| !interval.is_zero());
        }
        if let Some(timeout) = url.take("busy_timeout", duration)? {
            config.busy_timeout = timeout;
        }
        if let Some(bytes) = url.take("cache", byte_size)? {
            config.cache_size = usize::try_from(bytes).unwrap_or(usize::MAX);
        }
        if let Some(readers) = url.take("readers", integer)? {
            config.readers = readers;
        }
        config.path = file(url)?;
        let store = SqliteStore::open(config)?;
        Ok(OpenStore { kv: Kv::new(store.clone()), pubsub: Some(Arc::new(store)) })
    }

    async fn open_database(&self, mut url: StoreUrl) -> Result<Db> {
        let mut config = SqliteDatabaseConfig {
            durability: url.take("durability", durability)?.unwrap_or_default(),
            read_only: url.take("read_only", boolean)?.unwrap_or(false),
            max_size: url.take("max_size", byte_size)?,
            ..SqliteDatabaseConfig::default()
        };
        if let Some(timeout) = url.take("busy_timeout", duration)? {
            config.busy_timeout = timeout;
        }
        if let Some(bytes) = url.take("cache", byte_size)? {
            config.cache_size = usize::try_from(bytes).unwrap_or(usize::MAX);
        }
        if let Some(readers) = url.take("readers", integer)? {
            config.readers = readers;
        }
        if let Some(statements) = url.take("statements", integer)? {
            config.statements = statements;
        }
        config.path = file(url)?;
        Ok(Db::new(SqliteDatabase::open(config)?))
    }
}

/// The file of a URL whose parameters are taken; `None` for memory.
fn file(url: StoreUrl) -> Result<Option<PathBuf>> {
    let location = url.finish()?;
    if location.path.is_empty() || location.host.is_some() {
        return Err(Error::invalid("a sqlite: URL names a file: sqlite:app.db, sqlite:/var/lib/app/app.db"));
    }
    Ok((location.path != ":memory:").then(|| location.path.into()))
}

fn durability(text: &str) -> std::result::Result<SqliteDurability, &'static str> {
    match text {
        "full" => Ok(SqliteDurability::Full),
        "normal" => Ok(SqliteDurability::Normal),
        _ => Err("full or normal"),
    }
}
