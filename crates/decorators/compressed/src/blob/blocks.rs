//! Blocks of a content into what is stored, and back.

use bytes::Bytes;
use credenza_core::Result;
use credenza_core::blob::BodyReader;

use super::config::CompressedBlobConfig;
use super::format::{BLOCK, Form, PREFIX, Prefix, damaged};
use crate::codec::{Compressor, checked_gain, lz4, most};
use crate::config::Method;
use crate::contexts::Decompressors;
use crate::frame::checksum;

/// Compresses blocks by one method, and decompresses those of all.
#[derive(Debug)]
pub(crate) struct BlockCodec {
    compressor: Compressor,
    form: Form,
    min_gain: u8,
    zstd: Decompressors,
}

impl BlockCodec {
    pub(crate) fn new(config: &CompressedBlobConfig) -> Result<BlockCodec> {
        let form = match config.method {
            Method::Zstd { .. } => Form::Zstd,
            Method::Lz4 => Form::Lz4,
        };
        Ok(BlockCodec {
            compressor: Compressor::new(config.method, None)?,
            form,
            min_gain: checked_gain(config.min_gain)?,
            zstd: Decompressors::new(&[]),
        })
    }

    /// The form that objects have when they are compressed.
    pub(crate) fn form(&self) -> Form {
        self.form
    }

    /// A block of at most [`BLOCK`] bytes as it is stored.
    pub(crate) fn encode(&self, content: &[u8]) -> Result<Bytes> {
        let block = |as_it_is: bool, bytes: &[u8]| -> Bytes {
            let prefix = Prefix { length: bytes.len() as u32, as_it_is, checksum: checksum(content) };
            [&prefix.write(), bytes].concat().into()
        };
        let most = most(content.len(), self.min_gain);
        let compressed = self.compressor.compress(content, most, |bytes| block(false, bytes))?;
        Ok(compressed.unwrap_or_else(|| block(true, content)))
    }

    /// The content of the next block, which has `size` bytes.
    pub(crate) async fn decode(&self, form: Form, source: &mut BodyReader, size: u64) -> Result<Bytes> {
        let prefix = source.take(PREFIX as usize).await?;
        let prefix = Prefix::read(prefix[..].try_into().map_err(|_| damaged())?);
        // No block is longer than its content, so no length that is wrong takes memory.
        if u64::from(prefix.length) > size.min(BLOCK) {
            return Err(damaged());
        }
        let stored = source.take(prefix.length as usize).await?.freeze();
        if stored.len() != prefix.length as usize {
            return Err(damaged());
        }
        let content = match form {
            _ if prefix.as_it_is => stored,
            Form::Zstd => self.zstd.decompress(&stored, size as usize)?.ok_or_else(damaged)?.into(),
            Form::Lz4 => lz4(&stored, size as usize).ok_or_else(damaged)?.into(),
            Form::AsItIs => return Err(damaged()),
        };
        if content.len() as u64 != size || checksum(&content) != prefix.checksum {
            return Err(damaged());
        }
        Ok(content)
    }
}
