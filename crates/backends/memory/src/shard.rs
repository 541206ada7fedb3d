//! A part of the keys under one lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::collection::Collection;
use crate::slot::Slot;
use crate::table::Table;

/// A part of the keys, with their collections.
pub(crate) struct Shard {
    pub(crate) table: Table,
    collections: Vec<Option<Box<Collection>>>,
    free: Vec<u32>,
    /// About how many bytes of memory everything takes.
    pub(crate) bytes: Account,
}

/// How many bytes a shard takes, and its part in those of the whole store where somebody limits them.
pub(crate) struct Account {
    bytes: usize,
    total: Option<Arc<AtomicUsize>>,
}

impl Account {
    pub(crate) fn get(&self) -> usize {
        self.bytes
    }

    pub(crate) fn add(&mut self, bytes: usize) {
        self.set(self.bytes + bytes);
    }

    pub(crate) fn subtract(&mut self, bytes: usize) {
        self.set(self.bytes.saturating_sub(bytes));
    }

    pub(crate) fn set(&mut self, bytes: usize) {
        if let Some(total) = &self.total {
            total.fetch_add(bytes.wrapping_sub(self.bytes), Ordering::Relaxed);
        }
        self.bytes = bytes;
    }
}

impl Shard {
    pub(crate) fn new(shard_bits: u32, total: Option<Arc<AtomicUsize>>) -> Shard {
        let bytes = Account { bytes: 0, total };
        Shard { table: Table::new(shard_bits), collections: Vec::new(), free: Vec::new(), bytes }
    }

    /// Gives a collection a place, which holds until it is dropped.
    pub(crate) fn place(&mut self, collection: Box<Collection>) -> u32 {
        let collection = Some(collection);
        match self.free.pop() {
            Some(place) => {
                self.collections[place as usize] = collection;
                place
            }
            None => {
                self.collections.push(collection);
                (self.collections.len() - 1) as u32
            }
        }
    }

    pub(crate) fn collection(&self, place: u32) -> Option<&Collection> {
        self.collections.get(place as usize)?.as_deref()
    }

    pub(crate) fn collection_mut(&mut self, place: u32) -> Option<&mut Collection> {
        self.collections.get_mut(place as usize)?.as_deref_mut()
    }

    /// Frees the place of a collection.
    pub(crate) fn drop_collection(&mut self, place: u32) -> Option<Box<Collection>> {
        let collection = self.collections.get_mut(place as usize)?.take()?;
        self.free.push(place);
        Some(collection)
    }

    /// Forgets a removed entry: its collection, and the bytes it took.
    pub(crate) fn forget(&mut self, slot: &Slot) -> Option<Box<Collection>> {
        self.bytes.subtract(slot.size());
        let dropped = self.drop_collection(slot.collection()?)?;
        self.bytes.subtract(size(&dropped));
        Some(dropped)
    }
}

/// About how many bytes of memory the elements of a collection take.
pub(crate) fn size(collection: &Collection) -> usize {
    match collection {
        Collection::Hash(hash) => hash.iter().map(|(field, value)| element(field.len() + value.len())).sum(),
        Collection::Set(set) => set.iter().map(|member| element(member.len())).sum(),
        Collection::List(list) => list.iter().map(|value| element(value.len())).sum(),
        Collection::SortedSet(zset) => zset.scores.keys().map(|member| element(member.len())).sum(),
    }
}

/// About how many bytes of memory an element takes that has so many bytes of its own: two handles, its part of
/// the tables, and what an allocator adds.
pub(crate) fn element(bytes: usize) -> usize {
    bytes + 112
}
