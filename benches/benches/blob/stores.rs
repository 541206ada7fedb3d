//! The subjects, and what they keep.

use std::path::Path;

use benches::Keys;
use bytes::Bytes;
use credenza_blob::{FsBlobConfig, FsBlobStore};
use credenza_core::{Blob, Kv};
use credenza_sqlite::{SqliteConfig, SqliteStore};
use object_store::local::LocalFileSystem;
use tokio::runtime::Runtime;

/// Objects of one size.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) size: usize,
    pub(crate) count: usize,
}

pub(crate) const KINDS: [Kind; 2] =
    [Kind { name: "4 KiB", size: 4 << 10, count: 10_000 }, Kind { name: "1 MiB", size: 1 << 20, count: 256 }];

impl Kind {
    /// The name of an object for the operation of this number.
    pub(crate) fn any_name(&self, operation: u64) -> String {
        name(Keys::new(operation, self.count).next_index())
    }

    /// A content that differs from all before it.
    pub(crate) fn content(&self, operation: u64) -> Bytes {
        let mut content = vec![0xa5; self.size];
        if let Some(start) = content.first_chunk_mut() {
            *start = operation.to_le_bytes();
        }
        content.into()
    }
}

pub(crate) fn name(index: usize) -> String {
    format!("objects/{:02}/{index:08}", index % 100)
}

/// Our store, as the `fs:` URL opens it: synced.
pub(crate) fn credenza(runtime: &Runtime, folder: &Path) -> Blob {
    let config = FsBlobConfig::at(folder);
    config.create_folder().expect("a folder");
    let index = SqliteStore::open(SqliteConfig::at(folder.join("index.db"))).expect("a store opens");
    Blob::new(runtime.block_on(FsBlobStore::open(config, Kv::new(index))).expect("a store opens"))
}

pub(crate) fn object_store(folder: &Path) -> LocalFileSystem {
    std::fs::create_dir(folder).expect("a folder");
    LocalFileSystem::new_with_prefix(folder).expect("a store opens")
}
