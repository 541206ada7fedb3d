//! Publish and subscribe over `NOTIFY` and `LISTEN`.
//!
//! One connection of its own listens, from the first subscription on; the pool would drop what it hears. All messages
//! go over one channel of the server, and are handed out in the process. A message that is too long for a notification
//! is kept in a table for a while, and the notification names its row.

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use credenza_core::semantics::glob::matches;
use credenza_core::{Error, ErrorKind, Event, Pattern, PubSub, Random, Result, Subscription};
use credenza_embedded::LocalPubSub;
use futures_core::Stream;
use futures_util::future::poll_fn;
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{timeout, timeout_at};
use tokio_postgres::tls::TlsStream;
use tokio_postgres::{AsyncMessage, Client, Connection, NoTls, Socket};

use crate::error::{Commits, closed, connecting, late, no_connection, statement};
use crate::param::{Blob, Param};
use crate::sql;
use crate::store::Shared;
use crate::ticket::instant;

/// A notification is shorter than this.
const NOTIFICATION: usize = 8000;
/// What is heard waits in a queue of so many notifications; then the server keeps them.
const HEARD: usize = 1024;
/// A connection on which nothing was heard for so long is asked whether it lives.
const SILENCE: Duration = Duration::from_secs(15);
/// The pauses between attempts to connect: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// Where messages of all processes are handed out to the subscribers of this one.
#[derive(Debug)]
pub(crate) struct Messages {
    hub: LocalPubSub,
    /// The name of a channel that nobody publishes to: what comes on it is a gap.
    gap: Bytes,
    subscribers: Arc<Mutex<Subscribers>>,
    listener: Mutex<Option<JoinHandle<()>>>,
    /// Whether the connection listens.
    listening: watch::Sender<bool>,
    /// Somebody waits for it.
    wanted: Notify,
}

/// Who listens to what, for counting.
#[derive(Debug, Default)]
struct Subscribers {
    last_id: u64,
    all: HashMap<u64, (HashSet<Bytes>, Vec<Pattern>)>,
}

impl Messages {
    pub(crate) fn new(random: &dyn Random) -> Messages {
        let name: Vec<u8> = (0..3).flat_map(|_| random.next_u64().to_be_bytes()).collect();
        Messages {
            hub: LocalPubSub::new(),
            gap: name.into(),
            subscribers: Arc::default(),
            listener: Mutex::new(None),
            listening: watch::Sender::new(false),
            wanted: Notify::new(),
        }
    }

    /// Ends all subscriptions.
    pub(crate) fn close(&self) {
        if let Some(listener) = self.listener.lock().take() {
            listener.abort();
        }
        self.hub.close();
    }

    /// Sends a message to all processes; how many subscriptions of this one it is for.
    pub(crate) async fn publish(&self, shared: &Shared, channel: Bytes, payload: Bytes) -> Result<u64> {
        let receivers = self.subscribers.lock().count(&channel);
        let body = frame(&channel, &payload);
        let text = STANDARD.encode(&body);
        let (sql, params) = if text.len() < NOTIFICATION {
            (sql::NOTIFY, vec![Param::Text(text)])
        } else {
            let now = Param::Int(shared.env.clock.now());
            (sql::NOTIFY_LONG, vec![Param::Bytes(Blob(body.into())), now])
        };
        let deadline = instant() + shared.timeout;
        let sending = async {
            let conn = shared.pool.get(deadline).await?;
            conn.engage();
            let answer = conn.query(sql, &params).await;
            if answer.as_ref().map_or_else(|error| error.as_db_error().is_some(), |_| true) {
                conn.release();
            }
            answer.map_err(|error| statement(&error, Commits::Yes))
        };
        let late = || {
            late("the deadline passed before the server answered")
                .with_effect(credenza_core::Effect::MaybeApplied)
        };
        timeout_at(deadline.into(), sending).await.unwrap_or_else(|_| Err(late()))?;
        Ok(receivers)
    }

    pub(crate) async fn subscribe(
        &self,
        shared: &Arc<Shared>,
        channels: Vec<Bytes>,
        patterns: Vec<Pattern>,
    ) -> Result<Subscription> {
        if channels.is_empty() && patterns.is_empty() {
            return Err(Error::invalid("there is nothing to listen to"));
        }
        if shared.pooler {
            let message = "a pooler does not keep a session that listens; connect around it to subscribe";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let heard = channels.iter().cloned().chain([self.gap.clone()]).collect();
        let inner = self.hub.subscribe(heard, patterns.clone()).await?;
        let id = self.subscribers.lock().enter(channels, patterns);
        let events = Events { inner, gap: self.gap.clone(), id, subscribers: Arc::clone(&self.subscribers) };
        self.start(shared);
        self.wanted.notify_one();
        // What is published from now on must be heard.
        let mut listening = self.listening.subscribe();
        match timeout(shared.connect_timeout, listening.wait_for(|listening| *listening)).await {
            Ok(Ok(_)) => Ok(Subscription::new(events)),
            Ok(Err(_)) => Err(closed()),
            Err(_) => Err(no_connection(shared.connect_timeout)),
        }
    }

    fn start(&self, shared: &Arc<Shared>) {
        let mut listener = self.listener.lock();
        if listener.is_none() {
            let of = Arc::clone(shared);
            *listener = Some(shared.pool.handle().spawn(async move { listen(&of).await }));
        }
    }

    async fn missed(&self) {
        let _ = self.hub.publish(self.gap.clone(), Bytes::new()).await;
    }
}

impl Subscribers {
    fn enter(&mut self, channels: Vec<Bytes>, patterns: Vec<Pattern>) -> u64 {
        self.last_id += 1;
        self.all.insert(self.last_id, (channels.into_iter().collect(), patterns));
        self.last_id
    }

    fn count(&self, channel: &Bytes) -> u64 {
        let heard = |(channels, patterns): &(HashSet<Bytes>, Vec<Pattern>)| {
            u64::from(channels.contains(channel))
                + patterns.iter().filter(|pattern| matches(pattern, channel)).count() as u64
        };
        self.all.values().map(heard).sum()
    }
}

/// The stream behind a subscription.
struct Events {
    inner: Subscription,
    gap: Bytes,
    id: u64,
    subscribers: Arc<Mutex<Subscribers>>,
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        loop {
            let event = match Pin::new(&mut self.inner).poll_next(cx) {
                Poll::Ready(Some(Event::Message(message))) if message.channel == self.gap => {
                    // A pattern that happens to match it hears it once more.
                    if message.pattern.is_some() {
                        continue;
                    }
                    Event::Gap
                }
                Poll::Ready(Some(event)) => event,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            };
            return Poll::Ready(Some(event));
        }
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.subscribers.lock().all.remove(&self.id);
    }
}

/// Channel and payload as one.
fn frame(channel: &[u8], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(channel.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&length[..], channel, payload].concat()
}

/// Channel and payload; `None` if they are not what [`frame`] made.
fn unframe(body: &Bytes) -> Option<(Bytes, Bytes)> {
    let (length, _) = body.split_first_chunk::<4>()?;
    let end = usize::try_from(u32::from_be_bytes(*length)).ok()?.checked_add(4)?;
    (end <= body.len()).then(|| (body.slice(4..end), body.slice(end..)))
}

/// Listens for as long as the store is open: connects, and connects again.
async fn listen(shared: &Arc<Shared>) {
    let messages = &shared.messages;
    let (mut pause, mut before) = (PAUSES.0, false);
    loop {
        if let Ok((client, heard)) = connect(shared).await {
            if before {
                messages.missed().await;
            }
            messages.listening.send_replace(true);
            (pause, before) = (PAUSES.0, true);
            hear(shared, client, heard).await;
            messages.listening.send_replace(false);
        }
        // Who has just come need not wait for an attempt.
        let _ = timeout(pause, messages.wanted.notified()).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Makes a connection that listens.
async fn connect(shared: &Shared) -> Result<(Client, mpsc::Receiver<AsyncMessage>)> {
    let patience = shared.connect_timeout;
    let work = async {
        let server = &shared.pool.server;
        let (client, heard) = match shared.pool.tls() {
            Some(tls) => {
                let (client, connection) = server.connect(tls).await?;
                (client, drive(shared, connection))
            }
            None => {
                let (client, connection) = server.connect(NoTls).await?;
                (client, drive(shared, connection))
            }
        };
        client.batch_execute(sql::LISTEN).await?;
        Ok((client, heard))
    };
    match timeout(patience, work).await {
        Ok(outcome) => outcome.map_err(|error| connecting(&error)),
        Err(_) => Err(no_connection(patience)),
    }
}

/// Drives a connection until it ends, or nobody hears any more.
fn drive<S>(shared: &Shared, mut connection: Connection<Socket, S>) -> mpsc::Receiver<AsyncMessage>
where
    S: TlsStream + Unpin + Send + 'static,
{
    let (tell, heard) = mpsc::channel(HEARD);
    shared.pool.handle().spawn(async move {
        while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
            if matches!(message, AsyncMessage::Notification(_)) && tell.send(message).await.is_err() {
                break;
            }
        }
    });
    heard
}

/// Hands out what is heard, until the connection is lost.
async fn hear(shared: &Shared, client: Client, mut heard: mpsc::Receiver<AsyncMessage>) {
    loop {
        match timeout(SILENCE, heard.recv()).await {
            Ok(Some(AsyncMessage::Notification(notification))) => {
                deliver(shared, notification.payload()).await;
            }
            Ok(Some(_)) => {}
            Ok(None) => return,
            Err(_) => match timeout(shared.connect_timeout, client.batch_execute("")).await {
                Ok(Ok(())) => {}
                _ => return,
            },
        }
    }
}

async fn deliver(shared: &Shared, text: &str) {
    let body = match text.strip_prefix('#') {
        Some(id) => kept(shared, id).await,
        None => STANDARD.decode(text).ok().map(Bytes::from),
    };
    match body.as_ref().and_then(unframe) {
        Some((channel, payload)) => {
            let _ = shared.messages.hub.publish(channel, payload).await;
        }
        // Something was said, and cannot be understood or is not there any more.
        None => shared.messages.missed().await,
    }
}

/// A message that is kept in the table.
async fn kept(shared: &Shared, id: &str) -> Option<Bytes> {
    let id = id.parse().ok()?;
    let deadline = instant() + shared.timeout;
    let work = async {
        let conn = shared.pool.get(deadline).await?;
        conn.engage();
        let rows = conn.query(sql::MESSAGE, &[Param::Int(id)]).await;
        let rows = rows.map_err(|error| statement(&error, Commits::No))?;
        conn.release();
        Ok::<_, Error>(rows)
    };
    let rows = timeout_at(deadline.into(), work).await.ok()?.ok()?;
    Some(Bytes::copy_from_slice(rows.first()?.try_get::<_, &[u8]>(0).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        let body = Bytes::from(frame(b"news", b"hello"));
        assert_eq!(unframe(&body), Some(("news".into(), "hello".into())));
        assert_eq!(unframe(&frame(b"", b"").into()), Some((Bytes::new(), Bytes::new())));
        assert_eq!(unframe(&Bytes::from_static(&[0, 0, 0, 9, 1])), None);
        assert_eq!(unframe(&Bytes::from_static(&[0])), None);
    }
}
