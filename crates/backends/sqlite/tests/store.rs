//! The store as a whole, on a file.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail and measure")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Place, run, value};
use credenza_core::command::{Get, IncrBy, Set, VersionOf};
use credenza_core::{
    Batch, Check, Context, Durability, ErrorKind, Event, KvStore, ManualClock, PubSub, Reply, Request,
    Version,
};
use credenza_sqlite::{SqliteConfig, SqliteDurability, SqliteStore};

async fn version(store: &SqliteStore, key: &str) -> Version {
    match run(store, &format!("VERSIONOF {key}")).await.expect("VERSIONOF answers") {
        Reply::Version(Some(version)) => version,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn data_and_versions_survive_a_restart() {
    let place = Place::new();
    let mut last = Version::new(0);
    for round in 0..4 {
        let store = place.open();
        for n in 0..50 {
            run(&store, &format!("SET k{n} {round}")).await.unwrap();
            let now = version(&store, &format!("k{n}")).await;
            assert!(now > last, "{now:?} after {last:?}");
            last = now;
        }
        run(&store, "RPUSH list a b c").await.unwrap();
        if round % 2 == 0 {
            store.close().await.unwrap();
            assert!(!place.folder.path().join("kv.db-wal").exists(), "the log is left behind");
        }
    }
    let store = place.open();
    assert_eq!(run(&store, "GET k7").await.unwrap(), value("3"));
    assert_eq!(run(&store, "LLEN list").await.unwrap(), Reply::Int(12));
}

#[tokio::test]
async fn stamps_rise_where_two_processes_take_turns() {
    let place = Place::new();
    let (one, other) = (place.open(), place.open());
    let mut last = Version::new(0);
    for n in 0..40 {
        // Now one, now the other, some in a row; each knows nothing of the other but the file.
        let store = if (n / 3) % 2 == 0 { &one } else { &other };
        run(store, "SET k v").await.unwrap();
        run(store, &format!("RPUSH l{n} x")).await.unwrap();
        let now = version(if n % 2 == 0 { &one } else { &other }, "k").await;
        assert!(now > last, "{now:?} after {last:?}");
        last = now;
    }
    for n in 0..40 {
        assert_eq!(run(&one, &format!("LLEN l{n}")).await.unwrap(), Reply::Int(1), "two lists share an id");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_lose_nothing() {
    let place = Place::new();
    let store = place.open();
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in 0..40 {
                    run(&store, "INCRBY total 1").await.unwrap();
                    run(&store, &format!("RPUSH mine{task} {n}")).await.unwrap();
                    // What was acknowledged is seen, from whichever connection reads.
                    assert_eq!(run(&store, &format!("LLEN mine{task}")).await.unwrap(), Reply::Int(n + 1));
                    assert_eq!(
                        run(&store, &format!("LINDEX mine{task} -1")).await.unwrap(),
                        value(&n.to_string())
                    );
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(run(&store, "GET total").await.unwrap(), value("2560"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_whole_or_not_at_all_and_fails_nobody_else() {
    let place = Place::new();
    let store = place.open();
    run(&store, "SET text abc").await.unwrap();
    let tasks: Vec<_> = (0..32)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut batch = Batch::atomic();
                batch.push(IncrBy::new("sum", 1));
                batch.push(Set::new(format!("k{task}"), "v"));
                if task % 2 == 0 {
                    batch.push(IncrBy::new("text", 1));
                }
                (task, store.execute(&Context::new(), Request::Batch(batch)).await)
            })
        })
        .collect();
    for task in tasks {
        let (task, answer) = task.await.unwrap();
        let exists = run(&store, &format!("EXISTS k{task}")).await.unwrap();
        match answer {
            Ok(reply) => {
                assert_eq!((task % 2, exists), (1, Reply::Int(1)));
                let stamp = reply.batch().unwrap().version;
                assert_eq!(stamp, Some(version(&store, &format!("k{task}")).await));
            }
            Err(error) => {
                assert_eq!((task % 2, exists), (0, Reply::Int(0)));
                assert_eq!((error.kind(), error.index()), (ErrorKind::NotAnInteger, Some(2)));
                assert_eq!(error.store(), Some("sqlite"));
            }
        }
    }
    assert_eq!(run(&store, "GET sum").await.unwrap(), value("16"));
}

#[tokio::test]
async fn checks_and_pipelines() {
    let place = Place::new();
    let store = place.open();
    let mut batch = Batch::atomic();
    batch.check(Check::absent("k"));
    batch.push(Set::new("k", "1"));
    let cx = Context::new();
    store.execute(&cx, Request::Batch(batch.clone())).await.unwrap();
    let error = store.execute(&cx, Request::Batch(batch)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CheckFailed);
    let mut batch = Batch::pipelined();
    batch.push(Set::new("a", "text"));
    batch.push(IncrBy::new("a", 1));
    batch.push(Get::new("a"));
    let mut replies = store.execute(&cx, Request::Batch(batch)).await.unwrap().batch().unwrap().replies;
    assert_eq!(replies.pop().unwrap().unwrap(), value("text"));
    let error = replies.pop().unwrap().unwrap_err();
    assert_eq!((error.kind(), error.index()), (ErrorKind::NotAnInteger, Some(1)));
    // A batch that only reads is answered by a reader, and knows no version.
    let mut batch = Batch::atomic();
    batch.check(Check::exists("a"));
    batch.push(Get::new("a"));
    batch.push(VersionOf::new("none"));
    let reply = store.execute(&cx, Request::Batch(batch)).await.unwrap().batch().unwrap();
    assert_eq!((reply.replies.len(), reply.version), (2, None));
}

#[tokio::test]
async fn values_too_long_to_be_read_in_place() {
    let place = Place::new();
    let store = place.open();
    let long = "x".repeat(3 << 20);
    run(&store, &format!("SET k {long}")).await.unwrap();
    assert_eq!(run(&store, "GET k").await.unwrap(), value(&long));
    assert_eq!(run(&store, "GETRANGE k 0 2").await.unwrap(), value("xxx"));
    assert_eq!(run(&store, "MGET k none").await.unwrap(), Reply::Values(vec![Some(long.into()), None]));
}

#[tokio::test]
async fn a_sweep_removes_what_expired_and_closing_refuses() {
    let place = Place::new();
    let clock = Arc::new(ManualClock::at(1_000_000));
    let store = SqliteStore::open(SqliteConfig { clock: clock.clone(), ..place.config() }).unwrap();
    for n in 0..1_200 {
        run(&store, &format!("SET k{n} v PX {}", if n % 2 == 0 { 100 } else { 100_000 })).await.unwrap();
    }
    assert_eq!(store.sweep().unwrap(), 0);
    clock.advance(Duration::from_secs(1));
    assert_eq!(run(&store, "GET k0").await.unwrap(), Reply::Value(None));
    // Absent for a write too, in the same step.
    assert_eq!(run(&store, "APPEND k2 new").await.unwrap(), Reply::Int(3));
    assert_eq!(store.sweep().unwrap(), 599);
    let rows: i64 = place.stranger().query_row("SELECT count(*) FROM keys", (), |row| row.get(0)).unwrap();
    assert_eq!(rows, 601);
    store.close().await.unwrap();
    store.close().await.unwrap();
    for line in ["GET k1", "SET k1 v", "HGETALL k1"] {
        assert_eq!(run(&store, line).await.unwrap_err().kind(), ErrorKind::Unavailable, "{line}");
    }
    assert_eq!(store.sweep().unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn the_sweeper_works_by_itself() {
    let place = Place::new();
    let config = SqliteConfig { sweep_interval: Some(Duration::from_millis(5)), ..place.config() };
    let store = SqliteStore::open(config).unwrap();
    for n in 0..20 {
        run(&store, &format!("SET k{n} v PX 1")).await.unwrap();
    }
    let members: Vec<_> = (0..3_000).map(|n| n.to_string()).collect();
    run(&store, &format!("SADD s {}", members.join(" "))).await.unwrap();
    run(&store, "DEL s").await.unwrap();
    let stranger = place.stranger();
    let left = || -> i64 {
        let rows = "SELECT (SELECT count(*) FROM keys) + (SELECT count(*) FROM set_member)";
        stranger.query_row(rows, (), |row| row.get(0)).unwrap()
    };
    for _ in 0..1_000 {
        if left() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{} rows are left", left());
}

#[tokio::test]
async fn in_memory_and_what_is_declared() {
    let store = SqliteStore::open(SqliteConfig::memory()).unwrap();
    run(&store, "ZADD z 1 a 2 b").await.unwrap();
    assert_eq!(run(&store, "ZCARD z").await.unwrap(), Reply::Int(2));
    assert_eq!((store.info().name(), store.capabilities().durability), ("sqlite", Durability::None));
    let place = Place::new();
    assert_eq!(place.open().capabilities().durability, Durability::PowerLoss);
    let config = SqliteConfig { durability: SqliteDurability::Normal, ..place.config() };
    let store = SqliteStore::open(config).unwrap();
    assert_eq!(store.capabilities().durability, Durability::ProcessCrash);
    assert!(store.capabilities().ordered_scan && store.capabilities().versions);
}

#[tokio::test]
async fn publish_and_subscribe() {
    let store = SqliteStore::open(SqliteConfig::memory()).unwrap();
    let mut events = store.subscribe(vec!["news".into()], vec![]).await.unwrap();
    assert_eq!(store.publish("news".into(), "hello".into()).await.unwrap(), 1);
    assert!(matches!(events.next().await, Some(Event::Message(message)) if message.payload == "hello"));
    store.close().await.unwrap();
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn what_is_malformed_or_too_large_is_refused_at_once() {
    let place = Place::new();
    let store = place.open();
    let malformed = Set::new("k", "v").expire_in(Duration::ZERO);
    let error = store.execute(&Context::new(), Request::One(malformed.into())).await.unwrap_err();
    assert_eq!((error.kind(), error.store()), (ErrorKind::InvalidArgument, Some("sqlite")));
    let long = "k".repeat((64 << 10) + 1);
    let error = run(&store, &format!("SET {long} v")).await.unwrap_err();
    assert_eq!((error.kind(), error.store()), (ErrorKind::LimitExceeded, Some("sqlite")));
    assert_eq!(run(&store, &format!("EXISTS k {}", &long[1..])).await.unwrap(), Reply::Int(0));
}
