//! [`PoolStats`].

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What the connections of a store are doing, and what they did since it was opened: for gauges and counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStats {
    /// Connections at most: `pool_size`.
    pub limit: usize,
    /// Connections there are.
    pub open: usize,
    /// Connections that nobody uses now.
    pub idle: usize,
    /// Who waits for one now.
    pub waiting: usize,
    /// Connections that were opened: many more than `open` if they break.
    pub opened: u64,
    /// How often one was handed out.
    pub taken: u64,
    /// How long all of those waited for theirs, together, connecting included.
    pub waited: Duration,
    /// How often somebody gave up waiting because all were in use until the deadline.
    pub timeouts: u64,
    /// How often none could be opened: the server was not there, too slow, or refused.
    pub failures: u64,
}

/// Counts.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    opened: AtomicU64,
    taken: AtomicU64,
    waited_nanos: AtomicU64,
    timeouts: AtomicU64,
    failures: AtomicU64,
}

impl Counts {
    pub(crate) fn opened(&self) {
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn took(&self, waited: Duration) {
        self.taken.fetch_add(1, Ordering::Relaxed);
        self.waited_nanos.fetch_add(u64::try_from(waited.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn gave_up(&self) {
        self.timeouts.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// The same as figures, beside what is there now.
    pub(crate) fn with(&self, now: PoolStats) -> PoolStats {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        PoolStats {
            opened: read(&self.opened),
            taken: read(&self.taken),
            waited: Duration::from_nanos(read(&self.waited_nanos)),
            timeouts: read(&self.timeouts),
            failures: read(&self.failures),
            ..now
        }
    }
}
