//! A graceful store that is not out before the judges of `credenza-testkit`.

use std::sync::Arc;

use credenza_blob::{MemoryBlobConfig, MemoryBlobStore};
use credenza_core::ManualClock;
use credenza_graceful::{Graceful, GracefulBlob, GracefulConfig, OnOutage};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_testkit::blob::{self, BlobSubject};
use credenza_testkit::suite::Outcome;
use credenza_testkit::{Subject, small_limits, suite};

/// A deadline that has passed is an outage like any other; the suite wants to see it fail.
fn config() -> GracefulConfig {
    let mut config = GracefulConfig::default();
    (config.reads, config.writes) = (OnOutage::Fail, OnOutage::Fail);
    config
}

#[tokio::test]
async fn keys() {
    let report = suite::run(async || {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let mut memory = MemoryConfig::default();
        memory.clock = clock.clone();
        memory.sweep_interval = None;
        memory.limits = small_limits();
        let store = MemoryStore::open(memory)?;
        Ok(Subject::new(Graceful::new(store.clone(), config())).with_clock(clock).with_pubsub(store))
    });
    report.await.assert_passed();
}

/// All but the deadlines of reads, which find nothing then.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn objects() {
    let report = blob::run(async || {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let mut memory = MemoryBlobConfig::default();
        memory.clock = clock.clone();
        Ok(BlobSubject::new(GracefulBlob::new(MemoryBlobStore::new(memory))).with_clock(clock))
    });
    let report = report.await;
    let failed = report.findings().iter().filter(|finding| matches!(finding.outcome, Outcome::Failed(_)));
    let groups: Vec<_> = failed.map(|finding| finding.group).collect();
    assert!(!groups.is_empty() && groups.iter().all(|group| *group == "deadlines"), "{report}");
}
