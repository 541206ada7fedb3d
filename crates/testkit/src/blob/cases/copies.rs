//! Copies.

pub(in crate::blob) const CASES: &[(&str, &str)] = &[
    (
        "a copy has the content, the headers and the metadata",
        r#"
        PUT a hello type text/plain encoding identity language en disposition inline cache no-cache meta color red => $tag
        COPY a b => $tag
        GET b => "hello"
        HEAD b => {size: 5, etag: $tag, type: "text/plain", encoding: identity, language: en, disposition: inline, cache: no-cache, meta_color: red}
        GET a => "hello"
        HEAD a => {size: 5, etag: $tag, type: "text/plain", encoding: identity, language: en, disposition: inline, cache: no-cache, meta_color: red}
        "#,
    ),
    (
        "a copy takes the place of all that stood there",
        r#"
        PUT a hello => $tag
        PUT b "something else" type text/html meta color red => _
        COPY a b => $tag
        GET b => "hello"
        HEAD b => {size: 5, etag: $tag}
        "#,
    ),
    (
        "copies are apart from each other",
        r#"
        PUT a one => $one
        COPY a b => _
        COPY b c => _
        PUT a two => _
        GET b => "one"
        DELETE b => [1]
        GET c => "one"
        HEAD c => {size: 3, etag: $one}
        GET a => "two"
        DELETE a => [1]
        GET c => "one"
        "#,
    ),
    (
        "a copy of what is not there",
        r#"
        PUT b one => _
        COPY a b => !NotFound
        COPY a a => !NotFound
        COPY a c => !NotFound
        GET b => "one"
        GET c => nil
        "#,
    ),
    (
        "a copy onto itself changes nothing that can be read",
        r#"
        PUT a hello type text/plain meta color red => $tag
        COPY a a => $tag
        GET a => "hello"
        HEAD a => {size: 5, etag: $tag, type: "text/plain", meta_color: red}
        COPY a a => $tag
        GET a => "hello"
        list => [["a"], []]
        "#,
    ),
    (
        "conditions on what is copied",
        r#"
        PUT a one => $one
        COPY a b from-if-match other => !PreconditionFailed
        COPY a b from-if-none-match $one => !PreconditionFailed
        COPY a b from-if-match other from-if-match $one => _
        COPY a b from-if-none-match other => _
        COPY a b from-if-exists => _
        GET b => "one"
        "#,
    ),
    (
        "conditions on what stands at the destination",
        r#"
        PUT a one => $one
        COPY a b to-if-exists => !PreconditionFailed
        COPY a b to-if-match $one => !PreconditionFailed
        COPY a b to-if-absent => $copy
        COPY a b to-if-absent => !PreconditionFailed
        COPY a b to-if-none-match $copy => !PreconditionFailed
        PUT b two => $two
        COPY a b to-if-match $one => !PreconditionFailed
        COPY a b to-if-match $two => $one
        GET b => "one"
        "#,
    ),
    (
        "both conditions must hold",
        r#"
        PUT a one => $one
        PUT b two => $two
        COPY a b from-if-match $one to-if-match $one => !PreconditionFailed
        COPY a b from-if-match $two to-if-match $two => !PreconditionFailed
        COPY a b from-if-match $one to-if-match $two => $one
        GET b => "one"
        "#,
    ),
    (
        "an empty and a large object",
        r#"
        PUT empty "" => _
        PUT large "0123456789"*100000 => $large
        COPY empty a => _
        COPY large b => $large
        GET a => ""
        GET b => "0123456789"*100000
        GET b 999999.. => "9"
        "#,
    ),
];
