//! Where one statement of SQLite ends and the next begins.

use credenza_core::{Error, ErrorKind, Result};

/// The statements of a text in SQLite's dialect, in order, each from its first token to its last, without the
/// semicolon behind it. Text between them (space, comments, more semicolons) is left out.
///
/// Semicolons in strings, quoted names, comments and bodies of triggers do not end a statement.
///
/// ```
/// use credenza_migrations::statements;
///
/// let sql = "INSERT INTO notes VALUES ('a;b'); -- the first; and only one
///            CREATE TRIGGER t AFTER INSERT ON notes BEGIN DELETE FROM log; END;";
/// let found = statements(sql)?;
/// assert_eq!(found.len(), 2);
/// assert_eq!(found[0], "INSERT INTO notes VALUES ('a;b')");
/// # Ok::<(), credenza_core::Error>(())
/// ```
///
/// # Errors
/// `InvalidStatement` for a string, a quoted name or a comment that does not end, and for a NUL, where SQLite would
/// stop reading.
pub fn statements(sql: &str) -> Result<Vec<&str>> {
    let bytes = sql.as_bytes();
    let (mut found, mut state, mut at) = (Vec::new(), State::Start, 0);
    // From the first token of the statement to the end of its last.
    let mut range: Option<(usize, usize)> = None;
    while at < bytes.len() {
        let (token, end) = token(bytes, at)?;
        state = state.after(&token);
        match token {
            Token::Space => {}
            Token::Semicolon if state == State::Start => {
                found.extend(range.take().and_then(|(first, last)| sql.get(first..last)));
            }
            _ => range = Some((range.map_or(at, |(first, _)| first), end)),
        }
        at = end;
    }
    found.extend(range.and_then(|(first, last)| sql.get(first..last)));
    Ok(found)
}

/// What stands at a place of a text.
#[derive(Debug, PartialEq, Eq)]
enum Token<'a> {
    /// Space, or a comment.
    Space,
    Semicolon,
    /// A keyword, a name without quotes, or a number.
    Word(&'a [u8]),
    Other,
}

/// How far a statement has got, as far as it matters for its end: only the body of a trigger has semicolons, and
/// it ends with `; END`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    /// Behind `EXPLAIN`.
    Explain,
    /// Behind `CREATE`.
    Create,
    Statement,
    Trigger,
    /// Behind a semicolon in a trigger.
    TriggerSemicolon,
    /// Behind `; END` in a trigger.
    TriggerEnd,
}

impl State {
    fn after(self, token: &Token<'_>) -> State {
        let is =
            |word: &str| matches!(token, Token::Word(found) if found.eq_ignore_ascii_case(word.as_bytes()));
        match (self, token) {
            (state, Token::Space) => state,
            (State::Trigger | State::TriggerSemicolon, Token::Semicolon) => State::TriggerSemicolon,
            (_, Token::Semicolon) => State::Start,
            (State::Start, _) if is("EXPLAIN") => State::Explain,
            (State::Start | State::Explain, _) if is("CREATE") => State::Create,
            // `EXPLAIN QUERY PLAN CREATE …`
            (State::Explain, _) if is("QUERY") || is("PLAN") => State::Explain,
            (State::Create, _) if is("TEMP") || is("TEMPORARY") => State::Create,
            (State::Create, _) if is("TRIGGER") => State::Trigger,
            (State::TriggerSemicolon, _) if is("END") => State::TriggerEnd,
            (State::Trigger | State::TriggerSemicolon | State::TriggerEnd, _) => State::Trigger,
            (State::Start | State::Explain | State::Create | State::Statement, _) => State::Statement,
        }
    }
}

/// The token at a place, and where it ends. It is SQLite's tokenizer, as far as it decides what a semicolon is.
fn token(bytes: &[u8], at: usize) -> Result<(Token<'_>, usize)> {
    let rest = bytes.get(at..).unwrap_or_default();
    let until = |end: Option<usize>, what: &str| match end {
        Some(len) => Ok(at + len),
        None => Err(unfinished(bytes, at, what)),
    };
    Ok(match rest {
        [b' ' | b'\t' | b'\n' | b'\x0c' | b'\r', ..] => (Token::Space, at + 1),
        // A byte order mark is space to SQLite.
        [0xef, 0xbb, 0xbf, ..] => (Token::Space, at + 3),
        [b'-', b'-', ..] => {
            let line = rest.iter().position(|byte| *byte == b'\n');
            (Token::Space, at + line.unwrap_or(rest.len()))
        }
        [b'/', b'*', ..] => {
            let end = rest.windows(2).skip(2).position(|pair| pair == b"*/").map(|end| end + 4);
            (Token::Space, until(end, "comment")?)
        }
        [quote @ (b'\'' | b'"' | b'`'), ..] => {
            // A doubled quote, which stands for one, is as good as two strings side by side.
            let end = rest.iter().skip(1).position(|byte| byte == quote).map(|end| end + 2);
            (Token::Other, until(end, if *quote == b'\'' { "string" } else { "quoted name" })?)
        }
        [b'[', ..] => {
            let end = rest.iter().position(|byte| *byte == b']').map(|end| end + 1);
            (Token::Other, until(end, "quoted name")?)
        }
        [b';', ..] => (Token::Semicolon, at + 1),
        [b'$' | b'@' | b':' | b'#', ..] => (Token::Other, at + variable(rest)),
        [0, ..] => return Err(Error::new(ErrorKind::InvalidStatement, "the SQL contains a NUL")),
        [first, ..] if in_word(*first) => {
            let len = rest.iter().position(|byte| !in_word(*byte)).unwrap_or(rest.len());
            (Token::Word(rest.get(..len).unwrap_or_default()), at + len)
        }
        _ => (Token::Other, at + 1),
    })
}

/// The length of a parameter with a name. In the way of Tcl it may have a part in parentheses, in which anything
/// but space can stand: `$x(;)`.
fn variable(rest: &[u8]) -> usize {
    let (mut len, mut named) = (1, false);
    loop {
        match rest.get(len..).unwrap_or_default() {
            [b':', b':', ..] => len += 2,
            [byte, ..] if in_word(*byte) => (len, named) = (len + 1, true),
            [b'(', inside @ ..] if named => {
                let stops = |byte: &u8| *byte == b')' || is_space(*byte);
                return match inside.iter().position(stops) {
                    Some(end) if inside.get(end) == Some(&b')') => len + end + 2,
                    // SQLite refuses it.
                    end => len + 1 + end.unwrap_or(inside.len()),
                };
            }
            _ => return len,
        }
    }
}

pub(crate) fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

pub(crate) fn unfinished(bytes: &[u8], at: usize, what: &str) -> Error {
    let before = bytes.get(..at).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    Error::new(ErrorKind::InvalidStatement, format!("the {what} that begins in line {line} does not end"))
        .with_sqlstate("42601")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_that_end_nothing() {
        for one in [
            "SELECT ';'",
            "SELECT 'it''s; fine', \"a;b\", `c;d`, [e;f]",
            "SELECT 1 /* ; */ + 2",
            "SELECT 1 -- ;\n + 2",
            "SELECT x'3b', $a(;), $a::b(;'), @c, :d, ?1, #e",
            "SELECT \"a\"\";\"\"b\"",
            "CREATE TRIGGER t AFTER INSERT ON n BEGIN SELECT 1; SELECT CASE WHEN 1 THEN 2 END; END",
            "create temp trigger if not exists t before delete on n begin select ';end;'; /* ;end; */ select 2; end",
            "CREATE TEMPORARY TRIGGER t AFTER UPDATE OF a ON n WHEN (1) BEGIN UPDATE n SET a = 1; -- ; END\nEND",
            "EXPLAIN CREATE TRIGGER t AFTER INSERT ON n BEGIN SELECT 1; END",
            "EXPLAIN QUERY PLAN CREATE TRIGGER t AFTER INSERT ON n BEGIN SELECT 1; END",
            "/**/CREATE/* */TRIGGER -- one\n \"end\" AFTER INSERT ON \"trigger\" BEGIN SELECT 1;\n\n;end"
                .trim_start_matches("/**/"),
            "CREATE TABLE trigger (begin, \"end\"); ".trim_end_matches("; "),
            "SELECT a->-1, a->>'x;y', b - -1, c / 2 * 3",
            "SELECT 'é;ü', кот FROM \"имя;\"",
            "WITH c AS (SELECT CASE 1 WHEN 1 THEN ';' END AS x) SELECT x FROM c",
        ] {
            assert_eq!(statements(one).unwrap(), [one], "{one}");
            let two = format!("\u{feff} ;; {one} ; /* between; */ {one};-- end;");
            assert_eq!(statements(&two).unwrap(), [one, one], "{two}");
        }
    }

    #[test]
    fn a_trigger_ends_only_where_it_ends() {
        let sql = "CREATE TABLE end (trigger); CREATE VIEW v AS SELECT 1; END; SELECT 2";
        assert_eq!(statements(sql).unwrap().len(), 4);
        // No trigger after all: `CREATE` is a name here.
        assert_eq!(statements("SELECT create_trigger; SELECT 1; END").unwrap().len(), 3);
        assert_eq!(statements("DROP TRIGGER t; SELECT 1; END").unwrap().len(), 3);
    }

    #[test]
    fn texts_without_statements() {
        for none in ["", " \n", ";", ";;;", "-- nothing", "/* nothing; */;", "\u{feff}"] {
            assert!(statements(none).unwrap().is_empty(), "{none:?}");
        }
    }

    #[test]
    fn what_does_not_end_is_refused_with_its_line() {
        for (sql, message) in [
            ("SELECT 1;\n SELECT 'open; SELECT 2;", "the string that begins in line 2 does not end"),
            ("SELECT \"open", "the quoted name that begins in line 1 does not end"),
            ("SELECT `open", "the quoted name that begins in line 1 does not end"),
            ("\n\nSELECT [open", "the quoted name that begins in line 3 does not end"),
            ("SELECT 1 /* open", "the comment that begins in line 1 does not end"),
            ("SELECT 1 /*/", "the comment that begins in line 1 does not end"),
            ("SELECT 1 /*", "the comment that begins in line 1 does not end"),
            ("SELECT 1; \0 SELECT 2", "the SQL contains a NUL"),
        ] {
            let error = statements(sql).unwrap_err();
            assert_eq!((error.kind(), error.message()), (ErrorKind::InvalidStatement, message), "{sql}");
        }
    }
}
