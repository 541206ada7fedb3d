//! The store on SQLite before the judges of `credenza-testkit`.

use std::sync::Arc;

use credenza_core::{Limits, ManualClock, Result};
use credenza_sqlite::{SqliteConfig, SqliteDurability, SqliteStore};
use credenza_testkit::{PassThrough, Subject, suite};

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
