//! Parameters.

pub(in crate::database) const CASES: &[(&str, &str)] = &[
    (
        "by position",
        r#"
        CREATE TABLE t (a {int}, b TEXT) => done
        INSERT INTO t VALUES ($1, $2) <- 1, "one" => 1 affected
        SELECT a, b FROM t WHERE a = $1 AND b = $2 <- 1, "one" => [1, "one"]
        sqlite| SELECT ?, ? <- 1, "one" => [1, "one"]
        sqlite| SELECT ?2, ?1 <- 1, "one" => ["one", 1]
        "#,
    ),
    (
        "a number is a position, in whichever order and however often",
        r#"
        CREATE TABLE t (a {int}, b {int}) => done
        INSERT INTO t (b, a) VALUES ($2, $1) <- 1, 2 => 1 affected
        SELECT a, b FROM t => [1, 2]
        SELECT a FROM t WHERE b = $2 AND a = $1 <- 1, 2 => [1]
        SELECT a FROM t WHERE a = $1 OR b = $1 <- 2 => [1]
        SELECT a FROM t WHERE a = $1 AND a = $1 AND b = $2 <- 1, 2 => [1]
        "#,
    ),
    (
        "more than nine",
        r#"
        CREATE TABLE t (a {int}, b {int}, c {int}, d {int}, e {int}, f {int}, g {int}, h {int}, i {int}, j {int}, k {int}) => done
        INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) <- 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 => 1 affected
        SELECT j, k, a FROM t WHERE k = $11 AND $10 = 10 AND a + $1 + $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 = 46 <- 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 => [10, 11, 1]
        "#,
    ),
    (
        "by name",
        r#"
        CREATE TABLE t (a {int}, b TEXT) => done
        sqlite| INSERT INTO t VALUES (:a, :b) <- b: "one", a: 1 => 1 affected
        sqlite| SELECT a, b FROM t WHERE a = :a OR a = :a <- a: 1 => [1, "one"]
        "#,
    ),
    (
        "too few and too many values",
        r#"
        CREATE TABLE t (a {int}, b {int}) => done
        INSERT INTO t VALUES ($1, $2) <- 1 => !InvalidArgument
        INSERT INTO t VALUES ($1, $2) => !InvalidArgument
        INSERT INTO t VALUES ($1, $2) <- 1, 2, 3 => !InvalidArgument
        INSERT INTO t VALUES (1, 2) <- 1 => !InvalidArgument
        SELECT count(*) FROM t => [0]
        "#,
    ),
    (
        "names that are missing, and that nobody asked for",
        r#"
        CREATE TABLE t (a {int}, b {int}) => done
        sqlite| INSERT INTO t VALUES (:a, :b) <- a: 1 => !InvalidArgument
        sqlite| INSERT INTO t VALUES (:a, :b) <- a: 1, b: 2, c: 3 => !InvalidArgument
        sqlite| INSERT INTO t VALUES (:a, :b) <- a: 1, c: 2 => !InvalidArgument
        sqlite| INSERT INTO t VALUES ($1, $2) <- a: 1, b: 2 => !InvalidArgument
        SELECT count(*) FROM t => [0]
        "#,
    ),
    (
        "what looks like a parameter in a text is text",
        r#"
        CREATE TABLE t (a TEXT) => done
        INSERT INTO t VALUES ('$1 ? :name') => 1 affected
        INSERT INTO t VALUES ('$2' || $1) <- "!" => 1 affected
        SELECT a FROM t ORDER BY a => ["$1 ? :name"] ["$2!"]
        SELECT count(*) FROM t /* $1 */ -- $2 ? => [2]
        "#,
    ),
    (
        "a value is never part of the statement",
        r#"
        CREATE TABLE t (a TEXT) => done
        INSERT INTO t VALUES ($1) <- "x'); DELETE FROM t; --" => 1 affected
        SELECT a FROM t WHERE a = $1 <- "x' OR '1' = '1" => none
        SELECT a FROM t WHERE a LIKE $1 <- "x'%" => ["x'); DELETE FROM t; --"]
        "#,
    ),
];
