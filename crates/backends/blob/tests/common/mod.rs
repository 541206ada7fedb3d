//! Stores for tests.

#![allow(dead_code, clippy::unwrap_used, reason = "each test uses its part, and may fail")]

use std::path::PathBuf;

use bytes::Bytes;
use credenza_blob::{FsBlobConfig, FsBlobStore, FsDurability, MemoryBlobConfig, MemoryBlobStore};
use credenza_core::blob::Body;
use credenza_core::{Blob, Kv, Result};
use credenza_sqlite::{SqliteConfig, SqliteDurability, SqliteStore};
use futures_util::stream;

/// A folder in which a store can be opened again and again.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("blobs")
    }

    pub(crate) fn config(&self) -> FsBlobConfig {
        let mut config = FsBlobConfig::at(self.path());
        // What a disk adds is measured elsewhere; kills lose nothing that was handed to the system.
        config.durability = FsDurability::Normal;
        config
    }

    pub(crate) fn index(&self) -> Kv {
        self.config().create_folder().unwrap();
        let path = self.path().join("index.db");
        let config = SqliteConfig { durability: SqliteDurability::Normal, ..SqliteConfig::at(path) };
        Kv::new(SqliteStore::open(config).unwrap())
    }

    pub(crate) async fn try_open(&self) -> Result<FsBlobStore> {
        FsBlobStore::open(self.config(), self.index()).await
    }

    pub(crate) async fn open(&self) -> FsBlobStore {
        self.try_open().await.unwrap()
    }

    /// Names of content files.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for folder in std::fs::read_dir(self.path().join("content")).unwrap() {
            found.extend(std::fs::read_dir(folder.unwrap().path()).unwrap().map(|it| it.unwrap().path()));
        }
        found
    }
}

impl Place {
    /// Waits until there are so many content files: those of replaced objects go a little later than the objects.
    pub(crate) async fn has_files(&self, count: usize) {
        for _ in 0..500 {
            if self.files().len() == count {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_eq!(self.files().len(), count, "content files");
    }
}

/// One store of each kind.
pub(crate) async fn stores() -> Vec<(Blob, Option<Place>)> {
    let place = Place::new();
    let fs = Blob::new(place.open().await);
    vec![(Blob::new(MemoryBlobStore::new(MemoryBlobConfig::default())), None), (fs, Some(place))]
}

/// Bytes of which no part of 4 KiB is like another, nor like one of another seed.
pub(crate) fn content(seed: u64, size: usize) -> Bytes {
    let words = (0..510_u64).flat_map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    let part: Vec<u8> = words.collect();
    let mut content = Vec::with_capacity(size + 4_096);
    for n in 0..size.div_ceil(4_096) as u64 {
        content.extend_from_slice(&seed.to_le_bytes());
        content.extend_from_slice(&n.to_le_bytes());
        content.extend_from_slice(&part);
    }
    content.truncate(size);
    content.into()
}

/// The same in pieces.
pub(crate) fn pieces(content: &Bytes, size: usize) -> Body {
    let pieces: Vec<_> = content.chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Body::stream(stream::iter(pieces), None)
}

pub(crate) async fn whole(blob: &Blob, key: &str) -> Bytes {
    let object = blob.get(key).await.unwrap().expect("there is an object");
    object.body.collect(1 << 30).await.unwrap()
}

/// Whether the system lets anybody mount something for itself.
pub(crate) fn can_unshare() -> bool {
    let mount = ["--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/tmp"];
    std::process::Command::new("unshare").args(mount).status().is_ok_and(|status| status.success())
}
