//! Keys made of parts: one encoding for namespaces, tables and everything else that shares a store.

use std::fmt;

use bytes::Bytes;

use crate::data::Key;
use crate::error::{Error, ErrorKind, Result};

/// Stands after each part but the last.
const END: u8 = b'#';

/// Stands before the two hexadecimal digits of a byte that is not written as it is: those up to itself.
const ESCAPE: u8 = b'%';

/// The path to a key: parts of any bytes, each a level below the one before it.
///
/// A path is a place where keys are, not a key; [`KeyPath::key`] names a key in it, and [`KeyPath::prefix`] is what
/// every key below it starts with, and no other key.
///
/// ```
/// use credenza_core::KeyPath;
///
/// let users = KeyPath::new().push("app1").push("users");
/// let key = users.key("ada@example.org");
/// assert_eq!(&key[..], b"app1#users#ada@example.org");
/// assert!(key.starts_with(&users.prefix()));
/// assert_eq!(KeyPath::decode(&key)?, ["app1", "users", "ada@example.org"]);
///
/// // Whatever the parts contain, two lists of parts never give the same key.
/// assert_eq!(&KeyPath::new().push("app1#users").key("50 %")[..], b"app1%23users#50%20%25");
/// # Ok::<(), credenza_core::Error>(())
/// ```
///
/// # The encoding
/// Parts are separated by `#`. A byte up to `%` (the control characters, the space and `!"#$%`) is written as `%`
/// and two hexadecimal digits in upper case; every other byte stands for itself, so that text stays readable. As
/// `#` comes before `%`, and `%` before all that stands for itself, keys have the order of their parts: compared
/// part by part, each by its bytes, where what is a beginning of the other comes first.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPath(Vec<u8>);

impl KeyPath {
    /// The path without parts: every key is below it.
    pub const fn new() -> KeyPath {
        KeyPath(Vec::new())
    }

    /// The path one level below.
    #[must_use]
    pub fn push(mut self, part: impl AsRef<[u8]>) -> KeyPath {
        escape(part.as_ref(), &mut self.0);
        self.0.push(END);
        self
    }

    /// As [`KeyPath::push`], and keeps this path.
    #[must_use]
    pub fn child(&self, part: impl AsRef<[u8]>) -> KeyPath {
        self.clone().push(part)
    }

    /// The key of that name at this path.
    pub fn key(&self, name: impl AsRef<[u8]>) -> Key {
        let mut key = self.0.clone();
        escape(name.as_ref(), &mut key);
        Key::from(key)
    }

    /// What every key below this path starts with, and no other: for `CLEAR` and, escaped by
    /// [`glob::escape_prefix`](crate::semantics::glob::escape_prefix), for `SCAN`.
    pub fn prefix(&self) -> Key {
        Key::from(&self.0[..])
    }

    /// What every key below this path starts with whose next part starts with `start`, and no other.
    ///
    /// ```
    /// # use credenza_core::KeyPath;
    /// let users = KeyPath::new().push("users");
    /// assert!(users.key("ada").starts_with(&users.prefix_of("a")));
    /// assert!(!users.key("bob").starts_with(&users.prefix_of("a")));
    /// ```
    pub fn prefix_of(&self, start: impl AsRef<[u8]>) -> Key {
        self.key(start)
    }

    /// The rest of a key that is below this path: what [`KeyPath::decode`] reads as the parts below it.
    pub fn strip<'a>(&self, key: &'a [u8]) -> Option<&'a [u8]> {
        key.strip_prefix(&self.0[..])
    }

    /// The parts of a key, the last of which is its name.
    ///
    /// # Errors
    /// `Decode` if the key was not made by [`KeyPath::key`].
    pub fn decode(key: &[u8]) -> Result<Vec<Bytes>> {
        key.split(|byte| *byte == END).map(unescape).collect()
    }
}

impl fmt::Debug for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPath({} bytes)", self.0.len())
    }
}

fn escape(part: &[u8], out: &mut Vec<u8>) {
    for byte in part {
        if *byte <= ESCAPE {
            out.extend_from_slice(&[ESCAPE, digit(byte >> 4), digit(byte & 15)]);
        } else {
            out.push(*byte);
        }
    }
}

fn digit(number: u8) -> u8 {
    if number < 10 { b'0' + number } else { b'A' + number - 10 }
}

fn unescape(mut part: &[u8]) -> Result<Bytes> {
    let mut out = Vec::with_capacity(part.len());
    while let [byte, rest @ ..] = part {
        part = match (*byte, rest) {
            (ESCAPE, [high, low, rest @ ..]) => {
                out.push(escaped(*high, *low).ok_or_else(malformed)?);
                rest
            }
            (byte, rest) if byte > ESCAPE => {
                out.push(byte);
                rest
            }
            _ => return Err(malformed()),
        };
    }
    Ok(Bytes::from(out))
}

/// The byte of two digits, if it is one that is escaped: a key has one form only.
fn escaped(high: u8, low: u8) -> Option<u8> {
    let byte = (value(high)? << 4) + value(low)?;
    (byte <= ESCAPE).then_some(byte)
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn malformed() -> Error {
    Error::new(ErrorKind::Decode, "the key is not a path of parts")
}
