//! What is repeated of objects, and contents that break off.
#![allow(clippy::unwrap_used)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use credenza_blob::{MemoryBlobConfig, MemoryBlobStore};
use credenza_core::blob::{
    BlobCapabilities, BlobKey, BlobStore, Body, CopyOptions, DeleteOptions, GetOptions, Got, ListOptions,
    ListPage, Object, ObjectInfo, Precondition, PresignOptions, Presigned, PutOptions,
};
use credenza_core::{Blob, Context, Effect, Error, ErrorKind, Result, Retry, StoreInfo};
use credenza_resilient::{ResilientBlob, ResilientConfig};
use futures_util::stream;

/// What happens to a request.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Passes,
    Refused,
    LosesAnswer,
    /// The content breaks after so many bytes.
    BreaksAfter(usize),
    /// The content stops after so many bytes.
    StopsAfter(usize),
}

#[derive(Clone, Debug)]
struct Flaky {
    inner: MemoryBlobStore,
    fates: Arc<Mutex<VecDeque<Fate>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

fn down() -> Error {
    Error::new(ErrorKind::Unavailable, "down on purpose")
}

impl Flaky {
    fn new(fates: &[Fate]) -> Flaky {
        let inner = MemoryBlobStore::new(MemoryBlobConfig::default());
        Flaky { inner, fates: Arc::new(Mutex::new(fates.iter().copied().collect())), asked: Arc::default() }
    }

    fn fate(&self, asked: String) -> Fate {
        self.asked.lock().unwrap().push(asked);
        self.fates.lock().unwrap().pop_front().unwrap_or(Fate::Passes)
    }

    async fn meet<T>(&self, asked: &str, done: impl Future<Output = Result<T>>) -> Result<T> {
        match self.fate(asked.to_owned()) {
            Fate::Refused => Err(down()),
            Fate::LosesAnswer => done.await.and_then(|_| Err(down().with_effect(Effect::MaybeApplied))),
            _ => done.await,
        }
    }
}

#[async_trait]
impl BlobStore for Flaky {
    fn info(&self) -> &StoreInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> BlobCapabilities {
        self.inner.capabilities()
    }

    async fn put(&self, cx: &Context, key: &BlobKey, body: Body, options: PutOptions) -> Result<ObjectInfo> {
        self.meet("put", self.inner.put(cx, key, body, options)).await
    }

    async fn get(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        let fate = self.fate(format!("get {:?}", options.range));
        if matches!(fate, Fate::Refused) {
            return Err(down());
        }
        let Some(Got::Object(mut object)) = self.inner.get(cx, key, options).await? else { return Ok(None) };
        let whole = object.body.collect(usize::MAX).await?;
        object.body = match fate {
            Fate::BreaksAfter(bytes) => {
                Body::stream(stream::iter([Ok(whole.slice(..bytes)), Err(down())]), Some(whole.len() as u64))
            }
            Fate::StopsAfter(bytes) => {
                use futures_util::StreamExt;
                let first = stream::iter([Ok(whole.slice(..bytes))]);
                Body::stream(first.chain(stream::pending()), Some(whole.len() as u64))
            }
            _ => whole.into(),
        };
        Ok(Some(Got::Object(object)))
    }

    async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        self.meet("head", self.inner.head(cx, key)).await
    }

    async fn delete(&self, cx: &Context, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>> {
        self.meet("delete", self.inner.delete(cx, keys, options)).await
    }

    async fn list(&self, cx: &Context, options: ListOptions) -> Result<ListPage> {
        self.meet("list", self.inner.list(cx, options)).await
    }

    async fn copy(&self, cx: &Context, from: &BlobKey, to: &BlobKey, how: CopyOptions) -> Result<ObjectInfo> {
        self.meet("copy", self.inner.copy(cx, from, to, how)).await
    }

    async fn presign(&self, cx: &Context, key: &BlobKey, options: PresignOptions) -> Result<Presigned> {
        self.meet("presign", self.inner.presign(cx, key, options)).await
    }
}

fn on(fates: &[Fate]) -> (Blob, Flaky) {
    let flaky = Flaky::new(fates);
    let mut config = ResilientConfig::default();
    config.attempt = Some(Duration::from_secs(1));
    (Blob::new(ResilientBlob::new(flaky.clone(), config).unwrap()), flaky)
}

/// What was asked since the last time.
fn asked(flaky: &Flaky) -> Vec<String> {
    std::mem::take(&mut *flaky.asked.lock().unwrap())
}

async fn read(blob: &Blob) -> Result<Bytes> {
    let object: Object = blob.get("k").await?.expect("it is there");
    object.body.collect(usize::MAX).await
}

#[tokio::test(start_paused = true)]
async fn bytes_are_put_again_and_a_stream_is_not() {
    let (blob, flaky) = on(&[Fate::Refused, Fate::LosesAnswer]);
    blob.put("k", "content").await.unwrap();
    assert_eq!(asked(&flaky), ["put"; 3]);

    let (blob, flaky) = on(&[Fate::Refused]);
    let body = Body::stream(stream::iter([Ok(Bytes::from("content"))]), None);
    let error = blob.put("k", body).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::Temporary));
    assert_eq!((asked(&flaky).len(), blob.get("k").await.unwrap().is_none()), (1, true));
}

#[tokio::test(start_paused = true)]
async fn a_put_with_a_precondition_is_repeated_only_if_it_was_not_applied() {
    let create = || PutOptions { precondition: Precondition::Absent, ..PutOptions::default() };
    let (blob, flaky) = on(&[Fate::Refused, Fate::LosesAnswer]);
    let store = blob.store();
    let key = BlobKey::new("k").unwrap();
    let put = store.put(&Context::new(), &key, "mine".into(), create()).await;
    assert_eq!(put.unwrap_err().effect(), Effect::MaybeApplied);
    assert_eq!(asked(&flaky), ["put"; 2]);
    let put = store.put(&Context::new(), &key, "mine".into(), create()).await;
    assert_eq!(put.unwrap_err().kind(), ErrorKind::PreconditionFailed);
    assert_eq!(asked(&flaky), ["put"], "what cannot succeed has one attempt");
}

#[tokio::test(start_paused = true)]
async fn a_content_that_breaks_off_is_read_on_from_there() {
    let (blob, flaky) = on(&[
        Fate::Passes,
        Fate::Refused,
        Fate::BreaksAfter(3),
        Fate::Refused,
        Fate::BreaksAfter(4),
        Fate::StopsAfter(2),
    ]);
    blob.put("k", "0123456789abcdef").await.unwrap();
    assert_eq!(read(&blob).await.unwrap(), "0123456789abcdef");
    let expected = [
        "put",
        "get Full",
        "get Full",
        "get Between(3, 16)",
        "get Between(3, 16)",
        "get Between(7, 16)",
        "get Between(9, 16)",
    ];
    assert_eq!(asked(&flaky), expected);
}

#[tokio::test(start_paused = true)]
async fn a_content_that_was_replaced_meanwhile_is_not_mixed_with_the_new_one() {
    let (blob, flaky) = on(&[Fate::Passes, Fate::BreaksAfter(3)]);
    blob.put("k", "old content").await.unwrap();
    let mut body = blob.get("k").await.unwrap().unwrap().body;
    assert_eq!(body.next().await.unwrap().unwrap(), "old");
    Blob::new(flaky.inner.clone()).put("k", "new content").await.unwrap();
    let error = body.next().await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Unavailable, "down on purpose"));
    assert_eq!(read(&blob).await.unwrap(), "new content");
}

#[tokio::test(start_paused = true)]
async fn a_content_that_never_goes_on_ends_with_its_last_error() {
    let (blob, flaky) = on(&[[Fate::Passes].as_slice(), &[Fate::BreaksAfter(0); 40]].concat());
    blob.put("k", "content").await.unwrap();
    let error = read(&blob).await.unwrap_err();
    assert_eq!((error.kind(), error.command()), (ErrorKind::Unavailable, Some("get")));
    assert_eq!(asked(&flaky).len(), 1 + 4, "once and three times more");
}
