//! What came back, in the one form that scripts compare and print.

use std::fmt;

use bytes::Bytes;
use credenza_core::{Error, ErrorKind, Found, Resp};

/// What a store answered, as a Redis client would see it. Printed, it is the text that a script expects.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A status: `OK`, or the name of a type.
    Status(String),
    /// An integer.
    Int(i64),
    /// Bytes.
    Bulk(Bytes),
    /// Nothing.
    Nil,
    /// Several.
    Array(Vec<Answer>),
    /// An error.
    Error(Refusal),
}

/// What a script can know of an error.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// What went wrong.
    pub kind: ErrorKind,
    /// The command or check of the batch that went wrong.
    pub index: Option<usize>,
    /// What a check found.
    pub found: Option<Found>,
    /// Whether the error says that nothing was changed.
    pub not_applied: bool,
    /// The error in words.
    pub text: String,
}

impl From<Error> for Answer {
    fn from(error: Error) -> Answer {
        Answer::from(&error)
    }
}

impl From<&Error> for Answer {
    fn from(error: &Error) -> Answer {
        Answer::Error(Refusal {
            kind: error.kind(),
            index: error.index(),
            found: error.check_failure().map(|failure| failure.found.clone()),
            not_applied: error.effect() == credenza_core::Effect::NotApplied,
            text: error.to_string(),
        })
    }
}

impl From<Resp> for Answer {
    fn from(resp: Resp) -> Answer {
        match resp {
            Resp::Status(text) => Answer::Status(text.to_owned()),
            Resp::Int(number) => Answer::Int(number),
            Resp::Bulk(bytes) => Answer::Bulk(bytes),
            Resp::Nil => Answer::Nil,
            Resp::Array(items) => Answer::Array(items.into_iter().map(Answer::from).collect()),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Status(text) => f.write_str(text),
            Answer::Int(number) => write!(f, "{number}"),
            Answer::Bulk(bytes) => f.write_str(&quoted(bytes)),
            Answer::Nil => f.write_str("nil"),
            Answer::Array(items) => {
                let items: Vec<String> = items.iter().map(Answer::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Answer::Error(refusal) => write!(f, "{refusal}"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "!{:?}", self.kind)?;
        if let Some(index) = self.index {
            write!(f, " at {index}")?;
        }
        match &self.found {
            None => Ok(()),
            Some(Found::Absent) => f.write_str(" found absent"),
            Some(Found::Present) => f.write_str(" found present"),
            Some(Found::Value(value)) => write!(f, " found value {}", quoted(value)),
            Some(Found::Version(_)) => f.write_str(" found version _"),
            Some(Found::Score(score)) => write!(f, " found score {score:?}"),
            Some(Found::Length(length)) => write!(f, " found length {length}"),
            Some(other) => write!(f, " found {other:?}"),
        }
    }
}

/// Bytes as a script writes them: in quotes, what is not plain text as `\x00`; a long run of one byte as
/// `"a"*1000`.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    if let [first, rest @ ..] = bytes
        && bytes.len() > 40
        && rest.iter().all(|byte| byte == first)
    {
        return format!("{}*{}", quoted(&[*first]), bytes.len());
    }
    let mut text = String::with_capacity(bytes.len() + 2);
    text.push('"');
    for byte in bytes {
        match byte {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text.push('"');
    text
}

/// A word of a command as a script writes it: bare where that is clear.
pub(crate) fn word(bytes: &[u8]) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-+.:*[]()?^".contains(byte);
    if !bytes.is_empty() && bytes.len() <= 40 && bytes.iter().all(plain) {
        String::from_utf8_lossy(bytes).into_owned()
    } else {
        quoted(bytes)
    }
}
