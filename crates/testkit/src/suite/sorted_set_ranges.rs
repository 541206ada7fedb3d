//! Sorted sets: ranges, and what combines several.

pub(super) const CASES: &[(&str, &str)] = &[
    (
        "ZRANGE by rank, from either end",
        r#"
        ZADD k 1 a 2 b 3 c 4 d
        ZRANGE k 0 -1 => [a, b, c, d]
        ZRANGE k 1 2 => [b, c]
        ZRANGE k -2 -1 WITHSCORES => [c, 3.0, d, 4.0]
        ZRANGE k 2 100 => [c, d]
        ZRANGE k -100 0 => [a]
        ZRANGE k 3 2 => []
        ZRANGE k 4 10 => []
        ZRANGE k -9223372036854775808 9223372036854775807 => [a, b, c, d]
        ZRANGE missing 0 -1 => []
        "#,
    ),
    (
        "ZRANGE REV by rank counts from the greatest",
        r#"
        ZADD k 1 a 2 b 3 c 4 d
        ZRANGE k 0 -1 REV => [d, c, b, a]
        ZRANGE k 0 1 REV WITHSCORES => [d, 4.0, c, 3.0]
        ZRANGE k -1 -1 REV => [a]
        "#,
    ),
    (
        "ZRANGE BYSCORE, with open ends and infinities",
        r#"
        ZADD k 1 a 2 b 2 c 3 d 4 e
        ZRANGE k 2 3 BYSCORE => [b, c, d]
        ZRANGE k (2 3 BYSCORE => [d]
        ZRANGE k 2 (3 BYSCORE => [b, c]
        ZRANGE k (1 (4 BYSCORE WITHSCORES => [b, 2.0, c, 2.0, d, 3.0]
        ZRANGE k -inf +inf BYSCORE => [a, b, c, d, e]
        ZRANGE k -inf (2 BYSCORE => [a]
        ZRANGE k 3 2 BYSCORE => []
        ZRANGE k (2 (2 BYSCORE => []
        ZRANGE k (2 2 BYSCORE => []
        ZRANGE k 1.5 2.5 BYSCORE => [b, c]
        "#,
    ),
    (
        "ZRANGE BYSCORE finds infinite scores",
        r#"
        ZADD k -inf a 0 b inf c
        ZRANGE k -inf -inf BYSCORE => [a]
        ZRANGE k inf inf BYSCORE => [c]
        ZRANGE k (-inf (inf BYSCORE => [b]
        ZRANGE k -0 0 BYSCORE => [b]
        "#,
    ),
    (
        "ZRANGE BYSCORE REV goes from the greatest to the least",
        r#"
        ZADD k 1 a 2 b 2 c 3 d
        ZRANGE k 3 2 BYSCORE REV => [d, c, b]
        ZRANGE k +inf -inf BYSCORE REV => [d, c, b, a]
        ZRANGE k (3 (1 BYSCORE REV => [c, b]
        ZRANGE k 1 3 BYSCORE REV => []
        "#,
    ),
    (
        "ZRANGE LIMIT skips and stops",
        r#"
        ZADD k 1 a 2 b 3 c 4 d 5 e
        ZRANGE k 2 +inf BYSCORE LIMIT 1 2 => [c, d]
        ZRANGE k 2 +inf BYSCORE LIMIT 0 0 => []
        ZRANGE k 2 +inf BYSCORE LIMIT 1 -1 => [c, d, e]
        ZRANGE k 2 +inf BYSCORE LIMIT 10 5 => []
        ZRANGE k 2 +inf BYSCORE LIMIT -1 5 => []
        ZRANGE k +inf 2 BYSCORE REV LIMIT 1 2 WITHSCORES => [d, 4.0, c, 3.0]
        "#,
    ),
    (
        "ZRANGE BYLEX orders by bytes",
        r#"
        ZADD k 0 a 0 b 0 ba 0 c 0 d
        ZRANGE k - + BYLEX => [a, b, ba, c, d]
        ZRANGE k [b [c BYLEX => [b, ba, c]
        ZRANGE k (b [c BYLEX => [ba, c]
        ZRANGE k [b (c BYLEX => [b, ba]
        ZRANGE k - (b BYLEX => [a]
        ZRANGE k [bb + BYLEX => [c, d]
        ZRANGE k + - BYLEX => []
        ZRANGE k [c [b BYLEX => []
        ZRANGE k [d [a BYLEX REV => [d, c, ba, b, a]
        ZRANGE k + [c BYLEX REV => [d, c]
        ZRANGE k - + BYLEX LIMIT 1 2 => [b, ba]
        ZRANGE k + - BYLEX REV LIMIT 1 2 => [c, ba]
        "#,
    ),
    (
        "ZRANGE refuses bad bounds and option mixes",
        r#"
        ZADD k 1 a
        ZRANGE k 0 x => !InvalidArgument
        ZRANGE k 0 1.5 => !InvalidArgument
        ZRANGE k x 1 BYSCORE => !InvalidArgument
        ZRANGE k nan 1 BYSCORE => !InvalidArgument
        ZRANGE k (x 1 BYSCORE => !InvalidArgument
        ZRANGE k a b BYLEX => !InvalidArgument
        ZRANGE k [a b BYLEX => !InvalidArgument
        ZRANGE k 0 1 BYSCORE BYLEX => !InvalidArgument
        ZRANGE k 0 1 LIMIT 0 1 => !InvalidArgument
        ZRANGE k 0 1 BYSCORE LIMIT 0 => !InvalidArgument
        ZRANGE k 0 1 BYSCORE LIMIT x 1 => !InvalidArgument
        ZRANGE k - + BYLEX WITHSCORES => !InvalidArgument
        ZRANGE k 0 => !InvalidArgument
        ZRANGE missing x 1 => !InvalidArgument
        "#,
    ),
    (
        "ZCOUNT counts a range of scores",
        r#"
        ZADD k 1 a 2 b 2 c 3 d
        ZCOUNT k 2 3 => 3
        ZCOUNT k (2 3 => 1
        ZCOUNT k -inf +inf => 4
        ZCOUNT k 3 2 => 0
        ZCOUNT k (1 (2 => 0
        ZCOUNT missing 0 1 => 0
        ZCOUNT k x 1 => !InvalidArgument
        ZCOUNT k nan 1 => !InvalidArgument
        "#,
    ),
    (
        "ZLEXCOUNT counts a range of members",
        r#"
        ZADD k 0 a 0 b 0 c 0 d
        ZLEXCOUNT k - + => 4
        ZLEXCOUNT k [b [c => 2
        ZLEXCOUNT k (b [c => 1
        ZLEXCOUNT k [c [b => 0
        ZLEXCOUNT k + - => 0
        ZLEXCOUNT missing - + => 0
        ZLEXCOUNT k a b => !InvalidArgument
        "#,
    ),
    (
        "ZRANGESTORE stores a range in place of the destination",
        r#"
        ZADD k 1 a 2 b 3 c 4 d
        ZRANGESTORE d k 1 2 => 2
        ZRANGE d 0 -1 WITHSCORES => [b, 2.0, c, 3.0]
        ZRANGESTORE d k 2 +inf BYSCORE LIMIT 1 1 => 1
        ZRANGE d 0 -1 WITHSCORES => [c, 3.0]
        ZRANGESTORE d k 0 0 REV => 1
        ZRANGE d 0 -1 => [d]
        ZRANGESTORE d k [a (c BYLEX => 2
        SET s v
        ZRANGESTORE s k 0 -1 => 4
        TYPE s => zset
        ZRANGESTORE k k 0 1 => 2
        ZRANGE k 0 -1 => [a, b]
        "#,
    ),
    (
        "ZRANGESTORE of nothing deletes the destination",
        r#"
        ZADD k 1 a
        SET d v
        ZRANGESTORE d k 5 10 => 0
        EXISTS d => 0
        SET e v
        ZRANGESTORE e missing 0 -1 => 0
        EXISTS e => 0
        "#,
    ),
    (
        "ZREMRANGEBYRANK removes by rank",
        r#"
        ZADD k 1 a 2 b 3 c 4 d 5 e
        ZREMRANGEBYRANK k 1 2 => 2
        ZRANGE k 0 -1 => [a, d, e]
        ZREMRANGEBYRANK k -1 -1 => 1
        ZREMRANGEBYRANK k 5 10 => 0
        ZREMRANGEBYRANK k 0 -1 => 2
        EXISTS k => 0
        ZREMRANGEBYRANK missing 0 -1 => 0
        "#,
    ),
    (
        "ZREMRANGEBYSCORE removes by score",
        r#"
        ZADD k 1 a 2 b 3 c 4 d
        ZREMRANGEBYSCORE k 2 (4 => 2
        ZRANGE k 0 -1 => [a, d]
        ZREMRANGEBYSCORE k (4 +inf => 0
        ZREMRANGEBYSCORE k -inf +inf => 2
        EXISTS k => 0
        ZREMRANGEBYSCORE missing 0 1 => 0
        ZREMRANGEBYSCORE missing x 1 => !InvalidArgument
        "#,
    ),
    (
        "ZREMRANGEBYLEX removes by member",
        r#"
        ZADD k 0 a 0 b 0 c 0 d
        ZREMRANGEBYLEX k [b (d => 2
        ZRANGE k 0 -1 => [a, d]
        ZREMRANGEBYLEX k - + => 2
        EXISTS k => 0
        ZREMRANGEBYLEX missing - + => 0
        ZREMRANGEBYLEX missing a b => !InvalidArgument
        "#,
    ),
    (
        "ZUNION adds scores up, ZINTER those that all have",
        r#"
        ZADD a 1 x 2 y
        ZADD b 10 y 20 z
        ZUNION 2 a b => [x, y, z]
        ZUNION 2 a b WITHSCORES => [x, 1.0, y, 12.0, z, 20.0]
        ZINTER 2 a b WITHSCORES => [y, 12.0]
        ZUNION 1 a WITHSCORES => [x, 1.0, y, 2.0]
        ZINTER 2 a a WITHSCORES => [x, 2.0, y, 4.0]
        ZUNION 2 a missing WITHSCORES => [x, 1.0, y, 2.0]
        ZINTER 2 a missing => []
        ZUNION 2 missing missing => []
        "#,
    ),
    (
        "WEIGHTS multiply, AGGREGATE chooses",
        r#"
        ZADD a 1 x 2 y
        ZADD b 10 y 20 z
        ZUNION 2 a b WEIGHTS 2 0.5 WITHSCORES => [x, 2.0, y, 9.0, z, 10.0]
        ZUNION 2 a b AGGREGATE MIN WITHSCORES => [x, 1.0, y, 2.0, z, 20.0]
        ZUNION 2 a b AGGREGATE MAX WITHSCORES => [x, 1.0, y, 10.0, z, 20.0]
        ZINTER 2 a b WEIGHTS -1 1 AGGREGATE MIN WITHSCORES => [y, -2.0]
        ZINTER 2 a b AGGREGATE sum WEIGHTS 1 1 WITHSCORES => [y, 12.0]
        "#,
    ),
    (
        "sets count as sorted sets whose members score 1",
        r#"
        SADD s x y
        ZADD z 5 y
        ZUNION 2 s z WITHSCORES => [x, 1.0, y, 6.0]
        ZINTER 2 z s WEIGHTS 1 10 WITHSCORES => [y, 15.0]
        ZDIFF 2 s z WITHSCORES => [x, 1.0]
        ZUNIONSTORE d 1 s => 2
        TYPE d => zset
        "#,
    ),
    (
        "infinities that cancel out, and infinity times zero, give 0",
        r#"
        ZADD a inf x 0 y
        ZADD b -inf x
        ZUNION 2 a b WITHSCORES => [x, 0.0, y, 0.0]
        ZUNION 1 a WEIGHTS 0 WITHSCORES => [x, 0.0, y, 0.0]
        ZUNION 1 a WEIGHTS inf WITHSCORES => [y, 0.0, x, "inf"]
        "#,
    ),
    (
        "ZDIFF keeps what the first alone has, with its scores",
        r#"
        ZADD a 1 x 2 y 3 z
        ZADD b 9 y
        ZADD c 9 z
        ZDIFF 2 a b => [x, z]
        ZDIFF 3 a b c WITHSCORES => [x, 1.0]
        ZDIFF 2 a a => []
        ZDIFF 1 a => [x, y, z]
        ZDIFF 2 missing a => []
        ZDIFF 2 a missing WITHSCORES => [x, 1.0, y, 2.0, z, 3.0]
        "#,
    ),
    (
        "the STORE forms store what the others answer, in place of the destination",
        r#"
        ZADD a 1 x 2 y
        ZADD b 10 y
        SET d v
        ZUNIONSTORE d 2 a b WEIGHTS 1 2 => 2
        ZRANGE d 0 -1 WITHSCORES => [x, 1.0, y, 22.0]
        ZINTERSTORE d 2 a b AGGREGATE MAX => 1
        ZRANGE d 0 -1 WITHSCORES => [y, 10.0]
        ZDIFFSTORE d 2 a b => 1
        ZRANGE d 0 -1 WITHSCORES => [x, 1.0]
        ZINTERSTORE d 2 a missing => 0
        EXISTS d => 0
        ZUNIONSTORE a 2 a b => 2
        ZRANGE a 0 -1 WITHSCORES => [x, 1.0, y, 12.0]
        ZDIFFSTORE a 2 a a => 0
        EXISTS a => 0
        "#,
    ),
    (
        "bad numbers of keys and weights are refused",
        r#"
        ZADD a 1 x
        ZUNION 0 a => !InvalidArgument
        ZUNION 2 a => !InvalidArgument
        ZINTER x a => !InvalidArgument
        ZDIFF -1 a => !InvalidArgument
        ZUNION 1 a WEIGHTS => !InvalidArgument
        ZUNION 1 a WEIGHTS x => !InvalidArgument
        ZUNION 1 a WEIGHTS 1 2 => !InvalidArgument
        ZINTER 2 a a WEIGHTS 1 => !InvalidArgument
        ZUNION 1 a WEIGHTS nan => !InvalidArgument
        ZUNION 1 a AGGREGATE AVG => !InvalidArgument
        ZDIFF 1 a WEIGHTS 1 => !InvalidArgument
        ZUNIONSTORE d 0 a => !InvalidArgument
        ZUNIONSTORE d 1 a WITHSCORES => !InvalidArgument
        EXISTS d => 0
        "#,
    ),
    (
        "every input must be a set or a sorted set; a failed STORE leaves the destination",
        r#"
        ZADD a 1 x
        RPUSH l v
        ZADD d 5 keep
        ZUNION 2 a l => !WrongType
        ZINTER 2 a l => !WrongType
        ZDIFF 2 a l => !WrongType
        ZUNIONSTORE d 2 a l => !WrongType
        ZINTERSTORE d 2 l a => !WrongType
        ZDIFFSTORE d 2 a l => !WrongType
        ZRANGESTORE d l 0 -1 => !WrongType
        ZRANGE d 0 -1 => [keep]
        "#,
    ),
];
