//! Values, in and out without loss.

pub(in crate::database) const CASES: &[(&str, &str)] = &[
    (
        "whole numbers, to the ends of 64 bits",
        r#"
        CREATE TABLE t (n {int} NOT NULL) => done
        INSERT INTO t VALUES ($1), ($2), ($3), ($4), ($5) <- 0, -1, 9223372036854775807, -9223372036854775808, 9007199254740993 => 5 affected
        SELECT n FROM t ORDER BY n => [-9223372036854775808] [-1] [0] [9007199254740993] [9223372036854775807]
        SELECT n FROM t WHERE n = $1 <- 9223372036854775807 => [9223372036854775807]
        SELECT n FROM t WHERE n < $1 <- -1 => [-9223372036854775808]
        "#,
    ),
    (
        "numbers in floating point, bit by bit",
        r#"
        CREATE TABLE t (id {id}, x {float}) => done
        INSERT INTO t (x) VALUES ($1) <- 0.1 => 1 affected
        INSERT INTO t (x) VALUES ($1) <- 1.7976931348623157e308 => 1 affected
        INSERT INTO t (x) VALUES ($1) <- 5e-324 => 1 affected
        INSERT INTO t (x) VALUES ($1) <- 2.0 => 1 affected
        INSERT INTO t (x) VALUES ($1) <- 9007199254740993.0 => 1 affected
        INSERT INTO t (x) VALUES ($1) <- -2.5e-10 => 1 affected
        SELECT x FROM t ORDER BY id => [0.1] [1.7976931348623157e308] [5e-324] [2.0] [9007199254740992.0] [-2.5e-10]
        "#,
    ),
    (
        "infinities, and the zero below zero",
        r#"
        SELECT CAST($1 AS DOUBLE PRECISION) <- inf => [inf]
        SELECT CAST($1 AS DOUBLE PRECISION) <- -inf => [-inf]
        SELECT CAST($1 AS DOUBLE PRECISION) <- -0.0 => [-0.0]
        SELECT CAST($1 AS DOUBLE PRECISION) <- 0.0 => [0.0]
        CREATE TABLE t (x {float}) => done
        INSERT INTO t VALUES ($1) <- inf => 1 affected
        SELECT x FROM t => [inf]
        "#,
    ),
    (
        "what is not a number is null on SQLite",
        r#"
        sqlite| SELECT $1 <- nan => [null]
        postgres| SELECT CAST($1 AS DOUBLE PRECISION) IS NOT NULL <- nan => [true]
        "#,
    ),
    (
        "text of every script and length",
        r#"
        CREATE TABLE t (id {id}, s TEXT) => done
        INSERT INTO t (s) VALUES ($1) <- "hello" => 1 affected
        INSERT INTO t (s) VALUES ($1) <- "кот 猫 🐈 e\xcc\x81" => 1 affected
        INSERT INTO t (s) VALUES ($1) <- "'; DROP TABLE t; --" => 1 affected
        INSERT INTO t (s) VALUES ($1) <- "a\n\"b\"\\c\t" => 1 affected
        INSERT INTO t (s) VALUES ($1) <- " " => 1 affected
        INSERT INTO t (s) VALUES ($1) <- "123" => 1 affected
        SELECT s FROM t ORDER BY id => ["hello"] ["кот 猫 🐈 e\xcc\x81"] ["'; DROP TABLE t; --"] ["a\n\"b\"\\c\t"] [" "] ["123"]
        INSERT INTO t (id, s) VALUES (100, $1) <- "long"*100000 => 1 affected
        SELECT s FROM t WHERE id = 100 => ["long"*100000]
        "#,
    ),
    (
        "text with a zero byte is whole on SQLite, and refused by Postgres",
        r#"
        CREATE TABLE t (s TEXT) => done
        sqlite| INSERT INTO t VALUES ($1) <- "a\x00b" => 1 affected
        sqlite| SELECT s FROM t => ["a\x00b"]
        postgres| INSERT INTO t VALUES ($1) <- "a\x00b" => !InvalidArgument
        "#,
    ),
    (
        "empty text, empty bytes and null are three things",
        r#"
        CREATE TABLE t (id {id}, s TEXT, b {bytes}) => done
        INSERT INTO t (s, b) VALUES ($1, $2) <- "", x"" => 1 affected
        INSERT INTO t (s, b) VALUES ($1, $2) <- null, null => 1 affected
        SELECT s, b FROM t ORDER BY id => ["", x""] [null, null]
        SELECT count(*) FROM t WHERE s IS NULL => [1]
        SELECT count(*) FROM t WHERE b IS NULL => [1]
        SELECT count(*) FROM t WHERE s = '' => [1]
        "#,
    ),
    (
        "bytes of every value",
        r#"
        CREATE TABLE t (id {id}, b {bytes}) => done
        INSERT INTO t (b) VALUES ($1) <- x"00" => 1 affected
        INSERT INTO t (b) VALUES ($1) <- x"000102fdfeff" => 1 affected
        INSERT INTO t (b) VALUES ($1) <- x"27225c0a00" => 1 affected
        SELECT b FROM t ORDER BY id => [x"00"] [x"000102fdfeff"] [x"27225c0a00"]
        SELECT id FROM t WHERE b = $1 <- x"000102fdfeff" => [2]
        "#,
    ),
    (
        "true and false",
        r#"
        CREATE TABLE t (id {id}, b {bool}) => done
        INSERT INTO t (b) VALUES ($1), ($2), ($3) <- true, false, null => 3 affected
        SELECT b FROM t ORDER BY id => [true] [false] [null]
        SELECT count(*) FROM t WHERE b = $1 <- true => [1]
        "#,
    ),
    (
        "JSON, as it was written",
        r#"
        CREATE TABLE t (id {id}, j {json}) => done
        INSERT INTO t (j) VALUES ($1) <- json "{\"a\": [1, 2.50, null], \"ü\": \"\\u00fc\"}" => 1 affected
        INSERT INTO t (j) VALUES ($1) <- json "[]" => 1 affected
        SELECT j FROM t ORDER BY id => [json "{\"a\": [1, 2.50, null], \"ü\": \"\\u00fc\"}"] [json "[]"]
        sqlite| SELECT json_extract(j, '$.a[0]') FROM t WHERE id = 1 => [1]
        "#,
    ),
    (
        "points in time, to the microsecond",
        r#"
        CREATE TABLE t (id {id}, at {time}) => done
        INSERT INTO t (at) VALUES ($1) <- time "2025-10-25T10:30:00.123456Z" => 1 affected
        INSERT INTO t (at) VALUES ($1) <- time "1969-12-31T23:59:59.999999Z" => 1 affected
        INSERT INTO t (at) VALUES ($1) <- time "2024-02-29 12:00:00+02:00" => 1 affected
        SELECT at FROM t ORDER BY id => [time "2025-10-25T10:30:00.123456Z"] [time "1969-12-31T23:59:59.999999Z"] [time "2024-02-29T10:00:00Z"]
        SELECT id FROM t ORDER BY at => [2] [3] [1]
        SELECT id FROM t WHERE at = $1 <- time "2024-02-29T10:00:00Z" => [3]
        "#,
    ),
    (
        "UUIDs",
        r#"
        CREATE TABLE t (u {uuid} PRIMARY KEY) => done
        INSERT INTO t VALUES ($1) <- uuid "67e55044-10b1-426f-9247-bb680e5fe0c8" => 1 affected
        SELECT u FROM t => [uuid "67e55044-10b1-426f-9247-bb680e5fe0c8"]
        SELECT u FROM t WHERE u = $1 <- uuid "67E55044-10B1-426F-9247-BB680E5FE0C8" => [uuid "67e55044-10b1-426f-9247-bb680e5fe0c8"]
        "#,
    ),
    (
        "vectors",
        r#"
        sqlite| CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB) => done
        sqlite| INSERT INTO t (v) VALUES ($1), ($2) <- vector [1, -2.5, 0.1], vector [] => 2 affected
        sqlite| SELECT v FROM t ORDER BY id => [vector [1, -2.5, 0.1]] [vector []]
        "#,
    ),
    (
        "null of every column",
        r#"
        CREATE TABLE t (i {int}, f {float}, s TEXT, b {bytes}, o {bool}, j {json}, t {time}, u {uuid}) => done
        INSERT INTO t (i) VALUES ($1) <- null => 1 affected
        SELECT i, f, s, b, o, j, t, u FROM t => [null, null, null, null, null, null, null, null]
        "#,
    ),
    (
        "literals are what parameters are",
        r#"
        CREATE TABLE t (i {int}, f {float}, s TEXT) => done
        INSERT INTO t VALUES (-7, 1.5, 'it''s') => 1 affected
        SELECT i, f, s FROM t WHERE i = $1 AND f = $2 AND s = $3 <- -7, 1.5, "it's" => [-7, 1.5, "it's"]
        "#,
    ),
];
