//! Statements of every kind, and what each is said to have done.

use credenza_core::ErrorKind::{Denied, InvalidArgument, InvalidStatement};
use credenza_core::db::{Params, Value};

use crate::common::{Place, fails, memory, one, rows, what};

#[tokio::test]
async fn rows_come_whenever_a_statement_has_columns() {
    let place = Place::new();
    for db in [place.open(), memory()] {
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)", ()).await.unwrap();
        for (sql, count) in [
            ("INSERT INTO t (name) VALUES ('a'), ('b') RETURNING id, name", 2),
            ("-- first\n/* second */ SELECT * FROM t", 2),
            ("VALUES (1), (2), (3)", 3),
            ("WITH x(n) AS (VALUES (1)) SELECT n FROM x;", 1),
            ("WITH x(n) AS (VALUES ('c')) INSERT INTO t (name) SELECT n FROM x RETURNING id", 1),
            ("UPDATE t SET name = name || '!' WHERE id < 3 RETURNING name", 2),
            ("DELETE FROM t WHERE id = 3 RETURNING *", 1),
            ("PRAGMA table_info(t)", 2),
            ("SELECT name FROM pragma_table_info('t')", 2),
            ("SELECT value FROM json_each('[1,2,3]')", 3),
        ] {
            assert_eq!(rows(&db, sql).await.unwrap().len(), count, "{sql}");
        }
        assert!(!rows(&db, "EXPLAIN QUERY PLAN SELECT * FROM t").await.unwrap().is_empty());
        assert!(!rows(&db, "EXPLAIN DELETE FROM t").await.unwrap().is_empty());
        assert_eq!(one(&db, "SELECT count(*) FROM t").await, Value::Int(2));
    }
}

#[tokio::test]
async fn an_outcome_is_that_of_its_statement() {
    let place = Place::new();
    for db in [place.open(), memory()] {
        for (sql, affected, id) in [
            ("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, n INT)", 0, None),
            ("CREATE TABLE w (k TEXT PRIMARY KEY) WITHOUT ROWID", 0, None),
            ("INSERT INTO t (name) VALUES ('a'), ('b')", 2, Some(2)),
            ("SELECT 1", 0, None),
            ("INSERT OR IGNORE INTO t (name) VALUES ('a')", 0, None),
            ("INSERT INTO w VALUES ('x')", 1, None),
            ("UPDATE t SET n = 1", 2, None),
            ("UPDATE t SET n = 1 WHERE id = 99", 0, None),
            ("CREATE TABLE IF NOT EXISTS t (x)", 0, None),
            ("INSERT INTO t (name) VALUES ('a') ON CONFLICT DO UPDATE SET n = 2", 1, None),
            ("INSERT INTO t (name) VALUES ('c') ON CONFLICT DO UPDATE SET n = 2", 1, Some(3)),
            ("REPLACE INTO t (id, name) VALUES (3, 'd')", 1, Some(3)),
            ("WITH x(a) AS (VALUES ('e')) INSERT INTO t (name) SELECT a FROM x", 1, Some(4)),
            ("WITH x(a) AS (VALUES (4)) DELETE FROM t WHERE id IN (SELECT a FROM x)", 1, None),
            ("EXPLAIN DELETE FROM t", 0, None),
            ("DELETE FROM t", 3, None),
            ("DROP TABLE t", 0, None),
        ] {
            let outcome = db.execute(sql, ()).await.expect(sql);
            assert_eq!((outcome.rows_affected, outcome.last_insert_id), (affected, id), "{sql}");
        }
    }
}

#[tokio::test]
async fn one_statement_a_call() {
    let place = Place::new();
    let db = place.open();
    db.execute("CREATE TABLE t (a TEXT)", ()).await.unwrap();
    for sql in [
        "",
        "  \n",
        ";",
        "-- nothing",
        "/* nothing",
        "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)",
        "INSERT INTO t VALUES (1);; nonsense",
        "SELECT 1; -- fine\n SELECT 2",
        "SELECT 1; BEGIN",
        "INSERT INTO t VALUES (1); PRAGMA defer_foreign_keys = ON",
        "INSERT INTO t VALUES ('a')\0; DROP TABLE t",
    ] {
        let failed = fails(&db, sql).await;
        assert!(failed.0 == InvalidStatement && failed.1 == "42601", "{sql:?}: {failed:?}");
    }
    assert_eq!(one(&db, "SELECT count(*) FROM t").await, Value::Int(0));
    // These are one.
    for sql in [
        "INSERT INTO t VALUES ('a;b'); -- the end ; really",
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a = 'x;y'; DELETE FROM t; END; /* ; */ ;",
    ] {
        db.execute(sql, ()).await.expect(sql);
    }
}

#[tokio::test]
async fn parameters_match_or_nothing_runs() {
    let db = memory();
    let named = |names: &[(&str, i64)]| {
        Params::Named(names.iter().map(|(name, value)| ((*name).to_owned(), Value::Int(*value))).collect())
    };
    for (sql, params, wanted) in [
        ("SELECT ?, ?", Params::Positional(vec![1.into_value(), 2.into_value()]), Some([1, 2])),
        ("SELECT ?2, ?1", Params::Positional(vec![1.into_value(), 2.into_value()]), Some([2, 1])),
        ("SELECT $2, $1", Params::Positional(vec![1.into_value(), 2.into_value()]), Some([2, 1])),
        ("SELECT :a, :b", named(&[("b", 2), ("a", 1)]), Some([1, 2])),
        ("SELECT @a, $b", named(&[("b", 2), ("a", 1)]), Some([1, 2])),
        ("SELECT :a, :a", named(&[("a", 1)]), Some([1, 1])),
        ("SELECT ?, ?", Params::Positional(vec![1.into_value()]), None),
        ("SELECT ?", Params::Positional(vec![1.into_value(), 2.into_value()]), None),
        ("SELECT ?3", Params::Positional(vec![1.into_value()]), None),
        ("SELECT $2", Params::Positional(vec![1.into_value()]), None),
        ("SELECT 1", Params::Positional(vec![1.into_value()]), None),
        ("SELECT :a, :b", named(&[("a", 1)]), None),
        ("SELECT :a", named(&[("a", 1), ("b", 2)]), None),
        ("SELECT :a", named(&[("a", 1), ("a", 2)]), None),
        ("SELECT :a", Params::Positional(vec![1.into_value()]), None),
        ("SELECT ?", named(&[("a", 1)]), None),
        ("SELECT ?, :a", named(&[("a", 1)]), None),
    ] {
        let ran = db.query(sql, params).await;
        match wanted {
            Some(wanted) => {
                let row = ran.unwrap().collect().await.unwrap().remove(0);
                assert_eq!(row.values(), wanted.map(Value::Int), "{sql}");
            }
            None => assert_eq!(what(&ran.expect_err(sql)).0, InvalidArgument, "{sql}"),
        }
    }
}

#[tokio::test]
async fn a_changed_table_is_seen_by_statements_that_were_compiled() {
    let place = Place::new();
    let db = place.open();
    db.execute("CREATE TABLE t (a INT)", ()).await.unwrap();
    db.execute("INSERT INTO t VALUES (1)", ()).await.unwrap();
    for _ in 0..3 {
        assert_eq!(db.query("SELECT * FROM t", ()).await.unwrap().columns().len(), 1);
    }
    db.execute("ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'x'", ()).await.unwrap();
    for _ in 0..3 {
        let row = db.query_one("SELECT * FROM t", ()).await.unwrap();
        assert_eq!(row.get::<String>("b").unwrap(), "x");
        assert_eq!(row.columns()[1].declared.as_deref(), Some("TEXT"));
    }
    db.execute("ALTER TABLE t RENAME COLUMN b TO c", ()).await.unwrap();
    assert_eq!(db.query_one("SELECT * FROM t", ()).await.unwrap().get::<String>("c").unwrap(), "x");
}

#[tokio::test]
async fn transactions_are_not_begun_by_statements() {
    let place = Place::new();
    for db in [place.open(), memory()] {
        for sql in ["BEGIN", "begin immediate", "COMMIT", "END", "ROLLBACK", "SAVEPOINT a", "RELEASE a"] {
            let failed = db.execute(sql, ()).await.expect_err(sql);
            assert_eq!(what(&failed), (Denied, "42501"), "{sql}");
        }
        let failed = db.execute("BEGIN", ()).await.unwrap_err();
        assert!(failed.message().contains("`begin`"), "{failed}");
        db.execute("CREATE TABLE t (a)", ()).await.unwrap();
    }
}

#[tokio::test]
async fn a_description_runs_nothing() {
    let place = Place::new();
    for db in [place.open(), memory()] {
        db.execute("CREATE TABLE t (a INT, b TEXT)", ()).await.unwrap();
        let select = db.describe("SELECT a, b, 1 AS c FROM t WHERE a = ? AND b = ?").await.unwrap();
        let names: Vec<_> = select.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!((names, select.parameters), (vec!["a", "b", "c"], 2));
        assert!(select.read_only && !select.changes_schema);
        for (sql, read_only, schema) in [
            ("INSERT INTO t VALUES (1, 2)", false, false),
            ("CREATE TABLE u (a)", false, true),
            ("DROP TABLE t", false, true),
            ("ALTER TABLE t ADD COLUMN c", false, true),
            ("CREATE VIEW v AS SELECT * FROM t", false, true),
            ("CREATE VIRTUAL TABLE f USING fts5(a)", false, true),
            ("DROP TABLE IF EXISTS missing", false, true),
            ("DELETE FROM t", false, false),
            ("EXPLAIN DROP TABLE t", true, false),
        ] {
            let described = db.describe(sql).await.unwrap();
            assert_eq!((described.read_only, described.changes_schema), (read_only, schema), "{sql}");
        }
        assert_eq!(db.tables().await.unwrap().len(), 1);
        assert!(db.describe("BEGIN").await.is_err());
        assert!(db.describe("SELECT * FROM missing").await.is_err());
    }
}

trait IntoValue {
    fn into_value(self) -> Value;
}

impl IntoValue for i64 {
    fn into_value(self) -> Value {
        Value::Int(self)
    }
}
