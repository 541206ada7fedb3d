//! Keeps the store below its limit on memory.

use bytes::Bytes;
use credenza_core::{Error, ErrorKind, Result};

use crate::config::Eviction;
use crate::store::Inner;

/// The key to go is chosen from so many parts of the store …
const SHARDS: usize = 6;
/// … and so many keys of each.
const SAMPLE: usize = 4;
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
            Eviction::Refuse => {
                // What has expired takes no room from anybody.
                self.sweep();
                if self.used_bytes() <= max {
                    return Ok(());
                }
                Err(Error::new(ErrorKind::Full, "the limit on memory is reached"))
            }
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

    /// Removes a key of a sample that has expired, else the least recently used one; false if there is no key.
    fn evict_one(&self) -> bool {
        let (now, time) = (self.access(), self.config.clock.now());
        let start = self.config.random.below(self.shards.len() as u64) as usize;
        let mut oldest: Option<(i32, usize, Bytes)> = None;
        let mut sampled = 0;
        for index in (0..self.shards.len()).map(|offset| (start + offset) % self.shards.len()) {
            let shard = self.shards[index].lock();
            let sample = shard.table.sample(self.config.random.next_u64(), SAMPLE);
            sampled += usize::from(!sample.is_empty());
            for slot in sample {
                // Negative if it was used since `now`, or the clock was set back.
                let age = match slot.expires_at() {
                    Some(at) if at <= time => i32::MAX,
                    _ => now.wrapping_sub(slot.access()) as i32,
                };
                if oldest.as_ref().is_none_or(|(oldest, ..)| age > *oldest) {
                    oldest = Some((age, index, Bytes::copy_from_slice(slot.key())));
                }
            }
            if sampled == SHARDS {
                break;
            }
        }
        let Some((_, index, key)) = oldest else { return false };
        let mut shard = self.shards[index].lock();
        let removed = shard.table.remove(self.hash(&key), &key);
        let dropped = removed.as_ref().and_then(|slot| shard.forget(slot));
        drop(shard);
        drop(dropped);
        true
    }
}
