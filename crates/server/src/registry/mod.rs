//! The registry: what resources there are, in the key-value store beside the values.
//!
//! Everything is changed in atomic batches that check what they were decided on:
//!
//! - a *record* for each resource, with its times, its size and its metadata ([`record`]);
//! - an *index* for each type and namespace: a sorted set of keys by the time they changed;
//! - the *sizes*: a hash with the sum of the sizes for each type and namespace, which also says which there are;
//! - the *expiry*: a sorted set of the resources that expire ([`expiry`]);
//! - the *intents*: changes of the other stores that have begun ([`intents`]);
//! - the *rounds*: a value for some resources each, which is another one whenever they were brought in order ([`rounds`]).
//!
//! A value lies in the same store, so its record is written with it, in one batch. Objects and tables do not: an intent
//! is written before they are changed, and when they were, [`sync`] makes the registry say what the store says. Whatever
//! a crash leaves behind is an intent, and that is enough to know where to look. A blob store whose index lies in this very
//! store needs no intents: the registry follows it in its own batches ([`objects`]).

mod change;
mod expiry;
mod intents;
mod layout;
mod locks;
mod objects;
mod page;
mod record;
mod rounds;
mod select;
mod stats;
mod sync;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use credenza_core::{Clock, CommandId, CommandSet};
use tokio::sync::Mutex;

use locks::Locks;

pub(crate) use change::contended;
pub(crate) use intents::Intent;
pub(crate) use layout::record as record_key;
pub use objects::ObjectRegistry;
pub(crate) use page::{Filter, Resource};
pub(crate) use record::{Id, Kind, Record};

/// How often a change is tried when others change the same resource at the same time. Within one process locks prevent
/// that; this is for several on one store.
pub(crate) const ATTEMPTS: usize = 100;

/// The registry. Its methods take the store as the caller may use it.
#[derive(Debug)]
pub(crate) struct Registry {
    locks: Locks,
    clock: Arc<dyn Clock>,
    /// How long a change of another store may take after its intent, in milliseconds.
    patience: i64,
    /// How often a change has left its intent behind, and how many of those times were looked after.
    left_behind: AtomicU64,
    looked_after: Mutex<u64>,
    /// Whether a scan of the store comes in the order of keys, so that a prefix is found without looking at all.
    ordered: bool,
}

impl Registry {
    /// What a store must be able to do to keep it.
    pub(crate) fn commands() -> CommandSet {
        use CommandId as C;
        [C::Get, C::Set, C::Del, C::MGet, C::HIncrBy, C::HDel, C::HScan, C::HGet]
            .into_iter()
            .chain([C::ZAdd, C::ZRem, C::ZCard, C::ZCount, C::ZRange, C::ZScan, C::ZMScore])
            .collect()
    }

    pub(crate) fn new(clock: Arc<dyn Clock>, patience: i64, ordered: bool) -> Registry {
        // A process before this one may have left some.
        let (left_behind, looked_after) = (AtomicU64::new(1), Mutex::new(0));
        Registry { locks: Locks::new(), clock, patience, left_behind, looked_after, ordered }
    }

    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now()
    }
}
