//! An index that fails.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Place, content, whole};
use credenza_blob::FsBlobStore;
use credenza_core::blob::BlobKey;
use credenza_core::{Blob, Effect, ErrorKind, Kv};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_testkit::fault::{Chances, Fault, Faulty};

const LARGE: usize = 100_000;

struct Stage {
    place: Place,
    store: Arc<MemoryStore>,
}

impl Stage {
    fn new() -> Stage {
        let store = Arc::new(MemoryStore::open(MemoryConfig::default()).unwrap());
        Stage { place: Place::new(), store }
    }

    async fn healthy(&self) -> FsBlobStore {
        FsBlobStore::open(self.place.config(), Kv::new(Arc::clone(&self.store))).await.unwrap()
    }

    /// What is true after everything: each object is whole, and after a collection each file has an object.
    async fn check(&self) -> Vec<String> {
        let store = self.healthy().await;
        store.collect_garbage().await.unwrap();
        let blob = Blob::new(store);
        let mut files = 0;
        let mut keys = Vec::new();
        for object in blob.list("").await.unwrap().objects {
            let read = whole(&blob, &object.key).await;
            assert_eq!(read.len() as u64, object.size);
            files += usize::from(object.size > 32_768);
            keys.push(object.key.into_string());
        }
        self.place.has_files(files).await;
        keys
    }
}

/// Each request of each verb fails once, in each way.
#[tokio::test]
async fn at_every_point() {
    for verb in ["put", "replace", "small", "copy", "delete"] {
        for fault in [Fault::Refuse, Fault::LoseAnswer] {
            for point in 0..8 {
                let stage = Stage::new();
                let blob = Blob::new(stage.healthy().await);
                blob.put("old", content(1, LARGE)).await.unwrap();
                drop(blob);
                // The store opens, and its collection of garbage at the opening finds one file to ask about.
                let opening: Vec<Option<Fault>> = vec![None; 3];
                let script = opening.into_iter().chain(vec![None; point]).chain([Some(fault)]);
                let faulty = Kv::new(Faulty::scripted(Arc::clone(&stage.store), script));
                let store = FsBlobStore::open(stage.place.config(), faulty).await.unwrap();
                store.collect_garbage().await.unwrap_or_default();
                let blob = Blob::new(store);
                let outcome = match verb {
                    "put" => blob.put("new", content(2, LARGE)).await.map(drop),
                    "replace" => blob.put("old", content(2, LARGE)).await.map(drop),
                    "small" => blob.put("old", content(2, 10)).await.map(drop),
                    "copy" => blob.copy("old", "new").await.map(drop),
                    _ => blob.delete("old").await.map(drop),
                };
                drop(blob);
                let keys = stage.check().await;
                let blob = Blob::new(stage.healthy().await);
                let changed = match verb {
                    "put" | "copy" => keys == ["new", "old"],
                    "delete" => keys.is_empty(),
                    _ => blob.head("old").await.unwrap().unwrap().etag != whole_tag(&content(1, LARGE)).await,
                };
                let what = format!("{verb}, {fault:?} at {point}: {outcome:?}");
                match outcome {
                    Ok(()) => assert!(changed, "{what}"),
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::Unavailable, "{what}");
                        assert_eq!(error.store(), Some("fs"), "{what}");
                        if error.effect() == Effect::NotApplied {
                            assert!(!changed, "{what}");
                        }
                    }
                }
            }
        }
    }
}

async fn whole_tag(bytes: &bytes::Bytes) -> credenza_core::blob::ETag {
    let memory = credenza_blob::MemoryBlobStore::new(credenza_blob::MemoryBlobConfig::default());
    Blob::new(memory).put("x", bytes.clone()).await.unwrap().etag
}

/// Whoever leaves while the index works leaves an object that is there or not, and no half one.
#[tokio::test]
async fn callers_who_leave() {
    for fault in [Fault::Swallow, Fault::Hang] {
        for point in 0..4 {
            let stage = Stage::new();
            let script = vec![None; 2 + point].into_iter().chain([Some(fault)]);
            let faulty = Kv::new(Faulty::scripted(Arc::clone(&stage.store), script));
            let blob = Blob::new(FsBlobStore::open(stage.place.config(), faulty).await.unwrap());
            for (key, size) in [("a", LARGE), ("b", 10), ("a", 10), ("b", LARGE)] {
                let put = blob.put(key, content(1, size));
                let _ = tokio::time::timeout(Duration::from_millis(100), put).await;
            }
            let keys = [BlobKey::new("a").unwrap()];
            let deleted = blob.delete_with(&keys, Default::default());
            let _ = tokio::time::timeout(Duration::from_millis(100), deleted).await;
            drop(blob);
            stage.check().await;
        }
    }
}

#[tokio::test]
async fn by_chance() {
    for seed in 0..20 {
        let stage = Stage::new();
        drop(stage.healthy().await);
        let chances = Chances { refuse: 100, lose_answer: 100, ..Chances::default() };
        let faulty = Kv::new(Faulty::seeded(Arc::clone(&stage.store), seed, chances));
        let Ok(store) = FsBlobStore::open(stage.place.config(), faulty).await else { continue };
        let blob = Blob::new(store.clone());
        for n in 0..40 {
            let key = format!("k{}", n % 5);
            let size = if n % 3 == 0 { 10 } else { LARGE };
            let _ = blob.put(key.as_str(), content(n, size)).await;
            match n % 4 {
                0 => drop(blob.copy(key.as_str(), "copy").await),
                1 => drop(blob.delete(format!("k{}", n % 3)).await),
                2 => drop(store.collect_garbage().await),
                _ => {}
            }
        }
        drop((blob, store));
        stage.check().await;
    }
}
