//! The store on Postgres before the judges of `credenza-testkit`.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::config;
use credenza_core::{ManualClock, Result};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_postgres::{PostgresConfig, PostgresStore};
use credenza_testkit::linearizable::{Workload, assert_linearizable};
use credenza_testkit::model::{self, Plan};
use credenza_testkit::servers::{Postgres, PostgresVersion};
use credenza_testkit::{Subject, small_limits, suite};

/// A store in a database of its own.
async fn fresh(server: &Postgres) -> Result<Subject> {
    subject(config(&server.new_database())).await
}

/// The first database, which is emptied when the stores before it have let go of it: that is faster.
async fn emptied(server: &Postgres) -> Result<PostgresConfig> {
    let users =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = 'test_1' AND application_name = 'credenza'";
    while server.sql(users).unwrap() != [[Some("0".to_owned())]] {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let tables = "keys, hash, set_member, list, zset, garbage, message";
    let tables = tables.split(", ").map(|table| format!("credenza.{table}")).collect::<Vec<_>>().join(", ");
    // At first there are none.
    let _ = server.sql_in("test_1", &format!("TRUNCATE {tables}"));
    Ok(config(&server.url_of("test_1")))
}

async fn subject(config: PostgresConfig) -> Result<Subject> {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let config = PostgresConfig { limits: small_limits(), clock: clock.clone(), ..config };
    let store = PostgresStore::open(config).await?;
    Ok(Subject::new(store).with_clock(clock))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bare_on_16() {
    bare(PostgresVersion::V16).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bare_on_18() {
    bare(PostgresVersion::V18).await;
}

async fn bare(version: PostgresVersion) {
    let Some(server) = Postgres::start(version) else { return };
    server.new_database();
    suite::run(async || subject(emptied(&server).await?).await).await.assert_passed();
}

/// Apart from the other cases, which are many and have nobody who listens.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages() {
    let Some(server) = Postgres::start(PostgresVersion::V18) else { return };
    let with_messages = async || {
        let store = PostgresStore::open(config(&server.new_database())).await?;
        Ok(Subject::new(store.clone()).with_pubsub(store))
    };
    suite::run_only("pubsub: ", with_messages).await.assert_passed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn linearizable() {
    let Some(server) = Postgres::start(PostgresVersion::V18) else { return };
    for seed in 0..4 {
        let workload = Workload { seed, ..Workload::default() };
        assert_linearizable(async || Ok(fresh(&server).await?.kv()), workload).await;
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
        config.limits = small_limits();
        config.limits.key = 2560;
        config.limits.member = 64 << 10;
        config.clock = clock.clone();
        Ok(Subject::new(MemoryStore::open(config)?).with_clock(clock))
    };
    server.new_database();
    let plan = Plan::for_servers();
    let summary = model::compare(plan, memory, async || subject(emptied(&server).await?).await).await;
    let summary = summary.unwrap_or_else(|difference| panic!("{difference}"));
    assert!(summary.commands >= 2_000, "{summary:?}");
}
