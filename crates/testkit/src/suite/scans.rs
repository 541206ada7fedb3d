//! Scans over what holds still. Scans under change are code, in `probes`.

pub(super) const CASES: &[(&str, &str)] = &[
    (
        "SCAN finds every key of every kind",
        r#"
        scan SCAN => {}
        MSET a 1 b 2
        HSET h f v
        SADD s m
        RPUSH l x
        ZADD z 1 m
        scan SCAN => {a, b, h, s, l, z}
        scan SCAN COUNT 1 => {a, b, h, s, l, z}
        scan SCAN COUNT 1000 => {a, b, h, s, l, z}
        "#,
    ),
    (
        "SCAN in one step with a large count ends at once",
        r#"
        MSET a 1 b 2 c 3
        SCAN 0 COUNT 1000 => ["0", {a, b, c}]
        "#,
    ),
    (
        "SCAN MATCH takes a glob pattern",
        r#"
        MSET user:1 a user:2 b user:10 c order:1 d "x[y" e "x*y" f xzy g
        scan SCAN MATCH user:* => {"user:1", "user:2", "user:10"}
        scan SCAN MATCH user:? => {"user:1", "user:2"}
        scan SCAN MATCH *:1 => {"user:1", "order:1"}
        scan SCAN MATCH "user:[^1]*" => {"user:2"}
        scan SCAN MATCH "[ou]*1" => {"user:1", "order:1"}
        scan SCAN MATCH "[n-p]*" => {"order:1"}
        scan SCAN MATCH "x\\[y" => {"x[y"}
        scan SCAN MATCH "x\\*y" => {"x*y"}
        scan SCAN MATCH "x*y" => {"x[y", "x*y", xzy}
        scan SCAN MATCH user:1 => {"user:1"}
        scan SCAN MATCH "" => {}
        scan SCAN MATCH nothing* => {}
        scan SCAN MATCH * COUNT 2 => {"user:1", "user:2", "user:10", "order:1", "x[y", "x*y", xzy}
        "#,
    ),
    (
        "SCAN TYPE finds one kind",
        r#"
        MSET a 1 b 2
        HSET h f v
        SADD s m
        RPUSH l x
        ZADD z 1 m
        scan SCAN TYPE string => {a, b}
        scan SCAN TYPE hash => {h}
        scan SCAN TYPE set => {s}
        scan SCAN TYPE list => {l}
        scan SCAN TYPE zset => {z}
        scan SCAN MATCH a* TYPE string COUNT 3 => {a}
        "#,
    ),
    (
        "SCAN finds keys of any bytes",
        r#"
        SET "" 1
        SET "\x00" 2
        SET "\xff" 3
        SET "\xff\xff\xff" 4
        SET "a\x00b" 5
        scan SCAN => {"", "\x00", "\xff", "\xff\xff\xff", "a\x00b"}
        scan SCAN COUNT 1 => {"", "\x00", "\xff", "\xff\xff\xff", "a\x00b"}
        "#,
    ),
    (
        "SCAN does not find what was deleted or renamed away",
        r#"
        MSET a 1 b 2 c 3
        DEL b
        RENAME c d
        scan SCAN => {a, d}
        "#,
    ),
    (
        "SCAN does not find what has expired",
        r#"
        SET a 1 PX 100
        SET b 2 PX 100000
        SET c 3
        advance 200ms
        scan SCAN => {b, c}
        scan SCAN COUNT 1 => {b, c}
        "#,
    ),
    (
        "SCAN refuses bad options",
        r#"
        SET a 1
        HSET h f v
        SADD s m
        ZADD z 1 m
        SCAN 0 COUNT 0 => !InvalidArgument
        SCAN 0 COUNT -1 => !InvalidArgument
        SCAN 0 COUNT x => !InvalidArgument
        SCAN 0 MATCH => !InvalidArgument
        SCAN 0 NOPE => !InvalidArgument
        SCAN x => !InvalidArgument
        SCAN => !InvalidArgument
        HSCAN h 0 COUNT 0 => !InvalidArgument
        SSCAN s 0 COUNT 0 => !InvalidArgument
        ZSCAN z 0 COUNT 0 => !InvalidArgument
        "#,
    ),
    (
        "HSCAN finds every field with its value",
        r#"
        scan HSCAN missing => {}
        HSET k a 1 b 2 c 3 "" empty "\xff" last
        scan HSCAN k => {a: "1", b: "2", c: "3", "": empty, "\xff": last}
        scan HSCAN k COUNT 1 => {a: "1", b: "2", c: "3", "": empty, "\xff": last}
        scan HSCAN k MATCH "[ab]" => {a: "1", b: "2"}
        scan HSCAN k MATCH nothing => {}
        HDEL k a b
        scan HSCAN k COUNT 2 => {c: "3", "": empty, "\xff": last}
        "#,
    ),
    (
        "SSCAN finds every member",
        r#"
        scan SSCAN missing => {}
        SADD k a b c "" "\xff" 1 2 3
        scan SSCAN k => {a, b, c, "", "\xff", "1", "2", "3"}
        scan SSCAN k COUNT 1 => {a, b, c, "", "\xff", "1", "2", "3"}
        scan SSCAN k MATCH "[a-b]" => {a, b}
        SREM k a 1
        scan SSCAN k COUNT 3 => {b, c, "", "\xff", "2", "3"}
        "#,
    ),
    (
        "ZSCAN finds every member with its score",
        r#"
        scan ZSCAN missing => {}
        ZADD k 1 a 2.5 b -inf c 1 ""
        scan ZSCAN k => {a: 1.0, b: 2.5, c: "-inf", "": 1.0}
        scan ZSCAN k COUNT 1 => {a: 1.0, b: 2.5, c: "-inf", "": 1.0}
        scan ZSCAN k MATCH "[ab]" => {a: 1.0, b: 2.5}
        ZADD k 7 a
        ZREM k b
        scan ZSCAN k => {a: 7.0, c: "-inf", "": 1.0}
        "#,
    ),
];
