//! What stands before the keys and channels of a namespace.

use bytes::Bytes;
use credenza_core::semantics::glob::escape_prefix;
use credenza_core::{Error, Key, KeyPath, Pattern, Result};

#[derive(Clone, Debug)]
pub(crate) struct Prefix {
    bytes: Bytes,
    /// The same in a pattern.
    pattern: Bytes,
}

impl Prefix {
    pub(crate) fn new(prefix: Key) -> Prefix {
        let bytes = prefix.into_bytes();
        let mut pattern = escape_prefix(&bytes);
        pattern.pop(); // The star: what follows the prefix is the caller's pattern.
        Prefix { bytes, pattern: pattern.into() }
    }

    /// One that no other name has, nor the beginning of it.
    pub(crate) fn named(name: &[u8]) -> Prefix {
        Prefix::new(KeyPath::new().push(name).prefix())
    }

    /// The same with the name as a hash tag. No prefix of a name begins like it: there, two digits follow a `%`.
    pub(crate) fn tagged(name: &[u8]) -> Result<Prefix> {
        if name.is_empty() {
            return Err(Error::invalid("a hash tag that is empty counts for nothing"));
        }
        let mut prefix = vec![b'{'];
        for byte in KeyPath::new().key(name).iter() {
            match byte {
                b'{' => prefix.extend_from_slice(b"%7B"),
                b'}' => prefix.extend_from_slice(b"%7D"),
                byte => prefix.push(*byte),
            }
        }
        prefix.extend_from_slice(b"}%:");
        Ok(Prefix::new(Key::from(prefix)))
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn put(&self, name: &[u8]) -> Bytes {
        [&self.bytes, name].concat().into()
    }

    pub(crate) fn take(&self, name: &Bytes) -> Option<Bytes> {
        name.starts_with(&self.bytes).then(|| name.slice(self.bytes.len()..))
    }

    pub(crate) fn put_pattern(&self, pattern: &[u8]) -> Pattern {
        Pattern::from([&self.pattern, pattern].concat())
    }

    pub(crate) fn take_pattern(&self, pattern: &Pattern) -> Pattern {
        Pattern::from(pattern.strip_prefix(&self.pattern[..]).unwrap_or(pattern).to_vec())
    }
}
