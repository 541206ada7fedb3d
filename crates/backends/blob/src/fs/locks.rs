//! Writers of one key, one after the other.

use std::hash::{BuildHasher, RandomState};

use credenza_core::blob::BlobKey;
use tokio::sync::{Mutex, MutexGuard};

const STRIPES: usize = 256;

/// A lock for each key, some keys sharing one. The index would find out by itself that somebody else was faster;
/// but then many who write one key would repeat their work again and again.
#[derive(Debug)]
pub(super) struct Locks {
    stripes: Vec<Mutex<()>>,
    hash: RandomState,
}

impl Locks {
    pub(super) fn new() -> Locks {
        Locks { stripes: (0..STRIPES).map(|_| Mutex::new(())).collect(), hash: RandomState::new() }
    }

    /// Takes the locks of all keys, in an order that nobody can wait for somebody else in a circle.
    pub(super) async fn lock(&self, keys: &[&BlobKey]) -> Vec<MutexGuard<'_, ()>> {
        let mut stripes: Vec<usize> =
            keys.iter().map(|key| self.hash.hash_one(key) as usize % STRIPES).collect();
        stripes.sort_unstable();
        stripes.dedup();
        let mut guards = Vec::with_capacity(stripes.len());
        for stripe in stripes {
            if let Some(stripe) = self.stripes.get(stripe) {
                guards.push(stripe.lock().await);
            }
        }
        guards
    }
}
