//! A database for each namespace, in a folder with a file for each.

mod entry;
mod files;
mod handle;
mod pool;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use credenza_core::db::{Databases, Db};
use credenza_core::{Result, StoreInfo};

use self::handle::NamespaceDatabase;
use self::pool::Pool;
use super::config::SqliteDatabaseConfig;
use crate::error::NAME;

/// How a [`SqliteDatabases`] is opened.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct SqliteDatabasesConfig {
    /// The folder, made if it is not there; what it is in must be.
    pub folder: PathBuf,
    /// So many files are open at most, each with about six handles of the system. Of those that nobody uses, the one that was used longest ago is closed for
    /// another.
    pub max_open: usize,
    /// How each is opened; it names no file.
    pub each: SqliteDatabaseConfig,
}

impl SqliteDatabasesConfig {
    /// A folder, with the defaults: 64 open files, each with 2 MiB of pages and 64 statements a connection and
    /// 2 readers, and else as [`SqliteDatabaseConfig`] has it.
    pub fn at(folder: impl Into<PathBuf>) -> SqliteDatabasesConfig {
        SqliteDatabasesConfig { folder: folder.into(), ..SqliteDatabasesConfig::default() }
    }
}

impl Default for SqliteDatabasesConfig {
    fn default() -> SqliteDatabasesConfig {
        SqliteDatabasesConfig {
            folder: PathBuf::from("databases"),
            max_open: 64,
            each: SqliteDatabaseConfig {
                cache_size: 2 << 20,
                statements: 64,
                readers: 2,
                ..SqliteDatabaseConfig::default()
            },
        }
    }
}

/// Databases by namespace: a file for each, in one folder.
///
/// A file has a name of fixed length that is made from the namespace by a hash, so the namespace can be any text, and
/// is private to the user of the process. A statement works on its own file: the engine refuses whatever would open
/// another, by an allow-list.
///
/// ```
/// use credenza_core::db::Databases;
/// use credenza_sqlite::{SqliteDatabases, SqliteDatabasesConfig};
///
/// # async fn example() -> credenza_core::Result<()> {
/// let databases = SqliteDatabases::open(SqliteDatabasesConfig::at("data/databases"))?;
/// let db = databases.open("tenant/7").await?;
/// db.execute("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT)", ()).await?;
/// # Ok(()) }
/// ```
///
/// Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct SqliteDatabases {
    pool: Arc<Pool>,
    info: Arc<StoreInfo>,
}

impl SqliteDatabases {
    /// Opens the folder; makes it if it is not there.
    ///
    /// # Errors
    /// `Unavailable` if the folder cannot be made or used, `NewerFormat` if it was made by a later version,
    /// `InvalidArgument` if it holds something else.
    pub fn open(config: SqliteDatabasesConfig) -> Result<SqliteDatabases> {
        let pool = Pool::open(config)?;
        Ok(SqliteDatabases { pool: Arc::new(pool), info: Arc::new(StoreInfo::backend(NAME)) })
    }

    fn handle(&self, entry: Arc<entry::Entry>) -> Db {
        Db::new(NamespaceDatabase::new(Arc::clone(&self.pool), entry, Arc::clone(&self.info)))
    }
}

#[async_trait]
impl Databases for SqliteDatabases {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    async fn open(&self, namespace: &str) -> Result<Db> {
        self.pool.entry(namespace, true).await?.map(|entry| self.handle(entry)).ok_or_else(entry::removed)
    }

    async fn open_existing(&self, namespace: &str) -> Result<Option<Db>> {
        Ok(self.pool.entry(namespace, false).await?.map(|entry| self.handle(entry)))
    }

    async fn remove(&self, namespace: &str) -> Result<bool> {
        self.pool.remove(namespace).await
    }
}
