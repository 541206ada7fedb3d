//! What a migrator does to a database, and what it refuses.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::time::Duration;

use common::File;
use credenza_core::{Effect, ErrorKind, ManualClock, Result, Retry};
use credenza_migrations::{MigrationError, MigrationSet, Migrator, Report, State, Step, ready};

const USERS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
INSERT INTO users (name) VALUES ('a;b'); -- not; the end
CREATE TRIGGER gone AFTER DELETE ON users BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM users WHERE name IS NULL; END;";
const AGE: &str = "ALTER TABLE users ADD COLUMN age INTEGER; SELECT count(*) FROM users";

fn step(version: u64, name: &'static str, sql: &'static str) -> Step {
    Step::new(version, name).sql(sql)
}

fn migrator(steps: impl IntoIterator<Item = Step>) -> Migrator {
    Migrator::new(MigrationSet::new("app", steps).unwrap())
}

fn apply(file: &mut File, steps: impl IntoIterator<Item = Step>) -> Result<Report> {
    ready(migrator(steps).apply(file))
}

fn applied(report: &Report) -> Vec<u64> {
    report.applied.iter().map(|(version, _)| *version).collect()
}

fn states(file: &mut File, steps: impl IntoIterator<Item = Step>) -> Vec<(u64, State)> {
    let status = ready(migrator(steps).status(file)).unwrap();
    status.into_iter().map(|step| (step.version, step.state)).collect()
}

#[test]
fn steps_are_applied_once_and_recorded() {
    let mut file = File::memory();
    let clock = std::sync::Arc::new(ManualClock::at(1_000));
    let first = migrator([step(1, "users", USERS)]).with_clock(clock.clone());
    assert_eq!(applied(&ready(first.apply(&mut file)).unwrap()), [1]);
    clock.advance(Duration::from_secs(1));
    let both = migrator([step(1, "users", USERS), step(20, "age", AGE)]).with_clock(clock);
    let report = ready(both.apply(&mut file)).unwrap();
    assert_eq!((report.applied, report.before), (vec![(20, "age".to_owned())], 1));
    let status = ready(both.verify(&mut file)).unwrap();
    let seen: Vec<_> = status.iter().map(|step| (step.version, step.state, step.applied_at)).collect();
    assert_eq!(seen, [(1, State::Applied, Some(1_000)), (20, State::Applied, Some(2_000))]);
    assert_eq!(file.number("SELECT count(*) FROM users WHERE age IS NULL"), 1);

    // What is applied is only looked at.
    let before = file.writes;
    assert_eq!(ready(both.apply(&mut file)).unwrap().before, 2);
    assert_eq!(file.writes, before);
}

#[test]
fn sets_stand_side_by_side() {
    let mut file = File::memory();
    let set = |module, sql| Migrator::new(MigrationSet::new(module, [step(1, "tables", sql)]).unwrap());
    let (users, notes) = (set("users", USERS), set("notes", "CREATE TABLE notes (text)"));
    for migrator in [&users, &notes, &users] {
        ready(migrator.apply(&mut file)).unwrap();
    }
    assert_eq!(file.number("SELECT count(*) FROM credenza_migrations"), 2);
    // A change in one is none in the other.
    let changed = set("notes", "CREATE TABLE notes (text, title)");
    assert!(ready(changed.verify(&mut file)).is_err());
    ready(users.verify(&mut file)).unwrap();
}

#[test]
fn looking_changes_nothing() {
    let mut file = File::memory();
    let migrator = migrator([step(1, "users", USERS), step(2, "age", AGE)]);
    let plan = ready(migrator.plan(&mut file)).unwrap();
    let seen: Vec<_> = plan.iter().map(|step| (step.version, &*step.name, step.statements.len())).collect();
    assert_eq!(seen, [(1, "users", 3), (2, "age", 2)]);
    assert_eq!(plan[1].statements[0], "ALTER TABLE users ADD COLUMN age INTEGER");
    let status = ready(migrator.verify(&mut file)).unwrap();
    assert!(status.iter().all(|step| step.state == State::Pending && step.applied_at.is_none()));
    assert_eq!((file.writes, file.number("SELECT count(*) FROM sqlite_schema")), (0, 0));
    ready(migrator.apply(&mut file)).unwrap();
    assert!(ready(migrator.plan(&mut file)).unwrap().is_empty());
}

#[test]
fn a_step_that_fails_leaves_nothing_and_those_before_it_stay() {
    let mut file = File::memory();
    let broken = "CREATE TABLE log (id); INSERT INTO users (name) VALUES ('x'), ('x'); DROP TABLE users";
    let error = apply(&mut file, [step(1, "users", USERS), step(2, "log", broken)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "file: step 2 `log` of `app`, statement 2: the statement failed (SQLSTATE 23505; not applied, permanent)"
    );
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Constraint, Some("23505")));
    let Some(MigrationError::Failed { version: 2, name, statement: Some(2), error: cause, .. }) =
        MigrationError::of(&error)
    else {
        panic!("{error:?}")
    };
    assert_eq!((&**name, cause.store()), ("log", Some("file")));
    assert!(file.has("users") && !file.has("log") && file.conn.is_autocommit());
    assert_eq!(file.number("SELECT count(*) FROM users"), 1);
    assert_eq!(states(&mut file, [step(1, "users", USERS), step(2, "log", "SELECT 1")])[1].1, State::Pending);
    // Mended, it goes on.
    let report =
        apply(&mut file, [step(1, "users", USERS), step(2, "log", "CREATE TABLE log (id)")]).unwrap();
    assert_eq!((applied(&report), report.before), (vec![2], 1));
}

#[test]
fn a_commit_that_may_have_happened_says_so() {
    let mut file = File::memory();
    file.commit_fails = true;
    let error = apply(&mut file, [step(1, "users", USERS)]).unwrap_err();
    assert_eq!((error.effect(), error.retry()), (Effect::MaybeApplied, Retry::Temporary));
    assert_eq!(
        error.to_string(),
        "file: step 1 `users` of `app`, at its commit: the wire was cut (may have been applied, temporary)"
    );
    // Here it had happened.
    assert_eq!(apply(&mut file, [step(1, "users", USERS)]).unwrap().before, 1);
}

#[test]
fn what_does_not_fit_is_refused_and_shown() {
    let all = || [step(1, "users", USERS), step(2, "age", AGE), step(4, "log", "CREATE TABLE log (id)")];
    let [one, two, four] = all();
    let changed = step(2, "age", "ALTER TABLE users ADD COLUMN age TEXT");
    for (steps, kind, message, expected) in [
        (
            vec![one.clone(), changed, four.clone()],
            ErrorKind::PreconditionFailed,
            "step 2 `age` of `app` was changed after it was applied",
            vec![(1, State::Applied), (2, State::Changed), (4, State::Applied)],
        ),
        (
            vec![one.clone(), four.clone()],
            ErrorKind::PreconditionFailed,
            "step 2 `age` was applied, and `app` has no such step",
            vec![(1, State::Applied), (2, State::Missing), (4, State::Applied)],
        ),
        (
            vec![one.clone(), two.clone(), step(3, "late", "SELECT 1"), four.clone()],
            ErrorKind::PreconditionFailed,
            "step 3 `late` of `app` was not applied before step 4 was; give it a number above",
            vec![(1, State::Applied), (2, State::Applied), (3, State::OutOfOrder), (4, State::Applied)],
        ),
        (
            vec![one.clone(), step(2, "age", "SELECT 1")],
            ErrorKind::NewerFormat,
            "the database has step 4 of `app`, and this program knows up to step 2",
            vec![(1, State::Applied), (2, State::Changed), (4, State::Newer)],
        ),
        (
            vec![],
            ErrorKind::NewerFormat,
            "the database has step 4 of `app`, and this program knows up to step 0",
            vec![(1, State::Newer), (2, State::Newer), (4, State::Newer)],
        ),
    ] {
        let mut file = File::memory();
        apply(&mut file, all()).unwrap();
        let pending = step(9, "later", "DROP TABLE users");
        let with_pending: Vec<_> = match kind {
            ErrorKind::NewerFormat => steps.clone(),
            _ => steps.iter().cloned().chain([pending]).collect(),
        };
        let migrator = migrator(with_pending);
        let writes = file.writes;
        let refused = [
            ready(migrator.apply(&mut file)).map(drop),
            ready(migrator.plan(&mut file)).map(drop),
            ready(migrator.verify(&mut file)).map(drop),
        ];
        for refused in refused {
            let error = refused.unwrap_err();
            assert_eq!((error.kind(), error.message(), error.effect()), (kind, message, Effect::NotApplied));
            assert!(MigrationError::of(&error).is_some());
        }
        assert_eq!(file.writes, writes);
        assert_eq!(states(&mut file, steps), expected);
    }
}

#[test]
fn a_step_may_be_renamed() {
    let mut file = File::memory();
    apply(&mut file, [step(1, "users", USERS)]).unwrap();
    assert!(apply(&mut file, [step(1, "people", USERS)]).unwrap().applied.is_empty());
}

#[test]
fn tables_that_are_there_are_adopted() {
    let mut file = File::memory();
    file.conn.execute_batch(USERS).unwrap();
    let migrator =
        migrator([step(1, "users", USERS), step(2, "age", AGE), step(3, "log", "CREATE TABLE log (id)")]);
    assert_eq!(ready(migrator.adopt(&mut file, 4)).unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert!(!file.has("credenza_migrations"));
    for _ in 0..2 {
        ready(migrator.adopt(&mut file, 1)).unwrap();
    }
    assert_eq!(file.number("SELECT count(*) FROM credenza_migrations"), 1);
    assert_eq!(applied(&ready(migrator.apply(&mut file)).unwrap()), [2, 3]);
    assert_eq!(file.number("SELECT count(*) FROM users WHERE age IS NULL"), 1);
    ready(migrator.adopt(&mut file, 2)).unwrap();
    ready(migrator.verify(&mut file)).unwrap();
    // Not over what does not fit.
    let other = self::migrator([step(1, "users", "SELECT 1")]);
    assert_eq!(ready(other.adopt(&mut file, 1)).unwrap_err().kind(), ErrorKind::NewerFormat);
}

#[test]
fn a_set_that_cannot_be_applied_touches_nothing() {
    let mut file = File::memory();
    for (broken, message) in [
        ("CREATE TABLE b (x); COMMIT", "step 2 `b` of `app`: it begins or ends a transaction"),
        ("CREATE TABLE b ('x)", "step 2 `b` of `app`: the string that begins in line 1 does not end"),
    ] {
        let error = apply(&mut file, [step(1, "a", "CREATE TABLE a (x)"), step(2, "b", broken)]).unwrap_err();
        assert!(
            error.kind() == ErrorKind::InvalidArgument && error.message().starts_with(message),
            "{error}"
        );
    }
    assert!(!file.has("a") && file.writes == 0);
}

#[test]
fn records_that_are_none_of_ours_are_reported() {
    for broken in
        ["UPDATE credenza_migrations SET checksum = 'x'", "UPDATE credenza_migrations SET version = -1"]
    {
        let mut file = File::memory();
        apply(&mut file, [step(1, "a", "SELECT 1")]).unwrap();
        file.conn.execute_batch(broken).unwrap();
        let error = apply(&mut file, [step(1, "a", "SELECT 1")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{broken}: {error}");
    }
}

#[test]
fn runners_that_race_apply_each_step_once() {
    const STEPS: u64 = 40;
    const RUNNERS: usize = 6;
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        let steps = |n| {
            let first = if n == 1 { "CREATE TABLE log (version);" } else { "" };
            Step::new(n, "log").sql(format!("{first} INSERT INTO log VALUES ({n}); CREATE TABLE t{n} (x)"))
        };
        let migrator = migrator((1..=STEPS).map(steps));
        let reports: Vec<Report> = std::thread::scope(|scope| {
            let run = || scope.spawn(|| ready(migrator.apply(&mut File::open(&path))).unwrap());
            let runners: Vec<_> = (0..RUNNERS).map(|_| run()).collect();
            runners.into_iter().map(|runner| runner.join().unwrap()).collect()
        });
        let mut all: Vec<u64> = reports.iter().flat_map(applied).collect();
        all.sort_unstable();
        assert_eq!(all, (1..=STEPS).collect::<Vec<_>>());
        assert!(reports.iter().all(|report| report.applied.len() + report.before == 40));
        let file = File::open(&path);
        assert_eq!(file.number("SELECT count(*) FROM log"), 40);
        assert_eq!(file.number("SELECT count(DISTINCT version) FROM log"), 40);
    }
}

#[test]
fn a_lock_that_is_not_given_is_busy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let mut file = File::open(&path);
    file.conn.busy_timeout(Duration::ZERO).unwrap();
    let other = File::open(&path);
    other.conn.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = apply(&mut file, [step(1, "a", "SELECT 1")]).unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Busy, Retry::Temporary));
    other.conn.execute_batch("COMMIT").unwrap();
    apply(&mut file, [step(1, "a", "SELECT 1")]).unwrap();
}
