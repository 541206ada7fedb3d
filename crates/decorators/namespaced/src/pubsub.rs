//! [`NamespacedPubSub`].

use std::pin::Pin;
use std::task::{self, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use credenza_core::{Event, Key, Pattern, PubSub, Result, Subscription};
use futures_core::Stream;

use crate::prefix::Prefix;

/// Channels inside of those of a store: every channel and pattern gets a prefix on its way in and loses it on its way out.
///
/// Whoever holds it publishes to no other channel and hears of none.
#[derive(Debug)]
pub struct NamespacedPubSub<P> {
    inner: P,
    prefix: Prefix,
}

impl<P: PubSub> NamespacedPubSub<P> {
    /// The channels of `inner` that start with `prefix`, which is chosen as for [`Namespaced::new`](crate::Namespaced::new).
    pub fn new(inner: P, prefix: impl Into<Key>) -> NamespacedPubSub<P> {
        NamespacedPubSub { inner, prefix: Prefix::new(prefix.into()) }
    }

    /// The channels of the namespace of this name: those of [`Namespaced::named`](crate::Namespaced::named).
    pub fn named(inner: P, name: impl AsRef<[u8]>) -> NamespacedPubSub<P> {
        NamespacedPubSub { inner, prefix: Prefix::named(name.as_ref()) }
    }
}

#[async_trait]
impl<P: PubSub> PubSub for NamespacedPubSub<P> {
    async fn publish(&self, channel: Bytes, payload: Bytes) -> Result<u64> {
        self.inner.publish(self.prefix.put(&channel), payload).await
    }

    async fn subscribe(&self, channels: Vec<Bytes>, patterns: Vec<Pattern>) -> Result<Subscription> {
        let channels = channels.iter().map(|channel| self.prefix.put(channel)).collect();
        let patterns = patterns.iter().map(|pattern| self.prefix.put_pattern(pattern)).collect();
        let events = self.inner.subscribe(channels, patterns).await?;
        Ok(Subscription::new(Inside { events, prefix: self.prefix.clone() }))
    }
}

/// Events whose channels lose the prefix.
struct Inside {
    events: Subscription,
    prefix: Prefix,
}

impl Stream for Inside {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Event>> {
        loop {
            let event = match task::ready!(Pin::new(&mut self.events).poll_next(cx)) {
                Some(Event::Message(mut message)) => {
                    // Of another channel there is none, unless the store below is wrong.
                    let Some(channel) = self.prefix.take(&message.channel) else { continue };
                    message.channel = channel;
                    message.pattern = message.pattern.map(|pattern| self.prefix.take_pattern(&pattern));
                    Some(Event::Message(message))
                }
                event => event,
            };
            return Poll::Ready(event);
        }
    }
}
