//! What waits, in memory: which keys, and what will stand there.

use std::collections::{BTreeMap, HashMap, HashSet};

use bytes::Bytes;

use super::entry::{Entry, Stored};

/// The entries that wait, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Pending {
    entries: BTreeMap<u64, Entry>,
    /// What the last of them that writes to a key leaves there.
    keys: HashMap<Bytes, (u64, Option<Stored>)>,
    /// Keys of the entry of which nobody knows whether it is in the journal.
    unsure: HashSet<Bytes>,
    writes: usize,
    bytes: usize,
}

impl Pending {
    /// Whether any key has to be looked up.
    pub(super) fn any(&self) -> bool {
        self.writes > 0 || !self.unsure.is_empty()
    }

    /// Whether a request on this key has to think of what waits.
    pub(super) fn touches(&self, key: &[u8]) -> bool {
        self.keys.contains_key(key) || self.unsure.contains(key)
    }

    pub(super) fn is_unsure(&self, key: &[u8]) -> bool {
        self.unsure.contains(key)
    }

    /// From now on nobody knows whether this entry is in the journal.
    pub(super) fn unsure(&mut self, entry: &Entry) {
        self.unsure.extend(entry.writes.iter().map(|write| write.key.clone()));
    }

    /// It is not, or is added.
    pub(super) fn sure(&mut self) {
        self.unsure.clear();
    }

    pub(super) fn writes(&self) -> usize {
        self.writes
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn add(&mut self, number: u64, entry: Entry) {
        for write in &entry.writes {
            let last = self.keys.entry(write.key.clone()).or_insert_with(|| (number, None));
            if last.0 <= number {
                *last = (number, write.value.clone());
            }
        }
        self.writes += entry.writes.len();
        self.bytes += entry.size();
        self.entries.insert(number, entry);
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<Entry> {
        let entry = self.entries.remove(&number)?;
        for write in &entry.writes {
            if self.keys.get(&write.key).is_some_and(|(last, _)| *last == number) {
                self.keys.remove(&write.key);
            }
        }
        self.writes -= entry.writes.len();
        self.bytes -= entry.size();
        Some(entry)
    }

    /// What will stand under a key, if a write to it waits.
    pub(super) fn get(&self, key: &[u8]) -> Option<&Option<Stored>> {
        self.keys.get(key).map(|(_, stored)| stored)
    }

    /// The first entries: one at least, if there is any, and at most so many writes.
    pub(super) fn first(&self, most: usize) -> Vec<(u64, Entry)> {
        let mut writes = 0;
        let within = |(_, entry): &(&u64, &Entry)| {
            writes += entry.writes.len();
            writes <= most || writes == entry.writes.len()
        };
        self.entries.iter().take_while(within).map(|(number, entry)| (*number, entry.clone())).collect()
    }
}
