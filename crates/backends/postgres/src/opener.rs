//! Opens `postgres:` URLs.

use std::sync::Arc;

use async_trait::async_trait;
use credenza_core::url::{StoreUrl, boolean, duration, integer};
use credenza_core::{Db, Error, Kv, OpenStore, Opener, Result};

use crate::config::{PostgresConfig, PostgresDurability, PostgresTls};
use crate::database::PostgresDatabase;
use crate::store::PostgresStore;

/// Opens `postgres://user:password@host:5432/database`, as a key-value store or as a database; the server's database must
/// exist, and the tables of the store are made. A folder with a
/// socket is the parameter `socket`: `postgres:database?socket=/var/run/postgresql&user=app`.
///
/// Parameters: `sslmode` (`disable`, `prefer` or `require`; certificates are always verified), `sslrootcert` (a file),
/// `pool_size` (connections), `connect_timeout` (`5s`), `timeout` (`30s`, of a request), `durability` (`full` or
/// `relaxed`), `pooler` (`true` behind pgbouncer), `sweep` (`30s`; `0s` never sweeps), `application_name`, `user`,
/// `socket`.
#[derive(Clone, Copy, Debug, Default)]
pub struct PostgresOpener;

#[async_trait]
impl Opener for PostgresOpener {
    async fn open(&self, url: StoreUrl) -> Result<OpenStore> {
        let store = PostgresStore::open(read(url)?).await?;
        Ok(OpenStore { kv: Kv::new(store.clone()), pubsub: Some(Arc::new(store)) })
    }

    async fn open_database(&self, url: StoreUrl) -> Result<Db> {
        Ok(Db::new(PostgresDatabase::open(read(url)?).await?))
    }
}

/// The configuration that a URL stands for.
pub(crate) fn read(mut url: StoreUrl) -> Result<PostgresConfig> {
    let mut config = PostgresConfig::at("", "", "");
    config.tls = url.take("sslmode", tls)?.unwrap_or_default();
    config.root_certificates = url.take("sslrootcert", text)?.map(Into::into);
    if let Some(size) = url.take("pool_size", integer)? {
        config.pool_size = size;
    }
    if let Some(timeout) = url.take("connect_timeout", duration)? {
        config.connect_timeout = timeout;
    }
    if let Some(timeout) = url.take("timeout", duration)? {
        config.timeout = timeout;
    }
    config.durability = url.take("durability", durability)?.unwrap_or_default();
    config.pooler = url.take("pooler", boolean)?.unwrap_or(false);
    if let Some(interval) = url.take("sweep", duration)? {
        config.sweep_interval = Some(interval).filter(|interval| !interval.is_zero());
    }
    if let Some(name) = url.take("application_name", text)? {
        config.application_name = name;
    }
    let (user, socket) = (url.take("user", text)?, url.take("socket", text)?);
    let location = url.finish()?;
    let database = location.path.strip_prefix('/').unwrap_or(&location.path);
    if database.is_empty() || database.contains('/') {
        return Err(usage("names a database"));
    }
    config.database = database.to_owned();
    config.user = location.user.or(user).ok_or_else(|| usage("names a user"))?;
    config.password = location.password;
    config.port = location.port.unwrap_or(config.port);
    config.host = match (location.host, socket) {
        (Some(host), None) => host,
        (None, Some(socket)) if socket.starts_with('/') => socket,
        _ => return Err(usage("names a host, or with `socket` the folder where the socket is")),
    };
    Ok(config)
}

fn usage(what: &str) -> Error {
    Error::invalid(format!("a postgres: URL {what}: postgres://app:secret@db.local:5432/orders"))
}

fn text(text: &str) -> std::result::Result<String, &'static str> {
    if text.is_empty() { Err("a text that is not empty") } else { Ok(text.to_owned()) }
}

fn tls(text: &str) -> std::result::Result<PostgresTls, &'static str> {
    match text {
        "disable" => Ok(PostgresTls::Disable),
        "prefer" => Ok(PostgresTls::Prefer),
        // What is asked for is verified in any case.
        "require" | "verify-full" => Ok(PostgresTls::Require),
        _ => Err("disable, prefer or require"),
    }
}

fn durability(text: &str) -> std::result::Result<PostgresDurability, &'static str> {
    match text {
        "full" => Ok(PostgresDurability::Full),
        "relaxed" => Ok(PostgresDurability::Relaxed),
        _ => Err("full or relaxed"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_url_says_everything() {
        let url =
            "postgres://app:s%40crt@db.local:6432/orders?sslmode=require&pool_size=4&timeout=2s&pooler=true";
        let config = read(url.parse().unwrap()).unwrap();
        assert_eq!((&*config.host, config.port, &*config.user), ("db.local", 6432, "app"));
        assert_eq!((&*config.database, config.password.as_deref()), ("orders", Some("s@crt")));
        assert_eq!((config.tls, config.pool_size, config.pooler), (PostgresTls::Require, 4, true));
        assert_eq!(config.timeout, Duration::from_secs(2));
        assert!(!format!("{config:?}").contains("crt"));
        let config = read("postgres:orders?socket=/run/postgresql&user=app".parse().unwrap()).unwrap();
        assert_eq!((&*config.host, &*config.database), ("/run/postgresql", "orders"));
    }

    #[test]
    fn what_a_url_lacks_is_named() {
        for (url, what) in [
            ("postgres://app@db.local", "names a database"),
            ("postgres://db.local/orders", "names a user"),
            ("postgres:orders?user=app", "names a host"),
            ("postgres://app@db.local/a/b", "names a database"),
            ("postgres://app@db.local/a?sslmode=maybe", "disable, prefer or require"),
            ("postgres://app@db.local/a?pool=3", "unknown parameter pool"),
        ] {
            let error = read(url.parse().unwrap()).unwrap_err();
            assert!(error.message().contains(what), "{url}: {error}");
        }
    }
}
