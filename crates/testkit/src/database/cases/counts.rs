//! How many rows a statement affected.

pub(in crate::database) const CASES: &[(&str, &str)] = &[
    (
        "inserted, updated and deleted rows are counted",
        r#"
        CREATE TABLE t (a {int}) => 0 affected
        INSERT INTO t VALUES (1), (2), (3) => 3 affected
        UPDATE t SET a = a + 1 => 3 affected
        UPDATE t SET a = 100 WHERE a = 100 => 0 affected
        UPDATE t SET a = 2 WHERE a = 2 => 1 affected
        DELETE FROM t WHERE a > 2 => 2 affected
        DELETE FROM t => 1 affected
        DELETE FROM t => 0 affected
        "#,
    ),
    (
        "what only reads or changes the schema counts nothing",
        r#"
        CREATE TABLE t (a {int}) => 0 affected
        INSERT INTO t VALUES (1), (2) => 2 affected
        SELECT a FROM t ORDER BY a => [1] [2] 0 affected
        CREATE INDEX i ON t (a) => 0 affected
        CREATE TABLE u (a {int}) => 0 affected
        DROP INDEX i => 0 affected
        DROP TABLE t => 0 affected
        "#,
    ),
    (
        "an upsert counts what it did",
        r#"
        CREATE TABLE t (k TEXT PRIMARY KEY, n {int}) => done
        INSERT INTO t VALUES ('a', 1) => 1 affected
        INSERT INTO t VALUES ('a', 2), ('b', 2) ON CONFLICT (k) DO UPDATE SET n = 3 => 2 affected
        INSERT INTO t VALUES ('a', 9), ('c', 9) ON CONFLICT (k) DO NOTHING => 1 affected
        SELECT k, n FROM t ORDER BY k => ["a", 3] ["b", 2] ["c", 9]
        "#,
    ),
    (
        "what triggers and cascades did is not counted",
        r#"
        CREATE TABLE t (id {int} PRIMARY KEY) => done
        CREATE TABLE child (t {int} REFERENCES t (id) ON DELETE CASCADE) => done
        INSERT INTO t VALUES (1), (2) => 2 affected
        INSERT INTO child VALUES (1), (1), (1), (2) => 4 affected
        DELETE FROM t WHERE id = 1 => 1 affected
        SELECT count(*) FROM child => [1]
        sqlite| CREATE TABLE log (n INTEGER) => done
        sqlite| CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log VALUES (1); INSERT INTO log VALUES (2); END => 0 affected
        sqlite| INSERT INTO t VALUES (7) => 1 affected
        sqlite| SELECT count(*) FROM log => [2]
        "#,
    ),
];
