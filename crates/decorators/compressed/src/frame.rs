//! How a value that was compressed is stored.
//!
//! ```text
//! FF 43 5A   method: 1 byte   length of the value: LEB128   checksum of the value: 4, little-endian   compressed bytes
//! FF 43 5A   0                the value as it is
//! ```
//!
//! The first byte stands in no UTF-8 text, so text is never taken for a frame. What is stored as it is and begins
//! with these three bytes gets them, and a zero, in front of it. The checksum is the lower half of XXH3-64.

use credenza_core::{Error, ErrorKind, Result};
use twox_hash::XxHash3_64;

const MAGIC: [u8; 3] = [0xFF, b'C', b'Z'];

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
const LZ4: u8 = 2;

/// What stands before a value that is stored as it is, and looks like a frame.
pub(crate) const ESCAPE: [u8; 4] = [MAGIC[0], MAGIC[1], MAGIC[2], PLAIN];

/// How the bytes of a frame were compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// A frame of Zstandard, which names its dictionary.
    Zstd,
    /// A block of LZ4.
    Lz4,
}

/// What is stored.
pub(crate) enum Stored<'a> {
    /// A value as it is, from this byte on.
    Plain(usize),
    /// A value that was compressed.
    Frame(Frame<'a>),
}

pub(crate) struct Frame<'a> {
    pub(crate) coding: Coding,
    pub(crate) length: usize,
    pub(crate) checksum: u32,
    pub(crate) compressed: &'a [u8],
}

/// Whether a value has to be escaped to be stored as it is.
pub(crate) fn looks_like_one(value: &[u8]) -> bool {
    value.starts_with(&MAGIC)
}

pub(crate) fn checksum(value: &[u8]) -> u32 {
    XxHash3_64::oneshot(value) as u32
}

/// A frame, in exactly as many bytes as it needs.
pub(crate) fn write(coding: Coding, value: &[u8], compressed: &[u8]) -> Vec<u8> {
    let mut header = [0; 18];
    header[..3].copy_from_slice(&MAGIC);
    header[3] = match coding {
        Coding::Zstd => ZSTD,
        Coding::Lz4 => LZ4,
    };
    let (mut at, mut left) = (4, value.len() as u64);
    while left > 0x7F {
        header[at] = (left as u8) | 0x80;
        left >>= 7;
        at += 1;
    }
    header[at] = left as u8;
    at += 1;
    header[at..at + 4].copy_from_slice(&checksum(value).to_le_bytes());
    let header = &header[..at + 4];
    let mut frame = Vec::with_capacity(header.len() + compressed.len());
    frame.extend_from_slice(header);
    frame.extend_from_slice(compressed);
    frame
}

pub(crate) fn read(stored: &[u8]) -> Result<Stored<'_>> {
    let Some(rest) = stored.strip_prefix(&MAGIC) else { return Ok(Stored::Plain(0)) };
    let coding = match rest.first() {
        Some(&PLAIN) => return Ok(Stored::Plain(ESCAPE.len())),
        Some(&ZSTD) => Coding::Zstd,
        Some(&LZ4) => Coding::Lz4,
        Some(_) => {
            let message = "a value was compressed by a method that this version does not know";
            return Err(Error::new(ErrorKind::NewerFormat, message));
        }
        None => return Err(damaged()),
    };
    let (length, rest) = length(&rest[1..]).ok_or_else(damaged)?;
    let (checksum, compressed) = rest.split_first_chunk().ok_or_else(damaged)?;
    Ok(Stored::Frame(Frame { coding, length, checksum: u32::from_le_bytes(*checksum), compressed }))
}

/// The length, and what follows it.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut length = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(9) {
        length |= u64::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(length).ok()?, &bytes[index + 1..]));
        }
    }
    None
}

#[cold]
pub(crate) fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "a value that was compressed is damaged")
}
