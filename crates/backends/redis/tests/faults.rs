//! A server that is frozen, killed, started again or cut off: errors in time, with the right effect, and a store that heals
//! by itself.

#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::{healed, now, open, until};
use credenza_core::command::{Get, IncrBy, Set};
use credenza_core::{Batch, Check, Context, Effect, Error, ErrorKind, Kv, KvStore, Request};
use credenza_testkit::script::Answer;
use credenza_testkit::servers::{Redis, RedisCluster, RedisSentinels, Wire};

/// A request may take as long as it is given, and a little more.
const TIMEOUT: Duration = Duration::from_secs(2);
const SLACK: Duration = Duration::from_millis(700);

async fn times_out(kv: &Kv, what: &str) -> Error {
    let start = now();
    let error = kv.incr("n").await.expect_err(what);
    let took = now() - start;
    assert!(took < TIMEOUT + SLACK, "{what}: {took:?}");
    assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Unavailable), "{what}: {error}");
    error
}

/// What the server itself has at the key.
fn bulk(redis: &Redis, key: &str) -> String {
    match redis.say(&["GET", key]).unwrap() {
        Answer::Bulk(value) => String::from_utf8(value.to_vec()).unwrap(),
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frozen() {
    let Some(redis) = Redis::start() else { return };
    let kv = Kv::new(open(&redis.url()).await);
    kv.set("k", "v").await.unwrap();
    redis.freeze();
    let error = times_out(&kv, "frozen").await;
    assert_eq!(error.effect(), Effect::MaybeApplied, "{error}");
    // Whoever only reads has changed nothing, and less time is less time.
    let start = now();
    let error = kv.clone().with_timeout(Duration::from_millis(100)).get("k").await.unwrap_err();
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    assert!(now() - start < SLACK);
    // The connection was given up by now; a frozen server accepts another one, and does not answer on that.
    tokio::time::sleep(TIMEOUT).await;
    let error = times_out(&kv, "still frozen").await;
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    redis.thaw();
    healed(&kv, "k").await;
    // What was sent before it was frozen was applied once, the rest never.
    let n = kv.get("n").await.unwrap();
    assert!(n.is_none() || n.as_deref() == Some(b"1"), "{n:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_and_started_again() {
    let Some(redis) = Redis::start_with(&["--appendonly", "yes", "--appendfsync", "always"]) else { return };
    let kv = Kv::new(open(&redis.url()).await);
    kv.set("k", "v").await.unwrap();
    redis.kill();
    let error = times_out(&kv, "killed").await;
    // It noticed before anything was sent.
    until(TIMEOUT, async || (kv.incr("n").await.unwrap_err().effect() == Effect::NotApplied).then_some(()))
        .await;
    let text = error.to_string();
    assert!(text.contains("INCRBY on redis"), "{text}");
    redis.restart();
    healed(&kv, "other").await;
    assert_eq!(kv.get("k").await.unwrap().as_deref(), Some(&b"v"[..]), "an acknowledged write was lost");
    // The server that was started again does not know the script.
    let mut batch = Batch::atomic();
    batch.check(Check::exists("k"));
    batch.push(Set::new("k", "w"));
    kv.batch(batch).await.unwrap();
}

/// Writes under way when the server is killed, again and again: none that was acknowledged is lost, and none that certainly
/// failed is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_under_load() {
    let Some(redis) = Redis::start_with(&["--appendonly", "yes", "--appendfsync", "always"]) else { return };
    let kv = Kv::new(open(&redis.url()).await);
    let mut writers = tokio::task::JoinSet::new();
    for task in 0..8 {
        let kv = kv.clone();
        writers.spawn(async move {
            let (mut done, mut failed) = (Vec::new(), Vec::new());
            let end = now() + Duration::from_secs(4);
            for number in 0.. {
                let key = format!("{task}:{number}");
                match kv.set(&key, "v").await {
                    Ok(()) => done.push(key),
                    Err(error) if error.effect() == Effect::NotApplied => failed.push(key),
                    Err(_) => {}
                }
                if now() > end {
                    break;
                }
            }
            (done, failed)
        });
    }
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        redis.kill();
        tokio::time::sleep(Duration::from_millis(200)).await;
        redis.restart();
    }
    let (mut kept, mut refused) = (0, 0);
    for (done, failed) in writers.join_all().await {
        for key in &done {
            assert!(kv.get(key).await.unwrap().is_some(), "{key} was acknowledged, and is lost");
        }
        for key in &failed {
            assert!(kv.get(key).await.unwrap().is_none(), "{key} was certainly not applied, and is there");
        }
        (kept, refused) = (kept + done.len(), refused + failed.len());
    }
    assert!(kept > 100, "{kept} kept, {refused} refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_reply_is_no_reason_to_repeat() {
    let Some(redis) = Redis::start() else { return };
    let wire = Wire::to(("127.0.0.1", redis.port()));
    let kv = Kv::new(open(&format!("redis://{}", wire.address())).await);
    assert_eq!(kv.incr("n").await.unwrap(), 1);
    wire.lose_replies();
    let error = times_out(&kv, "without a reply").await;
    assert_eq!(error.effect(), Effect::MaybeApplied, "{error}");
    let mut batch = Batch::atomic();
    batch.push(IncrBy::new("n", 1));
    let error = kv.batch(batch).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Unavailable), "{error}");
    wire.heal();
    wire.drop_connections();
    healed(&kv, "k").await;
    // The first was applied once; the second may have been.
    let n = bulk(&redis, "n");
    assert!(n == "2" || n == "3" && error.effect() == Effect::MaybeApplied, "{n}: {error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_off() {
    let Some(redis) = Redis::start() else { return };
    let wire = Wire::to(("127.0.0.1", redis.port()));
    let kv = Kv::new(open(&format!("redis://{}", wire.address())).await);
    kv.set("k", "v").await.unwrap();
    wire.cut();
    let error = times_out(&kv, "cut").await;
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    wire.heal();
    healed(&kv, "k").await;
    wire.stall();
    let error = times_out(&kv, "stalled").await;
    assert_eq!(error.effect(), Effect::MaybeApplied, "{error}");
    wire.heal();
    healed(&kv, "k").await;
    // A connection that is closed while nobody uses it is no error at all.
    for _ in 0..5 {
        wire.drop_connections();
        tokio::time::sleep(Duration::from_millis(100)).await;
        kv.set("k", "v").await.unwrap();
    }
}

/// What waits for a connection when it comes back has lost nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_wait_for_a_connection() {
    let Some(redis) = Redis::start() else { return };
    let kv = Kv::new(open(&redis.url()).await);
    redis.kill();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let waiting = tokio::spawn({
        let kv = kv.clone();
        async move { kv.incr("n").await }
    });
    redis.restart();
    assert_eq!(waiting.await.unwrap().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_text_of_an_error_has_no_secrets() {
    let Some(redis) = Redis::start_with(&["--requirepass", "pw-secret"]) else { return };
    let store = open(&format!("redis://:pw-secret@127.0.0.1:{}", redis.port())).await;
    let shown = format!("{store:?}");
    redis.kill();
    let late = Context::new().within(Some(Duration::from_millis(200)));
    let error = store.execute(&late, Request::One(Get::new("key-secret").into())).await.unwrap_err();
    assert!(!format!("{shown} {error} {error:?}").contains("secret"), "{error:?}");
}

/// Waits until so many replicas have what was written to the master so far. `WAIT` counts from the last write of its own
/// connection.
fn replicated(master: &Redis, key: &str, replicas: i64) {
    let mut connection = master.connect().unwrap();
    connection.say(&["SET", &format!("{{{key}}}replicated"), "yes"]).unwrap();
    let have = connection.say(&["WAIT", &replicas.to_string(), "15000"]).unwrap();
    assert!(matches!(have, Answer::Int(have) if have >= replicas), "{have} of {replicas} replicas");
}

/// Counts up to the end of a failover, and compares with what the error said.
async fn counts_through(kv: &Kv, key: &str, replicated: impl FnOnce(), fail_over: impl FnOnce()) {
    let mut least = 0;
    let mut most = 0;
    for _ in 0..10 {
        kv.incr(key).await.unwrap();
        (least, most) = (least + 1, most + 1);
    }
    // A master does not wait for its replicas: what is to be there after its death must have reached them.
    replicated();
    fail_over();
    let end = now() + Duration::from_secs(40);
    let mut row = 0;
    while row < 10 {
        let start = now();
        match kv.incr(key).await {
            Ok(_) => (least, most, row) = (least + 1, most + 1, row + 1),
            Err(error) => {
                row = 0;
                assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Unavailable), "{error}");
                if error.effect() == Effect::MaybeApplied {
                    most += 1;
                }
            }
        }
        assert!(now() - start < TIMEOUT + SLACK);
        assert!(now() < end, "the store does not heal");
    }
    let found = kv.get(key).await.unwrap().unwrap();
    let found: i64 = std::str::from_utf8(&found).unwrap().parse().unwrap();
    assert!((least..=most).contains(&found), "{found} is not between {least} and {most}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sentinels_replace_the_master() {
    let Some(sentinels) = RedisSentinels::start() else { return };
    let kv = Kv::new(open(&sentinels.url()).await);
    counts_through(
        &kv,
        "n",
        || replicated(sentinels.master(), "n", 2),
        || {
            sentinels.kill_master();
        },
    )
    .await;
    let mut batch = Batch::atomic();
    batch.push(Set::new("k", "v"));
    kv.batch(batch).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sentinels_replace_a_frozen_master() {
    let Some(sentinels) = RedisSentinels::start() else { return };
    let kv = Kv::new(open(&sentinels.url()).await);
    let master = sentinels.master();
    counts_through(&kv, "n", || replicated(master, "n", 2), || master.freeze()).await;
    master.thaw();
    // It comes back as a replica: nobody must write to it.
    tokio::time::sleep(Duration::from_secs(2)).await;
    healed(&kv, "k").await;
    assert_eq!(bulk(sentinels.master(), "k"), "healed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_replaces_a_master() {
    let Some(cluster) = RedisCluster::start() else { return };
    let kv = Kv::new(open(&cluster.url()).await);
    let (master, other) = (cluster.master_of("n"), cluster.master_of("b"));
    counts_through(&kv, "n", || replicated(cluster.node(master), "n", 1), || cluster.kill(master)).await;
    assert_ne!(cluster.master_of("n"), master);
    if other != master {
        kv.set("b", "v").await.unwrap();
    }
    // The old one comes back as a replica.
    cluster.node(master).restart();
    assert!(cluster.settle());
    healed(&kv, "n2").await;
    let mut batch = Batch::atomic();
    batch.check(Check::exists("n"));
    batch.push(IncrBy::new("n", 1));
    kv.batch(batch).await.unwrap();
}
