//! Preconditions.

pub(in crate::blob) const CASES: &[(&str, &str)] = &[
    (
        "create only",
        r#"
        PUT k first if-absent => $first
        PUT k second if-absent => !PreconditionFailed
        GET k => "first"
        DELETE k => [1]
        PUT k third if-absent => _
        GET k => "third"
        "#,
    ),
    (
        "replace only",
        r#"
        PUT k v if-exists => !PreconditionFailed
        GET k => nil
        PUT k v => _
        PUT k w if-exists => _
        GET k => "w"
        "#,
    ),
    (
        "PUT if the tag is one of these",
        r#"
        PUT k v if-match nothing => !PreconditionFailed
        PUT k one => $one
        PUT k two if-match $one => $two
        PUT k three if-match $one => !PreconditionFailed
        GET k => "two"
        PUT k three if-match $one if-match other if-match $two => _
        GET k => "three"
        "#,
    ),
    (
        "PUT if the tag is none of these",
        r#"
        PUT k one if-none-match nothing => $one
        PUT k two if-none-match $one => !PreconditionFailed
        PUT k two if-none-match other if-none-match $one => !PreconditionFailed
        GET k => "one"
        PUT k two if-none-match other => $two
        PUT k three if-none-match $one => _
        GET k => "three"
        "#,
    ),
    (
        "GET if the tag is one of these",
        r#"
        PUT k one => $one
        GET k if-match $one => "one"
        GET k if-match other if-match $one => "one"
        GET k if-match other => !PreconditionFailed
        GET k if-exists => "one"
        GET k 1..2 if-match $one => "n"
        GET missing if-match $one => nil
        "#,
    ),
    (
        "GET if the tag is none of these",
        r#"
        PUT k one => $one
        GET k if-none-match $one => not_modified
        GET k if-none-match other if-none-match $one => not_modified
        GET k if-none-match other => "one"
        GET k 1..2 if-none-match other => "n"
        PUT k two => _
        GET k if-none-match $one => "two"
        GET missing if-none-match $one => nil
        "#,
    ),
    (
        "a condition comes before the range",
        r#"
        PUT k one => $one
        GET k 10.. if-none-match $one => not_modified
        GET k 10.. if-match other => !PreconditionFailed
        GET k 10.. if-match $one => !RangeNotSatisfiable
        "#,
    ),
    (
        "DELETE if the tag is this",
        r#"
        PUT k one => $one
        DELETE k if-match other => !PreconditionFailed
        DELETE missing if-match $one => !PreconditionFailed
        DELETE k if-match other if-match $one => [1]
        GET k => nil
        "#,
    ),
    (
        "DELETE if there is one",
        r#"
        PUT k one => _
        DELETE missing if-exists => !PreconditionFailed
        DELETE k if-exists => [1]
        DELETE k if-exists => !PreconditionFailed
        "#,
    ),
    (
        "a condition that one key of many fails deletes nothing",
        r#"
        PUT a one => $one
        PUT b two => $two
        DELETE a b if-match $one => !PreconditionFailed
        DELETE a missing if-exists => !PreconditionFailed
        DELETE a b if-match $one if-match $two => [1, 1]
        list => [[], []]
        "#,
    ),
    (
        "what failed with its condition can be done without",
        r#"
        PUT k one => $one
        PUT k two if-absent => !PreconditionFailed
        PUT k two => $two
        DELETE k if-match $one => !PreconditionFailed
        DELETE k => [1]
        "#,
    ),
];
