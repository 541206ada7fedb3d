//! What can be said about a statement before it is compiled.

/// The keyword that a statement begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    Select,
    Values,
    With,
    Explain,
    Pragma,
    Insert,
    Replace,
    Update,
    Delete,
    Vacuum,
    Other,
}

impl Keyword {
    /// The keyword of a text; `None` if there is no statement in it.
    pub(crate) fn of(sql: &str) -> Option<Keyword> {
        // Most of them.
        if let [word @ .., b' '] = sql.as_bytes().get(..7).unwrap_or_default()
            && word.eq_ignore_ascii_case(b"select")
        {
            return Some(Keyword::Select);
        }
        let start = skip_blank(sql.as_bytes());
        let rest = sql.as_bytes().get(start..).unwrap_or_default();
        let (len, first) = (rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count(), rest.first()?);
        let (name, keyword): (&[u8], _) = match (len, first.to_ascii_lowercase()) {
            (6, b's') => (b"select", Keyword::Select),
            (6, b'i') => (b"insert", Keyword::Insert),
            (6, b'u') => (b"update", Keyword::Update),
            (6, b'd') => (b"delete", Keyword::Delete),
            (6, b'v') if rest.get(2).is_some_and(|third| third.eq_ignore_ascii_case(&b'l')) => {
                (b"values", Keyword::Values)
            }
            (6, b'v') => (b"vacuum", Keyword::Vacuum),
            (6, b'p') => (b"pragma", Keyword::Pragma),
            (4, b'w') => (b"with", Keyword::With),
            (7, b'e') => (b"explain", Keyword::Explain),
            (7, b'r') => (b"replace", Keyword::Replace),
            _ => return Some(Keyword::Other),
        };
        let known = rest.get(..len).is_some_and(|word| word.eq_ignore_ascii_case(name));
        Some(if known { keyword } else { Keyword::Other })
    }

    /// Whether it may begin a statement that only reads.
    pub(crate) fn may_read(self) -> bool {
        matches!(self, Keyword::Select | Keyword::Values | Keyword::With | Keyword::Explain | Keyword::Pragma)
    }
}

/// Whether there may be a second statement: a semicolon with anything behind it. It may stand in a literal or in a
/// trigger as well.
pub(crate) fn may_go_on(sql: &str) -> bool {
    let bytes = sql.as_bytes();
    let semicolon = bytes.iter().position(|byte| *byte == b';');
    semicolon.is_some_and(|at| at + skip_blank(&bytes[at..]) < bytes.len())
}

/// How many bytes of white space, comments and semicolons there are at the start.
fn skip_blank(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        at += match rest {
            [b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b';', ..] => 1,
            [0xef, 0xbb, 0xbf, ..] => 3,
            [b'-', b'-', ..] => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
            [b'/', b'*', after @ ..] => {
                after.windows(2).position(|pair| pair == b"*/").map_or(rest.len(), |end| end + 4)
            }
            _ => return at,
        };
    }
}

/// Whether a name can be shown: a plain identifier, perhaps with a table before it. What was quoted may be a value.
pub(crate) fn plain(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && part.chars().all(|other| other.is_ascii_alphanumeric() || other == '_')
    };
    name.len() <= 128 && name.split('.').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyword_is_found_behind_comments() {
        let found = |sql| Keyword::of(sql);
        assert_eq!(found("-- a ; b\n /* c */ ; SeLeCt 1"), Some(Keyword::Select));
        assert_eq!(found("\u{feff}values(1)"), Some(Keyword::Values));
        for (sql, keyword) in [
            ("INSERT INTO t", Keyword::Insert),
            ("with x", Keyword::With),
            ("Vacuum", Keyword::Vacuum),
            ("replace", Keyword::Replace),
            ("pragma x", Keyword::Pragma),
            ("explain x", Keyword::Explain),
            ("update", Keyword::Update),
            ("delete", Keyword::Delete),
            ("valuez", Keyword::Other),
        ] {
            assert_eq!(found(sql), Some(keyword), "{sql}");
        }
        assert_eq!(found("selects"), Some(Keyword::Other));
        assert_eq!(found("(select 1)"), Some(Keyword::Other));
        for empty in ["", " \n", ";;", "-- only", "/* open", "/**/;--"] {
            assert_eq!(found(empty), None, "{empty}");
        }
    }

    #[test]
    fn a_second_statement_is_suspected() {
        for one in ["select 1", "select 1;", "select 1 ; -- done\n /* ; */ ;"] {
            assert!(!may_go_on(one), "{one}");
        }
        for two in ["select 1; select 2", "select ';' as a", "select 1;;x"] {
            assert!(may_go_on(two), "{two}");
        }
    }

    #[test]
    fn names_are_shown_and_values_are_not() {
        for name in ["users", "_a1", "users.name"] {
            assert!(plain(name), "{name}");
        }
        for other in ["", "a b", "1a", "a.", "it's", "a@b", &"x".repeat(200)] {
            assert!(!plain(other), "{other}");
        }
    }
}
