//! Who listens to what: the subscribers of this process, who share one connection.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use credenza_core::semantics::glob::matches;
use credenza_core::{ErrorKind, Message, Pattern};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::queue::Queue;
use crate::wire::Failure;

/// A channel or a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Name {
    Channel(Bytes),
    Pattern(Pattern),
}

/// The subscribers, and how far the server knows of them.
#[derive(Debug, Default)]
pub(super) struct Hub {
    state: Mutex<State>,
    /// There is something to tell the server.
    pub(super) changed: Notify,
    /// The server has confirmed something, or refused it.
    settled: Notify,
}

#[derive(Debug, Default)]
struct State {
    topics: HashMap<Name, Topic>,
    last_id: u64,
    /// Those who were there when the connection was lost, each once.
    interrupted: BTreeMap<u64, Arc<Queue>>,
    closed: bool,
    /// Whether somebody listens on behalf of all.
    pub(super) running: bool,
}

#[derive(Debug, Default)]
struct Topic {
    subscribers: BTreeMap<u64, Arc<Queue>>,
    stage: Stage,
    /// Why the server does not let anybody listen to it.
    refused: Option<Failure>,
}

/// What the server knows of a topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// Nothing.
    #[default]
    New,
    /// It was told.
    Asked,
    /// It has confirmed.
    Confirmed,
    /// It was told that nobody listens any more.
    Leaving,
}

/// What the server is to be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Errand {
    pub(super) name: Name,
    pub(super) leaves: bool,
}

impl Hub {
    /// Adds a subscriber; returns its number, and whether somebody must start to listen. `None` if the hub is closed.
    pub(super) fn enter(&self, queue: &Arc<Queue>, names: &[Name]) -> Option<(u64, bool)> {
        let mut state = self.state.lock();
        if state.closed {
            return None;
        }
        state.last_id += 1;
        let id = state.last_id;
        for name in names {
            state.topics.entry(name.clone()).or_default().subscribers.insert(id, queue.clone());
        }
        let starts = !std::mem::replace(&mut state.running, true);
        drop(state);
        self.changed.notify_one();
        Some((id, starts))
    }

    pub(super) fn leave(&self, id: u64, names: &[Name]) {
        let mut state = self.state.lock();
        for name in names {
            if let Some(topic) = state.topics.get_mut(name) {
                topic.subscribers.remove(&id);
                // One that the server does not know of needs no farewell.
                if topic.subscribers.is_empty() && topic.stage == Stage::New {
                    state.topics.remove(name);
                }
            }
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Waits until the server lets us listen to all of these.
    pub(super) async fn confirmed(&self, names: &[Name]) -> Result<(), Failure> {
        loop {
            let settled = self.settled.notified();
            tokio::pin!(settled);
            settled.as_mut().enable();
            {
                let state = self.state.lock();
                if state.closed {
                    return Err(closed());
                }
                let topics = names.iter().filter_map(|name| state.topics.get(name));
                if let Some(refused) = topics.clone().find_map(|topic| topic.refused.clone()) {
                    return Err(refused);
                }
                if topics.clone().all(|topic| topic.stage == Stage::Confirmed) {
                    return Ok(());
                }
            }
            settled.await;
        }
    }

    /// Waits until the server knows of all who have left.
    pub(super) async fn all_left(&self) {
        loop {
            let settled = self.settled.notified();
            tokio::pin!(settled);
            settled.as_mut().enable();
            if !self.state.lock().topics.values().any(|topic| topic.subscribers.is_empty()) {
                return;
            }
            settled.await;
        }
    }

    /// How many subscribers a message to this channel has beyond those that the server counts: it counts this process
    /// once for each topic.
    pub(super) fn more_than_counted(&self, channel: &[u8]) -> u64 {
        let state = self.state.lock();
        let heard = state.topics.iter().filter(|(name, topic)| {
            topic.stage == Stage::Confirmed
                && match name {
                    Name::Channel(name) => name == channel,
                    Name::Pattern(pattern) => matches(pattern, channel),
                }
        });
        heard.map(|(_, topic)| (topic.subscribers.len() as u64).saturating_sub(1)).sum()
    }

    /// Whether anybody listens to anything.
    pub(super) fn is_needed(&self) -> bool {
        let state = self.state.lock();
        !state.closed && state.topics.values().any(|topic| !topic.subscribers.is_empty())
    }

    /// A new connection knows nothing.
    pub(super) fn start_over(&self) {
        let mut state = self.state.lock();
        let mut interrupted = std::mem::take(&mut state.interrupted);
        state.topics.retain(|_, topic| !topic.subscribers.is_empty());
        for topic in state.topics.values_mut() {
            if topic.stage == Stage::Confirmed {
                interrupted.extend(topic.subscribers.iter().map(|(id, queue)| (*id, queue.clone())));
            }
            (topic.stage, topic.refused) = (Stage::New, None);
        }
        state.interrupted = interrupted;
        drop(state);
        self.settled.notify_waiters();
    }

    /// What the server is to be told now.
    pub(super) fn errands(&self) -> Vec<Errand> {
        let mut state = self.state.lock();
        let mut errands = Vec::new();
        for (name, topic) in &mut state.topics {
            let (stage, leaves) = match (topic.stage, topic.subscribers.is_empty()) {
                (Stage::New, false) => (Stage::Asked, false),
                (Stage::Confirmed, true) => (Stage::Leaving, true),
                _ => continue,
            };
            topic.stage = stage;
            errands.push(Errand { name: name.clone(), leaves });
        }
        errands
    }

    /// The server has done what it was told.
    pub(super) fn done(&self, errand: &Errand) {
        let mut state = self.state.lock();
        if let Some(topic) = state.topics.get_mut(&errand.name) {
            // Somebody may have come or gone meanwhile: then there is another errand.
            topic.stage = if errand.leaves { Stage::New } else { Stage::Confirmed };
            topic.refused = None;
            if errand.leaves && topic.subscribers.is_empty() {
                state.topics.remove(&errand.name);
            }
        }
        let outstanding = state.topics.values().any(|topic| topic.stage != Stage::Confirmed);
        let interrupted = if outstanding { BTreeMap::new() } else { std::mem::take(&mut state.interrupted) };
        drop(state);
        // Now, and not before: whoever reads anew what it may have missed misses nothing from here on.
        interrupted.values().for_each(|queue| queue.gap());
        self.settled.notify_waiters();
        self.changed.notify_one();
    }

    /// The server does not do what it was told.
    pub(super) fn refused(&self, errand: &Errand, failure: Failure) {
        let mut state = self.state.lock();
        if let Some(topic) = state.topics.get_mut(&errand.name) {
            topic.stage = Stage::New;
            topic.refused = Some(failure);
            // Those who listened before the connection was lost cannot go on.
            topic.subscribers.values().for_each(|queue| queue.gap());
            if topic.subscribers.is_empty() {
                state.topics.remove(&errand.name);
            }
        }
        drop(state);
        self.settled.notify_waiters();
    }

    /// Hands a message to those who listen by this name.
    pub(super) fn deliver(&self, name: &Name, message: &Message) {
        let queues: Vec<Arc<Queue>> = match self.state.lock().topics.get(name) {
            Some(topic) => topic.subscribers.values().cloned().collect(),
            None => return,
        };
        queues.iter().for_each(|queue| queue.push(message.clone()));
    }

    /// Ends all subscriptions, and refuses new ones.
    pub(super) fn close(&self) {
        let topics = {
            let mut state = self.state.lock();
            state.closed = true;
            std::mem::take(&mut state.topics)
        };
        for topic in topics.into_values() {
            topic.subscribers.values().for_each(|queue| queue.close());
        }
        self.settled.notify_waiters();
    }
}

pub(super) fn closed() -> Failure {
    Failure::unsent(ErrorKind::Unavailable, "the store is closed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(name: &'static str) -> Name {
        Name::Channel(name.into())
    }

    fn errand(name: Name, leaves: bool) -> Errand {
        Errand { name, leaves }
    }

    #[test]
    fn the_server_is_told_once() {
        let hub = Hub::default();
        let queue = Arc::new(Queue::default());
        let (first, starts) = hub.enter(&queue, &[channel("a")]).unwrap();
        assert!(starts);
        assert_eq!(hub.errands(), [errand(channel("a"), false)]);
        let (second, starts) = hub.enter(&queue, &[channel("a")]).unwrap();
        assert!(!starts);
        assert_eq!(hub.errands(), []);
        hub.done(&errand(channel("a"), false));
        assert_eq!(hub.more_than_counted(b"a"), 1);
        hub.leave(first, &[channel("a")]);
        assert_eq!(hub.errands(), []);
        hub.leave(second, &[channel("a")]);
        assert!(!hub.is_needed());
        assert_eq!(hub.errands(), [errand(channel("a"), true)]);
    }

    #[test]
    fn who_comes_while_another_leaves_is_told_anew() {
        let hub = Hub::default();
        let queue = Arc::new(Queue::default());
        let (id, _) = hub.enter(&queue, &[channel("a")]).unwrap();
        hub.errands();
        hub.done(&errand(channel("a"), false));
        hub.leave(id, &[channel("a")]);
        assert_eq!(hub.errands(), [errand(channel("a"), true)]);
        hub.enter(&queue, &[channel("a")]).unwrap();
        assert_eq!(hub.errands(), []);
        hub.done(&errand(channel("a"), true));
        assert_eq!(hub.errands(), [errand(channel("a"), false)]);
    }

    #[tokio::test]
    async fn a_gap_comes_when_all_is_as_it_was() {
        let hub = Hub::default();
        let queue = Arc::new(Queue::default());
        let names = [channel("a"), channel("b")];
        hub.enter(&queue, &names).unwrap();
        hub.errands();
        names.iter().for_each(|name| hub.done(&errand(name.clone(), false)));
        hub.start_over();
        assert_eq!(hub.state.lock().interrupted.len(), 1);
        assert_eq!(hub.errands().len(), 2);
        hub.done(&errand(channel("a"), false));
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(queue.poll(&mut cx).is_pending());
        hub.done(&errand(channel("b"), false));
        assert_eq!(queue.poll(&mut cx), std::task::Poll::Ready(Some(credenza_core::Event::Gap)));
        // Once, although it listens to both.
        assert!(queue.poll(&mut cx).is_pending());
        assert!(hub.state.lock().interrupted.is_empty());
        hub.confirmed(&names).await.unwrap();
    }

    #[tokio::test]
    async fn what_the_server_refuses_fails() {
        let hub = Hub::default();
        let names = [channel("a")];
        hub.enter(&Arc::default(), &names).unwrap();
        hub.errands();
        hub.refused(&errand(channel("a"), false), Failure::unsent(ErrorKind::Denied, "no"));
        assert_eq!(hub.confirmed(&names).await.unwrap_err().kind, ErrorKind::Denied);
        hub.close();
        assert!(hub.enter(&Arc::default(), &names).is_none());
    }
}
