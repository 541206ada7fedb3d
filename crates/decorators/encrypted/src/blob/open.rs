//! Contents on their way out of a store.

use bytes::{Bytes, BytesMut};
use credenza_core::blob::{Body, BodyReader};
use credenza_core::{Error, Result};
use futures_util::stream;

use super::cipher::{ObjectCipher, foreign};
use super::format::{self, BLOCK, SEALED};
use crate::kv::NAME;

/// So many bytes of what is stored.
pub(crate) async fn take(source: &mut BodyReader, count: u64) -> Result<BytesMut> {
    let taken = source.take(count as usize).await?;
    if taken.len() as u64 == count { Ok(taken) } else { Err(foreign()) }
}

/// The bytes of a range, out of a source that begins with the block of its first.
pub(crate) struct Opening {
    pub(crate) source: BodyReader,
    pub(crate) cipher: ObjectCipher,
    /// Of the whole object.
    pub(crate) size: u64,
    /// What has not come yet.
    pub(crate) range: std::ops::Range<u64>,
    /// The next block.
    pub(crate) block: u64,
}

impl Opening {
    /// A content that is decrypted as it is read. One of a single block is, before it is handed out.
    pub(crate) async fn into_body(mut self) -> Result<Body> {
        let length = self.range.end - self.range.start;
        let first = self.next().await?;
        if self.range.is_empty() {
            return Ok(first.into());
        }
        let rest = stream::try_unfold((Some(first), self), |(first, mut opening)| async move {
            let piece = match first {
                Some(first) => first,
                None if opening.range.is_empty() => return Ok(None),
                None => opening.next().await.map_err(named)?,
            };
            Ok(Some((piece, (None, opening))))
        });
        Ok(Body::stream(rest, Some(length)))
    }

    /// What the next block has of the range.
    async fn next(&mut self) -> Result<Bytes> {
        let last = self.block + 1 == format::blocks(self.size);
        let start = self.block * BLOCK;
        let length = if last { self.size - start + (SEALED - BLOCK) } else { SEALED };
        let sealed = take(&mut self.source, length).await?;
        let text = self.cipher.open(self.block, last, sealed)?;
        let end = (start + text.len() as u64).min(self.range.end);
        let wanted = text.slice((self.range.start - start) as usize..(end - start) as usize);
        self.block += 1;
        self.range.start = end;
        Ok(wanted)
    }
}

pub(crate) fn named(error: Error) -> Error {
    error.during("get").on(NAME)
}
