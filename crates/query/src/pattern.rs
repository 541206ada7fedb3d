//! Regular expressions that mean the same everywhere.
//!
//! Postgres has Spencer's advanced expressions, SQLite those of a library; what both have is taken, and written so that both read it the same way.
//!
//! ```text
//! expression: branch | branch …      branch: piece piece …
//! piece:  atom, then perhaps * + ? {n} {n,} {n,m}, and perhaps ?, which changes nothing here
//! atom:   ( … )  (?: … )  .  ^  $  [ … ]  [^ … ]  \d \w \s \D \W \S  \ and a character that is no letter or digit  any other character
//! in [ ]: characters, ranges, \d \w \s, [:alpha:] [:digit:] [:alnum:] [:upper:] [:lower:] [:space:], \ and a character as above
//! ```

use credenza_core::{Error, ErrorKind, Result};

/// As long as a pattern is.
const LONGEST: usize = 1_024;
/// As deep as groups stand in each other.
const DEEPEST: usize = 32;
/// As often as something is repeated; Postgres has no more.
const MOST_TIMES: u32 = 255;

const DIGIT: &str = "0-9";
const WORD: &str = "A-Za-z0-9_";
const SPACE: &str = r" \t\n\r\f\v";

/// The expression as both databases take it.
pub(crate) fn portable(pattern: &str) -> Result<String> {
    if pattern.len() > LONGEST {
        return Err(Error::new(ErrorKind::LimitExceeded, "a regular expression has at most 1,024 bytes"));
    }
    let mut reader = Reader { rest: pattern, out: String::with_capacity(pattern.len() + 8) };
    reader.branches(0)?;
    match reader.rest {
        "" => Ok(reader.out),
        _ => Err(malformed("a parenthesis closes nothing")),
    }
}

struct Reader<'a> {
    rest: &'a str,
    out: String,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next()?;
        self.rest = chars.as_str();
        Some(next)
    }

    fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn branches(&mut self, depth: usize) -> Result<()> {
        if depth == DEEPEST {
            let message = "groups of a regular expression stand in each other at most 32 deep";
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        while !self.rest.is_empty() && !self.rest.starts_with(')') {
            if self.take("|") {
                self.out.push('|');
            } else if self.atom(depth)? {
                self.times()?;
            } else if self.rest.starts_with(['*', '+', '?', '{']) {
                return Err(malformed("the beginning or the end of a text is repeated"));
            }
        }
        Ok(())
    }

    /// Whether it can be repeated.
    fn atom(&mut self, depth: usize) -> Result<bool> {
        match self.next() {
            Some(edge @ ('^' | '$')) => {
                self.out.push(edge);
                return Ok(false);
            }
            Some('.') => self.out.push('.'),
            Some('(') => {
                if self.rest.starts_with('?') && !self.take("?:") {
                    return Err(malformed("of (?…) there is only (?:…)"));
                }
                self.out.push_str("(?:");
                self.branches(depth + 1)?;
                if !self.take(")") {
                    return Err(malformed("a parenthesis is not closed"));
                }
                self.out.push(')');
            }
            Some('[') => self.class()?,
            Some('\\') => match self.escape()? {
                Escape::Class(class, negated) => {
                    self.out.push_str(if negated { "[^" } else { "[" });
                    self.out.push_str(class);
                    self.out.push(']');
                }
                Escape::Char(char) => self.char(char),
            },
            Some('*' | '+' | '?' | '{') => return Err(malformed("there is nothing to repeat")),
            Some(char) => self.char(char),
            None => {}
        }
        Ok(true)
    }

    fn char(&mut self, char: char) {
        if char.is_ascii() && !char.is_ascii_alphanumeric() && !char.is_ascii_control() && char != ' ' {
            self.out.push('\\');
        }
        self.out.push(char);
    }

    fn escape(&mut self) -> Result<Escape> {
        Ok(match self.next() {
            Some('d') => Escape::Class(DIGIT, false),
            Some('D') => Escape::Class(DIGIT, true),
            Some('w') => Escape::Class(WORD, false),
            Some('W') => Escape::Class(WORD, true),
            Some('s') => Escape::Class(SPACE, false),
            Some('S') => Escape::Class(SPACE, true),
            Some('n') => Escape::Char('\n'),
            Some('r') => Escape::Char('\r'),
            Some('t') => Escape::Char('\t'),
            Some(char) if !char.is_alphanumeric() => Escape::Char(char),
            _ => {
                return Err(malformed(
                    "of \\ and a letter or digit there are \\d \\w \\s \\D \\W \\S \\n \\r \\t",
                ));
            }
        })
    }

    fn class(&mut self) -> Result<()> {
        let negated = self.take("^");
        self.out.push_str(if negated { "[^" } else { "[" });
        let mut first = true;
        loop {
            if !first && self.take("]") {
                self.out.push(']');
                return Ok(());
            }
            first = false;
            if self.take("[:") {
                self.named()?;
                continue;
            }
            let Some(from) = self.member()? else { continue };
            if self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                self.take("-");
                let Some(to) = self.member()? else { return Err(malformed("a range ends with a class")) };
                if from > to {
                    return Err(malformed("a range ends before it begins"));
                }
                self.in_class(from);
                self.out.push('-');
                self.in_class(to);
            } else {
                self.in_class(from);
            }
        }
    }

    /// A character; nothing if it was a class, which is written.
    fn member(&mut self) -> Result<Option<char>> {
        match self.next() {
            None => Err(malformed("a bracket is not closed")),
            Some('\\') => match self.escape()? {
                Escape::Char(char) => Ok(Some(char)),
                Escape::Class(class, false) => {
                    self.out.push_str(class);
                    Ok(None)
                }
                Escape::Class(..) => Err(malformed("\\D, \\W and \\S do not stand in brackets")),
            },
            Some(char) => Ok(Some(char)),
        }
    }

    fn named(&mut self) -> Result<()> {
        let (name, rest) =
            self.rest.split_once(":]").ok_or_else(|| malformed("a named class is not closed"))?;
        self.out.push_str(match name {
            "alpha" => "A-Za-z",
            "digit" => DIGIT,
            "alnum" => "A-Za-z0-9",
            "upper" => "A-Z",
            "lower" => "a-z",
            "space" => SPACE,
            _ => return Err(malformed("there is no class of this name")),
        });
        self.rest = rest;
        Ok(())
    }

    fn in_class(&mut self, char: char) {
        if matches!(char, '\\' | ']' | '[' | '^' | '-' | '&' | '~' | ':' | '.' | '=') {
            self.out.push('\\');
        }
        self.out.push(char);
    }

    /// How often the atom before stands there.
    fn times(&mut self) -> Result<()> {
        if let Some(sign) = ['*', '+', '?'].into_iter().find(|sign| self.rest.starts_with(*sign)) {
            self.next();
            self.out.push(sign);
        } else if self.take("{") {
            let least = self.number()?;
            let most = if self.take(",") {
                if self.rest.starts_with('}') { None } else { Some(self.number()?) }
            } else {
                Some(least)
            };
            if !self.take("}") || most.is_some_and(|most| most < least) {
                return Err(malformed("{ } has one number, or two, the less first"));
            }
            self.out.push_str(&match most {
                Some(most) => format!("{{{least},{most}}}"),
                None => format!("{{{least},}}"),
            });
        } else {
            return Ok(());
        }
        // As much as possible or as little: whether it matches is the same.
        self.take("?");
        if self.rest.starts_with(['*', '+', '?', '{']) {
            return Err(malformed("what is repeated is repeated again"));
        }
        Ok(())
    }

    fn number(&mut self) -> Result<u32> {
        let digits = self.rest.find(|char: char| !char.is_ascii_digit()).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        match number.parse() {
            Ok(number) if number <= MOST_TIMES => Ok(number),
            _ => Err(malformed("{ } has numbers up to 255")),
        }
    }
}

enum Escape {
    Class(&'static str, bool),
    Char(char),
}

fn malformed(why: &'static str) -> Error {
    Error::invalid(format!("no regular expression that every database has: {why}"))
}

#[cfg(test)]
mod tests {
    use super::portable;

    #[test]
    fn what_both_have_is_written_as_both_read_it() {
        for (pattern, expected) in [
            ("", ""),
            ("^a.c$", "^a.c$"),
            (r"\d+-\w{2,}", r"[0-9]+\-[A-Za-z0-9_]{2,}"),
            ("(a|b)?|", "(?:a|b)?|"),
            ("a*?b{3}", "a*b{3,3}"),
            ("[]a-c^-]", r"[\]a-c\^\-]"),
            (r"[^\d[:upper:]&]", r"[^0-9A-Z\&]"),
            ("a]b}", r"a\]b\}"),
            ("čé/", r"čé\/"),
        ] {
            assert_eq!(portable(pattern).unwrap(), expected, "{pattern}");
        }
    }

    #[test]
    fn what_only_one_of_them_has_is_refused() {
        for pattern in [
            "*a",
            "a**",
            "a|*",
            "(",
            ")",
            "(?i)a",
            "(?=a)",
            r"\1",
            r"\b",
            r"\y",
            "[a",
            "[z-a]",
            "a{2,1}",
            "a{256}",
            "a{x}",
            "^*",
            "***=a",
            r"[\D]",
            "[[:foo:]]",
            "[a-\\d]",
            r"\",
        ] {
            assert!(portable(pattern).is_err(), "{pattern}");
        }
        assert!(portable(&"(".repeat(40)).is_err() && portable(&"a".repeat(2_000)).is_err());
    }
}
