//! Every kind of error: its kind, its code, and that its text shows no value.

use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use credenza_core::ErrorKind::{
    self, Busy, Constraint, Corrupt, Denied, Full, InvalidArgument, InvalidStatement, LimitExceeded,
    ReadOnly, Unavailable,
};
use credenza_core::Retry;
use credenza_core::db::{Db, DbLimits, Value};
use credenza_sqlite::{SqliteDatabase, SqliteDatabaseConfig};

use crate::common::{Place, fails, memory, one, rows, what};

const SECRET: &str = "hunter2's secret";

async fn schema(db: &Db) {
    for sql in [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, email TEXT UNIQUE, age INT NOT NULL DEFAULT 1 CHECK (age > 0), j TEXT)",
        "CREATE TABLE pair (a, b, UNIQUE (a, b))",
        "CREATE TABLE child (t INT REFERENCES t (id), late INT REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TABLE strict (n INT) STRICT",
        "CREATE TABLE named (a INT CONSTRAINT small CHECK (a < 10))",
        "CREATE VIEW v AS SELECT * FROM t",
        "CREATE TRIGGER no BEFORE DELETE ON named BEGIN SELECT RAISE(ABORT, 'never'); END",
        "CREATE INDEX i ON t (age)",
        "INSERT INTO t (id, email) VALUES (1, 'a')",
        "INSERT INTO pair VALUES (1, 2)",
        "INSERT INTO named VALUES (1)",
        "INSERT INTO child VALUES (1, 1)",
    ] {
        db.execute(sql, ()).await.expect(sql);
    }
}

#[tokio::test]
async fn errors_have_a_kind_and_the_code_of_postgres() {
    let place = Place::new();
    let cases: &[(&str, ErrorKind, &str, &str)] = &[
        (
            "INSERT INTO t (email) VALUES ('a')",
            Constraint,
            "23505",
            "a value that must be unique is there already: t.email",
        ),
        (
            "INSERT INTO t (id) VALUES (1)",
            Constraint,
            "23505",
            "a value that must be unique is there already: t.id",
        ),
        (
            "INSERT INTO pair VALUES (1, 2)",
            Constraint,
            "23505",
            "a value that must be unique is there already: pair.a, pair.b",
        ),
        ("INSERT INTO t (age) VALUES (NULL)", Constraint, "23502", "a value is missing: t.age"),
        ("INSERT INTO t (age) VALUES (-1)", Constraint, "23514", "a check does not hold"),
        ("INSERT INTO named VALUES (11)", Constraint, "23514", "a check does not hold: small"),
        (
            "INSERT INTO child (t) VALUES (9)",
            Constraint,
            "23503",
            "a row refers to one that is not there, or is referred to",
        ),
        (
            "INSERT INTO child (late) VALUES (9)",
            Constraint,
            "23503",
            "a row refers to one that is not there, or is referred to",
        ),
        (
            "DELETE FROM t WHERE id = 1",
            Constraint,
            "23503",
            "a row refers to one that is not there, or is referred to",
        ),
        ("DELETE FROM named", Constraint, "P0001", "a trigger refused the change"),
        ("INSERT INTO strict VALUES ('x')", Constraint, "22P02", "a value is not of the type of its column"),
        ("INSERT INTO t (id) VALUES ('x')", Constraint, "22P02", "a value is not of the type of its column"),
        ("SELEC 1", InvalidStatement, "42601", "syntax error near SELEC"),
        ("SELECT FROM t", InvalidStatement, "42601", "syntax error near FROM"),
        ("SELECT 1 'hunter2''s' 'x'", InvalidStatement, "42601", "syntax error"),
        ("SELECT (1", InvalidStatement, "42601", "the statement is not complete"),
        (
            "SELECT 'hunter2",
            InvalidStatement,
            "42601",
            "the statement is not complete, or has a character that is not SQL",
        ),
        ("INSERT INTO pair VALUES (1)", InvalidStatement, "42601", "there are too many or too few values"),
        ("SELECT * FROM missing", InvalidStatement, "42P01", "there is no table missing"),
        ("SELECT * FROM main.missing", InvalidStatement, "42P01", "there is no table main.missing"),
        ("SELECT * FROM \"hunter2's\"", InvalidStatement, "42P01", "there is no table of this name"),
        ("DROP VIEW missing", InvalidStatement, "42P01", "there is no view missing"),
        ("SELECT missing FROM t", InvalidStatement, "42703", "there is no column missing"),
        ("SELECT t.missing FROM t", InvalidStatement, "42703", "there is no column t.missing"),
        ("SELECT \"hunter2's secret\" FROM t", InvalidStatement, "42703", "there is no column of this name"),
        ("INSERT INTO t (missing) VALUES (1)", InvalidStatement, "42703", "there is no column missing"),
        ("UPDATE t SET missing = 1", InvalidStatement, "42703", "there is no column missing"),
        ("SELECT id FROM t AS a, t AS b", InvalidStatement, "42702", "more than one table has a column id"),
        ("SELECT missing(1)", InvalidStatement, "42883", "there is no function missing"),
        (
            "SELECT abs(1, 2)",
            InvalidStatement,
            "42883",
            "a function is called with the wrong number of arguments",
        ),
        (
            "CREATE TABLE t (a)",
            InvalidStatement,
            "42P07",
            "there is a table, view, index or trigger of this name already",
        ),
        (
            "CREATE VIEW v AS SELECT 1",
            InvalidStatement,
            "42P07",
            "there is a table, view, index or trigger of this name already",
        ),
        (
            "CREATE INDEX i ON t (id)",
            InvalidStatement,
            "42P07",
            "there is a table, view, index or trigger of this name already",
        ),
        ("CREATE TABLE u (a, a)", InvalidStatement, "42701", "the column a is there twice"),
        ("ALTER TABLE t ADD COLUMN age", InvalidStatement, "42701", "the column age is there twice"),
        ("DROP INDEX missing", InvalidStatement, "42704", "there is no index missing"),
        ("DROP TRIGGER missing", InvalidStatement, "42704", "there is no trigger missing"),
        (
            "SELECT email FROM t ORDER BY email COLLATE missing",
            InvalidStatement,
            "42704",
            "there is no collation missing",
        ),
        ("SELECT count(count(*)) FROM t", InvalidStatement, "42803", "an aggregate stands where it cannot"),
        ("UPDATE v SET id = 1", InvalidStatement, "42809", "a view cannot be changed"),
        ("INSERT INTO v (id) VALUES (1)", InvalidStatement, "42809", "a view cannot be changed"),
        (
            "SELECT abs(-9223372036854775808)",
            InvalidStatement,
            "22003",
            "a number left the range of its type",
        ),
        (
            "SELECT sum(a) FROM (SELECT 9223372036854775807 AS a UNION ALL SELECT 1)",
            InvalidStatement,
            "22003",
            "a number left the range of its type",
        ),
        ("SELECT json('hunter2')", InvalidStatement, "22P02", "a text is not JSON"),
        ("UPDATE sqlite_schema SET sql = ''", Denied, "42501", "the table cannot be changed by statements"),
        ("CREATE TABLE sqlite_mine (a)", Denied, "42939", "names that begin with sqlite_ are reserved"),
        ("PRAGMA journal_mode", Denied, "42501", "the pragma is not allowed"),
        (
            "ATTACH 'hunter2' AS x",
            Denied,
            "42501",
            "a statement works on its own database: ATTACH, DETACH and VACUUM are not allowed",
        ),
        (
            "VACUUM",
            Denied,
            "42501",
            "a statement works on its own database: ATTACH, DETACH and VACUUM are not allowed",
        ),
    ];
    for db in [place.open(), memory()] {
        schema(&db).await;
        for (sql, kind, code, message) in cases {
            let error = db.execute(*sql, ()).await.expect_err(sql);
            assert_eq!((what(&error), error.message()), ((*kind, *code), *message), "{sql}");
            assert!(!format!("{error:?}").contains("hunter2"), "{sql}: {error:?}");
            // The same within a transaction, which goes on.
            let mut tx = db.begin().await.unwrap();
            tx.execute("INSERT INTO pair VALUES (8, 8)", ()).await.unwrap();
            if !sql.contains("(late)") {
                assert_eq!(what(&tx.execute(*sql, ()).await.expect_err(sql)), (*kind, *code), "{sql}");
            }
            assert_eq!(
                tx.query_one("SELECT count(*) FROM pair", ()).await.unwrap().get::<i64>(0).unwrap(),
                2
            );
            tx.rollback().await.unwrap();
        }
        assert_eq!(one(&db, "SELECT count(*) FROM t").await, Value::Int(1));
    }
}

#[tokio::test]
async fn bound_values_are_never_told() {
    let db = memory();
    schema(&db).await;
    let secret = || Value::Text(SECRET.to_owned());
    for (sql, values) in [
        ("INSERT INTO t (email, age) VALUES (?, ?)", vec![secret(), Value::Null]),
        ("INSERT INTO t (id, email) VALUES (?, ?)", vec![secret(), secret()]),
        ("INSERT INTO strict VALUES (?)", vec![secret()]),
        ("SELECT json(?)", vec![secret()]),
        ("SELECT 1 WHERE ?", vec![secret(), secret()]),
    ] {
        let error = db.execute(sql, values).await.expect_err(sql);
        let text = format!("{error} {error:?}");
        assert!(!text.contains("hunter2") && !text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn limits_hold() {
    let place = Place::new();
    let mut limits = DbLimits::default();
    (limits.sql, limits.value, limits.parameters, limits.columns, limits.depth) =
        (2_000, 600_000, 10, 20, 50);
    let config = SqliteDatabaseConfig { limits, ..place.config() };
    let db = Db::new(SqliteDatabase::open(config).unwrap());
    assert_eq!(db.capabilities().limits, limits);
    db.execute("CREATE TABLE t (a)", ()).await.unwrap();
    let wide = |count| format!("SELECT {}", vec!["1"; count].join(", "));
    let deep = |count| format!("SELECT {}1", "1 + ".repeat(count));
    let places =
        |count| format!("SELECT {}", (1..=count).map(|n| format!("?{n}")).collect::<Vec<_>>().join("+"));
    for (sql, code) in [
        (format!("SELECT 1 {}", " ".repeat(2_000) + "+ 1"), "54000"),
        (wide(21), "54011"),
        (deep(60), "54001"),
        ("SELECT ?11".to_owned(), "54000"),
        (format!("SELECT 'a' LIKE hex(zeroblob({}))", 3_000), "54000"),
        ("SELECT zeroblob(600001)".to_owned(), "54000"),
        ("INSERT INTO t VALUES (zeroblob(700000))".to_owned(), "54000"),
        (format!("SELECT coalesce({})", vec!["NULL"; 200].join(",")), "54023"),
        (format!("{}SELECT 1", "SELECT 1 UNION ALL ".repeat(99)), ""),
    ] {
        match db.execute(sql.clone(), ()).await {
            Err(error) => assert_eq!(what(&error), (LimitExceeded, code), "{sql}: {error}"),
            Ok(_) => assert_eq!(code, "", "{sql}"),
        }
    }
    let many = db.query(places(10), vec![1; 10]).await.unwrap().collect().await.unwrap();
    assert_eq!(many[0].get::<i64>(0).unwrap(), 10);
    db.execute(wide(20), ()).await.unwrap();
    // What is large for the caller's thread is not too large for the database.
    for size in [1_000, 300_000, 590_000] {
        db.execute("INSERT INTO t VALUES (?)", (vec![7_u8; size],)).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        for _ in 0..3 {
            tx.execute("INSERT INTO t VALUES (?)", (vec![7_u8; size],)).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    assert_eq!(one(&db, "SELECT max(length(a)) FROM t").await, Value::Int(590_000));
    assert_eq!(one(&db, "SELECT count(*) FROM t").await, Value::Int(12));
    let error = db.execute("INSERT INTO t VALUES (?)", (vec![7_u8; 600_001],)).await.unwrap_err();
    assert_eq!(what(&error), (LimitExceeded, "54000"));
}

#[tokio::test]
async fn a_full_database_takes_what_fits() {
    let place = Place::new();
    let db = Db::new(
        SqliteDatabase::open(SqliteDatabaseConfig { max_size: Some(1 << 20), ..place.config() }).unwrap(),
    );
    db.execute("CREATE TABLE t (a)", ()).await.unwrap();
    let error = db.execute("INSERT INTO t VALUES (zeroblob(2000000))", ()).await.unwrap_err();
    assert_eq!(what(&error), (Full, "53100"));
    db.execute("INSERT INTO t VALUES (zeroblob(20000))", ()).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    tx.execute("INSERT INTO t VALUES (1)", ()).await.unwrap();
    assert_eq!(what(&tx.execute("INSERT INTO t VALUES (zeroblob(2000000))", ()).await.unwrap_err()).0, Full);
    // Such an error ends the transaction.
    assert_eq!(what(&tx.execute("SELECT 1", ()).await.unwrap_err()), (InvalidStatement, "25P02"));
    drop(tx);
    assert_eq!(one(&db, "SELECT count(*) FROM t").await, Value::Int(1));
}

#[tokio::test]
async fn a_database_that_can_only_be_read() {
    let place = Place::new();
    let missing = SqliteDatabaseConfig { read_only: true, ..place.config() };
    assert_eq!(SqliteDatabase::open(missing.clone()).map(drop).unwrap_err().kind(), Unavailable);
    let db = place.open();
    db.execute("CREATE TABLE t (a)", ()).await.unwrap();
    let read_only = Db::new(SqliteDatabase::open(missing).unwrap());
    assert!(read_only.capabilities().read_only);
    for sql in [
        "INSERT INTO t VALUES (1)",
        "CREATE TABLE u (a)",
        "WITH x(a) AS (VALUES (1)) DELETE FROM t",
        "ANALYZE",
    ] {
        assert_eq!(fails(&read_only, sql).await, (ReadOnly, "25006"), "{sql}");
    }
    assert_eq!(what(&read_only.begin().await.map(drop).unwrap_err()), (ReadOnly, "25006"));
    db.execute("INSERT INTO t VALUES (5)", ()).await.unwrap();
    assert_eq!(one(&read_only, "SELECT a FROM t").await, Value::Int(5));
    let mut tx = read_only.begin_with(credenza_core::db::Begin::read_only()).await.unwrap();
    assert_eq!(tx.query_one("SELECT a FROM t", ()).await.unwrap().get::<i64>(0).unwrap(), 5);
}

#[tokio::test]
async fn damaged_files_are_told_from_others() {
    let place = Place::new();
    let path = place.config().path.unwrap();
    std::fs::write(&path, "this is a letter and no database, and it is long enough to be looked at").unwrap();
    let error = SqliteDatabase::open(place.config()).map(drop).unwrap_err();
    assert_eq!(what(&error), (Corrupt, "XX001"));
    assert!(!format!("{error:?}").contains("test.db"), "{error:?}");
    std::fs::remove_file(&path).unwrap();
    let db = place.open();
    db.execute("CREATE TABLE t (a)", ()).await.unwrap();
    for _ in 0..200 {
        db.execute("INSERT INTO t VALUES (zeroblob(3000))", ()).await.unwrap();
    }
    drop(db);
    let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(3 * 4096)).unwrap();
    file.write_all(&[0xff; 40 * 4096]).unwrap();
    drop(file);
    let db = place.open();
    let error = rows(&db, "SELECT * FROM t").await.unwrap_err();
    assert_eq!(what(&error), (Corrupt, "XX001"));
    assert!(!format!("{error:?}").contains("test.db"), "{error:?}");
    drop(db);
    let folder = SqliteDatabaseConfig::at(place.folder.path());
    let error = SqliteDatabase::open(folder).map(drop).unwrap_err();
    assert_eq!(error.kind(), Unavailable);
    assert!(!format!("{error:?}").contains(place.folder.path().to_str().unwrap()), "{error:?}");
}

#[tokio::test]
async fn another_process_that_holds_the_file() {
    let place = Place::new();
    let config = SqliteDatabaseConfig { busy_timeout: Duration::from_millis(150), ..place.config() };
    let db = Db::new(SqliteDatabase::open(config).unwrap());
    db.execute("CREATE TABLE t (a)", ()).await.unwrap();
    let other = rusqlite::Connection::open(place.config().path.unwrap()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)").unwrap();
    let started = Instant::now();
    let error = db.execute("INSERT INTO t VALUES (2)", ()).await.unwrap_err();
    assert_eq!((what(&error), error.retry()), ((Busy, "55P03"), Retry::Temporary));
    assert!(started.elapsed() >= Duration::from_millis(150));
    assert_eq!(what(&db.begin().await.map(drop).unwrap_err()), (Busy, "55P03"));
    assert_eq!(what(&db.execute("CREATE TABLE u (a)", ()).await.unwrap_err()), (Busy, "55P03"));
    // The caller's deadline comes first.
    let hasty = db.clone().with_timeout(Duration::from_millis(30));
    assert_eq!(hasty.execute("INSERT INTO t VALUES (2)", ()).await.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(one(&db, "SELECT count(*) FROM t").await, Value::Int(0));
    // It lets go while somebody waits.
    let waiting = tokio::spawn({
        let db = db.clone();
        async move { db.execute("INSERT INTO t VALUES (3)", ()).await }
    });
    tokio::time::sleep(Duration::from_millis(40)).await;
    other.execute_batch("COMMIT").unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(one(&db, "SELECT count(*) FROM t").await, Value::Int(2));
}

#[tokio::test]
async fn parameters_of_other_kinds_are_refused_before_anything_runs() {
    let db = memory();
    schema(&db).await;
    let error = db.execute("DELETE FROM pair WHERE a = ?", ()).await.unwrap_err();
    assert_eq!(what(&error), (InvalidArgument, "08P01"));
    assert_eq!(one(&db, "SELECT count(*) FROM pair").await, Value::Int(1));
}
