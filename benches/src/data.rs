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
