mod model;
mod shape;

use std::cmp::Ordering;

use super::node::{MAX_WIDTH, MIN_WIDTH, Node, ROOM_STEP};
use super::*;

/// What a tree of these entries looks like inside.
#[derive(Debug, Default)]
struct Shape {
    depth: usize,
    leaves: usize,
    /// Room in the leaves, in entries, used or not.
    room: usize,
}

/// Checks everything the tree promises itself, and returns its shape.
fn check(tree: &RankTree) -> Shape {
    let mut walked = Vec::new();
    let shape = check_node(&tree.root, true, true, &mut walked);
    assert_eq!(walked.len(), tree.len());
    for pair in walked.windows(2) {
        assert_eq!(pair[0].compare(pair[1].score, &pair[1].member), Ordering::Less, "entries out of order");
    }
    let most = 2 + walked.len().checked_ilog(MIN_WIDTH).unwrap_or(0) as usize;
    assert!(shape.depth <= most, "{} levels for {} entries", shape.depth, walked.len());
    shape
}

fn check_node<'a>(node: &'a Node, root: bool, rightmost: bool, walked: &mut Vec<&'a Entry>) -> Shape {
    let least = if !rightmost { MIN_WIDTH } else { usize::from(!root) };
    assert!((least..MAX_WIDTH).contains(&node.width()), "width {} (rightmost: {rightmost})", node.width());
    match node {
        Node::Leaf(entries) => {
            walked.extend(entries);
            assert!(entries.capacity() - entries.len() <= 2 * ROOM_STEP, "idle room in a leaf");
            Shape { depth: 1, leaves: 1, room: entries.capacity() }
        }
        Node::Inner(inner) => {
            let width = inner.children.len();
            assert!(width >= 2, "an inner node with {width} children");
            assert_eq!(inner.counts.len(), width);
            assert_eq!(inner.separators.len(), width - 1);
            let mut whole = Shape::default();
            for (at, child) in inner.children.iter().enumerate() {
                let before = walked.len();
                let shape = check_node(child, false, rightmost && at + 1 == width, walked);
                assert_eq!(walked.len() - before, inner.counts[at], "count of child {at}");
                if let Some(left) = at.checked_sub(1) {
                    let separator = &inner.separators[left];
                    let first = walked[before];
                    assert_eq!(separator.compare(first.score, &first.member), Ordering::Equal);
                    assert_eq!(shape.depth, whole.depth, "leaves at different depths");
                }
                whole.depth = shape.depth;
                whole.leaves += shape.leaves;
                whole.room += shape.room;
            }
            whole.depth += 1;
            whole
        }
    }
}

fn member(number: u32) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

fn pairs<'a>(entries: impl Iterator<Item = (f64, &'a Bytes)>) -> Vec<(f64, Bytes)> {
    entries.map(|(score, member)| (score, member.clone())).collect()
}
