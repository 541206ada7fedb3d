//! Where one statement of Postgres ends and the next begins.

use credenza_core::{Error, ErrorKind, Result};

use crate::split::{in_word, unfinished};

/// The statements of a text in Postgres's dialect, in order, as [`statements`](crate::statements) gives those of SQLite.
///
/// Semicolons in strings (also `E'…'` and `$tag$ … $tag$`), quoted names, comments (they nest), parentheses and bodies of
/// functions (`BEGIN ATOMIC … END`) do not end a statement.
///
/// # Errors
/// `InvalidStatement` for a string, a quoted name or a comment that does not end, and for a NUL.
pub fn statements(sql: &str) -> Result<Vec<&str>> {
    let bytes = sql.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    // From the first token of the statement to the end of its last.
    let mut range: Option<(usize, usize)> = None;
    let mut nesting = Nesting::default();
    while at < bytes.len() {
        let (token, end) = token(bytes, at)?;
        match token {
            Token::Space => {}
            Token::Semicolon if nesting.is_outside() => {
                found.extend(range.take().and_then(|(first, last)| sql.get(first..last)));
                nesting = Nesting::default();
            }
            token => {
                nesting.see(&token);
                range = Some((range.map_or(at, |(first, _)| first), end));
            }
        }
        at = end;
    }
    found.extend(range.and_then(|(first, last)| sql.get(first..last)));
    Ok(found)
}

/// The words of a text: keywords, names without quotes and numbers, in order, up to the first string, quoted name or
/// comment that does not end. What is in those is passed over.
pub fn words(sql: &str) -> impl Iterator<Item = &str> {
    let (bytes, mut at) = (sql.as_bytes(), 0);
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let (found, end) = token(bytes, at).ok()?;
            let start = std::mem::replace(&mut at, end);
            if let Token::Word(_) = found {
                return sql.get(start..end);
            }
        }
        None
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Token<'a> {
    /// Space, or a comment.
    Space,
    Semicolon,
    Open,
    Close,
    /// A keyword, a name without quotes, or a number.
    Word(&'a [u8]),
    Other,
}

/// How deep a place is: in parentheses, and in bodies of functions, in which `CASE` has an `END` of its own.
#[derive(Debug, Default)]
struct Nesting {
    parentheses: usize,
    bodies: usize,
    after_begin: bool,
}

impl Nesting {
    fn is_outside(&self) -> bool {
        self.parentheses == 0 && self.bodies == 0
    }

    fn see(&mut self, token: &Token<'_>) {
        let is =
            |word: &str| matches!(token, Token::Word(found) if found.eq_ignore_ascii_case(word.as_bytes()));
        match token {
            Token::Open => self.parentheses += 1,
            Token::Close => self.parentheses = self.parentheses.saturating_sub(1),
            _ if self.after_begin && is("ATOMIC") => self.bodies += 1,
            _ if self.bodies > 0 && is("CASE") => self.bodies += 1,
            _ if self.bodies > 0 && is("END") => self.bodies -= 1,
            _ => {}
        }
        self.after_begin = is("BEGIN");
    }
}

fn token(bytes: &[u8], at: usize) -> Result<(Token<'_>, usize)> {
    let rest = bytes.get(at..).unwrap_or_default();
    Ok(match rest {
        [b' ' | b'\t'..=b'\r', ..] => (Token::Space, at + 1),
        [0xef, 0xbb, 0xbf, ..] => (Token::Space, at + 3),
        [b'-', b'-', ..] => {
            let line = rest.iter().position(|byte| *byte == b'\n');
            (Token::Space, at + line.unwrap_or(rest.len()))
        }
        [b'/', b'*', ..] => {
            (Token::Space, at + comment(rest).ok_or_else(|| unfinished(bytes, at, "comment"))?)
        }
        [b'e' | b'E', b'\'', ..] => {
            (Token::Other, at + 1 + quoted(rest, 1, true).ok_or_else(|| unfinished(bytes, at, "string"))?)
        }
        [b'\'', ..] => {
            (Token::Other, at + quoted(rest, 0, false).ok_or_else(|| unfinished(bytes, at, "string"))?)
        }
        [b'"', ..] => {
            (Token::Other, at + quoted(rest, 0, false).ok_or_else(|| unfinished(bytes, at, "quoted name"))?)
        }
        [b'$', ..] => match tag(rest) {
            Some(tag) => {
                let inside = rest.get(tag.len()..).unwrap_or_default();
                let end = inside.windows(tag.len()).position(|window| window == tag);
                let end = end.ok_or_else(|| unfinished(bytes, at, "string"))?;
                (Token::Other, at + end + 2 * tag.len())
            }
            None => (Token::Other, at + 1),
        },
        [b';', ..] => (Token::Semicolon, at + 1),
        [b'(' | b'[', ..] => (Token::Open, at + 1),
        [b')' | b']', ..] => (Token::Close, at + 1),
        [0, ..] => return Err(Error::new(ErrorKind::InvalidStatement, "the SQL contains a NUL")),
        [first, ..] if in_word(*first) => {
            let len = rest.iter().position(|byte| !in_word(*byte)).unwrap_or(rest.len());
            (Token::Word(rest.get(..len).unwrap_or_default()), at + len)
        }
        _ => (Token::Other, at + 1),
    })
}

/// The length of a comment, with those inside of it; `None` if it does not end.
fn comment(rest: &[u8]) -> Option<usize> {
    let (mut depth, mut len) = (0_usize, 0);
    loop {
        match rest.get(len..)? {
            [b'/', b'*', ..] => (depth, len) = (depth + 1, len + 2),
            [b'*', b'/', ..] => {
                (depth, len) = (depth - 1, len + 2);
                if depth == 0 {
                    return Some(len);
                }
            }
            [] => return None,
            _ => len += 1,
        }
    }
}

/// The length of what is quoted, from the quote at `start` on; `None` if it does not end. A doubled quote, which
/// stands for one, is as good as two strings side by side.
fn quoted(rest: &[u8], start: usize, escapes: bool) -> Option<usize> {
    let rest = rest.get(start..)?;
    let quote = rest.first()?;
    let mut len = 1;
    loop {
        match rest.get(len)? {
            b'\\' if escapes => len += 2,
            byte if byte == quote => return Some(len + 1),
            _ => len += 1,
        }
    }
}

/// The tag that opens a string in dollars; `None` if it is a parameter.
fn tag(rest: &[u8]) -> Option<&[u8]> {
    let end = rest.iter().skip(1).position(|byte| *byte == b'$' || !in_word(*byte))? + 1;
    let name = rest.get(1..end)?;
    let named = !name.first().is_some_and(u8::is_ascii_digit);
    (rest.get(end) == Some(&b'$') && named).then(|| rest.get(..=end)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_that_end_nothing() {
        for one in [
            "SELECT ';', \"a;b\", 'it''s; fine'",
            r"SELECT E'\';', e'\\', 'back\'",
            "SELECT /* ; /* ; */ ; */ 1 -- ;\n + 2",
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.x := 1; RETURN NEW; END; $$",
            "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $body$ SELECT '$$;'; $body$",
            "CREATE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN a = 1 THEN 2 END; SELECT 3; END",
            "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)",
            "PREPARE p AS SELECT $1, $2",
            "SELECT a$b, x::text[], 'é;ü'",
        ] {
            assert_eq!(statements(one).unwrap(), [one], "{one}");
            let two = format!("\u{feff} ;; {one} ; /* between; */ {one};-- end;");
            assert_eq!(statements(&two).unwrap(), [one, one], "{two}");
        }
        assert_eq!(statements("BEGIN; SELECT 1; END; SELECT 2").unwrap().len(), 4);
    }

    #[test]
    fn words_are_what_is_not_quoted() {
        let of = |sql| words(sql).collect::<Vec<_>>();
        assert_eq!(of("-- a\n/* b */ SELECT c, 'd', \"e\" FROM(f2)"), ["SELECT", "c", "FROM", "f2"]);
        assert_eq!(of("SELECT 1 'open INSERT"), ["SELECT", "1"]);
        assert!(of(" ; -- nothing").is_empty());
    }

    #[test]
    fn what_does_not_end_is_refused_with_its_line() {
        for (sql, message) in [
            ("SELECT 1;\n SELECT 'open; SELECT 2;", "the string that begins in line 2 does not end"),
            ("SELECT \"open", "the quoted name that begins in line 1 does not end"),
            (r"SELECT E'open\'", "the string that begins in line 1 does not end"),
            ("SELECT $a$ open $b$", "the string that begins in line 1 does not end"),
            ("\nSELECT 1 /* /* open */", "the comment that begins in line 2 does not end"),
            ("SELECT 1; \0 SELECT 2", "the SQL contains a NUL"),
        ] {
            let error = statements(sql).unwrap_err();
            assert_eq!((error.kind(), error.message()), (ErrorKind::InvalidStatement, message), "{sql}");
        }
    }
}
