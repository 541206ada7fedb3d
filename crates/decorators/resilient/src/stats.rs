//! What happened so far.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::breaker::BreakerState;

/// What a resilient store did beyond passing calls on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResilientStats {
    /// Attempts beyond the first of a call.
    pub retries: u64,
    /// Reads that were sent a second time before the first was answered.
    pub hedges: u64,
    /// Calls that were not repeated because the budget was spent.
    pub over_budget: u64,
    /// Attempts that were refused because the breaker was open.
    pub left_alone: u64,
    /// Attempts that were refused because too many waited.
    pub turned_away: u64,
    /// Attempts that were not answered in their time, and given up here.
    pub cut_off: u64,
    /// What the breaker does; `Closed` without one.
    pub breaker: BreakerState,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) retries: Counter,
    pub(crate) hedges: Counter,
    pub(crate) over_budget: Counter,
    pub(crate) left_alone: Counter,
    pub(crate) turned_away: Counter,
    pub(crate) cut_off: Counter,
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Counters {
    pub(crate) fn stats(&self, breaker: BreakerState) -> ResilientStats {
        let read = |counter: &Counter| counter.0.load(Ordering::Relaxed);
        ResilientStats {
            retries: read(&self.retries),
            hedges: read(&self.hedges),
            over_budget: read(&self.over_budget),
            left_alone: read(&self.left_alone),
            turned_away: read(&self.turned_away),
            cut_off: read(&self.cut_off),
            breaker,
        }
    }
}
