//! Publish/subscribe.

mod hub;
mod listen;
mod queue;

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use credenza_core::{Error, Event, Pattern, PubSub, Result, Subscription};
use futures_core::Stream;
use parking_lot::Mutex;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};

use crate::decode::int;
use crate::error::{NAME, refusal};
use crate::store::RedisStore;
use crate::wire::{Connector, Failure, Frame, Packet, Target};
use hub::{Hub, Name};
use queue::Queue;

/// So long a publisher waits for the server to hear of those who have left.
const FAREWELL: Duration = Duration::from_millis(100);

/// Who listens in this process. The connection for messages is made when the first one does.
#[derive(Debug)]
pub(crate) struct Listeners {
    hub: Arc<Hub>,
    connector: Connector,
    target: Target,
    patience: Duration,
    task: Mutex<Option<AbortHandle>>,
}

impl Listeners {
    pub(crate) fn new(connector: Connector, target: Target, patience: Duration) -> Listeners {
        Listeners { hub: Arc::default(), connector, target, patience, task: Mutex::default() }
    }

    async fn subscribe(&self, names: Vec<Name>) -> Result<Subscription, Failure> {
        let queue = Arc::new(Queue::default());
        let (id, starts) = self.hub.enter(&queue, &names).ok_or_else(hub::closed)?;
        if starts {
            let listening =
                listen::listen(self.hub.clone(), self.connector.clone(), self.target.clone(), self.patience);
            *self.task.lock() = Some(self.connector.runtime.spawn(listening).abort_handle());
        }
        // From here on dropping it takes everything back.
        let events = Events { hub: self.hub.clone(), id, queue, names };
        match timeout(self.patience, self.hub.confirmed(&events.names)).await {
            Ok(outcome) => outcome.map(|()| Subscription::new(events)),
            Err(_) => Err(listen::too_late()),
        }
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.hub.close();
        if let Some(task) = self.task.lock().take() {
            task.abort();
        }
    }
}

#[async_trait]
impl PubSub for RedisStore {
    async fn publish(&self, channel: Bytes, payload: Bytes) -> Result<u64> {
        const PUBLISH: &str = "PUBLISH";
        let inner = &*self.inner;
        inner
            .config
            .limits
            .check_message(&channel, &payload)
            .map_err(|error| error.during(PUBLISH).on(NAME))?;
        let deadline = Instant::now() + inner.config.timeout;
        // Who has just left is not to be counted, if the server hears of it soon.
        let _ = timeout(FAREWELL, inner.listeners.hub.all_left()).await;
        let packet = Packet::one(&[PUBLISH.as_bytes(), &channel, &payload]);
        let answer = inner.driver.one(None, &packet, deadline).await;
        let (frame, _) = answer.map_err(|failure| failure.into_error().during(PUBLISH))?;
        if let Frame::Error(text) = &frame {
            return Err(refusal(text).during(PUBLISH));
        }
        let counted = int(&frame).map_err(|error| error.during(PUBLISH))?;
        let more = inner.listeners.hub.more_than_counted(&channel);
        // In a cluster the server counts its own clients alone.
        Ok(u64::try_from(counted).unwrap_or_default() + if counted > 0 { more } else { 0 })
    }

    async fn subscribe(&self, channels: Vec<Bytes>, patterns: Vec<Pattern>) -> Result<Subscription> {
        const SUBSCRIBE: &str = "SUBSCRIBE";
        if channels.is_empty() && patterns.is_empty() {
            return Err(Error::invalid("there is nothing to listen to").during(SUBSCRIBE).on(NAME));
        }
        let inner = &*self.inner;
        let checked = inner.config.limits.check_subscription(&channels, &patterns);
        checked.map_err(|error| error.during(SUBSCRIBE).on(NAME))?;
        // One that names a channel twice hears it once.
        let channels = channels.into_iter().map(Name::Channel);
        let names: HashSet<Name> = channels.chain(patterns.into_iter().map(Name::Pattern)).collect();
        let subscribed = inner.listeners.subscribe(names.into_iter().collect()).await;
        subscribed.map_err(|failure| failure.into_error().during(SUBSCRIBE))
    }
}

/// The stream behind a [`Subscription`].
struct Events {
    hub: Arc<Hub>,
    id: u64,
    queue: Arc<Queue>,
    names: Vec<Name>,
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.queue.poll(cx)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.hub.leave(self.id, &self.names);
    }
}
