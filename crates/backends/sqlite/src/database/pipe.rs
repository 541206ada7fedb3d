//! What carries rows from the thread that reads them to the task that asked for them.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use credenza_core::db::{Chunk, Columns, Outcome, Rows, Value};
use credenza_core::{Error, ErrorKind, Result};
use futures_core::Stream;
use parking_lot::{Condvar, Mutex};

use super::guard::Switch;
use crate::error::NAME;
use crate::pace::instant;

/// So many chunks wait to be read; the thread waits then.
const CAPACITY: usize = 4;
/// A thread that waits looks this often whether its database is closed.
const LOOK: Duration = Duration::from_millis(50);

/// Says to a statement that nobody waits for it any more.
pub(crate) type Stop = Arc<AtomicBool>;

/// What the thread says first: it goes on unless it says the end as well.
#[derive(Debug)]
pub(crate) struct First {
    pub(crate) columns: Columns,
    pub(crate) rows: Vec<Vec<Value>>,
    pub(crate) end: Option<Outcome>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    room: Condvar,
    stop: Stop,
    switch: Arc<Switch>,
}

#[derive(Debug, Default)]
struct State {
    first: Option<First>,
    chunks: VecDeque<Chunk>,
    failed: Option<Error>,
    /// The thread has said all.
    ended: bool,
    waker: Option<Waker>,
}

/// Where the thread puts rows in.
#[derive(Debug)]
pub(crate) struct Inlet(Arc<Shared>);

/// Where the task takes them out. Dropped, it stops the statement.
#[derive(Debug)]
pub(crate) struct Outlet(Arc<Shared>);

/// Why the thread need not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blocked {
    /// Nobody reads any more.
    Gone,
    /// The deadline passed before there was room.
    Late,
}

/// A pipe whose outlet stops the statement when it is dropped.
pub(crate) fn pipe(stop: Stop, switch: Arc<Switch>) -> (Inlet, Outlet) {
    let shared = Arc::new(Shared { state: Mutex::default(), room: Condvar::new(), stop, switch });
    (Inlet(Arc::clone(&shared)), Outlet(shared))
}

impl Inlet {
    pub(crate) fn first(&self, first: First) {
        self.change(|state| state.first = Some(first));
    }

    /// Adds rows, when there is room.
    pub(crate) fn rows(
        &self,
        rows: Vec<Vec<Value>>,
        deadline: Option<Instant>,
        closed: &AtomicBool,
    ) -> std::result::Result<(), Blocked> {
        let mut state = self.0.state.lock();
        while state.chunks.len() >= CAPACITY {
            if deadline.is_some_and(|deadline| instant() >= deadline) {
                return Err(Blocked::Late);
            }
            if self.0.stop.load(Ordering::Relaxed) || closed.load(Ordering::Relaxed) {
                return Err(Blocked::Gone);
            }
            self.0.room.wait_for(&mut state, LOOK);
        }
        state.chunks.push_back(Chunk::Rows(rows));
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// The end: nothing comes after it.
    pub(crate) fn end(self, outcome: Outcome) {
        self.change(|state| state.chunks.push_back(Chunk::End(outcome)));
    }

    /// What went wrong: nothing comes after it.
    pub(crate) fn fail(self, error: Error) {
        self.change(|state| state.failed = Some(error));
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.0.state.lock();
        change(&mut state);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        self.change(|state| state.ended = true);
    }
}

impl Outlet {
    /// What the thread says first, with the rest behind it.
    pub(crate) async fn into_rows(self) -> Result<Rows> {
        let first = std::future::poll_fn(|cx| self.poll(cx, |state| state.first.take())).await;
        let first = first.unwrap_or_else(|| Err(cut()))?;
        match first.end {
            Some(outcome) => Ok(Rows::ready(first.columns, first.rows, outcome)),
            None => {
                let ahead = (!first.rows.is_empty()).then_some(Chunk::Rows(first.rows));
                Ok(Rows::streamed(first.columns, Rest { ahead, outlet: self }))
            }
        }
    }

    fn poll<T>(
        &self,
        cx: &mut Context<'_>,
        take: impl FnOnce(&mut State) -> Option<T>,
    ) -> Poll<Option<Result<T>>> {
        let mut state = self.0.state.lock();
        if let Some(taken) = take(&mut state) {
            drop(state);
            self.0.room.notify_one();
            return Poll::Ready(Some(Ok(taken)));
        }
        if let Some(error) = state.failed.take() {
            return Poll::Ready(Some(Err(error)));
        }
        if state.ended {
            return Poll::Ready(None);
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
        self.0.switch.press();
        let left = std::mem::take(&mut self.0.state.lock().chunks);
        drop(left);
        self.0.room.notify_one();
    }
}

/// The rows after the first.
struct Rest {
    ahead: Option<Chunk>,
    outlet: Outlet,
}

impl Stream for Rest {
    type Item = Result<Chunk>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Chunk>>> {
        if let Some(chunk) = self.ahead.take() {
            return Poll::Ready(Some(Ok(chunk)));
        }
        self.outlet.poll(cx, |state| state.chunks.pop_front())
    }
}

fn cut() -> Error {
    Error::new(ErrorKind::Internal, "the thread of a statement ended before the statement").on(NAME)
}
