//! Where a value stands.

use bytes::Bytes;

/// Where a value stands: part of what is authenticated, so that none is taken for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A string, or an item of a list. Items move within a list, and so are bound to its key alone.
    Key(Bytes),
    /// The field of a hash.
    Field(Bytes, Bytes),
}

impl Place {
    pub(crate) fn key(&self) -> &Bytes {
        match self {
            Place::Key(key) | Place::Field(key, _) => key,
        }
    }

    /// What no other place has: what stands first says how long the key is.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let (kind, key, field) = match self {
            Place::Key(key) => (0, key, None),
            Place::Field(key, field) => (1, key, Some(field)),
        };
        out.push(kind);
        out.extend_from_slice(&(key.len() as u64).to_be_bytes());
        out.extend_from_slice(key);
        out.extend_from_slice(field.map_or(&[], |field| &field[..]));
    }
}
