//! A cluster: which server has which keys, found out again whenever that changes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use credenza_core::ErrorKind;
use futures_util::future::join_all;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout_at};

use super::connect::Connector;
use super::failure::Failure;
use super::frame::{Frame, Packet};
use super::node::{Node, Target};
use super::slot::SLOTS;
use crate::config::RedisAddress;

/// So often a command follows the servers that send it elsewhere.
const REDIRECTIONS: u32 = 8;
/// What is answered with "later" is tried again after that time.
const LATER: Duration = Duration::from_millis(50);
/// So often it is looked whether all servers are there.
const CHECK: Duration = Duration::from_millis(250);
/// No server's slot.
const NOBODY: u16 = u16::MAX;

/// A cluster that is connected to.
#[derive(Debug)]
pub(crate) struct Cluster {
    core: Arc<Core>,
    keeper: AbortHandle,
}

#[derive(Debug)]
struct Core {
    connector: Connector,
    seeds: Vec<RedisAddress>,
    patience: Duration,
    map: watch::Sender<Arc<Map>>,
    /// Somebody has seen that the map is wrong.
    outdated: Notify,
}

/// Which master has which slots.
#[derive(Debug, Default)]
struct Map {
    /// For each slot the position of its master.
    owners: Vec<u16>,
    /// Each with the first of its slots, in their order.
    masters: Vec<(u16, Arc<Master>)>,
}

/// A master of the cluster.
#[derive(Debug)]
pub(crate) struct Master {
    address: RedisAddress,
    node: Node,
}

impl Master {
    pub(crate) fn node(&self) -> &Node {
        &self.node
    }
}

/// The servers of a cluster, for those who want any of them.
#[derive(Clone, Debug)]
pub(crate) struct Members {
    seeds: Vec<RedisAddress>,
    map: watch::Receiver<Arc<Map>>,
}

impl Members {
    pub(super) fn addresses(&self) -> Vec<RedisAddress> {
        let map = self.map.borrow().clone();
        map.masters
            .iter()
            .map(|(_, master)| master.address.clone())
            .chain(self.seeds.iter().cloned())
            .collect()
    }
}

/// A command for the server that has the slot, or for any.
pub(crate) type Routed = (Option<u16>, Packet);

impl Cluster {
    /// Connects. The masters must be known and within reach.
    pub(crate) async fn connect(
        connector: Connector,
        seeds: Vec<RedisAddress>,
        patience: Duration,
    ) -> Result<Cluster, Failure> {
        let core = Arc::new(Core {
            connector,
            seeds,
            patience,
            map: watch::Sender::new(Arc::default()),
            outdated: Notify::new(),
        });
        core.refresh().await?;
        let keeper = core.connector.runtime.spawn(keep(core.clone())).abort_handle();
        let cluster = Cluster { core, keeper };
        let deadline = Instant::now() + cluster.core.connector.timeout;
        for master in cluster.masters() {
            master.1.node.conn(deadline).await?;
        }
        Ok(cluster)
    }

    /// Any of its servers, as they are known then.
    pub(crate) fn any(&self) -> Target {
        Target::Any(Members { seeds: self.core.seeds.clone(), map: self.core.map.subscribe() })
    }

    /// All masters, each with the first of its slots, in their order.
    pub(crate) fn masters(&self) -> Vec<(u16, Arc<Master>)> {
        self.core.map.borrow().masters.clone()
    }

    /// The run of the server that has the slot now.
    pub(crate) async fn identity(&self, slot: u16, deadline: Instant) -> Result<u32, Failure> {
        let master = self.core.owner(Some(slot), deadline).await?;
        Ok(master.node.conn(deadline).await?.identity())
    }

    /// Sends a command to the server that has the slot, wherever that is by then.
    pub(crate) async fn one(
        &self,
        slot: Option<u16>,
        packet: &Packet,
        deadline: Instant,
    ) -> Result<(Frame, u32), Failure> {
        let mut redirected: Option<Redirection> = None;
        for _ in 0..REDIRECTIONS {
            let (master, asking) = match redirected.take() {
                Some(Redirection { address, asking }) => (self.core.master_at(&address), asking),
                None => (self.core.owner(slot, deadline).await?, false),
            };
            let (frame, identity) = if asking {
                self.core.one_asking(&master, packet, deadline).await?
            } else {
                master.node.one(packet, deadline).await?
            };
            let Frame::Error(text) = &frame else { return Ok((frame, identity)) };
            if is_later(text) {
                if Instant::now() + LATER >= deadline {
                    return Ok((frame, identity));
                }
                sleep(LATER).await;
                continue;
            }
            match Redirection::read(text, &master.address) {
                Some(redirection) => {
                    if !redirection.asking {
                        self.core.outdated.notify_one();
                    }
                    redirected = Some(redirection);
                }
                None => return Ok((frame, identity)),
            }
        }
        // Each server has refused it.
        let message = "the servers of the cluster do not agree about which of them has the key";
        Err(Failure::unsent(ErrorKind::Unavailable, message))
    }

    /// Sends commands, to each server those for its slots in one write.
    pub(crate) async fn many(
        &self,
        commands: Vec<Routed>,
        deadline: Instant,
    ) -> Vec<Result<(Frame, u32), Failure>> {
        let mut results: Vec<Option<Result<(Frame, u32), Failure>>> = Vec::new();
        results.resize_with(commands.len(), || None);
        let mut groups: Vec<(Arc<Master>, Packet, Vec<usize>)> = Vec::new();
        for (index, (slot, command)) in commands.iter().enumerate() {
            match self.core.owner(*slot, deadline).await {
                Err(failure) => results[index] = Some(Err(failure)),
                Ok(master) => match groups.iter_mut().find(|(known, ..)| Arc::ptr_eq(known, &master)) {
                    Some((_, packet, indexes)) => {
                        packet.append(command);
                        indexes.push(index);
                    }
                    None => {
                        let mut packet = Packet::default();
                        packet.append(command);
                        groups.push((master, packet, vec![index]));
                    }
                },
            }
        }
        let sent = groups.iter().map(|(master, packet, _)| master.node.many(packet, deadline));
        for ((_, _, indexes), outcome) in groups.iter().zip(join_all(sent).await) {
            match outcome {
                Ok((frames, identity)) => {
                    for (index, frame) in indexes.iter().zip(frames) {
                        results[*index] = Some(Ok((frame, identity)));
                    }
                }
                Err(failure) => indexes.iter().for_each(|index| results[*index] = Some(Err(failure.clone()))),
            }
        }
        let mut answers = Vec::with_capacity(results.len());
        for ((slot, command), result) in commands.iter().zip(results) {
            let lost = || Err(Failure::unsent(ErrorKind::Internal, "a reply was lost").sent(true));
            answers.push(match result.unwrap_or_else(lost) {
                // Those that were sent elsewhere follow one by one, so that they keep their order.
                Ok((Frame::Error(text), _)) if is_elsewhere(&text) => {
                    self.one(*slot, command, deadline).await
                }
                result => result,
            });
        }
        answers
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Core {
    /// The master that has the slot, connected; waits for it, or for another one, until the deadline.
    async fn owner(&self, slot: Option<u16>, deadline: Instant) -> Result<Arc<Master>, Failure> {
        let mut maps = self.map.subscribe();
        loop {
            let map = maps.borrow_and_update().clone();
            let found = match slot {
                Some(slot) => map.owner(slot).cloned(),
                // Any will do, if it is there.
                None => {
                    let connected = map.masters.iter().find(|(_, master)| master.node.now().is_some());
                    connected.or(map.masters.first()).map(|(_, master)| master.clone())
                }
            };
            let soon = deadline.min(Instant::now() + CHECK);
            let failure = match found {
                Some(master) if master.node.now().is_some() => return Ok(master),
                Some(master) => {
                    self.outdated.notify_one();
                    tokio::select! {
                        _ = maps.changed() => continue,
                        outcome = master.node.conn(soon) => match outcome {
                            Ok(_) => return Ok(master),
                            Err(failure) => failure,
                        },
                    }
                }
                None => {
                    self.outdated.notify_one();
                    let _ = timeout_at(soon, maps.changed()).await;
                    Failure::unsent(
                        ErrorKind::Unavailable,
                        "no server of the cluster has the key's hash slot",
                    )
                }
            };
            if failure.is_permanent() || Instant::now() >= deadline {
                return Err(failure);
            }
        }
    }

    /// A master by its address; one that is not in the map yet is connected to.
    fn master_at(&self, address: &RedisAddress) -> Arc<Master> {
        let map = self.map.borrow().clone();
        map.at(address).cloned().unwrap_or_else(|| self.new_master(address.clone()))
    }

    fn new_master(&self, address: RedisAddress) -> Arc<Master> {
        let target = Target::Fixed(address.clone());
        Arc::new(Master { address, node: Node::connect_later(self.connector.clone(), target, self.patience) })
    }

    /// Sends a command to a server that is only about to get its slot.
    async fn one_asking(
        &self,
        master: &Master,
        command: &Packet,
        deadline: Instant,
    ) -> Result<(Frame, u32), Failure> {
        let mut packet = Packet::one(&["ASKING"]);
        packet.append(command);
        // Asking is not what may be applied, the command is.
        let (mut frames, identity) = master.node.many(&packet, deadline).await?;
        let last = frames
            .pop()
            .ok_or_else(|| Failure::unsent(ErrorKind::Internal, "a reply was lost").sent(true))?;
        Ok((last, identity))
    }

    /// Asks the servers who has which slots.
    async fn refresh(&self) -> Result<(), Failure> {
        let map = self.map.borrow().clone();
        let packet = Packet::one(&["CLUSTER", "SLOTS"]);
        let mut last = Failure::unsent(ErrorKind::Unavailable, "no server of the cluster can be reached");
        for (_, master) in map.masters.iter().filter(|(_, master)| master.node.now().is_some()) {
            let soon = Instant::now() + self.connector.timeout;
            match master.node.one(&packet, soon).await {
                Ok((frame, _)) => match self.accept(&frame, &master.address) {
                    Ok(()) => return Ok(()),
                    Err(failure) => last = failure,
                },
                Err(failure) => last = failure,
            }
        }
        for seed in &self.seeds {
            match self.ask_stranger(seed, &packet).await {
                Ok(frame) => match self.accept(&frame, seed) {
                    Ok(()) => return Ok(()),
                    Err(failure) => last = failure,
                },
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    async fn ask_stranger(&self, address: &RedisAddress, packet: &Packet) -> Result<Frame, Failure> {
        let mut fresh = self.connector.connect(address).await?;
        if !fresh.server.in_cluster {
            let message = format!("the server at {address} is in no cluster; open it as redis://");
            return Err(Failure::unsent(ErrorKind::InvalidArgument, message));
        }
        let replies =
            tokio::time::timeout(self.connector.timeout, fresh.wire.ask(packet)).await.map_err(|_| {
                Failure::unsent(ErrorKind::Unavailable, format!("the server at {address} does not answer"))
            })??;
        Ok(replies.into_iter().next().unwrap_or(Frame::Nil))
    }

    /// Takes over what a server says.
    fn accept(&self, frame: &Frame, asked: &RedisAddress) -> Result<(), Failure> {
        let mut ranges = ranges(frame, asked).filter(|ranges| !ranges.is_empty()).ok_or_else(|| {
            Failure::unsent(
                ErrorKind::Unavailable,
                format!("the server at {asked} does not know the cluster"),
            )
        })?;
        ranges.sort_by_key(|(first, ..)| *first);
        let old = self.map.borrow().clone();
        let mut map = Map { owners: vec![NOBODY; usize::from(SLOTS)], masters: Vec::new() };
        let mut positions: HashMap<RedisAddress, u16> = HashMap::new();
        for (first, last, address) in ranges {
            let position = *positions.entry(address.clone()).or_insert_with(|| {
                let known = old.at(&address).cloned();
                map.masters.push((first, known.unwrap_or_else(|| self.new_master(address))));
                (map.masters.len() - 1) as u16
            });
            map.owners[usize::from(first)..=usize::from(last)].fill(position);
        }
        self.map.send_replace(Arc::new(map));
        Ok(())
    }
}

impl Map {
    fn owner(&self, slot: u16) -> Option<&Arc<Master>> {
        let position = *self.owners.get(usize::from(slot))?;
        self.masters.get(usize::from(position)).map(|(_, master)| master)
    }

    fn at(&self, address: &RedisAddress) -> Option<&Arc<Master>> {
        self.masters.iter().map(|(_, master)| master).find(|master| master.address == *address)
    }
}

/// Keeps the map up to date.
async fn keep(core: Arc<Core>) {
    loop {
        let told = timeout_at(Instant::now() + CHECK, core.outdated.notified()).await.is_ok();
        let map = core.map.borrow().clone();
        if told || map.masters.iter().any(|(_, master)| master.node.now().is_none()) {
            // Where nobody answers, the map stays as it is, and the next round tries again.
            let _ = core.refresh().await;
            sleep(LATER).await;
        }
    }
}

/// Where a server sends a command.
#[derive(Debug, PartialEq, Eq)]
struct Redirection {
    address: RedisAddress,
    asking: bool,
}

impl Redirection {
    /// Reads `MOVED 3999 127.0.0.1:6381` and `ASK …`; without a host it is the same as that of the server.
    fn read(text: &[u8], from: &RedisAddress) -> Option<Redirection> {
        let text = std::str::from_utf8(text).ok()?;
        let mut words = text.split(' ');
        let asking = match words.next()? {
            "MOVED" => false,
            "ASK" => true,
            _ => return None,
        };
        let (host, port) = words.nth(1)?.rsplit_once(':')?;
        Some(Redirection { address: place(host, port.parse().ok()?, from), asking })
    }
}

fn place(host: &str, port: u16, from: &RedisAddress) -> RedisAddress {
    match (host, from) {
        ("" | "?", RedisAddress::Tcp { host, .. }) => RedisAddress::tcp(host, port),
        _ => RedisAddress::tcp(host, port),
    }
}

fn is_elsewhere(text: &[u8]) -> bool {
    text.starts_with(b"MOVED ") || text.starts_with(b"ASK ") || is_later(text)
}

fn is_later(text: &[u8]) -> bool {
    text.starts_with(b"TRYAGAIN") || text.starts_with(b"CLUSTERDOWN")
}

/// Reads the reply to `CLUSTER SLOTS`: the first and the last slot of each range, and where its master is.
fn ranges(frame: &Frame, asked: &RedisAddress) -> Option<Vec<(u16, u16, RedisAddress)>> {
    let Frame::Array(ranges) = frame else { return None };
    let slot = |frame: &Frame| match frame {
        Frame::Int(slot) => u16::try_from(*slot).ok().filter(|slot| *slot < SLOTS),
        _ => None,
    };
    ranges
        .iter()
        .map(|range| {
            let Frame::Array(parts) = range else { return None };
            let [first, last, Frame::Array(master), ..] = &parts[..] else { return None };
            let (first, last) = (slot(first)?, slot(last)?);
            let host = match master.first()? {
                Frame::Bulk(host) => std::str::from_utf8(host).ok()?,
                Frame::Nil => "",
                _ => return None,
            };
            let Frame::Int(port) = master.get(1)? else { return None };
            (first <= last).then_some((first, last, place(host, u16::try_from(*port).ok()?, asked)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirections_are_read() {
        let from = RedisAddress::tcp("10.0.0.1", 7000);
        let read = |text: &str| Redirection::read(text.as_bytes(), &from);
        let to = |host: &str, asking| Some(Redirection { address: RedisAddress::tcp(host, 6381), asking });
        assert_eq!(read("MOVED 3999 127.0.0.1:6381"), to("127.0.0.1", false));
        assert_eq!(read("ASK 3999 ::1:6381"), to("::1", true));
        assert_eq!(read("MOVED 3999 :6381"), to("10.0.0.1", false));
        for wrong in ["ERR MOVED", "MOVED", "MOVED 1", "MOVED 1 host", "MOVED 1 host:x"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn slots_are_read() {
        let asked = RedisAddress::tcp("10.0.0.1", 7000);
        let master = |host: Frame, port| Frame::Array(vec![host, Frame::Int(port), Frame::Bulk("id".into())]);
        let range = |first, last, master| Frame::Array(vec![Frame::Int(first), Frame::Int(last), master]);
        let reply = Frame::Array(vec![
            range(0, 5460, master(Frame::Bulk("10.0.0.2".into()), 7001)),
            range(5461, 16_383, master(Frame::Nil, 7002)),
        ]);
        let expected = vec![
            (0, 5460, RedisAddress::tcp("10.0.0.2", 7001)),
            (5461, 16_383, RedisAddress::tcp("10.0.0.1", 7002)),
        ];
        assert_eq!(ranges(&reply, &asked), Some(expected));
        let beyond = Frame::Array(vec![range(0, 16_384, master(Frame::Nil, 1))]);
        assert_eq!(ranges(&beyond, &asked), None);
        assert_eq!(ranges(&Frame::Error("ERR".into()), &asked), None);
    }
}
