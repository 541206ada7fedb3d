//! One connection that many tasks share: what they send at the same time goes out in one write, and replies come back
//! in the order of the requests.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;

use credenza_core::ErrorKind;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::failure::Failure;
use super::frame::{Frame, Packet};
use super::socket::Writer;

/// So many requests may wait for their replies.
const MOST_WAITING: usize = 1 << 17;
/// So many bytes may wait to be written, before a request is refused that finds others before it.
const MOST_UNSENT: usize = 256 << 20;

/// The side of a connection that requests come in by. Its [`Pump`](super::pump::Pump) does the rest.
#[derive(Debug)]
pub(crate) struct Conn {
    state: Mutex<State>,
    /// Where a request is written in place if nobody else waits; not for connections that are encrypted.
    direct: Option<Writer>,
    /// What this run of this server is called, in cursors.
    identity: u32,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// What waits to be written.
    pub(super) unsent: Vec<u8>,
    /// How many bytes were ever accepted, and how many of them handed to the system.
    accepted: u64,
    handed: u64,
    waiting: VecDeque<Waiter>,
    /// Whether several tasks send at the same time, as far as the last replies tell.
    crowded: bool,
    /// Wakes the pump.
    pub(super) waker: Option<Waker>,
    broken: Option<Failure>,
}

#[derive(Debug)]
struct Waiter {
    /// How much must be handed over before any of it can be applied.
    first_end: u64,
    left: usize,
    frames: Vec<Frame>,
    reply: Reply,
}

#[derive(Debug)]
enum Reply {
    One(oneshot::Sender<Result<Frame, Failure>>),
    Many(oneshot::Sender<Result<Vec<Frame>, Failure>>),
    /// Nobody wants to know.
    Nobody,
}

/// An answer that can be handed over.
pub(super) enum Answer {
    One(oneshot::Sender<Result<Frame, Failure>>, Frame),
    Many(oneshot::Sender<Result<Vec<Frame>, Failure>>, Vec<Frame>),
}

impl Answer {
    /// Hands it over; whoever does not wait any more does not get it.
    pub(super) fn give(self) {
        match self {
            Answer::One(to, frame) => drop(to.send(Ok(frame))),
            Answer::Many(to, frames) => drop(to.send(Ok(frames))),
        }
    }
}

impl Conn {
    pub(super) fn new(direct: Option<Writer>, identity: u32) -> Arc<Conn> {
        Arc::new(Conn { state: Mutex::default(), direct, identity })
    }

    pub(crate) fn identity(&self) -> u32 {
        self.identity
    }

    /// Sends one command. The reply is there when the receiver is.
    pub(crate) fn send_one(
        &self,
        packet: &Packet,
    ) -> Result<oneshot::Receiver<Result<Frame, Failure>>, Failure> {
        let (sender, receiver) = oneshot::channel();
        self.send(packet, Reply::One(sender)).map(|()| receiver)
    }

    /// Sends several commands at once.
    pub(crate) fn send_many(
        &self,
        packet: &Packet,
    ) -> Result<oneshot::Receiver<Result<Vec<Frame>, Failure>>, Failure> {
        let (sender, receiver) = oneshot::channel();
        self.send(packet, Reply::Many(sender)).map(|()| receiver)
    }

    /// Sends a command whose reply does not matter.
    pub(super) fn send_for_nobody(&self, packet: &Packet) {
        // Where it cannot be sent, that does not matter either.
        let _ = self.send(packet, Reply::Nobody);
    }

    fn send(&self, packet: &Packet, reply: Reply) -> Result<(), Failure> {
        let bytes = packet.bytes();
        let mut state = self.state.lock();
        if let Some(failure) = &state.broken {
            return Err(failure.clone().sent(false));
        }
        if state.waiting.len() >= MOST_WAITING
            || !state.unsent.is_empty() && state.unsent.len() + bytes.len() > MOST_UNSENT
        {
            let message = "too many requests wait for the server already";
            return Err(Failure::unsent(ErrorKind::Busy, message));
        }
        let alone = state.waiting.is_empty();
        let first_end = state.accepted + packet.first_end() as u64;
        state.accepted += bytes.len() as u64;
        let left = packet.commands();
        state.waiting.push_back(Waiter { first_end, left, frames: Vec::new(), reply });
        // Where nobody waits for a reply, nothing is left to write: then this can go out before anything else does.
        let written = match &self.direct {
            Some(writer) if alone && !state.crowded => writer.try_write(bytes),
            _ => 0,
        };
        state.handed += written as u64;
        if written == bytes.len() {
            return Ok(());
        }
        state.unsent.extend_from_slice(&bytes[written..]);
        let waker = state.waker.take();
        // Not under the lock: a waker may do anything.
        drop(state);
        waker.into_iter().for_each(Waker::wake);
        Ok(())
    }

    /// Whether anybody waits for a reply.
    pub(super) fn is_awaited(&self) -> bool {
        !self.state.lock().waiting.is_empty()
    }

    /// Takes what is to be written into `buffer`, which is empty; leaves the waker if that is nothing. In a crowd it takes
    /// nothing unless `others_had_their_turn`; returns whether it is worth to let them.
    pub(super) fn take_unsent(
        &self,
        buffer: &mut Vec<u8>,
        waker: &Waker,
        others_had_their_turn: bool,
    ) -> bool {
        let mut state = self.state.lock();
        if state.crowded && !state.unsent.is_empty() && !others_had_their_turn {
            return true;
        }
        std::mem::swap(&mut state.unsent, buffer);
        if buffer.is_empty() {
            match &mut state.waker {
                Some(old) if old.will_wake(waker) => {}
                slot => *slot = Some(waker.clone()),
            }
        }
        false
    }

    /// So many more bytes were handed to the system.
    pub(super) fn handed(&self, count: usize) {
        self.state.lock().handed += count as u64;
    }

    /// Assigns replies to those who wait. Fails if nobody does.
    pub(super) fn assign(
        &self,
        frames: &mut Vec<Frame>,
        answers: &mut Vec<Answer>,
    ) -> Result<(), &'static str> {
        let mut state = self.state.lock();
        let before = answers.len();
        for frame in frames.drain(..) {
            let Some(first) = state.waiting.front_mut() else {
                return Err("the server sent a reply that nobody waits for");
            };
            first.left -= 1;
            if first.left > 0 {
                first.frames.push(frame);
                continue;
            }
            let Some(mut waiter) = state.waiting.pop_front() else { continue };
            match waiter.reply {
                Reply::One(to) => answers.push(Answer::One(to, frame)),
                Reply::Many(to) => {
                    waiter.frames.push(frame);
                    answers.push(Answer::Many(to, waiter.frames));
                }
                Reply::Nobody => {}
            }
        }
        state.crowded = answers.len() - before + state.waiting.len() > 1;
        Ok(())
    }

    /// Refuses all from now on, and tells everybody who waits. The pump sees it when it is polled.
    pub(crate) fn break_off(&self, failure: &Failure) {
        let (waiting, handed, waker) = {
            let mut state = self.state.lock();
            if state.broken.is_some() {
                return;
            }
            state.broken = Some(failure.clone());
            state.unsent = Vec::new();
            (std::mem::take(&mut state.waiting), state.handed, state.waker.take())
        };
        for waiter in waiting {
            let failure = failure.clone().sent(waiter.first_end <= handed);
            match waiter.reply {
                Reply::One(to) => drop(to.send(Err(failure))),
                Reply::Many(to) => drop(to.send(Err(failure))),
                Reply::Nobody => {}
            }
        }
        waker.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn broken(&self) -> Option<Failure> {
        self.state.lock().broken.clone()
    }
}
