//! Publish and subscribe among stores that share a database.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::time::Duration;

use bytes::Bytes;
use common::config;
use credenza_core::{ErrorKind, Event, Message, PubSub, Subscription};
use credenza_postgres::{PostgresConfig, PostgresStore};
use credenza_testkit::servers::{Postgres, PostgresVersion};

fn server() -> Option<Postgres> {
    Postgres::start(PostgresVersion::V16)
}

async fn next(events: &mut Subscription) -> Option<Event> {
    tokio::time::timeout(Duration::from_secs(10), events.next()).await.expect("nothing is heard")
}

async fn payload(events: &mut Subscription) -> Bytes {
    match next(events).await {
        Some(Event::Message(Message { payload, .. })) => payload,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_reach_other_stores_in_order() {
    let Some(server) = server() else { return };
    let url = server.new_database();
    let (one, other) =
        (PostgresStore::open(config(&url)).await.unwrap(), PostgresStore::open(config(&url)).await.unwrap());
    let mut here = one.subscribe(vec!["news".into()], vec!["n*".into()]).await.unwrap();
    let mut there = other.subscribe(vec!["news".into()], vec![]).await.unwrap();
    for n in 0..200 {
        let text = n.to_string();
        assert_eq!(one.publish("news".into(), text.clone().into()).await.unwrap(), 2);
        assert_eq!(other.publish("else".into(), text.into()).await.unwrap(), 0);
    }
    for n in 0..200 {
        assert_eq!(payload(&mut there).await, n.to_string());
        assert_eq!(payload(&mut here).await, n.to_string());
        assert_eq!(payload(&mut here).await, n.to_string());
    }
    drop(here);
    assert_eq!(one.publish("news".into(), "last".into()).await.unwrap(), 0, "nobody listens in this process");
    assert_eq!(payload(&mut there).await, "last");
    other.close();
    assert_eq!(next(&mut there).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payloads_of_any_length_and_bytes() {
    let Some(server) = server() else { return };
    let url = server.new_database();
    let (one, other) =
        (PostgresStore::open(config(&url)).await.unwrap(), PostgresStore::open(config(&url)).await.unwrap());
    let mut events = other.subscribe(vec![Bytes::from_static(b"\0\xff#")], vec![]).await.unwrap();
    for length in [0, 1, 5_980, 5_990, 6_000, 7_999, 8_000, 100_000, 3 << 20] {
        let sent: Bytes = (0..length).map(|n| (n % 251) as u8).collect();
        one.publish(Bytes::from_static(b"\0\xff#"), sent.clone()).await.unwrap();
        assert!(payload(&mut events).await == sent, "{length} bytes");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_is_a_gap_and_listening_goes_on() {
    let Some(server) = server() else { return };
    let url = server.new_database();
    let store = PostgresStore::open(config(&url)).await.unwrap();
    let mut events = store.subscribe(vec!["news".into()], vec!["*".into()]).await.unwrap();
    store.publish("news".into(), "before".into()).await.unwrap();
    assert_eq!((payload(&mut events).await, payload(&mut events).await), ("before".into(), "before".into()));
    server
        .sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN credenza'")
        .unwrap();
    assert_eq!(next(&mut events).await, Some(Event::Gap));
    store.publish("news".into(), "after".into()).await.unwrap();
    assert_eq!(payload(&mut events).await, "after");
    assert_eq!(payload(&mut events).await, "after");
    server.kill();
    server.restart();
    assert_eq!(next(&mut events).await, Some(Event::Gap));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_heard_is_refused() {
    let Some(server) = server() else { return };
    let url = server.new_database();
    let pooled = PostgresStore::open(PostgresConfig { pooler: true, ..config(&url) }).await.unwrap();
    let error = pooled.subscribe(vec!["news".into()], vec![]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let connect_timeout = Duration::from_millis(300);
    let store = PostgresStore::open(PostgresConfig { connect_timeout, ..config(&url) }).await.unwrap();
    server.kill();
    let error = store.subscribe(vec!["news".into()], vec![]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    server.restart();
    let mut events = store.subscribe(vec!["news".into()], vec![]).await.unwrap();
    store.publish("news".into(), "hello".into()).await.unwrap();
    assert_eq!(payload(&mut events).await, "hello");
}
