//! Strings.

pub(super) const CASES: &[(&str, &str)] = &[
    (
        "SET stores what GET returns",
        r#"
        GET k => nil
        SET k v => OK
        GET k => "v"
        SET k w => OK
        GET k => "w"
        TYPE k => string
        "#,
    ),
    (
        "values are bytes, of any kind and length",
        r#"
        SET k "" => OK
        GET k => ""
        EXISTS k => 1
        SET k "\x00\xff\r\n \"\\" => OK
        GET k => "\x00\xff\r\n \"\\"
        STRLEN k => 7
        SET k "ab"*30000 => OK
        GET k => "ab"*30000
        STRLEN k => 60000
        "#,
    ),
    (
        "keys are bytes, and the empty one is a key",
        r#"
        SET "" empty => OK
        SET "\x00" zero => OK
        SET "\x00\x00" zeros => OK
        SET "a b\n" spaces => OK
        SET "ü" text => OK
        SET K upper => OK
        SET k lower => OK
        GET "" => "empty"
        GET "\x00" => "zero"
        GET "\x00\x00" => "zeros"
        GET "a b\n" => "spaces"
        GET "ü" => "text"
        MGET K k => ["upper", "lower"]
        EXISTS "\x00\x00\x00" => 0
        DEL "" => 1
        GET "" => nil
        "#,
    ),
    (
        "SET replaces a key of another kind",
        r#"
        RPUSH k a b => 2
        SET k v => OK
        TYPE k => string
        GET k => "v"
        HSET k2 f v => 1
        SET k2 w XX => OK
        GET k2 => "w"
        ZADD k3 1 a => 1
        SET k3 w KEEPTTL => OK
        TYPE k3 => string
        "#,
    ),
    (
        "SET NX sets only where nothing stands",
        r#"
        SET k a NX => OK
        SET k b NX => nil
        GET k => "a"
        SADD s m => 1
        SET s b NX => nil
        TYPE s => set
        "#,
    ),
    (
        "SET XX sets only where something stands",
        r#"
        SET k a XX => nil
        EXISTS k => 0
        SET k a => OK
        SET k b XX => OK
        GET k => "b"
        "#,
    ),
    (
        "SET GET returns what stood there",
        r#"
        SET k a GET => nil
        SET k b GET => "a"
        GET k => "b"
        SET k c XX GET => "b"
        GET k => "c"
        SET missing c XX GET => nil
        EXISTS missing => 0
        "#,
    ),
    (
        "SET NX GET returns what stands there and leaves it",
        r#"
        SET k a NX GET => nil
        GET k => "a"
        SET k b NX GET => "a"
        GET k => "a"
        "#,
    ),
    (
        "SET GET refuses a key of another kind and leaves it",
        r#"
        RPUSH k a => 1
        SET k b GET => !WrongType
        SET k b NX GET => !WrongType
        SET k b XX GET => !WrongType
        LRANGE k 0 -1 => ["a"]
        "#,
    ),
    (
        "SET refuses options that contradict each other",
        r#"
        SET k old => OK
        SET k v NX XX => !InvalidArgument
        SET k v EX 1 PX 1 => !InvalidArgument
        SET k v EX 1 KEEPTTL => !InvalidArgument
        SET k v EXAT 99999999999 PX 5 => !InvalidArgument
        SET k v NOPE => !InvalidArgument
        SET k v EX => !InvalidArgument
        SET k v EX soon => !InvalidArgument
        SET k => !InvalidArgument
        GET k => "old"
        "#,
    ),
    (
        "SET refuses a time that is not positive or too large",
        r#"
        SET k old => OK
        SET k v EX 0 => !InvalidArgument
        SET k v EX -1 => !InvalidArgument
        SET k v PX 0 => !InvalidArgument
        SET k v EXAT 0 => !InvalidArgument
        SET k v PXAT -5 => !InvalidArgument
        SET k v EX 9223372036854775807 => !InvalidArgument
        SET k v PX 9223372036854775807 => !InvalidArgument
        SET k v EXAT 9223372036854775807 => !InvalidArgument
        GET k => "old"
        "#,
    ),
    (
        "GETDEL returns the string and deletes it",
        r#"
        SET k v => OK
        GETDEL k => "v"
        EXISTS k => 0
        GETDEL k => nil
        "#,
    ),
    (
        "GETEX reads and changes the time to live",
        r#"
        GETEX missing EX 10 => nil
        EXISTS missing => 0
        SET k v => OK
        GETEX k => "v"
        PTTL k => -1
        GETEX k PX 5000 => "v"
        PTTL k => ~5000
        GETEX k => "v"
        PTTL k => ~5000
        GETEX k PERSIST => "v"
        PTTL k => -1
        GETEX k EXAT $sec+100 => "v"
        EXPIRETIME k => $t
        GETEX k PXAT $now+9000 => "v"
        PTTL k => ~9000
        GETEX k EX 7 => "v"
        PTTL k => ~7000
        "#,
    ),
    (
        "GETEX with a time in the past reads and deletes",
        r#"
        SET k v => OK
        GETEX k EXAT 1 => "v"
        EXISTS k => 0
        SET k v => OK
        GETEX k PXAT 1 => "v"
        EXISTS k => 0
        "#,
    ),
    (
        "GETEX refuses bad times",
        r#"
        SET k v EX 100 => OK
        GETEX k EX 0 => !InvalidArgument
        GETEX k PX -1 => !InvalidArgument
        GETEX k EX 1 PERSIST => !InvalidArgument
        GETEX k PX 9223372036854775807 => !InvalidArgument
        PTTL k => ~100000
        "#,
    ),
    (
        "MGET returns a value for each key, nil for a missing one or another kind",
        r#"
        SET a 1 => OK
        SET b 2 => OK
        SADD s m => 1
        MGET a missing b s a => ["1", nil, "2", nil, "1"]
        MGET missing => [nil]
        MGET => !InvalidArgument
        "#,
    ),
    (
        "MSET sets all, the last of equal keys wins, kinds and times to live go",
        r#"
        SET a 1 EX 100 => OK
        RPUSH l x => 1
        MSET a 2 l 3 n 4 n 5 => OK
        MGET a l n => ["2", "3", "5"]
        PTTL a => -1
        TYPE l => string
        MSET a => !InvalidArgument
        MSET a 1 b => !InvalidArgument
        GET a => "2"
        "#,
    ),
    (
        "MSETNX sets all or nothing",
        r#"
        MSETNX a 1 b 2 => 1
        MGET a b => ["1", "2"]
        MSETNX c 3 a 4 d 5 => 0
        MGET a c d => ["1", nil, nil]
        HSET h f v => 1
        MSETNX e 1 h 2 => 0
        EXISTS e => 0
        MSETNX x 1 x 2 => 1
        GET x => "2"
        "#,
    ),
    (
        "INCR, DECR, INCRBY and DECRBY count, from zero",
        r#"
        INCR k => 1
        INCR k => 2
        INCRBY k 40 => 42
        DECR k => 41
        DECRBY k 50 => -9
        INCRBY k -1 => -10
        DECRBY k -20 => 10
        GET k => "10"
        INCRBY k 0 => 10
        DECR new => -1
        "#,
    ),
    (
        "INCRBY refuses what is no canonical 64-bit integer and leaves it",
        r#"
        SET k abc => OK
        INCR k => !NotAnInteger
        SET k "" => OK
        INCR k => !NotAnInteger
        SET k 1.5 => OK
        INCR k => !NotAnInteger
        SET k " 1" => OK
        INCR k => !NotAnInteger
        SET k "1 " => OK
        INCR k => !NotAnInteger
        SET k +1 => OK
        INCR k => !NotAnInteger
        SET k 01 => OK
        INCR k => !NotAnInteger
        SET k -0 => OK
        INCR k => !NotAnInteger
        SET k 0x10 => OK
        INCR k => !NotAnInteger
        SET k 9223372036854775808 => OK
        INCR k => !NotAnInteger
        GET k => "9223372036854775808"
        "#,
    ),
    (
        "INCRBY refuses to overflow and leaves the number",
        r#"
        SET k 9223372036854775807 => OK
        INCR k => !Overflow
        INCRBY k 0 => 9223372036854775807
        DECRBY k -1 => !Overflow
        SET k -9223372036854775808 => OK
        DECR k => !Overflow
        INCRBY k -1 => !Overflow
        INCRBY k 1 => -9223372036854775807
        SET k 1 => OK
        INCRBY k 9223372036854775807 => !Overflow
        INCRBY k -9223372036854775808 => -9223372036854775807
        GET k => "-9223372036854775807"
        "#,
    ),
    (
        "INCRBY refuses an increment that is no 64-bit integer",
        r#"
        INCRBY k 1.5 => !InvalidArgument
        INCRBY k x => !InvalidArgument
        INCRBY k 9223372036854775808 => !InvalidArgument
        DECRBY k -9223372036854775808 => !InvalidArgument
        INCRBY k => !InvalidArgument
        INCR k 1 => !InvalidArgument
        EXISTS k => 0
        "#,
    ),
    (
        "INCRBYFLOAT adds as Redis does, and stores what it answers",
        r#"
        INCRBYFLOAT k 10.5 => 10.5
        INCRBYFLOAT k 0.1 => 10.6
        GET k => "10.6"
        INCRBYFLOAT k -5 => 5.6
        SET k 5.0e3 => OK
        INCRBYFLOAT k 200 => 5200.0
        GET k => "5200"
        SET k 0.1 => OK
        INCRBYFLOAT k 0.2 => 0.3
        GET k => "0.3"
        SET k 3 => OK
        INCRBYFLOAT k 1.0 => 4.0
        GET k => "4"
        INCRBYFLOAT k -4 => 0.0
        GET k => "0"
        "#,
    ),
    (
        "INCRBYFLOAT refuses what is no number and what would be infinite",
        r#"
        SET k abc => OK
        INCRBYFLOAT k 1 => !NotAFloat
        SET k "" => OK
        INCRBYFLOAT k 1 => !NotAFloat
        SET k " 1" => OK
        INCRBYFLOAT k 1 => !NotAFloat
        SET k "1 " => OK
        INCRBYFLOAT k 1 => !NotAFloat
        SET k 1 => OK
        INCRBYFLOAT k x => !InvalidArgument
        INCRBYFLOAT k nan => !InvalidArgument
        GET k => "1"
        "#,
    ),
    (
        "APPEND appends, and creates what is missing",
        r#"
        APPEND k ab => 2
        APPEND k "\x00cd" => 5
        GET k => "ab\x00cd"
        APPEND k "" => 5
        APPEND empty "" => 0
        EXISTS empty => 1
        GET empty => ""
        "#,
    ),
    (
        "STRLEN counts bytes",
        r#"
        STRLEN missing => 0
        SET k "ü\x00" => OK
        STRLEN k => 3
        SET n 12345 => OK
        STRLEN n => 5
        "#,
    ),
    (
        "GETRANGE cuts to what there is, from either end",
        r#"
        SET k "Hello World" => OK
        GETRANGE k 0 4 => "Hello"
        GETRANGE k -5 -1 => "World"
        GETRANGE k 0 -1 => "Hello World"
        GETRANGE k 6 100 => "World"
        GETRANGE k 4 4 => "o"
        GETRANGE k 5 4 => ""
        GETRANGE k 100 200 => ""
        GETRANGE k -100 0 => "H"
        GETRANGE k -100 -50 => "H"
        GETRANGE k -50 -100 => ""
        GETRANGE k 0 -100 => "H"
        GETRANGE k -9223372036854775808 9223372036854775807 => "Hello World"
        GETRANGE missing 0 -1 => ""
        GETRANGE k a b => !InvalidArgument
        "#,
    ),
    (
        "SETRANGE overwrites and fills a gap with zeros",
        r#"
        SET k "Hello World" => OK
        SETRANGE k 6 Redis => 11
        GET k => "Hello Redis"
        SETRANGE k 11 "!!" => 13
        GET k => "Hello Redis!!"
        SETRANGE k 15 x => 16
        GET k => "Hello Redis!!\x00\x00x"
        SETRANGE new 3 ab => 5
        GET new => "\x00\x00\x00ab"
        SETRANGE new 0 XY => 5
        GET new => "XY\x00ab"
        "#,
    ),
    (
        "SETRANGE with nothing to write changes nothing",
        r#"
        SETRANGE missing 5 "" => 0
        EXISTS missing => 0
        SET k abc => OK
        SETRANGE k 10 "" => 3
        GET k => "abc"
        "#,
    ),
    (
        "SETRANGE refuses a negative offset, and one beyond every limit",
        r#"
        SET k abc => OK
        SETRANGE k -1 x => !InvalidArgument
        SETRANGE k x x => !InvalidArgument
        GET k => "abc"
        "#,
    ),
    (
        "commands on strings refuse other kinds and leave them",
        r#"
        RPUSH k a => 1
        GET k => !WrongType
        GETDEL k => !WrongType
        GETEX k EX 5 => !WrongType
        INCR k => !WrongType
        INCRBYFLOAT k 1 => !WrongType
        APPEND k x => !WrongType
        STRLEN k => !WrongType
        GETRANGE k 0 1 => !WrongType
        SETRANGE k 0 x => !WrongType
        SETRANGE k 0 "" => !WrongType
        LRANGE k 0 -1 => ["a"]
        PTTL k => -1
        "#,
    ),
];
