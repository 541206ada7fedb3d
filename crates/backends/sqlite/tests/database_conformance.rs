//! The databases on SQLite before the judges of `credenza-testkit`.

use credenza_core::Result;
use credenza_core::db::DbLimits;
use credenza_sqlite::{
    SqliteDatabase, SqliteDatabaseConfig, SqliteDatabases, SqliteDatabasesConfig, SqliteDurability,
};
use credenza_testkit::database::{self, DatabaseSubject, DatabasesSubject};
use credenza_testkit::suite::{Outcome, Report};

/// Limits that a test can reach.
fn small() -> DbLimits {
    let mut limits = DbLimits::default();
    limits.value = 1 << 20;
    limits
}

/// Four readers, and limits that a test can reach.
fn each() -> SqliteDatabaseConfig {
    SqliteDatabaseConfig {
        durability: SqliteDurability::Normal,
        readers: 4,
        limits: small(),
        ..SqliteDatabaseConfig::default()
    }
}

fn fresh() -> Result<DatabaseSubject> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = SqliteDatabaseConfig { path: Some(folder.path().join("test.db")), ..each() };
    Ok(DatabaseSubject::new(SqliteDatabase::open(config)?).keeping(folder))
}

/// Few files are open at the same time.
fn databases() -> Result<(SqliteDatabases, tempfile::TempDir)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = SqliteDatabasesConfig::at(folder.path().join("databases"));
    let databases = SqliteDatabases::open(SqliteDatabasesConfig { max_open: 16, each: each(), ..at })?;
    Ok((databases, folder))
}

/// Everything passes and nothing is skipped.
fn assert_passed(report: &Report) {
    report.assert_passed();
    let skipped = |outcome: &Outcome| matches!(outcome, Outcome::Skipped(_));
    assert!(!report.findings().iter().any(|finding| skipped(&finding.outcome)), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn database() {
    assert_passed(&database::run(async || fresh()).await);
}

#[tokio::test]
async fn database_on_one_thread() {
    assert_passed(&database::run(async || fresh()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn database_of_a_namespace() {
    let fresh = async || {
        use credenza_core::db::Databases;
        let (databases, folder) = databases()?;
        let db = databases.open("tenant/7").await?;
        Ok(DatabaseSubject::from(db.database().clone()).keeping(databases).keeping(folder))
    };
    assert_passed(&database::run(fresh).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn namespaces() {
    let fresh = async || {
        let (databases, folder) = databases()?;
        Ok(DatabasesSubject::new(databases).keeping(folder))
    };
    assert_passed(&database::run_databases(fresh).await);
}
