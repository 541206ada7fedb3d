//! Statements that return rows.

pub(in crate::database) const CASES: &[(&str, &str)] = &[
    (
        "SELECT",
        r#"
        SELECT 1 => [1]
        SELECT 1, 'two', NULL => [1, "two", null]
        SELECT 1 WHERE 1 = 0 => none
        CREATE TABLE t (a {int}) => done
        SELECT a FROM t => none
        "#,
    ),
    (
        "VALUES",
        r#"
        VALUES (1, 'a'), (2, 'b') => [1, "a"] [2, "b"]
        "#,
    ),
    (
        "WITH",
        r#"
        WITH a(n) AS (VALUES (1), (2)) SELECT n FROM a ORDER BY n DESC => [2] [1]
        WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a WHERE n < 4) SELECT n FROM a => [1] [2] [3] [4]
        CREATE TABLE t (n {int}) => done
        WITH a(n) AS (VALUES (1), (2)) INSERT INTO t SELECT n FROM a => 2 affected
        WITH a(n) AS (VALUES (3)) INSERT INTO t SELECT n FROM a RETURNING n => [3] 1 affected
        SELECT count(*) FROM t => [3]
        "#,
    ),
    (
        "INSERT … RETURNING",
        r#"
        CREATE TABLE t (id {id}, a TEXT DEFAULT 'none') => done
        INSERT INTO t (a) VALUES ('x') RETURNING id => [1] 1 affected
        INSERT INTO t (a) VALUES ($1), ($2) RETURNING id, a <- "y", "z" => [2, "y"] [3, "z"] 2 affected
        insert into t (id) values (10) returning a => ["none"] 1 affected
        -- a comment\nINSERT INTO t (a) VALUES ('c') RETURNING a => ["c"] 1 affected
        SELECT count(*) FROM t => [5]
        "#,
    ),
    (
        "UPDATE and DELETE … RETURNING",
        r#"
        CREATE TABLE t (a {int}, b {int}) => done
        INSERT INTO t VALUES (1, 1), (2, 2), (3, 3) => 3 affected
        UPDATE t SET b = b * 10 WHERE a = 2 RETURNING a, b => [2, 20] 1 affected
        UPDATE t SET b = 0 WHERE a = 9 RETURNING a => none
        DELETE FROM t WHERE a = 3 RETURNING b => [3] 1 affected
        SELECT a, b FROM t ORDER BY a => [1, 1] [2, 20]
        "#,
    ),
    (
        "INSERT … ON CONFLICT … RETURNING",
        r#"
        CREATE TABLE t (k TEXT PRIMARY KEY, n {int} NOT NULL) => done
        INSERT INTO t VALUES ('a', 1) ON CONFLICT (k) DO UPDATE SET n = t.n + 1 RETURNING n => [1] 1 affected
        INSERT INTO t VALUES ('a', 1) ON CONFLICT (k) DO UPDATE SET n = t.n + 1 RETURNING n => [2] 1 affected
        INSERT INTO t VALUES ('a', 1) ON CONFLICT (k) DO NOTHING RETURNING n => none
        "#,
    ),
    (
        "EXPLAIN",
        r#"
        CREATE TABLE t (a {int} PRIMARY KEY) => done
        sqlite| EXPLAIN QUERY PLAN SELECT a FROM t WHERE a = 1 => [_, _, _, _]
        postgres| EXPLAIN SELECT a FROM t WHERE a = 1
        EXPLAIN INSERT INTO t VALUES (1)
        SELECT count(*) FROM t => [0]
        "#,
    ),
    (
        "statements that return no rows have no columns",
        r#"
        CREATE TABLE t (a {int}) => 0 affected
        INSERT INTO t VALUES (1) => 1 affected
        UPDATE t SET a = 2 => 1 affected
        DELETE FROM t => 1 affected
        DROP TABLE t => 0 affected
        "#,
    ),
    (
        "joins, groups and orders",
        r#"
        CREATE TABLE a (id {id}, name TEXT) => done
        CREATE TABLE b (a {int}, n {int}) => done
        INSERT INTO a (id, name) VALUES (1, 'x'), (2, 'y'), (3, 'z') => 3 affected
        INSERT INTO b VALUES (1, 10), (1, 20), (2, 5) => 3 affected
        SELECT a.name, count(b.n), sum(b.n) FROM a LEFT JOIN b ON b.a = a.id GROUP BY a.id, a.name ORDER BY a.id => ["x", 2, _] ["y", 1, _] ["z", 0, null]
        SELECT name FROM a WHERE id IN (SELECT a FROM b WHERE n > $1) <- 6 => ["x"]
        SELECT name FROM a ORDER BY name DESC LIMIT 1 OFFSET 1 => ["y"]
        SELECT id FROM a UNION ALL SELECT n FROM b ORDER BY 1 => [1] [2] [3] [5] [10] [20]
        "#,
    ),
];
