//! A namespace before the judges of `credenza-testkit`, and what it hides.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use credenza_core::command::{Clear, Copy, Get, RPush, Rename, Scan, Set};
use credenza_core::{
    Batch, Check, Context, Cursor, ErrorKind, Event, Kv, ManualClock, Pattern, PubSub, Result,
};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_namespaced::{Namespaced, NamespacedPubSub};
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
    Ok(Subject::new(store.clone()).with_clock(clock).with_pubsub(NamespacedPubSub::new(store, PREFIX)))
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

#[tokio::test]
async fn no_two_names_share_a_key() {
    let all = fresh().unwrap().kv();
    let called = ["a", "a:b", "a#b", "a#", "a%23b", "{a}", "{a", "a}", "}", "{a}%:", ""];
    let mut spaces = Vec::new();
    for name in called {
        spaces.push(Kv::new(Namespaced::named(all.store().clone(), name)));
        if !name.is_empty() {
            spaces.push(Kv::new(Namespaced::in_one_slot(all.store().clone(), name).unwrap()));
        }
    }
    assert!(Namespaced::in_one_slot(all.store().clone(), "").is_err());
    let keys = ["c", "b:c", "#b:c", "%:c", "", "}%:c"];
    for (index, space) in spaces.iter().enumerate() {
        for key in keys {
            space.set(key, format!("{index} {key}")).await.unwrap();
        }
    }
    assert_eq!(names(&all).await.len(), spaces.len() * keys.len());
    for (index, space) in spaces.iter().enumerate() {
        assert_eq!(names(space).await, set(&keys));
        for key in keys {
            assert_eq!(space.get(key).await.unwrap().unwrap(), format!("{index} {key}"));
        }
    }
    spaces[0].run(Clear::new("")).await.unwrap();
    assert_eq!(names(&all).await.len(), (spaces.len() - 1) * keys.len());
}

/// The slot of a key is that of what stands between its first brace and the next closing one, unless that is nothing.
#[tokio::test]
async fn a_namespace_in_one_slot_has_one_hash_tag() {
    let all = fresh().unwrap().kv();
    for name in ["shop", "a}b", "}", "{", "ä {"] {
        all.run(Clear::new("")).await.unwrap();
        let inside = Kv::new(Namespaced::in_one_slot(all.store().clone(), name).unwrap());
        inside.mset([("a", "1"), ("{b}", "2"), ("}c{", "3")]).await.unwrap();
        let tags: BTreeSet<Vec<u8>> = names(&all)
            .await
            .iter()
            .map(|key| {
                let open = key.iter().position(|byte| *byte == b'{').unwrap();
                let close = key[open..].iter().position(|byte| *byte == b'}').unwrap();
                key[open + 1..open + close].to_vec()
            })
            .collect();
        assert!(tags.len() == 1 && tags.iter().all(|tag| !tag.is_empty()), "{name}: {tags:?}");
    }
}

#[tokio::test]
async fn channels_are_apart() {
    let store = MemoryStore::open(MemoryConfig::default()).unwrap();
    let (one, other) =
        (NamespacedPubSub::named(store.clone(), "a"), NamespacedPubSub::named(store.clone(), "a:b"));
    let everything = vec![Pattern::from("*")];
    let mut seen = one.subscribe(vec!["c".into()], everything.clone()).await.unwrap();
    let mut elsewhere = other.subscribe(Vec::new(), everything).await.unwrap();
    other.publish("c".into(), "not for one".into()).await.unwrap();
    store.publish("c".into(), "for nobody".into()).await.unwrap();
    assert_eq!(one.publish("c".into(), "hello".into()).await.unwrap(), 2);
    let mut patterns = Vec::new();
    for _ in 0..2 {
        let Some(Event::Message(message)) = seen.next().await else { panic!("no message") };
        assert_eq!((&message.channel[..], &message.payload[..]), (&b"c"[..], &b"hello"[..]));
        patterns.push(message.pattern);
    }
    patterns.sort_by_key(Option::is_some);
    assert_eq!(patterns, [None, Some(Pattern::from("*"))]);
    let Some(Event::Message(message)) = elsewhere.next().await else { panic!("no message") };
    assert_eq!(message.payload, "not for one");
}

#[tokio::test]
async fn usage_counts_what_is_inside() {
    let all = fresh().unwrap().kv();
    let inside = Namespaced::named(all.store().clone(), "a");
    let kv = Kv::new(Namespaced::named(all.store().clone(), "a"));
    all.set("beside", "x").await.unwrap();
    assert_eq!(inside.usage(&Context::new()).await.unwrap(), Default::default());
    for n in 0..1200 {
        kv.set(format!("{n:04}"), "12345").await.unwrap();
    }
    kv.hset("hash", "f", "v").await.unwrap();
    kv.run(RPush::new("list", ["a", "b", "c"])).await.unwrap();
    let usage = inside.usage(&Context::new()).await.unwrap();
    assert_eq!((usage.keys, usage.key_bytes), (1202, 1200 * 4 + 8));
    assert_eq!((usage.string_bytes, usage.elements), (6000, 4));
}
