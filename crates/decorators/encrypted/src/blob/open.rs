//! Contents on their way out of a store.

use bytes::{Bytes, BytesMut};
use credenza_core::blob::Body;
use credenza_core::{Error, Result};
use futures_util::stream;

use super::cipher::{ObjectCipher, foreign};
use super::format::{self, BLOCK, HEADER, SEALED};
use crate::kv::NAME;

/// What is stored, on its way.
#[derive(Debug)]
pub(crate) struct Source {
    body: Body,
    left: Bytes,
}

impl Source {
    pub(crate) fn new(body: Body) -> Source {
        Source { body, left: Bytes::new() }
    }

    pub(crate) async fn header(&mut self) -> Result<BytesMut> {
        self.take(HEADER as usize).await
    }

    /// So many bytes.
    async fn take(&mut self, count: usize) -> Result<BytesMut> {
        let mut taken = BytesMut::with_capacity(count);
        while taken.len() < count {
            if self.left.is_empty() {
                self.left = self.body.next().await?.ok_or_else(foreign)?;
            }
            taken.extend_from_slice(&self.left.split_to(self.left.len().min(count - taken.len())));
        }
        Ok(taken)
    }
}

/// The bytes of a range, out of a source that begins with the block of its first.
pub(crate) struct Opening {
    pub(crate) source: Source,
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
        let sealed = self.source.take(length as usize).await?;
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
