//! Rules of tables, each with its SQLSTATE.

pub(in crate::database) const CASES: &[(&str, &str)] = &[
    (
        "unique and primary keys: 23505",
        r#"
        CREATE TABLE t (id {int} PRIMARY KEY, email TEXT UNIQUE, a {int}, b {int}, UNIQUE (a, b)) => done
        INSERT INTO t VALUES (1, $1, 1, 1) <- "private@example.com" => 1 affected
        INSERT INTO t VALUES (1, 'other', 2, 2) => !Constraint 23505
        INSERT INTO t VALUES (2, $1, 2, 2) <- "private@example.com" => !Constraint 23505
        INSERT INTO t VALUES (2, 'other', 1, 1) => !Constraint 23505
        INSERT INTO t VALUES (2, NULL, 1, NULL), (3, NULL, 1, NULL) => 2 affected
        UPDATE t SET id = 1 WHERE id = 2 => !Constraint 23505
        SELECT count(*) FROM t => [3]
        "#,
    ),
    (
        "a unique index: 23505",
        r#"
        CREATE TABLE t (a TEXT) => done
        INSERT INTO t VALUES ('x'), ('x') => 2 affected
        CREATE UNIQUE INDEX i ON t (a) => !Constraint 23505
        DELETE FROM t => 2 affected
        CREATE UNIQUE INDEX i ON t (a) => done
        INSERT INTO t VALUES ('x'), ('x') => !Constraint 23505
        "#,
    ),
    (
        "not null: 23502",
        r#"
        CREATE TABLE t (a {int} NOT NULL, b TEXT NOT NULL DEFAULT 'b') => done
        INSERT INTO t (a) VALUES (NULL) => !Constraint 23502
        INSERT INTO t (b) VALUES ('x') => !Constraint 23502
        INSERT INTO t (a, b) VALUES ($1, $2) <- 1, null => !Constraint 23502
        INSERT INTO t (a) VALUES (1) => 1 affected
        UPDATE t SET a = NULL => !Constraint 23502
        "#,
    ),
    (
        "checks: 23514",
        r#"
        CREATE TABLE t (age {int} CHECK (age >= 0), a {int}, b {int}, CHECK (a < b)) => done
        INSERT INTO t VALUES ($1, 1, 2) <- -1 => !Constraint 23514
        INSERT INTO t VALUES (1, 2, 1) => !Constraint 23514
        INSERT INTO t VALUES (NULL, NULL, NULL) => 1 affected
        INSERT INTO t VALUES (1, 1, 2) => 1 affected
        UPDATE t SET age = -5 WHERE age = 1 => !Constraint 23514
        "#,
    ),
    (
        "foreign keys: 23503",
        r#"
        CREATE TABLE parent (id {int} PRIMARY KEY) => done
        CREATE TABLE child (p {int} NOT NULL REFERENCES parent (id)) => done
        INSERT INTO parent VALUES (1) => 1 affected
        INSERT INTO child VALUES (1) => 1 affected
        INSERT INTO child VALUES (2) => !Constraint 23503
        UPDATE child SET p = 3 => !Constraint 23503
        DELETE FROM parent WHERE id = 1 => !Constraint 23503
        DELETE FROM child => 1 affected
        DELETE FROM parent => 1 affected
        "#,
    ),
    (
        "foreign keys that may be broken until the end",
        r#"
        CREATE TABLE parent (id {int} PRIMARY KEY) => done
        CREATE TABLE child (p {int} REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED) => done
        INSERT INTO child VALUES (1) => !Constraint 23503
        begin a
        in a: INSERT INTO child VALUES (1) => 1 affected
        in a: INSERT INTO parent VALUES (1) => 1 affected
        commit a => done
        begin b
        in b: INSERT INTO child VALUES (2) => 1 affected
        commit b => !Constraint 23503
        SELECT p FROM child => [1]
        "#,
    ),
    (
        "a statement of many rows changes all or nothing",
        r#"
        CREATE TABLE t (a {int} PRIMARY KEY CHECK (a < 100)) => done
        INSERT INTO t VALUES (1), (2), (3) => 3 affected
        INSERT INTO t VALUES (4), (5), (1) => !Constraint 23505
        INSERT INTO t VALUES (6), (7), (100) => !Constraint 23514
        UPDATE t SET a = a + 97 => !Constraint 23514
        INSERT INTO t SELECT a + 10 FROM t WHERE a < 3 UNION ALL SELECT 1 => !Constraint 23505
        SELECT a FROM t ORDER BY a => [1] [2] [3]
        "#,
    ),
    (
        "what ignores or replaces on conflict is no error",
        r#"
        CREATE TABLE t (a {int} PRIMARY KEY, b TEXT) => done
        INSERT INTO t VALUES (1, 'x') => 1 affected
        INSERT INTO t VALUES (1, 'y') ON CONFLICT DO NOTHING => 0 affected
        sqlite| INSERT OR IGNORE INTO t VALUES (1, 'y') => 0 affected
        sqlite| INSERT OR REPLACE INTO t VALUES (1, 'z') => 1 affected
        sqlite| SELECT a, b FROM t => [1, "z"]
        "#,
    ),
];
