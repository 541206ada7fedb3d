//! The ordered half of a sorted set.
//!
//! [`RankTree`] keeps `(score, member)` pairs by score, then by the member's bytes, in a B+ tree whose inner
//! nodes count the entries below each child. A rank is then a sum on the way down, and an index a descent by
//! those sums: both, like insertion and removal, take O(log n).
//!
//! Slices by rank, score or member are all the same thing here: [`RankTree::partition_point`] turns a bound
//! into an index, [`RankTree::range`] walks between two of them in either direction.

mod node;
mod range;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;

use bytes::Bytes;

use node::{Entry, Node};
pub(crate) use range::Range;

/// Pairs of a score and a member, ordered by score, then by the member's bytes.
///
/// Scores compare as numbers: `-0.0` equals `0.0`, and each is handed back as it was given. They are never NaN,
/// which has no place in the order.
#[derive(Clone, Default)]
pub(crate) struct RankTree {
    root: Node,
}

impl RankTree {
    /// An empty tree. Allocates nothing.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The number of entries.
    pub(crate) fn len(&self) -> usize {
        self.root.count()
    }

    /// Adds an entry that is not in the tree: the caller has looked (its table of scores by member knows).
    pub(crate) fn insert(&mut self, score: f64, member: Bytes) {
        debug_assert!(!score.is_nan(), "NaN has no place in the order");
        if let Some((separator, right)) = self.root.insert(Entry { score, member }, true) {
            self.root.grow(separator, right);
        }
    }

    /// Removes the entry with this score and member, and says whether it was there.
    pub(crate) fn remove(&mut self, score: f64, member: &[u8]) -> bool {
        let removed = self.root.remove(score, member);
        self.root.collapse();
        removed
    }

    /// The number of entries strictly before `(score, member)`, which need not be in the tree. For an entry that
    /// is, this is its index.
    pub(crate) fn rank(&self, score: f64, member: &[u8]) -> usize {
        self.root.partition_point(|entry| entry.compare(score, member) == Ordering::Less)
    }

    /// The number of leading entries for which `pred` holds. It must hold for none after the first for which it
    /// does not.
    pub(crate) fn partition_point(&self, mut pred: impl FnMut(f64, &Bytes) -> bool) -> usize {
        self.root.partition_point(|entry| pred(entry.score, &entry.member))
    }

    /// The entry at `index`, counted from the lowest.
    pub(crate) fn get(&self, index: usize) -> Option<(f64, &Bytes)> {
        let (leaf, offset) = self.root.leaf_at(index);
        leaf.get(offset).map(Entry::pair)
    }

    /// The entries with an index in `start..end`, from either end. Bounds past the last entry stand for it, and
    /// a range that ends before it starts is empty.
    pub(crate) fn range(&self, start: usize, end: usize) -> Range<'_> {
        Range::new(&self.root, start, end.min(self.len()))
    }

    /// The entries from `index` on, upwards.
    pub(crate) fn iter_from(&self, index: usize) -> Range<'_> {
        self.range(index, usize::MAX)
    }

    /// The entries *before* `index`, downwards: an index stands for the gap in front of its entry, so both
    /// directions from one [`partition_point`](Self::partition_point) meet without sharing an entry.
    pub(crate) fn iter_back_from(&self, index: usize) -> std::iter::Rev<Range<'_>> {
        self.range(0, index).rev()
    }
}

/// Shows the size alone: members are users' data.
impl fmt::Debug for RankTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RankTree").field("len", &self.len()).finish_non_exhaustive()
    }
}
