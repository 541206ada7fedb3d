//! Publish and subscribe inside of one process.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use bytes::Bytes;
use credenza_core::semantics::glob::matches;
use credenza_core::{Error, ErrorKind, Event, Message, Pattern, PubSub, Result, Subscription};
use futures_core::Stream;
use parking_lot::Mutex;

/// A hub for messages inside of one process: what the embedded stores answer `PUBLISH` and `SUBSCRIBE` with.
///
/// Every subscriber has a queue of its own. A publisher never waits: where a queue is full, its oldest messages
/// give way, and the subscriber sees one [`Event::Gap`] in their place. All subscribers see messages in one order.
/// The streams of events end, after what is queued, when the hub is closed or dropped.
///
/// ```
/// use credenza_core::{Event, PubSub};
/// use credenza_embedded::LocalPubSub;
///
/// # async fn example() -> credenza_core::Result<()> {
/// let hub = LocalPubSub::new();
/// let mut events = hub.subscribe(vec!["orders".into()], vec![]).await?;
/// assert_eq!(hub.publish("orders".into(), "17".into()).await?, 1);
/// assert!(matches!(events.next().await, Some(Event::Message(message)) if message.payload == "17"));
/// # Ok(()) }
/// ```
pub struct LocalPubSub {
    hub: Arc<Mutex<Hub>>,
    room: Room,
}

/// How much a queue holds.
#[derive(Clone, Copy, Debug)]
struct Room {
    messages: usize,
    bytes: usize,
}

impl LocalPubSub {
    /// A hub whose queues hold 1,024 messages or 32 MiB, whichever is less.
    pub fn new() -> LocalPubSub {
        LocalPubSub::with_room(1024, 32 << 20)
    }

    /// A hub whose queues hold so many messages, and so many bytes of channel names and payloads. The newest
    /// message is always kept, however large it is.
    pub fn with_room(messages: usize, bytes: usize) -> LocalPubSub {
        LocalPubSub { hub: Arc::default(), room: Room { messages, bytes } }
    }

    /// Ends all subscriptions. What is published or subscribed to from now on fails as `Unavailable`.
    pub fn close(&self) {
        let mut hub = self.hub.lock();
        hub.closed = true;
        let channels = std::mem::take(&mut hub.channels);
        let patterns = std::mem::take(&mut hub.patterns);
        drop(hub);
        for queue in channels.values().chain(patterns.values()).flat_map(BTreeMap::values) {
            queue.close();
        }
    }
}

impl Default for LocalPubSub {
    fn default() -> LocalPubSub {
        LocalPubSub::new()
    }
}

impl Drop for LocalPubSub {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for LocalPubSub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalPubSub").field("room", &self.room).finish_non_exhaustive()
    }
}

#[async_trait]
impl PubSub for LocalPubSub {
    async fn publish(&self, channel: Bytes, payload: Bytes) -> Result<u64> {
        let mut wakers = Vec::new();
        let receivers =
            self.hub.lock().deliver(&channel, &payload, self.room, &mut wakers).ok_or_else(closed)?;
        // Not under the lock: a waker may do anything, also drop a subscription.
        wakers.into_iter().for_each(Waker::wake);
        Ok(receivers)
    }

    async fn subscribe(&self, channels: Vec<Bytes>, patterns: Vec<Pattern>) -> Result<Subscription> {
        if channels.is_empty() && patterns.is_empty() {
            return Err(Error::invalid("there is nothing to listen to"));
        }
        let queue = Arc::new(Queue::default());
        let id = self.hub.lock().enter(&queue, &channels, &patterns).ok_or_else(closed)?;
        Ok(Subscription::new(Events { hub: self.hub.clone(), id, queue, channels, patterns }))
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Unavailable, "the store is closed")
}

/// The subscribers of a channel or a pattern, in the order in which they came.
type Subscribers = BTreeMap<u64, Arc<Queue>>;

#[derive(Default)]
struct Hub {
    channels: HashMap<Bytes, Subscribers>,
    patterns: HashMap<Pattern, Subscribers>,
    last_id: u64,
    closed: bool,
}

impl Hub {
    /// Adds a subscriber; `None` if the hub is closed. One that names a channel twice hears it once.
    fn enter(&mut self, queue: &Arc<Queue>, channels: &[Bytes], patterns: &[Pattern]) -> Option<u64> {
        if self.closed {
            return None;
        }
        self.last_id += 1;
        for channel in channels {
            self.channels.entry(channel.clone()).or_default().insert(self.last_id, queue.clone());
        }
        for pattern in patterns {
            self.patterns.entry(pattern.clone()).or_default().insert(self.last_id, queue.clone());
        }
        Some(self.last_id)
    }

    fn leave(&mut self, id: u64, channels: &[Bytes], patterns: &[Pattern]) {
        for channel in channels {
            remove(&mut self.channels, channel, id);
        }
        for pattern in patterns {
            remove(&mut self.patterns, pattern, id);
        }
    }

    /// Queues a message for all who listen; returns how often, or `None` if the hub is closed.
    fn deliver(&self, channel: &Bytes, payload: &Bytes, room: Room, wakers: &mut Vec<Waker>) -> Option<u64> {
        if self.closed {
            return None;
        }
        let message = |pattern: Option<&Pattern>| Message {
            channel: channel.clone(),
            pattern: pattern.cloned(),
            payload: payload.clone(),
        };
        let mut receivers = 0;
        for queue in self.channels.get(channel).into_iter().flat_map(BTreeMap::values) {
            wakers.extend(queue.push(message(None), room));
            receivers += 1;
        }
        for (pattern, subscribers) in self.patterns.iter().filter(|(pattern, _)| matches(pattern, channel)) {
            for queue in subscribers.values() {
                wakers.extend(queue.push(message(Some(pattern)), room));
                receivers += 1;
            }
        }
        Some(receivers)
    }
}

fn remove<N: std::hash::Hash + Eq>(all: &mut HashMap<N, Subscribers>, name: &N, id: u64) {
    if let Some(subscribers) = all.get_mut(name) {
        subscribers.remove(&id);
        if subscribers.is_empty() {
            all.remove(name);
        }
    }
}

/// What waits for one subscriber.
#[derive(Default)]
struct Queue(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    messages: VecDeque<Message>,
    bytes: usize,
    /// Whether messages that stood before the first one gave way.
    missed: bool,
    closed: bool,
    waker: Option<Waker>,
}

impl Queue {
    /// Adds a message; returns whom to wake.
    fn push(&self, message: Message, room: Room) -> Option<Waker> {
        let mut waiting = self.0.lock();
        waiting.bytes += size(&message);
        waiting.messages.push_back(message);
        while waiting.messages.len() > 1
            && (waiting.messages.len() > room.messages || waiting.bytes > room.bytes)
        {
            waiting.pop();
            waiting.missed = true;
        }
        waiting.waker.take()
    }

    fn close(&self) {
        let waker = {
            let mut waiting = self.0.lock();
            waiting.closed = true;
            waiting.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Waiting {
    fn pop(&mut self) -> Option<Message> {
        let message = self.messages.pop_front()?;
        self.bytes -= size(&message);
        Some(message)
    }
}

fn size(message: &Message) -> usize {
    message.channel.len() + message.payload.len()
}

/// The stream behind a [`Subscription`].
struct Events {
    hub: Arc<Mutex<Hub>>,
    id: u64,
    queue: Arc<Queue>,
    channels: Vec<Bytes>,
    patterns: Vec<Pattern>,
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        let mut waiting = self.queue.0.lock();
        if std::mem::take(&mut waiting.missed) {
            return Poll::Ready(Some(Event::Gap));
        }
        if let Some(message) = waiting.pop() {
            return Poll::Ready(Some(Event::Message(message)));
        }
        if waiting.closed {
            return Poll::Ready(None);
        }
        let old = match &waiting.waker {
            Some(waker) if waker.will_wake(cx.waker()) => None,
            _ => waiting.waker.replace(cx.waker().clone()),
        };
        // Not under the lock, as with waking.
        drop(waiting);
        drop(old);
        Poll::Pending
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.hub.lock().leave(self.id, &self.channels, &self.patterns);
    }
}
