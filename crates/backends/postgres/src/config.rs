//! How a store is opened.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use credenza_core::url::StoreUrl;
use credenza_core::{Clock, Limits, Random, Result, SystemClock, ThreadRandom};

/// What an acknowledged write survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PostgresDurability {
    /// A power cut at the server, as far as its disk keeps its word: the session is set to `synchronous_commit=on`, or
    /// left at `remote_apply`.
    #[default]
    Full,
    /// Nothing is promised for the last moments before a crash of the server: `synchronous_commit=off`. It never keeps a
    /// later commit without an earlier one.
    Relaxed,
}

/// Whether the connection is encrypted. Certificates are always verified, with the name of the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PostgresTls {
    /// Never.
    Disable,
    /// If the server offers it.
    #[default]
    Prefer,
    /// Always; a server that does not offer it is refused.
    Require,
}

/// How a [`PostgresStore`](crate::PostgresStore) is opened.
///
/// ```
/// use credenza_postgres::{PostgresConfig, PostgresTls};
///
/// let config = PostgresConfig { tls: PostgresTls::Require, pool_size: 8, ..PostgresConfig::at("db.local", "app", "orders") };
/// # let _ = config;
/// ```
#[derive(Clone)]
pub struct PostgresConfig {
    /// The name or address of the server; a folder, `/var/run/postgresql`, where its socket is.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The role.
    pub user: String,
    /// Its password.
    pub password: Option<String>,
    /// The database; it must exist.
    pub database: String,
    /// How the connections are called in `pg_stat_activity`.
    pub application_name: String,
    /// Whether the connection is encrypted.
    pub tls: PostgresTls,
    /// A file with the certificates of authorities that are trusted, in place of those of the system.
    pub root_certificates: Option<PathBuf>,
    /// Connections at most, besides one that listens for messages.
    pub pool_size: usize,
    /// How long to wait for a connection to be made.
    pub connect_timeout: Duration,
    /// How long a request may take if it has no earlier deadline. A transaction that waits for another one's lock
    /// gives up then, too.
    pub timeout: Duration,
    /// What an acknowledged write survives.
    pub durability: PostgresDurability,
    /// There is a pooler that hands out sessions for single transactions (pgbouncer) in between: no statement is
    /// prepared and no session is set up. Then the server's own `synchronous_commit` counts, and
    /// messages need a connection around the pooler.
    pub pooler: bool,
    /// How often keys that expired are removed, at least a millisecond. `None` leaves them until they are written again or
    /// [`PostgresStore::sweep`](crate::PostgresStore::sweep) is called; they are absent either way.
    pub sweep_interval: Option<Duration>,
    /// How large things may be. Keys have at most 2,560 bytes, and fields and members 64 KiB, whatever stands here; those
    /// of more than 2,560 bytes are refused with `LimitExceeded` if the server cannot compress them to that.
    pub limits: Limits,
    /// What tells whether a key expired.
    pub clock: Arc<dyn Clock>,
    /// What `SPOP` and its kin pick with.
    pub random: Arc<dyn Random>,
}

impl PostgresConfig {
    /// A database on a server, with the defaults: port 5432, no password, TLS if the server offers it, 16 connections,
    /// 5 seconds for a connection and 30 for a request, commits that survive a power cut, a sweep every 30 seconds.
    pub fn at(
        host: impl Into<String>,
        user: impl Into<String>,
        database: impl Into<String>,
    ) -> PostgresConfig {
        PostgresConfig {
            host: host.into(),
            port: 5432,
            user: user.into(),
            password: None,
            database: database.into(),
            application_name: "credenza".to_owned(),
            tls: PostgresTls::default(),
            root_certificates: None,
            pool_size: 16,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            durability: PostgresDurability::Full,
            pooler: false,
            sweep_interval: Some(Duration::from_secs(30)),
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
            random: Arc::new(ThreadRandom),
        }
    }
}

impl PostgresConfig {
    /// Reads a URL, as [`PostgresOpener`](crate::PostgresOpener) describes it.
    ///
    /// # Errors
    /// `InvalidArgument` if it is not of that form. The text shows no password.
    pub fn from_url(url: &str) -> Result<PostgresConfig> {
        crate::opener::read(url.parse::<StoreUrl>()?)
    }
}

impl fmt::Debug for PostgresConfig {
    /// Without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("database", &self.database)
            .field("tls", &self.tls)
            .field("pool_size", &self.pool_size)
            .field("timeout", &self.timeout)
            .field("durability", &self.durability)
            .field("pooler", &self.pooler)
            .finish_non_exhaustive()
    }
}
