//! A measured store before the judges of `credenza-testkit`.

use std::sync::Arc;

use credenza_blob::{MemoryBlobConfig, MemoryBlobStore};
use credenza_core::ManualClock;
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_monitored::{Monitored, MonitoredBlob, MonitoredConfig};
use credenza_testkit::blob::{self, BlobSubject};
use credenza_testkit::{Subject, small_limits, suite};

fn config() -> MonitoredConfig {
    MonitoredConfig::default().with_sink(|_: &credenza_monitored::Operation<'_>| ())
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
        Ok(Subject::new(Monitored::new(store.clone(), config())).with_clock(clock).with_pubsub(store))
    });
    report.await.assert_passed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn objects() {
    let report = blob::run(async || {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let mut memory = MemoryBlobConfig::default();
        memory.clock = clock.clone();
        Ok(BlobSubject::new(MonitoredBlob::new(MemoryBlobStore::new(memory), config())).with_clock(clock))
    });
    report.await.assert_passed();
}
