//! Names of tables and columns, and the things that have them.

pub(in crate::database) const CASES: &[(&str, &str)] = &[
    (
        "case does not count unless it is quoted",
        r#"
        CREATE TABLE Users (Id {int}, userName TEXT) => done
        INSERT INTO users (ID, USERNAME) VALUES (1, 'x') => 1 affected
        SELECT id, username FROM USERS => [1, "x"]
        UPDATE "users" SET username = 'y' => 1 affected
        "#,
    ),
    (
        "quoted names are any text",
        r#"
        CREATE TABLE "a table" ("a column" {int}, "select" {int}, "qu""ote" {int}, "ü 🦀" {int}) => done
        INSERT INTO "a table" ("a column", "select", "qu""ote", "ü 🦀") VALUES (1, 2, 3, 4) => 1 affected
        SELECT "a column", "select", "qu""ote", "ü 🦀" FROM "a table" => [1, 2, 3, 4]
        CREATE TABLE "order" ("; DROP TABLE x" {int}) => done
        INSERT INTO "order" VALUES (5) => 1 affected
        SELECT "; DROP TABLE x" FROM "order" => [5]
        DROP TABLE "order" => done
        "#,
    ),
    (
        "a table is altered and renamed",
        r#"
        CREATE TABLE t (a {int}) => done
        INSERT INTO t VALUES (1) => 1 affected
        ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'x' => done
        SELECT a, b FROM t => [1, "x"]
        ALTER TABLE t RENAME COLUMN b TO c => done
        SELECT a, c FROM t => [1, "x"]
        ALTER TABLE t RENAME TO u => done
        SELECT c FROM u => ["x"]
        SELECT c FROM t => !InvalidStatement 42P01
        ALTER TABLE u DROP COLUMN a => done
        SELECT * FROM u => ["x"]
        "#,
    ),
    (
        "views",
        r#"
        CREATE TABLE t (a {int}) => done
        CREATE VIEW v AS SELECT a * 2 AS double FROM t WHERE a > 1 => done
        INSERT INTO t VALUES (1), (2), (3) => 3 affected
        SELECT double FROM v ORDER BY double => [4] [6]
        DROP VIEW v => done
        SELECT * FROM v => !InvalidStatement 42P01
        "#,
    ),
    (
        "indexes",
        r#"
        CREATE TABLE t (a {int}, b TEXT) => done
        CREATE INDEX "an index" ON t (b, a DESC) => done
        CREATE UNIQUE INDEX part ON t (a) WHERE b IS NULL => done
        INSERT INTO t VALUES (1, 'x'), (1, 'x'), (1, NULL) => 3 affected
        INSERT INTO t VALUES (1, NULL) => !Constraint 23505
        DROP INDEX "an index" => done
        "#,
    ),
    (
        "triggers on SQLite",
        r#"
        sqlite| CREATE TABLE t (a INTEGER) => done
        sqlite| CREATE TABLE log (a INTEGER, at TEXT) => done
        sqlite| CREATE TRIGGER tr AFTER INSERT ON t WHEN new.a > 0 BEGIN INSERT INTO log VALUES (new.a, 'it; was'); UPDATE log SET a = a + 1; END => done
        sqlite| INSERT INTO t VALUES (1), (-1) => 2 affected
        sqlite| SELECT a, at FROM log => [2, "it; was"]
        sqlite| CREATE TRIGGER no BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'not this one'); END => done
        sqlite| DELETE FROM t => !Constraint
        sqlite| DROP TRIGGER no => done
        sqlite| DELETE FROM t => 2 affected
        "#,
    ),
    (
        "full text search on SQLite",
        r#"
        sqlite| CREATE VIRTUAL TABLE notes USING fts5(title, body) => done
        sqlite| INSERT INTO notes VALUES ('one', 'the quick brown fox'), ('two', 'a lazy dog') => 2 affected
        sqlite| SELECT title FROM notes WHERE notes MATCH $1 <- "quick" => ["one"]
        sqlite| SELECT title FROM notes WHERE notes MATCH 'dog OR fox' ORDER BY title => ["one"] ["two"]
        sqlite| UPDATE notes SET body = 'an eager dog' WHERE title = 'two' => 1 affected
        sqlite| SELECT count(*) FROM notes WHERE notes MATCH 'lazy' => [0]
        sqlite| DROP TABLE notes => done
        "#,
    ),
    (
        "tables that are there for one connection or not at all",
        r#"
        CREATE TABLE IF NOT EXISTS t (a {int}) => done
        CREATE TABLE IF NOT EXISTS t (a {int}) => done
        DROP TABLE IF EXISTS t => done
        DROP TABLE IF EXISTS t => done
        CREATE TABLE t AS SELECT 1 AS a, 'x' AS b => done
        SELECT a, b FROM t => [1, "x"]
        "#,
    ),
];
