//! The objects, in the order of their keys, and the room they take.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use credenza_core::blob::{ListPage, ObjectInfo};
use credenza_core::{Error, ErrorKind, Result};

use crate::listing::{Entry, Listing, Offer, Seek};

/// An object. Whoever reads it holds it, and sees no change.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) info: ObjectInfo,
    pub(super) content: Bytes,
    pub(super) _room: Room,
}

/// Objects by key.
#[derive(Debug, Default)]
pub(super) struct Objects(BTreeMap<Box<[u8]>, Arc<Stored>>);

impl Objects {
    pub(super) fn get(&self, key: &str) -> Option<&Arc<Stored>> {
        self.0.get(key.as_bytes())
    }

    pub(super) fn insert(&mut self, stored: Stored) {
        self.0.insert(stored.info.key.as_bytes().into(), Arc::new(stored));
    }

    pub(super) fn remove(&mut self, key: &str) -> bool {
        self.0.remove(key.as_bytes()).is_some()
    }

    /// Fills a page. Holds the lock for as long as it takes to find the objects, not to copy what is known of them.
    pub(super) fn list(&self, listing: &mut Listing) -> Vec<Arc<Stored>> {
        let until = listing.until();
        let mut found = Vec::new();
        'seek: loop {
            let start = listing.start();
            let start = match &start {
                Seek::At(key) => Bound::Included(&key[..]),
                Seek::After(key) => Bound::Excluded(&key[..]),
            };
            for (key, stored) in self.0.range::<[u8], _>((start, Bound::Unbounded)) {
                if until.as_ref().is_some_and(|until| **key >= **until) {
                    return found;
                }
                match listing.offer(&stored.info.key) {
                    Offer::Next => found.push(Arc::clone(stored)),
                    Offer::Skip => continue 'seek,
                    Offer::Full => return found,
                }
            }
            return found;
        }
    }
}

/// The page of a list that found these objects.
pub(super) fn page(listing: Listing, found: &[Arc<Stored>]) -> ListPage {
    let (entries, cursor) = listing.finish();
    let prefixes = entries.into_iter().filter_map(|entry| match entry {
        Entry::Prefix(prefix) => Some(prefix),
        Entry::Key(_) => None,
    });
    let objects = found.iter().map(|stored| stored.info.clone()).collect();
    ListPage { objects, prefixes: prefixes.collect(), cursor }
}

/// The room that all objects may take together.
#[derive(Debug)]
pub(super) struct Space {
    used: AtomicU64,
    limit: u64,
}

impl Space {
    pub(super) fn new(limit: Option<u64>) -> Arc<Space> {
        Arc::new(Space { used: AtomicU64::new(0), limit: limit.unwrap_or(u64::MAX) })
    }
}

/// A part of the room, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Room {
    space: Arc<Space>,
    bytes: u64,
}

impl Room {
    pub(super) fn none(space: &Arc<Space>) -> Room {
        Room { space: Arc::clone(space), bytes: 0 }
    }

    /// Takes so many bytes more.
    pub(super) fn grow(&mut self, bytes: u64) -> Result<()> {
        let limit = self.space.limit;
        let more = |used: u64| used.checked_add(bytes).filter(|sum| *sum <= limit);
        match self.space.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more) {
            Ok(_) => {
                self.bytes += bytes;
                Ok(())
            }
            Err(_) => Err(Error::new(ErrorKind::Full, "the objects take all the memory they may")),
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.space.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
