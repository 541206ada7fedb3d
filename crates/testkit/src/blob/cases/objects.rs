//! Putting, reading and deleting whole objects.

pub(in crate::blob) const CASES: &[(&str, &str)] = &[
    (
        "PUT stores what GET and HEAD return",
        r#"
        GET k => nil
        HEAD k => nil
        PUT k hello => $tag
        GET k => "hello"
        HEAD k => {size: 5, etag: $tag}
        "#,
    ),
    (
        "PUT takes the place of all that stood there",
        r#"
        PUT k "a long text" type text/plain cache no-store meta color red => _
        PUT k short language de meta shape round => $tag
        GET k => "short"
        HEAD k => {size: 5, etag: $tag, language: de, meta_shape: round}
        "#,
    ),
    (
        "an empty object is an object",
        r#"
        PUT k "" type text/plain => $tag
        GET k => ""
        HEAD k => {size: 0, etag: $tag, type: "text/plain"}
        LIST => [["k"], []]
        COPY k l => $tag
        GET l => ""
        PUT k "" => $tag
        DELETE k l => [1, 1]
        GET k => nil
        "#,
    ),
    (
        "content is bytes of any kind and length",
        r#"
        PUT k "\x00\xff\r\n \"\\" => _
        GET k => "\x00\xff\r\n \"\\"
        PUT k "\x00" => _
        GET k => "\x00"
        PUT k "ab"*500000 => _
        GET k => "ab"*500000
        PUT k "x" => _
        GET k => "x"
        "#,
    ),
    (
        "headers are kept as they were given",
        r#"
        PUT k v type "text/html; charset=utf-8" encoding gzip language "de, en" disposition "attachment; filename=\"a b.html\"" cache "max-age=60, public" => $tag
        HEAD k => {size: 1, etag: $tag, type: "text/html; charset=utf-8", encoding: gzip, language: "de, en", disposition: "attachment; filename=\"a b.html\"", cache: "max-age=60, public"}
        GET k => "v"
        "#,
    ),
    (
        "metadata is kept as it was given, names as written",
        r#"
        PUT k v meta color red meta Color Red meta empty "" meta "ü" "ein Wert, größer; \"so\"=1" => $tag
        HEAD k => {size: 1, etag: $tag, "meta_color": red, "meta_Color": Red, "meta_empty": "", "meta_ü": "ein Wert, größer; \"so\"=1"}
        "#,
    ),
    (
        "an MD5 that was announced is checked",
        r#"
        PUT k old => _
        PUT k hello md5 5d41402abc4b2a76b9719d911017c592 => _
        GET k => "hello"
        PUT k hello! md5 5d41402abc4b2a76b9719d911017c592 => !InvalidArgument
        PUT l hello! md5 5d41402abc4b2a76b9719d911017c592 => !InvalidArgument
        PUT l "" md5 d41d8cd98f00b204e9800998ecf8427e => _
        PUT l "" md5 d41d8cd98f00b204e9800998ecf8427f => !InvalidArgument
        GET k => "hello"
        "#,
    ),
    (
        "DELETE says whether there was an object",
        r#"
        PUT k v => _
        DELETE k => [1]
        DELETE k => [0]
        GET k => nil
        HEAD k => nil
        LIST => [[], []]
        PUT k w => _
        GET k => "w"
        "#,
    ),
    (
        "DELETE takes many keys, there or not",
        r#"
        PUT a 1 => _
        PUT b 2 => _
        PUT c 3 => _
        DELETE c missing a => [1, 0, 1]
        list => [["b"], []]
        DELETE missing c => [0, 0]
        GET b => "2"
        "#,
    ),
    (
        "DELETE of no keys does nothing",
        r#"
        PUT a 1 => _
        DELETE => []
        GET a => "1"
        "#,
    ),
];
