//! What an atomic batch changed, so that it can be undone when one of its commands fails.

use std::collections::VecDeque;

use bytes::Bytes;
use credenza_core::command::End;

use crate::collection::Collection;
use crate::shard::Shard;
use crate::slot::Slot;

/// The inverse of one change. The shard is its position among the locked ones.
pub(crate) enum Undo {
    /// What stood at a key.
    Slot { shard: usize, hash: u64, key: Bytes, old: Option<Slot> },
    /// A collection that was made.
    Made { shard: usize, place: u32 },
    /// An element of a collection.
    Element { shard: usize, place: u32, change: Change },
}

/// The inverse of one change of a collection.
pub(crate) enum Change {
    Field(Bytes, Option<Bytes>),
    /// What was removed goes back to its index: a scan of the elements goes by them.
    FieldRemoved(usize, Bytes, Bytes),
    Added(Bytes),
    Removed(usize, Bytes),
    Pushed(End),
    Popped(End, Bytes),
    Replaced(usize, Bytes),
    Whole(VecDeque<Bytes>),
    Score(Bytes, Option<f64>),
    ScoreRemoved(usize, Bytes, f64),
}

impl Change {
    fn undo(self, collection: &mut Collection) {
        match (self, collection) {
            (Change::Field(field, Some(value)), Collection::Hash(hash)) => drop(hash.insert(field, value)),
            (Change::Field(field, None), Collection::Hash(hash)) => drop(hash.swap_remove(&field)),
            (Change::FieldRemoved(index, field, value), Collection::Hash(hash)) => {
                let (last, _) = hash.insert_full(field, value);
                hash.swap_indices(index, last);
            }
            (Change::Added(member), Collection::Set(set)) => drop(set.swap_remove(&member)),
            (Change::Removed(index, member), Collection::Set(set)) => {
                let (last, _) = set.insert_full(member);
                set.swap_indices(index, last);
            }
            (Change::Pushed(End::Left), Collection::List(list)) => drop(list.pop_front()),
            (Change::Pushed(End::Right), Collection::List(list)) => drop(list.pop_back()),
            (Change::Popped(End::Left, value), Collection::List(list)) => list.push_front(value),
            (Change::Popped(End::Right, value), Collection::List(list)) => list.push_back(value),
            (Change::Replaced(index, value), Collection::List(list)) => {
                if let Some(element) = list.get_mut(index) {
                    *element = value;
                }
            }
            (Change::Whole(old), Collection::List(list)) => *list = old,
            (Change::Score(member, Some(score)), Collection::SortedSet(zset)) => {
                zset.put(&member, score);
            }
            (Change::Score(member, None), Collection::SortedSet(zset)) => {
                zset.remove(&member);
            }
            (Change::ScoreRemoved(index, member, score), Collection::SortedSet(zset)) => {
                zset.put(&member, score);
                zset.scores.swap_indices(index, zset.scores.len() - 1);
            }
            _ => debug_assert!(false, "a change belongs to the kind of collection it was made on"),
        }
    }
}

impl Undo {
    /// The position of its shard among the locked ones.
    pub(crate) fn shard(&self) -> usize {
        match self {
            Undo::Slot { shard, .. } | Undo::Made { shard, .. } | Undo::Element { shard, .. } => *shard,
        }
    }

    /// Takes the change back in its shard.
    pub(crate) fn undo(self, shard: &mut Shard, rehash: impl Fn(&[u8]) -> u64) {
        match self {
            Undo::Slot { hash, key, old, .. } => {
                shard.table.remove(hash, &key);
                if let Some(old) = old {
                    shard.table.insert(hash, old, rehash);
                }
            }
            Undo::Made { place, .. } => drop(shard.drop_collection(place)),
            Undo::Element { place, change, .. } => {
                if let Some(collection) = shard.collection_mut(place) {
                    change.undo(collection);
                }
            }
        }
    }
}
