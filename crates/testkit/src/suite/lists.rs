//! Lists.

pub(super) const CASES: &[(&str, &str)] = &[
    (
        "LPUSH and RPUSH put elements at either end, one after the other",
        r#"
        RPUSH k a b c => 3
        LPUSH k y z => 5
        LRANGE k 0 -1 => [z, y, a, b, c]
        LLEN k => 5
        LPUSH l a b c => 3
        LRANGE l 0 -1 => [c, b, a]
        LPUSH l => !InvalidArgument
        RPUSH l => !InvalidArgument
        "#,
    ),
    (
        "elements are bytes, may be empty, and may repeat",
        r#"
        RPUSH k "" "\x00\xff" a a "" => 5
        LRANGE k 0 -1 => ["", "\x00\xff", a, a, ""]
        RPUSH k "x"*30000 => 6
        LINDEX k -1 => "x"*30000
        "#,
    ),
    (
        "LPUSHX and RPUSHX push only to a list that exists",
        r#"
        LPUSHX missing a => 0
        RPUSHX missing a b => 0
        EXISTS missing => 0
        RPUSH k m
        LPUSHX k a b => 3
        RPUSHX k x y => 5
        LRANGE k 0 -1 => [b, a, m, x, y]
        "#,
    ),
    (
        "LPOP and RPOP take from either end; the last element takes the key along",
        r#"
        LPOP missing => nil
        RPOP missing => nil
        RPUSH k a b c
        LPOP k => "a"
        RPOP k => "c"
        LLEN k => 1
        RPOP k => "b"
        EXISTS k => 0
        "#,
    ),
    (
        "LPOP and RPOP with a count take so many, in the order they come",
        r#"
        LPOP missing 2 => nil
        RPOP missing 2 => nil
        RPUSH k a b c d e
        LPOP k 2 => [a, b]
        RPOP k 2 => [e, d]
        LPOP k 0 => []
        RPOP k 0 => []
        LLEN k => 1
        LPOP k 10 => [c]
        EXISTS k => 0
        LPOP k 0 => nil
        "#,
    ),
    (
        "LPOP and RPOP refuse a bad count",
        r#"
        RPUSH k a
        LPOP k -1 => !InvalidArgument
        RPOP k x => !InvalidArgument
        LPOP k 1 2 => !InvalidArgument
        LLEN k => 1
        "#,
    ),
    (
        "LRANGE cuts to what there is, from either end",
        r#"
        RPUSH k a b c d e
        LRANGE k 0 -1 => [a, b, c, d, e]
        LRANGE k 1 3 => [b, c, d]
        LRANGE k -3 -2 => [c, d]
        LRANGE k 3 100 => [d, e]
        LRANGE k -100 1 => [a, b]
        LRANGE k 2 2 => [c]
        LRANGE k 3 2 => []
        LRANGE k 5 10 => []
        LRANGE k -1 -2 => []
        LRANGE k 0 -100 => []
        LRANGE k -9223372036854775808 9223372036854775807 => [a, b, c, d, e]
        LRANGE missing 0 -1 => []
        LRANGE k 0 x => !InvalidArgument
        "#,
    ),
    (
        "LLEN counts",
        r#"
        LLEN missing => 0
        RPUSH k a b
        LLEN k => 2
        "#,
    ),
    (
        "LTRIM keeps a part",
        r#"
        RPUSH k a b c d e
        LTRIM k 1 -2 => OK
        LRANGE k 0 -1 => [b, c, d]
        LTRIM k -2 100 => OK
        LRANGE k 0 -1 => [c, d]
        LTRIM k 0 -1 => OK
        LLEN k => 2
        LPUSH k z => 3
        RPUSH k y => 4
        LRANGE k 0 -1 => [z, c, d, y]
        LTRIM missing 0 1 => OK
        "#,
    ),
    (
        "LTRIM to nothing deletes the key",
        r#"
        RPUSH k a b
        LTRIM k 5 10 => OK
        EXISTS k => 0
        RPUSH k a b
        LTRIM k 1 0 => OK
        EXISTS k => 0
        RPUSH k a b
        LTRIM k -5 -4 => OK
        EXISTS k => 0
        "#,
    ),
    (
        "LINDEX counts from either end",
        r#"
        RPUSH k a b c
        LINDEX k 0 => "a"
        LINDEX k 2 => "c"
        LINDEX k 3 => nil
        LINDEX k -1 => "c"
        LINDEX k -3 => "a"
        LINDEX k -4 => nil
        LINDEX k 9223372036854775807 => nil
        LINDEX k -9223372036854775808 => nil
        LINDEX missing 0 => nil
        LINDEX k x => !InvalidArgument
        "#,
    ),
    (
        "LSET replaces an element",
        r#"
        RPUSH k a b c
        LSET k 1 B => OK
        LSET k -1 C => OK
        LSET k 0 "" => OK
        LRANGE k 0 -1 => ["", B, C]
        "#,
    ),
    (
        "LSET refuses an index outside, and a missing key",
        r#"
        RPUSH k a
        LSET k 1 x => !IndexOutOfRange
        LSET k -2 x => !IndexOutOfRange
        LSET k 9223372036854775807 x => !IndexOutOfRange
        LSET k x y => !InvalidArgument
        LSET missing 0 x => !NoSuchKey
        LRANGE k 0 -1 => [a]
        EXISTS missing => 0
        "#,
    ),
    (
        "LREM removes from the head, from the tail, or all",
        r#"
        RPUSH k a b a c a b a
        LREM k 2 a => 2
        LRANGE k 0 -1 => [b, c, a, b, a]
        LREM k -1 b => 1
        LRANGE k 0 -1 => [b, c, a, a]
        LREM k 0 a => 2
        LRANGE k 0 -1 => [b, c]
        LREM k 0 missing => 0
        LREM k 100 b => 1
        LREM k -100 c => 1
        EXISTS k => 0
        LREM missing 0 a => 0
        LREM missing x a => !InvalidArgument
        "#,
    ),
    (
        "LREM keeps the order of the rest, and the list works on",
        r#"
        RPUSH k 1 x 2 x 3 x 4
        LREM k 0 x => 3
        LINDEX k 1 => "2"
        LINDEX k -1 => "4"
        LPUSH k 0 => 5
        RPUSH k 5 => 6
        LSET k 2 two => OK
        LRANGE k 0 -1 => ["0", "1", two, "3", "4", "5"]
        LRANGE k 2 3 => [two, "3"]
        "#,
    ),
    (
        "LINSERT inserts beside the first equal element",
        r#"
        RPUSH k a b a
        LINSERT k BEFORE a x => 4
        LRANGE k 0 -1 => [x, a, b, a]
        LINSERT k AFTER a y => 5
        LRANGE k 0 -1 => [x, a, y, b, a]
        LINSERT k after b z => 6
        LINSERT k BEFORE missing z => -1
        LINSERT missing AFTER a z => 0
        EXISTS missing => 0
        LINSERT k BESIDE a z => !InvalidArgument
        LRANGE k 0 -1 => [x, a, y, b, z, a]
        "#,
    ),
    (
        "many insertions at one place keep the order",
        r#"
        RPUSH k a z
        LINSERT k BEFORE z 1 => 3
        LINSERT k BEFORE z 2 => 4
        LINSERT k BEFORE z 3 => 5
        LINSERT k BEFORE z 4 => 6
        LINSERT k BEFORE z 5 => 7
        LINSERT k AFTER a 0 => 8
        LINSERT k BEFORE z 6 => 9
        LINSERT k BEFORE z 7 => 10
        LINSERT k BEFORE z 8 => 11
        LINSERT k AFTER 8 9 => 12
        LRANGE k 0 -1 => [a, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", z]
        LINDEX k 5 => "4"
        "#,
    ),
    (
        "LPOS finds the first equal element",
        r#"
        RPUSH k a b c 1 2 3 c c
        LPOS k a => 0
        LPOS k c => 2
        LPOS k missing => nil
        LPOS missing a => nil
        "#,
    ),
    (
        "LPOS RANK starts at a later match, negative from the tail",
        r#"
        RPUSH k a b c 1 2 3 c c
        LPOS k c RANK 2 => 6
        LPOS k c RANK 3 => 7
        LPOS k c RANK 4 => nil
        LPOS k c RANK -1 => 7
        LPOS k c RANK -3 => 2
        LPOS k c RANK -4 => nil
        "#,
    ),
    (
        "LPOS COUNT finds several, 0 all",
        r#"
        RPUSH k a b c 1 2 3 c c
        LPOS k c COUNT 2 => [2, 6]
        LPOS k c COUNT 0 => [2, 6, 7]
        LPOS k c COUNT 10 => [2, 6, 7]
        LPOS k c COUNT 2 RANK -1 => [7, 6]
        LPOS k c RANK 2 COUNT 0 => [6, 7]
        LPOS k missing COUNT 0 => []
        LPOS missing a COUNT 1 => []
        "#,
    ),
    (
        "LPOS MAXLEN compares only so many",
        r#"
        RPUSH k a b c 1 2 3 c c
        LPOS k c MAXLEN 2 => nil
        LPOS k c MAXLEN 3 => 2
        LPOS k c COUNT 0 MAXLEN 7 => [2, 6]
        LPOS k c COUNT 0 MAXLEN 0 => [2, 6, 7]
        LPOS k c RANK -1 MAXLEN 1 => 7
        LPOS k a RANK -1 MAXLEN 7 => nil
        LPOS k a RANK -1 MAXLEN 8 => 0
        "#,
    ),
    (
        "LPOS refuses bad options",
        r#"
        RPUSH k a
        LPOS k a RANK 0 => !InvalidArgument
        LPOS k a COUNT -1 => !InvalidArgument
        LPOS k a MAXLEN -1 => !InvalidArgument
        LPOS k a RANK => !InvalidArgument
        LPOS k a NOPE 1 => !InvalidArgument
        "#,
    ),
    (
        "LMOVE moves from either end to either end",
        r#"
        RPUSH a 1 2 3 4
        LMOVE a b LEFT LEFT => "1"
        LMOVE a b LEFT RIGHT => "2"
        LMOVE a b RIGHT LEFT => "4"
        LRANGE a 0 -1 => ["3"]
        LRANGE b 0 -1 => ["4", "1", "2"]
        LMOVE a b RIGHT RIGHT => "3"
        EXISTS a => 0
        LRANGE b 0 -1 => ["4", "1", "2", "3"]
        LMOVE a b LEFT LEFT => nil
        LLEN b => 4
        "#,
    ),
    (
        "LMOVE within a list rotates it",
        r#"
        RPUSH k a b c
        LMOVE k k LEFT RIGHT => "a"
        LRANGE k 0 -1 => [b, c, a]
        LMOVE k k RIGHT LEFT => "a"
        LRANGE k 0 -1 => [a, b, c]
        LMOVE k k LEFT LEFT => "a"
        LMOVE k k RIGHT RIGHT => "c"
        LRANGE k 0 -1 => [a, b, c]
        RPUSH one x
        LMOVE one one LEFT RIGHT => "x"
        LRANGE one 0 -1 => [x]
        "#,
    ),
    (
        "LMOVE refuses other kinds, unless the source is missing",
        r#"
        RPUSH k a
        SET s v
        LMOVE k s LEFT LEFT => !WrongType
        LMOVE s k LEFT LEFT => !WrongType
        LMOVE missing s LEFT LEFT => nil
        LMOVE k k UP DOWN => !InvalidArgument
        LMOVE k d LEFT => !InvalidArgument
        LRANGE k 0 -1 => [a]
        GET s => "v"
        "#,
    ),
    (
        "a list that was used as a queue and as a stack keeps its order",
        r#"
        RPUSH k 1 2 3
        LPOP k => "1"
        RPUSH k 4
        LPOP k => "2"
        LPUSH k 0
        RPOP k => "4"
        LPUSH k -1
        RPUSH k 9
        LRANGE k 0 -1 => ["-1", "0", "3", "9"]
        LINDEX k 1 => "0"
        LINDEX k -2 => "3"
        "#,
    ),
    (
        "commands on lists refuse other kinds and leave them",
        r#"
        SET k v
        LPUSH k a => !WrongType
        RPUSH k a => !WrongType
        LPUSHX k a => !WrongType
        RPUSHX k a => !WrongType
        LPOP k => !WrongType
        RPOP k 2 => !WrongType
        LRANGE k 0 -1 => !WrongType
        LLEN k => !WrongType
        LTRIM k 0 1 => !WrongType
        LINDEX k 0 => !WrongType
        LSET k 0 a => !WrongType
        LREM k 0 a => !WrongType
        LINSERT k BEFORE a b => !WrongType
        LPOS k a => !WrongType
        GET k => "v"
        "#,
    ),
];
