//! What a script expects, and whether an answer is that.

use std::collections::HashMap;

use bytes::Bytes;
use credenza_core::semantics::number::parse_f64;
use credenza_core::{ErrorKind, Found};

use super::answer::{Answer, Refusal};
use super::reader::Reader;

/// What a script expects of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pattern {
    Any,
    Nil,
    /// A status or bytes.
    Text(Bytes),
    Bulk(Bytes),
    Int(i64),
    Range(i64, i64),
    /// This time, or a little less where time passes by itself.
    About(i64),
    /// Bytes that read as this number.
    Float(f64),
    List(Vec<Pattern>),
    /// In any order.
    Set(Vec<Pattern>),
    /// Pairs in any order.
    Map(Vec<(Pattern, Pattern)>),
    OneOf(Vec<Pattern>),
    /// So many of these, in any order; each at most once unless they may repeat.
    Some {
        count: usize,
        of: Vec<Pattern>,
        repeats: bool,
    },
    /// The value of the variable, which gets it if it has none; greater than that of the other.
    Variable(String, Option<String>),
    Error(Box<Expected>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expected {
    kind: String,
    index: Option<usize>,
    found: Option<(String, Option<Pattern>)>,
}

/// What a script has learned so far.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) variables: HashMap<String, Answer>,
    /// How much time has passed by itself since the script began, in milliseconds: so far may a time be behind.
    pub(crate) passed: i64,
    /// Texts that a variable has need not come again: tags of a store that gives the same content different ones.
    pub(crate) varies: bool,
}

impl Pattern {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Pattern, String> {
        if let Some(bytes) = reader.quoted()? {
            return Ok(Pattern::Bulk(bytes));
        }
        if let Some(name) = reader.variable()? {
            let above = if reader.eat(">") { reader.variable()? } else { None };
            return Ok(Pattern::Variable(name, above));
        }
        if reader.eat("!") {
            return Expected::read(reader).map(|expected| Pattern::Error(Box::new(expected)));
        }
        if reader.eat("[") {
            return list(reader, "]", Pattern::read).map(Pattern::List);
        }
        if reader.eat("{") {
            return braces(reader);
        }
        if reader.eat("~") {
            return Ok(Pattern::About(integer(reader)?));
        }
        if reader.eat("one of {") {
            return list(reader, "}", Pattern::read).map(Pattern::OneOf);
        }
        let unsigned = reader.rest().strip_prefix('-').unwrap_or(reader.rest());
        if unsigned.starts_with(|c: char| c.is_ascii_digit()) {
            return number(reader);
        }
        match reader.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '+')) {
            Some("_") => Ok(Pattern::Any),
            Some("nil") => Ok(Pattern::Nil),
            Some(word) => Ok(Pattern::Text(Bytes::copy_from_slice(word.as_bytes()))),
            None => Err(format!("expected an answer at {:?}", reader.rest())),
        }
    }

    pub(crate) fn matches(&self, answer: &Answer, known: &mut Known) -> bool {
        match (self, answer) {
            (Pattern::Any, answer) => !matches!(answer, Answer::Error(_)),
            (Pattern::Nil, Answer::Nil) => true,
            (Pattern::Text(text), Answer::Status(status)) => status.as_bytes() == text,
            (Pattern::Text(text) | Pattern::Bulk(text), Answer::Bulk(bytes)) => text == bytes,
            (Pattern::Int(number), Answer::Int(found)) => number == found,
            (Pattern::Range(low, high), Answer::Int(found)) => (low..=high).contains(&found),
            (Pattern::About(time), Answer::Int(found)) => (time - known.passed..=*time).contains(found),
            (Pattern::Float(number), Answer::Bulk(bytes)) => parse_f64(bytes) == Some(*number),
            (Pattern::List(patterns), Answer::Array(answers)) => {
                patterns.len() == answers.len()
                    && patterns.iter().zip(answers).all(|(pattern, answer)| pattern.matches(answer, known))
            }
            (Pattern::Set(patterns), Answer::Array(answers)) => {
                patterns.len() == answers.len()
                    && each_once(answers.iter(), patterns, |pattern, answer| pattern.matches(answer, known))
            }
            (Pattern::Map(patterns), Answer::Array(answers)) => {
                let pairs: Vec<_> = answers.chunks_exact(2).collect();
                patterns.len() * 2 == answers.len()
                    && each_once(pairs.into_iter(), patterns, |(key, value), pair| {
                        matches!(pair, [first, second]
                            if key.matches(first, known) && value.matches(second, known))
                    })
            }
            (Pattern::OneOf(patterns), answer) => {
                patterns.iter().any(|pattern| pattern.matches(answer, known))
            }
            (Pattern::Some { count, of, repeats }, Answer::Array(answers)) => {
                answers.len() == *count
                    && match repeats {
                        true => answers.iter().all(|answer| of.iter().any(|one| one.matches(answer, known))),
                        false => each_once(answers.iter(), of, |one, answer| one.matches(answer, known)),
                    }
            }
            (Pattern::Variable(name, above), answer) => {
                if let Some(above) = above {
                    match (known.variables.get(above), answer) {
                        (Some(Answer::Int(least)), Answer::Int(found)) if found > least => {}
                        _ => return false,
                    }
                }
                if matches!(answer, Answer::Error(_)) {
                    return false;
                }
                if known.varies && known.variables.contains_key(name) {
                    return matches!(answer, Answer::Bulk(_));
                }
                known.variables.entry(name.clone()).or_insert_with(|| answer.clone()) == answer
            }
            (Pattern::Error(expected), Answer::Error(refusal)) => expected.matches(refusal, known),
            _ => false,
        }
    }

    /// Whether the answer may be an error.
    pub(crate) fn has_error(&self) -> bool {
        match self {
            Pattern::Error(_) => true,
            Pattern::List(patterns) => patterns.iter().any(Pattern::has_error),
            _ => false,
        }
    }
}

/// Whether every item takes a pattern of its own.
fn each_once<T, P>(
    mut items: impl Iterator<Item = T>,
    patterns: &[P],
    mut fits: impl FnMut(&P, &T) -> bool,
) -> bool {
    let mut free: Vec<&P> = patterns.iter().collect();
    items.all(|item| match free.iter().position(|pattern| fits(pattern, &item)) {
        Some(at) => {
            free.swap_remove(at);
            true
        }
        None => false,
    })
}

fn list<T>(
    reader: &mut Reader<'_>,
    close: &str,
    mut item: impl FnMut(&mut Reader<'_>) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let mut items = Vec::new();
    while !reader.eat(close) {
        if !items.is_empty() {
            reader.expect(",")?;
        }
        items.push(item(reader)?);
    }
    Ok(items)
}

/// `{a, b}` or `{f: v, g: w}`.
fn braces(reader: &mut Reader<'_>) -> Result<Pattern, String> {
    let items = list(reader, "}", |reader| {
        let first = Pattern::read(reader)?;
        let second = if reader.eat(":") { Some(Pattern::read(reader)?) } else { None };
        Ok((first, second))
    })?;
    if items.iter().all(|(_, value)| value.is_none()) {
        return Ok(Pattern::Set(items.into_iter().map(|(item, _)| item).collect()));
    }
    let pairs = items.into_iter().map(|(key, value)| value.map(|value| (key, value)));
    pairs.collect::<Option<_>>().map(Pattern::Map).ok_or_else(|| "a pair has no value".to_owned())
}

fn alternatives(reader: &mut Reader<'_>) -> Result<Vec<Pattern>, String> {
    reader.expect("{")?;
    list(reader, "}", Pattern::read)
}

fn integer(reader: &mut Reader<'_>) -> Result<i64, String> {
    let digits = reader.take_while(|c| c.is_ascii_digit() || c == '-').ok_or("a number is missing")?;
    digits.parse().map_err(|_| format!("{digits} is not a number"))
}

/// `5`, `1..9`, `2.5`, `2 of {a, b}`, `3 from {a, b}`.
fn number(reader: &mut Reader<'_>) -> Result<Pattern, String> {
    let start = reader.rest();
    let whole = integer(reader)?;
    if reader.eat("..") {
        return Ok(Pattern::Range(whole, integer(reader)?));
    }
    if reader.rest().starts_with(['.', 'e']) {
        *reader = Reader::new(start);
        let text = reader.take_while(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e'));
        let text = text.unwrap_or_default();
        return text.parse().map(Pattern::Float).map_err(|_| format!("{text} is not a number"));
    }
    let count = |whole: i64| usize::try_from(whole).map_err(|_| format!("{whole} is not a count"));
    if reader.eat_word("of") {
        return Ok(Pattern::Some { count: count(whole)?, of: alternatives(reader)?, repeats: false });
    }
    if reader.eat_word("from") {
        return Ok(Pattern::Some { count: count(whole)?, of: alternatives(reader)?, repeats: true });
    }
    Ok(Pattern::Int(whole))
}

impl Expected {
    fn read(reader: &mut Reader<'_>) -> Result<Expected, String> {
        let word = |reader: &mut Reader<'_>| {
            let word = reader.take_while(|c| c.is_ascii_alphanumeric());
            word.map(str::to_owned).ok_or_else(|| format!("a name is missing at {:?}", reader.rest()))
        };
        let kind = word(reader)?;
        let index = match reader.eat_word("at") {
            true => Some(usize::try_from(integer(reader)?).map_err(|_| "a negative index".to_owned())?),
            false => None,
        };
        let found = match reader.eat_word("found") {
            true => {
                let what = word(reader)?;
                let value = match what.as_str() {
                    "absent" | "present" => None,
                    _ => Some(Pattern::read(reader)?),
                };
                Some((what, value))
            }
            false => None,
        };
        Ok(Expected { kind, index, found })
    }

    fn matches(&self, refusal: &Refusal, known: &mut Known) -> bool {
        kind_name(refusal.kind) == self.kind
            && self.index.is_none_or(|index| refusal.index == Some(index))
            && match (&self.found, &refusal.found) {
                (None, _) => true,
                (Some((what, value)), Some(found)) => {
                    let (name, answer) = found_answer(found);
                    what == name
                        && match (value, answer) {
                            (Some(pattern), Some(answer)) => pattern.matches(&answer, known),
                            (None, None) => true,
                            _ => false,
                        }
                }
                (Some(_), None) => false,
            }
    }
}

fn kind_name(kind: ErrorKind) -> String {
    format!("{kind:?}")
}

fn found_answer(found: &Found) -> (&'static str, Option<Answer>) {
    match found {
        Found::Absent => ("absent", None),
        Found::Present => ("present", None),
        Found::Value(value) => ("value", Some(Answer::Bulk(value.clone()))),
        Found::Version(version) => ("version", Some(Answer::Int(version.get().cast_signed()))),
        Found::Score(score) => ("score", Some(Answer::Bulk(score.to_string().into()))),
        Found::Length(length) => ("length", Some(Answer::Int(length.cast_signed()))),
        _ => ("unknown", None),
    }
}
