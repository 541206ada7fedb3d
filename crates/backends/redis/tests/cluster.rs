//! What is special about a cluster: keys on several servers, that move between them.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;

use bytes::Bytes;
use common::open;
use credenza_core::command::{Clear, Del, Get, IncrBy, MGet, Scan, Set};
use credenza_core::{Batch, Check, Cursor, Effect, ErrorKind, Kv, Mode, Pattern};
use credenza_testkit::script::Answer;
use credenza_testkit::servers::RedisCluster;

const KEYS: usize = 1_000;

async fn filled(cluster: &RedisCluster) -> Kv {
    let kv = Kv::new(open(&cluster.url()).await);
    let mut batch = Batch::pipelined();
    for number in 0..KEYS {
        batch.push(Set::new(format!("k:{number}"), number as i64));
    }
    let reply = kv.batch(batch).await.unwrap();
    assert!(reply.replies.iter().all(Result::is_ok), "{reply:?}");
    kv
}

async fn scan(kv: &Kv, pattern: &'static str) -> BTreeSet<Bytes> {
    let (mut found, mut cursor) = (BTreeSet::new(), Cursor::START);
    loop {
        let page = kv.run(Scan::new(cursor).pattern(Pattern::from(pattern)).count(50_u64)).await.unwrap();
        found.extend(page.items);
        match page.next {
            Some(next) => cursor = next,
            None => return found,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_all_masters() {
    let Some(cluster) = RedisCluster::start() else { return };
    let kv = filled(&cluster).await;
    for port in cluster.masters() {
        let Answer::Int(size) = cluster.node(port).say(&["DBSIZE"]).unwrap() else { panic!() };
        assert!(size > 200, "a master has {size} keys");
    }
    assert_eq!(scan(&kv, "*").await.len(), KEYS);
    assert_eq!(scan(&kv, "k:99?").await.len(), 10);
    let mut batch = Batch::pipelined();
    let tickets: Vec<_> = (0..KEYS).map(|number| batch.push(Get::new(format!("k:{number}")))).collect();
    let mut reply = kv.batch(batch).await.unwrap();
    for (number, ticket) in tickets.into_iter().enumerate() {
        assert_eq!(reply.take(ticket).unwrap(), Some(Bytes::from(number.to_string())));
    }
    assert_eq!(kv.run(Clear::new("k:99")).await.unwrap(), 11);
    assert_eq!(scan(&kv, "*").await.len(), KEYS - 11);
    let mut batch = Batch::pipelined();
    let cleared = batch.push(Clear::new(""));
    let scanned = batch.push(Scan::new(Cursor::START));
    let mut reply = kv.batch(batch).await.unwrap();
    assert_eq!(reply.take(cleared).unwrap(), (KEYS - 11) as u64);
    assert_eq!(reply.take(scanned).unwrap().items, Vec::<Bytes>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_belong_together_are_in_one_slot() {
    let Some(cluster) = RedisCluster::start() else { return };
    let kv = Kv::new(open(&cluster.url()).await);
    let error = kv.run(MGet::new(["a", "b"])).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidArgument, Effect::NotApplied));
    assert!(error.to_string().contains("MGET on redis: the keys are in different hash slots"), "{error}");
    let mut batch = Batch::atomic();
    batch.check(Check::absent("b"));
    batch.push(Set::new("a", "v"));
    let error = kv.batch(batch).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    assert_eq!(kv.get("a").await.unwrap(), None);
    let mut batch = Batch::atomic();
    batch.check(Check::absent("{x}b"));
    batch.push(Set::new("{x}a", "v"));
    batch.push(IncrBy::new("{x}n", 1));
    kv.batch(batch).await.unwrap();
    assert_eq!(kv.run(MGet::new(["{x}a", "{x}n"])).await.unwrap(), [Some("v".into()), Some("1".into())]);
    assert_eq!(kv.run(Del::new(["{x}a", "{x}n"])).await.unwrap(), 2);
}

/// A slot moves from one master to another while it is used: nobody notices, and nothing is done twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_moves_under_load() {
    let Some(cluster) = RedisCluster::start() else { return };
    let kv = Kv::new(open(&cluster.url()).await);
    let from = cluster.master_of("{m}");
    let to = cluster.masters().into_iter().find(|port| *port != from).unwrap();
    let id = |port: u16| match cluster.node(port).say(&["CLUSTER", "MYID"]).unwrap() {
        Answer::Bulk(id) => String::from_utf8(id.to_vec()).unwrap(),
        other => panic!("{other}"),
    };
    let slot = cluster.node(from).say(&["CLUSTER", "KEYSLOT", "{m}"]).unwrap().to_string();
    kv.set("{m}text", "v").await.unwrap();
    let counting = tokio::spawn({
        let kv = kv.clone();
        async move {
            for number in 1..=3_000 {
                assert_eq!(kv.incr("{m}n").await.unwrap(), number);
                if number % 100 == 0 {
                    let mut batch = Batch { mode: Mode::Atomic, checks: vec![], commands: vec![] };
                    batch.push(IncrBy::new("{m}m", 1));
                    kv.batch(batch).await.unwrap();
                }
            }
        }
    });
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    cluster.node(to).say(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &id(from)]).unwrap();
    cluster.node(from).say(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &id(to)]).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    for key in ["{m}n", "{m}m", "{m}text"] {
        let port = to.to_string();
        let moved = cluster.node(from).say(&["MIGRATE", "127.0.0.1", &port, key, "0", "5000"]).unwrap();
        let moved = moved.to_string();
        assert!(moved == "OK" || moved == "NOKEY", "{moved}");
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    }
    for port in cluster.masters() {
        cluster.node(port).say(&["CLUSTER", "SETSLOT", &slot, "NODE", &id(to)]).unwrap();
    }
    counting.await.unwrap();
    assert_eq!(kv.get("{m}n").await.unwrap(), Some("3000".into()));
    assert_eq!(kv.get("{m}m").await.unwrap(), Some("30".into()));
    assert_eq!(kv.get("{m}text").await.unwrap(), Some("v".into()));
}
