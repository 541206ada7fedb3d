//! A namespace before the judges of `credenza-testkit`, and what it hides.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use credenza_core::command::{Clear, Copy, Get, Rename, Scan, Set};
use credenza_core::{Batch, Check, Cursor, ErrorKind, Kv, ManualClock, Pattern, Result};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_namespaced::Namespaced;
use credenza_testkit::{Subject, small_limits, suite};

/// A prefix of everything that means something in a pattern.
const PREFIX: &str = r"a*?[^x-z]\:";

fn fresh() -> Result<Subject> {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let mut config = MemoryConfig::default();
    config.clock = clock.clone();
    config.sweep_interval = None;
    config.limits = small_limits();
    let store = MemoryStore::open(config)?;
    Ok(Subject::new(store.clone()).with_clock(clock).with_pubsub(store))
}

#[tokio::test]
async fn inside_of_a_namespace() {
    suite::run(async || Ok(fresh()?.behind(|store| Namespaced::new(store, PREFIX)))).await.assert_passed();
}

/// A store, a namespace in it, and keys beside it that look much like those in it.
async fn neighbours() -> (Kv, Kv) {
    let all = fresh().unwrap().kv();
    let inside = Kv::new(Namespaced::new(all.store().clone(), PREFIX));
    for key in ["k", "", "a*?[^x-z]:k", "aXyb:k", r"a*?[^x-z]\", r"a*?[^x-z]\;k"] {
        all.set(key, "beside").await.unwrap();
    }
    inside.mset([("k", "1"), ("", "2"), ("*", "3")]).await.unwrap();
    (all, inside)
}

async fn names(kv: &Kv) -> BTreeSet<Bytes> {
    let (mut scan, mut names) = (kv.scan_prefix(""), BTreeSet::new());
    while let Some(key) = scan.next().await.unwrap() {
        names.insert(key);
    }
    names
}

fn set(names: &[&'static str]) -> BTreeSet<Bytes> {
    names.iter().map(|name| Bytes::from_static(name.as_bytes())).collect()
}

#[tokio::test]
async fn a_scan_shows_the_keys_of_the_namespace_without_the_prefix() {
    let (_, inside) = neighbours().await;
    assert_eq!(names(&inside).await, set(&["k", "", "*"]));
    let page = inside.run(Scan::new(Cursor::START).pattern(Pattern::from("[a-z]")).count(50)).await.unwrap();
    assert_eq!(page.items, ["k"]);

    let mut batch = Batch::atomic();
    batch.push(Set::new("new", "4"));
    let scanned = batch.push(Scan::new(Cursor::START).pattern(Pattern::from("*e*")).count(50));
    let mut reply = inside.batch(batch).await.unwrap();
    let mut found = reply.take(scanned).unwrap();
    // A batch scans a part of the store at a time.
    let mut items = found.items;
    while let Some(next) = found.next {
        found = inside.run(Scan::new(next).pattern(Pattern::from("*e*")).count(50)).await.unwrap();
        items.extend(found.items);
    }
    assert_eq!(items, ["new"]);
}

#[tokio::test]
async fn clearing_everything_clears_the_namespace_alone() {
    let (all, inside) = neighbours().await;
    assert_eq!(inside.run(Clear::new("")).await.unwrap(), 3);
    assert_eq!(names(&inside).await, set(&[]));
    assert_eq!(names(&all).await.len(), 6);
}

#[tokio::test]
async fn both_keys_of_a_command_and_the_key_of_a_check_are_inside() {
    let (all, inside) = neighbours().await;
    inside.run(Rename::new("k", "moved")).await.unwrap();
    assert!(inside.run(Copy::new("moved", "copied")).await.unwrap());
    assert_eq!(all.run(Get::new("k")).await.unwrap().as_deref(), Some(&b"beside"[..]));
    assert_eq!(names(&inside).await, set(&["moved", "copied", "", "*"]));
    assert_eq!(names(&all).await.len(), 10);

    let mut batch = Batch::atomic();
    batch.check(Check::absent("k")).check(Check::value_equals("copied", "1"));
    batch.push(Set::new("k", "again"));
    inside.batch(batch).await.unwrap();
    let mut batch = Batch::atomic();
    batch.check(Check::absent("k"));
    batch.push(Set::new("k", "never"));
    assert_eq!(inside.batch(batch).await.unwrap_err().kind(), ErrorKind::CheckFailed);
}

#[tokio::test]
async fn the_prefix_counts_in_the_limit_of_a_key() {
    let (_, inside) = neighbours().await;
    let limit = inside.capabilities().limits.key;
    inside.set(vec![b'k'; limit], "v").await.unwrap();
    let error = inside.set(vec![b'k'; limit + 1], "v").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}
