//! Statements that cannot be run, each with its SQLSTATE.

pub(in crate::database) const CASES: &[(&str, &str)] = &[
    (
        "what is no SQL: 42601",
        r#"
        nonsense => !InvalidStatement 42601
        SELEC 1 => !InvalidStatement 42601
        SELECT FROM WHERE => !InvalidStatement 42601
        CREATE TABLE => !InvalidStatement 42601
        INSERT INTO t VALUES (1,, 2) => !InvalidStatement 42601
        "#,
    ),
    (
        "tables that are not there: 42P01",
        r#"
        SELECT * FROM missing => !InvalidStatement 42P01
        INSERT INTO missing VALUES (1) => !InvalidStatement 42P01
        UPDATE missing SET a = 1 => !InvalidStatement 42P01
        DELETE FROM missing => !InvalidStatement 42P01
        DROP TABLE missing => !InvalidStatement 42P01
        ALTER TABLE missing ADD COLUMN a TEXT => !InvalidStatement 42P01
        DROP TABLE IF EXISTS missing => done
        "#,
    ),
    (
        "columns that are not there: 42703",
        r#"
        CREATE TABLE t (a {int}) => done
        SELECT missing FROM t => !InvalidStatement 42703
        SELECT a FROM t WHERE missing = 1 => !InvalidStatement 42703
        SELECT a FROM t ORDER BY missing => !InvalidStatement 42703
        INSERT INTO t (missing) VALUES (1) => !InvalidStatement 42703
        UPDATE t SET missing = 1 => !InvalidStatement 42703
        SELECT t.missing FROM t => !InvalidStatement 42703
        "#,
    ),
    (
        "functions that are not there: 42883",
        r#"
        SELECT no_such_function(1) => !InvalidStatement 42883
        "#,
    ),
    (
        "tables that are there already: 42P07",
        r#"
        CREATE TABLE t (a {int}) => done
        CREATE TABLE t (b {int}) => !InvalidStatement 42P07
        CREATE TABLE T (b {int}) => !InvalidStatement 42P07
        CREATE TABLE IF NOT EXISTS t (b {int}) => done
        INSERT INTO t (a) VALUES (1) => 1 affected
        "#,
    ),
    (
        "columns that are named twice: 42701",
        r#"
        CREATE TABLE t (a {int}, b {int}, a {int}) => !InvalidStatement 42701
        CREATE TABLE u (a {int}) => done
        ALTER TABLE u ADD COLUMN a TEXT => !InvalidStatement 42701
        "#,
    ),
    (
        "values that are more or fewer than columns",
        r#"
        CREATE TABLE t (a {int}, b {int}) => done
        INSERT INTO t (a, b) VALUES (1) => !InvalidStatement
        INSERT INTO t (a) VALUES (1, 2) => !InvalidStatement
        SELECT 1 UNION SELECT 1, 2 => !InvalidStatement
        "#,
    ),
    (
        "transactions begin by their own call",
        r#"
        CREATE TABLE t (a {int}) => done
        BEGIN => !Denied
        COMMIT => !Denied
        ROLLBACK => !Denied
        begin a
        in a: INSERT INTO t VALUES (1) => 1 affected
        in a: COMMIT => !Denied
        in a: ROLLBACK => !Denied
        rollback a
        SELECT count(*) FROM t => [0]
        "#,
    ),
    (
        "what opens other files on SQLite",
        r#"
        sqlite| ATTACH DATABASE 'other.db' AS other => !Denied 42501
        sqlite| ATTACH DATABASE ':memory:' AS other => !Denied 42501
        sqlite| VACUUM INTO 'other.db' => !Denied 42501
        sqlite| SELECT load_extension('other') => !Denied 42501
        sqlite| PRAGMA writable_schema = 1 => !Denied 42501
        sqlite| PRAGMA journal_mode = DELETE => !Denied 42501
        "#,
    ),
];
