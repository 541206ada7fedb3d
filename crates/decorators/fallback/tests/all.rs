//! Writes that go to all stores.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use credenza_core::command::{HGetAll, LRange, SPop, Scan, Set};
use credenza_core::{
    Batch, Capabilities, Check, Context, Cursor, Effect, ErrorKind, Execution, Kv, KvStore, Random, Request,
    SeededRandom, StoreInfo,
};
use credenza_fallback::WriteAll;
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_testkit::fault::{Chances, Faulty};

fn memory() -> MemoryStore {
    MemoryStore::open(MemoryConfig::default()).unwrap()
}

/// A store that takes its time, another each time.
#[derive(Debug)]
struct Slow(MemoryStore, SeededRandom);

impl KvStore for Slow {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        let cx = cx.clone();
        Execution::wait(async move {
            for _ in 0..self.1.below(4) {
                tokio::task::yield_now().await;
            }
            let answer = self.0.execute(&cx, request).await;
            for _ in 0..self.1.below(4) {
                tokio::task::yield_now().await;
            }
            answer
        })
    }
}

fn slow(store: &MemoryStore, seed: u64) -> Arc<dyn KvStore> {
    Arc::new(Slow(store.clone(), SeededRandom::new(seed)))
}

fn refusing() -> Arc<dyn KvStore> {
    Arc::new(Faulty::seeded(memory(), 7, Chances { refuse: 1000, ..Chances::default() }))
}

/// All that stands in a store.
async fn all(store: &MemoryStore) -> Vec<String> {
    let kv = Kv::new(store.clone());
    let mut keys = kv.run(Scan::new(Cursor::START).count(10_000)).await.unwrap().items;
    keys.sort();
    let mut all = Vec::new();
    for key in keys {
        all.push(match key[0] {
            b's' | b'n' => format!("{key:?} {:?}", kv.get(&key).await.unwrap()),
            b'l' => format!("{key:?} {:?}", kv.run(LRange::new(&key, 0, -1)).await.unwrap()),
            _ => format!("{key:?} {:?}", kv.run(HGetAll::new(&key)).await.unwrap()),
        });
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_stores_have_all_writes_in_the_same_order() {
    let stores = [memory(), memory(), memory()];
    let others = vec![slow(&stores[1], 1), slow(&stores[2], 2)];
    let layer = Arc::new(WriteAll::new(slow(&stores[0], 0), others).unwrap());
    let tasks = (0..8).map(|task| {
        let kv = Kv::new(layer.clone());
        tokio::spawn(async move {
            let random = SeededRandom::new(task);
            for n in 0..400 {
                let k = random.below(4);
                let write = async {
                    match random.below(7) {
                        0 => kv.set(format!("s{k}"), format!("{task} {n}")).await,
                        1 => kv.append(format!("s{k}"), ".").await.map(drop),
                        2 => kv.incr(format!("n{k}")).await.map(drop),
                        3 => kv.rpush(format!("l{k}"), n.to_string()).await.map(drop),
                        4 => kv.hset(format!("h{k}"), "f", n.to_string()).await.map(drop),
                        5 => kv.del(format!("s{k}")).await.map(drop),
                        _ => {
                            let mut batch = Batch::atomic();
                            batch.check(Check::exists(format!("n{k}")));
                            batch.push(Set::new(format!("s{k}"), "batch"));
                            batch.push(Set::new("s9", n.to_string()));
                            match kv.batch(batch).await {
                                Err(error) if error.kind() == ErrorKind::CheckFailed => Ok(()),
                                other => other.map(drop),
                            }
                        }
                    }
                };
                // Some go away before the answer is there.
                if random.below(10) == 0 {
                    let _ = tokio::time::timeout(Duration::from_micros(random.below(30)), write).await;
                } else {
                    write.await.unwrap();
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    // The last ones of those who went away.
    Kv::new(layer.clone()).clear("nothing").await.unwrap();
    let expected = all(&stores[0]).await;
    assert!(expected.len() > 10);
    assert_eq!(all(&stores[1]).await, expected);
    assert_eq!(all(&stores[2]).await, expected);
    assert_eq!(layer.apart(), 0);
    Kv::new(layer).clear("").await.unwrap();
    assert!(all(&stores[2]).await.is_empty());
}

#[tokio::test]
async fn what_the_first_did_not_take_goes_nowhere_and_what_another_did_not_take_is_told() {
    let copy = memory();
    let layer = WriteAll::new(refusing(), vec![Arc::new(copy.clone())]).unwrap();
    let error = Kv::new(layer).set("s", "v").await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, Effect::NotApplied));
    assert_eq!(Kv::new(copy.clone()).get("s").await.unwrap(), None);

    let first = memory();
    let layer = WriteAll::new(Arc::new(first.clone()), vec![refusing(), Arc::new(copy.clone()), refusing()]);
    let layer = Arc::new(layer.unwrap());
    let kv = Kv::new(layer.clone());
    let error = kv.set("s", "v").await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, Effect::MaybeApplied));
    assert_eq!(error.message().matches("faulty: ").count(), 2, "{error}");
    assert_eq!(kv.get("s").await.unwrap().unwrap(), "v", "it stands in the first");
    assert_eq!(Kv::new(copy).get("s").await.unwrap().unwrap(), "v", "and in those that took it");
    assert_eq!(layer.apart(), 1);
    assert!(WriteAll::new(Arc::new(first), Vec::new()).is_err());
}

#[tokio::test]
async fn what_would_differ_and_what_one_lacks_is_refused() {
    let stores = [memory(), memory()];
    let layer = WriteAll::new(Arc::new(stores[0].clone()), vec![Arc::new(stores[1].clone())]).unwrap();
    let kv = Kv::new(layer);
    kv.sadd("x", "m").await.unwrap();
    assert_eq!(kv.run(SPop::new("x", None)).await.unwrap_err().kind(), ErrorKind::Unsupported);
    // A command of a pipelined batch that fails on the first is not sent to the others.
    let mut batch = Batch::pipelined();
    batch.push(Set::new("s", "1"));
    batch.push(credenza_core::command::RPush::new("s", ["a"]));
    batch.push(Set::new("s2", "2"));
    let reply = kv.batch(batch).await.unwrap();
    assert_eq!(reply.replies.iter().filter(|reply| reply.is_ok()).count(), 2);
    for store in stores {
        let kv = Kv::new(store);
        assert_eq!(kv.mget(["s", "s2"]).await.unwrap(), [Some("1".into()), Some("2".into())]);
    }
}

/// A store that answers no write.
#[derive(Debug)]
struct Silent(MemoryStore);

impl KvStore for Silent {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn execute<'a>(&'a self, _: &Context, _: Request) -> Execution<'a> {
        Execution::wait(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_waits_for_its_turn_no_longer_than_its_caller() {
    let layer = Arc::new(WriteAll::new(Arc::new(Silent(memory())), vec![Arc::new(memory())]).unwrap());
    let kv = Kv::new(layer);
    let first = tokio::spawn({
        let kv = kv.clone();
        async move { kv.set("s", "never").await }
    });
    tokio::task::yield_now().await;
    let error = kv.clone().with_timeout(Duration::from_secs(1)).set("s", "v").await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::NotApplied));
    assert!(error.message().contains("turn"), "{error}");
    first.abort();
}
