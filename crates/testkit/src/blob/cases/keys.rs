//! Keys: every one is its own, whatever a file system would make of it.

pub(in crate::blob) const CASES: &[(&str, &str)] = &[
    (
        "a key is no folder of another",
        r#"
        PUT a 1 => _
        PUT a/b 2 => _
        PUT a/b/c 3 => _
        GET a => "1"
        GET a/b => "2"
        GET a/b/c => "3"
        DELETE a => [1]
        GET a => nil
        GET a/b => "2"
        DELETE a/b => [1]
        GET a/b/c => "3"
        PUT a 4 => _
        list => [["a", "a/b/c"], []]
        "#,
    ),
    (
        "what was a folder is nothing when it is empty",
        r#"
        PUT a/b/c 1 => _
        DELETE a/b/c => [1]
        GET a => nil
        HEAD a/b => nil
        PUT a 2 => _
        list => [["a"], []]
        "#,
    ),
    (
        "slashes at the ends and in a row are part of the key",
        r#"
        PUT "a/" 1 => _
        PUT "/a" 2 => _
        PUT "a//b" 3 => _
        PUT "/" 4 => _
        PUT "//" 5 => _
        PUT "a" 6 => _
        PUT "a/b" 7 => _
        GET "a/" => "1"
        GET "/a" => "2"
        GET "a//b" => "3"
        GET "/" => "4"
        GET "//" => "5"
        GET "a" => "6"
        GET "a/b" => "7"
        GET "///" => nil
        list => [["/", "//", "/a", "a", "a/", "a//b", "a/b"], []]
        "#,
    ),
    (
        "case and spaces count",
        r#"
        PUT key 1 => _
        PUT Key 2 => _
        PUT KEY 3 => _
        PUT " key" 4 => _
        PUT "key " 5 => _
        PUT "k ey" 6 => _
        PUT " " 7 => _
        GET key => "1"
        GET Key => "2"
        GET KEY => "3"
        GET " key" => "4"
        GET "key " => "5"
        GET "k ey" => "6"
        GET " " => "7"
        "#,
    ),
    (
        "what means something in a URL or a shell is a character",
        r#"
        PUT "%2e%2e/%2F" 1 => _
        PUT "a?b=c&d#e" 2 => _
        PUT "*" 3 => _
        PUT "a:b" 4 => _
        PUT "~" 5 => _
        PUT "$HOME" 6 => _
        PUT "'; DROP TABLE objects; --" 7 => _
        PUT "<a>&\"b\"" 8 => _
        PUT "%00" 9 => _
        PUT "a+b" 10 => _
        PUT "a b" 11 => _
        PUT "a%20b" 12 => _
        GET "%2e%2e/%2F" => "1"
        GET "a?b=c&d#e" => "2"
        GET "*" => "3"
        GET "a:b" => "4"
        GET "~" => "5"
        GET "$HOME" => "6"
        GET "'; DROP TABLE objects; --" => "7"
        GET "<a>&\"b\"" => "8"
        GET "%00" => "9"
        GET "a+b" => "10"
        GET "a b" => "11"
        GET "a%20b" => "12"
        "#,
    ),
    (
        "dots that are not alone are characters",
        r#"
        PUT ".a" 1 => _
        PUT "..a" 2 => _
        PUT "a.." 3 => _
        PUT "..." 4 => _
        PUT "a/.../b" 5 => _
        PUT "a." 6 => _
        PUT ".tmp" 7 => _
        GET ".a" => "1"
        GET "..a" => "2"
        GET "a.." => "3"
        GET "..." => "4"
        GET "a/.../b" => "5"
        GET "a." => "6"
        GET ".tmp" => "7"
        "#,
    ),
    (
        "names that some system reserves are keys",
        r#"
        PUT CON 1 => _
        PUT nul.txt 2 => _
        PUT index.db 3 => _
        PUT .keep 4 => _
        PUT lost+found 5 => _
        GET CON => "1"
        GET nul.txt => "2"
        GET index.db => "3"
        GET .keep => "4"
        GET lost+found => "5"
        "#,
    ),
    (
        "text of every script, not normalized",
        r#"
        PUT "кот" 1 => _
        PUT "🦀/🦀" 2 => _
        PUT "\xc3\xa9" 3 => _
        PUT "e\xcc\x81" 4 => _
        PUT "K" 5 => _
        PUT "\xe2\x84\xaa" 6 => _
        PUT "日本" 7 => _
        GET "кот" => "1"
        GET "🦀/🦀" => "2"
        GET "\xc3\xa9" => "3"
        GET "e\xcc\x81" => "4"
        GET "K" => "5"
        GET "\xe2\x84\xaa" => "6"
        GET "日本" => "7"
        "#,
    ),
];
