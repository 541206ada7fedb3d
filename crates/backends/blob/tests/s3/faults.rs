//! Servers that die, freeze and are cut off: what is said in how much time, and how it goes on.

use std::time::{Duration, Instant};

use bytes::Bytes;
use credenza_core::blob::{Body, DeleteOptions};
use credenza_core::{Blob, Effect, Error, ErrorKind, Result};
use credenza_testkit::servers::{S3, Wire};
use futures_util::stream;

use crate::server::{Moto, R2, behind, blob, config, content, no_uploads, start};

const PART: usize = 5 << 20;
/// What a test gives a call.
const SHORT: Duration = Duration::from_secs(1);
/// What a call takes at most that has so little time.
const SOON: Duration = Duration::from_secs(4);

/// A store behind a wire.
fn wired(server: &S3) -> (Wire, Blob) {
    let wire = Wire::to(("127.0.0.1", server.port()));
    let mut config = behind(server, &wire);
    config.part_size = PART;
    (wire, blob(config))
}

/// The error of something that must fail soon.
#[allow(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
async fn fails<T>(work: impl Future<Output = Result<T>>) -> Error {
    let start = Instant::now();
    let Err(error) = work.await else { panic!("it succeeded") };
    assert!(start.elapsed() < SOON, "{:?}: {error}", start.elapsed());
    error
}

fn is(error: &Error, kind: ErrorKind, effect: Effect) {
    assert_eq!((error.kind(), error.effect()), (kind, effect), "{error}");
}

async fn whole(blob: &Blob, key: &str) -> Option<Bytes> {
    let object = blob.get(key).await.unwrap()?;
    Some(object.body.collect(1 << 30).await.unwrap())
}

/// An answer that is lost leaves open whether the object was put; here it was.
#[tokio::test]
async fn lost_answers() {
    for dialect in [Moto, R2] {
        let Some(server) = start(dialect) else { return };
        let (wire, blob) = wired(&server);
        blob.put("old", "1").await.unwrap();
        wire.lose_replies();
        let hurried = blob.clone().with_timeout(SHORT);
        // Moto ends the connection with its answer.
        let kind = if dialect == Moto { ErrorKind::Unavailable } else { ErrorKind::Timeout };
        is(&fails(hurried.put("k", "value")).await, kind, Effect::MaybeApplied);
        is(&fails(hurried.get("old")).await, kind, Effect::NotApplied);
        is(&fails(hurried.head("old")).await, kind, Effect::NotApplied);
        is(&fails(hurried.list("")).await, kind, Effect::NotApplied);
        // It asks first whether there is one, and does not come further.
        is(&fails(hurried.delete("old")).await, kind, Effect::NotApplied);
        wire.heal();
        wire.drop_connections();
        assert_eq!(whole(&blob, "k").await.unwrap(), "value");
        assert_eq!(whole(&blob, "old").await.unwrap(), "1");
        assert!(blob.delete("old").await.unwrap());
    }
}

#[tokio::test]
async fn a_wire_that_is_cut() {
    for dialect in [Moto, R2] {
        let Some(server) = start(dialect) else { return };
        let (wire, blob) = wired(&server);
        blob.put("k", "value").await.unwrap();
        wire.cut();
        // A connection that was open breaks; from then on there is none, and nothing is sent.
        is(&fails(blob.get("k")).await, ErrorKind::Unavailable, Effect::NotApplied);
        is(&fails(blob.put("k", "other")).await, ErrorKind::Unavailable, Effect::NotApplied);
        is(&fails(blob.delete("k")).await, ErrorKind::Unavailable, Effect::NotApplied);
        is(&fails(blob.copy("k", "l")).await, ErrorKind::Unavailable, Effect::NotApplied);
        wire.heal();
        assert_eq!(whole(&blob, "k").await.unwrap(), "value");
    }
}

/// Without a deadline a call ends when nothing moves any more.
#[tokio::test]
async fn a_frozen_server() {
    for dialect in [Moto, R2] {
        let Some(server) = start(dialect) else { return };
        let mut config = config(&server);
        config.idle_timeout = SHORT;
        let blob = blob(config);
        blob.put("k", "value").await.unwrap();
        server.freeze();
        is(&fails(blob.get("k")).await, ErrorKind::Unavailable, Effect::NotApplied);
        is(&fails(blob.put("k", "other")).await, ErrorKind::Unavailable, Effect::MaybeApplied);
        let keys = ["k", "l"].map(|key| key.try_into().unwrap());
        let deleted = blob.delete_with(&keys, DeleteOptions::default());
        is(&fails(deleted).await, ErrorKind::Unavailable, Effect::NotApplied);
        let hurried = blob.clone().with_timeout(SHORT / 4);
        is(&fails(hurried.put("k", "third")).await, ErrorKind::Timeout, Effect::MaybeApplied);
        server.thaw();
        let found = whole(&blob, "k").await.unwrap();
        assert!(["value", "other", "third"].iter().any(|one| found == one), "{found:?}");
    }
}

/// A body that is being read when the wire is cut says so, and does not end as if it were all.
#[tokio::test]
async fn a_read_that_is_cut() {
    for dialect in [Moto, R2] {
        let Some(server) = start(dialect) else { return };
        let (wire, blob) = wired(&server);
        let content = content(32 << 20);
        blob.put("k", content.clone()).await.unwrap();
        let mut body = blob.get("k").await.unwrap().unwrap().body;
        let mut read = body.next().await.unwrap().unwrap().len();
        wire.cut();
        let error = loop {
            match body.next().await {
                Ok(Some(piece)) => read += piece.len(),
                Ok(None) => panic!("it ended after {read} bytes"),
                Err(error) => break error,
            }
        };
        is(&error, ErrorKind::Unavailable, Effect::NotApplied);
        assert!(read < content.len());
        wire.heal();
        assert!(whole(&blob, "k").await.unwrap() == content);
    }
}

/// A body that comes too slowly ends at the deadline of its get.
#[tokio::test]
async fn a_read_that_stalls() {
    let Some(server) = start(Moto) else { return };
    let (wire, blob) = wired(&server);
    blob.put("k", content(32 << 20)).await.unwrap();
    let hurried = blob.clone().with_timeout(SHORT);
    let body = hurried.get("k").await.unwrap().unwrap().body;
    wire.stall();
    is(&fails(body.collect(32 << 20)).await, ErrorKind::Timeout, Effect::NotApplied);
}

/// Parts, and before one of them something happens to the server.
fn until(part: usize, happens: impl FnOnce() + Send + 'static) -> Body {
    let (all, mut happens) = (content(4 * PART), Some(happens));
    let pieces = (0..4).map(move |at| {
        if at == part
            && let Some(happens) = happens.take()
        {
            happens();
        }
        Ok(all.slice(at * PART..(at + 1) * PART))
    });
    Body::stream(stream::iter(pieces), None)
}

#[tokio::test]
async fn killed_in_the_middle_of_an_upload() {
    for dialect in [Moto, R2] {
        let Some(server) = start(dialect) else { return };
        let server = std::sync::Arc::new(server);
        let (_wire, blob) = wired(&server);
        let killed = server.clone();
        let error = fails(blob.put("k", until(3, move || killed.kill()))).await;
        is(&error, ErrorKind::Unavailable, Effect::NotApplied);
    }
}

#[tokio::test]
async fn cut_in_the_middle_of_an_upload() {
    let Some(server) = start(Moto) else { return };
    let (wire, blob) = wired(&server);
    let wire = std::sync::Arc::new(wire);
    blob.put("k", "old").await.unwrap();
    let cut = wire.clone();
    let error = fails(blob.put("k", until(3, move || cut.cut()))).await;
    is(&error, ErrorKind::Unavailable, Effect::NotApplied);
    wire.heal();
    assert_eq!(whole(&blob, "k").await.unwrap(), "old");
    // What was begun is ended as soon as the server is there again.
    no_uploads(&server).await;
}

#[tokio::test]
async fn frozen_in_the_middle_of_an_upload() {
    let Some(server) = start(Moto) else { return };
    let server = std::sync::Arc::new(server);
    let mut config = config(&server);
    (config.part_size, config.idle_timeout) = (PART, Duration::from_secs(2));
    let blob = blob(config);
    blob.put("k", "old").await.unwrap();
    let hurried = blob.clone().with_timeout(Duration::from_secs(2));
    let frozen = server.clone();
    let error = fails(hurried.put("k", until(2, move || frozen.freeze()))).await;
    is(&error, ErrorKind::Timeout, Effect::NotApplied);
    server.thaw();
    assert_eq!(whole(&blob, "k").await.unwrap(), "old");
    no_uploads(&server).await;
}
