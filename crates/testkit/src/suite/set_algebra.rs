//! Unions, intersections and differences of sets.

pub(super) const CASES: &[(&str, &str)] = &[
    (
        "SINTER, SUNION and SDIFF",
        r#"
        SADD a 1 2 3 4
        SADD b 3 4 5
        SADD c 4 5 6
        SINTER a b => {"3", "4"}
        SINTER a b c => {"4"}
        SUNION a b c => {"1", "2", "3", "4", "5", "6"}
        SDIFF a b => {"1", "2"}
        SDIFF a b c => {"1", "2"}
        SDIFF b a c => {}
        SDIFF c a => {"5", "6"}
        SINTER => !InvalidArgument
        SUNION => !InvalidArgument
        SDIFF => !InvalidArgument
        "#,
    ),
    (
        "a set with itself",
        r#"
        SADD a x y
        SINTER a => {x, y}
        SINTER a a => {x, y}
        SUNION a a => {x, y}
        SDIFF a => {x, y}
        SDIFF a a => {}
        "#,
    ),
    (
        "a missing set counts as empty",
        r#"
        SADD a x y
        SINTER a missing => {}
        SINTER missing a => {}
        SUNION a missing => {x, y}
        SUNION missing missing => {}
        SDIFF a missing => {x, y}
        SDIFF missing a => {}
        SINTERCARD 2 a missing => 0
        "#,
    ),
    (
        "SINTERCARD counts, up to its limit",
        r#"
        SADD a 1 2 3 4 5
        SADD b 2 3 4 5 6
        SINTERCARD 2 a b => 4
        SINTERCARD 2 a b LIMIT 2 => 2
        SINTERCARD 2 a b LIMIT 10 => 4
        SINTERCARD 2 a b LIMIT 0 => 4
        SINTERCARD 1 a => 5
        "#,
    ),
    (
        "SINTERCARD refuses a bad number of keys and a bad limit",
        r#"
        SADD a 1
        SINTERCARD 0 a => !InvalidArgument
        SINTERCARD -1 a => !InvalidArgument
        SINTERCARD 2 a => !InvalidArgument
        SINTERCARD 1 a b => !InvalidArgument
        SINTERCARD x a => !InvalidArgument
        SINTERCARD 1 a LIMIT -1 => !InvalidArgument
        SINTERCARD 1 a LIMIT => !InvalidArgument
        "#,
    ),
    (
        "the STORE forms store what the others answer",
        r#"
        SADD a 1 2 3 4
        SADD b 3 4 5
        SINTERSTORE i a b => 2
        SMEMBERS i => {"3", "4"}
        SUNIONSTORE u a b => 5
        SMEMBERS u => {"1", "2", "3", "4", "5"}
        SDIFFSTORE d a b => 2
        SMEMBERS d => {"1", "2"}
        SCARD u => 5
        SMEMBERS a => {"1", "2", "3", "4"}
        "#,
    ),
    (
        "the STORE forms replace the destination, of any kind",
        r#"
        SADD a x
        SET d v
        SUNIONSTORE d a => 1
        SMEMBERS d => {x}
        RPUSH e y
        SINTERSTORE e a a => 1
        TYPE e => set
        SADD f old older
        SDIFFSTORE f a missing => 1
        SMEMBERS f => {x}
        "#,
    ),
    (
        "an empty result deletes the destination",
        r#"
        SADD a x
        SADD b y
        SET d v
        SINTERSTORE d a b => 0
        EXISTS d => 0
        SADD e z
        SDIFFSTORE e a a => 0
        EXISTS e => 0
        SET f v
        SUNIONSTORE f missing missing => 0
        EXISTS f => 0
        "#,
    ),
    (
        "the destination may be one of the inputs",
        r#"
        SADD a 1 2 3
        SADD b 2 3 4
        SINTERSTORE a a b => 2
        SMEMBERS a => {"2", "3"}
        SUNIONSTORE a b a => 3
        SMEMBERS a => {"2", "3", "4"}
        SDIFFSTORE a a b => 0
        EXISTS a => 0
        SMEMBERS b => {"2", "3", "4"}
        "#,
    ),
    (
        "every input must be a set, also behind a missing or empty one",
        r#"
        SADD a x
        SET s v
        SINTER a s => !WrongType
        SINTER missing s => !WrongType
        SUNION a s => !WrongType
        SUNION s => !WrongType
        SDIFF a s => !WrongType
        SDIFF missing s => !WrongType
        SINTERCARD 2 a s => !WrongType
        SINTERSTORE d a s => !WrongType
        SUNIONSTORE d a s => !WrongType
        SDIFFSTORE d a s => !WrongType
        EXISTS d => 0
        "#,
    ),
    (
        "a failed STORE leaves the destination",
        r#"
        SADD a x
        SET s v
        SADD d keep
        SUNIONSTORE d a s => !WrongType
        SINTERSTORE d s a => !WrongType
        SDIFFSTORE d a s => !WrongType
        SMEMBERS d => {keep}
        SUNIONSTORE d => !InvalidArgument
        "#,
    ),
    (
        "large and small sets give the same, whichever comes first",
        r#"
        SADD big 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30
        SADD small 05 30 xx
        SINTER big small => {"05", "30"}
        SINTER small big => {"05", "30"}
        SDIFF small big => {xx}
        SINTERCARD 2 small big => 2
        SDIFFSTORE d big small => 28
        SISMEMBER d 05 => 0
        SUNIONSTORE u small big => 31
        "#,
    ),
];
