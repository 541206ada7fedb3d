//! The store on SQLite before the judges of `credenza-testkit`.

use std::sync::Arc;
use std::time::Duration;

use credenza_core::{ManualClock, Result};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_sqlite::{SqliteConfig, SqliteDurability, SqliteStore};
use credenza_testkit::fault::{Chances, Faulty};
use credenza_testkit::linearizable::{Workload, assert_linearizable};
use credenza_testkit::model::{self, Plan};
use credenza_testkit::{PassThrough, Subject, cancel, small_limits, suite};

fn fresh() -> Result<Subject> {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = SqliteStore::open(SqliteConfig {
        durability: SqliteDurability::Normal,
        sweep_interval: None,
        limits: small_limits(),
        clock: clock.clone(),
        ..SqliteConfig::at(folder.path().join("test.db"))
    })?;
    Ok(Subject::new(store.clone()).with_clock(clock).with_pubsub(store).keeping(folder))
}

#[tokio::test]
async fn bare() {
    suite::run(async || fresh()).await.assert_passed();
}

#[tokio::test]
async fn behind_a_pass_through() {
    suite::run(async || Ok(fresh()?.behind(PassThrough::new))).await.assert_passed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn linearizable() {
    for seed in 0..10 {
        let workload = Workload { seed, ..Workload::default() };
        assert_linearizable(async || Ok(fresh()?.kv()), workload).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn linearizable_behind_faults() {
    for seed in 0..10 {
        let faulty = |store| Faulty::seeded(store, seed, Chances::of_everything());
        let patience = Duration::from_millis(200);
        let workload = Workload { seed, patience, drop_one_in: 50, ..Workload::default() };
        assert_linearizable(async || Ok(fresh()?.behind(faulty).kv()), workload).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whole_after_dropped_requests() {
    let drops = cancel::drop_requests(async || fresh()).await.unwrap();
    assert!(drops.waiting > 0 && drops.ready > 0, "{drops:?}");
}

/// With `CREDENZA_COMMANDS=1000000` a million commands.
#[tokio::test]
async fn agrees_with_memory() {
    let memory = async || {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let mut config = MemoryConfig::default();
        config.sweep_interval = None;
        config.limits = small_limits();
        config.clock = clock.clone();
        Ok(Subject::new(MemoryStore::open(config)?).with_clock(clock))
    };
    let summary = model::compare(Plan::default(), memory, async || fresh()).await;
    let summary = summary.unwrap_or_else(|difference| panic!("{difference}"));
    assert!(summary.commands >= 20_000, "{summary:?}");
}
