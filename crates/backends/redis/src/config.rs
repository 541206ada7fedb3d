//! How a store is opened.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use credenza_core::url::StoreUrl;
use credenza_core::{Limits, Result};

use crate::url;

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RedisAddress {
    /// A host name or an IP address, and a port.
    Tcp {
        /// The host; an IPv6 address without brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// The file of a Unix socket.
    Unix(PathBuf),
}

impl RedisAddress {
    /// A host and a port.
    pub fn tcp(host: impl Into<String>, port: u16) -> RedisAddress {
        RedisAddress::Tcp { host: host.into(), port }
    }
}

impl fmt::Display for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RedisAddress::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            RedisAddress::Tcp { host, port } => write!(f, "{host}:{port}"),
            RedisAddress::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

/// How the servers hang together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedisTopology {
    /// One server.
    Standalone(RedisAddress),
    /// A cluster: some of its servers; the others are found through them.
    Cluster(Vec<RedisAddress>),
    /// A master that sentinels know, and replace when it fails.
    Sentinel {
        /// The sentinels.
        sentinels: Vec<RedisAddress>,
        /// The name under which they know the master.
        service: String,
        /// Who asks the sentinels, if they ask for a user or a password.
        login: RedisLogin,
    },
}

/// Who logs in. Its `Debug` does not show the password.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RedisLogin {
    /// The user of the server's access control list; without one, the default user.
    pub user: Option<String>,
    /// The password; without one, there is no login.
    pub password: Option<String>,
}

impl fmt::Debug for RedisLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let password = self.password.as_ref().map(|_| "***");
        f.debug_struct("RedisLogin").field("user", &self.user).field("password", &password).finish()
    }
}

/// How connections are encrypted. Its `Debug` does not show the key.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RedisTls {
    /// Authorities whose certificates are trusted besides those of the system, in PEM.
    pub authorities: Option<Vec<u8>>,
    /// The certificate of this client with its private key, each in PEM, if the servers ask for one.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
    /// The name that the servers' certificates have, if it is not the host's.
    pub server_name: Option<String>,
}

impl fmt::Debug for RedisTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisTls")
            .field("authorities", &self.authorities.is_some())
            .field("identity", &self.identity.is_some())
            .field("server_name", &self.server_name)
            .finish()
    }
}

/// How a [`RedisStore`](crate::RedisStore) is opened.
///
/// ```
/// use std::time::Duration;
/// use credenza_redis::RedisConfig;
///
/// let mut config = RedisConfig::from_url("redis://app:secret@127.0.0.1:6379/1")?;
/// config.timeout = Duration::from_secs(1);
/// assert!(!format!("{config:?}").contains("secret"));
/// # Ok::<(), credenza_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RedisConfig {
    /// How the servers hang together, and where they are.
    pub topology: RedisTopology,
    /// Who logs in.
    pub login: RedisLogin,
    /// The number of the database; a cluster has only 0.
    pub database: u32,
    /// Encrypts connections. Needs the feature `tls`.
    pub tls: Option<RedisTls>,
    /// How long a request may take, unless its context gives it less; 5 seconds by default. A server that does not
    /// answer for that long is given up, and connected to again. A day at most.
    pub timeout: Duration,
    /// How long connecting to a server may take; 2 seconds by default, a day at most.
    pub connect_timeout: Duration,
    /// How large things may be. Strings of more than 512 MiB need a server that allows them.
    pub limits: Limits,
}

impl RedisConfig {
    /// The defaults for servers that hang together like this.
    pub fn new(topology: RedisTopology) -> RedisConfig {
        RedisConfig {
            topology,
            login: RedisLogin::default(),
            database: 0,
            tls: None,
            timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(2),
            limits: Limits::default(),
        }
    }

    /// Reads a URL, as [`RedisOpener`](crate::RedisOpener) describes it. Here the parameter `node` may be given
    /// several times.
    ///
    /// # Errors
    /// `InvalidArgument` if it is not of that form. The text shows no password.
    pub fn from_url(url: &str) -> Result<RedisConfig> {
        url::config(url.parse::<StoreUrl>()?)
    }
}
