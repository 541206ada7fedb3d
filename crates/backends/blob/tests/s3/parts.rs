//! Uploads in parts: what is seen of them, and what is left.

use bytes::Bytes;
use credenza_blob::S3Config;
use credenza_core::blob::{Body, Precondition, PutOptions};
use credenza_core::{Error, ErrorKind, Result};
use credenza_testkit::servers::S3;
use futures_util::{StreamExt, stream};
use md5::{Digest, Md5};

use crate::server::{Moto, R2, blob, config, content, no_uploads, start, uploads};

const PART: usize = 5 << 20;

fn small_parts(server: &S3) -> S3Config {
    let mut config = config(server);
    config.part_size = PART;
    config
}

/// Pieces that fit no part.
fn pieces(content: &Bytes) -> impl Iterator<Item = Result<Bytes>> + Send + 'static {
    let pieces: Vec<_> = content.chunks(777_777).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    pieces.into_iter()
}

/// The tag that S3 gives to what was put in parts.
fn tag_of_parts(content: &[u8]) -> String {
    let digests: Vec<u8> = content.chunks(PART).flat_map(|part| Md5::digest(part).to_vec()).collect();
    let digest = Md5::digest(&digests);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}-{}", content.len().div_ceil(PART))
}

#[tokio::test]
async fn parts_have_one_size() {
    let Some(server) = start(Moto) else { return };
    let blob = blob(small_parts(&server));
    for size in [PART + 1, 2 * PART, 2 * PART + 123_456] {
        let content = content(size);
        let mut options = PutOptions { content_type: Some("video/mp4".into()), ..PutOptions::default() };
        options.content_language = Some("de".into());
        options.metadata.insert("Größe".into(), "groß".into());
        options.md5 = Some(Md5::digest(&content).into());
        let put = blob.put_with("k", Body::stream(stream::iter(pieces(&content)), None), options.clone());
        let put = put.await.unwrap();
        assert_eq!(put.etag.as_str(), tag_of_parts(&content));
        assert_eq!(put.size, size as u64);
        let object = blob.get("k").await.unwrap().unwrap();
        assert_eq!(object.info, put);
        assert_eq!(object.info.content_language, options.content_language);
        assert!(object.body.collect(size).await.unwrap() == content);
    }
    assert_eq!(uploads(&server).await, 0);
}

#[tokio::test]
async fn parts_on_r2() {
    let Some(server) = start(R2) else { return };
    let blob = blob(small_parts(&server));
    let content = content(2 * PART + 123_456);
    let put = blob.put("k", Body::stream(stream::iter(pieces(&content)), None)).await.unwrap();
    let object = blob.get("k").await.unwrap().unwrap();
    assert_eq!(object.info, put);
    assert!(object.body.collect(content.len()).await.unwrap() == content);

    // R2 would not look at the condition.
    let absent = || PutOptions { precondition: Precondition::Absent, ..PutOptions::default() };
    let length = Some(content.len() as u64);
    for (key, length) in [("k", length), ("k", None), ("new", None)] {
        let body = Body::stream(stream::iter(pieces(&content)), length);
        let refused = blob.put_with(key, body, absent()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported, "{refused}");
    }
    assert!(blob.head("new").await.unwrap().is_none());
    // In one piece it does, however large.
    let refused = blob.put_with("k", content.clone(), absent()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PreconditionFailed, "{refused}");
    blob.put_with("new", content, absent()).await.unwrap();
}

#[tokio::test]
async fn a_condition_of_parts() {
    let Some(server) = start(Moto) else { return };
    let blob = blob(small_parts(&server));
    let content = content(PART + 1);
    let body = || Body::stream(stream::iter(pieces(&content)), None);
    let absent = || PutOptions { precondition: Precondition::Absent, ..PutOptions::default() };
    blob.put_with("k", body(), absent()).await.unwrap();
    let refused = blob.put_with("k", body(), absent()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PreconditionFailed, "{refused}");
    no_uploads(&server).await;
}

#[tokio::test]
async fn what_fails_is_not_seen_and_not_left() {
    let Some(server) = start(Moto) else { return };
    let blob = blob(small_parts(&server));
    blob.put("there", "as it was").await.unwrap();
    let content = content(2 * PART + 10);
    for key in ["there", "new"] {
        let failure = stream::iter([Err(Error::new(ErrorKind::Decode, "the stream broke"))]);
        let broken = stream::iter(pieces(&content)).chain(failure);
        let failed = blob.put(key, Body::stream(broken, None)).await.unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::Decode);

        let short = Body::stream(stream::iter(pieces(&content)), Some(content.len() as u64 + 1));
        assert_eq!(blob.put(key, short).await.unwrap_err().kind(), ErrorKind::InvalidArgument);

        let wrong = PutOptions { md5: Some([7; 16]), ..PutOptions::default() };
        let body = Body::stream(stream::iter(pieces(&content)), None);
        let failed = blob.put_with(key, body, wrong).await.unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::InvalidArgument);
    }
    no_uploads(&server).await;
    let there = blob.get("there").await.unwrap().unwrap();
    assert_eq!(there.body.collect(100).await.unwrap(), "as it was");
    assert!(blob.head("new").await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_dropped_is_not_seen_and_not_left() {
    let Some(server) = start(Moto) else { return };
    let blob = blob(small_parts(&server));
    let content = content(2 * PART + 10);
    for _ in 0..5 {
        let (reached, mut waits) = tokio::sync::mpsc::channel(1);
        let endless = stream::unfold(reached, |reached: tokio::sync::mpsc::Sender<()>| async move {
            let _ = reached.send(()).await;
            std::future::pending::<Option<(Result<Bytes>, _)>>().await
        });
        let body = Body::stream(stream::iter(pieces(&content)).chain(endless.boxed()), None);
        let put = tokio::spawn({
            let blob = blob.clone();
            async move { blob.put("k", body).await }
        });
        waits.recv().await.unwrap();
        put.abort();
        assert!(put.await.unwrap_err().is_cancelled());
    }
    no_uploads(&server).await;
    assert!(blob.head("k").await.unwrap().is_none());
}
