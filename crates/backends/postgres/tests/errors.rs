//! What the store says when it cannot be opened, or the server refuses.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail and measure")]

mod common;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use common::{config, open, run, run_within, value};
use credenza_core::{Effect, Error, ErrorKind, Opener, Reply};
use credenza_postgres::{PostgresConfig, PostgresOpener, PostgresStore, PostgresTls};
use credenza_testkit::servers::{Postgres, PostgresVersion};

fn server() -> Option<Postgres> {
    Postgres::start(PostgresVersion::V16)
}

async fn refused(config: PostgresConfig) -> Error {
    let start = Instant::now();
    let error = PostgresStore::open(config).await.map(drop).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(8), "it took {:?}", start.elapsed());
    assert_eq!((error.store(), error.effect()), (Some("postgres"), Effect::NotApplied));
    error
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_cannot_be_opened_says_why() {
    let Some(server) = server() else { return };
    let right = config(&server.new_database());
    let error = refused(PostgresConfig { database: "nowhere".into(), ..right.clone() }).await;
    assert_eq!(
        error.to_string(),
        "postgres: the server has no such database; make it with CREATE DATABASE (SQLSTATE 3D000; not applied, permanent)"
    );
    let error = refused(PostgresConfig { tls: PostgresTls::Require, ..right.clone() }).await;
    assert!(error.message().contains("sslmode=disable"), "{error}");
    // Nobody there, and somebody who says nothing.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = refused(PostgresConfig { port, ..right.clone() }).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("host and port"), "{error}");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let connect_timeout = Duration::from_millis(300);
    let error = refused(PostgresConfig { port, connect_timeout, ..right.clone() }).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("300 ms"), "{error}");
    let error = refused(PostgresConfig { host: "no.such.host.invalid".into(), ..right.clone() }).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let missing = Some("/no/such/file".into());
    let error =
        refused(PostgresConfig { root_certificates: missing, tls: PostgresTls::Prefer, ..right }).await;
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_may_not_says_what_it_needs() {
    let Some(server) = server() else { return };
    let url = server.new_database();
    server.sql("CREATE ROLE guest LOGIN PASSWORD 'guest'").unwrap();
    let guest = PostgresConfig { user: "guest".into(), password: Some("guest".into()), ..config(&url) };
    let error = refused(guest.clone()).await;
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Denied, Some("42501")));
    drop(PostgresStore::open(config(&url)).await.unwrap());
    server
        .sql_in(
            "test_1",
            "GRANT USAGE ON SCHEMA credenza TO guest; GRANT SELECT ON ALL TABLES IN SCHEMA credenza TO guest",
        )
        .unwrap();
    let store = PostgresStore::open(guest).await.unwrap();
    assert_eq!(run(&store, "GET k").await.unwrap(), Reply::Value(None));
    let error = run(&store, "SET k v").await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Denied, Effect::NotApplied));
    assert_eq!(run(&store, "LPUSH k v").await.unwrap_err().kind(), ErrorKind::Denied);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_named_and_not_shown() {
    let Some(server) = server() else { return };
    let url = server.new_database();
    server.sql("CREATE ROLE locked LOGIN PASSWORD 'right'").unwrap();
    let rules = server.folder().join("data").join("pg_hba.conf");
    std::fs::write(
        &rules,
        "host all locked 127.0.0.1/32 scram-sha-256\nhost all all all trust\nlocal all all trust\n",
    )
    .unwrap();
    server.sql("SELECT pg_reload_conf()").unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let locked = PostgresConfig { user: "locked".into(), password: Some("wr0ng".into()), ..config(&url) };
    let error = refused(locked.clone()).await;
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Denied, Some("28P01")));
    let error = refused(PostgresConfig { password: None, ..locked.clone() }).await;
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert!(!format!("{error:?} {locked:?}").contains("wr0ng"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_server_reads() {
    let Some(server) = server() else { return };
    let url = server.new_database();
    let store = PostgresStore::open(config(&url)).await.unwrap();
    run(&store, "SET k v").await.unwrap();
    server.sql("ALTER DATABASE test_1 SET default_transaction_read_only = on").unwrap();
    let store = PostgresStore::open(config(&url)).await.unwrap();
    assert_eq!(run(&store, "GET k").await.unwrap(), value("v"));
    let error = run(&store, "SET k w").await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::ReadOnly, Effect::NotApplied));
    assert_eq!(run(&store, "HGETALL h").await.unwrap(), Reply::Entries(vec![]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_pool_says_so_within_the_deadline() {
    let Some(server) = server() else { return };
    let url = server.new_database();
    let store = PostgresStore::open(PostgresConfig { pool_size: 2, ..config(&url) }).await.unwrap();
    run(&store, "RPUSH l a").await.unwrap();
    // Somebody else holds the row, so both connections wait for it.
    let holder = tokio::task::spawn_blocking(move || {
        server
            .sql_in("test_1", "BEGIN; SELECT 1 FROM credenza.keys FOR UPDATE; SELECT pg_sleep(2); COMMIT")
            .unwrap();
        server
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let waiting: Vec<_> = (0..2)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { run_within(&store, 15_000, &format!("RPUSH l {n}")).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let error = run_within(&store, 200, "GET k").await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::NotApplied));
    let error = run_within(&store, 200, "LPUSH other a").await.unwrap_err();
    assert_eq!(error.effect(), Effect::NotApplied);
    assert!(error.kind() == ErrorKind::Timeout, "{error}");
    for task in waiting {
        task.await.unwrap().unwrap();
    }
    assert_eq!(run(&store, "LLEN l").await.unwrap(), Reply::Int(3));
    drop(holder.await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_held_by_another_ends_in_time_and_changes_nothing() {
    let Some(server) = server() else { return };
    let store = open(&server).await;
    run(&store, "MSET k 1 m 1").await.unwrap();
    let holder = tokio::task::spawn_blocking(move || {
        server
            .sql_in("test_1", "BEGIN; SELECT 1 FROM credenza.keys FOR UPDATE; SELECT pg_sleep(4); COMMIT")
            .unwrap();
        server
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let error = run_within(&store, 300, "INCRBY k 1").await.unwrap_err();
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Busy), "{error}");
    // One that waits for a row holds up nobody else for long, and is taken back in time.
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { run_within(&store, 1_200, "SET k 5").await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    run_within(&store, 900, "SET other 1").await.unwrap();
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    // A blind write that waits for the row may still get it.
    let error = run_within(&store, 300, "SET m 2").await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::MaybeApplied), "{error}");
    assert_eq!(run(&store, "GET k").await.unwrap(), value("1"));
    let _server = holder.await.unwrap();
    assert_eq!(run(&store, "INCRBY k 1").await.unwrap(), Reply::Int(2));
}

#[tokio::test]
async fn urls_open_stores() {
    let Some(server) = server() else { return };
    let url = server.new_database();
    let opened = PostgresOpener.open(url.parse().unwrap()).await.unwrap();
    opened.kv.set("k", "v").await.unwrap();
    assert_eq!(opened.kv.get("k").await.unwrap().as_deref(), Some(&b"v"[..]));
    let pubsub = opened.pubsub.unwrap();
    assert_eq!(pubsub.publish("nobody".into(), "listens".into()).await.unwrap(), 0);
}
