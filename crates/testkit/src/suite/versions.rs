//! Versions: stamps that only rise, are never given again, and change with the key and only with it.

pub(super) const CASES: &[(&str, &str)] = &[
    (
        "VERSIONOF and GETVERSIONED: nil without a key, the same version with one",
        r#"
        VERSIONOF missing => nil
        GETVERSIONED missing => nil
        SET k v
        VERSIONOF k => $v
        GETVERSIONED k => ["v", $v]
        RPUSH l a
        VERSIONOF l => _
        GETVERSIONED l => !WrongType
        "#,
    ),
    (
        "every write gives a greater version",
        r#"
        SET k 1
        VERSIONOF k => $a
        SET k 1
        VERSIONOF k => $b > $a
        INCR k
        VERSIONOF k => $c > $b
        APPEND k 5
        VERSIONOF k => $d > $c
        SETRANGE k 0 9
        VERSIONOF k => $e > $d
        INCRBYFLOAT k 1
        VERSIONOF k => $f > $e
        SETIFEQUAL k "96" x
        VERSIONOF k => $g > $f
        SET k y XX GET
        VERSIONOF k => $h > $g
        MSET k z
        VERSIONOF k => $i > $h
        INCRBOUNDED n 1
        VERSIONOF n => $j > $i
        "#,
    ),
    (
        "a version is never given again, not even after a delete",
        r#"
        SET k v
        VERSIONOF k => $a
        DEL k
        VERSIONOF k => nil
        SET k v
        VERSIONOF k => $b > $a
        CLEAR ""
        SET other v
        VERSIONOF other => $c > $b
        SET k v
        VERSIONOF k => $d > $c
        "#,
    ),
    (
        "versions rise over all keys",
        r#"
        SET a 1
        VERSIONOF a => $a
        SET b 1
        VERSIONOF b => $b > $a
        SADD c m
        VERSIONOF c => $c > $b
        VERSIONOF a => $a
        VERSIONOF b => $b
        "#,
    ),
    (
        "a key that expired and came back has another version",
        r#"
        SET k v PX 100
        VERSIONOF k => $a
        advance 200ms
        VERSIONOF k => nil
        SET k v
        VERSIONOF k => $b > $a
        "#,
    ),
    (
        "changes of the time to live change the version",
        r#"
        SET k v
        VERSIONOF k => $a
        PEXPIRE k 5000
        VERSIONOF k => $b > $a
        PERSIST k
        VERSIONOF k => $c > $b
        GETEX k PX 5000
        VERSIONOF k => $d > $c
        GETEX k PERSIST
        VERSIONOF k => $e > $d
        "#,
    ),
    (
        "writes that do nothing keep the version",
        r#"
        SET k 5 PX 50000
        VERSIONOF k => $v
        SET k x NX
        SETIFEQUAL k other x
        DELIFEQUAL k other
        INCRBOUNDED k 1 MAX 5
        PEXPIRE k 100 NX
        PEXPIRE k 100 GT
        PEXPIRE k 90000 LT
        MSETNX k x new y
        SETRANGE k 3 ""
        RENAME k k
        COPY missing k REPLACE
        RENAMENX k k
        GETEX k
        VERSIONOF k => $v
        "#,
    ),
    (
        "PERSIST and GETEX PERSIST of a key that lives for ever keep the version",
        r#"
        SET k v
        VERSIONOF k => $v
        PERSIST k => 0
        GETEX k PERSIST => "v"
        VERSIONOF k => $v
        "#,
    ),
    (
        "reads keep the version",
        r#"
        SET s v PX 50000
        HSET h f 1
        SADD e m
        RPUSH l a
        ZADD z 1 m
        VERSIONOF s => $s
        VERSIONOF h => $h
        VERSIONOF e => $e
        VERSIONOF l => $l
        VERSIONOF z => $z
        GET s
        STRLEN s
        PTTL s
        HGETALL h
        HRANDFIELD h 1
        SMEMBERS e
        SRANDMEMBER e
        LRANGE l 0 -1
        LPOS l a
        ZRANGE z 0 -1
        ZRANK z m
        scan SCAN
        VERSIONOF s => $s
        VERSIONOF h => $h
        VERSIONOF e => $e
        VERSIONOF l => $l
        VERSIONOF z => $z
        "#,
    ),
    (
        "writes to a hash: changes change its version, nothing done keeps it",
        r#"
        HSET k f 1
        VERSIONOF k => $a
        HSET k g 2
        VERSIONOF k => $b > $a
        HSET k g 3
        VERSIONOF k => $c > $b
        HINCRBY k f 1
        VERSIONOF k => $d > $c
        HDEL k g
        VERSIONOF k => $e > $d
        HSETNX k f x
        HDEL k missing
        VERSIONOF k => $e
        HSETNX k h x
        VERSIONOF k => $f > $e
        "#,
    ),
    (
        "writes to a set: changes change its version, nothing done keeps it",
        r#"
        SADD k a b
        VERSIONOF k => $a
        SADD k c
        VERSIONOF k => $b > $a
        SREM k c
        VERSIONOF k => $c > $b
        SADD k a b
        SREM k missing
        SPOP k 0
        SMOVE k k a
        SMOVE missing k a
        VERSIONOF k => $c
        SPOP k
        VERSIONOF k => $d > $c
        "#,
    ),
    (
        "writes to a list: changes change its version, nothing done keeps it",
        r#"
        RPUSH k a b c
        VERSIONOF k => $a
        LPUSH k z
        VERSIONOF k => $b > $a
        LSET k 0 y
        VERSIONOF k => $c > $b
        LPOP k
        VERSIONOF k => $d > $c
        LINSERT k BEFORE b x
        VERSIONOF k => $e > $d
        LREM k 0 x
        VERSIONOF k => $f > $e
        LTRIM k 0 1
        VERSIONOF k => $g > $f
        LMOVE k k LEFT RIGHT
        VERSIONOF k => $h > $g
        LREM k 0 missing
        LINSERT k BEFORE missing x
        LPOP k 0
        LMOVE missing k LEFT LEFT
        VERSIONOF k => $h
        "#,
    ),
    (
        "writes to a sorted set: changes change its version, nothing done keeps it",
        r#"
        ZADD k 1 a 2 b 3 c
        VERSIONOF k => $a
        ZADD k 5 a
        VERSIONOF k => $b > $a
        ZINCRBY k 1 a
        VERSIONOF k => $c > $b
        ZREM k c
        VERSIONOF k => $d > $c
        ZADD k 6 a
        ZADD k NX 9 a
        ZADD k GT 1 a
        ZADD k XX 1 missing
        ZREM k missing
        ZPOPMIN k 0
        ZREMRANGEBYSCORE k 100 200
        ZINCRBY k 0 a
        VERSIONOF k => $d
        ZPOPMIN k
        VERSIONOF k => $e > $d
        "#,
    ),
    (
        "RENAME, COPY and the STORE forms give the destination a new version",
        r#"
        SET a v
        VERSIONOF a => $a
        COPY a b
        VERSIONOF a => $a
        VERSIONOF b => $b > $a
        RENAME a c
        VERSIONOF c => $c > $b
        SADD s m
        SUNIONSTORE d s
        VERSIONOF d => $d > $c
        VERSIONOF s => $s
        SUNIONSTORE d s
        VERSIONOF d => $e > $d
        VERSIONOF s => $s
        "#,
    ),
    (
        "moves give both keys a new version",
        r#"
        SADD a x y
        SADD b z
        VERSIONOF a => $a
        VERSIONOF b => $b
        SMOVE a b x
        VERSIONOF a => $a2 > $b
        VERSIONOF b => $b2 > $b
        RPUSH l 1 2
        RPUSH m 3
        VERSIONOF m => $m
        LMOVE l m LEFT LEFT
        VERSIONOF l => $l2 > $m
        VERSIONOF m => $m2 > $m
        "#,
    ),
    (
        "a command that fails keeps the version",
        r#"
        SET k abc
        VERSIONOF k => $v
        INCR k => !NotAnInteger
        LPUSH k x => !WrongType
        SET k v EX 0 => !InvalidArgument
        VERSIONOF k => $v
        "#,
    ),
];
