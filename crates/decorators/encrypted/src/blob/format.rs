//! How an object is stored: in blocks, each encrypted by itself, so that a part of it can be read.
//!
//! ```text
//! format: 1 byte   key: 4   salt: 32   commitment: 32   block   block   …
//! block: ciphertext of 65,536 bytes, of the last one fewer   tag: 16
//! ```
//!
//! The format is 1 for AES-256-GCM and 2 for ChaCha20-Poly1305. Each object has a key of its own, derived with its salt. The nonce of a block is its number, and whether it is the last: blocks cannot be
//! left out, doubled or put in another order, and the end cannot be cut off (the STREAM construction of Hoang, Reyhanitabar,
//! Rogaway and Vizár, 2015). What is authenticated besides is the key under which the object stands. An empty object has one empty block.

use crate::aead::TAG;

/// Bytes of content in a block.
pub(crate) const BLOCK: u64 = 64 << 10;
/// The same when it is stored.
pub(crate) const SEALED: u64 = BLOCK + TAG as u64;
/// Bytes before the first block.
pub(crate) const HEADER: u64 = 1 + 4 + 32 + 32;

/// How many blocks an object has.
pub(crate) fn blocks(size: u64) -> u64 {
    size.div_ceil(BLOCK).max(1)
}

/// How long an object of this size is when it is stored; `None` if that is no number.
pub(crate) fn stored(size: u64) -> Option<u64> {
    blocks(size).checked_mul(TAG as u64)?.checked_add(HEADER)?.checked_add(size)
}

/// The size of an object that is stored with this length; `None` if none is.
pub(crate) fn size(stored: u64) -> Option<u64> {
    let rest = stored.checked_sub(HEADER)?;
    let size = rest.checked_sub(rest.div_ceil(SEALED).checked_mul(TAG as u64)?)?;
    (self::stored(size) == Some(stored)).then_some(size)
}

/// The size of the largest object whose stored form has no more than this.
pub(crate) fn largest(limit: u64) -> u64 {
    let rest = limit.saturating_sub(HEADER);
    let (full, left) = (rest / SEALED, rest % SEALED);
    full * BLOCK + left.saturating_sub(TAG as u64)
}

/// Where a block begins in what is stored.
pub(crate) fn start(block: u64) -> u64 {
    HEADER.saturating_add(block.saturating_mul(SEALED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_lengths_are_each_others() {
        let tag = TAG as u64;
        for (full, left) in (0..4).flat_map(|full| [0, 1, 2, 15, 16, 17, BLOCK - 1].map(|left| (full, left)))
        {
            let size = full * BLOCK + left;
            let stored = stored(size).unwrap();
            assert_eq!(super::size(stored), Some(size), "{size}");
            assert_eq!(largest(stored), size);
        }
        for impossible in [0, HEADER, HEADER + tag - 1, start(1) + 1, start(1) + tag, start(3) + 7] {
            assert_eq!(size(impossible), None, "{impossible}");
        }
        assert_eq!(stored(u64::MAX), None);
        assert_eq!(size(u64::MAX).and_then(stored).unwrap_or(u64::MAX), u64::MAX);
        assert_eq!((blocks(0), blocks(1), blocks(BLOCK), blocks(BLOCK + 1)), (1, 1, 1, 2));
    }
}
