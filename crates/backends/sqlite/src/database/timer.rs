//! Points in time at which something is done: for waits that end at a deadline, without an async runtime.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::pace::instant;

/// The thread ends when it had nothing to do for so long.
const IDLE: Duration = Duration::from_secs(10);

type Action = Box<dyn FnOnce() + Send>;

/// A thread that does things at points in time. It runs while there are any.
#[derive(Clone, Default)]
pub(crate) struct Timer {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    due: BTreeMap<(Instant, u64), Action>,
    next: u64,
    running: bool,
}

/// An action to come. Dropped, it is taken back.
pub(crate) struct Alarm {
    inner: Arc<Inner>,
    key: (Instant, u64),
}

impl Timer {
    /// Does something at a point in time, on the timer's thread, so it must not take long.
    pub(crate) fn at(&self, when: Instant, action: impl FnOnce() + Send + 'static) -> Alarm {
        let mut state = self.inner.state.lock();
        let key = (when, state.next);
        state.next += 1;
        let first = state.due.keys().next().is_none_or(|first| key < *first);
        state.due.insert(key, Box::new(action));
        if !state.running {
            let inner = Arc::clone(&self.inner);
            let thread = std::thread::Builder::new().name("sqlite-timer".to_owned());
            // Without a thread, deadlines are met by the statements themselves, and by the next alarm.
            state.running = thread.spawn(move || inner.work()).is_ok();
        } else if first {
            self.inner.changed.notify_one();
        }
        Alarm { inner: Arc::clone(&self.inner), key }
    }

    /// Waits for a future until a deadline; `None` if it came first.
    pub(crate) async fn until<F: Future>(&self, deadline: Option<Instant>, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        let Some(deadline) = deadline else { return Some(future.await) };
        let mut alarm = None;
        std::future::poll_fn(|cx| {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Some(output));
            }
            if instant() >= deadline {
                return Poll::Ready(None);
            }
            let waker = cx.waker().clone();
            alarm = Some(self.at(deadline, move || waker.wake()));
            Poll::Pending
        })
        .await
    }
}

impl Inner {
    fn work(&self) {
        let mut state = self.state.lock();
        loop {
            let now = instant();
            match state.due.first_entry() {
                Some(entry) if entry.key().0 <= now => {
                    let action = entry.remove();
                    drop(state);
                    action();
                    state = self.state.lock();
                }
                Some(entry) => {
                    let when = entry.key().0;
                    self.changed.wait_until(&mut state, when);
                }
                None => {
                    if self.changed.wait_for(&mut state, IDLE).timed_out() && state.due.is_empty() {
                        state.running = false;
                        return;
                    }
                }
            }
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let action = self.inner.state.lock().due.remove(&self.key);
        // What it holds is dropped without the lock.
        drop(action);
    }
}

impl std::fmt::Debug for Timer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Timer").field("due", &self.inner.state.lock().due.len()).finish()
    }
}

impl std::fmt::Debug for Alarm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Alarm")
    }
}
