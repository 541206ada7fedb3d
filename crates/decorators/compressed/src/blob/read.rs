//! Contents on their way out of a store.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use credenza_core::blob::{Body, BodyReader};
use credenza_core::{Error, Result};
use futures_util::stream;

use super::blocks::BlockCodec;
use super::format::{BLOCK, Form, block_size};
use crate::kv::NAME;

/// The bytes of a range, out of a source that begins with the block of its first.
pub(crate) struct Reading {
    pub(crate) source: BodyReader,
    pub(crate) codec: Arc<BlockCodec>,
    pub(crate) form: Form,
    /// Of the whole content.
    pub(crate) size: u64,
    /// What has not come yet.
    pub(crate) range: Range<u64>,
    /// The next block.
    pub(crate) block: u64,
}

impl Reading {
    /// A content that is decompressed as it is read. The first block is, before it is handed out.
    pub(crate) async fn into_body(mut self) -> Result<Body> {
        let length = self.range.end - self.range.start;
        if self.range.is_empty() {
            return Ok(Body::empty());
        }
        let first = self.next().await?;
        if self.range.is_empty() {
            return Ok(first.into());
        }
        let rest = stream::try_unfold((Some(first), self), |(first, mut reading)| async move {
            let piece = match first {
                Some(first) => first,
                None if reading.range.is_empty() => return Ok(None),
                None => reading.next().await.map_err(named)?,
            };
            Ok(Some((piece, (None, reading))))
        });
        Ok(Body::stream(rest, Some(length)))
    }

    /// What the next block has of the range.
    async fn next(&mut self) -> Result<Bytes> {
        loop {
            let start = self.block * BLOCK;
            let size = block_size(self.size, self.block);
            let content = self.codec.decode(self.form, &mut self.source, size).await?;
            self.block += 1;
            let end = (start + size).min(self.range.end);
            if self.range.start < end {
                let wanted = content.slice((self.range.start - start) as usize..(end - start) as usize);
                self.range.start = end;
                return Ok(wanted);
            }
        }
    }
}

pub(crate) fn named(error: Error) -> Error {
    error.during("get").on(NAME)
}
