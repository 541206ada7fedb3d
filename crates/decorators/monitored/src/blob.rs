//! [`MonitoredBlob`].

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{self, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use credenza_core::blob::{
    BlobCapabilities, BlobKey, BlobStore, Body, CopyOptions, DeleteOptions, GetOptions, Got, ListOptions,
    ListPage, ObjectInfo, PresignOptions, Presigned, PutOptions,
};
use credenza_core::{Context, Result, StoreInfo};
use futures_core::Stream;
use quanta::Instant;
use tracing::{Instrument, Span};

use crate::config::MonitoredConfig;
use crate::meter::{About, Came, Meter};
use crate::operation::Outcome;

/// A blob store that is measured: what [`Monitored`](crate::Monitored) is for keys.
///
/// A get is over when its content begins to come; the bytes are counted as they come.
#[derive(Debug)]
pub struct MonitoredBlob<S> {
    inner: S,
    meter: Arc<Meter>,
    info: StoreInfo,
}

const PUT: (usize, &str) = (0, "put");
const GET: (usize, &str) = (1, "get");
const HEAD: (usize, &str) = (2, "head");
const DELETE: (usize, &str) = (3, "delete");
const LIST: (usize, &str) = (4, "list");
const COPY: (usize, &str) = (5, "copy");
const PRESIGN: (usize, &str) = (6, "presign");

fn verb((index, name): (usize, &'static str)) -> About {
    About { index, name, commands: 1, written: 0 }
}

impl<S: BlobStore> MonitoredBlob<S> {
    /// `inner`, measured.
    pub fn new(inner: S, config: MonitoredConfig) -> MonitoredBlob<S> {
        let info = StoreInfo::decorator("monitored", inner.info());
        let meter = Arc::new(Meter::new(config, inner.info(), PRESIGN.0 + 1));
        MonitoredBlob { inner, meter, info }
    }

    async fn measure<T>(
        &self,
        about: About,
        written: &AtomicU64,
        came: impl FnOnce(&T) -> Came,
        verb: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let span = self.meter.span(&about);
        let mut running =
            Running { meter: &self.meter, about, written, began: self.meter.now(), over: false };
        self.meter.began();
        let inside = span.clone();
        async move {
            let answer = verb.await;
            match &answer {
                Ok(done) => running.finish(came(done), Outcome::Answered, &inside),
                Err(error) => running.finish(Came::default(), Outcome::Failed(error), &inside),
            }
            answer
        }
        .instrument(span)
        .await
    }
}

/// A verb that is waited for.
struct Running<'a> {
    meter: &'a Meter,
    about: About,
    written: &'a AtomicU64,
    began: Instant,
    over: bool,
}

impl Running<'_> {
    fn finish(&mut self, came: Came, outcome: Outcome<'_>, span: &Span) {
        self.over = true;
        self.about.written = self.written.load(Ordering::Relaxed);
        self.meter.record(&self.about, self.began, came, outcome, span);
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.meter.ended();
        if !self.over {
            self.finish(Came::default(), Outcome::Dropped, &Span::current());
        }
    }
}

/// A content whose bytes are counted on their way.
struct Counted<F> {
    body: Body,
    count: F,
}

impl<F: Fn(u64) + Unpin> Stream for Counted<F> {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let piece = Pin::new(&mut self.body).poll_next(cx);
        if let Poll::Ready(Some(Ok(piece))) = &piece {
            (self.count)(piece.len() as u64);
        }
        piece
    }
}

/// The same content, counted. What is there already is counted at once, and stays what it is.
fn counted(body: Body, count: impl Fn(u64) + Send + Unpin + 'static) -> Body {
    match body.try_into_bytes() {
        Ok(bytes) => {
            count(bytes.len() as u64);
            bytes.into()
        }
        Err(body) => {
            let length = body.length();
            Body::stream(Counted { body, count }, length)
        }
    }
}

fn found<T>(found: &Option<T>) -> Came {
    Came { hits: u64::from(found.is_some()), misses: u64::from(found.is_none()), read: 0 }
}

fn nothing<T>(_: &T) -> Came {
    Came::default()
}

#[async_trait]
#[deny(clippy::missing_trait_methods, reason = "a verb with a default would not be measured")]
impl<S: BlobStore> BlobStore for MonitoredBlob<S> {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> BlobCapabilities {
        self.inner.capabilities()
    }

    async fn put(&self, cx: &Context, key: &BlobKey, body: Body, options: PutOptions) -> Result<ObjectInfo> {
        let written = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&written);
        let body = counted(body, move |bytes| {
            counter.fetch_add(bytes, Ordering::Relaxed);
        });
        self.measure(verb(PUT), &written, nothing, self.inner.put(cx, key, body, options)).await
    }

    async fn get(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        let got =
            self.measure(verb(GET), &AtomicU64::new(0), found, self.inner.get(cx, key, options)).await?;
        Ok(got.map(|got| match got {
            Got::Object(mut object) => {
                let meter = Arc::clone(&self.meter);
                object.body = counted(object.body, move |bytes| meter.content(&verb(GET), bytes));
                Got::Object(object)
            }
            other => other,
        }))
    }

    async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        self.measure(verb(HEAD), &AtomicU64::new(0), found, self.inner.head(cx, key)).await
    }

    async fn delete(&self, cx: &Context, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>> {
        let about = About { commands: keys.len(), ..verb(DELETE) };
        self.measure(about, &AtomicU64::new(0), nothing, self.inner.delete(cx, keys, options)).await
    }

    async fn list(&self, cx: &Context, options: ListOptions) -> Result<ListPage> {
        self.measure(verb(LIST), &AtomicU64::new(0), nothing, self.inner.list(cx, options)).await
    }

    async fn copy(
        &self,
        cx: &Context,
        from: &BlobKey,
        to: &BlobKey,
        options: CopyOptions,
    ) -> Result<ObjectInfo> {
        self.measure(verb(COPY), &AtomicU64::new(0), nothing, self.inner.copy(cx, from, to, options)).await
    }

    async fn presign(&self, cx: &Context, key: &BlobKey, options: PresignOptions) -> Result<Presigned> {
        self.measure(verb(PRESIGN), &AtomicU64::new(0), nothing, self.inner.presign(cx, key, options)).await
    }
}
