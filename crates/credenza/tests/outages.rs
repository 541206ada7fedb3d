//! Stacks of decorators on a real server that is killed under load, and comes back.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use credenza::{
    CacheConfig, CacheTier, Compressed, CompressedConfig, Context, Effect, Encrypted, EncryptedConfig,
    FallbackReads, FallbackReadsConfig, Keyring, Kv, KvStore, MemoryConfig, MemoryStore, Monitored,
    MonitoredConfig, Namespaced, PostgresConfig, PostgresStore, RedisConfig, RedisStore, Resilient,
    ResilientConfig, SecretKey,
};
use credenza_testkit::servers::{Postgres, PostgresVersion, Redis};

/// How often the server is killed.
const KILLS: u64 = 4;
/// So many pushes are acknowledged between two of these, and after the last.
const PUSHES: u64 = 60;

/// A server that keeps what it acknowledged.
fn server() -> Option<Redis> {
    Redis::start_with(&["--appendonly", "yes", "--appendfsync", "always"])
}

async fn open(redis: &Redis) -> Arc<dyn KvStore> {
    let mut config = RedisConfig::from_url(&redis.url()).unwrap();
    config.timeout = Duration::from_secs(2);
    config.connect_timeout = Duration::from_millis(500);
    Arc::new(RedisStore::open(config).await.unwrap())
}

async fn open_postgres(postgres: &Postgres) -> Arc<dyn KvStore> {
    let mut config = PostgresConfig::from_url(&postgres.url()).unwrap();
    config.timeout = Duration::from_secs(2);
    config.connect_timeout = Duration::from_millis(500);
    Arc::new(PostgresStore::open(config).await.unwrap())
}

fn memory() -> MemoryStore {
    MemoryStore::open(MemoryConfig::default()).unwrap()
}

/// Every decorator that a service would have over its server.
fn stack(store: Arc<dyn KvStore>, front: MemoryStore) -> Kv {
    let keys = Keyring::new(1, SecretKey::from_bytes([7; 32]));
    let mut compressed = CompressedConfig::default();
    compressed.min_size = 16;
    let layered = Kv::from(store)
        .layer(|store| CacheTier::new(front, store, CacheConfig::default()))
        .and_then(|kv| kv.layer(|store| Encrypted::new(store, keys, EncryptedConfig::default())))
        .and_then(|kv| kv.layer(|store| Compressed::new(store, compressed)))
        .and_then(|kv| kv.layer(|store| Ok(Namespaced::named(store, "shop"))))
        .and_then(|kv| kv.layer(|store| Resilient::new(store, ResilientConfig::default())))
        .and_then(|kv| kv.layer(|store| Ok(Monitored::new(store, MonitoredConfig::default()))));
    layered.unwrap()
}

/// What became of the writes of one task.
#[derive(Default)]
struct Written {
    /// Keys with their last values that were acknowledged, if nothing is unknown about them.
    known: Vec<(String, String)>,
    pushed: HashSet<String>,
    /// Pushes of which nobody knows.
    doubtful: HashSet<String>,
}

/// Writes until it is told to stop: keys of its own, and a list that all push to, where a write that is repeated would show.
async fn write(kv: Kv, task: usize, pushes: Arc<AtomicU64>, stop: Arc<AtomicBool>) -> Written {
    let mut written = Written::default();
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        let (key, value) =
            (format!("k{task}:{}", n % 50), format!("value {n} of {task}, {}", "again ".repeat(9)));
        let set = kv.set(&key, &value).await;
        written.known.retain(|(known, _)| *known != key);
        if set.is_ok() {
            // What was acknowledged is what is read, out of the cache or not.
            if let Ok(found) = kv.get(&key).await {
                assert_eq!(found.unwrap(), value);
            }
            written.known.push((key, value));
        }
        let item = format!("{task}:{n}");
        match kv.rpush("list", &item).await {
            Ok(_) => {
                written.pushed.insert(item);
                pushes.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) if error.effect() == Effect::MaybeApplied => drop(written.doubtful.insert(item)),
            Err(_) => {}
        }
        n += 1;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    written
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_acknowledged_is_lost_or_done_twice_through_the_whole_stack() {
    let Some(redis) = server() else { return };
    survives(async || open(&redis).await, || redis.kill(), || redis.restart()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nor_is_it_on_postgres() {
    let Some(postgres) = Postgres::start(PostgresVersion::V18) else { return };
    survives(async || open_postgres(&postgres).await, || postgres.kill(), || postgres.restart()).await;
}

async fn survives(open: impl AsyncFn() -> Arc<dyn KvStore>, kill: impl Fn(), restart: impl Fn()) {
    let kv = stack(open().await, memory());
    let stop = Arc::new(AtomicBool::new(false));
    let pushes = Arc::new(AtomicU64::new(0));
    let task = |task| tokio::spawn(write(kv.clone(), task, pushes.clone(), stop.clone()));
    let tasks: Vec<_> = (0..4).map(task).collect();
    for round in 1..=KILLS + 1 {
        let heals = async {
            while pushes.load(Ordering::Relaxed) < round * PUSHES {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), heals).await.expect("the stack heals");
        if round <= KILLS {
            kill();
            tokio::time::sleep(Duration::from_millis(200)).await;
            restart();
        }
    }
    stop.store(true, Ordering::Relaxed);
    let mut all = Written::default();
    for task in tasks {
        let written = task.await.unwrap();
        all.known.extend(written.known);
        all.pushed.extend(written.pushed);
        all.doubtful.extend(written.doubtful);
    }

    // Through the stack as it is, and through a new one with nothing in its cache.
    for kv in [kv, stack(open().await, memory())] {
        for (key, value) in &all.known {
            assert_eq!(kv.get(key).await.unwrap().as_deref(), Some(value.as_bytes()), "{key}");
        }
        let list = kv.lrange("list", 0, -1).await.unwrap();
        let found: HashSet<String> =
            list.iter().map(|item| String::from_utf8(item.to_vec()).unwrap()).collect();
        assert_eq!(found.len(), list.len(), "an item was pushed twice");
        assert!(all.pushed.is_subset(&found), "{:?} are lost", all.pushed.difference(&found));
        let unknown = found.iter().find(|item| !all.pushed.contains(*item) && !all.doubtful.contains(*item));
        assert_eq!(unknown, None, "it was said not to have happened");
    }
    assert!(all.known.len() > 20, "most keys are known");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_fall_back_while_the_server_is_gone_and_return_when_it_is_back() {
    let Some(redis) = server() else { return };
    let (primary, copy) = (open(&redis).await, memory());
    Kv::new(copy.clone()).set("k", "copied").await.unwrap();
    let others = vec![Arc::new(copy.clone()) as Arc<dyn KvStore>];
    let store = FallbackReads::new(primary, others, FallbackReadsConfig::default()).unwrap();
    let kv = Kv::new(store);
    kv.set("k", "new").await.unwrap();
    assert_eq!(kv.get("k").await.unwrap().unwrap(), "new");

    redis.kill();
    let told = kv.clone().with_context(Context::new().with_notes());
    assert_eq!(told.get("k").await.unwrap().unwrap(), "copied");
    kv.set("k", "lost").await.unwrap_err();
    assert_eq!(Kv::new(copy).get("k").await.unwrap().unwrap(), "copied", "nothing was written there");

    redis.restart();
    let mut tries = 0;
    while kv.get("k").await.unwrap().unwrap() != "new" {
        tries += 1;
        assert!(tries < 500, "the first store is not asked again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
