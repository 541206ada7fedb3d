//! Publish/subscribe when connections are lost.

#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use bytes::Bytes;
use common::{open, until};
use credenza_core::{ErrorKind, Event, Pattern, PubSub, Subscription};
use credenza_redis::{RedisConfig, RedisStore};
use credenza_testkit::servers::{Redis, RedisCluster, RedisSentinels, Wire};

async fn next(subscription: &mut Subscription) -> Event {
    let event = tokio::time::timeout(Duration::from_secs(30), subscription.next()).await;
    event.expect("an event").expect("an open store")
}

fn payload(event: &Event) -> Option<&Bytes> {
    match event {
        Event::Message(message) => Some(&message.payload),
        Event::Gap => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_listens_hears_again_after_a_gap() {
    let Some(redis) = Redis::start() else { return };
    let wire = Wire::to(("127.0.0.1", redis.port()));
    let store = open(&format!("redis://{}", wire.address())).await;
    let mut heard = store.subscribe(vec!["a".into()], vec![Pattern::from("b*")]).await.unwrap();
    store.publish("a".into(), "1".into()).await.unwrap();
    assert_eq!(payload(&next(&mut heard).await), Some(&"1".into()));
    wire.drop_connections();
    assert_eq!(next(&mut heard).await, Event::Gap);
    // From the gap on nothing is missed.
    redis.say(&["PUBLISH", "a", "2"]).unwrap();
    assert_eq!(payload(&next(&mut heard).await), Some(&"2".into()));
    redis.say(&["PUBLISH", "bb", "3"]).unwrap();
    assert_eq!(payload(&next(&mut heard).await), Some(&"3".into()));
    // A server that is gone for a while.
    redis.kill();
    tokio::time::sleep(Duration::from_millis(300)).await;
    redis.restart();
    assert_eq!(next(&mut heard).await, Event::Gap);
    redis.say(&["PUBLISH", "a", "4"]).unwrap();
    assert_eq!(payload(&next(&mut heard).await), Some(&"4".into()));
    // One that hangs without closing anything.
    wire.stall();
    tokio::time::sleep(Duration::from_secs(5)).await;
    wire.drop_connections();
    wire.heal();
    assert_eq!(next(&mut heard).await, Event::Gap);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_server_is_given_up() {
    let Some(redis) = Redis::start() else { return };
    let store = open(&redis.url()).await;
    let mut heard = store.subscribe(vec!["a".into()], vec![]).await.unwrap();
    redis.freeze();
    let error = store.publish("a".into(), "lost".into()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Unavailable), "{error}");
    let error = store.subscribe(vec!["b".into()], vec![]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    tokio::time::sleep(Duration::from_secs(5)).await;
    redis.thaw();
    until(Duration::from_secs(20), async || {
        let _ = store.publish("a".into(), "now".into()).await;
        let event = tokio::time::timeout(Duration::from_millis(100), heard.next()).await.ok()??;
        (payload(&event) == Some(&"now".into())).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_ends_with_the_store() {
    let Some(redis) = Redis::start() else { return };
    let store = open(&redis.url()).await;
    let mut heard = store.subscribe(vec!["a".into()], vec![]).await.unwrap();
    drop(store);
    assert_eq!(heard.next().await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_listen_is_told() {
    let Some(redis) = Redis::start() else { return };
    redis.say(&["ACL", "SETUSER", "app", "on", ">pw", "~*", "+@all", "resetchannels", "&open"]).unwrap();
    let url = format!("redis://app:pw@127.0.0.1:{}", redis.port());
    let store = RedisStore::open(RedisConfig::from_url(&url).unwrap()).await.unwrap();
    let mut heard = store.subscribe(vec!["open".into()], vec![]).await.unwrap();
    let error = store.subscribe(vec!["closed".into()], vec![]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
    let error = store.publish("closed".into(), "x".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
    store.publish("open".into(), "1".into()).await.unwrap();
    assert_eq!(payload(&next(&mut heard).await), Some(&"1".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_go_through_a_cluster_and_a_failover() {
    let Some(cluster) = RedisCluster::start() else { return };
    let store = open(&cluster.url()).await;
    let mut heard = store.subscribe(vec!["a".into()], vec![]).await.unwrap();
    for port in cluster.ports() {
        cluster.node(port).say(&["PUBLISH", "a", &port.to_string()]).unwrap();
        assert_eq!(payload(&next(&mut heard).await), Some(&port.to_string().into()));
    }
    let Some(sentinels) = RedisSentinels::start() else { return };
    let store = open(&sentinels.url()).await;
    let mut heard = store.subscribe(vec!["a".into()], vec![]).await.unwrap();
    let old = sentinels.kill_master();
    assert!(sentinels.has_failed_over(old));
    assert_eq!(next(&mut heard).await, Event::Gap);
    sentinels.master().say(&["PUBLISH", "a", "new"]).unwrap();
    assert_eq!(payload(&next(&mut heard).await), Some(&"new".into()));
}
