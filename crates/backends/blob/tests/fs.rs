//! The store in a folder, beyond what every store is tested for.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::{Place, content, pieces, whole};
use credenza_blob::FsBlobStore;
use credenza_core::blob::{BlobStore, Body, Precondition, PutOptions, Range};
use credenza_core::{Blob, Consistency, Durability, Error, ErrorKind, Kv, ManualClock, SeededRandom};
use credenza_memory::{MemoryConfig, MemoryStore};
use futures_util::stream;

const LARGE: usize = 300_000;

/// A body that gives some pieces and then never goes on.
fn endless() -> Body {
    let piece = |n: u32| async move {
        match n {
            20 => std::future::pending().await,
            n => Some((Ok(content(u64::from(n), 50_000)), n + 1)),
        }
    };
    Body::stream(stream::unfold(0, piece), None)
}

#[tokio::test]
async fn objects_survive_a_reopening() {
    let place = Place::new();
    let before = {
        let blob = Blob::new(place.open().await);
        blob.put("small", content(1, 100)).await.unwrap();
        let options = PutOptions { content_type: Some("a/b".into()), ..PutOptions::default() };
        blob.put_with("large", content(2, LARGE), options).await.unwrap();
        blob.list("").await.unwrap()
    };
    let blob = Blob::new(place.open().await);
    assert_eq!(blob.list("").await.unwrap(), before);
    assert!(whole(&blob, "small").await == content(1, 100));
    assert!(whole(&blob, "large").await == content(2, LARGE));
}

#[tokio::test]
async fn one_store_has_the_folder() {
    let place = Place::new();
    let store = place.open().await;
    assert_eq!(place.try_open().await.unwrap_err().kind(), ErrorKind::Busy);
    let clone = store.clone();
    drop(store);
    assert_eq!(place.try_open().await.unwrap_err().kind(), ErrorKind::Busy);
    drop(clone);
    place.open().await;
}

#[tokio::test]
async fn an_index_of_another_folder_is_refused_before_anything_is_collected() {
    let place = Place::new();
    let blob = Blob::new(place.open().await);
    blob.put("large", content(2, LARGE)).await.unwrap();
    drop(blob);
    let stranger = || Kv::new(MemoryStore::open(MemoryConfig::default()).unwrap());
    let error = FsBlobStore::open(place.config(), stranger()).await.unwrap_err();
    assert_eq!(error.to_string(), "open on fs: the index is not that of the folder (not applied, permanent)");
    // And a folder of another index.
    let other = Place::new();
    let index = stranger();
    let store = FsBlobStore::open(other.config(), index.clone()).await.unwrap();
    assert_eq!(store.capabilities().durability, Durability::None, "the weaker of the two");
    drop(store);
    let empty = Place::new();
    assert_eq!(
        FsBlobStore::open(empty.config(), index).await.unwrap_err().kind(),
        ErrorKind::InvalidArgument
    );
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(place.files().len(), 1);
    let store = place.open().await;
    assert_eq!(store.capabilities().consistency, Consistency::Linearizable);
    assert!(whole(&Blob::new(store), "large").await == content(2, LARGE));
}

#[tokio::test]
async fn a_crash_between_folder_and_index_is_made_good() {
    let place = Place::new();
    drop(place.open().await);
    // As if the index had not been written yet.
    let index = Kv::new(MemoryStore::open(MemoryConfig::default()).unwrap());
    let blob = Blob::new(FsBlobStore::open(place.config(), index).await.unwrap());
    blob.put("large", content(2, LARGE)).await.unwrap();
}

#[tokio::test]
async fn folders_and_files_are_private() {
    let place = Place::new();
    let blob = Blob::new(place.open().await);
    blob.put("large", content(2, LARGE)).await.unwrap();
    blob.copy("large", "copy").await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.path()), 0o700);
    assert_eq!(mode(&place.path().join("content")), 0o700);
    for file in place.files() {
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(file.parent().unwrap()), 0o700);
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(name.len() == 32 && !name.contains("large"), "{name}");
    }
}

/// Flips a bit of the only content file.
fn damage(place: &Place, at: u64) {
    let files = place.files();
    let file = std::fs::File::options().read(true).write(true).open(&files[0]).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
}

#[tokio::test]
async fn damage_ends_a_body_and_is_never_handed_out() {
    let place = Place::new();
    let blob = Blob::new(place.open().await);
    let size = 3 << 20;
    let good = content(1, size);
    blob.put("a", good.clone()).await.unwrap();
    damage(&place, (2 << 20) + 5);
    // What is not damaged can still be read.
    let start = blob.get_range("a", Range::Between(0, 1 << 20)).await.unwrap().unwrap();
    assert!(start.body.collect(1 << 20).await.unwrap() == good[..1 << 20]);
    let mut body = blob.get("a").await.unwrap().unwrap().body;
    let mut read = Vec::new();
    let error = loop {
        match body.next().await {
            Ok(Some(piece)) => read.extend_from_slice(&piece),
            Ok(None) => panic!("the body ended as if nothing were wrong"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.to_string(), "get on fs: the content is not what was put (not applied, permanent)");
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(good.starts_with(&read) && read.len() < size);
    assert!(body.next().await.unwrap().is_none());
    let range = blob.get_range("a", Range::Between((2 << 20) + 100, (2 << 20) + 101)).await;
    assert_eq!(range.unwrap_err().kind(), ErrorKind::Corrupt);

    let file = std::fs::File::options().write(true).open(&place.files()[0]).unwrap();
    file.set_len(1 << 20).unwrap();
    assert_eq!(blob.get("a").await.unwrap_err().kind(), ErrorKind::Corrupt);
    std::fs::remove_file(&place.files()[0]).unwrap();
    let error = blob.get("a").await.unwrap_err();
    assert_eq!(error.to_string(), "get on fs: the file of the content is missing (not applied, permanent)");
    assert!(blob.copy("a", "b").await.is_err());
    // It can be put again, and is whole then.
    blob.put("a", good.clone()).await.unwrap();
    assert!(whole(&blob, "a").await == good);
}

#[tokio::test]
async fn damage_in_the_index_is_found() {
    let place = Place::new();
    let index = Kv::new(MemoryStore::open(MemoryConfig::default()).unwrap());
    let blob = Blob::new(FsBlobStore::open(place.config(), index.clone()).await.unwrap());
    blob.put("a", content(1, 1_000)).await.unwrap();
    let good = index.get("blob#content#a").await.unwrap().unwrap();
    for at in [0, 3, 4, 20, good.len() - 1_000, good.len() - 1] {
        let mut bad = good.to_vec();
        bad[at] ^= 1;
        index.set("blob#content#a", bad).await.unwrap();
        let error = blob.get("a").await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::NewerFormat), "byte {at}: {error}");
    }
    index.set("blob#content#a", good.slice(..good.len() - 1)).await.unwrap();
    assert_eq!(blob.get("a").await.unwrap_err().kind(), ErrorKind::Corrupt);
    index.set("blob#object#a", "").await.unwrap();
    assert_eq!(blob.head("a").await.unwrap_err().kind(), ErrorKind::Corrupt);
}

#[tokio::test]
async fn what_is_dropped_leaves_nothing() {
    let place = Place::new();
    let blob = Blob::new(place.open().await);
    blob.put("a", "old").await.unwrap();
    let put = blob.put("a", endless());
    assert!(tokio::time::timeout(Duration::from_millis(200), put).await.is_err());
    // A blocking thread may still be at it.
    place.has_files(0).await;
    assert_eq!(whole(&blob, "a").await, "old");

    // A body that nobody reads to its end.
    blob.put("large", content(1, 5 << 20)).await.unwrap();
    for pieces in 0..5 {
        let mut body = blob.get("large").await.unwrap().unwrap().body;
        for _ in 0..pieces {
            body.next().await.unwrap();
        }
    }
    blob.delete("large").await.unwrap();
    place.has_files(0).await;
}

#[tokio::test]
async fn garbage_is_collected_and_nothing_else() {
    let place = Place::new();
    let store = place.open().await;
    let blob = Blob::new(store.clone());
    for n in 0..20 {
        blob.put(format!("{n}"), content(n, LARGE)).await.unwrap();
    }
    let stray = |name: &str| {
        let folder = place.path().join("content").join(&name[..2]);
        std::fs::write(folder.join(name), "left by a crash").unwrap();
    };
    stray("00000000000000000000000000000001");
    stray("ff000000000000000000000000000001");
    // Not a name that the store gives.
    stray("ffnotes.txt");
    // A put that is under way has its file.
    let waiting = tokio::spawn({
        let blob = blob.clone();
        async move { blob.put("waiting", endless()).await.map(drop) }
    });
    while !place.files().iter().any(|file| file.metadata().is_ok_and(|found| found.len() > 500_000)) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let collected = store.collect_garbage().await.unwrap();
    // The collection at the opening may have been here before.
    assert!((21..=23).contains(&collected.files) && collected.removed <= 2, "{collected:?}");
    assert_eq!(place.files().len(), 22);
    waiting.abort();
    let _: Result<Result<(), Error>, _> = waiting.await;
    for n in 0..20 {
        assert!(whole(&blob, &n.to_string()).await == content(n, LARGE));
    }

    // And when a store is opened.
    stray("00000000000000000000000000000001");
    drop((blob, store));
    let store = place.open().await;
    place.has_files(21).await;
    drop(store);
}

#[tokio::test]
async fn times_and_names_are_those_that_are_handed_in() {
    let place = Place::new();
    let clock = Arc::new(ManualClock::at(1_000));
    let mut config = place.config();
    config.clock = Arc::<ManualClock>::clone(&clock);
    config.random = Arc::new(SeededRandom::new(5));
    let blob = Blob::new(FsBlobStore::open(config, place.index()).await.unwrap());
    assert_eq!(blob.put("a", "a").await.unwrap().uploaded, 1_000);
    clock.advance(Duration::from_secs(1));
    assert_eq!(blob.copy("a", "b").await.unwrap().uploaded, 2_000);
    assert_eq!(blob.head("a").await.unwrap().unwrap().uploaded, 1_000);
}

#[tokio::test]
async fn limits() {
    let place = Place::new();
    let mut config = place.config();
    config.limits.size = 100_000;
    config.limits.key = 10;
    config.limits.batch = 2;
    let blob = Blob::new(FsBlobStore::open(config, place.index()).await.unwrap());
    assert_eq!(blob.capabilities().limits.size, 100_000);
    blob.put("a", pieces(&content(1, 100_000), 999)).await.unwrap();
    // The stream has no end: it is refused as soon as it is too long.
    let error = blob.put("b", endless()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    let error = blob.put("b", content(1, 100_001)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "put on fs: the object has 100001 bytes; the limit is 100000 (not applied, permanent)"
    );
    let error = blob.put("12345678901", "").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    place.has_files(1).await;
}

#[tokio::test]
async fn a_full_index_changes_nothing() {
    let place = Place::new();
    place.config().create_folder().unwrap();
    let index = credenza_sqlite::SqliteConfig {
        max_size: Some(1 << 20),
        ..credenza_sqlite::SqliteConfig::at(place.path().join("index.db"))
    };
    let index = Kv::new(credenza_sqlite::SqliteStore::open(index).unwrap());
    let blob = Blob::new(FsBlobStore::open(place.config(), index).await.unwrap());
    let mut put = 0;
    let error = loop {
        match blob.put(format!("{put}"), content(put, 30_000)).await {
            Ok(_) => put += 1,
            Err(error) => break error,
        }
        assert!(put < 100);
    };
    assert_eq!(error.kind(), ErrorKind::Full, "{error}");
    assert_eq!(blob.list("").await.unwrap().objects.len(), usize::try_from(put).unwrap());
    let absent = PutOptions { precondition: Precondition::Absent, ..PutOptions::default() };
    let large = blob.put_with("large", content(1, LARGE), absent).await;
    if large.is_err() {
        place.has_files(0).await;
    }
    for n in 0..put {
        assert!(whole(&blob, &n.to_string()).await == content(n, 30_000));
    }
}
