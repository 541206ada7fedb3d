//! The store on Postgres before the judges of `credenza-testkit`.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::sync::Arc;

use common::{VERSIONS, config};
use credenza_core::{Limits, ManualClock, Result};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_postgres::{PostgresConfig, PostgresStore};
use credenza_testkit::linearizable::{Workload, checked_batches, single_keys};
use credenza_testkit::model::{self, Plan};
use credenza_testkit::servers::{Postgres, PostgresVersion};
use credenza_testkit::{Subject, cancel, suite};

async fn fresh(server: &Postgres) -> Result<Subject> {
    subject(config(&server.new_database())).await
}

async fn subject(config: PostgresConfig) -> Result<Subject> {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let config = PostgresConfig { limits: small(), clock: clock.clone(), ..config };
    let store = PostgresStore::open(config).await?;
    Ok(Subject::new(store.clone()).with_clock(clock).with_pubsub(store))
}

/// Limits that a test can reach.
fn small() -> Limits {
    let mut limits = Limits::default();
    limits.value = 1 << 20;
    limits.batch = 1000;
    limits.arguments = 2000;
    limits.page = 50;
    limits
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bare() {
    for version in VERSIONS {
        let Some(server) = Postgres::start(version) else { continue };
        suite::run(async || fresh(&server).await).await.assert_passed();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_prepared_statements() {
    let Some(server) = Postgres::start(PostgresVersion::V18) else { return };
    let pooled = async || {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let config = config(&server.new_database());
        let config = PostgresConfig { limits: small(), clock: clock.clone(), pooler: true, ..config };
        Ok(Subject::new(PostgresStore::open(config).await?).with_clock(clock))
    };
    suite::run(pooled).await.assert_passed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn linearizable() {
    let Some(server) = Postgres::start(PostgresVersion::V18) else { return };
    for seed in 0..4 {
        let workload = Workload { seed, ..Workload::default() };
        let verdict = single_keys(&fresh(&server).await.unwrap().kv(), workload).await.unwrap();
        assert!(verdict.is_linearizable(), "{verdict}");
        let verdict = checked_batches(&fresh(&server).await.unwrap().kv(), workload).await.unwrap();
        assert!(verdict.is_linearizable(), "{verdict}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whole_after_dropped_requests() {
    let Some(server) = Postgres::start(PostgresVersion::V18) else { return };
    let drops = cancel::drop_requests(async || fresh(&server).await).await.unwrap();
    assert!(drops.waiting > 0, "{drops:?}");
}

/// With `CREDENZA_TEST=thorough` a million commands.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agrees_with_memory() {
    let Some(server) = Postgres::start(PostgresVersion::V18) else { return };
    let memory = async || {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let mut config = MemoryConfig::default();
        config.sweep_interval = None;
        config.limits = small();
        config.limits.key = 2560;
        config.limits.member = 64 << 10;
        config.clock = clock.clone();
        Ok(Subject::new(MemoryStore::open(config)?).with_clock(clock))
    };
    let plan = Plan::default();
    let summary = model::compare(plan, memory, async || fresh(&server).await).await;
    let summary = summary.unwrap_or_else(|difference| panic!("{difference}"));
    assert!(summary.commands >= 2_000, "{summary:?}");
}
