//! The lines of a script.

use std::time::Duration;

use bytes::Bytes;
use credenza_core::{Check, Command, Key, Mode, Version};

use super::pattern::{Known, Pattern};
use super::reader::{Reader, Word};

/// A line of a script.
#[derive(Debug)]
pub(super) struct Step {
    /// As it was written.
    pub(super) text: String,
    pub(super) action: Action,
    /// What must come back; without, anything but an error.
    pub(super) expect: Option<Pattern>,
    /// What the version of a batch must be.
    pub(super) stamp: Option<Pattern>,
}

#[derive(Debug)]
pub(super) enum Action {
    /// Moves the clock.
    Advance(Duration),
    /// Sends a command.
    Send(Phrase),
    /// Sends a scan until it is complete.
    Scan(Phrase),
    /// Sends a batch.
    Batch { mode: Mode, checks: Vec<Phrase>, commands: Vec<Phrase> },
}

/// The words of a command or a check.
#[derive(Debug)]
pub(super) struct Phrase(Vec<Word>);

impl Step {
    pub(super) fn read(line: &str) -> Result<Step, String> {
        let mut reader = Reader::new(line);
        let action = if reader.eat_word("advance") {
            let number = reader.take_while(|c| c.is_ascii_digit()).and_then(|digits| digits.parse().ok());
            reader.expect("ms")?;
            Action::Advance(Duration::from_millis(number.ok_or("a time is missing")?))
        } else if reader.eat_word("scan") {
            Action::Scan(Phrase::read(&mut reader)?.at_start())
        } else if reader.eat_word("ATOMIC") {
            batch(&mut reader, Mode::Atomic)?
        } else if reader.eat_word("PIPELINE") {
            batch(&mut reader, Mode::Pipelined)?
        } else {
            Action::Send(Phrase::read(&mut reader)?)
        };
        let expect = if reader.eat("=>") { Some(Pattern::read(&mut reader)?) } else { None };
        let stamp = if reader.eat("@") { Some(Pattern::read(&mut reader)?) } else { None };
        if !reader.is_done() {
            return Err(format!("{:?} is left over", reader.rest()));
        }
        Ok(Step { text: line.trim().to_owned(), action, expect, stamp })
    }

    /// Every command in it.
    pub(super) fn phrases(&self) -> &[Phrase] {
        match &self.action {
            Action::Advance(_) => &[],
            Action::Send(phrase) | Action::Scan(phrase) => std::slice::from_ref(phrase),
            Action::Batch { commands, .. } => commands,
        }
    }

    /// Whether it may only look, or is expected to fail: then nothing may be different after it.
    pub(super) fn changes_nothing(&self, known: &Known) -> bool {
        if self.expect.as_ref().is_some_and(Pattern::has_error) {
            return !matches!(self.action, Action::Batch { mode: Mode::Pipelined, .. });
        }
        let reads = |phrase: &Phrase| {
            phrase
                .command(known)
                .is_some_and(|command| command.info().access == credenza_core::command::Access::Read)
        };
        !matches!(self.action, Action::Advance(_)) && self.phrases().iter().all(reads)
    }
}

fn batch(reader: &mut Reader<'_>, mode: Mode) -> Result<Action, String> {
    reader.expect("{")?;
    let (mut checks, mut commands) = (Vec::new(), Vec::new());
    while !reader.eat("}") {
        let into = if reader.eat_word("CHECK") { &mut checks } else { &mut commands };
        into.push(Phrase::read(reader)?);
        reader.eat(";");
    }
    Ok(Action::Batch { mode, checks, commands })
}

impl Phrase {
    /// Takes words up to a mark of the grammar.
    fn read(reader: &mut Reader<'_>) -> Result<Phrase, String> {
        let mut words = Vec::new();
        let marks = ["=>", ";", "}"];
        let at_mark = |rest: &str| {
            marks.iter().any(|mark| {
                rest.strip_prefix(mark)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
            })
        };
        while !reader.is_done() && !at_mark(reader.rest()) {
            words.push(reader.word()?);
        }
        if words.is_empty() { Err("a command is missing".to_owned()) } else { Ok(Phrase(words)) }
    }

    /// The same scan with the cursor it starts with.
    fn at_start(mut self) -> Phrase {
        let place = cursor_place(&self.words(&Known::default())).min(self.0.len());
        self.0.insert(place, Word::Text(Bytes::from_static(b"0")));
        self
    }

    /// The words with the values of their variables.
    pub(super) fn words(&self, known: &Known) -> Vec<Bytes> {
        self.0.iter().map(|word| word.value(known)).collect()
    }

    /// The command, if it is a valid one.
    pub(super) fn command(&self, known: &Known) -> Option<Command> {
        Command::parse(&self.words(known)).ok()
    }

    /// The check.
    pub(super) fn check(&self, known: &Known) -> Result<Check, String> {
        read_check(&self.words(known))
    }
}

/// Reads `absent k`, `exists k`, `value k v`, `version k 7`, `field k f v`, `field_absent k f`, `field_exists k f`,
/// `member k m`, `member_absent k m`, `score k m 1.5`, `length k 3`.
fn read_check(words: &[Bytes]) -> Result<Check, String> {
    let text: Vec<&[u8]> = words.iter().map(AsRef::as_ref).collect();
    let number = |word: &[u8]| std::str::from_utf8(word).ok().and_then(|word| word.parse().ok());
    Ok(match text.as_slice() {
        [b"absent", key] => Check::absent(*key),
        [b"exists", key] => Check::exists(*key),
        [b"value", key, value] => Check::value_equals(*key, *value),
        [b"version", key, b"nil"] => Check::version_equals(*key, None),
        [b"version", key, version] => {
            Check::version_equals(*key, Some(Version::new(number(version).ok_or("a bad version")?)))
        }
        [b"field", key, field, value] => Check::field_equals(*key, *field, *value),
        [b"field_absent", key, field] => Check::FieldAbsent { key: Key::from(*key), field: (*field).into() },
        [b"field_exists", key, field] => Check::FieldExists { key: Key::from(*key), field: (*field).into() },
        [b"member", key, member] => Check::MemberPresent { key: Key::from(*key), member: (*member).into() },
        [b"member_absent", key, member] => {
            Check::MemberAbsent { key: Key::from(*key), member: (*member).into() }
        }
        [b"score", key, member, score] => {
            let score = std::str::from_utf8(score).ok().and_then(|score| score.parse::<f64>().ok());
            Check::score_equals(*key, *member, score.ok_or("a bad score")?)
        }
        [b"length", key, length] => {
            Check::LengthAtMost { key: Key::from(*key), length: number(length).ok_or("a bad length")? }
        }
        _ => return Err(format!("unknown check {:?}", words)),
    })
}

/// Where the cursor stands among the words of a scan.
pub(super) fn cursor_place(words: &[Bytes]) -> usize {
    if words.first().is_some_and(|name| name.eq_ignore_ascii_case(b"SCAN")) { 1 } else { 2 }
}
