//! Keys of any kind. What has to do with time is in `expiry.rs`, `SCAN` in `scans.rs`.

pub(super) const CASES: &[(&str, &str)] = &[
    (
        "DEL deletes keys of every kind and counts each once",
        r#"
        SET s v
        HSET h f v
        SADD e m
        RPUSH l a
        ZADD z 1 m
        DEL s missing h s => 2
        DEL e l z => 3
        EXISTS s h e l z => 0
        DEL s => 0
        DEL => !InvalidArgument
        "#,
    ),
    (
        "nothing of a deleted collection comes back",
        r#"
        HSET k a 1 b 2
        DEL k => 1
        HSET k c 3
        HGETALL k => {c: "3"}
        DEL k => 1
        RPUSH k x
        LRANGE k 0 -1 => [x]
        DEL k => 1
        ZADD k 5 m
        DEL k => 1
        ZADD k 6 n
        ZRANGE k 0 -1 WITHSCORES => [n, 6.0]
        DEL k => 1
        SADD k o
        SMEMBERS k => {o}
        "#,
    ),
    (
        "EXISTS counts a key as often as it is named",
        r#"
        SET a 1
        RPUSH b x
        EXISTS a => 1
        EXISTS a b missing a => 3
        EXISTS missing => 0
        EXISTS => !InvalidArgument
        "#,
    ),
    (
        "TYPE names the kind",
        r#"
        SET s v
        HSET h f v
        SADD e m
        RPUSH l a
        ZADD z 1 m
        TYPE s => string
        TYPE h => hash
        TYPE e => set
        TYPE l => list
        TYPE z => zset
        TYPE missing => none
        "#,
    ),
    (
        "RENAME moves a key of every kind with its time to live",
        r#"
        SET s v PX 5000
        RENAME s s2 => OK
        EXISTS s => 0
        GET s2 => "v"
        PTTL s2 => ~5000
        HSET h a 1 b 2
        RENAME h h2 => OK
        HGETALL h2 => {a: "1", b: "2"}
        EXISTS h => 0
        SADD e m n
        RENAME e e2 => OK
        SMEMBERS e2 => {m, n}
        SCARD e2 => 2
        RPUSH l a b c
        RENAME l l2 => OK
        LRANGE l2 0 -1 => [a, b, c]
        ZADD z 1 m 2 n
        RENAME z z2 => OK
        ZRANGE z2 0 -1 WITHSCORES => [m, 1.0, n, 2.0]
        ZSCORE z2 n => 2.0
        EXISTS s h e l z => 0
        "#,
    ),
    (
        "RENAME replaces what stands at the new name, with its time to live",
        r#"
        SET a 1
        RPUSH b x y z
        EXPIRE b 100 => 1
        RENAME a b => OK
        TYPE b => string
        GET b => "1"
        PTTL b => -1
        EXISTS a => 0
        "#,
    ),
    (
        "RENAME of a missing key fails and leaves the other",
        r#"
        SET b 1
        RENAME missing b => !NoSuchKey
        RENAME missing missing => !NoSuchKey
        GET b => "1"
        "#,
    ),
    (
        "RENAME onto itself changes nothing",
        r#"
        HSET k f v
        EXPIRE k 100 => 1
        RENAME k k => OK
        HGETALL k => {f: v}
        TTL k => 99..100
        "#,
    ),
    (
        "a renamed collection goes on growing",
        r#"
        RPUSH l a b
        RENAME l m => OK
        LPUSH m z => 3
        RPUSH l new => 1
        LRANGE m 0 -1 => [z, a, b]
        LRANGE l 0 -1 => [new]
        ZADD z 1 a
        RENAME z y => OK
        ZADD y 2 b => 1
        ZADD z 9 c => 1
        ZRANGE y 0 -1 => [a, b]
        ZRANGE z 0 -1 => [c]
        "#,
    ),
    (
        "RENAMENX moves only to a free name",
        r#"
        SET a 1
        SET b 2
        RENAMENX a b => 0
        MGET a b => ["1", "2"]
        RENAMENX a c => 1
        MGET a c => [nil, "1"]
        RENAMENX missing d => !NoSuchKey
        RENAMENX c c => 0
        GET c => "1"
        "#,
    ),
    (
        "COPY copies a key of every kind with its time to live",
        r#"
        SET s v PX 5000
        COPY s s2 => 1
        MGET s s2 => ["v", "v"]
        PTTL s2 => ~5000
        HSET h a 1 b 2
        COPY h h2 => 1
        HGETALL h2 => {a: "1", b: "2"}
        SADD e m n
        COPY e e2 => 1
        SMEMBERS e2 => {m, n}
        RPUSH l a b c
        COPY l l2 => 1
        LRANGE l2 0 -1 => [a, b, c]
        ZADD z 1 m 2 n
        COPY z z2 => 1
        ZRANGE z2 0 -1 WITHSCORES => [m, 1.0, n, 2.0]
        PTTL z2 => -1
        "#,
    ),
    (
        "a copy and its source do not share anything",
        r#"
        HSET h a 1
        COPY h h2 => 1
        HSET h2 a 2 b 3
        HGETALL h => {a: "1"}
        RPUSH l a b
        COPY l l2 => 1
        LSET l 0 x => OK
        RPOP l2 => "b"
        LRANGE l 0 -1 => [x, b]
        LRANGE l2 0 -1 => [a]
        ZADD z 1 m
        COPY z z2 => 1
        ZADD z2 5 m => 0
        ZSCORE z m => 1.0
        DEL z2 => 1
        ZRANGE z 0 -1 => [m]
        "#,
    ),
    (
        "COPY replaces only with REPLACE",
        r#"
        SET a 1
        RPUSH b x y
        EXPIRE b 100 => 1
        COPY a b => 0
        TYPE b => list
        COPY a b REPLACE => 1
        GET b => "1"
        PTTL b => -1
        COPY missing b REPLACE => 0
        GET b => "1"
        "#,
    ),
    (
        "COPY onto itself is refused, with or without a key there",
        r#"
        SET a 1
        COPY a a => !InvalidArgument
        COPY a a REPLACE => !InvalidArgument
        COPY missing missing => !InvalidArgument
        GET a => "1"
        "#,
    ),
    (
        "CLEAR deletes by prefix, of every kind, and counts",
        r#"
        SET user:1 a
        HSET user:2 f v
        RPUSH user:3 x
        SET user b
        SET uses c
        CLEAR user: => 3
        EXISTS user:1 user:2 user:3 => 0
        MGET user uses => ["b", "c"]
        CLEAR nothing => 0
        CLEAR user => 1
        EXISTS user uses => 1
        "#,
    ),
    (
        "CLEAR takes its prefix as bytes, not as a pattern",
        r#"
        SET "a*" 1
        SET "ab" 2
        SET "a\xff\xff" 3
        SET "a\xff" 4
        SET "b" 5
        CLEAR "a*" => 1
        CLEAR "a\xff\xff" => 1
        MGET "ab" "a\xff" b => ["2", "4", "5"]
        CLEAR "\xff" => 0
        "#,
    ),
    (
        "CLEAR with an empty prefix deletes everything",
        r#"
        MSET a 1 b 2 "\x00" 3 "\xff\xff" 4
        ZADD z 1 m
        CLEAR "" => 5
        EXISTS a b "\x00" "\xff\xff" z => 0
        CLEAR "" => 0
        ZADD z 2 n => 1
        ZRANGE z 0 -1 => [n]
        "#,
    ),
    (
        "commands refuse a wrong number of words",
        r#"
        GET => !InvalidArgument
        GET a b => !InvalidArgument
        TYPE => !InvalidArgument
        RENAME a => !InvalidArgument
        COPY a => !InvalidArgument
        COPY a b c => !InvalidArgument
        PERSIST => !InvalidArgument
        NOSUCHCOMMAND a => !Unsupported
        "#,
    ),
];
