//! Time to live: how it is set and read, which writes keep it, and that an expired key is absent in every respect.

pub(super) const CASES: &[(&str, &str)] = &[
    (
        "TTL, PTTL and their absolute forms: -2 without a key, -1 for ever",
        r#"
        TTL missing => -2
        PTTL missing => -2
        EXPIRETIME missing => -2
        PEXPIRETIME missing => -2
        SET k v
        TTL k => -1
        PTTL k => -1
        EXPIRETIME k => -1
        PEXPIRETIME k => -1
        "#,
    ),
    (
        "SET with EX, PX, EXAT and PXAT",
        r#"
        SET k v EX 100 => OK
        PTTL k => ~100000
        TTL k => 99..100
        SET k v PX 5000 => OK
        PTTL k => ~5000
        SET k v EXAT $sec+50 => OK
        TTL k => 49..50
        SET k v PXAT $now+7000 => OK
        PTTL k => ~7000
        "#,
    ),
    (
        "EXPIRETIME and PEXPIRETIME tell the time that was set",
        r#"
        SET k v PXAT 4102444800123 => OK
        PEXPIRETIME k => 4102444800123
        EXPIRETIME k => 4102444800
        EXPIREAT k 4102444900 => 1
        PEXPIRETIME k => 4102444900000
        EXPIRETIME k => 4102444900
        PEXPIREAT k 4102444900700 => 1
        PEXPIRETIME k => 4102444900700
        "#,
    ),
    (
        "seconds are rounded to the nearest",
        r#"
        SET k v PXAT 4102444800499
        EXPIRETIME k => 4102444800
        SET k v PXAT 4102444800500
        EXPIRETIME k => 4102444801
        "#,
    ),
    (
        "a key is there until its last millisecond, and then gone",
        r#"
        SET k v PX 300 => OK
        advance 100ms
        GET k => "v"
        advance 300ms
        GET k => nil
        EXISTS k => 0
        PTTL k => -2
        TYPE k => none
        DEL k => 0
        "#,
    ),
    (
        "PEXPIRE, EXPIRE, PEXPIREAT and EXPIREAT set the time of a key of every kind",
        r#"
        SET s v
        HSET h f v
        SADD e m
        RPUSH l a
        ZADD z 1 m
        PEXPIRE s 5000 => 1
        PTTL s => ~5000
        EXPIRE h 100 => 1
        PTTL h => ~100000
        PEXPIREAT e $now+4000 => 1
        PTTL e => ~4000
        EXPIREAT l $sec+100 => 1
        TTL l => 99..100
        PEXPIRE z 100 => 1
        advance 200ms
        EXISTS s h e l z => 4
        PEXPIRE missing 100 => 0
        EXISTS missing => 0
        "#,
    ),
    (
        "a time that is not positive, or in the past, deletes the key",
        r#"
        SET k v
        EXPIRE k 0 => 1
        EXISTS k => 0
        SET k v
        PEXPIRE k -5 => 1
        EXISTS k => 0
        RPUSH k a
        EXPIREAT k 1 => 1
        EXISTS k => 0
        ZADD k 1 a
        PEXPIREAT k -1 => 1
        EXISTS k => 0
        SET k v EX 100
        EXPIRE k -9223372036854775 => 1
        EXISTS k => 0
        "#,
    ),
    (
        "a SET with a point in the past leaves no key",
        r#"
        SET k old => OK
        SET k v PXAT 1 => OK
        EXISTS k => 0
        SET k v EXAT 1 => OK
        GET k => nil
        RPUSH l a
        SET l v PXAT 5 => OK
        EXISTS l => 0
        "#,
    ),
    (
        "EXPIRE NX sets only where there is no time to live",
        r#"
        SET k v
        PEXPIRE k 5000 NX => 1
        PEXPIRE k 9000 NX => 0
        PTTL k => ~5000
        "#,
    ),
    (
        "EXPIRE XX sets only where there is a time to live",
        r#"
        SET k v
        PEXPIRE k 5000 XX => 0
        PTTL k => -1
        PEXPIRE k 5000 => 1
        PEXPIRE k 9000 XX => 1
        PTTL k => ~9000
        "#,
    ),
    (
        "EXPIRE GT only lengthens; for ever is longest",
        r#"
        SET k v
        PEXPIRE k 5000 GT => 0
        PTTL k => -1
        PEXPIRE k 5000 => 1
        PEXPIRE k 4000 GT => 0
        PTTL k => ~5000
        PEXPIRE k 6000 GT => 1
        PTTL k => ~6000
        "#,
    ),
    (
        "EXPIRE LT only shortens; for ever can be shortened",
        r#"
        SET k v
        PEXPIRE k 5000 LT => 1
        PTTL k => ~5000
        PEXPIRE k 6000 LT => 0
        PTTL k => ~5000
        PEXPIRE k 4000 LT => 1
        PTTL k => ~4000
        PEXPIRE k -1 LT => 1
        EXISTS k => 0
        "#,
    ),
    (
        "EXPIRE GT and LT do not set the same time again",
        r#"
        SET k v PXAT 4102444800000
        PEXPIREAT k 4102444800000 GT => 0
        PEXPIREAT k 4102444800000 LT => 0
        PEXPIREAT k 4102444800001 GT XX => 1
        PEXPIREAT k 4102444800000 LT XX => 1
        PEXPIRETIME k => 4102444800000
        "#,
    ),
    (
        "EXPIRE refuses options that contradict each other",
        r#"
        SET k v
        EXPIRE k 10 NX XX => !InvalidArgument
        EXPIRE k 10 NX GT => !InvalidArgument
        EXPIRE k 10 NX LT => !InvalidArgument
        EXPIRE k 10 GT LT => !InvalidArgument
        EXPIRE k 10 SOON => !InvalidArgument
        EXPIRE k soon => !InvalidArgument
        EXPIRE k => !InvalidArgument
        EXPIRE missing 10 NX XX => !InvalidArgument
        PTTL k => -1
        "#,
    ),
    (
        "EXPIRE refuses a time beyond 64 bits of milliseconds",
        r#"
        SET k v
        EXPIRE k 9223372036854775807 => !InvalidArgument
        EXPIREAT k 9223372036854775807 => !InvalidArgument
        PEXPIRE k 9223372036854775807 => !InvalidArgument
        EXPIRE k -9223372036854775808 => !InvalidArgument
        PTTL k => -1
        "#,
    ),
    (
        "PERSIST makes a key live for ever",
        r#"
        PERSIST missing => 0
        SET k v
        PERSIST k => 0
        PEXPIRE k 200 => 1
        PERSIST k => 1
        PTTL k => -1
        advance 300ms
        GET k => "v"
        "#,
    ),
    (
        "SET removes the time to live; KEEPTTL keeps it",
        r#"
        SET k v PX 5000
        SET k w KEEPTTL => OK
        PTTL k => ~5000
        SET k x => OK
        PTTL k => -1
        SET k y KEEPTTL => OK
        PTTL k => -1
        SET new z KEEPTTL => OK
        PTTL new => -1
        "#,
    ),
    (
        "a SET whose condition does not hold keeps the time to live",
        r#"
        SET k v PX 5000
        SET k w NX EX 1 => nil
        PTTL k => ~5000
        SET k w XX EX 100 => OK
        PTTL k => ~100000
        "#,
    ),
    (
        "writes to a string keep its time to live",
        r#"
        SET k 1 PX 5000
        INCR k => 2
        INCRBYFLOAT k 0.5 => 2.5
        APPEND k 0 => 4
        SETRANGE k 0 9 => 4
        PTTL k => ~5000
        GET k => "9.50"
        "#,
    ),
    (
        "writes to a hash keep its time to live",
        r#"
        HSET k f 1 g 2
        PEXPIRE k 5000 => 1
        HSET k f 3 h 4 => 1
        HSETNX k i 5 => 1
        HINCRBY k f 1 => 4
        HINCRBYFLOAT k f 0.5 => 4.5
        HDEL k g => 1
        PTTL k => ~5000
        "#,
    ),
    (
        "writes to a set keep its time to live",
        r#"
        SADD k a b c
        PEXPIRE k 5000 => 1
        SADD k d => 1
        SREM k a => 1
        SPOP k => _
        SADD s x
        SMOVE s k x => 1
        PTTL k => ~5000
        "#,
    ),
    (
        "writes to a list keep its time to live",
        r#"
        RPUSH k a b c
        PEXPIRE k 5000 => 1
        RPUSH k d => 4
        LPUSH k z => 5
        LPOP k => z
        RPOP k => d
        LSET k 0 A => OK
        LINSERT k BEFORE b x => 4
        LREM k 0 x => 1
        LTRIM k 0 1 => OK
        LMOVE k k LEFT RIGHT => A
        PTTL k => ~5000
        "#,
    ),
    (
        "writes to a sorted set keep its time to live",
        r#"
        ZADD k 1 a 2 b 3 c 4 d 5 e
        PEXPIRE k 5000 => 1
        ZADD k 9 a 6 f => 1
        ZINCRBY k 1 b => 3.0
        ZREM k c => 1
        ZPOPMIN k => [b, 3.0]
        ZREMRANGEBYRANK k 0 0 => 1
        PTTL k => ~5000
        "#,
    ),
    (
        "what is stored in place of a key has no time to live",
        r#"
        SADD a m
        ZADD z 1 m
        SET d1 v EX 100
        SET d2 v EX 100
        SET d3 v EX 100
        SET d4 v EX 100
        SUNIONSTORE d1 a => 1
        ZUNIONSTORE d2 1 z => 1
        ZRANGESTORE d3 z 0 -1 => 1
        SINTERSTORE d4 a a => 1
        PTTL d1 => -1
        PTTL d2 => -1
        PTTL d3 => -1
        PTTL d4 => -1
        "#,
    ),
    (
        "a collection that was emptied and filled again lives for ever",
        r#"
        SADD k a
        EXPIRE k 100 => 1
        SREM k a => 1
        SADD k b
        PTTL k => -1
        RPUSH l a
        EXPIRE l 100 => 1
        LPOP l => a
        RPUSH l b
        PTTL l => -1
        "#,
    ),
    (
        "an expired key is absent for writes to strings",
        r#"
        SET a 5 PX 100
        SET b old PX 100
        SET c old PX 100
        SET d old PX 100
        SET e old PX 100
        SET f old PX 100
        SET g old PX 100
        SET h 5 PX 100
        SET i old PX 100
        advance 200ms
        INCR a => 1
        PTTL a => -1
        SET b new NX => OK
        SET c new XX => nil
        EXISTS c => 0
        APPEND d x => 1
        SETRANGE e 1 x => 2
        GET e => "\x00x"
        SET f new GET => nil
        GETDEL g => nil
        INCRBYFLOAT h 0.5 => 0.5
        SET i new KEEPTTL => OK
        PTTL i => -1
        MGET b d f i => ["new", "x", "new", "new"]
        "#,
    ),
    (
        "an expired string is absent for MSETNX, GETEX, PERSIST and EXPIRE",
        r#"
        SET a old PX 100
        SET b old PX 100
        SET c old PX 100
        SET d old PX 100
        advance 200ms
        MSETNX a new z new => 1
        GETEX b EX 100 => nil
        PERSIST c => 0
        EXPIRE d 100 => 0
        EXPIRE d 100 LT => 0
        EXISTS b c d => 0
        MGET a z => ["new", "new"]
        PTTL a => -1
        "#,
    ),
    (
        "an expired collection is absent for writes of its own kind",
        r#"
        HSET h old 1
        SADD s old
        RPUSH l old
        ZADD z 1 old
        PEXPIRE h 100
        PEXPIRE s 100
        PEXPIRE l 100
        PEXPIRE z 100
        advance 200ms
        HSET h f v => 1
        SADD s m => 1
        RPUSH l a => 1
        ZADD z 5 m => 1
        HGETALL h => {f: v}
        SMEMBERS s => {m}
        LRANGE l 0 -1 => [a]
        ZRANGE z 0 -1 WITHSCORES => [m, 5.0]
        PTTL h => -1
        PTTL s => -1
        PTTL l => -1
        PTTL z => -1
        "#,
    ),
    (
        "an expired key is no key of the wrong kind",
        r#"
        SET a v PX 100
        SET b v PX 100
        SET c v PX 100
        SET d v PX 100
        RPUSH e x
        PEXPIRE e 100
        advance 200ms
        HSET a f v => 1
        SADD b m => 1
        LPUSH c x => 1
        ZADD d 1 m => 1
        INCR e => 1
        TYPE a => hash
        TYPE b => set
        TYPE c => list
        TYPE d => zset
        TYPE e => string
        "#,
    ),
    (
        "an expired collection is absent for what only changes or removes",
        r#"
        HSET h f 1
        SADD s m
        RPUSH l a
        ZADD z 1 m
        PEXPIRE h 100
        PEXPIRE s 100
        PEXPIRE l 100
        PEXPIRE z 100
        advance 200ms
        HDEL h f => 0
        HINCRBY h f 5 => 5
        SREM s m => 0
        SPOP s => nil
        SMOVE s t m => 0
        LPUSHX l x => 0
        RPUSHX l x => 0
        LPOP l => nil
        LSET l 0 x => !NoSuchKey
        LREM l 0 a => 0
        LINSERT l BEFORE a x => 0
        LMOVE l t LEFT LEFT => nil
        ZADD z XX 5 m => 0
        ZREM z m => 0
        ZPOPMIN z => []
        ZINCRBY z 2 m => 2.0
        EXISTS s l t => 0
        "#,
    ),
    (
        "an expired key is absent for every read",
        r#"
        HSET h f 1
        SADD s m
        RPUSH l a
        ZADD z 1 m
        SET k v PX 100
        PEXPIRE h 100
        PEXPIRE s 100
        PEXPIRE l 100
        PEXPIRE z 100
        advance 200ms
        STRLEN k => 0
        GETRANGE k 0 -1 => ""
        MGET k => [nil]
        HGET h f => nil
        HGETALL h => {}
        HLEN h => 0
        HRANDFIELD h 5 => []
        SMEMBERS s => {}
        SISMEMBER s m => 0
        SCARD s => 0
        SRANDMEMBER s => nil
        SUNION s t => {}
        LRANGE l 0 -1 => []
        LLEN l => 0
        LINDEX l 0 => nil
        LPOS l a => nil
        ZSCORE z m => nil
        ZCARD z => 0
        ZRANK z m => nil
        ZRANGE z 0 -1 => []
        ZCOUNT z -inf +inf => 0
        ZUNION 2 z s => []
        EXISTS k h s l z => 0
        "#,
    ),
    (
        "an expired source cannot be renamed or copied, an expired target is free",
        r#"
        SET a v PX 100
        RPUSH t x
        PEXPIRE t 100
        SET u x PX 100
        SET v x PX 100
        SET b v
        advance 200ms
        RENAME a c => !NoSuchKey
        COPY a c => 0
        RENAMENX b u => 1
        COPY u v => 1
        RENAME v t => OK
        GET t => "v"
        PTTL t => -1
        EXISTS c => 0
        "#,
    ),
    (
        "an expired key is not counted by CLEAR",
        r#"
        SET p:a v PX 100
        SET p:b v
        advance 200ms
        CLEAR p: => 1
        EXISTS p:a p:b => 0
        "#,
    ),
    (
        "a time to live that moved with a key still ends it",
        r#"
        SET a v PX 300
        RENAME a b => OK
        COPY b c => 1
        advance 400ms
        EXISTS a b c => 0
        "#,
    ),
    (
        "a shortened time ends a key early, a lengthened one keeps it",
        r#"
        SET a v PX 50000
        SET b v PX 200
        SET c v PX 200
        PEXPIRE a 200 => 1
        PEXPIRE b 50000 => 1
        SET c w => OK
        advance 300ms
        EXISTS a b c => 2
        GET b => "v"
        GET c => "w"
        "#,
    ),
];
