//! Publish and subscribe.

use std::fmt::Debug;
use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;

use crate::data::Pattern;
use crate::error::Result;

/// Delivers messages to those who listen now. Nothing is kept for those who do not.
#[async_trait]
pub trait PubSub: Debug + Send + Sync + 'static {
    /// Sends a message to a channel (Redis: `PUBLISH`). Returns how many subscriptions received it; one that
    /// matches by a channel and by a pattern counts twice, as in Redis. In a store that several processes share,
    /// the number may count this process alone.
    async fn publish(&self, channel: Bytes, payload: Bytes) -> Result<u64>;

    /// Listens to channels and patterns (Redis: `SUBSCRIBE`, `PSUBSCRIBE`). Messages that are published after it
    /// returns are seen. Dropping the subscription ends it.
    async fn subscribe(&self, channels: Vec<Bytes>, patterns: Vec<Pattern>) -> Result<Subscription>;
}

/// What a subscription sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message.
    Message(Message),
    /// Messages may have been missed here: the connection was lost for a while, or the subscriber was too slow.
    Gap,
}

/// A published message.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The channel it was published to.
    pub channel: Bytes,
    /// The pattern that matched, for a subscription by pattern.
    pub pattern: Option<Pattern>,
    /// What was published.
    pub payload: Bytes,
}

impl Debug for Message {
    /// Without the payload: it may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({} bytes on a channel of {} bytes)", self.payload.len(), self.channel.len())
    }
}

/// A stream of events. It ends when the store is closed.
#[must_use = "dropping a subscription ends it"]
pub struct Subscription(Pin<Box<dyn Stream<Item = Event> + Send>>);

impl Subscription {
    /// Wraps a stream. For stores.
    pub fn new(events: impl Stream<Item = Event> + Send + 'static) -> Subscription {
        Subscription(Box::pin(events))
    }

    /// The next event; `None` when the store is closed. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Event> {
        std::future::poll_fn(|cx| self.0.as_mut().poll_next(cx)).await
    }
}

impl Stream for Subscription {
    type Item = Event;

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Event>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subscription")
    }
}
