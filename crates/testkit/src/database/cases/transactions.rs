//! Transactions.

pub(in crate::database) const CASES: &[(&str, &str)] = &[
    (
        "what is committed is there",
        r#"
        CREATE TABLE t (a {int}) => done
        begin a
        in a: INSERT INTO t VALUES (1) => 1 affected
        in a: INSERT INTO t VALUES (2) RETURNING a => [2] 1 affected
        in a: UPDATE t SET a = a * 10 => 2 affected
        in a: SELECT a FROM t ORDER BY a => [10] [20]
        commit a => done
        SELECT a FROM t ORDER BY a => [10] [20]
        "#,
    ),
    (
        "what is rolled back or dropped is not",
        r#"
        CREATE TABLE t (a {int}) => done
        INSERT INTO t VALUES (0) => 1 affected
        begin a
        in a: INSERT INTO t VALUES (1) => 1 affected
        in a: DELETE FROM t WHERE a = 0 => 1 affected
        rollback a
        SELECT a FROM t => [0]
        begin b
        in b: INSERT INTO t VALUES (2) => 1 affected
        drop b
        SELECT a FROM t => [0]
        begin c
        in c: INSERT INTO t VALUES (3) => 1 affected
        commit c
        SELECT a FROM t ORDER BY a => [0] [3]
        "#,
    ),
    (
        "an empty transaction",
        r#"
        begin a
        commit a => done
        begin b
        rollback b => done
        begin c read only
        commit c => done
        begin d
        drop d
        SELECT 1 => [1]
        "#,
    ),
    (
        "a statement that fails changes nothing, and the transaction goes on",
        r#"
        CREATE TABLE t (a {int} PRIMARY KEY) => done
        begin a
        in a: INSERT INTO t VALUES (1) => 1 affected
        in a: INSERT INTO t VALUES (2), (1) => !Constraint 23505
        in a: SELECT a FROM t => [1]
        in a: nonsense => !InvalidStatement 42601
        in a: SELECT * FROM missing => !InvalidStatement 42P01
        in a: INSERT INTO t VALUES ($1) => !InvalidArgument
        in a: INSERT INTO t VALUES (3); SELECT 1 => !InvalidStatement
        in a: INSERT INTO t VALUES (4) => 1 affected
        commit a => done
        SELECT a FROM t ORDER BY a => [1] [4]
        "#,
    ),
    (
        "nobody sees what is not committed",
        r#"
        CREATE TABLE t (a {int}) => done
        begin a
        in a: INSERT INTO t VALUES (1) => 1 affected
        SELECT count(*) FROM t => [0]
        in a: SELECT count(*) FROM t => [1]
        begin r read only
        in r: SELECT count(*) FROM t => [0]
        commit a
        SELECT count(*) FROM t => [1]
        in r: SELECT count(*) FROM t => [0]
        rollback r
        SELECT count(*) FROM t => [1]
        "#,
    ),
    (
        "a reader sees one state, whatever others write",
        r#"
        CREATE TABLE t (a {int}) => done
        INSERT INTO t VALUES (1) => 1 affected
        begin r read only
        in r: SELECT a FROM t => [1]
        UPDATE t SET a = 2 => 1 affected
        INSERT INTO t VALUES (3) => 1 affected
        in r: SELECT a FROM t => [1]
        begin s read only
        in s: SELECT a FROM t ORDER BY a => [2] [3]
        in r: SELECT a FROM t => [1]
        commit r => done
        sqlite| DROP TABLE t => done
        in s: SELECT a FROM t ORDER BY a => [2] [3]
        rollback s => done
        "#,
    ),
    (
        "a transaction that only reads refuses writes, and goes on: 25006",
        r#"
        CREATE TABLE t (a {int}) => done
        INSERT INTO t VALUES (1) => 1 affected
        begin r read only
        in r: INSERT INTO t VALUES (2) => !ReadOnly 25006
        in r: UPDATE t SET a = 2 => !ReadOnly 25006
        in r: DELETE FROM t => !ReadOnly 25006
        in r: CREATE TABLE u (a {int}) => !ReadOnly 25006
        in r: DROP TABLE t => !ReadOnly 25006
        in r: SELECT a FROM t => [1]
        commit r => done
        INSERT INTO t VALUES (3) => 1 affected
        "#,
    ),
    (
        "what changes the schema is part of a transaction",
        r#"
        begin a
        in a: CREATE TABLE t (a {int}) => done
        in a: INSERT INTO t VALUES (1) => 1 affected
        SELECT * FROM t => !InvalidStatement 42P01
        rollback a
        SELECT * FROM t => !InvalidStatement 42P01
        begin b
        in b: CREATE TABLE t (a {int}) => done
        in b: INSERT INTO t VALUES (2) => 1 affected
        commit b
        begin c
        in c: ALTER TABLE t ADD COLUMN b TEXT => done
        in c: DROP TABLE t => done
        drop c
        SELECT * FROM t => [2]
        "#,
    ),
    (
        "one writer after the other",
        r#"
        CREATE TABLE t (a {int}) => done
        begin a
        in a: INSERT INTO t VALUES (1) => 1 affected
        commit a
        begin b
        in b: INSERT INTO t VALUES (2) => 1 affected
        drop b
        INSERT INTO t VALUES (3) => 1 affected
        begin c
        in c: INSERT INTO t SELECT a + 10 FROM t => 2 affected
        commit c
        SELECT a FROM t ORDER BY a => [1] [3] [11] [13]
        "#,
    ),
    (
        "values of every kind, in a transaction",
        r#"
        CREATE TABLE t (i {int}, f {float}, s TEXT, b {bytes}) => done
        begin a
        in a: INSERT INTO t VALUES ($1, $2, $3, $4) <- -9223372036854775808, 0.1, "ü", x"00ff" => 1 affected
        in a: SELECT i, f, s, b FROM t WHERE i = $1 <- -9223372036854775808 => [-9223372036854775808, 0.1, "ü", x"00ff"]
        commit a
        SELECT i, f, s, b FROM t => [-9223372036854775808, 0.1, "ü", x"00ff"]
        "#,
    ),
];
