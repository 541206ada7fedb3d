//! A patient store before the judges of `credenza-testkit`.

use std::sync::Arc;
use std::time::Duration;

use credenza_blob::{MemoryBlobConfig, MemoryBlobStore};
use credenza_core::{ManualClock, Result};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_resilient::{Concurrency, Resilient, ResilientBlob, ResilientConfig};
use credenza_testkit::blob::{self, BlobSubject};
use credenza_testkit::fault::{Chances, Faulty};
use credenza_testkit::{Subject, small_limits, suite};

fn store() -> Result<(MemoryStore, Arc<ManualClock>)> {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let mut config = MemoryConfig::default();
    config.clock = clock.clone();
    config.sweep_interval = None;
    config.limits = small_limits();
    Ok((MemoryStore::open(config)?, clock))
}

fn everything() -> ResilientConfig {
    let mut config = ResilientConfig::default();
    config.concurrency = Some(Concurrency { running: 2, waiting: 1000 });
    config.hedge = Some(Duration::from_millis(5));
    config
}

#[tokio::test]
async fn on_a_store_that_never_fails() {
    let report = suite::run(async || {
        let (store, clock) = store()?;
        let resilient = Resilient::new(store.clone(), everything())?;
        Ok(Subject::new(resilient).with_clock(clock).with_pubsub(store))
    });
    report.await.assert_passed();
}

/// One request of twenty is refused, and some are slow: nobody sees it.
#[tokio::test]
async fn on_a_store_that_fails_all_the_time() {
    let report = suite::run(async || {
        let (store, clock) = store()?;
        let chances = Chances { refuse: 50, delay: (20, Duration::from_micros(100)), ..Chances::default() };
        let faulty = Faulty::seeded(store.clone(), 7, chances);
        let mut config = everything();
        config.retries = 20;
        config.backoff.first = Duration::from_micros(1);
        config.backoff.most = Duration::from_micros(10);
        config.budget = None;
        config.breaker = None;
        config.hedge = None;
        Ok(Subject::new(Resilient::new(faulty, config)?).with_clock(clock).with_pubsub(store))
    });
    report.await.assert_passed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_a_blob_store() {
    let report = blob::run(async || {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let mut config = MemoryBlobConfig::default();
        config.clock = clock.clone();
        let store = ResilientBlob::new(MemoryBlobStore::new(config), everything())?;
        Ok(BlobSubject::new(store).with_clock(clock))
    });
    report.await.assert_passed();
}
