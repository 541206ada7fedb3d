//! Sorted sets: members, scores and ranks. Ranges and unions are in `sorted_set_ranges.rs`, `ZSCAN` in `scans.rs`.

pub(super) const CASES: &[(&str, &str)] = &[
    (
        "ZADD counts new members, and the last of equal ones wins",
        r#"
        ZADD k 1 a 2 b => 2
        ZADD k 3 a 4 c => 1
        ZADD k 3 a => 0
        ZADD k 1 d 2 d => 1
        ZSCORE k d => 2.0
        ZRANGE k 0 -1 WITHSCORES => [b, 2.0, d, 2.0, a, 3.0, c, 4.0]
        ZCARD k => 4
        "#,
    ),
    (
        "members are ordered by score, then by bytes",
        r#"
        ZADD k 1 b 1 a 0 z -1 y 1 "" 1 "\x00" 1 "\xff" 1 aa => 8
        ZRANGE k 0 -1 => [y, z, "", "\x00", a, aa, b, "\xff"]
        ZRANK k a => 4
        ZREVRANK k "\xff" => 0
        "#,
    ),
    (
        "scores: fractions, large ones, infinities, zero and minus zero",
        r#"
        ZADD k 1.5 a 1e300 b -inf c +inf d -0.0 e 0 f 1e-300 g 3.0e2 h inf i
        ZSCORE k a => 1.5
        ZSCORE k b => 1e300
        ZSCORE k c => "-inf"
        ZSCORE k d => "inf"
        ZSCORE k i => "inf"
        ZSCORE k h => 300.0
        ZSCORE k g => 1e-300
        ZRANGE k 0 -1 => [c, e, f, g, a, h, b, d, i]
        ZADD k 9007199254740993 big => 1
        ZSCORE k big => 9007199254740992.0
        "#,
    ),
    (
        "ZADD refuses what is no score, and changes nothing then",
        r#"
        ZADD k 1 a
        ZADD k nan b => !InvalidArgument
        ZADD k 5 a x b => !InvalidArgument
        ZADD k 5 a 6 => !InvalidArgument
        ZADD k 1e400 b => !InvalidArgument
        ZADD k "" b => !InvalidArgument
        ZADD k " 1" b => !InvalidArgument
        ZADD k => !InvalidArgument
        ZADD k 5 => !InvalidArgument
        ZRANGE k 0 -1 WITHSCORES => [a, 1.0]
        ZADD new nan a => !InvalidArgument
        EXISTS new => 0
        "#,
    ),
    (
        "ZADD NX only adds, XX only updates",
        r#"
        ZADD k 1 a
        ZADD k NX 5 a 6 b => 1
        ZRANGE k 0 -1 WITHSCORES => [a, 1.0, b, 6.0]
        ZADD k XX 7 a 8 c => 0
        ZRANGE k 0 -1 WITHSCORES => [b, 6.0, a, 7.0]
        ZADD missing XX 1 a => 0
        EXISTS missing => 0
        "#,
    ),
    (
        "ZADD GT and LT hold back changes, not new members",
        r#"
        ZADD k 5 a 5 b
        ZADD k GT 6 a 4 b 1 c => 1
        ZRANGE k 0 -1 WITHSCORES => [c, 1.0, b, 5.0, a, 6.0]
        ZADD k LT 7 a 4 b 1 d => 1
        ZRANGE k 0 -1 WITHSCORES => [c, 1.0, d, 1.0, b, 4.0, a, 6.0]
        ZADD k GT XX 9 a 9 e => 0
        ZSCORE k a => 9.0
        ZADD k LT XX 1 a 1 e => 0
        ZSCORE k a => 1.0
        ZSCORE k e => nil
        ZADD k GT 1 a => 0
        ZADD k LT 1 a => 0
        "#,
    ),
    (
        "ZADD CH counts what changed",
        r#"
        ZADD k 1 a 2 b
        ZADD k CH 1 a 5 b 3 c => 2
        ZADD k CH XX 1 a 6 b 9 z => 1
        ZADD k NX CH 9 a 1 d => 1
        ZADD k GT CH 0 a 7 b => 1
        ZADD k XX CH 7 b => 0
        "#,
    ),
    (
        "ZADD refuses options that contradict each other",
        r#"
        ZADD k 1 a
        ZADD k NX XX 5 a => !InvalidArgument
        ZADD k NX GT 5 a => !InvalidArgument
        ZADD k NX LT 5 a => !InvalidArgument
        ZADD k GT LT 5 a => !InvalidArgument
        ZADD k INCR 5 a 6 b => !InvalidArgument
        ZSCORE k a => 1.0
        "#,
    ),
    (
        "ZADD INCR adds to a score, under the same conditions",
        r#"
        ZADD k INCR 5 a => 5.0
        ZADD k INCR 2.5 a => 7.5
        ZADD k NX INCR 1 a => nil
        ZADD k XX INCR 1 b => nil
        ZADD k NX INCR 1 b => 1.0
        ZADD k XX INCR 1 b => 2.0
        ZADD k GT INCR -1 a => nil
        ZADD k LT INCR 1 a => nil
        ZADD k GT INCR 1 a => 8.5
        ZADD k LT INCR -1 a => 7.5
        ZADD k CH INCR 1 a => 8.5
        ZADD missing XX INCR 1 a => nil
        EXISTS missing => 0
        "#,
    ),
    (
        "ZINCRBY adds to a score, from zero",
        r#"
        ZINCRBY k 5 a => 5.0
        ZINCRBY k -7.5 a => -2.5
        ZINCRBY k 0 b => 0.0
        ZINCRBY k inf a => "inf"
        ZINCRBY k 1 a => "inf"
        ZRANGE k 0 -1 => [b, a]
        "#,
    ),
    (
        "an increment that would give no number is refused",
        r#"
        ZADD k inf a -inf b
        ZINCRBY k -inf a => !Overflow
        ZINCRBY k inf b => !Overflow
        ZADD k INCR -inf a => !Overflow
        ZINCRBY k nan a => !InvalidArgument
        ZINCRBY k x a => !InvalidArgument
        ZRANGE k 0 -1 WITHSCORES => [b, "-inf", a, "inf"]
        "#,
    ),
    (
        "ZREM counts what was there; the last member takes the key along",
        r#"
        ZADD k 1 a 2 b 3 c
        ZREM k a missing a => 1
        ZRANGE k 0 -1 => [b, c]
        ZREM k b c => 2
        EXISTS k => 0
        ZREM k a => 0
        ZREM k => !InvalidArgument
        "#,
    ),
    (
        "ZSCORE, ZMSCORE and ZCARD",
        r#"
        ZSCORE missing a => nil
        ZMSCORE missing a b => [nil, nil]
        ZCARD missing => 0
        ZADD k 1 a 2.5 b
        ZSCORE k missing => nil
        ZMSCORE k b missing a b => [2.5, nil, 1.0, 2.5]
        ZMSCORE k => !InvalidArgument
        ZCARD k => 2
        "#,
    ),
    (
        "ZRANK and ZREVRANK",
        r#"
        ZRANK missing a => nil
        ZREVRANK missing a => nil
        ZADD k 3 c 1 a 2 b
        ZRANK k a => 0
        ZRANK k c => 2
        ZREVRANK k a => 2
        ZREVRANK k c => 0
        ZRANK k missing => nil
        ZREVRANK k missing => nil
        ZADD k 9 a => 0
        ZRANK k a => 2
        ZRANK k b => 0
        ZREM k b => 1
        ZRANK k a => 1
        "#,
    ),
    (
        "ranks among many members with few scores",
        r#"
        ZADD k 1 m01 1 m02 1 m03 1 m04 1 m05 1 m06 1 m07 1 m08 1 m09 1 m10
        ZADD k 2 n01 2 n02 2 n03 2 n04 2 n05 2 n06 2 n07 2 n08 2 n09 2 n10
        ZRANK k m10 => 9
        ZRANK k n01 => 10
        ZRANK k n10 => 19
        ZREVRANK k m01 => 19
        ZADD k 1.5 m05 => 0
        ZRANK k m05 => 9
        ZRANK k m10 => 8
        ZREM k m01 m02 n01 => 3
        ZRANK k m05 => 7
        ZRANK k n02 => 8
        ZRANGE k 7 8 => [m05, n02]
        "#,
    ),
    (
        "ZPOPMIN and ZPOPMAX take from either end",
        r#"
        ZPOPMIN missing => []
        ZPOPMAX missing 5 => []
        ZADD k 1 a 1 b 2 c 3 d 3 e
        ZPOPMIN k => [a, 1.0]
        ZPOPMAX k => [e, 3.0]
        ZPOPMIN k 2 => [b, 1.0, c, 2.0]
        ZPOPMIN k 0 => []
        ZPOPMAX k 10 => [d, 3.0]
        EXISTS k => 0
        "#,
    ),
    (
        "ZPOPMAX with a count starts at the greatest",
        r#"
        ZADD k 1 a 2 b 3 c 3 d
        ZPOPMAX k 3 => [d, 3.0, c, 3.0, b, 2.0]
        ZRANGE k 0 -1 => [a]
        "#,
    ),
    (
        "ZPOPMIN and ZPOPMAX refuse a bad count",
        r#"
        ZADD k 1 a
        ZPOPMIN k -1 => !InvalidArgument
        ZPOPMAX k x => !InvalidArgument
        ZPOPMIN k 1 2 => !InvalidArgument
        ZCARD k => 1
        "#,
    ),
    (
        "a score that changes moves its member and leaves no trace",
        r#"
        ZADD k 1 a 2 b 3 c
        ZADD k 10 a => 0
        ZCOUNT k 1 1 => 0
        ZCOUNT k 10 10 => 1
        ZRANGE k 0 -1 => [b, c, a]
        ZCARD k => 3
        ZINCRBY k -10 a => 0.0
        ZRANGE k 0 0 => [a]
        ZREM k a => 1
        ZCOUNT k -inf +inf => 2
        "#,
    ),
    (
        "commands on sorted sets refuse other kinds and leave them",
        r#"
        SET k v
        ZADD k 1 a => !WrongType
        ZADD k XX 1 a => !WrongType
        ZADD k INCR 1 a => !WrongType
        ZREM k a => !WrongType
        ZSCORE k a => !WrongType
        ZMSCORE k a => !WrongType
        ZINCRBY k 1 a => !WrongType
        ZCARD k => !WrongType
        ZCOUNT k 0 1 => !WrongType
        ZLEXCOUNT k - + => !WrongType
        ZRANK k a => !WrongType
        ZREVRANK k a => !WrongType
        ZRANGE k 0 -1 => !WrongType
        ZRANGESTORE d k 0 -1 => !WrongType
        ZPOPMIN k => !WrongType
        ZPOPMAX k 2 => !WrongType
        ZREMRANGEBYRANK k 0 -1 => !WrongType
        ZREMRANGEBYSCORE k 0 1 => !WrongType
        ZREMRANGEBYLEX k - + => !WrongType
        ZSCAN k 0 => !WrongType
        GET k => "v"
        SADD s m
        ZADD s 1 a => !WrongType
        ZSCORE s m => !WrongType
        "#,
    ),
];
