//! How an object is stored.
//!
//! ```text
//! mark   content as it is   mark
//! mark   block   block   …   where each block ends: 8 bytes a block   mark
//!
//! mark: FF 43 5A 62 6C 6F 62   which of the two: 1   method: 1   0 0 0   size of the content: 8   checksum of the mark: 4
//! block: length: 4, its highest bit set if it is stored as it is   checksum of its content: 4   bytes
//! ```
//!
//! Numbers are little-endian. A block has 131,072 bytes of content, the last one fewer, and is compressed by itself. Where it ends is
//! counted from the beginning of the object. The first mark may leave the size open (all bits set), when it is not known before the
//! end. Checksums are the lower half of XXH3-64.

use credenza_core::{Error, ErrorKind, Result};

use crate::frame::checksum;

/// Bytes of content in a block.
pub(crate) const BLOCK: u64 = 128 << 10;
/// Bytes in front of each.
pub(crate) const PREFIX: u64 = 8;
/// Bytes of a mark.
pub(crate) const MARK: u64 = 24;
/// Bytes of an entry of the index.
pub(crate) const ENTRY: u64 = 8;
const MAGIC: [u8; 7] = *b"\xFFCZblob";
const OPEN: u64 = u64::MAX;
const AS_IT_IS: u32 = 1 << 31;

/// At which end of an object a mark stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    First = b'<' as isize,
    Last = b'>' as isize,
}

/// How what stands between the marks is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    AsItIs,
    Zstd,
    Lz4,
}

/// What a mark tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) form: Form,
    /// Of the content, if it is known.
    pub(crate) size: Option<u64>,
}

impl Mark {
    pub(crate) fn write(self, side: Side) -> [u8; MARK as usize] {
        let mut mark = [0; MARK as usize];
        mark[..7].copy_from_slice(&MAGIC);
        mark[7] = side as u8;
        mark[8] = match self.form {
            Form::AsItIs => 0,
            Form::Zstd => 1,
            Form::Lz4 => 2,
        };
        mark[12..20].copy_from_slice(&self.size.unwrap_or(OPEN).to_le_bytes());
        let sum = checksum(&mark[..20]);
        mark[20..].copy_from_slice(&sum.to_le_bytes());
        mark
    }

    /// The mark, if there is one: what has none was stored without this layer.
    pub(crate) fn read(bytes: &[u8], side: Side) -> Result<Option<Mark>> {
        let Some((mark, sum)) = bytes.split_last_chunk::<4>().filter(|(mark, _)| mark.len() == 20) else {
            return Ok(None);
        };
        if !mark.starts_with(&MAGIC) || mark[7] != side as u8 || checksum(mark) != u32::from_le_bytes(*sum) {
            return Ok(None);
        }
        let form = match mark[8] {
            0 => Form::AsItIs,
            1 => Form::Zstd,
            2 => Form::Lz4,
            _ => {
                let message = "an object was compressed by a method that this version does not know";
                return Err(Error::new(ErrorKind::NewerFormat, message));
            }
        };
        let size = u64::from_le_bytes(mark[12..20].try_into().map_err(|_| damaged())?);
        Ok(Some(Mark { form, size: (size != OPEN).then_some(size) }))
    }
}

/// What stands in front of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prefix {
    /// Bytes that are stored.
    pub(crate) length: u32,
    pub(crate) as_it_is: bool,
    pub(crate) checksum: u32,
}

impl Prefix {
    pub(crate) fn write(self) -> [u8; PREFIX as usize] {
        let mut prefix = [0; PREFIX as usize];
        let length = self.length | if self.as_it_is { AS_IT_IS } else { 0 };
        prefix[..4].copy_from_slice(&length.to_le_bytes());
        prefix[4..].copy_from_slice(&self.checksum.to_le_bytes());
        prefix
    }

    pub(crate) fn read(bytes: [u8; PREFIX as usize]) -> Prefix {
        let [a, b, c, d, sum @ ..] = bytes;
        let length = u32::from_le_bytes([a, b, c, d]);
        Prefix {
            length: length & !AS_IT_IS,
            as_it_is: length & AS_IT_IS != 0,
            checksum: u32::from_le_bytes(sum),
        }
    }
}

/// How many blocks a content has.
pub(crate) fn blocks(size: u64) -> u64 {
    size.div_ceil(BLOCK)
}

/// How many bytes of content a block has.
pub(crate) fn block_size(size: u64, block: u64) -> u64 {
    size.saturating_sub(block.saturating_mul(BLOCK)).min(BLOCK)
}

/// The size up to which every object takes no more than this.
pub(crate) fn largest(limit: u64) -> u64 {
    let rest = limit.saturating_sub(2 * MARK);
    let block = BLOCK + PREFIX + ENTRY;
    rest / block * BLOCK + (rest % block).saturating_sub(PREFIX + ENTRY)
}

/// The most that the blocks up to this byte of content take, with the mark in front of them.
pub(crate) fn most_until(end: u64) -> u64 {
    let blocks = blocks(end);
    blocks.saturating_mul(BLOCK + PREFIX).saturating_add(MARK)
}

/// Where the index of an object begins, of a content of this size.
pub(crate) fn index(stored: u64, size: u64) -> Result<u64> {
    let after = blocks(size).checked_mul(ENTRY).and_then(|index| index.checked_add(MARK));
    after.and_then(|after| stored.checked_sub(after)).filter(|index| *index >= MARK).ok_or_else(damaged)
}

#[cold]
pub(crate) fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "an object that was compressed is damaged or cut off")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_prefixes_are_read_as_they_were_written() {
        for form in [Form::AsItIs, Form::Zstd, Form::Lz4] {
            for size in [None, Some(0), Some(1 << 40)] {
                let mark = Mark { form, size };
                let written = mark.write(Side::First);
                assert_eq!(Mark::read(&written, Side::First).unwrap(), Some(mark));
                assert_eq!(Mark::read(&written, Side::Last).unwrap(), None, "it stands at the other end");
                assert_eq!(Mark::read(&written[..23], Side::First).unwrap(), None);
            }
        }
        let mut newer = Mark { form: Form::Zstd, size: Some(1) }.write(Side::Last);
        newer[8] = 9;
        assert_eq!(Mark::read(&newer, Side::Last).unwrap(), None, "its checksum is another's");
        let sum = checksum(&newer[..20]);
        newer[20..].copy_from_slice(&sum.to_le_bytes());
        assert_eq!(Mark::read(&newer, Side::Last).unwrap_err().kind(), ErrorKind::NewerFormat);

        for as_it_is in [false, true] {
            let prefix = Prefix { length: 131_072, as_it_is, checksum: 7 };
            assert_eq!(Prefix::read(prefix.write()), prefix);
        }
    }

    /// What an object of which no block shrinks takes.
    fn most(size: u64) -> u64 {
        size + blocks(size) * (PREFIX + ENTRY) + 2 * MARK
    }

    #[test]
    fn the_largest_size_fits_and_one_more_does_not() {
        for limit in [100, 1000, BLOCK, BLOCK + 64, BLOCK + 65, 3 * BLOCK, 10 * BLOCK + 77] {
            let size = largest(limit);
            assert!(size == 0 || most(size) <= limit, "{limit}");
            assert!(most(size + 1) > limit, "{limit}");
        }
        assert_eq!(most_until(u64::MAX), u64::MAX);
    }
}
