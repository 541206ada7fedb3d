//! Keeps the store below its limit on memory.

use bytes::Bytes;
use credenza_core::{Error, ErrorKind, Result};

use crate::config::Eviction;
use crate::slot::Slot;
use crate::store::Inner;

/// From how many keys the one to go is chosen.
const SAMPLE: usize = 8;
/// A write evicts at most so many keys; with more to go, the writes after it do the rest.
const AT_ONCE: usize = 64;

impl Inner {
    /// Before a write: makes room if the store is over its limit. A write that `only_frees` is always let through.
    pub(crate) fn make_room(&self, only_frees: impl FnOnce() -> bool) -> Result<()> {
        let Some(max) = self.config.max_bytes else {
            return Ok(());
        };
        if self.used_bytes() <= max || only_frees() {
            return Ok(());
        }
        match self.config.eviction {
            Eviction::Refuse => Err(Error::new(ErrorKind::Full, "the limit on memory is reached")),
            Eviction::LeastRecentlyUsed => {
                for _ in 0..AT_ONCE {
                    if self.used_bytes() <= max || !self.evict_one() {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    /// Removes the least recently used key of a sample; false if there is no key.
    fn evict_one(&self) -> bool {
        let start = self.config.random.below(self.shards.len() as u64) as usize;
        let order = self.shards.iter().cycle().skip(start).take(self.shards.len());
        for shard in order {
            let mut shard = shard.lock();
            let sample = shard.table.sample(self.config.random.next_u64(), SAMPLE);
            let oldest = sample.into_iter().min_by_key(|slot| slot.access());
            let Some(key) = oldest.map(|slot| Bytes::copy_from_slice(Slot::key(slot))) else {
                continue;
            };
            let removed = shard.table.remove(self.hash(&key), &key);
            let dropped = removed.as_ref().and_then(|slot| shard.forget(slot));
            drop(shard);
            drop(dropped);
            return true;
        }
        false
    }
}
