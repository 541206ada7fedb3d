//! What a server allows, and how long it waits.

use std::sync::Arc;
use std::time::Duration;

use credenza_core::{Clock, SystemClock};

use crate::limits::ServerLimits;

/// What a server allows, and how long it waits. Nothing in it is unlimited.
///
/// ```
/// use std::time::Duration;
/// use credenza_server::ServerConfig;
///
/// let config = ServerConfig { shutdown_grace: Duration::from_secs(30), ..ServerConfig::default() };
/// assert_eq!(config.max_connections, 1024);
/// ```
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Names that a request may give as `Host`, besides IP addresses, `localhost` and `host.docker.internal`.
    pub allowed_hosts: Vec<String>,
    /// How long a request may take, its body included. A body that streams has [`transfer_timeout`](Self::transfer_timeout).
    pub request_timeout: Duration,
    /// How long the content of an object may take on its way in or out.
    pub transfer_timeout: Duration,
    /// How long the head of a request may take; also how long a connection may be idle.
    pub header_timeout: Duration,
    /// How long a client may take nothing of an answer, or send nothing of an object.
    pub stall_timeout: Duration,
    /// How long the readiness probe waits for the store.
    pub probe_timeout: Duration,
    /// How long requests in flight may go on after the server was told to stop.
    pub shutdown_grace: Duration,
    /// Connections at once; more wait to be accepted.
    pub max_connections: usize,
    /// Storage requests in work at once; more wait for their turn as long as a request may take.
    pub max_requests: usize,
    /// Objects that stream in at once; more wait for their turn as long as a request may take.
    pub max_uploads: usize,
    /// Bytes of all bodies that are held at once; a request that does not fit waits for its turn.
    pub max_bodies: usize,
    /// How large things may be.
    pub limits: ServerLimits,
    /// What tells when a resource was made and changed, and when it expires.
    pub clock: Arc<dyn Clock>,
}

impl Default for ServerConfig {
    fn default() -> ServerConfig {
        ServerConfig {
            allowed_hosts: Vec::new(),
            request_timeout: Duration::from_secs(30),
            transfer_timeout: Duration::from_secs(3600),
            header_timeout: Duration::from_secs(30),
            stall_timeout: Duration::from_secs(30),
            probe_timeout: Duration::from_secs(2),
            shutdown_grace: Duration::from_secs(10),
            max_connections: 1024,
            max_requests: 256,
            max_uploads: 128,
            max_bodies: 256 << 20,
            limits: ServerLimits::relaxed(),
            clock: Arc::new(SystemClock),
        }
    }
}
