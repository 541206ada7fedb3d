//! What waits to be merged into one statement.

use std::collections::VecDeque;

use credenza_core::Result;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::error::{closed, crowded};

/// So many jobs wait at most; and so many bytes, unless one job alone has more.
const MOST: usize = 50_000;
const MOST_BYTES: usize = 256 << 20;
/// So much goes into one statement, about.
const AT_ONCE: usize = 1024;
const AT_ONCE_BYTES: usize = 4 << 20;

/// Jobs of callers. Who finds nobody else may work at once; the others wait for the task that takes all there are.
#[derive(Debug)]
pub(crate) struct Queue<J> {
    state: Mutex<State<J>>,
    changed: Notify,
    /// Nothing is taken while somebody works, so that jobs are done in the order in which they came.
    in_turn: bool,
}

#[derive(Debug)]
struct State<J> {
    jobs: VecDeque<(J, usize)>,
    bytes: usize,
    /// How many work.
    working: usize,
    closed: bool,
}

/// Somebody works.
#[derive(Debug)]
pub(crate) struct Turn<'a, J>(&'a Queue<J>);

impl<J> Drop for Turn<'_, J> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.working -= 1;
        let waiting = !state.jobs.is_empty();
        drop(state);
        if waiting {
            self.0.changed.notify_one();
        }
    }
}

impl<J> Queue<J> {
    pub(crate) fn new(in_turn: bool) -> Queue<J> {
        let state = State { jobs: VecDeque::new(), bytes: 0, working: 0, closed: false };
        Queue { state: Mutex::new(state), changed: Notify::new(), in_turn }
    }

    /// Leave to work at once, if nobody else works or waits.
    pub(crate) fn alone(&self) -> Option<Turn<'_, J>> {
        let mut state = self.state.lock();
        if state.working > 0 || !state.jobs.is_empty() || state.closed {
            return None;
        }
        state.working += 1;
        Some(Turn(self))
    }

    /// Adds a job of so many bytes.
    ///
    /// # Errors
    /// `Busy` if too many wait, `Unavailable` if the store is closed.
    pub(crate) fn push(&self, job: J, bytes: usize) -> Result<()> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(closed());
        }
        if state.jobs.len() >= MOST || (state.bytes > 0 && state.bytes + bytes > MOST_BYTES) {
            return Err(crowded());
        }
        state.bytes += bytes;
        state.jobs.push_back((job, bytes));
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Waits for jobs and takes them; `None` when the queue is closed. Those that `wanted` refuses are dropped.
    pub(crate) async fn take(&self, mut wanted: impl FnMut(&J) -> bool) -> Option<(Vec<J>, Turn<'_, J>)> {
        loop {
            {
                let mut state = self.state.lock();
                if state.closed {
                    return None;
                }
                if !self.in_turn || state.working == 0 {
                    let (mut jobs, mut bytes) = (Vec::new(), 0);
                    while jobs.len() < AT_ONCE && bytes < AT_ONCE_BYTES {
                        let Some((job, size)) = state.jobs.pop_front() else { break };
                        state.bytes -= size;
                        if wanted(&job) {
                            bytes += size;
                            jobs.push(job);
                        }
                    }
                    if !jobs.is_empty() {
                        state.working += 1;
                        return Some((jobs, Turn(self)));
                    }
                }
            }
            self.changed.notified().await;
        }
    }

    /// Refuses what comes, and drops what waits.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        let jobs = std::mem::take(&mut state.jobs);
        drop(state);
        drop(jobs);
        self.changed.notify_waiters();
        self.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_works_at_once_and_the_others_are_taken_together() {
        let queue = Queue::new(true);
        let turn = queue.alone().unwrap();
        assert!(queue.alone().is_none());
        for job in 0..5 {
            queue.push(job, 1).unwrap();
        }
        let taken = queue.take(|job| *job != 3);
        let mut taken = std::pin::pin!(taken);
        assert!(futures_util::poll!(taken.as_mut()).is_pending(), "somebody works");
        drop(turn);
        let (jobs, turn) = taken.await.unwrap();
        assert_eq!(jobs, [0, 1, 2, 4]);
        assert!(queue.alone().is_none());
        drop(turn);
        assert!(queue.alone().is_some());
    }

    #[tokio::test]
    async fn a_full_or_closed_queue_refuses() {
        let queue = Queue::new(false);
        queue.push((), MOST_BYTES + 1).unwrap();
        assert_eq!(queue.push((), 1).unwrap_err().kind(), credenza_core::ErrorKind::Busy);
        queue.close();
        assert!(queue.take(|_: &()| true).await.is_none());
        assert_eq!(queue.push((), 1).unwrap_err().kind(), credenza_core::ErrorKind::Unavailable);
        assert!(queue.alone().is_none());
    }
}
