//! Reads the text of a script, a piece at a time.

use bytes::Bytes;

use super::answer::Answer;
use super::pattern::Known;

/// No script repeats a text to more bytes than this.
const LONGEST: usize = 64 << 20;

/// What is left of a line.
pub(crate) struct Reader<'a> {
    rest: &'a str,
}

/// A word of a command.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Word {
    /// As it stands.
    Text(Bytes),
    /// In quotes: never a mark of the script's grammar.
    Quoted(Bytes),
    /// The value of a variable, plus a number.
    Variable(String, i64),
}

impl Word {
    /// The bytes, with the value of a variable. One that is not known yet counts as 1.
    pub(crate) fn value(&self, known: &Known) -> Bytes {
        match self {
            Word::Text(bytes) | Word::Quoted(bytes) => bytes.clone(),
            Word::Variable(name, plus) => match known.variables.get(name) {
                Some(Answer::Bulk(bytes)) => bytes.clone(),
                Some(Answer::Int(number)) => number.saturating_add(*plus).to_string().into(),
                Some(Answer::Nil) => Bytes::from_static(b"nil"),
                _ => Bytes::from_static(b"1"),
            },
        }
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(line: &'a str) -> Reader<'a> {
        Reader { rest: line.trim() }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Takes `mark` if it comes next.
    pub(crate) fn eat(&mut self, mark: &str) -> bool {
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    /// Takes `name` if it comes next as a whole word.
    pub(crate) fn eat_word(&mut self, name: &str) -> bool {
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        self.rest.strip_prefix(name).is_some_and(ends) && self.eat(name)
    }

    pub(crate) fn expect(&mut self, mark: &str) -> Result<(), String> {
        if self.eat(mark) { Ok(()) } else { Err(format!("expected {mark:?} at {:?}", self.rest)) }
    }

    /// Takes what `belongs`, at least one character.
    pub(crate) fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> Option<&'a str> {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        if taken.is_empty() {
            return None;
        }
        self.rest = rest.trim_start();
        Some(taken)
    }

    /// Takes bytes in quotes, repeated if `*n` follows: `"a\x00"*3`. `None` if there is no quote.
    pub(crate) fn quoted(&mut self) -> Result<Option<Bytes>, String> {
        let Some(text) = self.rest.strip_prefix('"') else { return Ok(None) };
        let mut bytes = Vec::new();
        let mut chars = text.char_indices();
        let end = loop {
            match chars.next() {
                Some((at, '"')) => break at,
                Some((_, '\\')) => match chars.next().map(|(_, c)| c) {
                    Some('n') => bytes.push(b'\n'),
                    Some('r') => bytes.push(b'\r'),
                    Some('t') => bytes.push(b'\t'),
                    Some('x') => {
                        let digits: String = chars.by_ref().take(2).map(|(_, c)| c).collect();
                        let byte = u8::from_str_radix(&digits, 16);
                        bytes.push(byte.map_err(|_| format!("\\x{digits} is not a byte"))?);
                    }
                    Some(c @ ('"' | '\\')) => bytes.push(c as u8),
                    other => return Err(format!("unknown escape {other:?}")),
                },
                Some((_, c)) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                None => return Err("a quote is not closed".to_owned()),
            }
        };
        self.rest = text.get(end + 1..).unwrap_or_default();
        if let Some(rest) = self.rest.strip_prefix('*') {
            self.rest = rest;
            let times = self.take_while(|c| c.is_ascii_digit()).and_then(|digits| digits.parse().ok());
            let fits = |times: &usize| bytes.len().checked_mul(*times).is_some_and(|len| len <= LONGEST);
            bytes = bytes.repeat(times.filter(fits).ok_or("a bad number of repetitions")?);
        }
        self.rest = self.rest.trim_start();
        Ok(Some(Bytes::from(bytes)))
    }

    /// Takes `$name`; `None` if there is no dollar sign.
    pub(crate) fn variable(&mut self) -> Result<Option<String>, String> {
        let Some(rest) = self.rest.strip_prefix('$') else { return Ok(None) };
        self.rest = rest;
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        name.map(|name| Some(name.to_owned())).ok_or_else(|| "a variable has no name".to_owned())
    }

    /// Takes the next word of a command.
    pub(crate) fn word(&mut self) -> Result<Word, String> {
        if let Some(bytes) = self.quoted()? {
            return Ok(Word::Quoted(bytes));
        }
        let text = self.take_while(|c| !c.is_whitespace()).ok_or("a word is missing")?;
        let Some(name) = text.strip_prefix('$') else {
            return Ok(Word::Text(Bytes::copy_from_slice(text.as_bytes())));
        };
        let sign = name.find(['+', '-']).unwrap_or(name.len());
        let (name, plus) = name.split_at(sign);
        let plus = match plus {
            "" => 0,
            plus => plus.parse().map_err(|_| format!("{plus} is not a number"))?,
        };
        Ok(Word::Variable(name.to_owned(), plus))
    }
}
