//! Put.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use credenza_core::blob::{BlobKey, BlobLimits, Body, ObjectChange, ObjectInfo, Precondition, PutOptions};
use credenza_core::{Batch, Context, Effect, Error, ErrorKind, Result};
use tokio::task::spawn_blocking;
use twox_hash::XxHash3_128;

use super::error::index;
use super::id::Id;
use super::index::Found;
use super::new_file::NewFile;
use super::record::{Head, Place, Record};
use super::store::Inner;
use super::upload::{Upload, Uploaded};
use crate::check;
use crate::digest::Md5Sum;
use crate::incoming::{Incoming, check_md5};

/// About how many bytes are handed on at once.
const CHUNK: usize = 256 << 10;
/// More are not, even if they are there.
const MAX_CHUNK: usize = 4 << 20;
/// How often something is tried again because somebody else was faster. Writers of one key take turns, so this
/// happens only when one of them left without waiting for its answer.
pub(super) const ATTEMPTS: usize = 64;

/// What a body became.
enum Received {
    Small(Bytes),
    File(NewFile),
}

impl Inner {
    pub(super) async fn put(
        &self,
        cx: &Context,
        key: &BlobKey,
        body: Body,
        options: PutOptions,
    ) -> Result<ObjectInfo> {
        let limits: &BlobLimits = &self.config.limits;
        check::key(limits, key)?;
        check::headers(limits, &options)?;
        let mut incoming = Incoming::new(cx, limits, body)?;
        if options.precondition != Precondition::None {
            // What will fail is not read first.
            let found = self.index.find(cx, key).await?;
            options.precondition.check(found.map(|found| found.record.etag()).as_ref())?;
        }
        let announced = options.md5;
        let (mut record, received) = self.receive(&mut incoming).await?;
        check_md5(announced, record.md5)?;
        let precondition = options.precondition.clone();
        record.head = Head::new(incoming.size(), self.config.clock.now(), options);
        self.publish(cx, key, &precondition, &record, received).await?;
        Ok(record.into_info(key.clone()))
    }

    /// Reads a body to its end, into memory or into a file.
    async fn receive(&self, incoming: &mut Incoming<'_>) -> Result<(Record, Received)> {
        let mut chunks = Chunks { incoming, waiting: None };
        let small = self.config.inline_max;
        let first = chunks.next(small.saturating_add(1)).await?;
        let head = Head::default();
        if first.bytes.len() <= small {
            let md5 = Md5Sum::of(&first.bytes);
            let place = Place::Index(XxHash3_128::oneshot(&first.bytes));
            let record = Record { id: Id::draw(&*self.config.random), place, md5, head };
            return Ok((record, Received::Small(first.bytes)));
        }
        let mut upload = Upload::new(&self.files, self.config.random.next_u64());
        let mut chunk = first;
        loop {
            let last = chunk.last;
            upload.push(chunk.bytes, last).await?;
            if last {
                break;
            }
            chunk = chunks.next(CHUNK).await?;
        }
        let Uploaded { file, seed, md5 } = upload.finish().await?;
        let record = Record { id: file.id(), place: Place::File(seed), md5, head };
        Ok((record, Received::File(file)))
    }

    async fn publish(
        &self,
        cx: &Context,
        key: &BlobKey,
        precondition: &Precondition,
        record: &Record,
        received: Received,
    ) -> Result<()> {
        let (content, mut file) = match received {
            Received::Small(content) => (Some(content), None),
            Received::File(file) => (None, Some(file)),
        };
        let _turn = self.locks.lock(&[key]).await;
        for _ in 0..ATTEMPTS {
            check::deadline(cx)?;
            let found = self.index.find(cx, key).await?;
            precondition.check(found.as_ref().map(|found| found.record.etag()).as_ref())?;
            let mut batch = Batch::atomic();
            self.index.check(&mut batch, key, found.as_ref());
            self.index.put(&mut batch, key, found.as_ref(), record, content.as_ref());
            self.follow_put(cx, &mut batch, key, record).await?;
            if self.commit(cx, batch, file.as_mut()).await? {
                self.discard(found.as_ref());
                return Ok(());
            }
        }
        Err(crowded())
    }

    /// Adds to a batch what follows a put.
    pub(super) async fn follow_put(
        &self,
        cx: &Context,
        batch: &mut Batch,
        key: &BlobKey,
        record: &Record,
    ) -> Result<()> {
        let Some(follower) = &self.config.follower else { return Ok(()) };
        let info = record.clone().into_info(key.clone());
        let change = ObjectChange { key, new: Some(&info) };
        follower.follow(&self.index.kv(cx), &[change], batch).await.map_err(index)
    }

    /// Applies a batch that publishes a file; false if something is not any more what was found.
    pub(super) async fn commit(
        &self,
        cx: &Context,
        batch: Batch,
        mut file: Option<&mut NewFile>,
    ) -> Result<bool> {
        // Whoever leaves while the index works does not learn what came of it.
        if let Some(file) = &mut file {
            file.in_doubt();
        }
        let outcome = self.index.commit(cx, batch).await;
        if let Some(file) = file {
            match &outcome {
                Ok(true) => file.published(),
                Ok(false) => file.refused(),
                Err(error) if error.effect() == Effect::NotApplied => file.refused(),
                Err(_) => {}
            }
        }
        outcome
    }

    /// Removes the file of a version that is not in the index any more. Readers that have it open read on. Nobody waits
    /// for it: to give the room of a megabyte back takes a disk a millisecond.
    pub(super) fn discard(&self, found: Option<&Found>) {
        if let Some(Record { id, place: Place::File(_), .. }) = found.map(|found| &found.record) {
            let (files, id) = (Arc::clone(&self.files), *id);
            // What cannot be removed is garbage.
            drop(spawn_blocking(move || files.remove(id)));
        }
    }
}

/// Others were faster too often.
pub(super) fn crowded() -> Error {
    Error::new(ErrorKind::Conflict, "others changed the object again and again")
}

struct Chunk {
    bytes: Bytes,
    /// Whether there is none after it.
    last: bool,
}

/// A body in chunks of a good size: small pieces are put together, large ones are taken apart.
struct Chunks<'a, 'b> {
    incoming: &'a mut Incoming<'b>,
    waiting: Option<Bytes>,
}

impl Chunks<'_, '_> {
    /// At least so many bytes, unless it is the last one.
    async fn next(&mut self, at_least: usize) -> Result<Chunk> {
        let mut bytes = match self.waiting.take() {
            Some(bytes) => bytes,
            None => self.incoming.next().await?.unwrap_or_default(),
        };
        let mut joined = BytesMut::new();
        loop {
            if bytes.len() > MAX_CHUNK {
                self.waiting = Some(bytes.split_off(MAX_CHUNK));
                return Ok(Chunk { bytes: join(joined, bytes), last: false });
            }
            let Some(next) = self.incoming.next().await? else {
                return Ok(Chunk { bytes: join(joined, bytes), last: true });
            };
            if joined.len() + bytes.len() >= at_least {
                self.waiting = Some(next);
                return Ok(Chunk { bytes: join(joined, bytes), last: false });
            }
            joined.extend_from_slice(&bytes);
            bytes = next;
        }
    }
}

fn join(mut joined: BytesMut, bytes: Bytes) -> Bytes {
    if joined.is_empty() {
        return bytes;
    }
    joined.extend_from_slice(&bytes);
    joined.freeze()
}
