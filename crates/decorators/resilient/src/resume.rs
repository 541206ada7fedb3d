//! Contents that break off on their way.

use std::sync::Arc;

use bytes::Bytes;
use credenza_core::blob::{BlobKey, BlobStore, Body, ETag, GetOptions, Got, Object, Precondition, Range};
use credenza_core::{Context, Error, Result, Retry};
use futures_util::stream;
use tokio::time::Instant;

use crate::blob::Shared;
use crate::engine::{Kind, before};

impl<S: BlobStore> Shared<S> {
    /// Reads until the content begins to come.
    pub(crate) async fn open(
        &self,
        cx: &Context,
        key: &BlobKey,
        options: &GetOptions,
    ) -> Result<Option<Got>> {
        let get = |cx: Context| {
            let options = options.clone();
            async move { self.inner.get(&cx, key, options).await }
        };
        self.attempt(cx, "get", Kind::Read, get).await
    }
}

/// A content on its way.
struct Coming<S> {
    shared: Arc<Shared<S>>,
    /// Of whoever reads, with its deadline.
    cx: Context,
    key: BlobKey,
    etag: ETag,
    /// The first byte that has not come yet, and one after the last.
    left: std::ops::Range<u64>,
    body: Body,
    /// How often it was read on without a byte that came.
    fruitless: u32,
}

/// The object, whose content is read on when it breaks off.
pub(crate) fn resume<S: BlobStore>(shared: &Arc<Shared<S>>, cx: &Context, object: Object) -> Object {
    let Object { info, range, body } = object;
    let length = body.length();
    let coming = Coming {
        shared: Arc::clone(shared),
        cx: cx.clone(),
        key: info.key.clone(),
        etag: info.etag.clone(),
        left: range.clone(),
        body,
        fruitless: 0,
    };
    let pieces = stream::try_unfold(coming, |mut coming| async move {
        Ok(coming.next().await?.map(|piece| (piece, coming)))
    });
    Object { info, range, body: Body::stream(pieces, length) }
}

impl<S: BlobStore> Coming<S> {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            let error = match self.piece().await {
                Ok(Some(piece)) if piece.is_empty() => continue,
                Ok(Some(piece)) => {
                    self.left.start += piece.len() as u64;
                    self.fruitless = 0;
                    return Ok(Some(piece));
                }
                Ok(None) => return Ok(None),
                Err(error) => error.during("get").on("resilient"),
            };
            // What has come in full and then broken was in full.
            let last = self.left.is_empty() || self.fruitless >= self.shared.engine.config.retries;
            if error.retry() != Retry::Temporary || last {
                return Err(error);
            }
            self.fruitless += 1;
            self.body = self.again().await?.ok_or(error)?;
            self.cx.note("resilient", "read on");
        }
    }

    async fn piece(&mut self) -> Result<Option<Bytes>> {
        let ends = self.shared.engine.config.attempt.and_then(|time| Instant::now().checked_add(time));
        before(ends, self.body.next()).await.unwrap_or_else(|| {
            self.shared.engine.counters.cut_off.add();
            Err(Error::new(credenza_core::ErrorKind::Timeout, "the content stopped on its way"))
        })
    }

    /// What is left, if the object is still the same.
    async fn again(&mut self) -> Result<Option<Body>> {
        let options = GetOptions {
            range: Range::Between(self.left.start, self.left.end),
            precondition: Precondition::Match(vec![self.etag.clone()]),
        };
        match self.shared.open(&self.cx, &self.key, &options).await {
            Ok(Some(Got::Object(object))) if object.range == self.left => Ok(Some(object.body)),
            // It was replaced or deleted, and cannot be read on: the error that broke it says so.
            Ok(_) => Ok(None),
            Err(error) if error.retry() == Retry::Permanent => Ok(None),
            Err(error) => Err(error),
        }
    }
}
