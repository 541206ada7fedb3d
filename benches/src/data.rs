//! What is written and read where stores are compared.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::random::Keys;

/// How many keys a store holds.
pub const COUNT: usize = 100_000;
/// A value of 100 bytes that differs from all before it: SQLite does not write what stands there already.
pub fn value() -> Vec<u8> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{:0100}", NEXT.fetch_add(1, Ordering::Relaxed)).into_bytes()
}

/// The key of this index, 28 bytes.
pub fn key(index: usize) -> Vec<u8> {
    format!("key:{index:024}").into_bytes()
}

/// A key for the operation of this number, in no order that a cache foresees.
pub fn any_key(operation: u64) -> Vec<u8> {
    key(Keys::new(operation, COUNT).next_index())
}

/// Keys by index, one at a time in a place of its own, as a service reads them from a request: the memory of a key
/// that a store holds is nobody else's.
#[derive(Clone, Debug)]
pub struct KeyText {
    text: [u8; 28],
}

impl Default for KeyText {
    fn default() -> KeyText {
        KeyText { text: *b"key:000000000000000000000000" }
    }
}

impl KeyText {
    /// What [`key`] gives.
    #[inline]
    pub fn of(&mut self, index: usize) -> &[u8] {
        let mut rest = index;
        for digit in self.text[16..].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_give_the_same_keys() {
        let mut text = KeyText::default();
        for index in [0, 7, 999_999, 12_345] {
            assert_eq!(text.of(index), key(index));
        }
    }
}
