//! A disk without room, where the system lets a test have one: a small file system in a mount namespace of its own.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::process::Command;

use common::{Place, content, pieces, whole};
use credenza_core::{Blob, Effect, ErrorKind, Kv};
use credenza_memory::{MemoryConfig, MemoryStore};

const INSIDE: &str = "CREDENZA_BLOB_FULL";

/// Not a test by itself: what runs where temporary files have 4 MiB.
#[tokio::test]
async fn child() {
    if std::env::var_os(INSIDE).is_none() {
        return;
    }
    let place = Place::new();
    let index = Kv::new(MemoryStore::open(MemoryConfig::default()).unwrap());
    let blob = Blob::new(credenza_blob::FsBlobStore::open(place.config(), index).await.unwrap());
    blob.put("a", content(1, 1 << 20)).await.unwrap();
    for key in ["a", "b"] {
        for body in [content(2, 5 << 20).into(), pieces(&content(2, 5 << 20), 100_000)] {
            let error = blob.put(key, body).await.unwrap_err();
            assert_eq!((error.kind(), error.effect()), (ErrorKind::Full, Effect::NotApplied));
            assert_eq!(error.to_string(), "put on fs: the disk has no room left (not applied, permanent)");
        }
    }
    place.has_files(1).await;
    assert!(whole(&blob, "a").await == content(1, 1 << 20));
    blob.put("b", content(2, 1 << 20)).await.unwrap();
}

#[test]
fn a_full_disk_changes_nothing() {
    if !common::can_unshare() {
        eprintln!("skipped: nothing can be mounted here");
        return;
    }
    let disk = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=4m tmpfs \"$TMPDIR\" && exec \"$0\" child --exact --nocapture";
    let inside = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .env(INSIDE, "yes")
        .env("TMPDIR", disk.path())
        .status();
    assert!(inside.unwrap().success());
}
