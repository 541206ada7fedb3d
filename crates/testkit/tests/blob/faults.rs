//! The store that fails on purpose fails as it was told.

use std::time::Duration;

use bytes::Bytes;
use credenza_core::{Blob, Effect, ErrorKind};
use credenza_testkit::blob::fault::{Fault, FaultyBlob};
use credenza_testkit::blob::{self, ReferenceBlobStore};

use crate::mutant::{Bug, with_bug};

fn faulty(faults: impl IntoIterator<Item = Option<Fault>>) -> Blob {
    Blob::new(FaultyBlob::scripted(ReferenceBlobStore::default(), faults))
}

#[tokio::test]
async fn a_refused_call_does_nothing() {
    let blob = faulty([Some(Fault::Refuse)]);
    let error = blob.put("k", "v").await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, Effect::NotApplied));
    assert!(blob.head("k").await.unwrap().is_none());
}

#[tokio::test]
async fn the_nth_call_loses_its_answer_and_is_applied() {
    let blob = Blob::new(FaultyBlob::at(ReferenceBlobStore::default(), 2, Fault::LoseAnswer));
    blob.put("k", "v").await.unwrap();
    let error = blob.delete("k").await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, Effect::MaybeApplied));
    assert!(blob.head("k").await.unwrap().is_none());
}

#[tokio::test]
async fn a_body_is_cut_on_its_way_in_and_out() {
    let blob =
        faulty([Some(Fault::Cut(2)), None, Some(Fault::Cut(2)), Some(Fault::Cut(5)), Some(Fault::Cut(0))]);
    assert_eq!(blob.put("k", "hello").await.unwrap_err().kind(), ErrorKind::Unavailable);
    blob.put("k", "hello").await.unwrap();
    let mut body = blob.get("k").await.unwrap().unwrap().body;
    assert_eq!(body.next().await.unwrap(), Some(Bytes::from("he")));
    assert_eq!(body.next().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(body.next().await.unwrap(), None);
    // Cut after its last byte, and before its first.
    assert!(blob.get("k").await.unwrap().unwrap().body.collect(5).await.is_err());
    assert!(blob.get("k").await.unwrap().unwrap().body.collect(5).await.is_err());
    assert_eq!(blob.get("k").await.unwrap().unwrap().body.collect(5).await.unwrap(), "hello");
}

#[tokio::test(start_paused = true)]
async fn a_swallowed_call_never_ends() {
    let blob = faulty([Some(Fault::Swallow)]);
    assert!(tokio::time::timeout(Duration::from_secs(3_600), blob.head("k")).await.is_err());
    assert!(blob.head("k").await.unwrap().is_none());
}

#[tokio::test]
async fn without_faults_it_passes_the_suite() {
    let fresh = async || Ok(with_bug(Bug::None)?.behind(|store| FaultyBlob::scripted(store, [])));
    blob::run(fresh).await.assert_passed();
}
