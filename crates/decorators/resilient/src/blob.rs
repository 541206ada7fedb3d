//! [`ResilientBlob`].

use std::sync::Arc;

use async_trait::async_trait;
use credenza_core::blob::{
    BlobCapabilities, BlobKey, BlobStore, Body, CopyOptions, DeleteOptions, GetOptions, Got, ListOptions,
    ListPage, ObjectInfo, Precondition, PresignOptions, Presigned, PutOptions,
};
use credenza_core::{Context, Error, ErrorKind, Result, StoreInfo};
use futures_util::stream;
use tokio::time::Instant;

use crate::attempts::Call;
use crate::config::ResilientConfig;
use crate::engine::{Engine, Kind, before};
use crate::resume::resume;
use crate::stats::ResilientStats;

/// A blob store that fails at times, made patient: what [`Resilient`](crate::Resilient) is for keys.
///
/// # What is repeated
/// - Reads and lists. A content that breaks off on its way is read on from where it broke, if the store gives ranges
///   and the object is still the same by its entity tag.
/// - A put, a copy and a delete without preconditions. With one they are repeated only if they were not applied: the
///   first attempt may be what the second one finds in its way.
/// - A put of a stream has one attempt: what was read of it cannot be read again. It may take as long as the caller's
///   own deadline allows, and as long as it likes without one. Give contents that are not large as bytes.
///
/// The time of an attempt ends with the headers of a get; each piece of its content has as long. Choose deadlines that
/// the largest content keeps which is put as bytes. Reads are not hedged.
#[derive(Debug)]
pub struct ResilientBlob<S> {
    shared: Arc<Shared<S>>,
    info: StoreInfo,
}

/// What a content that is still being read needs of the store.
#[derive(Debug)]
pub(crate) struct Shared<S> {
    pub(crate) inner: S,
    pub(crate) engine: Engine,
}

impl<S: BlobStore> ResilientBlob<S> {
    /// `inner`, treated as `config` says.
    ///
    /// # Errors
    /// `InvalidArgument` for settings that contradict each other.
    pub fn new(inner: S, config: ResilientConfig) -> Result<ResilientBlob<S>> {
        let info = StoreInfo::decorator("resilient", inner.info());
        Ok(ResilientBlob { shared: Arc::new(Shared { inner, engine: Engine::new(config)? }), info })
    }

    /// What it did so far.
    pub fn stats(&self) -> ResilientStats {
        self.shared.engine.stats()
    }
}

impl<S: BlobStore> Shared<S> {
    /// Attempts a verb until it is answered.
    pub(crate) async fn attempt<'a, T, F>(
        &'a self,
        cx: &Context,
        verb: &'static str,
        kind: Kind,
        mut attempt: impl FnMut(Context) -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>> + 'a,
    {
        let ends = self.engine.ends(cx, Instant::now());
        let call = Call::new(&self.engine, cx, kind, ends);
        let answer = call.run(|leave| attempt(leave.cx.clone())).await;
        answer.map_err(|error| error.during(verb).on("resilient"))
    }
}

/// A body that fails when its time is up: then the store knows that there is nothing to put.
fn until(ends: Option<Instant>, body: Body) -> Body {
    let length = body.length();
    let pieces = stream::try_unfold(body, move |mut body| async move {
        let late = || Err(Error::new(ErrorKind::Timeout, "the deadline passed before the content was there"));
        let piece = before(ends, body.next()).await.unwrap_or_else(late)?;
        Ok(piece.map(|piece| (piece, body)))
    });
    Body::stream(pieces, length)
}

fn write(preconditions: &[&Precondition]) -> Kind {
    let free = preconditions.iter().all(|precondition| **precondition == Precondition::None);
    if free { Kind::Repeatable } else { Kind::Once }
}

#[async_trait]
#[deny(clippy::missing_trait_methods, reason = "a verb with a default would have one attempt")]
impl<S: BlobStore> BlobStore for ResilientBlob<S> {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> BlobCapabilities {
        self.shared.inner.capabilities()
    }

    async fn put(&self, cx: &Context, key: &BlobKey, body: Body, options: PutOptions) -> Result<ObjectInfo> {
        let inner = &self.shared.inner;
        match body.try_into_bytes() {
            Ok(bytes) => {
                let kind = write(&[&options.precondition]);
                let put = |cx: Context| {
                    let (key, body, options) = (key.clone(), Body::from(bytes.clone()), options.clone());
                    async move { inner.put(&cx, &key, body, options).await }
                };
                self.shared.attempt(cx, "put", kind, put).await
            }
            Err(stream) => {
                let ends = cx.deadline().map(Instant::from_std);
                let stream = until(ends, stream);
                let call = Call::new(&self.shared.engine, cx, Kind::Once, ends);
                let put = call.once(|cx| async move { inner.put(&cx, key, stream, options).await }).await;
                put.map_err(|error| error.during("put").on("resilient"))
            }
        }
    }

    async fn get(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        let got = self.shared.open(cx, key, &options).await?;
        Ok(match got {
            Some(Got::Object(object)) => Some(Got::Object(resume(&self.shared, cx, object))),
            other => other,
        })
    }

    async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        let head = |cx: Context| async move { self.shared.inner.head(&cx, key).await };
        self.shared.attempt(cx, "head", Kind::Read, head).await
    }

    async fn delete(&self, cx: &Context, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>> {
        let delete = |cx: Context| {
            let options = options.clone();
            async move { self.shared.inner.delete(&cx, keys, options).await }
        };
        self.shared.attempt(cx, "delete", write(&[&options.precondition]), delete).await
    }

    async fn list(&self, cx: &Context, options: ListOptions) -> Result<ListPage> {
        let list = |cx: Context| {
            let options = options.clone();
            async move { self.shared.inner.list(&cx, options).await }
        };
        self.shared.attempt(cx, "list", Kind::Read, list).await
    }

    async fn copy(
        &self,
        cx: &Context,
        from: &BlobKey,
        to: &BlobKey,
        options: CopyOptions,
    ) -> Result<ObjectInfo> {
        let copy = |cx: Context| {
            let options = options.clone();
            async move { self.shared.inner.copy(&cx, from, to, options).await }
        };
        let kind = write(&[&options.source, &options.destination]);
        self.shared.attempt(cx, "copy", kind, copy).await
    }

    async fn presign(&self, cx: &Context, key: &BlobKey, options: PresignOptions) -> Result<Presigned> {
        let presign = |cx: Context| async move { self.shared.inner.presign(&cx, key, options).await };
        self.shared.attempt(cx, "presign", Kind::Read, presign).await
    }
}
