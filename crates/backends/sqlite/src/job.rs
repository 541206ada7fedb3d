//! A request that waits for a thread of the store, and the future that waits for its answer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use credenza_core::{Effect, Error, ErrorKind, Request, Response, Result};
use parking_lot::Mutex;

use crate::error::NAME;

/// A request on its way. Whoever changes its state first decides: a deadline that comes before the start means for
/// certain that nothing was applied.
#[derive(Debug)]
pub(crate) struct Job {
    deadline: Option<Instant>,
    writes: bool,
    /// The name of the command, for errors.
    command: Option<&'static str>,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Queued(Request, Option<Waker>),
    Running(Option<Waker>),
    Done(Result<Response>),
    /// Nobody waits any more.
    Gone,
}

impl Job {
    pub(crate) fn new(request: Request, deadline: Option<Instant>, writes: bool) -> Job {
        let command = command(&request);
        Job { deadline, writes, command, state: Mutex::new(State::Queued(request, None)) }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Takes the request out to be executed; `None` if nobody wants it any more.
    pub(crate) fn start(&self) -> Option<Request> {
        let mut state = self.state.lock();
        match std::mem::replace(&mut *state, State::Gone) {
            State::Queued(request, waker) => {
                *state = State::Running(waker);
                Some(request)
            }
            other => {
                *state = other;
                None
            }
        }
    }

    /// Gives the answer.
    pub(crate) fn finish(&self, answer: Result<Response>) {
        self.settle(answer, |state| matches!(state, State::Queued(..) | State::Running(_)));
    }

    /// Gives up if the deadline has passed.
    pub(crate) fn expire(&self, now: Instant) {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return;
        }
        let late = |message: &'static str| Error::new(ErrorKind::Timeout, message).on(NAME);
        self.settle(Err(late("the deadline passed before the request was started")), |state| {
            matches!(state, State::Queued(..))
        });
        let effect = if self.writes { Effect::MaybeApplied } else { Effect::NotApplied };
        let answer = Err(late("the deadline passed while the request was executed").with_effect(effect));
        self.settle(answer, |state| matches!(state, State::Running(_)));
    }

    fn settle(&self, answer: Result<Response>, when: impl FnOnce(&State) -> bool) {
        let mut state = self.state.lock();
        if !when(&state) {
            return;
        }
        let old = std::mem::replace(&mut *state, State::Done(answer));
        drop(state);
        if let State::Queued(_, Some(waker)) | State::Running(Some(waker)) = old {
            waker.wake();
        }
    }
}

/// The name of a command that is alone in its request.
pub(crate) fn command(request: &Request) -> Option<&'static str> {
    match request {
        Request::One(command) => Some(command.info().name),
        Request::Batch(_) => None,
    }
}

/// The error, with the name of the command.
pub(crate) fn named(error: Error, command: Option<&'static str>) -> Error {
    match command {
        Some(command) => error.during(command),
        None => error,
    }
}

/// Waits for the answer. Dropped before the start, it takes the request back.
#[derive(Debug)]
pub(crate) struct Answer(pub(crate) Arc<Job>);

impl Future for Answer {
    type Output = Result<Response>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Response>> {
        let mut state = self.0.state.lock();
        match &mut *state {
            State::Queued(_, waker) | State::Running(waker) => {
                match waker {
                    Some(waker) => waker.clone_from(cx.waker()),
                    None => *waker = Some(cx.waker().clone()),
                }
                Poll::Pending
            }
            State::Done(_) => match std::mem::replace(&mut *state, State::Gone) {
                State::Done(answer) => Poll::Ready(answer.map_err(|error| named(error, self.0.command))),
                _ => unreachable!("matched above"),
            },
            State::Gone => Poll::Ready(Err(Error::internal("an answer was awaited twice").on(NAME))),
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let old = std::mem::replace(&mut *self.0.state.lock(), State::Gone);
        // What it held is dropped without the lock.
        drop(old);
    }
}
