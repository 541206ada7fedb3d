use std::path::Path;
use std::time::Duration;

use super::Redis;
use super::cluster::text;
use super::standalone::PLAIN;
use crate::servers::Trouble;
use crate::servers::patience::until;
use crate::servers::trouble::or_skip;

/// How long the sentinels may take to see each other.
const PATIENCE: Duration = Duration::from_secs(60);

/// The name under which they know the master.
const NAME: &str = "main";

const SENTINELS: usize = 3;

/// A master, two replicas, and three sentinels that watch them, all on free ports of 127.0.0.1. When the master is
/// killed, a replica takes its place within some eight seconds. Dropped, they are killed, and nothing of them stays.
#[derive(Debug)]
pub struct RedisSentinels {
    sentinels: Vec<Redis>,
    servers: Vec<Redis>,
}

impl RedisSentinels {
    /// Starts them. `None` where there is no `redis-server`, after saying so; with `CI=true` a panic.
    #[track_caller]
    pub fn start() -> Option<RedisSentinels> {
        or_skip("Redis with sentinels", RedisSentinels::launch())
    }

    fn launch() -> Result<RedisSentinels, Trouble> {
        let plain = |_: &Path, port| Ok(format!("port {port}\n{PLAIN}"));
        let master = Redis::launch(plain, &[])?;
        let port = master.port();
        let mut servers = vec![master];
        for _ in 0..2 {
            servers.push(Redis::launch(plain, &["--replicaof", "127.0.0.1", &port.to_string()])?);
        }
        let quorum = SENTINELS / 2 + 1;
        let watch = format!(
            "sentinel monitor {NAME} 127.0.0.1 {port} {quorum}\n\
             sentinel down-after-milliseconds {NAME} 3000\n\
             sentinel failover-timeout {NAME} 5000\n\
             sentinel parallel-syncs {NAME} 2\n"
        );
        let mut sentinels = Vec::new();
        for _ in 0..SENTINELS {
            let config = |_: &Path, port| Ok(format!("port {port}\n{watch}"));
            sentinels.push(Redis::launch(config, &["--sentinel"])?);
        }
        let set = RedisSentinels { sentinels, servers };
        let sees_all = |sentinel: &Redis| {
            let known = text(sentinel, &["SENTINEL", "MASTER", NAME]).unwrap_or_default();
            let lines: Vec<&str> = known.lines().collect();
            let is = |name: &str, value: usize| {
                lines.windows(2).any(|pair| pair[0] == name && pair[1] == value.to_string())
            };
            is("num-slaves", 2) && is("num-other-sentinels", SENTINELS - 1)
        };
        match until(PATIENCE, || set.sentinels.iter().all(sees_all) && set.replicas_are_linked()) {
            true => Ok(set),
            false => Err(Trouble(format!("the sentinels do not see each other within {PATIENCE:?}"))),
        }
    }

    fn replicas_are_linked(&self) -> bool {
        let linked = |server: &&Redis| {
            text(server, &["INFO", "replication"]).is_ok_and(|info| info.contains("master_link_status:up"))
        };
        self.servers.iter().filter(linked).count() == self.servers.len() - 1
    }

    /// `redis-sentinel://127.0.0.1:PORT?node=127.0.0.1:PORT&…&sentinelServiceName=main` with all sentinels.
    pub fn url(&self) -> String {
        let mut ports = self.sentinels.iter().map(Redis::port);
        let first = ports.next().unwrap_or_default();
        let others: String = ports.map(|port| format!("node=127.0.0.1:{port}&")).collect();
        format!("redis-sentinel://127.0.0.1:{first}?{others}sentinelServiceName={NAME}")
    }

    /// The sentinels.
    pub fn sentinels(&self) -> &[Redis] {
        &self.sentinels
    }

    /// The servers they watch, the first master first.
    pub fn servers(&self) -> &[Redis] {
        &self.servers
    }

    /// The server that the sentinels name as the master now.
    ///
    /// # Panics
    /// No sentinel answers.
    #[track_caller]
    pub fn master(&self) -> &Redis {
        let named = self.sentinels.iter().filter(|sentinel| sentinel.id().is_some()).find_map(|sentinel| {
            let address = text(sentinel, &["SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME]).ok()?;
            let port: u16 = address.lines().last()?.parse().ok()?;
            self.servers.iter().find(|server| server.port() == port)
        });
        named.expect("a sentinel that names the master")
    }

    /// Kills the master (SIGKILL) and gives the port it had.
    ///
    /// # Panics
    /// No sentinel answers.
    #[track_caller]
    pub fn kill_master(&self) -> u16 {
        let master = self.master();
        master.kill();
        master.port()
    }

    /// Waits until another server than the one with this port is master, and takes writes; `false` if none is after a
    /// minute.
    #[track_caller]
    pub fn has_failed_over(&self, from: u16) -> bool {
        until(PATIENCE, || {
            let master = self.master();
            let role = || text(master, &["ROLE"]).unwrap_or_default();
            master.port() != from && master.id().is_some() && role().starts_with("master")
        })
    }
}
