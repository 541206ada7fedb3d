//! How many attempts may be under way.

use std::sync::atomic::{AtomicUsize, Ordering};

use credenza_core::{Error, ErrorKind, Result};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::config::Concurrency;

/// Lets so many through at a time, in the order in which they came, and so many wait.
#[derive(Debug)]
pub(crate) struct Gate {
    running: Semaphore,
    waiting: AtomicUsize,
    most: usize,
}

/// A place among those that wait.
struct Place<'a>(&'a AtomicUsize);

impl Gate {
    pub(crate) fn new(concurrency: Concurrency) -> Gate {
        let running = Semaphore::new(concurrency.running.min(Semaphore::MAX_PERMITS));
        Gate { running, waiting: AtomicUsize::new(0), most: concurrency.waiting }
    }

    /// A turn, if nobody has to be waited for.
    pub(crate) fn try_enter(&self) -> Option<SemaphorePermit<'_>> {
        self.running.try_acquire().ok()
    }

    /// A turn, after those who wait already.
    pub(crate) async fn enter(&self) -> Result<SemaphorePermit<'_>> {
        if let Some(turn) = self.try_enter() {
            return Ok(turn);
        }
        let place = Place(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.most {
            let message = "too many calls are under way and too many wait for their turn";
            return Err(Error::new(ErrorKind::Busy, message));
        }
        let turn = self.running.acquire().await;
        drop(place);
        turn.map_err(|_| Error::internal("the gate is closed"))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
