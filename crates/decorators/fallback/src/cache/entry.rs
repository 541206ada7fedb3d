//! What stands in the cache under a key.

use bytes::Bytes;
use credenza_core::{Random, ThreadRandom};

const VALUE: u8 = b'V';
const FILL: u8 = b'F';
const WRITE: u8 = b'W';

/// What stands there.
pub(super) enum Entry {
    /// A value.
    Value(Bytes),
    /// Somebody fills it or writes to the key: the store below is to be asked.
    Taken,
}

impl Entry {
    pub(super) fn read(stored: &Bytes) -> Entry {
        match stored.first() {
            Some(&VALUE) => Entry::Value(stored.slice(1..)),
            // What is none of ours is no value either.
            _ => Entry::Taken,
        }
    }
}

pub(super) fn value(value: &[u8]) -> Bytes {
    [&[VALUE], value].concat().into()
}

/// The mark of one who fills: as long as it stands, nobody wrote.
pub(super) fn filling() -> Bytes {
    token(FILL)
}

/// The mark of one who writes: as long as it stands, nobody fills.
pub(super) fn writing() -> Bytes {
    token(WRITE)
}

/// What nobody else puts there.
fn token(kind: u8) -> Bytes {
    let mut token = vec![kind; 17];
    token[1..9].copy_from_slice(&ThreadRandom.next_u64().to_le_bytes());
    token[9..].copy_from_slice(&ThreadRandom.next_u64().to_le_bytes());
    token.into()
}
