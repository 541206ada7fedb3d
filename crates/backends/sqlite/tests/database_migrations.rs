//! Migrations of applications, through a handle on a database.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::time::Duration;

use credenza_core::db::Begin;
use credenza_core::{Db, ErrorKind};
use credenza_migrations::{MigrationError, MigrationSet, Migrator, State, Step};
use credenza_sqlite::{SqliteDatabase, SqliteDatabaseConfig};
use tempfile::TempDir;

const NOTES: &str = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE);
CREATE TABLE log (what TEXT);
CREATE TRIGGER noted AFTER INSERT ON notes BEGIN INSERT INTO log VALUES ('a;b'); SELECT CASE 1 WHEN 1 THEN 2 END; END;
INSERT INTO notes (text) VALUES ('first')";

fn open(folder: &TempDir) -> Db {
    let busy_timeout = Duration::from_secs(60);
    let config =
        SqliteDatabaseConfig { busy_timeout, ..SqliteDatabaseConfig::at(folder.path().join("app.db")) };
    Db::new(SqliteDatabase::open(config).unwrap())
}

fn migrator(steps: impl IntoIterator<Item = Step>) -> Migrator {
    Migrator::new(MigrationSet::new("app", steps).unwrap())
}

fn notes() -> Step {
    Step::new(1, "notes").sql(NOTES)
}

#[tokio::test]
async fn steps_run_on_a_handle_and_their_records_are_out_of_reach() {
    let memory = || Db::new(SqliteDatabase::open(SqliteDatabaseConfig::memory()).unwrap());
    let folder = tempfile::tempdir().unwrap();
    for mut db in [open(&folder), memory()] {
        let migrator =
            migrator([notes(), Step::new(2, "more").sql("INSERT INTO notes (text) VALUES ('more')")]);
        assert!(migrator.status(&mut db).await.unwrap().iter().all(|step| step.state == State::Pending));
        assert_eq!(migrator.apply(&mut db).await.unwrap().applied.len(), 2);
        assert_eq!(migrator.apply(&mut db).await.unwrap().before, 2);
        migrator.verify(&mut db).await.unwrap();
        assert_eq!(db.query_one("SELECT count(*) FROM log", ()).await.unwrap().get::<i64>(0).unwrap(), 2);
        // Also by the very statement that the migrator runs.
        for sql in [
            "SELECT version, name, checksum, applied_at FROM credenza_migrations WHERE module = 'app'",
            "DELETE FROM credenza_migrations",
            "UPDATE Credenza_Migrations SET checksum = ''",
            "DROP TABLE credenza_migrations",
            "ALTER TABLE credenza_migrations RENAME TO mine",
            "CREATE TRIGGER t AFTER INSERT ON credenza_migrations BEGIN SELECT 1; END",
        ] {
            assert_eq!(db.execute(sql, ()).await.unwrap_err().kind(), ErrorKind::Denied, "{sql}");
        }
        let read = "SELECT version, name, checksum, applied_at FROM credenza_migrations WHERE module = ?1";
        assert_eq!(db.query(read, ("app",)).await.unwrap_err().kind(), ErrorKind::Denied);
        migrator.verify(&mut db).await.unwrap();
    }
}

#[tokio::test]
async fn a_step_that_fails_says_where_and_with_which_code() {
    let folder = tempfile::tempdir().unwrap();
    let mut db = open(&folder);
    let broken = "DELETE FROM log; INSERT INTO notes (text) VALUES ('first')";
    let error = migrator([notes(), Step::new(7, "again").sql(broken)]).apply(&mut db).await.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Constraint, Some("23505")));
    assert!(matches!(
        MigrationError::of(&error),
        Some(MigrationError::Failed { version: 7, statement: Some(2), .. })
    ));
    assert_eq!(db.query_one("SELECT count(*) FROM log", ()).await.unwrap().get::<i64>(0).unwrap(), 1);
    let error = migrator([notes(), Step::new(7, "typo").sql("SELCT 1")]).apply(&mut db).await.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::InvalidStatement, Some("42601")), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handles_that_race_apply_each_step_once() {
    let folder = tempfile::tempdir().unwrap();
    let steps = (1..=25).map(|n| {
        let first = if n == 1 { "CREATE TABLE seen (version INTEGER);" } else { "" };
        Step::new(n, "seen").sql(format!("{first} INSERT INTO seen VALUES ({n}); CREATE TABLE t{n} (x)"))
    });
    let migrator = migrator(steps);
    // Two tasks on one handle, and others on handles of their own.
    let shared = open(&folder);
    let handles = [shared.clone(), shared.clone(), open(&folder), open(&folder)];
    let runners: Vec<_> = handles
        .into_iter()
        .map(|mut db| {
            let migrator = migrator.clone();
            tokio::spawn(async move { migrator.apply(&mut db).await.unwrap() })
        })
        .collect();
    let mut applied = 0;
    for runner in runners {
        let report = runner.await.unwrap();
        assert_eq!(report.applied.len() + report.before, 25);
        applied += report.applied.len();
    }
    assert_eq!(applied, 25);
    let row = shared.query_one("SELECT count(*), count(DISTINCT version) FROM seen", ()).await.unwrap();
    assert_eq!((row.get::<i64>(0).unwrap(), row.get::<i64>(1).unwrap()), (25, 25));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runner_that_is_dropped_leaves_whole_steps() {
    let folder = tempfile::tempdir().unwrap();
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) \
                INSERT INTO seen SELECT i FROM n";
    let step = |n| {
        let first = if n == 1 { "CREATE TABLE seen (i INTEGER);" } else { "" };
        Step::new(n, "seen").sql(format!("{first} {many}; {many}"))
    };
    let migrator = migrator((1..=60).map(step));
    let mut db = open(&folder);
    let mut cut = 0;
    for millis in 1..200 {
        let apply = migrator.apply(&mut db);
        let finished = tokio::time::timeout(Duration::from_millis(millis), apply).await.is_ok();
        // Both at one moment: a commit that was under way may still happen.
        let mut tx = db.begin_with(Begin::read_only().with_reserved()).await.unwrap();
        let tables = "SELECT count(*) FROM sqlite_schema WHERE name IN ('credenza_migrations', 'seen')";
        let tables: i64 = tx.query_one(tables, ()).await.unwrap().get(0).unwrap();
        let mut applied = 0;
        if tables > 0 {
            let sql = "SELECT (SELECT count(*) FROM credenza_migrations), (SELECT count(*) FROM seen)";
            let row = tx.query_one(sql, ()).await.unwrap();
            applied = row.get::<i64>(0).unwrap();
            assert_eq!(row.get::<i64>(1).unwrap(), 4_000 * applied);
        }
        tx.commit().await.unwrap();
        if finished {
            break;
        }
        cut += usize::from(applied < 60);
    }
    assert!(cut > 0, "it was never cut");
    migrator.verify(&mut db).await.unwrap();
}
