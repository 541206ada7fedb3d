use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::Redis;
use super::standalone::PLAIN;
use crate::script::Answer;
use crate::servers::Trouble;
use crate::servers::patience::until;
use crate::servers::ports;
use crate::servers::trouble::or_skip;

/// How long the nodes may take to agree.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many hash slots there are.
const SLOTS: usize = 16_384;

const MASTERS: usize = 3;

/// A Redis cluster of three masters and three replicas, all on free ports of 127.0.0.1. A master that is killed is
/// replaced by its replica within some eight seconds. Dropped, it is killed, and nothing of it stays.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: BTreeMap<u16, Redis>,
}

impl RedisCluster {
    /// Starts a cluster. `None` where there is no `redis-server`, after saying so; with `CI=true` a panic.
    #[track_caller]
    pub fn start() -> Option<RedisCluster> {
        or_skip("a Redis cluster", RedisCluster::launch())
    }

    fn launch() -> Result<RedisCluster, Trouble> {
        let config = |_: &Path, port| {
            let bus = ports::free();
            let cluster = "cluster-enabled yes\ncluster-node-timeout 3000";
            Ok(format!("port {port}\n{PLAIN}{cluster}\ncluster-port {bus}\n"))
        };
        let mut nodes = Vec::new();
        for _ in 0..MASTERS * 2 {
            nodes.push(Redis::launch(config, &[])?);
        }
        join(&nodes)?;
        Ok(RedisCluster { nodes: nodes.into_iter().map(|node| (node.port(), node)).collect() })
    }

    /// `redis-cluster://127.0.0.1:PORT?node=127.0.0.1:PORT&…` with all nodes.
    pub fn url(&self) -> String {
        let mut ports = self.nodes.keys();
        let first = ports.next().copied().unwrap_or_default();
        let others: Vec<String> = ports.map(|port| format!("node=127.0.0.1:{port}")).collect();
        format!("redis-cluster://127.0.0.1:{first}?{}", others.join("&"))
    }

    /// The ports of all nodes.
    pub fn ports(&self) -> Vec<u16> {
        self.nodes.keys().copied().collect()
    }

    /// The ports of the nodes that are masters now, as the nodes that run see it.
    pub fn masters(&self) -> Vec<u16> {
        self.of_role("master")
    }

    /// The ports of the nodes that are replicas now.
    pub fn replicas(&self) -> Vec<u16> {
        self.of_role("slave")
    }

    fn of_role(&self, role: &str) -> Vec<u16> {
        let is = |node: &Redis| node.id().is_some() && role_of(node).is_ok_and(|found| found == role);
        self.nodes.values().filter(|node| is(node)).map(Redis::port).collect()
    }

    /// The master of a key.
    ///
    /// # Panics
    /// No node knows it.
    #[track_caller]
    pub fn master_of(&self, key: &str) -> u16 {
        let found = self.masters().into_iter().find(|port| {
            // A master that does not have the slot says who has.
            self.node(*port).say(&["EXISTS", key]).is_ok_and(|answer| matches!(answer, Answer::Int(_)))
        });
        found.expect("a master for each key")
    }

    /// A node.
    ///
    /// # Panics
    /// No node has this port.
    #[track_caller]
    pub fn node(&self, port: u16) -> &Redis {
        self.nodes.get(&port).expect("a port of the cluster")
    }

    /// Kills a node (SIGKILL). [`node`](Self::node) has the rest: restart, freeze, thaw.
    ///
    /// # Panics
    /// No node has this port.
    #[track_caller]
    pub fn kill(&self, port: u16) {
        self.node(port).kill();
    }

    /// Waits until there are three masters that run, and all nodes that run say that the cluster is whole; `false` if
    /// it still is not after a minute.
    pub fn settle(&self) -> bool {
        let running: Vec<&Redis> = self.nodes.values().filter(|node| node.id().is_some()).collect();
        until(PATIENCE, || self.masters().len() == MASTERS && running.iter().all(|node| is_whole(node)))
    }

    /// Removes all keys of all masters.
    ///
    /// # Errors
    /// A master does not answer.
    pub fn flush(&self) -> io::Result<()> {
        self.masters().into_iter().try_for_each(|port| self.node(port).say(&["FLUSHALL"]).map(drop))
    }
}

/// Makes a cluster of nodes that know nothing of each other.
fn join(nodes: &[Redis]) -> Result<(), Trouble> {
    let (masters, replicas) = nodes.split_at(MASTERS);
    for (at, node) in masters.iter().enumerate() {
        let (first, next) = (SLOTS * at / MASTERS, SLOTS * (at + 1) / MASTERS);
        ordered(node, &["CLUSTER", "ADDSLOTSRANGE", &first.to_string(), &(next - 1).to_string()])?;
    }
    for (at, node) in nodes.iter().enumerate() {
        // Epochs that differ from the start need not be settled between the nodes.
        ordered(node, &["CLUSTER", "SET-CONFIG-EPOCH", &(at + 1).to_string()])?;
    }
    if let Some((first, others)) = nodes.split_first() {
        let bus = text(first, &["CONFIG", "GET", "cluster-port"])?;
        let (port, bus) = (first.port().to_string(), bus.lines().last().unwrap_or_default().to_owned());
        for node in others {
            ordered(node, &["CLUSTER", "MEET", "127.0.0.1", &port, &bus])?;
        }
    }
    let all_known = |node: &Redis| {
        text(node, &["CLUSTER", "NODES"]).is_ok_and(|known| {
            known.lines().filter(|line| line.contains(" connected")).count() == nodes.len()
        })
    };
    agreed(nodes, "know each other", all_known)?;
    for (replica, master) in replicas.iter().zip(masters) {
        let id = text(master, &["CLUSTER", "MYID"])?;
        // Refused until the news of the master has come around.
        let follows = |node: &Redis| ordered(node, &["CLUSTER", "REPLICATE", &id]).is_ok();
        agreed(std::slice::from_ref(replica), "follow their masters", follows)?;
    }
    agreed(nodes, "agree", is_whole)?;
    agreed(replicas, "have what their masters have", |node| {
        text(node, &["INFO", "replication"]).is_ok_and(|info| info.contains("master_link_status:up"))
    })
}

fn agreed(nodes: &[Redis], what: &str, holds: impl Fn(&Redis) -> bool) -> Result<(), Trouble> {
    match until(PATIENCE, || nodes.iter().all(&holds)) {
        true => Ok(()),
        false => Err(Trouble(format!("its nodes do not {what} within {PATIENCE:?}"))),
    }
}

/// Whether a node sees all slots served, and each of the other nodes where it should be.
fn is_whole(node: &Redis) -> bool {
    text(node, &["CLUSTER", "INFO"]).is_ok_and(|info| {
        let has = |line: &str| info.lines().any(|it| it.trim_end() == line);
        has("cluster_state:ok") && has("cluster_slots_ok:16384") && has("cluster_size:3")
    })
}

fn role_of(node: &Redis) -> Result<String, Trouble> {
    let role = text(node, &["ROLE"])?;
    Ok(role.lines().next().unwrap_or_default().to_owned())
}

fn ordered(node: &Redis, words: &[&str]) -> Result<(), Trouble> {
    text(node, words).map(drop)
}

/// An answer as text, the parts of an array a line each.
pub(super) fn text(node: &Redis, words: &[&str]) -> Result<String, Trouble> {
    fn flat(answer: Answer) -> String {
        match answer {
            Answer::Status(text) => text,
            Answer::Bulk(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Answer::Array(parts) => parts.into_iter().map(flat).collect::<Vec<_>>().join("\n"),
            other => other.to_string(),
        }
    }
    match node.say(words) {
        Ok(Answer::Error(refusal)) => Err(Trouble(format!("{}: {}", words.join(" "), refusal.text))),
        Ok(answer) => Ok(flat(answer)),
        Err(error) => Err(Trouble(format!("{}: {error}", words.join(" ")))),
    }
}
