//! Which mistake is seen first, and that a command that fails has done nothing at all.

pub(super) const CASES: &[(&str, &str)] = &[
    (
        "a malformed command is refused before the kind of the key is looked at",
        r#"
        RPUSH l a
        SET l v EX 0 => !InvalidArgument
        INCRBY l x => !InvalidArgument
        SETRANGE l -1 x => !InvalidArgument
        HSET l f => !InvalidArgument
        ZADD l nan a => !InvalidArgument
        ZRANGE l x 1 => !InvalidArgument
        LPOS l a RANK 0 => !InvalidArgument
        SPOP l -1 => !InvalidArgument
        SCAN 0 COUNT 0 => !InvalidArgument
        LRANGE l 0 -1 => [a]
        "#,
    ),
    (
        "the kind of the key comes before what is in it",
        r#"
        RPUSH l 1
        INCR l => !WrongType
        HSET h f abc
        INCR h => !WrongType
        HINCRBY h f 1 => !NotAnInteger
        LSET h 0 x => !WrongType
        "#,
    ),
    (
        "a command on several keys fails as a whole",
        r#"
        SADD a x y
        SET s v
        SADD d keep
        SUNIONSTORE d a s => !WrongType
        SMOVE a s x => !WrongType
        LMOVE a d LEFT LEFT => !WrongType
        RENAME missing d => !NoSuchKey
        COPY d d => !InvalidArgument
        SMEMBERS a => {x, y}
        SMEMBERS d => {keep}
        "#,
    ),
    (
        "a failed write on a missing key makes none",
        r#"
        LSET k 0 x => !NoSuchKey
        RENAME k j => !NoSuchKey
        INCRBY k x => !InvalidArgument
        ZADD k 1 => !InvalidArgument
        HINCRBYFLOAT k f inf => !InvalidArgument
        INCRBYFLOAT k inf => !InvalidArgument
        EXISTS k j => 0
        "#,
    ),
    (
        "a failed write keeps the time to live",
        r#"
        SET k abc PX 5000
        INCR k => !NotAnInteger
        INCRBYFLOAT k 1 => !NotAFloat
        LPUSH k x => !WrongType
        SETRANGE k -1 x => !InvalidArgument
        PEXPIRE k 9223372036854775807 => !InvalidArgument
        PTTL k => ~5000
        "#,
    ),
    (
        "numbers of commands are canonical",
        r#"
        RPUSH k a b c
        LINDEX k 01 => !InvalidArgument
        LINDEX k +1 => !InvalidArgument
        LINDEX k " 1" => !InvalidArgument
        LINDEX k 1.0 => !InvalidArgument
        LINDEX k 0x1 => !InvalidArgument
        LINDEX k "" => !InvalidArgument
        LRANGE k 0 99999999999999999999 => !InvalidArgument
        EXPIRE k 1e3 => !InvalidArgument
        "#,
    ),
    (
        "numbers that would not fit are refused",
        r#"
        RPUSH k a
        LPOS k a RANK -9223372036854775808 => !InvalidArgument
        INCRBYFLOAT n 1e400 => !InvalidArgument
        HINCRBYFLOAT h f 1e400 => !InvalidArgument
        EXISTS n h => 0
        "#,
    ),
    (
        "names of commands and options are read in any case",
        r#"
        set k 1 px 5000 nx => OK
        Set k 2 Xx gEt => "1"
        zadd z nx ch 1 a => 1
        zrange z 0 -1 rev withscores => [a, 1.0]
        getex k persist => "2"
        "#,
    ),
];
