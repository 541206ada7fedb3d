//! Parts of objects.

pub(in crate::blob) const CASES: &[(&str, &str)] = &[
    (
        "from one byte to before another",
        r#"
        PUT k 0123456789 => _
        GET k 0..10 => "0123456789"
        GET k 0..1 => "0"
        GET k 3..7 => "3456"
        GET k 9..10 => "9"
        "#,
    ),
    (
        "an end beyond the object is its end",
        r#"
        PUT k 0123456789 => _
        GET k 7..11 => "789"
        GET k 0..18446744073709551615 => "0123456789"
        GET k 9..18446744073709551615 => "9"
        "#,
    ),
    (
        "from one byte to the end",
        r#"
        PUT k 0123456789 => _
        GET k 0.. => "0123456789"
        GET k 4.. => "456789"
        GET k 9.. => "9"
        "#,
    ),
    (
        "so many at the end",
        r#"
        PUT k 0123456789 => _
        GET k -1 => "9"
        GET k -4 => "6789"
        GET k -10 => "0123456789"
        GET k -11 => "0123456789"
        GET k -18446744073709551615 => "0123456789"
        "#,
    ),
    (
        "a range without a byte cannot be satisfied",
        r#"
        PUT k 0123456789 => _
        GET k 10.. => !RangeNotSatisfiable
        GET k 10..20 => !RangeNotSatisfiable
        GET k 18446744073709551615.. => !RangeNotSatisfiable
        GET k 3..3 => !RangeNotSatisfiable
        GET k 7..3 => !RangeNotSatisfiable
        GET k -0 => !RangeNotSatisfiable
        GET k => "0123456789"
        "#,
    ),
    (
        "no range of an empty object can be satisfied",
        r#"
        PUT k "" => _
        GET k 0.. => !RangeNotSatisfiable
        GET k 0..1 => !RangeNotSatisfiable
        GET k -1 => !RangeNotSatisfiable
        GET k => ""
        "#,
    ),
    (
        "a range of what is not there is nothing",
        r#"
        GET k 0..1 => nil
        GET k 10.. => nil
        GET k -0 => nil
        "#,
    ),
    (
        "a range across a large object",
        r#"
        PUT k "0123456789abcdef"*40000 => _
        GET k 262143..262146 => "f01"
        GET k 639999.. => "f"
        GET k 639990..700000 => "6789abcdef"
        GET k -3 => "def"
        GET k 640000.. => !RangeNotSatisfiable
        "#,
    ),
];
