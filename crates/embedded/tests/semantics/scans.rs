//! Scans from the first page to the last.

use std::collections::BTreeSet;

use bytes::Bytes;
use credenza_core::command::{HScan, HSet, SAdd, SScan, Scan, Set, ZAdd, ZAddOptions, ZScan};
use credenza_core::{Cursor, Kind, Op, Page, Pattern};

use crate::common::Runner;

/// Follows a scan to its end; returns what it found and how many pages it took.
fn all<O: Op<Reply = Page<T>>, T>(runner: &mut Runner, scan: impl Fn(Cursor) -> O) -> (Vec<T>, usize) {
    let (mut found, mut pages, mut cursor) = (Vec::new(), 0, Cursor::START);
    loop {
        let page = O::reply(runner.run(scan(cursor)).unwrap()).unwrap();
        found.extend(page.items);
        pages += 1;
        match page.next {
            Some(next) => cursor = next,
            None => return (found, pages),
        }
    }
}

fn filled() -> Runner {
    let mut runner = Runner::new();
    for number in 0..100 {
        let name = format!("n:{number}");
        runner.run(Set::new(&name, "v")).unwrap();
        runner.run(HSet::new("hash", [(name.as_str(), "v")])).unwrap();
        runner.run(SAdd::new("set", [name.as_str()])).unwrap();
        runner.run(ZAdd::new("zset", ZAddOptions::default(), [(1.5, name.as_str())])).unwrap();
    }
    runner
}

#[test]
fn finds_every_key_once() {
    let mut runner = filled();
    let (found, pages) = all(&mut runner, Scan::new);
    assert_eq!((found.len(), found.iter().collect::<BTreeSet<_>>().len()), (103, 103));
    assert_eq!(pages, 11, "a page has ten keys unless it is told otherwise");
    let (_, pages) = all(&mut runner, |cursor| Scan::new(cursor).count(50));
    assert_eq!(pages, 3);
}

#[test]
fn filters_keys_by_pattern_and_kind() {
    let mut runner = filled();
    let pattern = Pattern::from("n:1*");
    let (found, _) = all(&mut runner, |cursor| Scan::new(cursor).pattern(pattern.clone()));
    assert_eq!(found.len(), 11);
    let (found, _) = all(&mut runner, |cursor| Scan::new(cursor).kind(Kind::SortedSet));
    assert_eq!(found, [Bytes::from("zset")]);
}

#[test]
fn finds_every_element() {
    let mut runner = filled();
    let (fields, pages) = all(&mut runner, |cursor| HScan::new("hash", cursor));
    assert_eq!((fields.len(), pages), (100, 10));
    let (members, pages) = all(&mut runner, |cursor| SScan::new("set", cursor).count(30));
    assert_eq!((members.len(), pages), (100, 4));
    let (scored, _) = all(&mut runner, |cursor| ZScan::new("zset", cursor).pattern(Pattern::from("*7")));
    assert_eq!(scored.len(), 10);
    assert!(scored.iter().all(|(_, score)| *score == 1.5));
}

#[test]
fn a_page_is_never_larger_than_the_limit() {
    let mut runner = filled();
    runner.limits.page = 20;
    let (_, pages) = all(&mut runner, |cursor| Scan::new(cursor).count(u64::MAX));
    assert_eq!(pages, 6);
    let (_, pages) = all(&mut runner, |cursor| HScan::new("hash", cursor).count(1_000));
    assert_eq!(pages, 5);
}
