//! Get and head.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use credenza_core::blob::{BlobKey, Body, GetOptions, Got, Object, ObjectInfo};
use credenza_core::{Context, Result};
use tokio::task::spawn_blocking;
use twox_hash::XxHash3_128;

use super::blocks::ContentReader;
use super::body;
use super::error::{corrupt, lost, storage};
use super::id::Id;
use super::put::{ATTEMPTS, crowded};
use super::record::{Place, Record};
use super::store::Inner;
use crate::check;

/// So much of a content is read before the body is handed out; what is not longer is one piece. If the system has it in
/// memory, that takes the caller's thread some 150 µs, and a hand-over to another thread would take more.
const FIRST: u64 = 1 << 20;

impl Inner {
    pub(super) async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        check::deadline(cx)?;
        check::key(&self.config.limits, key)?;
        let found = self.index.find(cx, key).await?;
        Ok(found.map(|found| found.record.into_info(key.clone())))
    }

    pub(super) async fn get(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        check::key(&self.config.limits, key)?;
        let mut missing = None;
        for _ in 0..ATTEMPTS {
            check::deadline(cx)?;
            if let Some((record, content)) = self.index.find_small(cx, key).await? {
                return small(record, content, key, &options).map(Some);
            }
            let Some(found) = self.index.find(cx, key).await? else { return Ok(None) };
            let Place::File(seed) = found.record.place else {
                // It became small after it was looked for among the small ones.
                continue;
            };
            if check::read(&options.precondition, &found.record.etag())? {
                return Ok(Some(Got::NotModified(found.record.into_info(key.clone()))));
            }
            let range = options.range.of(found.record.head.size)?;
            if let Some(body) = self.open(cx, &found.record, seed, range.clone()).await? {
                let info = found.record.into_info(key.clone());
                return Ok(Some(Got::Object(Object { info, range, body })));
            }
            // Replaced meanwhile, unless the same version misses its file twice.
            if missing.replace(found.record.id) == Some(found.record.id) {
                return Err(corrupt("the file of the content is missing"));
            }
        }
        Err(crowded())
    }

    /// A body from a file; `None` if there is no such file.
    async fn open(
        &self,
        cx: &Context,
        record: &Record,
        seed: u64,
        range: Range<u64>,
    ) -> Result<Option<Body>> {
        let (id, size, length) = (record.id, record.head.size, range.end - range.start);
        let content = move |file, range| ContentReader::new(file, size, seed, range);
        let cached = match self.files.open_cached(id) {
            Some(file) => {
                let mut reader = content(file, range.clone());
                reader.read_cached(FIRST)?.map(|first| (first, reader))
            }
            None => None,
        };
        let (first, reader) = match cached {
            Some(read) => read,
            None => match self.read_waiting(id, move |file| content(file, range)).await? {
                Some(read) => read,
                None => return Ok(None),
            },
        };
        Ok(Some(match reader.is_at_end() {
            true => Body::from(first),
            false => body::stream(first, reader, length, cx.deadline()),
        }))
    }

    /// The first piece of a file, read on a blocking thread; `None` if there is no such file.
    async fn read_waiting(
        &self,
        id: Id,
        content: impl FnOnce(File) -> ContentReader + Send + 'static,
    ) -> Result<Option<(Bytes, ContentReader)>> {
        let files = Arc::clone(&self.files);
        let read = move || {
            let file = match files.open(id) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                file => file.map_err(storage)?,
            };
            let mut reader = content(file);
            Ok(Some((reader.read(FIRST)?, reader)))
        };
        spawn_blocking(read).await.map_err(lost)?
    }
}

fn small(record: Record, content: Bytes, key: &BlobKey, options: &GetOptions) -> Result<Got> {
    if check::read(&options.precondition, &record.etag())? {
        return Ok(Got::NotModified(record.into_info(key.clone())));
    }
    let range = options.range.of(record.head.size)?;
    let expected = match record.place {
        Place::Index(sum) => Some(sum),
        Place::File(_) => None,
    };
    let whole = content.len() as u64 == record.head.size && Some(XxHash3_128::oneshot(&content)) == expected;
    if !whole {
        return Err(corrupt("the content is not what was put"));
    }
    let body = Body::from(content.slice(range.start as usize..range.end as usize));
    Ok(Got::Object(Object { info: record.into_info(key.clone()), range, body }))
}
