//! The store as a whole: several of them on one database, merged statements, what is declared.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail and measure")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{VERSIONS, config, open, run, value};
use credenza_core::command::{Clear, Del, Get, IncrBy, MSet, RPush, SAdd, Set, VersionOf};
use credenza_core::{Batch, Check, Context, Durability, ErrorKind, Kv, KvStore, ManualClock, Reply, Request};
use credenza_postgres::{PostgresConfig, PostgresDurability, PostgresStore};
use credenza_testkit::servers::{Postgres, PostgresVersion};

fn server() -> Option<Postgres> {
    Postgres::start(PostgresVersion::V18)
}

async fn version(store: &PostgresStore, key: &str) -> u64 {
    match run(store, &format!("VERSIONOF {key}")).await.unwrap() {
        Reply::Version(Some(version)) => version.get(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stores_that_open_a_database_at_once_share_its_tables() {
    for server in VERSIONS {
        let Some(server) = Postgres::start(server) else { continue };
        let url = server.new_database();
        let opened = futures_util::future::join_all((0..6).map(|_| PostgresStore::open(config(&url)))).await;
        let stores: Vec<_> = opened.into_iter().map(Result::unwrap).collect();
        run(&stores[0], "SET k v").await.unwrap();
        run(&stores[1], "RPUSH l a b").await.unwrap();
        for store in &stores {
            assert_eq!(run(store, "GET k").await.unwrap(), value("v"));
            assert_eq!(run(store, "LLEN l").await.unwrap(), Reply::Int(2));
        }
        let records = server.sql_in("test_1", "SELECT module, version FROM credenza.credenza_migrations");
        assert_eq!(records.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_loses_nothing_and_sees_what_it_wrote() {
    let Some(server) = server() else { return };
    let url = server.new_database();
    let stores =
        [PostgresStore::open(config(&url)).await.unwrap(), PostgresStore::open(config(&url)).await.unwrap()];
    let tasks: Vec<_> = (0..48)
        .map(|task| {
            let store = stores[task % 2].clone();
            tokio::spawn(async move {
                for n in 0..25 {
                    run(&store, &format!("SET mine{task} {n}")).await.unwrap();
                    assert_eq!(run(&store, &format!("GET mine{task}")).await.unwrap(), value(&n.to_string()));
                    run(&store, "INCRBY total 1").await.unwrap();
                    run(&store, &format!("RPUSH list{task} {n}")).await.unwrap();
                    run(&store, &format!("SADD all {task}-{n}")).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(run(&stores[0], "GET total").await.unwrap(), value("1200"));
    assert_eq!(run(&stores[1], "SCARD all").await.unwrap(), Reply::Int(1200));
    assert_eq!(run(&stores[1], "LRANGE list7 -1 -1").await.unwrap(), Reply::List(Some(vec!["24".into()])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_writes_that_are_merged_the_last_one_stays() {
    let Some(server) = server() else { return };
    let store = open(&server).await;
    for round in 0..20 {
        // Futures of one task, polled in this order: the first goes by itself, the others together.
        let writes = (0..30).map(|n| {
            let store = store.clone();
            async move { run(&store, &format!("SET k{} {round}-{n}", n % 3)).await }
        });
        for answer in futures_util::future::join_all(writes).await {
            answer.unwrap();
        }
        for key in 0..3 {
            let last = format!("{round}-{}", 27 + key);
            assert_eq!(run(&store, &format!("GET k{key}")).await.unwrap(), value(&last));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collections_give_way_to_strings_also_in_a_merged_statement() {
    let Some(server) = server() else { return };
    let url = server.new_database();
    let store = PostgresStore::open(config(&url)).await.unwrap();
    for key in [3, 11, 12] {
        run(&store, &format!("SADD k{key} a b c")).await.unwrap();
    }
    let writes = (0..20).map(|n| {
        let store = store.clone();
        async move { run(&store, &format!("SET k{n} {n}")).await }
    });
    for answer in futures_util::future::join_all(writes).await {
        answer.unwrap();
    }
    for n in 0..20 {
        assert_eq!(run(&store, &format!("GET k{n}")).await.unwrap(), value(&n.to_string()));
    }
    run(&store, "MSET k1 x k2 y").await.unwrap();
    run(&store, "LPUSH l a").await.unwrap();
    run(&store, "MSET k1 x l y").await.unwrap();
    assert_eq!(run(&store, "GET l").await.unwrap(), value("y"));
    // What they owned is removed behind them.
    let left = "SELECT (SELECT count(*) FROM credenza.set_member) + (SELECT count(*) FROM credenza.list)";
    for _ in 0..200 {
        if server.sql_in("test_1", left).unwrap() == [[Some("0".to_owned())]] {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("elements of removed collections are left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn versions_of_a_key_rise_whoever_writes() {
    let Some(server) = server() else { return };
    let url = server.new_database();
    let stores =
        [PostgresStore::open(config(&url)).await.unwrap(), PostgresStore::open(config(&url)).await.unwrap()];
    let writers: Vec<_> = (0..8)
        .map(|task| {
            let store = stores[task % 2].clone();
            tokio::spawn(async move {
                for n in 0..60 {
                    let line = match (task + n) % 4 {
                        0 => "DEL k".to_owned(),
                        1 => "APPEND k x".to_owned(),
                        _ => format!("SET k {n}"),
                    };
                    run(&store, &line).await.unwrap();
                }
            })
        })
        .collect();
    let (mut last, mut seen) = (0, 0);
    while !writers.iter().all(|writer| writer.is_finished()) {
        if let Reply::Version(Some(version)) = run(&stores[0], "VERSIONOF k").await.unwrap() {
            assert!(version.get() >= last, "{version:?} after {last}");
            seen += u64::from(version.get() > last);
            last = version.get();
        }
    }
    assert!(seen > 20, "{seen}");
    for writer in writers {
        writer.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_must_be_absent_cannot_be_made_meanwhile() {
    let Some(server) = server() else { return };
    let store = open(&server).await;
    // Everybody wants to be the one: an absent key is locked as well as one that is there.
    for round in 0..30 {
        let tries = (0..8).map(|task| {
            let store = store.clone();
            async move {
                if task % 2 == 0 {
                    let mut batch = Batch::atomic();
                    batch.check(Check::absent(format!("lock{round}")));
                    batch.push(Set::new(format!("lock{round}"), task));
                    batch.push(IncrBy::new("owners", 1));
                    store.execute(&Context::new(), Request::Batch(batch)).await.is_ok()
                } else {
                    match run(&store, &format!("SET lock{round} {task} NX")).await.unwrap() {
                        Reply::Set(reply) if reply.applied => {
                            run(&store, "INCRBY owners 1").await.unwrap();
                            true
                        }
                        _ => false,
                    }
                }
            }
        });
        let won = futures_util::future::join_all(tries).await.into_iter().filter(|won| *won).count();
        assert_eq!(won, 1);
    }
    assert_eq!(run(&store, "GET owners").await.unwrap(), value("30"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn transactions_that_meet_are_tried_again() {
    let Some(server) = server() else { return };
    let store = open(&server).await;
    let tasks: Vec<_> = (0..16)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in 0..20 {
                    let (a, b) = if task % 2 == 0 { ("a", "b") } else { ("b", "a") };
                    let mut batch = Batch::atomic();
                    batch.push(IncrBy::new(a, 1));
                    batch.push(RPush::new(b.repeat(2), [n.to_string()]));
                    batch.push(IncrBy::new(b, 1));
                    if n == 10 && task < 2 {
                        batch.push(Clear::new("nothing"));
                    }
                    store.execute(&Context::new(), Request::Batch(batch)).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(
        run(&store, "MGET a b").await.unwrap(),
        Reply::Values(vec![Some("320".into()), Some("320".into())])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches() {
    let Some(server) = server() else { return };
    let store = open(&server).await;
    let cx = Context::new();
    let mut batch = Batch::atomic();
    batch.check(Check::absent("k"));
    batch.push(Set::new("k", "1"));
    batch.push(SAdd::new("s", ["a", "b"]));
    batch.push(VersionOf::new("k"));
    let reply = store.execute(&cx, Request::Batch(batch.clone())).await.unwrap().batch().unwrap();
    let stamp = reply.version.unwrap().get();
    assert_eq!((version(&store, "k").await, version(&store, "s").await), (stamp, stamp));
    let error = store.execute(&cx, Request::Batch(batch)).await.unwrap_err();
    assert_eq!((error.kind(), error.index()), (ErrorKind::CheckFailed, Some(0)));
    let mut batch = Batch::pipelined();
    batch.push(Set::new("text", "abc"));
    batch.push(IncrBy::new("text", 1));
    batch.push(Get::new("text"));
    let mut replies = store.execute(&cx, Request::Batch(batch)).await.unwrap().batch().unwrap().replies;
    assert_eq!(replies.pop().unwrap().unwrap(), value("abc"));
    let error = replies.pop().unwrap().unwrap_err();
    assert_eq!((error.kind(), error.index()), (ErrorKind::NotAnInteger, Some(1)));
    // Batches that are one statement.
    let mut batch = Batch::pipelined();
    for n in 0..100 {
        batch.push(Set::new(format!("k{n}"), n));
    }
    batch.push(MSet::new([("m1", "x"), ("m2", "y")]));
    store.execute(&cx, Request::Batch(batch)).await.unwrap();
    let mut batch = Batch::pipelined();
    batch.push(SAdd::new("s", ["c"]));
    for n in 0..100 {
        batch.push(Get::new(format!("k{n}")));
    }
    batch.push(Get::new("s"));
    let mut replies = store.execute(&cx, Request::Batch(batch)).await.unwrap().batch().unwrap().replies;
    assert_eq!(replies.pop().unwrap().unwrap_err().kind(), ErrorKind::WrongType);
    assert_eq!(replies.pop().unwrap().unwrap(), value("99"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_gives_room_back() {
    let Some(server) = server() else { return };
    let clock = Arc::new(ManualClock::at(1_000_000));
    let url = server.new_database();
    let store = PostgresStore::open(PostgresConfig { clock: clock.clone(), ..config(&url) }).await.unwrap();
    for n in 0..1_200 {
        run(&store, &format!("SET k{n} v PX {}", if n % 2 == 0 { 100 } else { 1_000_000 })).await.unwrap();
    }
    run(&store, "SADD s a").await.unwrap();
    run(&store, "PEXPIRE s 100").await.unwrap();
    run(&store, "DEL k1").await.unwrap();
    clock.advance(Duration::from_secs(1));
    assert_eq!(run(&store, "GET k0").await.unwrap(), Reply::Value(None));
    assert_eq!(run(&store, "SCARD s").await.unwrap(), Reply::Int(0));
    // Absent for a write too, in the same step.
    assert_eq!(run(&store, "APPEND k2 new").await.unwrap(), Reply::Int(3));
    assert_eq!(store.sweep().await.unwrap(), 0, "too early");
    clock.advance(Duration::from_secs(61));
    assert_eq!(store.sweep().await.unwrap(), 600);
    let rows = "SELECT (SELECT count(*) FROM credenza.keys), (SELECT count(*) FROM credenza.set_member)";
    assert_eq!(server.sql_in("test_1", rows).unwrap(), [[Some("600".to_owned()), Some("0".to_owned())]]);
    store.close();
    for line in ["GET k1", "SET k1 v", "HGETALL k1", "LPUSH l a"] {
        assert_eq!(run(&store, line).await.unwrap_err().kind(), ErrorKind::Unavailable, "{line}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_marks_are_left_of_keys_that_were_only_looked_for() {
    let Some(server) = server() else { return };
    let store = open(&server).await;
    for line in ["LMOVE a b LEFT RIGHT", "MSETNX k v", "DEL x y z", "SET q v XX", "HDEL h f", "LPOP l"] {
        run(&store, line).await.unwrap();
    }
    let error = run(&store, "RENAME n m").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSuchKey);
    let rows = server.sql_in("test_1", "SELECT encode(key, 'escape') FROM credenza.keys").unwrap();
    assert_eq!(rows, [[Some("k".to_owned())]]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_declared_is_what_the_server_does() {
    let Some(server) = server() else { return };
    let url = server.new_database();
    server.sql("ALTER SYSTEM SET synchronous_commit = off").unwrap();
    server.sql("SELECT pg_reload_conf()").unwrap();
    let store = PostgresStore::open(config(&url)).await.unwrap();
    let fsync = server.sql("SHOW fsync").unwrap() == [[Some("on".to_owned())]];
    let durable = if fsync { Durability::PowerLoss } else { Durability::ProcessCrash };
    assert_eq!(store.capabilities().durability, durable, "the session sets it by itself");
    let relaxed = PostgresConfig { durability: PostgresDurability::Relaxed, ..config(&url) };
    let store = PostgresStore::open(relaxed).await.unwrap();
    assert_eq!(store.capabilities().durability, Durability::None);
    assert_eq!(store.info().name(), "postgres");
    assert_eq!(store.capabilities().limits.key, 2560);
    let long = "k".repeat(2561);
    assert_eq!(run(&store, &format!("SET {long} v")).await.unwrap_err().kind(), ErrorKind::LimitExceeded);
    // A member stands in an index, too, but may be compressed there.
    run(&store, &format!("SADD s {}", "m".repeat(60_000))).await.unwrap();
    let mut state = 1_u64;
    let mut noise = String::new();
    for _ in 0..20_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        noise.push(char::from(b'!' + (state >> 33) as u8 % 90));
    }
    assert_eq!(run(&store, &format!("SADD s {noise}")).await.unwrap_err().kind(), ErrorKind::LimitExceeded);
    let longest = "\u{7f}".repeat(2560);
    for line in ["SET K v", "SADD s K", "HSET h K v", "ZADD z 1 K"] {
        run(&store, &line.replace('K', &longest)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_values_and_lists_without_room() {
    let Some(server) = server() else { return };
    let store = open(&server).await;
    let long = "x".repeat(3 << 20);
    run(&store, &format!("SET k {long}")).await.unwrap();
    assert_eq!(run(&store, "STRLEN k").await.unwrap(), Reply::Int(3 << 20));
    assert_eq!(run(&store, "GETRANGE k 0 2").await.unwrap(), value("xxx"));
    run(&store, "PEXPIRE k 100000").await.unwrap();
    run(&store, "RENAME k n").await.unwrap();
    assert_eq!(run(&store, "GET n").await.unwrap(), value(&long));
    run(&store, "RPUSH l a z").await.unwrap();
    for n in 0..70 {
        run(&store, &format!("LINSERT l AFTER a {n}")).await.unwrap();
    }
    let Reply::List(Some(values)) = run(&store, "LRANGE l 0 -1").await.unwrap() else { panic!("no list") };
    let expected: Vec<String> = ["a".to_owned()]
        .into_iter()
        .chain((0..70).rev().map(|n| n.to_string()))
        .chain(["z".to_owned()])
        .collect();
    assert_eq!(values, expected);
    assert_eq!(run(&store, "LINDEX l 70").await.unwrap(), value("0"));
    run(&store, "RPUSH l end").await.unwrap();
    assert_eq!(run(&store, "LINDEX l -1").await.unwrap(), value("end"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handle_works() {
    let Some(server) = server() else { return };
    let kv = Kv::new(open(&server).await);
    kv.set("greeting", "hello").await.unwrap();
    assert_eq!(kv.incr("visits").await.unwrap(), 1);
    let response = kv.run(Del::new(["greeting", "none"])).await.unwrap();
    assert_eq!(response, 1);
}
