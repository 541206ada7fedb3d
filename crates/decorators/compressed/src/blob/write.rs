//! Contents on their way into a store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use credenza_core::blob::{Body, BodyReader};
use credenza_core::{Error, Result};
use futures_util::stream;
use md5::{Digest, Md5};

use super::blocks::BlockCodec;
use super::format::{BLOCK, ENTRY, Form, MARK, Mark, Side};
use crate::pass;

/// The size of a content, which is known when it was read to its end.
#[derive(Debug, Default)]
pub(crate) struct Size(AtomicU64);

impl Size {
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// What the content is said to be.
pub(crate) struct Announced {
    /// It is stored as it is.
    pub(crate) as_it_is: bool,
    pub(crate) md5: Option<[u8; 16]>,
}

/// The stored form of a content. If it is not what was announced, it ends with an error.
pub(crate) async fn write(
    codec: Arc<BlockCodec>,
    min_size: usize,
    body: Body,
    announced: Announced,
) -> Result<(Body, Arc<Size>)> {
    let length = body.length();
    let mut content = BodyReader::new(body);
    let first = content.take(BLOCK as usize).await?.freeze();
    let whole = content.is_at_end().await?;
    let read = first.len() as u64;
    let as_it_is = announced.as_it_is || (whole && first.len() < min_size) || pass::is_compressed(&first);
    let form = if as_it_is { Form::AsItIs } else { codec.form() };
    let size = Arc::new(Size::default());
    let mut writing = Writing {
        content,
        first: Some(first),
        codec,
        form,
        length: if whole { length.or(Some(read)) } else { length },
        md5: announced.md5.map(|md5| (Md5::new(), md5)),
        at: 0,
        ends: Vec::new(),
        read: 0,
        size: size.clone(),
        over: false,
    };
    if whole {
        let mut stored = BytesMut::new();
        while let Some(piece) = writing.next().await? {
            stored.extend_from_slice(&piece);
        }
        return Ok((stored.freeze().into(), size));
    }
    let stored = length.filter(|_| as_it_is).and_then(|length| length.checked_add(2 * MARK));
    let pieces = stream::try_unfold(writing, |mut writing| async move {
        Ok(writing.next().await?.map(|piece| (piece, writing)))
    });
    Ok((Body::stream(pieces, stored), size))
}

struct Writing {
    content: BodyReader,
    first: Option<Bytes>,
    codec: Arc<BlockCodec>,
    form: Form,
    /// Of the content, as it was announced.
    length: Option<u64>,
    md5: Option<(Md5, [u8; 16])>,
    /// Where the next piece begins in what is stored.
    at: u64,
    ends: Vec<u64>,
    /// Of the content.
    read: u64,
    size: Arc<Size>,
    over: bool,
}

impl Writing {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        if self.over {
            return Ok(None);
        }
        let piece = match self.at {
            0 => Bytes::copy_from_slice(&Mark { form: self.form, size: self.length }.write(Side::First)),
            _ => self.block().await?,
        };
        self.at += piece.len() as u64;
        Ok(Some(piece))
    }

    /// The next block, or what ends the object.
    async fn block(&mut self) -> Result<Bytes> {
        let block = match self.first.take() {
            Some(first) => first,
            None => self.content.take(BLOCK as usize).await?.freeze(),
        };
        if block.is_empty() {
            self.over = true;
            return self.end();
        }
        self.read += block.len() as u64;
        if let Some((digest, _)) = &mut self.md5 {
            digest.update(&block);
        }
        if self.form == Form::AsItIs {
            return Ok(block);
        }
        let stored = self.codec.encode(&block)?;
        self.ends.push(self.at + stored.len() as u64);
        Ok(stored)
    }

    fn end(&mut self) -> Result<Bytes> {
        if self.length.is_some_and(|length| length != self.read) {
            return Err(Error::invalid("the content is not as long as was announced"));
        }
        if self.md5.take().is_some_and(|(digest, md5)| md5 != <[u8; 16]>::from(digest.finalize())) {
            return Err(Error::invalid("the content does not have the MD5 that was announced"));
        }
        self.size.0.store(self.read, Ordering::Release);
        let mut end = BytesMut::with_capacity(self.ends.len() * ENTRY as usize + MARK as usize);
        for end_of_block in std::mem::take(&mut self.ends) {
            end.extend_from_slice(&end_of_block.to_le_bytes());
        }
        end.extend_from_slice(&Mark { form: self.form, size: Some(self.read) }.write(Side::Last));
        Ok(end.freeze())
    }
}
