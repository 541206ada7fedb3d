//! The store on SQLite before the judges of `credenza-testkit`.

use std::sync::Arc;
use std::time::Duration;

use credenza_core::{Limits, ManualClock, Result};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_sqlite::{SqliteConfig, SqliteDurability, SqliteStore};
use credenza_testkit::fault::{Chances, Faulty};
use credenza_testkit::linearizable::{Workload, checked_batches, single_keys};
use credenza_testkit::model::{self, Plan};
use credenza_testkit::{PassThrough, Subject, cancel, suite};

fn fresh() -> Result<Subject> {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = SqliteStore::open(SqliteConfig {
        durability: SqliteDurability::Normal,
        sweep_interval: None,
        limits: small(),
        clock: clock.clone(),
        ..SqliteConfig::at(folder.path().join("test.db"))
    })?;
    Ok(Subject::new(store.clone()).with_clock(clock).with_pubsub(store).keeping(folder))
}

/// Limits that a test can reach.
fn small() -> Limits {
    let mut limits = Limits::default();
    limits.value = 1 << 20;
    limits.member = 1 << 18;
    limits.batch = 1000;
    limits.arguments = 2000;
    limits.page = 50;
    limits
}

#[tokio::test]
async fn bare() {
    suite::run(async || fresh()).await.assert_passed();
}

#[tokio::test]
async fn behind_a_pass_through() {
    suite::run(async || Ok(fresh()?.behind(PassThrough::new))).await.assert_passed();
}

/// Answers are lost, requests are refused or late, some never come back.
fn weather() -> Chances {
    let delay = (50, Duration::from_micros(100));
    Chances { refuse: 20, lose_answer: 10, delay, swallow: 1, hang: 1 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn linearizable() {
    for seed in 0..10 {
        let workload = Workload { seed, ..Workload::default() };
        let verdict = single_keys(&fresh().unwrap().kv(), workload).await.unwrap();
        assert!(verdict.is_linearizable(), "{verdict}");
        let verdict = checked_batches(&fresh().unwrap().kv(), workload).await.unwrap();
        assert!(verdict.is_linearizable(), "{verdict}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn linearizable_behind_faults() {
    for seed in 0..10 {
        let faulty = || fresh().unwrap().behind(|store| Faulty::seeded(store, seed, weather())).kv();
        let patience = Duration::from_millis(200);
        let workload = Workload { seed, patience, drop_one_in: 50, ..Workload::default() };
        let verdict = single_keys(&faulty(), workload).await.unwrap();
        assert!(verdict.is_linearizable(), "{verdict}");
        let verdict = checked_batches(&faulty(), workload).await.unwrap();
        assert!(verdict.is_linearizable(), "{verdict}");
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
        config.limits = small();
        config.clock = clock.clone();
        Ok(Subject::new(MemoryStore::open(config)?).with_clock(clock))
    };
    let summary = model::compare(Plan::default(), memory, async || fresh()).await;
    let summary = summary.unwrap_or_else(|difference| panic!("{difference}"));
    assert!(summary.commands >= 20_000, "{summary:?}");
}
