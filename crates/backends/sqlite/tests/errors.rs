//! What the store says when something is wrong with its file, and that it goes on afterwards.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail and measure")]

mod common;

use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use common::{Place, run, run_in, value};
use credenza_core::command::Set;
use credenza_core::{Batch, Context, Effect, ErrorKind, KvStore, Reply, Request, Retry};
use credenza_sqlite::{SqliteConfig, SqliteStore};

fn kind(config: SqliteConfig) -> ErrorKind {
    SqliteStore::open(config).map(drop).unwrap_err().kind()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_fails_only_those_who_need_more() {
    let place = Place::new();
    let config = SqliteConfig { max_size: Some(1 << 20), ..place.config() };
    let store = SqliteStore::open(config).unwrap();
    run(&store, "SET stays here").await.unwrap();
    let large = "x".repeat(2 << 20);
    // Large and small ones at once, so that they meet in one transaction.
    let tasks: Vec<_> = (0..48)
        .map(|n| {
            let (store, large) = (store.clone(), large.clone());
            tokio::spawn(async move {
                if n % 4 == 0 {
                    (true, run(&store, &format!("SET k{n} {large}")).await)
                } else {
                    (false, run(&store, &format!("SET k{n} small")).await)
                }
            })
        })
        .collect();
    for task in tasks {
        match task.await.unwrap() {
            (true, answer) => {
                let error = answer.unwrap_err();
                assert_eq!((error.kind(), error.effect()), (ErrorKind::Full, Effect::NotApplied));
                assert_eq!(
                    error.to_string(),
                    "SET on sqlite: the disk, or the size allowed for the database, is full (not applied, permanent)"
                );
            }
            (false, answer) => drop(answer.unwrap()),
        }
    }
    assert_eq!(run(&store, "GET stays").await.unwrap(), value("here"));
    assert_eq!(run(&store, "EXISTS k0 k4 k1 k2").await.unwrap(), Reply::Int(2));
    // Of a pipelined batch, each command has its own fate; an atomic one has none of it.
    let mut batch = Batch::pipelined();
    batch.push(Set::new("p1", "small"));
    batch.push(Set::new("p2", large.clone()));
    batch.push(Set::new("p3", "small"));
    let replies =
        store.execute(&Context::new(), Request::Batch(batch.clone())).await.unwrap().batch().unwrap().replies;
    let kinds: Vec<_> =
        replies.iter().map(|reply| reply.as_ref().map_err(|error| error.kind()).err()).collect();
    assert_eq!(kinds, [None, Some(ErrorKind::Full), None]);
    batch.mode = credenza_core::Mode::Atomic;
    run(&store, "DEL p1 p3").await.unwrap();
    let error = store.execute(&Context::new(), Request::Batch(batch)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Full);
    assert_eq!(run(&store, "EXISTS p1 p2 p3").await.unwrap(), Reply::Int(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_locked_by_another_is_busy_and_free_again() {
    let place = Place::new();
    let config = SqliteConfig { busy_timeout: Duration::from_millis(60), ..place.config() };
    let store = SqliteStore::open(config).unwrap();
    run(&store, "SET k before").await.unwrap();
    let stranger = place.stranger();
    stranger.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let error = run(&store, "SET k after").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect(), error.retry()),
        (ErrorKind::Busy, Effect::NotApplied, Retry::Temporary)
    );
    assert_eq!(run(&store, "GET k").await.unwrap(), value("before"));
    assert_eq!(store.sweep().unwrap_err().kind(), ErrorKind::Busy);
    // A lock that goes away in time is waited for.
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { run(&store, "SET k after").await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    stranger.execute_batch("COMMIT").unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(run(&store, "GET k").await.unwrap(), value("after"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_that_comes_before_the_start_changes_nothing() {
    let place = Place::new();
    let store = place.open();
    run(&store, "SET k before").await.unwrap();
    let stranger = place.stranger();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let started = Instant::now();
    let cx = Context::new().with_deadline(started + Duration::from_millis(50));
    let error = run_in(&store, &cx, "SET k after").await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::NotApplied));
    assert!(started.elapsed() < Duration::from_secs(2), "it came after {:?}", started.elapsed());
    // One that passed already is not even tried.
    let error = run_in(&store, &cx, "GET k").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    stranger.execute_batch("COMMIT").unwrap();
    run(&store, "SET other v").await.unwrap();
    assert_eq!(run(&store, "GET k").await.unwrap(), value("before"));
}

#[tokio::test]
async fn a_store_that_is_only_read() {
    let place = Place::new();
    assert_eq!(kind(SqliteConfig { read_only: true, ..place.config() }), ErrorKind::Unavailable);
    let store = place.open();
    run(&store, "SET k v").await.unwrap();
    let reader = SqliteStore::open(SqliteConfig { read_only: true, ..place.config() }).unwrap();
    assert_eq!(run(&reader, "GET k").await.unwrap(), value("v"));
    let error = run(&reader, "SET k w").await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::ReadOnly, Effect::NotApplied));
    assert_eq!(reader.sweep().unwrap_err().kind(), ErrorKind::ReadOnly);
    assert!(!reader.capabilities().commands.contains(credenza_core::CommandId::Set));
    run(&store, "SET k w").await.unwrap();
    assert_eq!(run(&reader, "GET k").await.unwrap(), value("w"));
    reader.close().await.unwrap();
}

#[tokio::test]
async fn files_of_others_and_of_later_versions_are_left_alone() {
    let place = Place::new();
    place.open().close().await.unwrap();
    place.stranger().execute_batch("PRAGMA user_version = 99").unwrap();
    let before = std::fs::read(place.file()).unwrap();
    assert_eq!(kind(place.config()), ErrorKind::NewerFormat);
    assert_eq!(std::fs::read(place.file()).unwrap(), before);

    let place = Place::new();
    place.stranger().execute_batch("CREATE TABLE theirs (x)").unwrap();
    assert_eq!(kind(place.config()), ErrorKind::InvalidArgument);
    let tables: i64 =
        place.stranger().query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0)).unwrap();
    assert_eq!(tables, 1);

    let place = Place::new();
    std::fs::write(place.file(), "this is no database at all, but long enough to look like one".repeat(20))
        .unwrap();
    assert_eq!(kind(place.config()), ErrorKind::Corrupt);
    assert_eq!(kind(SqliteConfig::at(place.folder.path().join("none/kv.db"))), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_damaged_file_is_reported_by_what_touches_the_damage() {
    let place = Place::new();
    let store = place.open();
    for n in 0..2_000 {
        run(&store, &format!("SET key{n:05} {}", "x".repeat(200))).await.unwrap();
    }
    store.close().await.unwrap();
    let length = std::fs::metadata(place.file()).unwrap().len();
    let mut file = std::fs::OpenOptions::new().write(true).open(place.file()).unwrap();
    file.seek(SeekFrom::Start(length / 2 / 4096 * 4096)).unwrap();
    file.write_all(&[0xa5; 8 * 4096]).unwrap();
    drop(file);
    let store = place.open();
    let (mut damaged, mut whole) = (0, 0);
    for n in 0..2_000 {
        match run(&store, &format!("GET key{n:05}")).await {
            Ok(reply) => {
                assert_eq!(reply, value(&"x".repeat(200)));
                whole += 1;
            }
            Err(error) => {
                assert_eq!((error.kind(), error.retry()), (ErrorKind::Corrupt, Retry::Permanent), "{error}");
                damaged += 1;
            }
        }
    }
    assert!(damaged > 0 && whole > 0, "{damaged} damaged, {whole} whole");
}

#[test]
fn stores_that_open_one_new_file_at_once() {
    for _ in 0..10 {
        let place = Place::new();
        let config = place.config();
        std::thread::scope(|scope| {
            let opening: Vec<_> =
                (0..8).map(|_| scope.spawn(|| SqliteStore::open(config.clone()).map(drop))).collect();
            for thread in opening {
                thread.join().unwrap().unwrap();
            }
        });
    }
}
