//! Deadlines: what comes too late is refused and does nothing.

use std::pin::Pin;
use std::task::{self, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use credenza_core::blob::{BlobStore, Body, PutOptions, Range};
use credenza_core::{Context, ErrorKind, Result};
use futures_core::Stream;

use super::{BlobSubject, NOTHING, Notes, content, every_verb, furnish, key, probes, read, seen};
use crate::blob::operation::Operation;
use crate::blob::pieces::Pieces;

probes! { "deadlines":
    "a deadline that has passed: Timeout, not applied, nothing done", NOTHING => passed;
    "a deadline that is far away changes nothing", NOTHING => far;
    "a body that goes on after the deadline is not put", NOTHING => late;
}

#[allow(clippy::disallowed_methods, reason = "deadlines are measured on the monotonic clock of the runtime")]
fn now() -> Instant {
    Instant::now()
}

async fn passed(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let before = seen(subject).await;
    let cx = &Context::new().with_deadline(now());
    for operation in every_verb()? {
        let step = operation.to_string();
        let store = subject.store();
        let result = match operation {
            Operation::Put { key, content, options } => {
                store.put(cx, &key, content.into(), options).await.map(drop)
            }
            Operation::Get { key, options } => store.get(cx, &key, options).await.map(drop),
            Operation::Head { key } => store.head(cx, &key).await.map(drop),
            Operation::Delete { keys, options } => store.delete(cx, &keys, options).await.map(drop),
            Operation::List(options) | Operation::ListAll(options) => store.list(cx, options).await.map(drop),
            Operation::Copy { from, to, options } => store.copy(cx, &from, &to, options).await.map(drop),
        };
        notes.fails(step, ErrorKind::Timeout, &result);
    }
    notes.unchanged("requests that came too late", &before, &seen(subject).await);
    Ok(())
}

async fn far(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    let blob = subject.blob().with_timeout(Duration::from_secs(3_600));
    let content = content(200_000);
    blob.put("k", Pieces::of(&content, 10_000).slow().body(None)).await?;
    let part = blob.get_range("k", Range::From(100_000)).await?;
    let found = match part {
        Some(object) => object.body.collect(200_000).await?,
        None => Bytes::new(),
    };
    notes.check(found == content[100_000..], "GET k", "the second half", "something else");
    notes.equal("DELETE k", blob.delete("k").await?, true);
    Ok(())
}

/// A stream of pieces, each of which takes a while.
struct Late {
    left: usize,
    wait: Pin<Box<tokio::time::Sleep>>,
}

impl Late {
    fn body() -> Body {
        let wait = Box::pin(tokio::time::sleep(Duration::ZERO));
        Body::stream(Late { left: 50, wait }, None)
    }
}

impl Stream for Late {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Result<Bytes>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        std::task::ready!(self.wait.as_mut().poll(cx));
        self.left -= 1;
        self.wait = Box::pin(tokio::time::sleep(Duration::from_millis(20)));
        Poll::Ready(Some(Ok(Bytes::from_static(&[b'x'; 10_000]))))
    }
}

async fn late(subject: &BlobSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let before = seen(subject).await;
    for name in ["a", "new"] {
        let cx = Context::new().within(Some(Duration::from_millis(150)));
        let put = subject.store().put(&cx, &key(name)?, Late::body(), PutOptions::default()).await;
        notes.fails(format!("PUT {name}"), ErrorKind::Timeout, &put);
    }
    notes.unchanged("bodies that came too late", &before, &seen(subject).await);
    notes.equal("GET a", read(subject, "a").await?.as_deref(), Some(&b"one"[..]));
    Ok(())
}
