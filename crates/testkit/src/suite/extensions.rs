//! Commands beyond Redis 7. Versions are in `versions.rs`.

pub(super) const CASES: &[(&str, &str)] = &[
    (
        "SETIFEQUAL sets only what equals",
        r#"
        SETIFEQUAL missing "" x => 0
        EXISTS missing => 0
        SET k a
        SETIFEQUAL k b x => 0
        SETIFEQUAL k A x => 0
        SETIFEQUAL k "" x => 0
        GET k => "a"
        SETIFEQUAL k a b => 1
        GET k => "b"
        SETIFEQUAL k b b => 1
        SET e ""
        SETIFEQUAL e "" "\x00" => 1
        GET e => "\x00"
        "#,
    ),
    (
        "SETIFEQUAL compares bytes, not numbers",
        r#"
        SET k 1
        SETIFEQUAL k 01 x => 0
        SETIFEQUAL k 1.0 x => 0
        SETIFEQUAL k "1\x00" x => 0
        SETIFEQUAL k 1 x => 1
        "#,
    ),
    (
        "SETIFEQUAL removes, keeps or sets the time to live",
        r#"
        SET k a PX 5000
        SETIFEQUAL k b x EX 9 => 0
        PTTL k => ~5000
        SETIFEQUAL k a b KEEPTTL => 1
        PTTL k => ~5000
        SETIFEQUAL k b c => 1
        PTTL k => -1
        SETIFEQUAL k c d PX 7000 => 1
        PTTL k => ~7000
        SETIFEQUAL k d e EXAT $sec+100 => 1
        TTL k => 99..100
        SETIFEQUAL k e f PXAT 1 => 1
        EXISTS k => 0
        "#,
    ),
    (
        "SETIFEQUAL refuses bad times and other kinds",
        r#"
        SET k a
        SETIFEQUAL k a b EX 0 => !InvalidArgument
        SETIFEQUAL k a b PX -1 => !InvalidArgument
        SETIFEQUAL k a b EX 5 KEEPTTL => !InvalidArgument
        SETIFEQUAL k a b PX 9223372036854775807 => !InvalidArgument
        SETIFEQUAL k a => !InvalidArgument
        GET k => "a"
        RPUSH l a
        SETIFEQUAL l a b => !WrongType
        LRANGE l 0 -1 => [a]
        "#,
    ),
    (
        "DELIFEQUAL deletes only what equals",
        r#"
        DELIFEQUAL missing "" => 0
        SET k a
        DELIFEQUAL k b => 0
        DELIFEQUAL k "" => 0
        GET k => "a"
        DELIFEQUAL k a => 1
        EXISTS k => 0
        RPUSH l a
        DELIFEQUAL l a => !WrongType
        EXISTS l => 1
        "#,
    ),
    (
        "an expired string equals nothing",
        r#"
        SET a v PX 100
        SET b v PX 100
        SET c 5 PX 100
        advance 200ms
        SETIFEQUAL a v w => 0
        DELIFEQUAL b v => 0
        INCRBOUNDED c 1 MAX 3 => [1, 1, -1]
        EXISTS a b => 0
        "#,
    ),
    (
        "INCRBOUNDED adds within its bounds, and says whether it did",
        r#"
        INCRBOUNDED k 2 MAX 5 => [2, 1, -1]
        INCRBOUNDED k 2 MAX 5 => [4, 1, -1]
        INCRBOUNDED k 2 MAX 5 => [4, 0, -1]
        INCRBOUNDED k 1 MAX 5 => [5, 1, -1]
        INCRBOUNDED k 1 MAX 5 => [5, 0, -1]
        GET k => "5"
        INCRBOUNDED k -5 MIN 0 => [0, 1, -1]
        INCRBOUNDED k -1 MIN 0 => [0, 0, -1]
        INCRBOUNDED k -1 => [-1, 1, -1]
        INCRBOUNDED k 0 MIN -1 MAX -1 => [-1, 1, -1]
        "#,
    ),
    (
        "INCRBOUNDED creates only within its bounds",
        r#"
        INCRBOUNDED k 5 MAX 3 => [0, 0, -1]
        EXISTS k => 0
        INCRBOUNDED k 5 MIN 6 PX 1000 => [0, 0, -1]
        EXISTS k => 0
        INCRBOUNDED k 0 => [0, 1, -1]
        EXISTS k => 1
        "#,
    ),
    (
        "INCRBOUNDED sets the time to live only when it creates the key",
        r#"
        INCRBOUNDED k 1 MAX 3 PX 5000 => [1, 1, ~5000]
        INCRBOUNDED k 1 MAX 3 PX 9000 => [2, 1, ~5000]
        INCRBOUNDED k 5 MAX 3 PX 9000 => [2, 0, ~5000]
        PTTL k => ~5000
        SET n 1
        INCRBOUNDED n 1 PX 5000 => [2, 1, -1]
        PTTL n => -1
        "#,
    ),
    (
        "INCRBOUNDED starts over when its time is up",
        r#"
        INCRBOUNDED k 3 MAX 3 PX 300 => [3, 1, ~300]
        INCRBOUNDED k 1 MAX 3 PX 300 => [3, 0, 1..300]
        advance 400ms
        INCRBOUNDED k 1 MAX 3 PX 300 => [1, 1, ~300]
        "#,
    ),
    (
        "INCRBOUNDED at the ends of 64 bits",
        r#"
        SET k 9223372036854775806
        INCRBOUNDED k 1 => [9223372036854775807, 1, -1]
        INCRBOUNDED k 1 => !Overflow
        INCRBOUNDED k 1 MIN 0 => !Overflow
        INCRBOUNDED k 1 MAX 9223372036854775807 => [9223372036854775807, 0, -1]
        SET k -9223372036854775808
        INCRBOUNDED k -1 => !Overflow
        INCRBOUNDED k -1 MAX 5 => !Overflow
        INCRBOUNDED k -1 MIN -9223372036854775808 => [-9223372036854775808, 0, -1]
        GET k => "-9223372036854775808"
        "#,
    ),
    (
        "INCRBOUNDED refuses what is no integer, bad bounds, bad times and other kinds",
        r#"
        SET k abc
        INCRBOUNDED k 1 => !NotAnInteger
        SET k 5
        INCRBOUNDED k 1 MIN 3 MAX 2 => !InvalidArgument
        INCRBOUNDED k 1 PX 0 => !InvalidArgument
        INCRBOUNDED k 1 PX -5 => !InvalidArgument
        INCRBOUNDED k x => !InvalidArgument
        INCRBOUNDED k 1 MAX x => !InvalidArgument
        INCRBOUNDED new 1 PX 9223372036854775807 => !InvalidArgument
        EXISTS new => 0
        GET k => "5"
        RPUSH l a
        INCRBOUNDED l 1 => !WrongType
        "#,
    ),
    (
        "a lock, held once, is freed only by its holder",
        r#"
        SET lock me NX PX 300 => OK
        SET lock you NX PX 300 => nil
        DELIFEQUAL lock you => 0
        advance 400ms
        SET lock you NX PX 300 => OK
        DELIFEQUAL lock me => 0
        DELIFEQUAL lock you => 1
        "#,
    ),
];
