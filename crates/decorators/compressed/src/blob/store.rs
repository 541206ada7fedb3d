//! [`CompressedBlob`].

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use credenza_core::blob::{
    BlobCapabilities, BlobKey, BlobStore, Body, BodyReader, CopyOptions, DeleteOptions, ETag, GetOptions,
    Got, ListOptions, ListPage, Object, ObjectInfo, Precondition, PresignOptions, Presigned, PutOptions,
    Range,
};
use credenza_core::{Context, Effect, Error, ErrorKind, Result, StoreInfo};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::blocks::BlockCodec;
use super::config::{CompressedBlobConfig, ListedSizes};
use super::format::{self, BLOCK, ENTRY, Form, MARK, Mark, Side, damaged};
use super::read::{Reading, named};
use super::write::{self, Announced};
use crate::kv::NAME;

/// How often it is tried again when an object was replaced between two requests.
const ATTEMPTS: usize = 8;
/// What is read of the end of an object for a range that does not begin in its first block: the index of 256 MiB.
const TAIL: u64 = 2048 * ENTRY + MARK;
/// So many objects of a list are looked at at a time.
const LOOKS: usize = 16;

/// A blob store whose contents are compressed on their way in and decompressed on their way out, a block of 128 KiB at a time.
///
/// # What is compressed
/// Contents that are long enough and were not compressed already, which is told from how they begin and from `Content-Encoding`; the
/// others are stored as they are, 48 bytes longer. Objects that were there before are read as they are.
///
/// # What it costs
/// A whole content, or a range that begins in its first 128 KiB, takes one request, and two if its length was not known when it was put. Another range
/// takes two, and up to two small ones more if it is of an object of more than 256 MiB. `head` reads the end of the object, and so does a list, of every object on the page, unless
/// [`ListedSizes::Stored`] is set. Memory: two blocks for each content on its way, and when it is put 8 bytes for each 128 KiB.
///
/// # What is different
/// Nothing is presigned. Tags are those of what is stored. An MD5 that is announced is compared with the content as it was given. A content of more than one block has a length that is not known to the
/// store below, unless it is stored as it is.
///
/// # Errors
/// `Corrupt` for an object that was changed or cut off, where it can be told: blocks have checksums, what is stored as it is has none, and an object
/// whose mark is gone looks like one that was there before. No length that is written in an object takes more memory than a block.
#[derive(Debug)]
pub struct CompressedBlob<S> {
    inner: S,
    codec: Arc<BlockCodec>,
    min_size: usize,
    listed_sizes: ListedSizes,
    info: StoreInfo,
}

impl<S: BlobStore> CompressedBlob<S> {
    /// `inner`, compressed.
    ///
    /// # Errors
    /// `InvalidArgument` for a level or a gain that does not exist.
    pub fn new(inner: S, config: CompressedBlobConfig) -> Result<CompressedBlob<S>> {
        Ok(CompressedBlob {
            codec: Arc::new(BlockCodec::new(&config)?),
            min_size: config.min_size,
            listed_sizes: config.listed_sizes,
            info: StoreInfo::decorator(NAME, inner.info()),
            inner,
        })
    }

    /// What is known of an object, with the size of its content. It takes what stands at its end for it.
    async fn look(&self, cx: &Context, key: &BlobKey, same: Precondition) -> Result<Option<ObjectInfo>> {
        let options = GetOptions { range: Range::Suffix(MARK), precondition: same };
        match self.inner.get(cx, key, options).await {
            Ok(Some(Got::Object(Object { mut info, body, .. }))) => {
                if let Some(mark) = Mark::read(&body.collect(MARK as usize).await?, Side::Last)? {
                    info.size = mark.size.ok_or_else(damaged)?;
                }
                Ok(Some(info))
            }
            Ok(Some(Got::NotModified(_)) | None) => Ok(None),
            // It is empty, so it was put without this layer.
            Err(error) if error.kind() == ErrorKind::RangeNotSatisfiable => self.inner.head(cx, key).await,
            Err(error) => Err(error),
        }
    }

    /// The same for an object that is known to be this one; `None` if it was replaced.
    async fn sized(&self, cx: &Context, info: &ObjectInfo) -> Result<Option<ObjectInfo>> {
        match self.look(cx, &info.key, Precondition::Match(vec![info.etag.clone()])).await {
            Err(error) if error.kind() == ErrorKind::PreconditionFailed => Ok(None),
            looked => looked,
        }
    }

    async fn open(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        for _ in 0..ATTEMPTS {
            let (first, near) = first_range(options.range);
            let asked = GetOptions { range: first, precondition: options.precondition.clone() };
            let object = match self.inner.get(cx, key, asked).await? {
                Some(Got::Object(object)) => object,
                None => return Ok(None),
                Some(Got::NotModified(info)) => match self.sized(cx, &info).await? {
                    Some(info) => return Ok(Some(Got::NotModified(info))),
                    None => continue,
                },
            };
            let opened = match near {
                true => self.read_forward(cx, object, options.range).await?,
                false => self.read_by_index(cx, object, options.range).await?,
            };
            if let Some(object) = opened {
                return Ok(Some(Got::Object(object)));
            }
        }
        Err(Error::new(ErrorKind::Conflict, "an object is replaced all the time"))
    }

    /// A range of an object of which the beginning is read; `None` if it was replaced.
    async fn read_forward(&self, cx: &Context, object: Object, range: Range) -> Result<Option<Object>> {
        let Object { mut info, body, .. } = object;
        let (mut source, stored) = (BodyReader::new(body), info.size);
        let Some(mark) = Mark::read(source.peek(MARK as usize).await?, Side::First)? else {
            let range = range.of(stored)?;
            return Ok(Some(Object { info, body: source.into_range(range.clone()), range }));
        };
        info.size = match mark.size {
            Some(size) => size,
            None => match self.sized(cx, &info).await? {
                Some(sized) => sized.size,
                None => return Ok(None),
            },
        };
        let (size, range) = (info.size, range.of(info.size)?);
        let body = match mark.form {
            Form::AsItIs if size.checked_add(2 * MARK) != Some(stored) => return Err(damaged()),
            Form::AsItIs => source.into_range(MARK + range.start..MARK + range.end),
            form => {
                // It has to fit, so that no size that is wrong is believed.
                format::index(stored, size)?;
                source.take(MARK as usize).await?;
                let codec = self.codec.clone();
                let (block, range) = (0, range.clone());
                Reading { source, codec, form, size, range, block }.into_body().await?
            }
        };
        Ok(Some(Object { info, range, body }))
    }

    /// A range of an object of which the end is read; `None` if it was replaced.
    async fn read_by_index(&self, cx: &Context, object: Object, range: Range) -> Result<Option<Object>> {
        let Object { mut info, body, .. } = object;
        let tail = body.collect(TAIL as usize).await?;
        let part = Part { etag: info.etag.clone(), from: info.size.saturating_sub(tail.len() as u64), tail };
        let mark = part.tail.split_at_checked(part.tail.len().saturating_sub(MARK as usize));
        let mark = mark.map_or(Ok(None), |(_, mark)| Mark::read(mark, Side::Last))?;
        let (stored, size) = (info.size, mark.map_or(Some(info.size), |mark| mark.size));
        info.size = size.ok_or_else(damaged)?;
        let range = range.of(info.size)?;
        let form = match mark.map(|mark| mark.form) {
            Some(Form::Zstd) => Form::Zstd,
            Some(Form::Lz4) => Form::Lz4,
            as_it_is => {
                let skipped = if as_it_is.is_some() { MARK } else { 0 };
                if as_it_is.is_some() && info.size.checked_add(2 * MARK) != Some(stored) {
                    return Err(damaged());
                }
                let bytes = range.start.saturating_add(skipped)..range.end.saturating_add(skipped);
                let body = part.read(self, cx, &info.key, bytes).await?;
                return Ok(body.map(|body| Object { info, range, body }));
            }
        };
        let (block, last) = (range.start / BLOCK, (range.end - 1) / BLOCK);
        let index = format::index(stored, info.size)?;
        // Where a block begins is where the one before it ends, and the last one ends where the index begins.
        let start = match block {
            0 => Some(MARK),
            _ => part.entry(self, cx, &info.key, index + (block - 1) * ENTRY).await?,
        };
        let Some(start) = start else { return Ok(None) };
        let end = match last + 1 == format::blocks(info.size) {
            true => Some(index),
            false => part.entry(self, cx, &info.key, index + last * ENTRY).await?,
        };
        let Some(end) = end else { return Ok(None) };
        if start >= end || end > index {
            return Err(damaged());
        }
        let bytes = start..end;
        let Some(body) = part.read(self, cx, &info.key, bytes).await? else { return Ok(None) };
        let (source, codec, size) = (BodyReader::new(body), self.codec.clone(), info.size);
        let reading = Reading { source, codec, form, size, range: range.clone(), block };
        Ok(Some(Object { info, range, body: reading.into_body().await? }))
    }
}

/// What is asked for first, and whether it is the beginning: else it is the end, which tells where blocks are.
fn first_range(range: Range) -> (Range, bool) {
    match range {
        Range::Full => (Range::Full, true),
        Range::From(start) if start < BLOCK => (Range::Full, true),
        Range::Between(start, end) if start < BLOCK => {
            (Range::Between(0, format::most_until(end).max(MARK)), true)
        }
        _ => (Range::Suffix(TAIL), false),
    }
}

/// An object of which the end was read.
struct Part {
    etag: ETag,
    tail: Bytes,
    /// Where the end begins.
    from: u64,
}

impl Part {
    /// What an entry of the index says; `None` if the object was replaced.
    async fn entry<S: BlobStore>(
        &self,
        store: &CompressedBlob<S>,
        cx: &Context,
        key: &BlobKey,
        at: u64,
    ) -> Result<Option<u64>> {
        let Some(entry) = self.read(store, cx, key, at..at + ENTRY).await? else { return Ok(None) };
        let entry = entry.collect(ENTRY as usize).await?;
        entry[..].try_into().map(|entry| Some(u64::from_le_bytes(entry))).map_err(|_| damaged())
    }

    /// Bytes of what is stored; `None` if the object was replaced.
    async fn read<S: BlobStore>(
        &self,
        store: &CompressedBlob<S>,
        cx: &Context,
        key: &BlobKey,
        bytes: std::ops::Range<u64>,
    ) -> Result<Option<Body>> {
        if let (Some(start), Some(end)) =
            (bytes.start.checked_sub(self.from), bytes.end.checked_sub(self.from))
            && end <= self.tail.len() as u64
        {
            return Ok(Some(self.tail.slice(start as usize..end as usize).into()));
        }
        let precondition = Precondition::Match(vec![self.etag.clone()]);
        let options = GetOptions { range: Range::Between(bytes.start, bytes.end), precondition };
        match store.inner.get(cx, key, options).await {
            Ok(Some(Got::Object(object))) => Ok(Some(object.body)),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == ErrorKind::PreconditionFailed => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods, reason = "a verb with a default would show what is compressed")]
impl<S: BlobStore> BlobStore for CompressedBlob<S> {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> BlobCapabilities {
        let mut capabilities = self.inner.capabilities();
        capabilities.limits.size = format::largest(capabilities.limits.size);
        capabilities.content_tags = false;
        capabilities.presign = false;
        capabilities
    }

    async fn put(
        &self,
        cx: &Context,
        key: &BlobKey,
        body: Body,
        mut options: PutOptions,
    ) -> Result<ObjectInfo> {
        let most = self.capabilities().limits.size;
        if body.length().is_some_and(|length| length > most) {
            let message = format!("an object is at most {most} bytes long");
            return Err(Error::new(ErrorKind::LimitExceeded, message).during("put").on(NAME));
        }
        let encoded = options.content_encoding.as_ref().is_some_and(|encoding| encoding != "identity");
        let announced = Announced { as_it_is: encoded, md5: options.md5.take() };
        let written = write::write(self.codec.clone(), self.min_size, body, announced).await;
        let (body, size) = written.map_err(|error| error.during("put").on(NAME))?;
        let mut info = self.inner.put(cx, key, body, options).await?;
        info.size = size.get();
        Ok(info)
    }

    async fn get(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        self.open(cx, key, options).await.map_err(named)
    }

    async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        self.look(cx, key, Precondition::None).await.map_err(|error| error.during("head").on(NAME))
    }

    async fn delete(&self, cx: &Context, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>> {
        self.inner.delete(cx, keys, options).await
    }

    /// An object that is deleted meanwhile is left out.
    async fn list(&self, cx: &Context, options: ListOptions) -> Result<ListPage> {
        let mut page = self.inner.list(cx, options).await?;
        if self.listed_sizes == ListedSizes::Contents {
            let listed = std::mem::take(&mut page.objects);
            let mut looks = Vec::with_capacity(listed.len());
            for info in &listed {
                looks.push(self.look(cx, &info.key, Precondition::None));
            }
            let looked: Vec<_> = stream::iter(looks)
                .buffered(LOOKS)
                .try_collect()
                .await
                .map_err(|error: Error| error.during("list").on(NAME))?;
            page.objects = looked.into_iter().flatten().collect();
        }
        Ok(page)
    }

    async fn copy(
        &self,
        cx: &Context,
        from: &BlobKey,
        to: &BlobKey,
        options: CopyOptions,
    ) -> Result<ObjectInfo> {
        let copied = self.inner.copy(cx, from, to, options).await?;
        let after = |error: Error| error.during("copy").on(NAME).with_effect(Effect::MaybeApplied);
        match self.sized(cx, &copied).await.map_err(after)? {
            Some(info) => Ok(info),
            None => Err(after(Error::new(ErrorKind::Conflict, "the copy was replaced at once"))),
        }
    }

    /// Refused: whoever has such a URL would read what is stored.
    async fn presign(&self, _: &Context, _: &BlobKey, _: PresignOptions) -> Result<Presigned> {
        Err(Error::unsupported("presign").on(NAME))
    }
}
