//! Stores with planted bugs.

use std::fmt;
use std::sync::Arc;

use credenza_core::{
    Capabilities, Context, Execution, KvStore, ManualClock, Request, Response, Result, StoreInfo,
};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_testkit::{Subject, small_limits};

/// What a mutant does with a request.
pub(crate) type Bug = for<'a> fn(&'a MemoryStore, &Context, Request) -> Execution<'a>;

/// A store in memory with a planted bug.
pub(crate) struct Mutant {
    pub(crate) store: MemoryStore,
    pub(crate) bug: Bug,
    pub(crate) claims: fn(Capabilities) -> Capabilities,
}

impl KvStore for Mutant {
    fn info(&self) -> &StoreInfo {
        self.store.info()
    }

    fn capabilities(&self) -> Capabilities {
        (self.claims)(self.store.capabilities())
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        (self.bug)(&self.store, cx, request)
    }
}

impl fmt::Debug for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mutant")
    }
}

/// A store in memory with small limits, and its clock.
pub(crate) fn memory() -> (MemoryStore, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let mut config = MemoryConfig::default();
    config.sweep_interval = None;
    config.clock = clock.clone();
    config.limits = small_limits();
    (MemoryStore::open(config).unwrap(), clock)
}

/// The store as it is.
pub(crate) fn honest() -> Result<Subject> {
    let (store, clock) = memory();
    Ok(Subject::new(store.clone()).with_clock(clock).with_pubsub(store))
}

/// The store with a bug.
pub(crate) fn with_bug(bug: Bug) -> Result<Subject> {
    with_claims(bug, |claims| claims)
}

/// The store with a bug, or with claims of its own.
pub(crate) fn with_claims(bug: Bug, claims: fn(Capabilities) -> Capabilities) -> Result<Subject> {
    let (store, clock) = memory();
    Ok(Subject::new(Mutant { store, bug, claims }).with_clock(clock))
}

/// Changes every reply to a lone command.
pub(crate) fn on_reply<'a>(
    answer: Execution<'a>,
    change: impl FnOnce(credenza_core::Reply) -> credenza_core::Reply + Send + 'a,
) -> Execution<'a> {
    answer.map(|answer| {
        answer.map(|response| match response {
            Response::One(reply) => Response::One(change(reply)),
            batch => batch,
        })
    })
}
