//! `credenza migrate`, as people start it: what it says, what it ends with, several at once, and killed.

#![allow(clippy::unwrap_used, reason = "tests say what they mean")]

mod postgres;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use credenza::db::Begin;
use credenza::{Db, SqliteConfig, SqliteDatabase, SqliteDatabaseConfig, SqliteStore};
use serde_json::Value;
use tempfile::TempDir;

/// A folder with `app.db` and `steps/`, in which the program is started.
struct Place(TempDir);

impl Place {
    fn new(steps: &[(&str, &str)]) -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        std::fs::create_dir(place.path("steps")).unwrap();
        for (name, sql) in steps {
            place.write(name, sql);
        }
        place
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, sql: &str) {
        std::fs::write(self.path("steps").join(name), sql).unwrap();
    }

    fn command(&self, task: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_credenza"));
        command.current_dir(self.0.path()).args(["migrate", task]).args(more).stdin(Stdio::null());
        command
    }

    /// The exit code and both outputs.
    fn run(&self, task: &str, more: &[&str]) -> (i32, String, String) {
        let output = self.command(task, more).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn at(&self, url: &str, task: &str, more: &[&str]) -> (i32, String, String) {
        self.run(task, &[&["--url", url, "--dir", "steps"], more].concat())
    }

    fn on_app(&self, task: &str, more: &[&str]) -> (i32, String, String) {
        self.at("sqlite:app.db", task, more)
    }

    fn start(&self, task: &str) -> Child {
        self.start_at("sqlite:app.db", task)
    }

    fn start_at(&self, url: &str, task: &str) -> Child {
        let mut command = self.command(task, &["--url", url, "--dir", "steps", "--json"]);
        command.stdout(Stdio::piped()).spawn().unwrap()
    }
}

/// How many steps are recorded, and the number that a query gives, at one moment.
async fn counts(file: &Path, sql: &'static str) -> (i64, i64) {
    let db = Db::new(SqliteDatabase::open(SqliteDatabaseConfig::at(file)).unwrap());
    let mut tx = db.begin_with(Begin::read_only().with_reserved()).await.unwrap();
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'credenza_migrations'";
    if tx.query_one(tables, ()).await.unwrap().get::<i64>(0).unwrap() == 0 {
        return (0, 0);
    }
    let recorded =
        tx.query_one("SELECT count(*) FROM credenza_migrations", ()).await.unwrap().get(0).unwrap();
    (recorded, tx.query_one(sql, ()).await.unwrap().get(0).unwrap())
}

const NOTES: &str =
    "CREATE TABLE notes (text TEXT UNIQUE); -- the first\nINSERT INTO notes VALUES ('a;b');\n";

#[test]
fn from_an_empty_folder_to_a_verified_database() {
    let place =
        Place::new(&[("001_notes.sql", NOTES), ("002_done.sqlite.sql", "ALTER TABLE notes ADD COLUMN done")]);
    place.write("002_done.postgres.sql", "ALTER TABLE notes ADD COLUMN done boolean");
    let missing = "app.db does not exist yet\n".to_owned();
    let status = "VERSION  NAME   STATE    APPLIED\n1        notes  pending  -\n2        done   pending  -\n";
    assert_eq!(place.on_app("status", &[]), (0, status.to_owned(), missing.clone()));
    let plan = "-- step 1 notes\nCREATE TABLE notes (text TEXT UNIQUE);\nINSERT INTO notes VALUES ('a;b');\n\n\
                -- step 2 done\nALTER TABLE notes ADD COLUMN done;\n";
    assert_eq!(place.on_app("plan", &[]), (0, plan.to_owned(), missing.clone()));
    let verified = "0 steps applied as written, 2 pending\n".to_owned();
    assert_eq!(place.on_app("verify", &[]), (0, verified, missing));
    assert!(!place.path("app.db").exists());

    let applied = "applied 1 notes\napplied 2 done\n2 steps applied, 0 before\n".to_owned();
    assert_eq!(place.on_app("apply", &[]), (0, applied, String::new()));
    assert_eq!(place.on_app("apply", &[]).1, "0 steps applied, 2 before\n");
    assert_eq!(place.on_app("plan", &[]), (0, String::new(), String::new()));
    assert_eq!(place.on_app("verify", &[]).1, "2 steps applied as written, 0 pending\n");
    let lines: Vec<Value> = place
        .on_app("status", &["--json"])
        .1
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    let line = &lines[1];
    assert_eq!(
        (&line["module"], &line["version"], &line["name"]),
        (&"app".into(), &2.into(), &"done".into())
    );
    assert_eq!((&line["state"], line["checksum"].as_str().map(str::len)), (&"applied".into(), Some(64)));
    assert!(line["applied_at"].as_i64().unwrap() > 1_700_000_000_000);

    // Another set in the same database.
    let other = place.on_app("apply", &["--module", "other", "--json"]);
    assert_eq!((other.0, other.1.as_str()), (1, ""), "its table is there already");
    assert_eq!(
        place.on_app("adopt", &["--module", "other", "--through", "1"]),
        (0, String::new(), String::new())
    );
    assert_eq!(place.on_app("verify", &["--module", "other"]).1, "1 step applied as written, 1 pending\n");
}

#[test]
fn what_does_not_fit_has_its_exit_code_and_names_the_step() {
    let place =
        Place::new(&[("001_notes.sql", NOTES), ("002_more.sql", "INSERT INTO notes VALUES ('more')")]);
    assert_eq!(place.on_app("apply", &[]).0, 0);
    // A step that fails.
    place.write(
        "003_again.sql",
        "DROP TABLE IF EXISTS x; INSERT INTO notes VALUES ('more'); DELETE FROM notes",
    );
    let (code, out, told) = place.on_app("apply", &[]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(told.starts_with("credenza: app.db: sqlite: step 3 `again` of `app`, statement 2: "), "{told}");
    assert!(told.contains("SQLSTATE 23505; not applied"), "{told}");
    std::fs::remove_file(place.path("steps/003_again.sql")).unwrap();
    // A step that was changed, and one that is gone.
    place.write("002_more.sql", "INSERT INTO notes VALUES ('most')");
    for task in ["apply", "plan", "verify"] {
        let told = "credenza: app.db: step 2 `more` of `app` was changed after it was applied (not applied, permanent)\n";
        assert_eq!(place.on_app(task, &[]), (1, String::new(), told.to_owned()), "{task}");
    }
    assert!(place.on_app("status", &[]).1.contains("2        more   changed"));
    std::fs::remove_file(place.path("steps/002_more.sql")).unwrap();
    let (code, _, told) = place.on_app("verify", &[]);
    assert!(code == 1 && told.contains("this program knows up to step 1"), "{told}");
    // Files that do not fit.
    place.write("notes.sql", "SELECT 1");
    let (code, _, told) = place.on_app("status", &[]);
    assert!(
        code == 2 && told.starts_with("credenza: steps: the file `notes.sql`: it must be called"),
        "{told}"
    );
    std::fs::remove_file(place.path("steps/notes.sql")).unwrap();
    place.write("004_begin.sql", "BEGIN; SELECT 1; COMMIT");
    let (code, _, told) = place.on_app("plan", &[]);
    assert!(code == 2 && told.contains("step 4 `begin` of `app`: it begins or ends a transaction"), "{told}");
    std::fs::remove_file(place.path("steps/004_begin.sql")).unwrap();
    // Wrong usage.
    for wrong in [
        &[][..],
        &["--url", "sqlite:app.db"],
        &["--dir", "steps"],
        &["--url", "redis://localhost", "--dir", "steps"],
        &["--url", "sqlite:app.db?cashe=1MiB", "--dir", "steps"],
        &["--url", "sqlite:app.db", "--dir", "none"],
        &["--url", "sqlite:app.db", "--dir", "steps", "--data", "."],
        &["--url", "sqlite:app.db", "--dir", "steps", "--module", "a b"],
    ] {
        let (code, out, told) = place.run("apply", wrong);
        assert_eq!((code, out.as_str()), (2, ""), "{wrong:?}: {told}");
    }
    assert_eq!(place.on_app("adopt", &["--through", "9"]).0, 2);
    assert_eq!(place.run("adopt", &["--data", ".", "--through", "1"]).0, 2);
    // A database that cannot be used.
    for file in ["steps", "none/app.db", "text.db"] {
        std::fs::write(
            place.path("text.db"),
            "this is no database, and long enough to be told from one".repeat(99),
        )
        .unwrap();
        let url = format!("sqlite:{file}");
        let (code, _, told) = place.run("apply", &["--url", &url, "--dir", "steps"]);
        assert_eq!(code, 3, "{file}: {told}");
    }
}

#[tokio::test]
async fn the_tables_of_a_server() {
    let place = Place::new(&[]);
    let on_data = |task| place.run(task, &["--data", "."]);
    assert_eq!(on_data("status").1.lines().count(), 2);
    assert!(!place.path("credenza.db").exists());
    let file = place.path("credenza.db");
    SqliteStore::open(SqliteConfig::at(&file)).unwrap().close().await.unwrap();
    assert_eq!(on_data("verify"), (0, "1 step applied as written, 0 pending\n".to_owned(), String::new()));
    assert_eq!(on_data("apply").1, "0 steps applied, 1 before\n");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(on_data("apply").1, "applied 1 tables\n1 step applied, 0 before\n");
    SqliteStore::open(SqliteConfig::at(&file)).unwrap().close().await.unwrap();
}

/// Steps that take a while, each of two halves.
fn slow_steps(count: usize) -> Place {
    let place = Place::new(&[("001_seen.sql", "CREATE TABLE seen (step INTEGER, i INTEGER)")]);
    for n in 2..=count {
        let half = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250) INSERT INTO seen SELECT {n}, i FROM n;"
        );
        place.write(&format!("{n:03}_fill.sql"), &format!("{half}\nCREATE TABLE t{n} (x);\n{half}\n"));
    }
    place
}

#[tokio::test]
async fn processes_that_race_apply_each_step_once() {
    const STEPS: usize = 40;
    for _ in 0..3 {
        let place = slow_steps(STEPS);
        let runners: Vec<Child> = (0..5).map(|_| place.start("apply")).collect();
        let mut applied: Vec<u64> = Vec::new();
        for runner in runners {
            let output = runner.wait_with_output().unwrap();
            assert!(output.status.success());
            let lines = String::from_utf8(output.stdout).unwrap();
            let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            applied.extend(lines.map(|line| line["version"].as_u64().unwrap()));
        }
        applied.sort_unstable();
        assert_eq!(applied, (1..=STEPS as u64).collect::<Vec<_>>());
        let rows = counts(&place.path("app.db"), "SELECT count(*) FROM seen").await;
        assert_eq!(rows, (STEPS as i64, 500 * (STEPS as i64 - 1)));
    }
}

#[tokio::test]
async fn a_kill_leaves_whole_steps() {
    const STEPS: i64 = 120;
    let mut cut = 0;
    for round in 0..6_u64 {
        let place = slow_steps(STEPS as usize);
        let mut pause = 5 + 13 * round;
        loop {
            let mut child = place.start("apply");
            std::thread::sleep(Duration::from_millis(pause));
            child.kill().unwrap();
            let ended = child.wait().unwrap();
            let (recorded, rows) = counts(&place.path("app.db"), "SELECT count(*) FROM seen").await;
            assert_eq!(rows, 500 * (recorded - 1).max(0), "after {recorded} steps");
            cut += usize::from(recorded > 0 && recorded < STEPS);
            if ended.success() {
                break;
            }
            pause += pause / 3;
        }
        assert_eq!(place.on_app("verify", &[]).1, format!("{STEPS} steps applied as written, 0 pending\n"));
    }
    assert!(cut >= 6, "only {cut} kills met a runner in the middle");
}
