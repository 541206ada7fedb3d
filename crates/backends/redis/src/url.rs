//! The URLs of servers, as the driver fred writes them.

use credenza_core::url::{Location, StoreUrl, duration, integer};
use credenza_core::{Error, Result};

use crate::config::{RedisAddress, RedisConfig, RedisLogin, RedisTls, RedisTopology};

const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

/// Every scheme.
pub(crate) const SCHEMES: [&str; 7] =
    ["redis", "rediss", "redis-cluster", "rediss-cluster", "redis-sentinel", "rediss-sentinel", "redis+unix"];

/// What the parameters say.
#[derive(Default)]
struct Parameters {
    nodes: Vec<(String, Option<u16>)>,
    service: Option<String>,
    sentinel_login: RedisLogin,
    authorities: Option<Vec<u8>>,
    server_name: Option<String>,
}

/// The configuration of a URL. Takes every parameter, and refuses those that are left.
pub(crate) fn config(mut url: StoreUrl) -> Result<RedisConfig> {
    let scheme = url.scheme().to_owned();
    let (base, encrypted) = match scheme.strip_prefix("rediss") {
        Some(rest) => (format!("redis{rest}"), true),
        None => (scheme, false),
    };
    let known = match base.as_str() {
        "redis" | "redis-cluster" | "redis-sentinel" => true,
        "redis+unix" => !encrypted,
        _ => false,
    };
    if !known {
        return Err(Error::invalid(format!(
            "no Redis URL has this scheme; known are {}",
            SCHEMES.join(", ")
        )));
    }
    let mut parameters = Parameters::default();
    if base == "redis-cluster" || base == "redis-sentinel" {
        parameters.nodes = url.take_each("node", nodes)?.concat();
    }
    if base == "redis-sentinel" {
        parameters.service = url.take("sentinelServiceName", text)?;
        parameters.sentinel_login = RedisLogin {
            user: url.take("sentinelUsername", text)?,
            password: url.take("sentinelPassword", text)?,
        };
    }
    if encrypted {
        parameters.authorities = url.take("ca", file)?;
        parameters.server_name = url.take("tls_name", text)?;
    }
    let database = if base == "redis+unix" { url.take("db", integer)? } else { None };
    let (timeout, connect_timeout) = (url.take("timeout", time)?, url.take("connect_timeout", time)?);

    let location = url.finish()?;
    let login = RedisLogin {
        user: location.user.clone().filter(|user| !user.is_empty()),
        password: location.password.clone().filter(|password| !password.is_empty()),
    };
    if login.user.is_some() && login.password.is_none() {
        return Err(Error::invalid(
            "a Redis URL with a user needs a password: redis://user:password@host, redis://:password@host",
        ));
    }
    let tls = encrypted.then_some(RedisTls {
        authorities: parameters.authorities.take(),
        identity: None,
        server_name: parameters.server_name.take(),
    });
    let database = database.map_or_else(|| number(&base, &location), Ok)?;
    let mut config =
        RedisConfig { login, database, tls, ..RedisConfig::new(topology(&base, &location, parameters)?) };
    config.timeout = timeout.unwrap_or(config.timeout);
    config.connect_timeout = connect_timeout.unwrap_or(config.connect_timeout);
    Ok(config)
}

fn topology(base: &str, location: &Location, parameters: Parameters) -> Result<RedisTopology> {
    let wrong = |message: &'static str| Error::invalid(message);
    if base == "redis+unix" {
        let local =
            location.host.as_deref().is_none_or(|host| host == "localhost") && location.port.is_none();
        if !local || location.path.len() < 2 || !location.path.starts_with('/') {
            return Err(wrong("a redis+unix: URL names a socket: redis+unix:///run/redis.sock"));
        }
        return Ok(RedisTopology::Standalone(RedisAddress::Unix(location.path.clone().into())));
    }
    let host =
        location.host.clone().ok_or_else(|| wrong("a Redis URL names a host: redis://127.0.0.1:6379"))?;
    let default = if base == "redis-sentinel" { SENTINEL_PORT } else { PORT };
    let first = RedisAddress::tcp(host, location.port.unwrap_or(default));
    let others = parameters.nodes.into_iter();
    let others = others.map(|(host, port)| RedisAddress::tcp(host, port.unwrap_or(default)));
    let all = || std::iter::once(first.clone()).chain(others).collect();
    Ok(match base {
        "redis-cluster" => RedisTopology::Cluster(all()),
        "redis-sentinel" => RedisTopology::Sentinel {
            sentinels: all(),
            service: parameters
                .service
                .ok_or_else(|| wrong("a redis-sentinel: URL names the master: …?sentinelServiceName=main"))?,
            login: parameters.sentinel_login,
        },
        _ => RedisTopology::Standalone(first),
    })
}

/// The database that the path names.
fn number(base: &str, location: &Location) -> Result<u32> {
    let path = location.path.strip_prefix('/').unwrap_or(&location.path);
    match base {
        "redis+unix" => Ok(0),
        _ if path.is_empty() => Ok(0),
        "redis-cluster" => {
            Err(Error::invalid("a redis-cluster: URL has no path: a cluster has one database"))
        }
        _ => integer(path).map_err(|_| {
            Error::invalid("the path of a Redis URL is the number of a database: redis://127.0.0.1:6379/0")
        }),
    }
}

fn nodes(text: &str) -> std::result::Result<Vec<(String, Option<u16>)>, &'static str> {
    const EXPECTED: &str = "host:port, or several with commas between them";
    let node = |text: &str| {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']').ok_or(EXPECTED)?;
                (host, rest.strip_prefix(':'))
            }
            None => match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        let port = port.map(integer).transpose().map_err(|_| EXPECTED)?;
        if host.is_empty() { Err(EXPECTED) } else { Ok((host.to_owned(), port)) }
    };
    text.split(',').map(node).collect()
}

fn text(text: &str) -> std::result::Result<String, &'static str> {
    if text.is_empty() { Err("some text") } else { Ok(text.to_owned()) }
}

fn file(path: &str) -> std::result::Result<Vec<u8>, &'static str> {
    std::fs::read(path).map_err(|_| "the path of a file that can be read")
}

fn time(text: &str) -> std::result::Result<std::time::Duration, &'static str> {
    duration(text).and_then(|time| if time.is_zero() { Err("longer than nothing") } else { Ok(time) })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use credenza_core::ErrorKind;

    use super::*;

    fn read(url: &str) -> Result<RedisConfig> {
        RedisConfig::from_url(url)
    }

    #[test]
    fn one_server() {
        let config = read("redis://app:se%3Acret@db.local/3?timeout=500ms").unwrap();
        assert_eq!(config.topology, RedisTopology::Standalone(RedisAddress::tcp("db.local", 6379)));
        assert_eq!(config.login.user.as_deref(), Some("app"));
        assert_eq!(config.login.password.as_deref(), Some("se:cret"));
        assert_eq!((config.database, config.timeout), (3, Duration::from_millis(500)));
        assert!(config.tls.is_none());
        let config = read("redis://:secret@[::1]:7000").unwrap();
        assert_eq!(config.topology, RedisTopology::Standalone(RedisAddress::tcp("::1", 7000)));
        assert_eq!(config.login.user, None);
        assert!(read("rediss://db.local").unwrap().tls.is_some());
    }

    #[test]
    fn a_socket() {
        let config = read("redis+unix:///run/redis.sock?db=2").unwrap();
        let socket = RedisAddress::Unix("/run/redis.sock".into());
        assert_eq!((config.topology, config.database), (RedisTopology::Standalone(socket), 2));
        assert!(read("redis+unix://:secret@localhost/run/redis.sock").unwrap().login.password.is_some());
    }

    #[test]
    fn several_servers() {
        let all = ["a", "b", "c"].into_iter().zip(7001..).map(|(host, port)| RedisAddress::tcp(host, port));
        let all: Vec<_> = all.collect();
        for url in
            ["redis-cluster://a:7001?node=b:7002&node=c:7003", "redis-cluster://a:7001?node=b:7002,c:7003"]
        {
            assert_eq!(read(url).unwrap().topology, RedisTopology::Cluster(all.clone()), "{url}");
        }
        let url = "redis-sentinel://u:p@a:7001/1?sentinelServiceName=main&node=b:7002&node=c:7003&sentinelPassword=s";
        let config = read(url).unwrap();
        let RedisTopology::Sentinel { sentinels, service, login } = config.topology else { panic!() };
        assert_eq!((sentinels, service.as_str(), config.database), (all, "main", 1));
        assert_eq!(login.password.as_deref(), Some("s"));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for wrong in [
            "redis:",
            "redis:data.db",
            "redis://",
            "redis://:pw-secret@:6379",
            "redis://app@host",
            "redis://u:pw-secret@host/x",
            "redis://u:pw-secret@host/0/1",
            "redis://u:pw-secret@host:66000",
            "redis://u:pw-secret@host?timeout=0s",
            "redis://u:pw-secret@host?timeout=soon",
            "redis://u:pw-secret@host?tineout=1s",
            "redis://u:pw-secret@host?node=b:1",
            "redis://u:pw-secret@host?ca=/dev/null",
            "rediss://u:pw-secret@host?ca=/no/such/file",
            "redis-cluster://u:pw-secret@host/1",
            "redis-cluster://u:pw-secret@host?node=:1",
            "redis-cluster://u:pw-secret@host?node=b:x",
            "redis-sentinel://u:pw-secret@host",
            "redis+unix://u:pw-secret@elsewhere/run/redis.sock",
            "redis+unix://",
            "rediss+unix:///run/redis.sock",
            "memory:",
        ] {
            let error = read(wrong).expect_err(wrong);
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{wrong}: {error}");
            assert!(!format!("{error} {error:?}").contains("pw-secret"), "{error}");
        }
    }
}
