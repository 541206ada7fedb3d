//! The connection that messages come in by: made again when it is lost, for as long as anybody listens.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use credenza_core::{ErrorKind, Message};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::hub::{Errand, Hub, Name};
use crate::error::refusal;
use crate::wire::{Connector, Exclusive, Failure, Frame, Packet, Target, open};

const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Listens on behalf of all subscribers; never ends by itself.
pub(super) async fn listen(hub: Arc<Hub>, connector: Connector, target: Target, patience: Duration) {
    let mut pause = SHORTEST_PAUSE;
    loop {
        while !hub.is_needed() {
            hub.start_over();
            hub.changed.notified().await;
        }
        if let Ok(fresh) = open(&connector, &target).await {
            hub.start_over();
            let mut line = Line { wire: fresh.wire, hub: &hub, told: VecDeque::new() };
            if line.run(patience).await.is_ok() {
                pause = SHORTEST_PAUSE;
                continue;
            }
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// One connection.
struct Line<'a> {
    wire: Exclusive,
    hub: &'a Hub,
    /// What the server was told and has not answered yet, in order; nothing for a `PING`.
    told: VecDeque<Option<Errand>>,
}

impl Line<'_> {
    /// Runs until nobody listens any more, or the connection is lost.
    async fn run(&mut self, patience: Duration) -> io::Result<()> {
        let mut clock = interval(patience);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = true;
        timeout(patience, self.tell()).await??;
        loop {
            tokio::select! {
                frame = self.wire.read() => {
                    heard = true;
                    self.receive(frame?)?;
                }
                () = self.hub.changed.notified() => {
                    if !self.hub.is_needed() {
                        return Ok(());
                    }
                    timeout(patience, self.tell()).await??;
                }
                _ = clock.tick() => {
                    // A quiet server is asked whether it is still there.
                    if !std::mem::take(&mut heard) {
                        return Err(io::ErrorKind::TimedOut.into());
                    }
                    self.told.push_back(None);
                    timeout(patience, self.wire.write(&Packet::one(&["PING"]))).await??;
                }
            }
        }
    }

    async fn tell(&mut self) -> io::Result<()> {
        let mut packet = Packet::default();
        for errand in self.hub.errands() {
            let (command, name) = match (&errand.name, errand.leaves) {
                (Name::Channel(name), false) => ("SUBSCRIBE", &name[..]),
                (Name::Channel(name), true) => ("UNSUBSCRIBE", &name[..]),
                (Name::Pattern(name), false) => ("PSUBSCRIBE", &name[..]),
                (Name::Pattern(name), true) => ("PUNSUBSCRIBE", &name[..]),
            };
            packet.push(&[command.as_bytes(), name]);
            self.told.push_back(Some(errand));
        }
        if packet.commands() == 0 { Ok(()) } else { self.wire.write(&packet).await }
    }

    fn receive(&mut self, frame: Frame) -> io::Result<()> {
        let unexpected = || io::Error::from(io::ErrorKind::InvalidData);
        let parts = match frame {
            Frame::Array(parts) => parts,
            Frame::Error(text) => {
                if let Some(errand) = self.told.pop_front().ok_or_else(unexpected)? {
                    let error = refusal(&text);
                    let failure = Failure::unsent(error.kind(), error.message().to_owned());
                    self.hub.refused(&errand, failure);
                }
                return Ok(());
            }
            // A `PING` before the first subscription.
            Frame::Status(_) => {
                self.told.pop_front().ok_or_else(unexpected)?;
                return Ok(());
            }
            _ => return Err(unexpected()),
        };
        let Some(Frame::Bulk(kind)) = parts.first() else { return Err(unexpected()) };
        match (&kind[..], &parts[1..]) {
            (b"message", [Frame::Bulk(channel), Frame::Bulk(payload)]) => {
                let message = Message { channel: channel.clone(), pattern: None, payload: payload.clone() };
                self.hub.deliver(&Name::Channel(channel.clone()), &message);
            }
            (b"pmessage", [Frame::Bulk(pattern), Frame::Bulk(channel), Frame::Bulk(payload)]) => {
                let pattern = credenza_core::Pattern::from(pattern);
                let (channel, payload) = (channel.clone(), payload.clone());
                let message = Message { channel, pattern: Some(pattern.clone()), payload };
                self.hub.deliver(&Name::Pattern(pattern), &message);
            }
            (b"subscribe" | b"unsubscribe" | b"psubscribe" | b"punsubscribe" | b"pong", _) => {
                if let Some(errand) = self.told.pop_front().ok_or_else(unexpected)? {
                    self.hub.done(&errand);
                }
            }
            _ => return Err(unexpected()),
        }
        Ok(())
    }
}

/// What to say when nobody could listen in time.
pub(super) fn too_late() -> Failure {
    Failure::unsent(ErrorKind::Unavailable, "the server did not confirm the subscription in time")
}
