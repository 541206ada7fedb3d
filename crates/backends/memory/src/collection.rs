//! What the keys hold that are not strings.

use std::collections::VecDeque;

use bytes::Bytes;
use credenza_core::command::{End, Side};
use credenza_core::{Cursor, Error, Kind, Page, Result};
use foldhash::fast::RandomState;
use indexmap::{IndexMap, IndexSet};

use crate::rank_tree::RankTree;

/// A hash, set, list or sorted set.
#[derive(Clone, Debug)]
pub(crate) enum Collection {
    Hash(IndexMap<Bytes, Bytes, RandomState>),
    Set(IndexSet<Bytes, RandomState>),
    List(VecDeque<Bytes>),
    SortedSet(SortedSet),
}

/// Scores by member, and members in order.
#[derive(Clone, Debug)]
pub(crate) struct SortedSet {
    pub(crate) scores: IndexMap<Bytes, f64, RandomState>,
    pub(crate) order: RankTree,
}

impl Collection {
    /// An empty one. Strings are no collections: for them, and only them, there is none.
    pub(crate) fn new(kind: Kind) -> Option<Collection> {
        Some(match kind {
            Kind::String => return None,
            Kind::Hash => Collection::Hash(IndexMap::default()),
            Kind::Set => Collection::Set(IndexSet::default()),
            Kind::List => Collection::List(VecDeque::new()),
            Kind::SortedSet => {
                Collection::SortedSet(SortedSet { scores: IndexMap::default(), order: RankTree::new() })
            }
        })
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Collection::Hash(_) => Kind::Hash,
            Collection::Set(_) => Kind::Set,
            Collection::List(_) => Kind::List,
            Collection::SortedSet(_) => Kind::SortedSet,
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Collection::Hash(hash) => hash.len(),
            Collection::Set(set) => set.len(),
            Collection::List(list) => list.len(),
            Collection::SortedSet(zset) => zset.scores.len(),
        }
    }
}

impl SortedSet {
    /// Sets a score; returns the old one.
    pub(crate) fn put(&mut self, member: &Bytes, score: f64) -> Option<f64> {
        let old = self.scores.insert(member.clone(), score);
        if let Some(old) = old {
            self.order.remove(old, member);
        }
        self.order.insert(score, member.clone());
        old
    }

    /// Removes a member; returns its index among the scores.
    pub(crate) fn remove(&mut self, member: &[u8]) -> Option<usize> {
        let (index, _, score) = self.scores.swap_remove_full(member)?;
        self.order.remove(score, member);
        Some(index)
    }
}

/// A step of a scan over something with indexes, from the last to the first. Removing an element moves only
/// the last one, into the gap: to where the scan still comes, or from where it was. So whatever stays is seen.
pub(crate) fn scan_down<T>(
    len: usize,
    cursor: &Cursor,
    count: usize,
    item: impl Fn(usize) -> Option<T>,
) -> Result<Page<T>> {
    let start = if cursor.is_start() { len } else { len.min(position(cursor)? as usize) };
    let stop = start.saturating_sub(count.max(1));
    let items = (stop..start).rev().filter_map(item).collect();
    let next = (stop > 0).then(|| Cursor::new((stop as u64).to_be_bytes().to_vec()));
    Ok(Page { next, items })
}

/// What a cursor says that is not at the start.
pub(crate) fn position(cursor: &Cursor) -> Result<u64> {
    let bytes = cursor.as_bytes().as_ref().try_into().map_err(|_| Error::invalid("invalid cursor"))?;
    Ok(u64::from_be_bytes(bytes))
}

/// Inserts beside the first element that equals `pivot`; false if there is none.
pub(crate) fn insert_beside(list: &mut VecDeque<Bytes>, side: Side, pivot: &[u8], value: Bytes) -> bool {
    let Some(index) = list.iter().position(|element| element == pivot) else {
        return false;
    };
    list.insert(if side == Side::Before { index } else { index + 1 }, value);
    true
}

/// Removes up to `limit` elements that equal `value`, from an end on; returns how many.
pub(crate) fn remove_equal(list: &mut VecDeque<Bytes>, value: &[u8], from: End, limit: u64) -> u64 {
    let equal = list.iter().filter(|element| *element == value).count() as u64;
    let removed = equal.min(limit);
    // From the right end, the first matches stay.
    let mut stay = if from == End::Right { equal - removed } else { 0 };
    let mut left = removed;
    list.retain(|element| {
        if element != value || left == 0 {
            return true;
        }
        if stay > 0 {
            stay -= 1;
            return true;
        }
        left -= 1;
        false
    });
    removed
}
