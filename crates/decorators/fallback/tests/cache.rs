//! What a cache may never do: serve what was written over, bring back what was deleted, fail where its store does not, or
//! let a herd through.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use credenza_core::command::Clear;
use credenza_core::kv::TimeToLive;
use credenza_core::{Context, ErrorKind, Execution, Kv, KvStore, ManualClock, Request, StoreInfo};
use credenza_fallback::{CacheConfig, CacheTier};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_testkit::fault::{Chances, Fault, Faulty};
use tokio::sync::Semaphore;

fn memory() -> MemoryStore {
    MemoryStore::open(MemoryConfig::default()).unwrap()
}

fn tier<F: KvStore, B: KvStore>(front: F, back: B) -> (Kv, Arc<CacheTier<F, B>>) {
    let tier = Arc::new(CacheTier::new(front, back, CacheConfig::default()).unwrap());
    (Kv::new(tier.clone()), tier)
}

/// A store that counts what it is asked, and answers when it is let.
#[derive(Debug)]
struct Gated {
    store: MemoryStore,
    asked: AtomicU64,
    closed: AtomicBool,
    gate: Semaphore,
}

impl Gated {
    fn new() -> Arc<Gated> {
        let (asked, closed, gate) = (AtomicU64::new(0), AtomicBool::new(false), Semaphore::new(0));
        Arc::new(Gated { store: memory(), asked, closed, gate })
    }

    fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    /// Waits until so many requests have come.
    async fn has_asked(&self, count: u64) {
        while self.asked() < count {
            tokio::task::yield_now().await;
        }
    }
}

impl KvStore for Gated {
    fn info(&self) -> &StoreInfo {
        self.store.info()
    }

    fn capabilities(&self) -> credenza_core::Capabilities {
        self.store.capabilities()
    }

    /// Applies at once; the answer waits at the gate.
    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.store.execute(cx, request);
        if !self.closed.load(Ordering::SeqCst) {
            return answer;
        }
        Execution::wait(async move {
            let answer = answer.await;
            self.gate.acquire().await.unwrap().forget();
            answer
        })
    }
}

#[tokio::test]
async fn a_value_is_read_once_and_then_from_the_cache() {
    let back = Gated::new();
    let (kv, tier) = tier(memory(), back.clone());
    back.store
        .execute(&Context::new(), Request::One(credenza_core::command::Set::new("k", "v").into()))
        .await
        .unwrap();
    for _ in 0..5 {
        assert_eq!(kv.get("k").await.unwrap().unwrap(), "v");
    }
    assert_eq!(back.asked(), 1);
    let stats = tier.stats();
    assert_eq!((stats.hits, stats.misses, stats.fills), (4, 1, 1));
    // An empty value is a value; what is missing is not kept.
    kv.set("k", "").await.unwrap();
    assert_eq!(kv.get("k").await.unwrap().unwrap(), "");
    assert_eq!(kv.get("none").await.unwrap(), None);
    assert_eq!(kv.get("none").await.unwrap(), None);
}

#[tokio::test]
async fn a_herd_reads_once() {
    let back = Gated::new();
    let (kv, tier) = tier(memory(), back.clone());
    Kv::new(back.clone()).set("k", "v").await.unwrap();
    back.close();
    let herd: Vec<_> = (0..100)
        .map(|_| {
            tokio::spawn({
                let kv = kv.clone();
                async move { kv.get("k").await }
            })
        })
        .collect();
    back.has_asked(2).await;
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(back.asked(), 2, "the set, and one read");
    back.gate.add_permits(1);
    for one in herd {
        assert_eq!(one.await.unwrap().unwrap().unwrap(), "v");
    }
    assert_eq!(tier.stats().joined, 99);
}

#[tokio::test]
async fn a_read_that_is_dropped_hands_over_to_one_that_waits() {
    let back = Gated::new();
    let (kv, _) = tier(memory(), back.clone());
    Kv::new(back.clone()).set("k", "v").await.unwrap();
    back.close();
    let first = tokio::spawn({
        let kv = kv.clone();
        async move { kv.get("k").await }
    });
    back.has_asked(2).await;
    let second = tokio::spawn({
        let kv = kv.clone();
        async move { kv.get("k").await }
    });
    tokio::task::yield_now().await;
    first.abort();
    back.has_asked(3).await;
    back.gate.add_permits(2);
    assert_eq!(second.await.unwrap().unwrap().unwrap(), "v");
}

/// The reader has the old value in hand while it is written over, here and by another process with the same cache.
#[tokio::test]
async fn what_was_read_before_a_write_never_reaches_the_cache_after_it() {
    for elsewhere in [false, true] {
        let (front, back) = (memory(), Gated::new());
        let (kv, _) = tier(front.clone(), back.clone());
        let (other, _) = tier(front, back.store.clone());
        let writer = if elsewhere { other.clone() } else { kv.clone() };
        other.set("k", "old").await.unwrap();
        back.close();
        let reading = tokio::spawn({
            let kv = kv.clone();
            async move { kv.get("k").await }
        });
        back.has_asked(1).await;
        let writing = tokio::spawn(async move { writer.set("k", "new").await });
        if !elsewhere {
            back.has_asked(2).await;
        }
        back.gate.add_permits(10);
        writing.await.unwrap().unwrap();
        assert!(reading.await.unwrap().unwrap().is_some());
        for _ in 0..3 {
            assert_eq!(other.get("k").await.unwrap().unwrap(), "new", "elsewhere: {elsewhere}");
            assert_eq!(kv.get("k").await.unwrap().unwrap(), "new");
        }
    }
}

#[tokio::test]
async fn a_read_after_a_write_does_not_join_one_from_before_it() {
    let back = Gated::new();
    let (kv, _) = tier(memory(), back.clone());
    kv.set("k", "old").await.unwrap();
    back.close();
    let early = tokio::spawn({
        let kv = kv.clone();
        async move { kv.get("k").await }
    });
    back.has_asked(2).await;
    back.closed.store(false, Ordering::SeqCst);
    kv.set("k", "new").await.unwrap();
    let late = tokio::time::timeout(Duration::from_secs(5), kv.get("k")).await;
    assert_eq!(late.expect("it waits for nobody").unwrap().unwrap(), "new");
    back.gate.add_permits(1);
    assert_eq!(early.await.unwrap().unwrap().unwrap(), "old");
    assert_eq!(kv.get("k").await.unwrap().unwrap(), "new");
}

/// Single keys, a batch, a clear, a rename, an expiry.
#[tokio::test]
async fn nothing_outlives_a_write_of_any_kind() {
    let (kv, _) = tier(memory(), memory());
    let fill = async || {
        for key in ["p:a", "p:b"] {
            kv.set(key, "old").await.unwrap();
            assert_eq!(kv.get(key).await.unwrap().unwrap(), "old");
        }
    };
    fill().await;
    kv.del("p:a").await.unwrap();
    assert_eq!(kv.get("p:a").await.unwrap(), None);
    fill().await;
    kv.run(Clear::new("p:")).await.unwrap();
    assert_eq!((kv.get("p:a").await.unwrap(), kv.get("p:b").await.unwrap()), (None, None));
    fill().await;
    kv.rename("p:a", "p:b").await.unwrap();
    assert_eq!(kv.get("p:a").await.unwrap(), None);
    fill().await;
    kv.run(credenza_core::command::Append::new("p:a", "er")).await.unwrap();
    assert_eq!(kv.get("p:a").await.unwrap().unwrap(), "older");
    let mut batch = credenza_core::Batch::atomic();
    batch.push(credenza_core::command::Set::new("p:a", "new"));
    batch.push(credenza_core::command::Del::new(["p:b"]));
    kv.batch(batch).await.unwrap();
    assert_eq!((kv.get("p:a").await.unwrap().unwrap(), kv.get("p:b").await.unwrap()), ("new".into(), None));
}

#[tokio::test]
async fn a_cached_value_lives_no_longer_than_the_key() {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let timed = || {
        let mut config = MemoryConfig::default();
        config.clock = clock.clone();
        config.sweep_interval = None;
        MemoryStore::open(config).unwrap()
    };
    let (kv, tier) = tier(timed(), timed());
    kv.set_ex("k", "v", Duration::from_secs(5)).await.unwrap();
    kv.set("l", "v").await.unwrap();
    for key in ["k", "l"] {
        kv.get(key).await.unwrap().unwrap();
    }
    assert!(matches!(kv.ttl("k").await.unwrap(), TimeToLive::Left(_)));
    clock.advance(Duration::from_secs(6));
    assert_eq!(kv.get("k").await.unwrap(), None);
    assert_eq!(tier.stats().hits, 0);
    assert_eq!(kv.get("l").await.unwrap().unwrap(), "v");
    assert_eq!(tier.stats().hits, 1, "a minute is not over");
    clock.advance(Duration::from_secs(60));
    kv.get("l").await.unwrap().unwrap();
    assert_eq!(tier.stats().hits, 1, "a minute is");
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_is_out_or_hangs_is_passed_by_and_serves_nothing_old_when_it_is_back() {
    for fault in [Fault::Refuse, Fault::LoseAnswer, Fault::Swallow, Fault::Hang] {
        // A fill takes three requests, a write two.
        let fates = [None, None, None, None, None].into_iter().chain(std::iter::repeat_n(Some(fault), 4));
        let front = memory();
        let (kv, tier) = tier(Faulty::scripted(front.clone(), fates), memory());
        kv.set("k", "old").await.unwrap();
        assert_eq!(kv.get("k").await.unwrap().unwrap(), "old");
        kv.set("k", "new").await.unwrap();
        assert_eq!(kv.get("k").await.unwrap().unwrap(), "new", "{fault:?}");
        assert_eq!(kv.get("other").await.unwrap(), None, "{fault:?}");
        // It is back, with what it had.
        for _ in 0..3 {
            assert_eq!(kv.get("k").await.unwrap().unwrap(), "new", "{fault:?}");
        }
        assert!(tier.stats().failures >= 2, "{fault:?}: {:?}", tier.stats());
    }
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_hangs_costs_a_write_its_patience_and_not_for_each_thousand_keys() {
    let (kv, _) = tier(Faulty::seeded(memory(), 7, Chances { hang: 1000, ..Chances::default() }), memory());
    let began = tokio::time::Instant::now();
    kv.mset((0..5_000).map(|n| (format!("k{n}"), "v"))).await.unwrap();
    assert_eq!(began.elapsed(), 2 * CacheConfig::default().patience, "once before the write, and once after");
    assert_eq!(kv.get("k4999").await.unwrap().unwrap(), "v");
}

/// A write of unknown effect may be applied at any time: its mark stays.
#[tokio::test]
async fn a_write_that_may_have_happened_leaves_nothing_to_be_read() {
    let front = memory();
    let (kv, _) = tier(front.clone(), Faulty::scripted(memory(), [None, None, Some(Fault::LoseAnswer)]));
    kv.set("k", "old").await.unwrap();
    kv.get("k").await.unwrap().unwrap();
    assert_eq!(kv.set("k", "new").await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(kv.get("k").await.unwrap().unwrap(), "new");
    assert!(matches!(Kv::new(front).ttl("k").await.unwrap(), TimeToLive::Left(_)), "until its lease is over");
}

/// Counters that only grow, read and written by many, through two caches over one front, while the front fails at random: no
/// reader ever sees one shrink.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_is_what_is_read() {
    let chances = Chances { refuse: 0, lose_answer: 0, ..Chances::of_everything() };
    let chances = Chances { swallow: 0, hang: 0, ..chances };
    let (front, back) = (Arc::new(Faulty::seeded(memory(), 7, chances)), memory());
    let (one, _) = tier(front.clone(), back.clone());
    let (two, _) = tier(front, back);
    let acknowledged = Arc::new([const { AtomicU64::new(0) }; 4]);
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..6)
        .map(|n| {
            let (kv, stop) = (if n % 2 == 0 { one.clone() } else { two.clone() }, stop.clone());
            let acknowledged = acknowledged.clone();
            tokio::spawn(async move {
                let mut reads = 0_u64;
                while !stop.load(Ordering::Relaxed) {
                    for key in 0..4 {
                        let least = acknowledged[key].load(Ordering::SeqCst);
                        let found = kv.get(format!("n{key}")).await.unwrap();
                        let found =
                            found.map_or(0, |text| std::str::from_utf8(&text).unwrap().parse().unwrap());
                        // One that joins a read of another sees what that one saw: one write back at most.
                        assert!(found + 1 >= least, "{found} after {least} was acknowledged");
                        reads += 1;
                    }
                }
                reads
            })
        })
        .collect();
    for n in 0..1000_u64 {
        let key = n as usize % 4;
        let kv = if n % 3 == 0 { &one } else { &two };
        let count = kv.incr(format!("n{key}")).await.unwrap();
        acknowledged[key].store(count.cast_unsigned(), Ordering::SeqCst);
        tokio::time::sleep(Duration::from_micros(100)).await;
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.await.unwrap() > 100);
    }
    for kv in [one, two] {
        assert_eq!(kv.get("n0").await.unwrap().unwrap(), "250");
    }
}
