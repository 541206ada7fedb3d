//! A blob store that fails on purpose.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{self, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use credenza_core::blob::{
    BlobCapabilities, BlobKey, BlobStore, Body, CopyOptions, DeleteOptions, GetOptions, Got, ListOptions,
    ListPage, Object, ObjectInfo, PresignOptions, Presigned, PutOptions,
};
use credenza_core::{Context, Effect, Error, ErrorKind, Result, StoreInfo};
use futures_core::Stream;

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// It fails as `Unavailable`, not applied, and is not passed on.
    Refuse,
    /// It is passed on; its answer is lost: it fails as `Unavailable`, maybe applied.
    LoseAnswer,
    /// It is never passed on and never answered.
    Swallow,
    /// The body that goes in or comes out breaks after so many bytes. A call without a body is passed on.
    Cut(u64),
}

/// A store whose calls meet faults by a script, one entry a call.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> credenza_core::Result<()> {
/// use credenza_core::{Blob, Effect};
/// use credenza_testkit::blob::ReferenceBlobStore;
/// use credenza_testkit::blob::fault::{Fault, FaultyBlob};
///
/// let faults = [Some(Fault::LoseAnswer), None, Some(Fault::Cut(3))];
/// let blob = Blob::new(FaultyBlob::scripted(ReferenceBlobStore::default(), faults));
/// let error = blob.put("k", "hello").await.unwrap_err();
/// assert_eq!(error.effect(), Effect::MaybeApplied);
/// assert!(blob.head("k").await?.is_some()); // it was applied
/// let mut body = blob.get("k").await?.expect("it is there").body;
/// assert_eq!(body.next().await?.as_deref(), Some(&b"hel"[..]));
/// assert!(body.next().await.is_err());
/// # Ok(()) }
/// ```
pub struct FaultyBlob<S> {
    inner: S,
    info: StoreInfo,
    faults: Mutex<VecDeque<Option<Fault>>>,
}

impl<S: BlobStore> FaultyBlob<S> {
    /// The first call meets the first of `faults`, and so on; when they are used up, calls pass.
    pub fn scripted(inner: S, faults: impl IntoIterator<Item = Option<Fault>>) -> FaultyBlob<S> {
        let info = StoreInfo::decorator("faulty", inner.info());
        FaultyBlob { inner, info, faults: Mutex::new(faults.into_iter().collect()) }
    }

    /// The `nth` call meets this fault, counted from 1, and all others pass.
    pub fn at(inner: S, nth: usize, fault: Fault) -> FaultyBlob<S> {
        let before = std::iter::repeat_n(None, nth.saturating_sub(1));
        FaultyBlob::scripted(inner, before.chain([Some(fault)]))
    }

    /// The store below.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// Passes a call on, unless it meets a fault; the fault that is for its body.
    async fn meet<T>(&self, call: impl AsyncFnOnce(Option<u64>) -> Result<T>) -> Result<T> {
        let fault = self.faults.lock().unwrap_or_else(PoisonError::into_inner).pop_front().flatten();
        match fault {
            None => call(None).await,
            Some(Fault::Cut(after)) => call(Some(after)).await,
            Some(Fault::Refuse) => Err(unavailable("the call was refused on purpose")),
            Some(Fault::Swallow) => std::future::pending().await,
            Some(Fault::LoseAnswer) => {
                // What it answers is nobody's business any more.
                drop(call(None).await);
                Err(unavailable("the answer was lost on purpose").with_effect(Effect::MaybeApplied))
            }
        }
    }
}

fn unavailable(message: &'static str) -> Error {
    Error::new(ErrorKind::Unavailable, message).on("faulty")
}

/// A body that breaks after so many bytes.
struct Cut {
    body: Body,
    left: u64,
    over: bool,
}

fn cut(body: Body, after: Option<u64>) -> Body {
    match after {
        None => body,
        Some(left) => {
            let length = body.length();
            Body::stream(Cut { body, left, over: false }, length)
        }
    }
}

impl Stream for Cut {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Result<Bytes>>> {
        if self.over {
            return Poll::Ready(None);
        }
        if self.left == 0 {
            self.over = true;
            return Poll::Ready(Some(Err(unavailable("the body was cut on purpose"))));
        }
        let piece = match Pin::new(&mut self.body).poll_next(cx) {
            Poll::Ready(Some(Ok(piece))) => piece,
            other => return other,
        };
        // As many as are in the piece fit `usize`.
        let take = self.left.min(piece.len() as u64);
        self.left -= take;
        Poll::Ready(Some(Ok(piece.slice(..take as usize))))
    }
}

#[async_trait]
impl<S: BlobStore> BlobStore for FaultyBlob<S> {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> BlobCapabilities {
        self.inner.capabilities()
    }

    async fn put(&self, cx: &Context, key: &BlobKey, body: Body, options: PutOptions) -> Result<ObjectInfo> {
        self.meet(async |after| self.inner.put(cx, key, cut(body, after), options).await).await
    }

    async fn get(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        self.meet(async |after| {
            Ok(self.inner.get(cx, key, options).await?.map(|got| match got {
                Got::Object(Object { info, range, body }) => {
                    Got::Object(Object { info, range, body: cut(body, after) })
                }
                other => other,
            }))
        })
        .await
    }

    async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        self.meet(async |_| self.inner.head(cx, key).await).await
    }

    async fn delete(&self, cx: &Context, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>> {
        self.meet(async |_| self.inner.delete(cx, keys, options).await).await
    }

    async fn list(&self, cx: &Context, options: ListOptions) -> Result<ListPage> {
        self.meet(async |_| self.inner.list(cx, options).await).await
    }

    async fn copy(
        &self,
        cx: &Context,
        from: &BlobKey,
        to: &BlobKey,
        options: CopyOptions,
    ) -> Result<ObjectInfo> {
        self.meet(async |_| self.inner.copy(cx, from, to, options).await).await
    }

    async fn presign(&self, cx: &Context, key: &BlobKey, options: PresignOptions) -> Result<Presigned> {
        self.meet(async |_| self.inner.presign(cx, key, options).await).await
    }
}

impl<S: fmt::Debug> fmt::Debug for FaultyBlob<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyBlob").field("inner", &self.inner).finish_non_exhaustive()
    }
}
