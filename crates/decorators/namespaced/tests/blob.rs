//! Namespaces in a blob store.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::sync::Arc;

use credenza_blob::{MemoryBlobConfig, MemoryBlobStore};
use credenza_core::blob::{BlobKey, BlobStore, DeleteOptions, ListOptions};
use credenza_core::{Blob, ErrorKind};
use credenza_namespaced::NamespacedBlob;

fn store() -> Arc<dyn BlobStore> {
    let mut config = MemoryBlobConfig::default();
    config.limits.key = 4_096;
    Arc::new(MemoryBlobStore::new(config))
}

fn namespace(store: &Arc<dyn BlobStore>, name: &str) -> Blob {
    Blob::new(NamespacedBlob::new(Arc::clone(store), name).unwrap())
}

#[tokio::test]
async fn a_namespace_sees_nothing_of_another() {
    let store = store();
    let names = ["a", "a/b", "a%2Fb", "..", ".", "b", "a.", "кот"];
    let all: Vec<Blob> = names.iter().map(|name| namespace(&store, name)).collect();
    for (blob, name) in all.iter().zip(names) {
        for key in ["k", "b/k", "/k", "x/1", "x/2"] {
            blob.put(key, format!("{name} {key}")).await.unwrap();
        }
    }
    for (blob, name) in all.iter().zip(names) {
        let page = blob.list("").await.unwrap();
        let keys: Vec<&str> = page.objects.iter().map(|object| object.key.as_str()).collect();
        assert_eq!(keys, ["/k", "b/k", "k", "x/1", "x/2"]);
        let got = blob.get("b/k").await.unwrap().unwrap();
        assert_eq!(got.info.key.as_str(), "b/k");
        assert_eq!(got.body.collect(100).await.unwrap(), format!("{name} b/k"));

        let options = ListOptions {
            delimiter: "/".into(),
            start_after: "b/".into(),
            limit: 1,
            ..ListOptions::default()
        };
        let first = blob.list_with(options.clone()).await.unwrap();
        assert_eq!(first.objects[0].key.as_str(), "k");
        let next = ListOptions { cursor: first.cursor, ..options };
        assert_eq!(blob.list_with(next.clone()).await.unwrap().prefixes, ["x/"]);
        for other in all.iter().zip(names).filter(|(_, other)| *other != name) {
            let stolen = other.0.list_with(next.clone()).await.unwrap_err();
            assert_eq!(stolen.kind(), ErrorKind::InvalidArgument);
        }
    }
    let keys = ["k", "none"].map(|key| BlobKey::new(key).unwrap());
    assert_eq!(all[0].delete_with(&keys, DeleteOptions::default()).await.unwrap(), [true, false]);
    all[0].copy("x/1", "copy").await.unwrap();
    assert!(all[0].head("k").await.unwrap().is_none());
    for blob in &all[1..] {
        assert!(blob.head("k").await.unwrap().is_some());
        assert!(blob.head("copy").await.unwrap().is_none());
    }
    assert_eq!(all[0].stack(), "namespaced › memory");
}

#[tokio::test]
async fn the_longest_key_fits() {
    let store = store();
    let blob = namespace(&store, "кот/");
    let key = "x".repeat(BlobKey::MAX);
    blob.put(key.as_str(), "x").await.unwrap();
    assert_eq!(blob.list("").await.unwrap().objects[0].key.as_str(), key);
    assert_eq!(blob.capabilities().limits.key, 4_096 - "кот%2F/".len());
    assert!(NamespacedBlob::new(store, "").is_err());
}
