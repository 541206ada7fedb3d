//! Sizes, orders and edges that random operations seldom reach.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use super::*;

fn ascending(count: u32) -> RankTree {
    let mut tree = RankTree::new();
    for number in 0..count {
        tree.insert(f64::from(number / 3), member(number));
    }
    tree
}

#[test]
fn an_empty_tree_answers() {
    let mut tree = RankTree::default();
    assert_eq!(tree.len(), 0);
    assert_eq!(tree.get(0), None);
    assert_eq!(tree.rank(f64::INFINITY, b"a"), 0);
    assert_eq!(tree.partition_point(|_, _| true), 0);
    assert_eq!(tree.range(0, usize::MAX).next(), None);
    assert_eq!(tree.iter_back_from(usize::MAX).next(), None);
    assert!(!tree.remove(0.0, b"a"));
    assert_eq!(check(&tree).room, 0, "an empty tree allocates nothing");
}

#[test]
fn zeros_are_one_score_and_keep_their_sign() {
    let mut tree = RankTree::new();
    tree.insert(0.0, Bytes::from_static(b"b"));
    tree.insert(-0.0, Bytes::from_static(b"c"));
    tree.insert(-0.0, Bytes::from_static(b"a"));
    tree.insert(f64::INFINITY, Bytes::new());
    tree.insert(f64::NEG_INFINITY, Bytes::from_static(b"z"));
    let signs: Vec<_> =
        tree.range(1, 4).map(|(score, member)| (score.is_sign_negative(), &member[..])).collect();
    assert_eq!(signs, [(true, &b"a"[..]), (false, b"b"), (true, b"c")]);
    assert_eq!((tree.rank(0.0, b"c"), tree.rank(-0.0, b"c")), (3, 3));
    assert_eq!(tree.get(4), Some((f64::INFINITY, &Bytes::new())));
    assert!(tree.remove(0.0, b"a") && tree.remove(-0.0, b"b"), "either zero finds the entry");
    assert_eq!(tree.len(), 3);
}

#[test]
fn a_tiny_tree_takes_little_room() {
    for (count, most) in [(1, 1), (2, 2), (3, 4), (5, 8), (8, 8), (9, 12), (17, 20)] {
        let shape = check(&ascending(count));
        assert!(shape.room <= most, "room for {} entries where there are {count}", shape.room);
    }
}

#[test]
fn ascending_insertion_fills_the_leaves() {
    let tree = ascending(300_000);
    let shape = check(&tree);
    assert_eq!(shape.depth, 4);
    assert!(shape.room < 310_000, "room for {}", shape.room);
    for number in (0..300_000).step_by(997) {
        let score = f64::from(number / 3);
        assert_eq!(tree.rank(score, &member(number)), number as usize);
        assert_eq!(tree.get(number as usize), Some((score, &member(number))));
    }
}

#[test]
fn descending_insertion_leaves_little_unused() {
    let mut tree = RankTree::new();
    for number in (0..20_000_u32).rev() {
        tree.insert(-1.0, member(number));
    }
    let shape = check(&tree);
    assert!(shape.room < 20_500, "room for {}", shape.room);
}

#[test]
fn drains_from_the_front_from_the_back_and_at_random() {
    let full = ascending(20_000);
    let numbers: Vec<u32> = (0..20_000).collect();
    let mut shuffled = numbers.clone();
    shuffled.shuffle(&mut StdRng::seed_from_u64(7));
    let mut backward = numbers.clone();
    backward.reverse();
    for order in [numbers, backward, shuffled] {
        let mut tree = full.clone();
        for (done, number) in order.iter().enumerate() {
            assert!(tree.remove(f64::from(number / 3), &member(*number)));
            if done % 500 == 0 || tree.len() < 100 {
                check(&tree);
            }
        }
        assert_eq!(tree.len(), 0);
    }
    assert_eq!(full.len(), 20_000, "a clone is a tree of its own");
    assert_eq!(check(&full).depth, 3);
}

#[test]
fn churn_keeps_room_and_depth_bounded() {
    let mut rng = StdRng::seed_from_u64(11);
    let mut tree = RankTree::new();
    let mut live = Vec::new();
    for round in 0..200_000_u32 {
        let score = f64::from(rng.random_range(0..1_000_u32));
        tree.insert(score, member(round));
        live.push((score, round));
        if live.len() > 10_000 {
            let (score, number) = live.swap_remove(rng.random_range(0..live.len()));
            assert!(tree.remove(score, &member(number)));
        }
        if round % 5_000 == 0 {
            check(&tree);
        }
    }
    let shape = check(&tree);
    assert_eq!((tree.len(), shape.depth), (10_000, 3));
    assert!(shape.room < 15_000, "room for {} where there are 10,000", shape.room);
    assert!(shape.leaves < 400, "{} leaves", shape.leaves);
}

#[test]
fn a_window_that_moves_does_not_grow() {
    let mut tree = RankTree::new();
    for number in 0..100_000_u32 {
        tree.insert(f64::from(number), member(number));
        if let Some(old) = number.checked_sub(1_000) {
            let (score, lowest) = tree.get(0).map(|(score, lowest)| (score, lowest.clone())).unwrap();
            assert_eq!(lowest, member(old));
            assert!(tree.remove(score, &lowest));
        }
    }
    let shape = check(&tree);
    assert_eq!((tree.len(), shape.depth), (1_000, 2));
    assert!(shape.room < 1_100, "room for {}", shape.room);
}

#[test]
fn a_predicate_sees_only_entries_that_are_there() {
    let mut tree = ascending(10_000);
    for number in (0..10_000).filter(|number| number % 7 != 3) {
        assert!(tree.remove(f64::from(number / 3), &member(number)));
    }
    let left: std::collections::HashSet<Bytes> =
        (0..10_000).filter(|number| number % 7 == 3).map(member).collect();
    for bound in (0..10_000).step_by(101) {
        let at = tree.partition_point(|_, name| {
            assert!(left.contains(name), "saw a removed entry");
            name < &member(bound)
        });
        assert_eq!(at, tree.range(0, tree.len()).filter(|(_, name)| **name < member(bound)).count());
    }
}

#[test]
fn debug_shows_no_member() {
    let mut tree = RankTree::new();
    tree.insert(1.0, Bytes::from_static(b"secret"));
    assert_eq!(format!("{tree:?}"), "RankTree { len: 1, .. }");
}
