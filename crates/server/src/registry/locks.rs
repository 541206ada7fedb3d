//! Who changes a resource goes alone, within this process.

use std::hash::{BuildHasher, RandomState};

use tokio::sync::{Mutex, MutexGuard};

use super::record::Id;

/// So many that those who change different resources at once rarely share one.
const STRIPES: usize = 4096;

/// A lock for each resource, and some more that share it.
#[derive(Debug)]
pub(crate) struct Locks {
    stripes: Box<[Mutex<()>]>,
    hasher: RandomState,
}

impl Locks {
    pub(crate) fn new() -> Locks {
        Locks { stripes: (0..STRIPES).map(|_| Mutex::new(())).collect(), hasher: RandomState::new() }
    }

    /// Waits until nobody else changes the resource. Whoever holds one must not ask for another.
    pub(crate) async fn hold(&self, id: Id<'_>) -> MutexGuard<'_, ()> {
        let hash = self.hasher.hash_one((id.kind, id.namespace, id.key));
        // The remainder is below the number of stripes.
        self.stripes[(hash % STRIPES as u64) as usize].lock().await
    }
}
