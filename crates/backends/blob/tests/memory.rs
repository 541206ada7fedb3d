//! The store in memory, beyond what every store is tested for.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use credenza_blob::{MemoryBlobConfig, MemoryBlobStore};
use credenza_core::blob::{Body, Precondition, PutOptions};
use credenza_core::{Blob, ErrorKind};
use futures_util::stream;

fn store(max_bytes: u64) -> Blob {
    let mut config = MemoryBlobConfig::default();
    config.max_bytes = Some(max_bytes);
    Blob::new(MemoryBlobStore::new(config))
}

fn pieces(count: usize) -> Body {
    Body::stream(stream::iter((0..count).map(|_| Ok(bytes::Bytes::from_static(&[7; 1_000])))), None)
}

#[tokio::test]
async fn the_limit_on_memory() {
    let blob = store(10_000);
    blob.put("a", pieces(9)).await.unwrap();
    assert_eq!(blob.put("b", pieces(2)).await.unwrap_err().kind(), ErrorKind::Full);
    assert_eq!(blob.put("b", vec![0; 2_000]).await.unwrap_err().kind(), ErrorKind::Full);
    assert_eq!(blob.copy("a", "b").await.unwrap_err().kind(), ErrorKind::Full);
    assert_eq!(blob.put("a", pieces(9)).await.unwrap_err().kind(), ErrorKind::Full);
    assert_eq!(blob.get("a").await.unwrap().unwrap().body.length(), Some(9_000));
    assert_eq!(blob.list("").await.unwrap().objects.len(), 1);
    // What failed holds no room, and what is gone gives it back, a hundred times.
    for _ in 0..100 {
        assert!(blob.delete("a").await.unwrap());
        blob.put("a", pieces(9)).await.unwrap();
    }
    assert!(blob.delete("a").await.unwrap());
    blob.put("b", pieces(9)).await.unwrap();
}

#[tokio::test]
async fn a_put_that_is_dropped_or_refused_gives_its_room_back() {
    let blob = store(10_000);
    let never = Body::stream(
        stream::unfold(0, |n| async move {
            match n {
                8 => std::future::pending().await,
                n => Some((Ok(bytes::Bytes::from_static(&[7; 1_000])), n + 1)),
            }
        }),
        None,
    );
    let put = blob.put("a", never);
    assert!(tokio::time::timeout(std::time::Duration::from_millis(20), put).await.is_err());
    let options = PutOptions { precondition: Precondition::Exists, ..PutOptions::default() };
    let refused = blob.put_with("a", pieces(9), options).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PreconditionFailed);
    assert_eq!(
        refused.to_string(),
        "put on memory: the object is not what the request asks it to be (not applied, permanent)"
    );
    blob.put("a", pieces(9)).await.unwrap();
}
