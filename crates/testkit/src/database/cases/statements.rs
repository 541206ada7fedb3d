//! One statement a call.

pub(in crate::database) const CASES: &[(&str, &str)] = &[
    (
        "a second statement is refused, and neither runs",
        r#"
        CREATE TABLE t (a {int}) => done
        INSERT INTO t VALUES (1); INSERT INTO t VALUES (2) => !InvalidStatement
        INSERT INTO t VALUES (1); DROP TABLE t => !InvalidStatement
        SELECT 1; SELECT 2 => !InvalidStatement
        SELECT 1;\nSELECT 2; => !InvalidStatement
        INSERT INTO t VALUES (1); nonsense => !InvalidStatement
        INSERT INTO t VALUES (1); /* between */ SELECT 1 => !InvalidStatement
        INSERT INTO t VALUES ($1); INSERT INTO t VALUES ($2) <- 1, 2 => !InvalidStatement
        SELECT count(*) FROM t => [0]
        "#,
    ),
    (
        "semicolons and comments after a statement are nothing",
        r#"
        CREATE TABLE t (a {int}); => done
        INSERT INTO t VALUES (1) ;\n => 1 affected
        INSERT INTO t VALUES (2); -- the end => 1 affected
        INSERT INTO t VALUES (3); /* the end */ => 1 affected
        INSERT INTO t VALUES (4) -- the end; DROP TABLE t => 1 affected
        SELECT count(*) FROM t; => [4]
        "#,
    ),
    (
        "semicolons in texts, names and comments end nothing",
        r#"
        CREATE TABLE t (a TEXT) => done
        INSERT INTO t VALUES ('a; b') => 1 affected
        INSERT INTO t VALUES (/* c; d */ 'e') => 1 affected
        SELECT a AS "f; g" FROM t ORDER BY a => ["a; b"] ["e"]
        "#,
    ),
    (
        "text without a statement is refused",
        "
        \\n => !InvalidStatement
        ; => !InvalidStatement
        -- nothing => !InvalidStatement
        /* nothing */ => !InvalidStatement
        /* nothing */ ; -- at all => !InvalidStatement
        ",
    ),
    (
        "what stands before a statement is nothing",
        r#"
        -- a comment\nCREATE TABLE t (a {int}) => done
        /* a comment */ INSERT INTO t VALUES (1) => 1 affected
        \n\n  /* one */ -- two\n SELECT a FROM t => [1]
        "#,
    ),
    (
        "a statement in a text is text",
        r#"
        CREATE TABLE t (a TEXT) => done
        INSERT INTO t VALUES ('ATTACH DATABASE x AS y; DROP TABLE t') => 1 affected
        SELECT a FROM t WHERE a LIKE '%DROP TABLE t%' => ["ATTACH DATABASE x AS y; DROP TABLE t"]
        "#,
    ),
    (
        "a text that ends too early",
        r#"
        SELECT 'abc => !InvalidStatement 42601
        SELECT (1 => !InvalidStatement 42601
        "#,
    ),
    (
        "statements that work are as before after statements that fail",
        r#"
        CREATE TABLE t (a {int} PRIMARY KEY) => done
        INSERT INTO t VALUES ($1) <- 1 => 1 affected
        INSERT INTO t VALUES ($1) <- 1 => !Constraint 23505
        INSERT INTO t VALUES ($1) <- 2 => 1 affected
        INSERT INTO t VALUES ($1) => !InvalidArgument
        INSERT INTO t VALUES ($1) <- 3 => 1 affected
        SELECT a FROM t ORDER BY a => [1] [2] [3]
        "#,
    ),
    (
        "a statement that was prepared before its table changed",
        r#"
        CREATE TABLE t (a {int}) => done
        INSERT INTO t VALUES (1) => 1 affected
        SELECT * FROM t => [1]
        ALTER TABLE t ADD COLUMN b TEXT => done
        SELECT * FROM t => [1, null]
        DROP TABLE t => done
        SELECT * FROM t => !InvalidStatement 42P01
        CREATE TABLE t (c TEXT, a {int}) => done
        INSERT INTO t VALUES ('x', 2) => 1 affected
        SELECT * FROM t => ["x", 2]
        "#,
    ),
];
