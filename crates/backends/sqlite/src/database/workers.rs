//! Threads for statements that take long.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use credenza_core::{Error, ErrorKind, Result};
use parking_lot::{Condvar, Mutex};

use crate::error::NAME;

/// A thread without work ends after so long.
const IDLE: Duration = Duration::from_secs(10);

type Work = Box<dyn FnOnce() + Send>;

/// Threads that are started when there is work for them. Each piece of work holds a connection, so there are no more
/// of them than connections.
#[derive(Clone, Default)]
pub(crate) struct Workers {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Work>,
    idle: usize,
}

impl Workers {
    /// Does a piece of work on a thread.
    pub(crate) fn run(&self, work: impl FnOnce() + Send + 'static) -> Result<()> {
        let mut state = self.inner.state.lock();
        state.waiting.push_back(Box::new(work));
        if state.idle >= state.waiting.len() {
            drop(state);
            self.inner.filled.notify_one();
            return Ok(());
        }
        let inner = Arc::clone(&self.inner);
        let thread = std::thread::Builder::new().name("sqlite-statement".to_owned());
        thread.spawn(move || inner.work()).map(drop).map_err(|error| {
            let work = state.waiting.pop_back();
            drop(state);
            drop(work);
            Error::new(ErrorKind::Unavailable, "a thread for the statement could not be started")
                .on(NAME)
                .with_source(error)
        })
    }
}

impl Inner {
    fn work(&self) {
        let mut state = self.state.lock();
        loop {
            if let Some(work) = state.waiting.pop_front() {
                drop(state);
                // Whoever waits hears of a panic by what the work held and dropped.
                let _ = catch_unwind(AssertUnwindSafe(work));
                state = self.state.lock();
                continue;
            }
            state.idle += 1;
            let late = self.filled.wait_for(&mut state, IDLE).timed_out();
            state.idle -= 1;
            if late && state.waiting.is_empty() {
                return;
            }
        }
    }
}

impl std::fmt::Debug for Workers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workers").field("waiting", &self.inner.state.lock().waiting.len()).finish()
    }
}
