//! A new connection: made, encrypted, logged in, and asked who is there.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use credenza_core::ErrorKind;
use tokio::net::{TcpStream, UnixStream};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::exclusive::Exclusive;
use super::failure::Failure;
use super::frame::{Frame, Packet};
use super::socket::Socket;
use crate::config::{RedisAddress, RedisLogin};
use crate::error;

/// What every connection of a store has in common.
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    pub(crate) login: RedisLogin,
    pub(crate) database: u32,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<super::tls::Tls>,
    pub(crate) timeout: Duration,
    /// What drives the connections, whoever uses them.
    pub(crate) runtime: Handle,
}

/// A connection that is ready for commands.
#[derive(Debug)]
pub(crate) struct Fresh {
    pub(crate) wire: Exclusive,
    pub(crate) server: Server,
}

/// Who answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) version: (u32, u32),
    /// Which run of which server this is.
    pub(crate) run: Bytes,
    pub(crate) in_cluster: bool,
    pub(crate) is_sentinel: bool,
    pub(crate) is_replica: bool,
}

impl Server {
    /// A number that another server, or the same after a restart, does not have; by all odds.
    pub(crate) fn identity(&self) -> u32 {
        let fold = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        self.run.iter().fold(0x811c_9dc5, fold)
    }
}

impl Connector {
    /// Connects within the time that is allowed.
    pub(crate) async fn connect(&self, address: &RedisAddress) -> Result<Fresh, Failure> {
        match timeout(self.timeout, self.connect_slowly(address)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                Err(Failure::unsent(ErrorKind::Unavailable, format!("connecting to {address} took too long")))
            }
        }
    }

    async fn connect_slowly(&self, address: &RedisAddress) -> Result<Fresh, Failure> {
        let socket = self.socket(address).await.map_err(|error| {
            Failure::unsent(ErrorKind::Unavailable, format!("cannot connect to {address}: {error}"))
        })?;
        let mut wire = Exclusive::new(socket);
        let server = self.greet(&mut wire).await?;
        Ok(Fresh { wire, server })
    }

    async fn socket(&self, address: &RedisAddress) -> io::Result<Socket> {
        match address {
            RedisAddress::Unix(path) => UnixStream::connect(path).await.map(Socket::unix),
            RedisAddress::Tcp { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                #[cfg(feature = "tls")]
                if let Some(tls) = &self.tls {
                    return tls.encrypt(stream, host).await;
                }
                Ok(Socket::tcp(stream))
            }
        }
    }

    /// Logs in, and finds out who is there.
    async fn greet(&self, wire: &mut Exclusive) -> Result<Server, Failure> {
        let mut packet = Packet::default();
        let logs_in = match (&self.login.user, &self.login.password) {
            (Some(user), Some(password)) => {
                packet.push(&["AUTH", user, password]);
                true
            }
            (None, Some(password)) => {
                packet.push(&["AUTH", password]);
                true
            }
            _ => false,
        };
        // The one that every user may ask knows less.
        packet.push(&["HELLO"]);
        packet.push(&["INFO", "server"]);
        if self.database > 0 {
            packet.push(&["SELECT", &self.database.to_string()]);
        }
        let mut replies = wire.ask(&packet).await?.into_iter();
        let mut next = || replies.next().unwrap_or(Frame::Nil);
        if logs_in {
            accepted(&next())?;
        }
        let (hello, info) = (next(), next());
        if let Frame::Error(text) = &hello
            && text.starts_with(b"NOAUTH")
        {
            accepted(&hello)?;
        }
        let server = who(&hello, &info).ok_or_else(|| {
            let message = "what answers is no Redis, or one older than 7.0";
            Failure::unsent(ErrorKind::Unsupported, message)
        })?;
        if server.version < (7, 0) && !server.is_sentinel {
            let (major, minor) = server.version;
            let message = format!("the server is Redis {major}.{minor}; it must be 7.0 or newer");
            return Err(Failure::unsent(ErrorKind::Unsupported, message));
        }
        if self.database > 0 {
            accepted(&next())?;
        }
        Ok(server)
    }
}

/// Fails if it is a refusal.
pub(super) fn accepted(reply: &Frame) -> Result<(), Failure> {
    match reply {
        Frame::Error(text) => {
            let error = error::refusal(text);
            Err(Failure::unsent(error.kind(), error.message().to_owned()))
        }
        _ => Ok(()),
    }
}

/// Reads the replies to `HELLO` and to `INFO server`, of which the second may be refused.
fn who(hello: &Frame, info: &Frame) -> Option<Server> {
    let mut server = Server::default();
    if let Frame::Array(items) = hello {
        for pair in items.chunks_exact(2) {
            let [Frame::Bulk(name), Frame::Bulk(value)] = pair else { continue };
            match &name[..] {
                b"version" => server.version = version(value)?,
                b"mode" => {
                    server.in_cluster = value == "cluster";
                    server.is_sentinel = value == "sentinel";
                }
                b"role" => server.is_replica = value != "master",
                _ => {}
            }
        }
    }
    if let Frame::Bulk(text) = info {
        for line in text.split(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if let Some(run) = line.strip_prefix(b"run_id:") {
                server.run = text.slice_ref(run);
            } else if let Some(value) = line.strip_prefix(b"redis_version:")
                && server.version == (0, 0)
            {
                server.version = version(value)?;
            }
        }
    }
    (server.version != (0, 0)).then_some(server)
}

fn version(text: &[u8]) -> Option<(u32, u32)> {
    let text = std::str::from_utf8(text).ok()?;
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &'static str) -> Frame {
        Frame::Bulk(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn a_server_is_known_by_either_reply() {
        let hello = Frame::Array(vec![
            bulk("server"),
            bulk("redis"),
            bulk("version"),
            bulk("7.2.4"),
            bulk("proto"),
            Frame::Int(2),
            bulk("mode"),
            bulk("cluster"),
            bulk("role"),
            bulk("replica"),
        ]);
        let info = bulk("# Server\r\nredis_version:6.2.1\r\nrun_id:abc\r\n");
        let server = who(&hello, &info).unwrap();
        assert_eq!((server.version, &server.run[..]), ((7, 2), &b"abc"[..]));
        assert!(server.in_cluster && server.is_replica && !server.is_sentinel);
        let refused = Frame::Error("ERR unknown command".into());
        assert_eq!(who(&refused, &info).unwrap().version, (6, 2));
        assert_eq!(who(&hello, &refused).unwrap().version, (7, 2));
        assert_eq!(who(&refused, &refused), None);
    }
}
