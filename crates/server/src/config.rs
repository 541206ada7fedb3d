//! What a server allows, and how long it waits.

use std::time::Duration;

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
    /// How long a request may take, its body included.
    pub request_timeout: Duration,
    /// How long the head of a request may take; also how long a connection may be idle.
    pub header_timeout: Duration,
    /// How long a client may take nothing of an answer.
    pub stall_timeout: Duration,
    /// How long the readiness probe waits for the store.
    pub probe_timeout: Duration,
    /// How long requests in flight may go on after the server was told to stop.
    pub shutdown_grace: Duration,
    /// Connections at once; more wait to be accepted.
    pub max_connections: usize,
    /// Storage requests in work at once; more wait for their turn as long as a request may take.
    pub max_requests: usize,
    /// Bytes of a request's body.
    pub max_body: usize,
    /// Bytes of all bodies that are held at once; a request that does not fit waits for its turn.
    pub max_bodies: usize,
    /// Bytes of a namespace's name.
    pub max_namespace: usize,
    /// Bytes of a key.
    pub max_key: usize,
    /// Bytes of a value.
    pub max_value: usize,
    /// Bytes of the JSON text of a key's metadata.
    pub max_metadata: usize,
}

impl Default for ServerConfig {
    fn default() -> ServerConfig {
        ServerConfig {
            allowed_hosts: Vec::new(),
            request_timeout: Duration::from_secs(30),
            header_timeout: Duration::from_secs(30),
            stall_timeout: Duration::from_secs(30),
            probe_timeout: Duration::from_secs(2),
            shutdown_grace: Duration::from_secs(10),
            max_connections: 1024,
            max_requests: 256,
            max_body: 32 << 20,
            max_bodies: 256 << 20,
            max_namespace: 256,
            max_key: 2048,
            max_value: 25 << 20,
            max_metadata: 4096,
        }
    }
}
