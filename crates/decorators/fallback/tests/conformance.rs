//! Several stores as one before the judges of `credenza-testkit`.

use std::sync::Arc;
use std::time::Duration;

use credenza_core::{KvStore, ManualClock};
use credenza_fallback::{
    CacheConfig, CacheTier, FallbackReads, FallbackReadsConfig, FallbackWrites, FallbackWritesConfig,
    WriteAll, Writers,
};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_testkit::{Subject, small_limits, suite};

fn memory(clock: &Arc<ManualClock>) -> credenza_core::Result<MemoryStore> {
    let mut memory = MemoryConfig::default();
    memory.clock = clock.clone();
    memory.sweep_interval = None;
    memory.limits = small_limits();
    MemoryStore::open(memory)
}

#[tokio::test]
async fn a_cache_in_front() {
    let report = suite::run(async || {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let (front, back) = (memory(&clock)?, memory(&clock)?);
        let mut config = CacheConfig::default();
        // The clock of the suite jumps by days.
        config.ttl = Duration::from_secs(1 << 30);
        let cache = CacheTier::new(front, back.clone(), config)?;
        Ok(Subject::new(cache).with_clock(clock).with_pubsub(back))
    });
    report.await.assert_passed();
}

#[tokio::test]
async fn reads_that_could_fall_back() {
    let report = suite::run(async || {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let (first, other) = (memory(&clock)?, memory(&clock)?);
        let others = vec![Arc::new(other) as Arc<dyn KvStore>];
        let store = FallbackReads::new(Arc::new(first.clone()), others, FallbackReadsConfig::default())?;
        Ok(Subject::new(store).with_clock(clock).with_pubsub(first))
    });
    report.await.assert_passed();
}

#[tokio::test]
async fn writes_that_a_journal_could_take() {
    let report = suite::run(async || {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let (store, journal) = (memory(&clock)?, memory(&clock)?);
        let mut config = FallbackWritesConfig::default();
        config.clock = clock.clone();
        let layer = FallbackWrites::open(store.clone(), journal, Writers::OnlyThis, config).await?;
        Ok(Subject::new(layer).with_clock(clock).with_pubsub(store))
    });
    report.await.assert_passed();
}

#[tokio::test]
async fn writes_that_go_to_all() {
    let report = suite::run(async || {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let (first, other) = (memory(&clock)?, memory(&clock)?);
        let layer = WriteAll::new(Arc::new(first.clone()), vec![Arc::new(other)])?;
        Ok(Subject::new(layer).with_clock(clock).with_pubsub(first))
    });
    report.await.assert_passed();
}
