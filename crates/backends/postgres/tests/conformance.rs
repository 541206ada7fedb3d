//! The store on Postgres before the judges of `credenza-testkit`.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::config;
use credenza_core::{Limits, ManualClock, Result};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_postgres::{PostgresConfig, PostgresStore};
use credenza_testkit::linearizable::{Workload, checked_batches, single_keys};
use credenza_testkit::model::{self, Plan};
use credenza_testkit::servers::{Postgres, PostgresVersion};
use credenza_testkit::{Subject, suite};

/// A store in a database of its own.
async fn fresh(server: &Postgres) -> Result<Subject> {
    subject(config(&server.new_database())).await
}

/// The first database, which is emptied when the stores before it have let go of it: that is faster.
async fn emptied(server: &Postgres, pooler: bool) -> Result<PostgresConfig> {
    let users =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = 'test_1' AND application_name = 'credenza'";
    while server.sql(users).unwrap() != [[Some("0".to_owned())]] {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let tables = "keys, hash, set_member, list, zset, garbage, message";
    let tables = tables.split(", ").map(|table| format!("credenza.{table}")).collect::<Vec<_>>().join(", ");
    // At first there are none.
    let _ = server.sql_in("test_1", &format!("TRUNCATE {tables}"));
    Ok(PostgresConfig { pooler, ..config(&server.url_of("test_1")) })
}

async fn subject(config: PostgresConfig) -> Result<Subject> {
    let (store, clock) = open(config).await?;
    Ok(Subject::new(store).with_clock(clock))
}

async fn open(config: PostgresConfig) -> Result<(PostgresStore, Arc<ManualClock>)> {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let config = PostgresConfig { limits: small(), clock: clock.clone(), ..config };
    Ok((PostgresStore::open(config).await?, clock))
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
async fn bare_on_16() {
    bare(PostgresVersion::V16, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bare_on_18() {
    bare(PostgresVersion::V18, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_prepared_statements() {
    bare(PostgresVersion::V18, true).await;
}

async fn bare(version: PostgresVersion, pooler: bool) {
    let Some(server) = Postgres::start(version) else { return };
    server.new_database();
    suite::run(async || subject(emptied(&server, pooler).await?).await).await.assert_passed();
}

/// One of the cases publishes 100,000 messages, and waits for each to be sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes half a minute, more where the machine is busy"]
async fn thorough_with_messages() {
    let Some(server) = Postgres::start(PostgresVersion::V18) else { return };
    server.new_database();
    let with_messages = async || {
        let (store, clock) = open(emptied(&server, false).await?).await?;
        Ok(Subject::new(store.clone()).with_clock(clock).with_pubsub(store))
    };
    suite::run(with_messages).await.assert_passed();
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

/// With `CREDENZA_COMMANDS=1000000` a million commands.
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
    server.new_database();
    let plan = Plan::for_servers();
    let summary = model::compare(plan, memory, async || subject(emptied(&server, false).await?).await).await;
    let summary = summary.unwrap_or_else(|difference| panic!("{difference}"));
    assert!(summary.commands >= 2_000, "{summary:?}");
}
