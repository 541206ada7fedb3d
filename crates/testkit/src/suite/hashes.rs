//! Hashes. `HSCAN` is in `scans.rs`.

pub(super) const CASES: &[(&str, &str)] = &[
    (
        "HSET counts new fields, and the last of equal ones wins",
        r#"
        HSET k a 1 b 2 => 2
        HSET k a 3 c 4 => 1
        HSET k a 3 => 0
        HSET k d 1 d 2 => 1
        HGET k d => "2"
        HGETALL k => {a: "3", b: "2", c: "4", d: "2"}
        HLEN k => 4
        "#,
    ),
    (
        "fields and values are bytes, and may be empty",
        r#"
        HSET k "" "" => 1
        HGET k "" => ""
        HSTRLEN k "" => 0
        HEXISTS k "" => 1
        HSET k "\x00\xff" "\xfe\x00" => 1
        HGET k "\x00\xff" => "\xfe\x00"
        HSET k "\x00" zero => 1
        HLEN k => 3
        HSET k big "x"*30000 => 1
        HGET k big => "x"*30000
        "#,
    ),
    (
        "HSET refuses a field without a value",
        r#"
        HSET k f => !InvalidArgument
        HSET k f v g => !InvalidArgument
        HSET k => !InvalidArgument
        EXISTS k => 0
        "#,
    ),
    (
        "HSETNX sets only a missing field",
        r#"
        HSETNX k f 1 => 1
        HSETNX k f 2 => 0
        HGET k f => "1"
        HSETNX k g 2 => 1
        HLEN k => 2
        "#,
    ),
    (
        "HGET and HMGET: nil for what is missing",
        r#"
        HGET missing f => nil
        HMGET missing f g => [nil, nil]
        HSET k a 1 b 2
        HGET k missing => nil
        HMGET k b missing a b => ["2", nil, "1", "2"]
        HMGET k => !InvalidArgument
        "#,
    ),
    (
        "HGETALL, HKEYS, HVALS and HLEN of a hash, and of none",
        r#"
        HGETALL missing => {}
        HKEYS missing => {}
        HVALS missing => {}
        HLEN missing => 0
        HSET k a 1 b 1 c 2
        HGETALL k => {a: "1", b: "1", c: "2"}
        HKEYS k => {a, b, c}
        HVALS k => {"1", "1", "2"}
        HLEN k => 3
        "#,
    ),
    (
        "HDEL counts what was there; the last field takes the key along",
        r#"
        HSET k a 1 b 2 c 3
        HDEL k a missing a => 1
        HLEN k => 2
        HDEL k b c => 2
        EXISTS k => 0
        TYPE k => none
        HDEL k a => 0
        HDEL k => !InvalidArgument
        "#,
    ),
    (
        "HEXISTS and HSTRLEN",
        r#"
        HEXISTS missing f => 0
        HSTRLEN missing f => 0
        HSET k f "ab\x00" n 12345
        HEXISTS k f => 1
        HEXISTS k g => 0
        HSTRLEN k f => 3
        HSTRLEN k n => 5
        HSTRLEN k g => 0
        "#,
    ),
    (
        "HINCRBY counts from zero and keeps the other fields",
        r#"
        HINCRBY k n 5 => 5
        HINCRBY k n -7 => -2
        HSET k f v
        HINCRBY k n 0 => -2
        HGETALL k => {n: "-2", f: v}
        "#,
    ),
    (
        "HINCRBY refuses what is no integer, and to overflow",
        r#"
        HSET k f abc e "" d 1.5 s " 1" max 9223372036854775807 min -9223372036854775808
        HINCRBY k f 1 => !NotAnInteger
        HINCRBY k e 1 => !NotAnInteger
        HINCRBY k d 1 => !NotAnInteger
        HINCRBY k s 1 => !NotAnInteger
        HINCRBY k max 1 => !Overflow
        HINCRBY k min -1 => !Overflow
        HINCRBY k max x => !InvalidArgument
        HINCRBY k max 1.5 => !InvalidArgument
        HINCRBY k max -1 => 9223372036854775806
        "#,
    ),
    (
        "HINCRBYFLOAT adds as Redis does, and stores what it answers",
        r#"
        HINCRBYFLOAT k n 10.5 => 10.5
        HINCRBYFLOAT k n 0.1 => 10.6
        HGET k n => "10.6"
        HINCRBYFLOAT k n -10.6 => 0.0
        HGET k n => "0"
        HSET k e 5.0e3
        HINCRBYFLOAT k e 200 => 5200.0
        HGET k e => "5200"
        "#,
    ),
    (
        "HINCRBYFLOAT refuses what is no number",
        r#"
        HSET k f abc g "" h 1
        HINCRBYFLOAT k f 1 => !NotAFloat
        HINCRBYFLOAT k g 1 => !NotAFloat
        HINCRBYFLOAT k h x => !InvalidArgument
        HINCRBYFLOAT k h nan => !InvalidArgument
        HGET k h => "1"
        "#,
    ),
    (
        "a failed increment makes no key and no field",
        r#"
        HINCRBY missing f 1.5 => !InvalidArgument
        HINCRBYFLOAT missing f x => !InvalidArgument
        EXISTS missing => 0
        HSET k f abc
        HINCRBY k f 1 => !NotAnInteger
        HLEN k => 1
        "#,
    ),
    (
        "HRANDFIELD picks one field",
        r#"
        HRANDFIELD missing => nil
        HSET k a 1 b 2
        HRANDFIELD k => one of {a, b}
        HLEN k => 2
        "#,
    ),
    (
        "HRANDFIELD with a count picks different fields, at most all",
        r#"
        HRANDFIELD missing 3 => []
        HSET k a 1 b 2 c 3
        HRANDFIELD k 2 => 2 of {a, b, c}
        HRANDFIELD k 10 => {a, b, c}
        HRANDFIELD k 0 => []
        HRANDFIELD k 10 WITHVALUES => {a: "1", b: "2", c: "3"}
        "#,
    ),
    (
        "HRANDFIELD with a negative count may repeat",
        r#"
        HRANDFIELD missing -3 => []
        HSET k a 1 b 2
        HRANDFIELD k -20 => 20 from {a, b}
        HSET one a 1
        HRANDFIELD one -3 => ["a", "a", "a"]
        HRANDFIELD one -2 WITHVALUES => ["a", "1", "a", "1"]
        "#,
    ),
    (
        "HRANDFIELD refuses a bad count, and values without one",
        r#"
        HSET k a 1
        HRANDFIELD k x => !InvalidArgument
        HRANDFIELD k WITHVALUES => !InvalidArgument
        HRANDFIELD k 1 NOPE => !InvalidArgument
        HRANDFIELD k -9223372036854775808 => !InvalidArgument
        "#,
    ),
    (
        "a hash of many fields keeps every one",
        r#"
        HSET k f01 1 f02 2 f03 3 f04 4 f05 5 f06 6 f07 7 f08 8 f09 9 f10 10 f11 11 f12 12
        HSET k g01 1 g02 2 g03 3 g04 4 g05 5 g06 6 g07 7 g08 8 g09 9 g10 10 g11 11 g12 12
        HLEN k => 24
        HMGET k f01 g12 f07 => ["1", "12", "7"]
        HDEL k f01 f02 f03 f04 f05 f06 f07 f08 f09 f10 f11 f12 => 12
        HLEN k => 12
        HKEYS k => {g01, g02, g03, g04, g05, g06, g07, g08, g09, g10, g11, g12}
        "#,
    ),
    (
        "commands on hashes refuse other kinds and leave them",
        r#"
        SET k v
        HSET k f v => !WrongType
        HSETNX k f v => !WrongType
        HGET k f => !WrongType
        HMGET k f => !WrongType
        HGETALL k => !WrongType
        HDEL k f => !WrongType
        HEXISTS k f => !WrongType
        HKEYS k => !WrongType
        HVALS k => !WrongType
        HLEN k => !WrongType
        HSTRLEN k f => !WrongType
        HINCRBY k f 1 => !WrongType
        HINCRBYFLOAT k f 1 => !WrongType
        HRANDFIELD k => !WrongType
        HRANDFIELD k 3 => !WrongType
        HSCAN k 0 => !WrongType
        GET k => "v"
        "#,
    ),
];
