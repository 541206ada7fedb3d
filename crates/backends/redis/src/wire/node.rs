//! A server, and the connection to it: made again whenever it is lost, for as long as somebody holds the node.

use std::sync::Arc;
use std::time::Duration;

use credenza_core::{ErrorKind, Random, ThreadRandom};
use tokio::sync::{oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout_at};

use super::cluster::Members;
use super::conn::Conn;
use super::connect::{Connector, Fresh, Server};
use super::failure::Failure;
use super::frame::{Frame, Packet};
use super::pump::Pump;
use super::sentinel::Sentinels;
use crate::config::RedisAddress;

/// The pause after the first failure to connect; it doubles with each.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Where to connect to.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// Always the same server.
    Fixed(RedisAddress),
    /// Whoever is the master now.
    Master(Arc<Sentinels>),
    /// Any server of a cluster.
    Any(Members),
}

/// A server that is connected to, or will be again.
#[derive(Debug)]
pub(crate) struct Node {
    state: watch::Receiver<State>,
    keeper: AbortHandle,
}

#[derive(Clone, Debug)]
enum State {
    Up(Arc<Conn>),
    Down(Failure),
}

impl Node {
    /// Connects. The first attempt must succeed, so that what is wrong with the configuration is told at once.
    pub(crate) async fn connect(
        connector: Connector,
        target: Target,
        patience: Duration,
    ) -> Result<(Node, Server), Failure> {
        let fresh = open(&connector, &target).await?;
        let server = fresh.server.clone();
        let (conn, pump) = start(fresh, patience);
        let (sender, state) = watch::channel(State::Up(conn));
        let runtime = connector.runtime.clone();
        let keeper = runtime.spawn(keep(connector, target, patience, sender, Some(pump))).abort_handle();
        Ok((Node { state, keeper }, server))
    }

    /// A node that is connected to in the background.
    pub(crate) fn connect_later(connector: Connector, target: Target, patience: Duration) -> Node {
        let down = Failure::unsent(ErrorKind::Unavailable, "the server is not connected to yet");
        let (sender, state) = watch::channel(State::Down(down));
        let runtime = connector.runtime.clone();
        let keeper = runtime.spawn(keep(connector, target, patience, sender, None)).abort_handle();
        Node { state, keeper }
    }

    /// The connection, if there is one now.
    pub(crate) fn now(&self) -> Option<Arc<Conn>> {
        match &*self.state.borrow() {
            State::Up(conn) => Some(conn.clone()),
            State::Down(_) => None,
        }
    }

    /// The connection; waits for one until the deadline, unless waiting is of no use.
    pub(crate) async fn conn(&self, deadline: Instant) -> Result<Arc<Conn>, Failure> {
        match self.now() {
            Some(conn) => Ok(conn),
            None => Box::pin(self.wait_for_conn(deadline)).await,
        }
    }

    async fn wait_for_conn(&self, deadline: Instant) -> Result<Arc<Conn>, Failure> {
        let mut state = self.state.clone();
        loop {
            let last = match &*state.borrow_and_update() {
                State::Up(conn) => return Ok(conn.clone()),
                State::Down(failure) if failure.is_permanent() => return Err(failure.clone()),
                State::Down(failure) => failure.clone(),
            };
            if !matches!(timeout_at(deadline, state.changed()).await, Ok(Ok(()))) {
                return Err(last);
            }
        }
    }

    /// Sends one command and waits for its reply; tells which run of which server gave it.
    pub(crate) async fn one(&self, packet: &Packet, deadline: Instant) -> Result<(Frame, u32), Failure> {
        loop {
            let conn = self.conn(deadline).await?;
            let outcome = match conn.send_one(packet) {
                Ok(receiver) => answer(receiver, deadline).await,
                Err(failure) => Err(failure),
            };
            match outcome {
                Ok(frame) => {
                    if is_demotion(&frame) {
                        conn.break_off(&demoted());
                    }
                    return Ok((frame, conn.identity()));
                }
                Err(failure) => Box::pin(self.may_repeat(failure, &conn, deadline)).await?,
            }
        }
    }

    /// Sends several commands at once and waits for their replies.
    pub(crate) async fn many(
        &self,
        packet: &Packet,
        deadline: Instant,
    ) -> Result<(Vec<Frame>, u32), Failure> {
        loop {
            let conn = self.conn(deadline).await?;
            let outcome = match conn.send_many(packet) {
                Ok(receiver) => answer(receiver, deadline).await,
                Err(failure) => Err(failure),
            };
            match outcome {
                Ok(frames) => {
                    if frames.iter().any(is_demotion) {
                        conn.break_off(&demoted());
                    }
                    return Ok((frames, conn.identity()));
                }
                Err(failure) => Box::pin(self.may_repeat(failure, &conn, deadline)).await?,
            }
        }
    }

    /// Passes a failure on, unless the request never left, and there is another connection in time.
    async fn may_repeat(&self, failure: Failure, conn: &Arc<Conn>, deadline: Instant) -> Result<(), Failure> {
        if failure.sent || failure.kind != ErrorKind::Unavailable {
            return Err(failure);
        }
        let mut state = self.state.clone();
        let replaced = state.wait_for(|state| !matches!(state, State::Up(now) if Arc::ptr_eq(now, conn)));
        match timeout_at(deadline, replaced).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(failure),
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// The answer of a server that was the master: another one is by now, or will be.
fn is_demotion(frame: &Frame) -> bool {
    matches!(frame, Frame::Error(text) if text.starts_with(b"READONLY"))
}

fn demoted() -> Failure {
    Failure::unsent(ErrorKind::Unavailable, "the server became a replica")
}

/// Waits for what was sent to be answered.
async fn answer<T>(receiver: oneshot::Receiver<Result<T, Failure>>, deadline: Instant) -> Result<T, Failure> {
    match timeout_at(deadline, receiver).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(Failure::unsent(ErrorKind::Unavailable, "the store is closed").sent(true)),
        Err(_) => Err(Failure::unsent(ErrorKind::Timeout, "the server did not answer in time").sent(true)),
    }
}

/// Connects to the target, wherever it is now.
pub(crate) async fn open(connector: &Connector, target: &Target) -> Result<Fresh, Failure> {
    match target {
        Target::Any(members) => {
            let mut last = Failure::unsent(ErrorKind::Unavailable, "the cluster has no servers");
            for address in members.addresses() {
                match connector.connect(&address).await {
                    Ok(fresh) => return Ok(fresh),
                    Err(failure) => last = failure,
                }
            }
            Err(last)
        }
        Target::Fixed(address) => connector.connect(address).await,
        Target::Master(sentinels) => sentinels.connect_to_master(connector).await,
    }
}

fn start(fresh: Fresh, patience: Duration) -> (Arc<Conn>, Pump) {
    let Fresh { wire, server } = fresh;
    let (socket, input) = wire.into_parts();
    let conn = Conn::new(socket.writer(), server.identity());
    let pump = Pump::new(conn.clone(), socket, input, patience);
    (conn, pump)
}

/// Keeps a server connected.
async fn keep(
    connector: Connector,
    target: Target,
    patience: Duration,
    state: watch::Sender<State>,
    mut pump: Option<Pump>,
) {
    let mut pause = SHORTEST_PAUSE;
    loop {
        let failure = match pump.take() {
            Some(pump) => {
                let since = Instant::now();
                let failure = pump.run().await;
                if since.elapsed() > LONGEST_PAUSE {
                    pause = SHORTEST_PAUSE;
                }
                failure
            }
            None => match open(&connector, &target).await {
                Ok(fresh) => {
                    let (conn, made) = start(fresh, patience);
                    pump = Some(made);
                    state.send_replace(State::Up(conn));
                    continue;
                }
                Err(failure) => failure,
            },
        };
        state.send_replace(State::Down(failure));
        // Not all clients of a server that comes back should come back at the same moment.
        let jitter = ThreadRandom.below(pause.as_millis() as u64 / 2 + 1);
        sleep(pause + Duration::from_millis(jitter)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
