//! Requests that wait for a thread of the store.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use credenza_core::{Error, ErrorKind, Result};
use parking_lot::{Condvar, Mutex};

use crate::error::{NAME, closed};
use crate::job::Job;

/// More requests than this never wait: the next is refused with `Busy`.
const LONGEST: usize = 1 << 16;

#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Debug)]
struct State {
    waiting: VecDeque<Arc<Job>>,
    /// What each thread works on.
    running: Vec<Vec<Arc<Job>>>,
    /// How many threads sleep.
    asleep: usize,
    /// How many requests they sleep for.
    wanted: usize,
    closed: bool,
}

/// How many requests a thread would like to have, and how long it waits for them once there is one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gather {
    pub(crate) count: usize,
    pub(crate) patience: Duration,
}

impl Queue {
    /// A queue for so many threads.
    pub(crate) fn new(threads: usize) -> Queue {
        let running = vec![Vec::new(); threads];
        Queue {
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                running,
                asleep: 0,
                wanted: 1,
                closed: false,
            }),
            filled: Condvar::new(),
        }
    }

    /// Adds a request at the end.
    pub(crate) fn push(&self, job: Arc<Job>) -> Result<()> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(closed());
        }
        if state.waiting.len() >= LONGEST {
            return Err(Error::new(ErrorKind::Busy, "too many requests wait for the disk").on(NAME));
        }
        state.waiting.push_back(job);
        let wake = state.asleep > 0 && state.waiting.len() >= state.wanted;
        drop(state);
        if wake {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// The first requests, `max` at most, for a thread; waits until there is one. `None` once the queue is closed
    /// and empty.
    pub(crate) fn take(&self, thread: usize, max: usize, gather: Gather) -> Option<Vec<Arc<Job>>> {
        let mut state = self.state.lock();
        if let Some(running) = state.running.get_mut(thread) {
            running.clear();
        }
        while state.waiting.is_empty() {
            if state.closed {
                return None;
            }
            state.asleep += 1;
            self.filled.wait(&mut state);
            state.asleep -= 1;
        }
        if state.waiting.len() < gather.count && !state.closed {
            state.wanted = gather.count;
            state.asleep += 1;
            self.filled.wait_for(&mut state, gather.patience);
            state.asleep -= 1;
            state.wanted = 1;
        }
        let count = state.waiting.len().min(max);
        let taken: Vec<_> = state.waiting.drain(..count).collect();
        if let Some(running) = state.running.get_mut(thread) {
            running.clone_from(&taken);
        }
        Some(taken)
    }

    /// How many requests wait.
    pub(crate) fn len(&self) -> usize {
        self.state.lock().waiting.len()
    }

    /// Refuses what comes from now on; what waits is still done.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.filled.notify_all();
    }

    /// Gives up requests whose deadline has passed; when the next one passes.
    pub(crate) fn expire(&self, now: Instant) -> Option<Instant> {
        let jobs: Vec<_> = {
            let state = self.state.lock();
            state
                .waiting
                .iter()
                .chain(state.running.iter().flatten())
                .filter(|job| job.deadline().is_some())
                .cloned()
                .collect()
        };
        for job in &jobs {
            job.expire(now);
        }
        jobs.iter().filter_map(|job| job.deadline()).filter(|deadline| *deadline > now).min()
    }
}
