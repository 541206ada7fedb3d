//! A database for each namespace: a schema, with a role of its own that logs in.

mod admin;
mod handle;
mod pool;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use credenza_core::db::{Databases, Db};
use credenza_core::{Error, Result, StoreInfo};

use self::handle::NamespaceDatabase;
use self::pool::Pool;
use crate::config::PostgresConfig;
use crate::error::NAME;

/// The least bytes of a secret.
const SECRET: usize = 32;

/// How a [`PostgresDatabases`] is opened.
#[derive(Clone)]
pub struct PostgresDatabasesConfig {
    /// The server and its database, and a role that may make roles (`CREATEROLE`) and owns the database. What is in the schema `public`
    /// of that database every namespace may use as far as its owner grants it to all: it is the place for extensions (`vector`), and not for tables.
    pub admin: PostgresConfig,
    /// What the passwords of the namespaces' roles are made from, at least 32 bytes: the same in all processes, and kept as a password is. With another one the
    /// roles that are there cannot log in.
    pub secret: Vec<u8>,
    /// So many namespaces have connections at most: those that were used last. Another is opened in place of the one that was used longest ago and is not
    /// used at the moment.
    pub max_open: usize,
    /// Connections of each at most, which the server enforces too, with as many again for other processes.
    pub pool_size: usize,
}

impl PostgresDatabasesConfig {
    /// A server, with the defaults: 16 namespaces with 4 connections each.
    pub fn at(admin: PostgresConfig, secret: impl Into<Vec<u8>>) -> PostgresDatabasesConfig {
        PostgresDatabasesConfig { admin, secret: secret.into(), max_open: 16, pool_size: 4 }
    }
}

impl fmt::Debug for PostgresDatabasesConfig {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresDatabasesConfig")
            .field("admin", &self.admin)
            .field("max_open", &self.max_open)
            .field("pool_size", &self.pool_size)
            .finish_non_exhaustive()
    }
}

/// Databases by namespace: a schema for each in one database, with a role that owns it and logs in for it alone. No connection is ever handed from one
/// namespace to another, so nothing that a statement does to its session is there for others; and what it says runs with the rights of that role, `DO`
/// and functions too.
///
/// Schemas and roles have names of fixed length that are made from the namespace by a hash, so the namespace can be any text.
///
/// **What others see.** The catalogues of a Postgres database are there for all its roles: a statement can find out how many namespaces there are, and what their
/// tables and columns are called, but nothing that is in them and not what the namespaces are called. Advisory locks are those of the whole database. An owner can
/// grant others what is its own.
///
/// ```no_run
/// use credenza_core::db::Databases;
/// use credenza_postgres::{PostgresConfig, PostgresDatabases, PostgresDatabasesConfig};
///
/// # async fn example(secret: Vec<u8>) -> credenza_core::Result<()> {
/// let admin = PostgresConfig::from_url("postgres://owner@db.local/tenants")?;
/// let databases = PostgresDatabases::open(PostgresDatabasesConfig::at(admin, secret)).await?;
/// let db = databases.open("tenant/7").await?;
/// db.execute("CREATE TABLE IF NOT EXISTS notes (id BIGINT PRIMARY KEY, text TEXT)", ()).await?;
/// # Ok(()) }
/// ```
///
/// Made inside of a tokio runtime, which must live as long as it. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct PostgresDatabases {
    pool: Arc<Pool>,
    info: Arc<StoreInfo>,
}

impl PostgresDatabases {
    /// Opens the database, and takes from all roles the right to make anything in its schema `public`, and temporary tables.
    ///
    /// # Errors
    /// As [`PostgresDatabase::open`](crate::PostgresDatabase::open); `Denied` if the role may not make roles or does not own the database; `InvalidArgument` for a
    /// secret that is too short.
    pub async fn open(config: PostgresDatabasesConfig) -> Result<PostgresDatabases> {
        if config.secret.len() < SECRET {
            return Err(
                Error::invalid("the secret of the namespaces' passwords has at least 32 bytes").on(NAME)
            );
        }
        let pool = Pool::open(config).await?;
        Ok(PostgresDatabases { pool: Arc::new(pool), info: Arc::new(StoreInfo::backend(NAME)) })
    }

    /// How many namespaces have connections.
    pub fn open_namespaces(&self) -> usize {
        self.pool.len()
    }

    fn handle(&self, entry: Arc<pool::Entry>) -> Db {
        Db::new(NamespaceDatabase::new(Arc::clone(&self.pool), entry, Arc::clone(&self.info)))
    }

    fn timeout(&self) -> Duration {
        self.pool.config.admin.timeout
    }
}

#[async_trait]
impl Databases for PostgresDatabases {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    async fn open(&self, namespace: &str) -> Result<Db> {
        Ok(self.handle(self.pool.entry(namespace, true, self.timeout()).await?.ok_or_else(pool::removed)?))
    }

    async fn open_existing(&self, namespace: &str) -> Result<Option<Db>> {
        Ok(self.pool.entry(namespace, false, self.timeout()).await?.map(|entry| self.handle(entry)))
    }

    async fn remove(&self, namespace: &str) -> Result<bool> {
        self.pool.remove(namespace).await
    }
}
