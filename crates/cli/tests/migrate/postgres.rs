//! The same on a server of Postgres; what is new there runs on a file as well.

use std::process::Child;
use std::time::Duration;

use credenza::{Db, open_database};
use credenza_migrations::create_if_missing;
use credenza_testkit::servers::{Postgres, PostgresVersion};
use serde_json::Value;

use crate::Place;

/// Steps that take a while, each of two halves.
fn slow_steps(count: usize) -> Place {
    let place = Place::new(&[("001_seen.sql", "CREATE TABLE seen (step INTEGER, i INTEGER)")]);
    for n in 2..=count {
        let half = format!("INSERT INTO seen SELECT {n}, i FROM generate_series(1, 250) AS i;");
        place
            .write(&format!("{n:03}_fill.sql"), &format!("{half}\nCREATE TABLE t{n} (x integer);\n{half}\n"));
    }
    place
}

fn applied(runners: Vec<Child>) -> Vec<u64> {
    let mut applied: Vec<u64> = Vec::new();
    for runner in runners {
        let output = runner.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8(output.stdout).unwrap();
        let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        applied.extend(lines.map(|line| line["version"].as_u64().unwrap()));
    }
    applied.sort_unstable();
    applied
}

async fn number(db: &Db, sql: &str) -> i64 {
    db.query_one(sql.to_owned(), ()).await.unwrap().get(0).unwrap()
}

/// How many steps are recorded, and how many rows are there, at one moment.
async fn counts(db: &Db) -> (i64, i64) {
    if number(db, "SELECT count(to_regclass('credenza_migrations'))").await == 0 {
        return (0, 0);
    }
    let sql = "SELECT (SELECT count(*) FROM credenza_migrations), (SELECT count(*) FROM seen)";
    let row = db.query_one(sql, ()).await.unwrap();
    (row.get(0).unwrap(), row.get(1).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_race_apply_each_step_once() {
    const STEPS: usize = 25;
    let Some(server) = Postgres::start(PostgresVersion::V18) else { return };
    for _ in 0..2 {
        let (place, url) = (slow_steps(STEPS), server.new_database());
        let runners = (0..4).map(|_| place.start_at(&url, "apply")).collect();
        assert_eq!(applied(runners), (1..=STEPS as u64).collect::<Vec<_>>());
        let db = open_database(&url).await.unwrap();
        assert_eq!(counts(&db).await, (STEPS as i64, 500 * (STEPS as i64 - 1)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_leaves_whole_steps() {
    const STEPS: i64 = 60;
    let Some(server) = Postgres::start(PostgresVersion::V18) else { return };
    let mut cut = 0;
    for round in 0..3_u64 {
        let (place, url) = (slow_steps(STEPS as usize), server.new_database());
        let db = open_database(&url).await.unwrap();
        let mut pause = 30 + 25 * round;
        loop {
            let mut child = place.start_at(&url, "apply");
            std::thread::sleep(Duration::from_millis(pause));
            child.kill().unwrap();
            let ended = child.wait().unwrap();
            let (recorded, rows) = counts(&db).await;
            assert_eq!(rows, 500 * (recorded - 1).max(0), "after {recorded} steps");
            cut += usize::from(recorded > 0 && recorded < STEPS);
            if ended.success() {
                break;
            }
            pause += pause / 3;
        }
        let verified = place.at(&url, "verify", &[]).1;
        assert_eq!(verified, format!("{STEPS} steps applied as written, 0 pending\n"));
    }
    assert!(cut >= 3, "only {cut} kills met a runner in the middle");
}

/// A file, and a server where there is one.
fn urls(server: Option<&Postgres>) -> Vec<String> {
    ["sqlite:app.db".to_owned()].into_iter().chain(server.map(Postgres::new_database)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_is_refused_and_a_change_is_recorded_on_request() {
    let server = Postgres::start(PostgresVersion::V16);
    for url in urls(server.as_ref()) {
        let place = Place::new(&[
            ("001_notes.sql", "CREATE TABLE notes (text TEXT UNIQUE)"),
            ("003_more.sql", "INSERT INTO notes VALUES ('more')"),
        ]);
        let on = |task: &str, more: &[&str]| place.at(&url, task, more);
        assert_eq!(on("apply", &[]).1, "applied 1 notes\napplied 3 more\n2 steps applied, 0 before\n");
        // A gap that is filled too late.
        place.write("002_late.sql", "SELECT 1");
        let (code, _, told) = on("apply", &[]);
        assert!(
            code == 1 && told.contains("step 2 `late` of `app` was not applied before step 3 was"),
            "{told}"
        );
        std::fs::remove_file(place.path("steps/002_late.sql")).unwrap();
        // A file that was edited; its record is changed when that is asked for, and nothing is run.
        place.write("003_more.sql", "INSERT INTO notes VALUES ('more') -- once");
        let (code, _, told) = on("verify", &[]);
        assert!(code == 1 && told.contains("step 3 `more` of `app` was changed"), "{told}");
        for step in ["1", "2", "9"] {
            let (code, _, told) = on("repair", &["--step", step]);
            assert!(code == 2 && told.contains("is none that was changed"), "{step}: {told}");
        }
        assert_eq!(on("repair", &["--step", "3"]), (0, String::new(), String::new()));
        assert_eq!(on("verify", &[]).1, "2 steps applied as written, 0 pending\n");
        // A database that is ahead of the files.
        std::fs::remove_file(place.path("steps/003_more.sql")).unwrap();
        let (code, _, told) = on("apply", &[]);
        assert!(code == 1 && told.contains("this program knows up to step 1"), "{told}");
        // A step that fails.
        place.write("003_more.sql", "INSERT INTO notes VALUES ('more') -- once");
        place.write("004_again.sql", "INSERT INTO notes VALUES ('less');\nINSERT INTO notes VALUES ('more')");
        let (code, _, told) = on("apply", &[]);
        assert!(code == 1 && told.contains("step 4 `again` of `app`, statement 2: "), "{told}");
        assert!(told.contains("SQLSTATE 23505") && !told.contains(url.split('@').next().unwrap()), "{told}");
        place.write("004_again.sql", "INSERT INTO notes VALUES ('less')");
        assert_eq!(on("apply", &[]).1, "applied 4 again\n1 step applied, 2 before\n");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_without_a_transaction_is_applied_once_by_runners_that_race() {
    let server = Postgres::start(PostgresVersion::V18);
    for url in urls(server.as_ref()) {
        let postgres = url.starts_with("postgres");
        let index =
            if postgres { "CREATE INDEX CONCURRENTLY IF NOT EXISTS" } else { "CREATE INDEX IF NOT EXISTS" };
        let place = Place::new(&[
            ("001_notes.sql", "CREATE TABLE notes (text TEXT)"),
            (
                "002_index.sql",
                &format!(
                    "-- no-transaction\n{index} by_text ON notes (text);\n{index} by_length ON notes (length(text))"
                ),
            ),
            ("003_more.sql", "INSERT INTO notes VALUES ('more')"),
        ]);
        let runners = (0..4).map(|_| place.start_at(&url, "apply")).collect();
        assert_eq!(applied(runners), [1, 2, 3], "{url}");
        assert_eq!(place.at(&url, "verify", &[]).1, "3 steps applied as written, 0 pending\n");
        if postgres {
            // One that fails says that a part may have been applied, and begins anew.
            place.write(
                "004_half.sql",
                "-- no-transaction\nCREATE TABLE IF NOT EXISTS half (x integer);\nSELECT 1 / 0",
            );
            let (code, _, told) = place.at(&url, "apply", &[]);
            assert!(
                code == 1 && told.contains("statement 2") && told.contains("may have been applied"),
                "{told}"
            );
            place.write(
                "004_half.sql",
                "-- no-transaction\nCREATE TABLE IF NOT EXISTS half (x integer);\nSELECT 1",
            );
            assert_eq!(place.at(&url, "apply", &[]).1, "applied 4 half\n1 step applied, 3 before\n");
            // Without the line Postgres refuses it.
            place.write("005_index.sql", "CREATE INDEX CONCURRENTLY late ON notes (text)");
            assert_eq!(place.at(&url, "apply", &[]).0, 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_is_made_by_callers_that_race() {
    let server = Postgres::start(PostgresVersion::V18);
    let folder = tempfile::tempdir().unwrap();
    let mut urls = urls(server.as_ref());
    urls[0] = format!("sqlite:{}?busy_timeout=60s", folder.path().join("app.db").display());
    for url in urls {
        let tables = "CREATE TABLE IF NOT EXISTS cache (key TEXT PRIMARY KEY, value TEXT);
            CREATE INDEX IF NOT EXISTS by_value ON cache (value)";
        let callers = (0..6).map(|_| {
            let url = url.clone();
            tokio::spawn(async move {
                let mut db = open_database(&url).await.unwrap();
                create_if_missing(&mut db, tables).await.unwrap();
                db.execute("INSERT INTO cache VALUES ('a', 'b') ON CONFLICT DO NOTHING", ()).await.unwrap();
            })
        });
        for caller in callers.collect::<Vec<_>>() {
            caller.await.unwrap();
        }
        let mut db = open_database(&url).await.unwrap();
        assert_eq!(number(&db, "SELECT count(*) FROM cache").await, 1);
        for other in [
            "",
            "DROP TABLE cache",
            "CREATE TABLE cache (x TEXT)",
            "CREATE TABLE IF NOT EXISTS y (z TEXT); DELETE FROM cache",
        ] {
            assert!(create_if_missing(&mut db, other).await.is_err(), "{other}");
        }
        assert_eq!(number(&db, "SELECT count(*) FROM cache").await, 1);
    }
}
