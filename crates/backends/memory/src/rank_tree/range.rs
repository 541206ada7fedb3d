//! Walking the tree in order.

use std::iter::FusedIterator;
use std::slice;

use bytes::Bytes;

use super::node::{Entry, Node};

/// The entries between two indexes, in order, from either end.
///
/// It walks a leaf at a time and finds the next by its index, so it keeps no path; spread over a leaf's entries,
/// the descent costs a step next to nothing.
#[derive(Clone)]
pub(crate) struct Range<'a> {
    root: &'a Node,
    /// What is left of the leaf that `next` walks, then of the one that `next_back` walks.
    front: slice::Iter<'a, Entry>,
    back: slice::Iter<'a, Entry>,
    /// The indexes between the two leaves.
    start: usize,
    end: usize,
}

impl<'a> Range<'a> {
    /// `end` is at most the tree's length.
    pub(super) fn new(root: &'a Node, start: usize, end: usize) -> Self {
        Self { root, front: [].iter(), back: [].iter(), start: start.min(end), end }
    }
}

impl<'a> Iterator for Range<'a> {
    type Item = (f64, &'a Bytes);

    fn next(&mut self) -> Option<Self::Item> {
        if self.front.len() == 0 && self.start < self.end {
            let (leaf, offset) = self.root.leaf_at(self.start);
            let stop = leaf.len().min(offset + (self.end - self.start));
            self.front = leaf[offset..stop].iter();
            self.start += self.front.len();
        }
        self.front.next().or_else(|| self.back.next()).map(Entry::pair)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.front.len() + (self.end - self.start) + self.back.len();
        (left, Some(left))
    }
}

impl DoubleEndedIterator for Range<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.back.len() == 0 && self.start < self.end {
            let (leaf, offset) = self.root.leaf_at(self.end - 1);
            let first = (offset + 1).saturating_sub(self.end - self.start);
            self.back = leaf[first..=offset].iter();
            self.end -= self.back.len();
        }
        self.back.next_back().or_else(|| self.front.next_back()).map(Entry::pair)
    }
}

impl ExactSizeIterator for Range<'_> {}
impl FusedIterator for Range<'_> {}
