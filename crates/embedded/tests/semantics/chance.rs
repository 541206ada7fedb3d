//! Commands that choose at random.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use credenza_core::command::{HRandField, HSet, SAdd, SCard, SPop, SRandMember};
use credenza_core::{ErrorKind, Op};

use crate::common::Runner;

const SIZE: usize = 100;

fn filled() -> Runner {
    let mut runner = Runner::new();
    let names: Vec<String> = (0..SIZE).map(|number| number.to_string()).collect();
    runner.run(SAdd::new("set", names.iter())).unwrap();
    runner.run(HSet::new("hash", names.iter().map(|name| (name.as_str(), name.as_str())))).unwrap();
    runner
}

fn ask<O: Op>(runner: &mut Runner, op: O) -> O::Reply {
    O::reply(runner.run(op).unwrap()).unwrap()
}

fn distinct<T: Ord>(all: &[T]) -> usize {
    all.iter().collect::<BTreeSet<_>>().len()
}

#[test]
fn a_count_chooses_different_elements() {
    let mut runner = filled();
    for count in [0, 1, 2, 6, 7, 50, 99, 100, 101, i64::MAX] {
        let expected = usize::try_from(count).unwrap().min(SIZE);
        let members = ask(&mut runner, SRandMember::new("set", Some(count)));
        assert_eq!((members.len(), distinct(&members)), (expected, expected), "{count}");
        let entries = ask(&mut runner, HRandField::new("hash", Some(count)));
        assert_eq!((entries.len(), distinct(&entries)), (expected, expected), "{count}");
        assert!(entries.iter().all(|(field, value)| field == value));
    }
}

#[test]
fn a_negative_count_chooses_with_repetitions() {
    let mut runner = filled();
    for count in [-1, -3, -50, -1000] {
        let members = ask(&mut runner, SRandMember::new("set", Some(count)));
        assert_eq!(members.len() as i64, -count);
        let entries = ask(&mut runner, HRandField::new("hash", Some(count)));
        assert_eq!(entries.len() as i64, -count);
    }
    let members = ask(&mut runner, SRandMember::new("set", Some(-1000)));
    assert!(distinct(&members) < 1000 && distinct(&members) > 90);
}

#[test]
fn a_negative_count_is_bounded() {
    let mut runner = filled();
    runner.limits.arguments = 10;
    assert_eq!(ask(&mut runner, SRandMember::new("set", Some(-10))).len(), 10);
    let error = runner.run(SRandMember::new("set", Some(-11))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    let error = runner.run(HRandField::new("hash", Some(-11))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert_eq!(ask(&mut runner, HRandField::new("hash", Some(11))).len(), 11);
}

#[test]
fn popped_members_are_gone() {
    for count in [0, 1, 2, 6, 7, 60, 99, 100, 101, u64::MAX] {
        let mut runner = filled();
        let popped = ask(&mut runner, SPop::new("set", Some(count)));
        let expected = usize::try_from(count).unwrap().min(SIZE);
        assert_eq!((popped.len(), distinct(&popped)), (expected, expected));
        assert_eq!(ask(&mut runner, SCard::new("set")) as usize, SIZE - expected);
        let left = ask(&mut runner, SRandMember::new("set", Some(i64::MAX)));
        assert!(left.iter().all(|member| !popped.contains(member)));
    }
}

/// Each of a hundred elements should come up about as often as the others, for each way of choosing.
#[test]
fn every_element_has_the_same_chance() {
    let mut runner = filled();
    for count in [1, 5, 40, -1, -5, -40] {
        let mut seen: BTreeMap<Bytes, u32> = BTreeMap::new();
        let mut drawn = 0;
        while drawn < 10_000 {
            for member in ask(&mut runner, SRandMember::new("set", Some(count))) {
                *seen.entry(member).or_default() += 1;
                drawn += 1;
            }
        }
        let mean = f64::from(drawn) / SIZE as f64;
        // The sum of squares has 99 degrees of freedom; more than 160 comes up once in ten thousand runs.
        let chi: f64 = (0..SIZE)
            .map(|number| f64::from(seen.get(number.to_string().as_bytes()).copied().unwrap_or(0)))
            .map(|times| (times - mean).powi(2) / mean)
            .sum();
        assert!(chi < 160.0, "count {count}: {chi}");
    }
}
