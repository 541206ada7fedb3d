//! The nodes of the tree.
//!
//! Every node but those on the rightmost path holds at least [`MIN_WIDTH`] entries or children, and every inner
//! node at least two children. All leaves are equally deep, so the recursion here ends after `log(n)` steps
//! of base `MIN_WIDTH`: 16 levels would hold more entries than there are addresses.

use std::cmp::Ordering;

use bytes::Bytes;

/// A node that reaches this many entries or children splits.
pub(super) const MAX_WIDTH: usize = 64;
/// A node with fewer joins its neighbour when something is taken from it.
pub(super) const MIN_WIDTH: usize = MAX_WIDTH / 4;
/// Two neighbours with more than this between them share evenly instead of joining, so that a few
/// insertions do not split again what a removal joined.
const JOIN_WIDTH: usize = MAX_WIDTH * 3 / 4;
/// What the tail of a node that splits under ascending insertion starts with: the least an inner node may have.
const TAIL_WIDTH: usize = 2;
/// Leaves gain and give back room in steps of this many entries: doubling would leave a third of it unused. After
/// half of a million entries were removed at random, the tree took 14 bytes an entry beyond the entries
/// themselves; with steps of 8, 22.
pub(super) const ROOM_STEP: usize = 4;

#[derive(Clone)]
pub(super) struct Entry {
    pub(super) score: f64,
    pub(super) member: Bytes,
}

impl Entry {
    pub(super) fn compare(&self, score: f64, member: &[u8]) -> Ordering {
        // None is NaN alone, which no caller stores; equal keeps a search for one finite.
        let by_score = self.score.partial_cmp(&score).unwrap_or(Ordering::Equal);
        by_score.then_with(|| self.member.as_ref().cmp(member))
    }

    pub(super) fn pair(&self) -> (f64, &Bytes) {
        (self.score, &self.member)
    }
}

#[derive(Clone)]
pub(super) enum Node {
    Leaf(Vec<Entry>),
    Inner(Box<Inner>),
}

/// Three columns rather than one of triples: a search reads separators only, a sum counts only.
#[derive(Clone)]
pub(super) struct Inner {
    /// `separators[i]` equals the first entry under `children[i + 1]`. It is always an entry of the tree, so no
    /// predicate sees, and no memory is held by, one that was removed.
    pub(super) separators: Vec<Entry>,
    /// `counts[i]` is the number of entries under `children[i]`.
    pub(super) counts: Vec<usize>,
    pub(super) children: Vec<Node>,
}

impl Default for Node {
    fn default() -> Self {
        Self::Leaf(Vec::new())
    }
}

impl Node {
    /// The number of entries below.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Leaf(entries) => entries.len(),
            Self::Inner(inner) => inner.counts.iter().sum(),
        }
    }

    /// The number of entries or children in the node itself.
    pub(super) fn width(&self) -> usize {
        match self {
            Self::Leaf(entries) => entries.len(),
            Self::Inner(inner) => inner.children.len(),
        }
    }

    pub(super) fn partition_point(&self, mut pred: impl FnMut(&Entry) -> bool) -> usize {
        let mut node = self;
        let mut before = 0;
        loop {
            match node {
                Self::Leaf(entries) => return before + entries.partition_point(pred),
                Self::Inner(inner) => {
                    let at = inner.separators.partition_point(&mut pred);
                    before += inner.counts[..at].iter().sum::<usize>();
                    node = &inner.children[at];
                }
            }
        }
    }

    /// The leaf that holds the entry at `index`, and its place there. Past the end: the last leaf, and a place
    /// past its end.
    pub(super) fn leaf_at(&self, mut index: usize) -> (&[Entry], usize) {
        let mut node = self;
        loop {
            match node {
                Self::Leaf(entries) => return (entries, index),
                Self::Inner(inner) => {
                    let mut at = 0;
                    while at + 1 < inner.counts.len() && index >= inner.counts[at] {
                        index -= inner.counts[at];
                        at += 1;
                    }
                    node = &inner.children[at];
                }
            }
        }
    }

    fn first(&self) -> Option<&Entry> {
        self.leaf_at(0).0.first()
    }

    /// Returns the right half, with its separator, if the node had to split. `rightmost` says that no
    /// entry of the tree lies to the right of this node.
    pub(super) fn insert(&mut self, entry: Entry, rightmost: bool) -> Option<(Entry, Node)> {
        let at_end = match self {
            Self::Leaf(entries) => {
                let before = |other: &Entry| other.compare(entry.score, &entry.member) == Ordering::Less;
                let at = entries.partition_point(before);
                if entries.len() == entries.capacity() {
                    // The smallest sets start with one place and double up to the step.
                    entries.reserve_exact(entries.len().clamp(1, ROOM_STEP));
                }
                entries.insert(at, entry);
                at + 1 == entries.len()
            }
            Self::Inner(inner) => {
                let at = inner.child_for(entry.score, &entry.member);
                let at_end = at + 1 == inner.children.len();
                inner.counts[at] += 1;
                let (separator, right) = inner.children[at].insert(entry, rightmost && at_end)?;
                inner.insert_child(at + 1, separator, right);
                at_end
            }
        };
        let width = self.width();
        if width < MAX_WIDTH {
            None
        } else if rightmost && at_end {
            // Ascending insertion never comes back to the left part: leave it full.
            Some(self.split(width - TAIL_WIDTH))
        } else {
            Some(self.split(width / 2))
        }
    }

    pub(super) fn remove(&mut self, score: f64, member: &[u8]) -> bool {
        match self {
            Self::Leaf(entries) => {
                let Ok(at) = entries.binary_search_by(|entry| entry.compare(score, member)) else {
                    return false;
                };
                entries.remove(at);
                if entries.capacity() - entries.len() > 2 * ROOM_STEP {
                    entries.shrink_to(entries.len() + ROOM_STEP);
                }
                true
            }
            Self::Inner(inner) => {
                let at = inner.child_for(score, member);
                if !inner.children[at].remove(score, member) {
                    return false;
                }
                inner.counts[at] -= 1;
                inner.renew_separator(at, score, member);
                if inner.children[at].width() < MIN_WIDTH {
                    inner.join(at.saturating_sub(1));
                }
                true
            }
        }
    }

    /// Puts the root and the half that split off under a new root.
    pub(super) fn grow(&mut self, separator: Entry, right: Node) {
        let left = std::mem::take(self);
        *self = Self::Inner(Box::new(Inner {
            separators: vec![separator],
            counts: vec![left.count(), right.count()],
            children: vec![left, right],
        }));
    }

    /// Replaces a root that has one child left by that child.
    pub(super) fn collapse(&mut self) {
        if let Self::Inner(inner) = self
            && inner.children.len() == 1
            && let Some(child) = inner.children.pop()
        {
            *self = child;
        }
    }

    /// Takes what lies from `at` on into a node of its own, and returns it with its separator.
    fn split(&mut self, at: usize) -> (Entry, Node) {
        match self {
            Self::Leaf(entries) => {
                let right = split_off(entries, at);
                (right[0].clone(), Self::Leaf(right))
            }
            Self::Inner(inner) => {
                let separators = split_off(&mut inner.separators, at);
                let counts = split_off(&mut inner.counts, at);
                let children = split_off(&mut inner.children, at);
                let separator = inner.separators.pop().expect("a split leaves children on the left");
                (separator, Self::Inner(Box::new(Inner { separators, counts, children })))
            }
        }
    }

    /// Appends what its right neighbour holds; `separator` stood between the two.
    fn append(&mut self, separator: Entry, right: Node) {
        match (self, right) {
            (Self::Leaf(entries), Self::Leaf(mut right)) => {
                entries.reserve_exact(right.len());
                entries.append(&mut right);
            }
            (Self::Inner(inner), Self::Inner(mut right)) => {
                inner.separators.push(separator);
                inner.separators.append(&mut right.separators);
                inner.counts.append(&mut right.counts);
                inner.children.append(&mut right.children);
            }
            (Self::Leaf(_), Self::Inner(_)) | (Self::Inner(_), Self::Leaf(_)) => {
                unreachable!("neighbours are equally deep")
            }
        }
    }
}

impl Inner {
    /// The child that holds this entry, or would.
    fn child_for(&self, score: f64, member: &[u8]) -> usize {
        self.separators.partition_point(|separator| separator.compare(score, member) != Ordering::Greater)
    }

    fn insert_child(&mut self, at: usize, separator: Entry, child: Node) {
        let count = child.count();
        self.counts[at - 1] -= count;
        self.separators.insert(at - 1, separator);
        self.counts.insert(at, count);
        self.children.insert(at, child);
    }

    /// Keeps the separator before the child at `at` true after this entry was removed from it.
    fn renew_separator(&mut self, at: usize, score: f64, member: &[u8]) {
        if let Some(before) = at.checked_sub(1)
            && self.separators[before].compare(score, member) == Ordering::Equal
            && let Some(first) = self.children[at].first()
        {
            self.separators[before] = first.clone();
        }
    }

    /// Joins the child at `left` with its right neighbour, and parts them evenly again if that is too much for
    /// one node.
    fn join(&mut self, left: usize) {
        let separator = self.separators.remove(left);
        let right = self.children.remove(left + 1);
        self.counts[left] += self.counts.remove(left + 1);
        let joined = &mut self.children[left];
        joined.append(separator, right);
        let width = joined.width();
        if width > JOIN_WIDTH {
            let (separator, right) = joined.split(width / 2);
            self.insert_child(left + 1, separator, right);
        }
    }
}

/// `Vec::split_off` that leaves no more than a step of room in the left part.
fn split_off<T>(items: &mut Vec<T>, at: usize) -> Vec<T> {
    let right = items.split_off(at);
    items.shrink_to(at + ROOM_STEP);
    right
}
