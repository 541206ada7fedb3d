//! Batches: all or nothing, checks with what stood there, one stamp, and pipelines that go on.

pub(super) const CASES: &[(&str, &str)] = &[
    (
        "an atomic batch applies its commands in order and answers each",
        r#"
        ATOMIC { SET a 1 ; INCR a ; GET a ; RPUSH l x y ; LRANGE l 0 -1 } => [OK, 2, "2", 2, [x, y]]
        GET a => "2"
        LLEN l => 2
        "#,
    ),
    (
        "a batch without commands does nothing",
        r#"
        ATOMIC { } => [] @ nil
        PIPELINE { } => []
        SET k v
        ATOMIC { CHECK exists k } => [] @ nil
        ATOMIC { CHECK absent k } => !CheckFailed at 0 found present
        "#,
    ),
    (
        "a command that fails takes back all that came before it",
        r#"
        SET a old
        HSET h f 1
        RPUSH l x y
        SADD s m
        ZADD z 1 m
        ATOMIC { SET a new ; HSET h f 2 g 3 ; LPOP l ; SADD s n ; ZADD z 9 m 5 n ; INCR a } => !NotAnInteger at 5
        GET a => "old"
        HGETALL h => {f: "1"}
        LRANGE l 0 -1 => [x, y]
        SMEMBERS s => {m}
        ZRANGE z 0 -1 WITHSCORES => [m, 1.0]
        "#,
    ),
    (
        "a failure in the middle stops what comes after it",
        r#"
        SET a 1
        RPUSH l x
        ATOMIC { INCR a ; INCR l ; INCR a ; SET b v } => !WrongType at 1
        GET a => "1"
        EXISTS b => 0
        "#,
    ),
    (
        "what is taken back: deletes, renames, replaced kinds, emptied keys, times to live",
        r#"
        SET a v PX 5000
        HSET h f 1
        RPUSH l x
        ZADD z 1 m 2 n
        SET bad x
        ATOMIC { DEL a h ; LPOP l ; RENAME z y ; SET y text ; SADD h other ; PERSIST a ; INCR bad } => !NotAnInteger at 6
        GET a => "v"
        PTTL a => ~5000
        HGETALL h => {f: "1"}
        LRANGE l 0 -1 => [x]
        ZRANGE z 0 -1 WITHSCORES => [m, 1.0, n, 2.0]
        EXISTS y => 0
        ATOMIC { PEXPIRE a 100 ; CLEAR "" ; SET a w ; LSET missing 0 x } => !NoSuchKey at 3
        PTTL a => ~5000
        EXISTS a h l z bad => 5
        "#,
    ),
    (
        "what is taken back: large collections, changed in every way",
        r#"
        RPUSH l 1 2 3 4 5 6 7 8
        SADD s 1 2 3 4 5 6 7 8
        ZADD z 1 a 2 b 3 c 4 d 5 e 6 f
        SET bad x
        ATOMIC { LREM l 0 4 ; LTRIM l 1 -2 ; LSET l 0 x ; LINSERT l AFTER x y ; LPUSH l z ; INCR bad } => !NotAnInteger
        LRANGE l 0 -1 => ["1", "2", "3", "4", "5", "6", "7", "8"]
        ATOMIC { SPOP s 3 ; SREM s 1 2 3 ; SADD s x y ; SUNIONSTORE s s z } => !WrongType at 3
        SMEMBERS s => {"1", "2", "3", "4", "5", "6", "7", "8"}
        ATOMIC { ZREMRANGEBYRANK z 0 1 ; ZINCRBY z 100 c ; ZPOPMAX z ; ZADD z 0 new ; ZADD z INCR 1 q ; INCR bad } => !NotAnInteger
        ZRANGE z 0 -1 WITHSCORES => [a, 1.0, b, 2.0, c, 3.0, d, 4.0, e, 5.0, f, 6.0]
        ZRANK z c => 2
        ATOMIC { RENAME l l2 ; RENAME s l ; RENAME l2 s ; COPY z q ; DEL z ; INCR bad } => !NotAnInteger
        LLEN l => 8
        SCARD s => 8
        ZCARD z => 6
        EXISTS l2 q => 0
        "#,
    ),
    (
        "a malformed command is refused with the whole batch",
        r#"
        SET a 1
        ATOMIC { SET a 2 ; EXPIRE a 10 NX XX } => !InvalidArgument
        ATOMIC { SET a 2 ; SET a 3 EX 0 } => !InvalidArgument
        ATOMIC { SET a 2 ; PEXPIRE a 9223372036854775807 } => !InvalidArgument
        GET a => "1"
        "#,
    ),
    (
        "a batch gives all it wrote one version, and says which",
        r#"
        SET old v
        VERSIONOF old => $old
        ATOMIC { SET a 1 ; RPUSH l x ; HSET h f v ; INCR a } => _ @ $v > $old
        VERSIONOF a => $v
        VERSIONOF l => $v
        VERSIONOF h => $v
        VERSIONOF old => $old
        ATOMIC { SET a 2 ; GETVERSIONED a } => [OK, ["2", $w]] @ $w > $v
        VERSIONOF a => $w
        "#,
    ),
    (
        "a batch that only reads, or wrote nothing, has no version",
        r#"
        SET a 1
        VERSIONOF a => $a
        ATOMIC { GET a ; EXISTS a } => ["1", 1] @ nil
        ATOMIC { SET a x NX ; DEL missing ; LPOP missing } => [nil, 0, nil] @ nil
        VERSIONOF a => $a
        RPUSH l x
        ATOMIC { DEL a ; LPOP l } => [1, "x"] @ nil
        SET e v PX 100
        advance 200ms
        ATOMIC { DEL e ; CLEAR "" } => [0, 0] @ nil
        "#,
    ),
    (
        "a batch that was taken back leaves versions alone",
        r#"
        SET a 1
        SET b x
        VERSIONOF a => $a
        ATOMIC { SET a 2 ; INCR b } => !NotAnInteger at 1
        VERSIONOF a => $a
        SET a 2
        VERSIONOF a => $b > $a
        "#,
    ),
    (
        "check absent",
        r#"
        ATOMIC { CHECK absent k ; SET k v } => [OK]
        ATOMIC { CHECK absent k ; SET k w } => !CheckFailed at 0 found present
        RPUSH l a
        ATOMIC { CHECK absent l ; SET k w } => !CheckFailed at 0 found present
        GET k => "v"
        "#,
    ),
    (
        "check exists, with any kind",
        r#"
        ATOMIC { CHECK exists k ; SET k v } => !CheckFailed at 0 found absent
        EXISTS k => 0
        ZADD k 1 m
        ATOMIC { CHECK exists k ; SET n v } => [OK]
        "#,
    ),
    (
        "check value: equal, other, missing, another kind",
        r#"
        SET k v
        SET empty ""
        RPUSH l a
        ATOMIC { CHECK value k v ; SET k w } => [OK]
        ATOMIC { CHECK value k v ; SET k x } => !CheckFailed at 0 found value w
        ATOMIC { CHECK value k "" ; SET k x } => !CheckFailed at 0 found value w
        ATOMIC { CHECK value missing v ; SET k x } => !CheckFailed at 0 found absent
        ATOMIC { CHECK value missing "" ; SET k x } => !CheckFailed at 0 found absent
        ATOMIC { CHECK value empty "" ; SET empty x } => [OK]
        ATOMIC { CHECK value l a ; SET k x } => !CheckFailed at 0 found present
        GET k => "w"
        "#,
    ),
    (
        "check version: the one read, another, none",
        r#"
        VERSIONOF k => $none
        ATOMIC { CHECK version k $none ; SET k 1 } => [OK] @ $a
        ATOMIC { CHECK version k $none ; SET k 9 } => !CheckFailed at 0 found present
        ATOMIC { CHECK version k $a ; SET k 2 } => [OK] @ $b > $a
        ATOMIC { CHECK version k $a ; SET k 3 } => !CheckFailed at 0 found version $b
        GET k => "2"
        DEL k
        ATOMIC { CHECK version k $b ; SET k 4 } => !CheckFailed at 0 found absent
        SADD k m
        VERSIONOF k => $c > $b
        ATOMIC { CHECK version k $c ; SADD k n } => [1] @ $d > $c
        ATOMIC { CHECK version k $c ; SADD k o } => !CheckFailed at 0 found version $d
        SMEMBERS k => {m, n}
        "#,
    ),
    (
        "check field: equal, other, missing field, missing key, another kind",
        r#"
        HSET h f v
        SET s v
        ATOMIC { CHECK field h f v ; HSET h f w } => [0]
        ATOMIC { CHECK field h f v ; HSET h f x } => !CheckFailed at 0 found value w
        ATOMIC { CHECK field h missing v ; HSET h f x } => !CheckFailed at 0 found absent
        ATOMIC { CHECK field missing f v ; HSET h f x } => !CheckFailed at 0 found absent
        ATOMIC { CHECK field s f v ; HSET h f x } => !CheckFailed at 0 found present
        HGET h f => "w"
        "#,
    ),
    (
        "check field_absent and field_exists",
        r#"
        HSET h f v
        SET s v
        ATOMIC { CHECK field_absent h g ; CHECK field_absent missing g ; HSET h g 1 } => [1]
        ATOMIC { CHECK field_absent h g ; HSET h g 2 } => !CheckFailed at 0 found present
        ATOMIC { CHECK field_absent s g ; HSET h g 2 } => !CheckFailed at 0 found present
        ATOMIC { CHECK field_exists h g ; HSET h i 1 } => [1]
        ATOMIC { CHECK field_exists h j ; HSET h j 1 } => !CheckFailed at 0 found absent
        ATOMIC { CHECK field_exists missing j ; HSET h j 1 } => !CheckFailed at 0 found absent
        ATOMIC { CHECK field_exists s f ; HSET h j 1 } => !CheckFailed at 0 found present
        HLEN h => 3
        "#,
    ),
    (
        "check member and member_absent, in sets and sorted sets",
        r#"
        SADD s a
        ZADD z 1 a
        SET k v
        ATOMIC { CHECK member s a ; CHECK member z a ; CHECK member_absent s b ; CHECK member_absent z b ; SADD s b } => [1]
        ATOMIC { CHECK member s c ; SADD s c } => !CheckFailed at 0 found absent
        ATOMIC { CHECK member z c ; SADD s c } => !CheckFailed at 0 found absent
        ATOMIC { CHECK member missing c ; SADD s c } => !CheckFailed at 0 found absent
        ATOMIC { CHECK member k c ; SADD s c } => !CheckFailed at 0 found present
        ATOMIC { CHECK member_absent s a ; SADD s c } => !CheckFailed at 0 found present
        ATOMIC { CHECK member_absent z a ; SADD s c } => !CheckFailed at 0 found present
        ATOMIC { CHECK member_absent k a ; SADD s c } => !CheckFailed at 0 found present
        ATOMIC { CHECK member_absent missing a ; SADD s c } => [1]
        SCARD s => 3
        "#,
    ),
    (
        "check score: equal, other, missing member, missing key, another kind",
        r#"
        ZADD z 1.5 a inf b
        SADD s a
        ATOMIC { CHECK score z a 1.5 ; CHECK score z b inf ; ZADD z 2 a } => [0]
        ATOMIC { CHECK score z a 1.5 ; ZADD z 3 a } => !CheckFailed at 0 found score 2.0
        ATOMIC { CHECK score z c 1 ; ZADD z 3 a } => !CheckFailed at 0 found absent
        ATOMIC { CHECK score missing a 1 ; ZADD z 3 a } => !CheckFailed at 0 found absent
        ATOMIC { CHECK score s a 1 ; ZADD z 3 a } => !CheckFailed at 0 found present
        ATOMIC { CHECK score z a nan ; ZADD z 3 a } => !InvalidArgument at 0
        ZSCORE z a => 2.0
        "#,
    ),
    (
        "check length, of every kind",
        r#"
        SET k abc
        RPUSH l 1 2 3
        HSET h a 1 b 2
        SADD s a b
        ZADD z 1 a 2 b
        ATOMIC { CHECK length k 3 ; CHECK length l 3 ; CHECK length h 2 ; CHECK length s 5 ; CHECK length z 2 ; CHECK length missing 0 ; SET n 1 } => [OK]
        ATOMIC { CHECK length k 2 ; SET n 2 } => !CheckFailed at 0 found length 3
        ATOMIC { CHECK length l 2 ; SET n 2 } => !CheckFailed at 0 found length 3
        ATOMIC { CHECK length h 0 ; SET n 2 } => !CheckFailed at 0 found length 2
        ATOMIC { CHECK length s 1 ; SET n 2 } => !CheckFailed at 0 found length 2
        ATOMIC { CHECK length z 1 ; SET n 2 } => !CheckFailed at 0 found length 2
        GET n => "1"
        "#,
    ),
    (
        "the first check that does not hold is named",
        r#"
        SET a 1
        SET b 2
        ATOMIC { CHECK value a 1 ; CHECK value b 9 ; CHECK absent a ; SET a x } => !CheckFailed at 1 found value "2"
        ATOMIC { CHECK exists a ; CHECK exists b ; CHECK exists c ; SET a x } => !CheckFailed at 2 found absent
        ATOMIC { CHECK exists a ; CHECK exists b ; CHECK absent c ; SET a x } => [OK]
        GET a => "x"
        "#,
    ),
    (
        "checks look at what stood before the commands of their batch",
        r#"
        ATOMIC { SET k v ; CHECK absent k } => [OK]
        ATOMIC { SET k w ; CHECK value k v } => [OK]
        GET k => "w"
        "#,
    ),
    (
        "an expired key is absent for checks",
        r#"
        SET k v PX 100
        HSET h f v
        PEXPIRE h 100
        VERSIONOF k => $v
        advance 200ms
        ATOMIC { CHECK exists k ; SET n 1 } => !CheckFailed at 0 found absent
        ATOMIC { CHECK value k v ; SET n 1 } => !CheckFailed at 0 found absent
        ATOMIC { CHECK version k $v ; SET n 1 } => !CheckFailed at 0 found absent
        ATOMIC { CHECK field h f v ; SET n 1 } => !CheckFailed at 0 found absent
        ATOMIC { CHECK field_exists h f ; SET n 1 } => !CheckFailed at 0 found absent
        ATOMIC { CHECK absent k ; CHECK absent h ; CHECK length h 0 ; CHECK field_absent h f ; SET n 1 } => [OK]
        "#,
    ),
    (
        "an expired key is absent inside of a batch, and stays away when the batch is taken back",
        r#"
        SET k 5 PX 100
        SET bad x
        advance 200ms
        ATOMIC { INCR k ; INCR bad } => !NotAnInteger at 1
        EXISTS k => 0
        ATOMIC { INCR k ; PTTL k } => [1, -1]
        "#,
    ),
    (
        "a batch sees its own writes, over kinds and times",
        r#"
        ATOMIC { SET k 1 PX 5000 ; PTTL k ; DEL k ; EXISTS k ; RPUSH k a ; TYPE k ; RENAME k j ; LRANGE j 0 -1 } => [OK, ~5000, 1, 0, 1, list, OK, [a]]
        ATOMIC { SET e v PXAT 1 ; GET e ; SET e v PX 100 ; PEXPIRE e 0 ; EXISTS e } => [OK, nil, OK, 1, 0]
        "#,
    ),
    (
        "a pipeline goes on after an error",
        r#"
        SET a x
        PIPELINE { INCR a ; SET b 1 ; LPUSH b y ; INCR b ; GET a } => [!NotAnInteger, OK, !WrongType, 2, "x"]
        GET b => "2"
        "#,
    ),
    (
        "an error in a pipeline says which command it was",
        r#"
        SET a x
        PIPELINE { GET a ; INCR a ; INCR a } => ["x", !NotAnInteger at 1, !NotAnInteger at 2]
        "#,
    ),
    (
        "the commands of a pipeline have versions of their own",
        r#"
        PIPELINE { SET a 1 ; SET b 1 } => [OK, OK]
        VERSIONOF a => $a
        VERSIONOF b => $b > $a
        "#,
    ),
    (
        "a batch may move members and elements around",
        r#"
        RPUSH todo a b
        ATOMIC { CHECK exists todo ; LMOVE todo doing LEFT RIGHT ; LRANGE doing 0 -1 ; LLEN todo } => ["a", [a], 1]
        SADD free x y
        ATOMIC { CHECK member free x ; SMOVE free used x ; SCARD used } => [1, 1]
        ATOMIC { CHECK member free x ; SMOVE free used x } => !CheckFailed at 0 found absent
        "#,
    ),
];
