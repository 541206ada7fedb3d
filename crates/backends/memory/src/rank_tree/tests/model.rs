//! Random operations against a sorted `Vec`.

use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::{collection, proptest};

use super::*;

/// Sorted by the order of the tree, written a second time.
#[derive(Default)]
struct Model(Vec<(f64, Bytes)>);

impl Model {
    fn find(&self, score: f64, member: &[u8]) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, bytes)| {
            if *other < score {
                Ordering::Less
            } else if *other > score {
                Ordering::Greater
            } else {
                bytes[..].cmp(member)
            }
        })
    }
}

#[derive(Clone, Debug)]
enum Op {
    Insert(f64, Bytes),
    /// As many neighbours with one score, upwards or downwards.
    InsertRun(f64, u32, u32, bool),
    /// The entry at this share of the way.
    RemoveAt(f64),
    RemovePair(f64, Bytes),
    /// As many entries from this share of the way.
    RemoveRun(f64, usize),
    Look(f64, Bytes),
    Get(f64),
    /// Between two shares of the way, taking from the front where `true`, and from the back where `false`.
    Walk(f64, f64, Vec<bool>),
    GoOnWithClone,
}

fn score() -> impl Strategy<Value = f64> {
    let special = [f64::NEG_INFINITY, f64::MIN, -1.0, -0.0, 0.0, f64::MIN_POSITIVE, 1.0, f64::INFINITY];
    prop_oneof![
        3 => (0..special.len()).prop_map(move |at| special[at]),
        1 => any::<f64>().prop_filter("not NaN", |score| !score.is_nan()),
    ]
}

fn name() -> impl Strategy<Value = Bytes> {
    // Few and short, so that pairs come again and prefixes meet what they begin.
    collection::vec(prop_oneof![Just(0_u8), Just(b'a'), Just(0xff)], 0..4).prop_map(Bytes::from)
}

fn op() -> impl Strategy<Value = Op> {
    let share = || 0.0..1.02_f64;
    prop_oneof![
        4 => (score(), name()).prop_map(|(score, name)| Op::Insert(score, name)),
        4 => (score(), 0..5_000_u32, 1..1_500_u32, any::<bool>())
            .prop_map(|(score, from, count, up)| Op::InsertRun(score, from, count, up)),
        2 => share().prop_map(Op::RemoveAt),
        2 => (score(), name()).prop_map(|(score, name)| Op::RemovePair(score, name)),
        3 => (share(), 1..1_500_usize).prop_map(|(at, count)| Op::RemoveRun(at, count)),
        4 => (score(), name()).prop_map(|(score, name)| Op::Look(score, name)),
        1 => share().prop_map(Op::Get),
        3 => (share(), share(), collection::vec(any::<bool>(), 1..8))
            .prop_map(|(from, to, turns)| Op::Walk(from, to, turns)),
        1 => Just(Op::GoOnWithClone),
    ]
}

fn insert(tree: &mut RankTree, model: &mut Model, score: f64, member: Bytes) {
    if let Err(at) = model.find(score, &member) {
        model.0.insert(at, (score, member.clone()));
        tree.insert(score, member);
    }
}

fn run(tree: &mut RankTree, model: &mut Model, op: Op) {
    let index = |share: f64, len: usize| (share * len as f64) as usize;
    let len = model.0.len();
    match op {
        Op::Insert(score, member) => insert(tree, model, score, member),
        Op::InsertRun(score, from, count, up) => {
            for step in 0..count {
                let number = from + if up { step } else { count - step };
                insert(tree, model, score, member(number));
            }
        }
        Op::RemoveAt(share) => {
            let at = index(share, len);
            if at < len {
                let (score, member) = model.0.remove(at);
                assert!(tree.remove(score, &member));
                assert!(!tree.remove(score, &member), "removed twice");
            }
        }
        Op::RemovePair(score, member) => {
            let found = model.find(score, &member);
            assert_eq!(tree.remove(score, &member), found.is_ok());
            found.map(|at| model.0.remove(at)).ok();
        }
        Op::RemoveRun(share, count) => {
            let from = index(share, len).min(len);
            for (score, member) in model.0.drain(from..len.min(from + count)) {
                assert!(tree.remove(score, &member));
            }
        }
        Op::Look(score, member) => {
            let at = model.find(score, &member).unwrap_or_else(|at| at);
            assert_eq!(tree.rank(score, &member), at);
            let below = model.0.partition_point(|(other, _)| *other < score);
            assert_eq!(tree.partition_point(|other, _| other < score), below);
            let upto = model.0.partition_point(|(other, _)| *other <= score);
            assert_eq!(tree.partition_point(|other, _| other <= score), upto);
        }
        Op::Get(share) => {
            let at = index(share, len);
            let expected = model.0.get(at).map(|(score, member)| (score.to_bits(), member));
            assert_eq!(tree.get(at).map(|(score, member)| (score.to_bits(), member)), expected);
        }
        Op::Walk(from, to, turns) => walk(tree, model, index(from, len), index(to, len), &turns),
        Op::GoOnWithClone => {
            let clone = tree.clone();
            *tree = clone;
        }
    }
}

fn walk(tree: &RankTree, model: &Model, from: usize, to: usize, turns: &[bool]) {
    let len = model.0.len();
    assert_eq!(pairs(tree.iter_from(from)), model.0[from.min(len)..]);
    let down: Vec<_> = model.0[..to.min(len)].iter().rev().cloned().collect();
    assert_eq!(pairs(tree.iter_back_from(to)), down);

    let mut expected = model.0[from.min(to).min(len)..to.min(len)].iter();
    if from > to {
        expected = [].iter();
    }
    let mut range = tree.range(from, to);
    for &front in turns.iter().cycle() {
        assert_eq!(range.len(), expected.len());
        let (found, wanted) =
            if front { (range.next(), expected.next()) } else { (range.next_back(), expected.next_back()) };
        assert_eq!(found, wanted.map(|(score, member)| (*score, member)));
        if found.is_none() {
            break;
        }
    }
    assert_eq!((range.next(), range.next_back()), (None, None), "a range that ended stays at its end");
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 96, ..Default::default() })]

    #[test]
    fn agrees_with_a_sorted_vec(ops in collection::vec(op(), 1..60)) {
        let mut tree = RankTree::new();
        let mut model = Model::default();
        for op in ops {
            run(&mut tree, &mut model, op);
            check(&tree);
        }
        let bits = |pair: &(f64, Bytes)| (pair.0.to_bits(), pair.1.clone());
        let found: Vec<_> = pairs(tree.iter_from(0)).iter().map(bits).collect();
        assert_eq!(found, model.0.iter().map(bits).collect::<Vec<_>>());
    }
}
