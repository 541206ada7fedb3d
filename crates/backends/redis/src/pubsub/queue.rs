//! What waits for one subscriber.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use credenza_core::{Event, Message};
use parking_lot::Mutex;

/// How many messages a queue holds, and how many bytes of them.
const MOST_MESSAGES: usize = 1024;
const MOST_BYTES: usize = 32 << 20;

/// The events for a subscriber. Where it is full, the oldest messages give way to a gap.
#[derive(Debug, Default)]
pub(super) struct Queue(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<Event>,
    bytes: usize,
    /// Whether messages that stood before the first event gave way.
    missed: bool,
    closed: bool,
    waker: Option<Waker>,
}

impl Queue {
    pub(super) fn push(&self, message: Message) {
        let mut waiting = self.0.lock();
        waiting.bytes += size(&message);
        waiting.events.push_back(Event::Message(message));
        // The newest is kept, however large it is.
        while waiting.events.len() > 1 && (waiting.events.len() > MOST_MESSAGES || waiting.bytes > MOST_BYTES)
        {
            waiting.pop();
            waiting.missed = true;
        }
        let waker = waiting.waker.take();
        // Not under the lock: a waker may do anything.
        drop(waiting);
        waker.into_iter().for_each(Waker::wake);
    }

    /// Messages may have been missed by now.
    pub(super) fn gap(&self) {
        let mut waiting = self.0.lock();
        if waiting.events.back() != Some(&Event::Gap) {
            waiting.events.push_back(Event::Gap);
        }
        let waker = waiting.waker.take();
        drop(waiting);
        waker.into_iter().for_each(Waker::wake);
    }

    pub(super) fn close(&self) {
        let waker = {
            let mut waiting = self.0.lock();
            waiting.closed = true;
            waiting.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        let mut waiting = self.0.lock();
        if std::mem::take(&mut waiting.missed) {
            return Poll::Ready(Some(Event::Gap));
        }
        if let Some(event) = waiting.pop() {
            return Poll::Ready(Some(event));
        }
        if waiting.closed {
            return Poll::Ready(None);
        }
        let old = match &waiting.waker {
            Some(waker) if waker.will_wake(cx.waker()) => None,
            _ => waiting.waker.replace(cx.waker().clone()),
        };
        drop(waiting);
        drop(old);
        Poll::Pending
    }
}

impl Waiting {
    fn pop(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        if let Event::Message(message) = &event {
            self.bytes -= size(message);
        }
        Some(event)
    }
}

fn size(message: &Message) -> usize {
    message.channel.len() + message.payload.len()
}
