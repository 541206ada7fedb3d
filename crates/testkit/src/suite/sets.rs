//! Sets, one at a time. What combines several is in `set_algebra.rs`, `SSCAN` in `scans.rs`.

pub(super) const CASES: &[(&str, &str)] = &[
    (
        "SADD counts new members, each once",
        r#"
        SADD k a b a => 2
        SADD k b c => 1
        SADD k a => 0
        SMEMBERS k => {a, b, c}
        SCARD k => 3
        SADD k => !InvalidArgument
        "#,
    ),
    (
        "members are bytes, and may be empty",
        r#"
        SADD k "" "\x00" "\x00\x00" "\xff" 1 01 "1 " => 7
        SISMEMBER k "" => 1
        SISMEMBER k "\x00\x00" => 1
        SMISMEMBER k 1 01 "1 " " 1" => [1, 1, 1, 0]
        SMEMBERS k => {"", "\x00", "\x00\x00", "\xff", "1", "01", "1 "}
        SADD k "x"*30000 => 1
        SISMEMBER k "x"*30000 => 1
        "#,
    ),
    (
        "SREM counts what was there; the last member takes the key along",
        r#"
        SADD k a b c
        SREM k a missing a => 1
        SCARD k => 2
        SREM k b c => 2
        EXISTS k => 0
        SREM k a => 0
        SREM k => !InvalidArgument
        "#,
    ),
    (
        "SMEMBERS, SCARD, SISMEMBER and SMISMEMBER without a key",
        r#"
        SMEMBERS missing => {}
        SCARD missing => 0
        SISMEMBER missing a => 0
        SMISMEMBER missing a b => [0, 0]
        SMISMEMBER missing => !InvalidArgument
        "#,
    ),
    (
        "SMISMEMBER answers in order",
        r#"
        SADD k a b
        SMISMEMBER k b x a b => [1, 0, 1, 1]
        "#,
    ),
    (
        "SPOP takes one member out",
        r#"
        SPOP missing => nil
        SADD k a b
        SPOP k => $first
        SISMEMBER k $first => 0
        SCARD k => 1
        SPOP k => one of {a, b}
        EXISTS k => 0
        "#,
    ),
    (
        "SPOP with a count takes different members, at most all",
        r#"
        SPOP missing 3 => []
        SADD k a b c d e
        SPOP k 0 => []
        SCARD k => 5
        SPOP k 2 => 2 of {a, b, c, d, e}
        SCARD k => 3
        SPOP k 10 => 3 of {a, b, c, d, e}
        EXISTS k => 0
        SADD k a b
        SPOP k 2 => {a, b}
        EXISTS k => 0
        "#,
    ),
    (
        "SPOP refuses a bad count",
        r#"
        SADD k a
        SPOP k -1 => !InvalidArgument
        SPOP k x => !InvalidArgument
        SPOP k 1 2 => !InvalidArgument
        "#,
    ),
    (
        "SRANDMEMBER picks and leaves",
        r#"
        SRANDMEMBER missing => nil
        SRANDMEMBER missing 3 => []
        SRANDMEMBER missing -3 => []
        SADD k a b c
        SRANDMEMBER k => one of {a, b, c}
        SRANDMEMBER k 2 => 2 of {a, b, c}
        SRANDMEMBER k 10 => {a, b, c}
        SRANDMEMBER k 0 => []
        SRANDMEMBER k -20 => 20 from {a, b, c}
        SCARD k => 3
        SADD one x
        SRANDMEMBER one -3 => [x, x, x]
        "#,
    ),
    (
        "SRANDMEMBER refuses a bad count",
        r#"
        SADD k a
        SRANDMEMBER k x => !InvalidArgument
        SRANDMEMBER k -9223372036854775808 => !InvalidArgument
        SRANDMEMBER k 1 2 => !InvalidArgument
        "#,
    ),
    (
        "SMOVE moves a member",
        r#"
        SADD a x y
        SADD b z
        SMOVE a b x => 1
        SMEMBERS a => {y}
        SMEMBERS b => {x, z}
        SMOVE a b missing => 0
        SMEMBERS b => {x, z}
        "#,
    ),
    (
        "SMOVE makes the destination, and the last member takes the source along",
        r#"
        SADD a x
        SMOVE a new x => 1
        EXISTS a => 0
        SMEMBERS new => {x}
        SMOVE a new x => 0
        "#,
    ),
    (
        "SMOVE to where the member is already only takes it away",
        r#"
        SADD a x y
        SADD b x
        SMOVE a b x => 1
        SMEMBERS a => {y}
        SMEMBERS b => {x}
        "#,
    ),
    (
        "SMOVE from a set to itself changes nothing",
        r#"
        SADD a x y
        SMOVE a a x => 1
        SMOVE a a missing => 0
        SMEMBERS a => {x, y}
        "#,
    ),
    (
        "SMOVE refuses other kinds, unless the source is missing",
        r#"
        SADD a x
        SET s v
        SMOVE a s x => !WrongType
        SMOVE a s missing => !WrongType
        SMOVE s a x => !WrongType
        SMOVE missing s x => 0
        SMEMBERS a => {x}
        GET s => "v"
        "#,
    ),
    (
        "a set of numbers stays a set of bytes",
        r#"
        SADD k 1 2 3 -4 9223372036854775807
        SADD k x => 1
        SISMEMBER k 3 => 1
        SREM k 1 x => 2
        SMEMBERS k => {"2", "3", "-4", "9223372036854775807"}
        "#,
    ),
    (
        "commands on sets refuse other kinds and leave them",
        r#"
        SET k v
        SADD k a => !WrongType
        SREM k a => !WrongType
        SMEMBERS k => !WrongType
        SCARD k => !WrongType
        SISMEMBER k a => !WrongType
        SMISMEMBER k a => !WrongType
        SPOP k => !WrongType
        SPOP k 2 => !WrongType
        SRANDMEMBER k => !WrongType
        SRANDMEMBER k 2 => !WrongType
        SSCAN k 0 => !WrongType
        GET k => "v"
        ZADD z 1 m
        SADD z a => !WrongType
        SMEMBERS z => !WrongType
        "#,
    ),
];
