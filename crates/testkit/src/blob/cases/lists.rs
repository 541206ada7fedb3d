//! Lists.

pub(in crate::blob) const CASES: &[(&str, &str)] = &[
    (
        "the list of nothing",
        r#"
        LIST => [[], []]
        LIST prefix a delimiter / after b limit 1 => [[], []]
        PUT k v => _
        LIST prefix other => [[], []]
        "#,
    ),
    (
        "keys come in the order of their bytes",
        r#"
        PUT b 1 => _
        PUT a 1 => _
        PUT "é" 1 => _
        PUT "z" 1 => _
        PUT "B" 1 => _
        PUT "a0" 1 => _
        PUT "a/b" 1 => _
        PUT "a-b" 1 => _
        PUT "a b" 1 => _
        PUT "~" 1 => _
        PUT "\xef\xbd\x81" 1 => _
        PUT "\xf0\x9f\xa6\x80" 1 => _
        PUT "10" 1 => _
        PUT "9" 1 => _
        list => [["10", "9", "B", "a", "a b", "a-b", "a/b", "a0", "b", "z", "~", "é", "\xef\xbd\x81", "\xf0\x9f\xa6\x80"], []]
        list limit 3 => [["10", "9", "B", "a", "a b", "a-b", "a/b", "a0", "b", "z", "~", "é", "\xef\xbd\x81", "\xf0\x9f\xa6\x80"], []]
        "#,
    ),
    (
        "a prefix is a text, not a folder",
        r#"
        PUT a 1 => _
        PUT ab 1 => _
        PUT a/b 1 => _
        PUT b 1 => _
        PUT A 1 => _
        list prefix a => [["a", "a/b", "ab"], []]
        list prefix a/ => [["a/b"], []]
        list prefix ab => [["ab"], []]
        list prefix abc => [[], []]
        list prefix / => [[], []]
        "#,
    ),
    (
        "what means something in a pattern is a character of a prefix",
        r#"
        PUT "a%b" 1 => _
        PUT "axb" 1 => _
        PUT "a_b" 1 => _
        PUT "a*b" 1 => _
        PUT "a[b" 1 => _
        PUT "é1" 1 => _
        list prefix "a%" => [["a%b"], []]
        list prefix "a_" => [["a_b"], []]
        list prefix "a*" => [["a*b"], []]
        list prefix "a[" => [["a[b"], []]
        list prefix "a?" => [[], []]
        list prefix "é" => [["é1"], []]
        "#,
    ),
    (
        "a prefix at the end of all text",
        r#"
        PUT "\xf4\x8f\xbf\xbf" 1 => _
        PUT "\xf4\x8f\xbf\xbfa" 1 => _
        PUT "\xf4\x8f\xbf\xbf\xf4\x8f\xbf\xbf" 1 => _
        PUT "\xed\x9f\xbf" 1 => _
        PUT "\xee\x80\x80" 1 => _
        PUT "\x7e" 1 => _
        list prefix "\xf4\x8f\xbf\xbf" => [["\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbfa", "\xf4\x8f\xbf\xbf\xf4\x8f\xbf\xbf"], []]
        list prefix "\xed\x9f\xbf" => [["\xed\x9f\xbf"], []]
        list prefix "\x7e" => [["\x7e"], []]
        "#,
    ),
    (
        "a delimiter gathers what lies below",
        r#"
        PUT a 1 => _
        PUT a/b 1 => _
        PUT a/c 1 => _
        PUT a/d/e 1 => _
        PUT b/f 1 => _
        PUT c 1 => _
        list delimiter / => [["a", "c"], ["a/", "b/"]]
        list prefix a delimiter / => [["a"], ["a/"]]
        list prefix a/ delimiter / => [["a/b", "a/c"], ["a/d/"]]
        list prefix a/d delimiter / => [[], ["a/d/"]]
        list prefix a/d/ delimiter / => [["a/d/e"], []]
        list prefix b/f delimiter / => [["b/f"], []]
        "#,
    ),
    (
        "delimiters beside the slash, and longer than a character",
        r#"
        PUT a-b-c 1 => _
        PUT a-d 1 => _
        PUT "a::b" 1 => _
        PUT "a:b" 1 => _
        PUT "aébéc" 1 => _
        list delimiter - => [["a::b", "a:b", "aébéc"], ["a-"]]
        list delimiter "::" => [["a-b-c", "a-d", "a:b", "aébéc"], ["a::"]]
        list prefix a- delimiter - => [["a-d"], ["a-b-"]]
        list delimiter "é" => [["a-b-c", "a-d", "a::b", "a:b"], ["aé"]]
        list delimiter a => [[], ["a"]]
        "#,
    ),
    (
        "empty parts are folders",
        r#"
        PUT "/a" 1 => _
        PUT "a//b" 1 => _
        PUT "a/" 1 => _
        list delimiter / => [[], ["/", "a/"]]
        list prefix a/ delimiter / => [["a/"], ["a//"]]
        list prefix / delimiter / => [["/a"], []]
        "#,
    ),
    (
        "start after a key, there or not",
        r#"
        PUT a 1 => _
        PUT b 1 => _
        PUT ba 1 => _
        PUT c 1 => _
        list after a => [["b", "ba", "c"], []]
        list after aa => [["b", "ba", "c"], []]
        list after b => [["ba", "c"], []]
        list after c => [[], []]
        list after "" => [["a", "b", "ba", "c"], []]
        list after zzz => [[], []]
        "#,
    ),
    (
        "start after, with a prefix",
        r#"
        PUT a/1 1 => _
        PUT a/2 1 => _
        PUT a/3 1 => _
        PUT b/1 1 => _
        list prefix a/ after a/1 => [["a/2", "a/3"], []]
        list prefix a/ after a => [["a/1", "a/2", "a/3"], []]
        list prefix a/ after b => [[], []]
        list prefix b/ after a/2 => [["b/1"], []]
        list prefix b/ after a/2 limit 1 => [["b/1"], []]
        "#,
    ),
    (
        "start after, with a delimiter",
        r#"
        PUT a 1 => _
        PUT a/1 1 => _
        PUT b/1 1 => _
        PUT b/2 1 => _
        PUT c 1 => _
        list delimiter / after a => [["c"], ["a/", "b/"]]
        list delimiter / after a/ => [["c"], ["b/"]]
        list delimiter / after b => [["c"], ["b/"]]
        list delimiter / after b/ => [["c"], []]
        "#,
    ),
    (
        "a page ends at its limit, and its cursor is where the next starts",
        r#"
        PUT a 1 => _
        PUT b 1 => _
        PUT c 1 => _
        LIST limit 2 => [["a", "b"], [], $next]
        LIST limit 2 cursor $next => [["c"], []]
        LIST limit 1 cursor $next => [["c"], []]
        LIST limit 3 => [["a", "b", "c"], []]
        LIST limit 4 => [["a", "b", "c"], []]
        "#,
    ),
    (
        "common prefixes count as entries of a page, each once",
        r#"
        PUT a/1 1 => _
        PUT a/2 1 => _
        PUT a/3 1 => _
        PUT b 1 => _
        PUT c/1 1 => _
        LIST delimiter / limit 1 => [[], ["a/"], $one]
        LIST delimiter / limit 1 cursor $one => [["b"], [], $two]
        LIST delimiter / limit 1 cursor $two => [[], ["c/"]]
        LIST delimiter / limit 2 => [["b"], ["a/"], $three]
        LIST delimiter / limit 2 cursor $three => [[], ["c/"]]
        "#,
    ),
    (
        "a limit that is none is refused",
        r#"
        PUT a 1 => _
        LIST limit 0 => !InvalidArgument
        LIST limit 1001 => !InvalidArgument
        LIST limit 18446744073709551615 => !InvalidArgument
        LIST limit 1000 => [["a"], []]
        "#,
    ),
    (
        "a cursor that no list gave is refused",
        r#"
        PUT a 1 => _
        PUT b 1 => _
        LIST cursor nonsense => !InvalidArgument
        LIST cursor "" => !InvalidArgument
        LIST cursor "\x00\x00" => !InvalidArgument
        LIST cursor "x"*10000 => !InvalidArgument
        LIST cursor "../../etc/passwd" => !InvalidArgument
        "#,
    ),
    (
        "a cursor of another list is refused",
        r#"
        PUT a/1 1 => _
        PUT a/2 1 => _
        PUT b/1 1 => _
        PUT b/2 1 => _
        LIST limit 1 => [["a/1"], [], $all]
        LIST prefix a/ limit 1 => [["a/1"], [], $under]
        LIST delimiter / limit 1 => [[], ["a/"], $folders]
        LIST prefix b/ cursor $all => !InvalidArgument
        LIST prefix b/ cursor $under => !InvalidArgument
        LIST cursor $under => !InvalidArgument
        LIST cursor $folders => !InvalidArgument
        LIST delimiter / cursor $all => !InvalidArgument
        LIST delimiter / cursor $folders => [[], ["b/"]]
        "#,
    ),
    (
        "a list shows what HEAD shows",
        r#"
        PUT a hello type text/plain meta color red => $tag
        HEAD a => {size: 5, etag: $tag, type: "text/plain", meta_color: red}
        LIST => [["a"], []]
        "#,
    ),
];
