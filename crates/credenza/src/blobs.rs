//! Blob stores by URL: each takes more than one backend, so they are put together here.

use async_trait::async_trait;
use credenza_core::url::StoreUrl;
use credenza_core::{Blob, Error, OpenStore, Opener, Result};

/// Opens `fs:path/to/folder` and `fs:/absolute/folder` as a blob store: content files in the folder, and the index in
/// its `index.db`. The folder is created if it is not there; the one above it must exist.
///
/// Parameters: `durability` (`full` or `normal`), `inline` (`32KiB`: objects up to this are kept in the index),
/// `cache` (`16MiB`, of each connection to the index), `max_key` (bytes of a key; `1KiB`, more if namespaces are put
/// before the keys).
#[cfg(feature = "sqlite")]
#[derive(Clone, Copy, Debug, Default)]
pub struct FsOpener;

#[cfg(feature = "sqlite")]
#[async_trait]
impl Opener for FsOpener {
    async fn open(&self, _: StoreUrl) -> Result<OpenStore> {
        let kind = credenza_core::ErrorKind::Unsupported;
        Err(Error::new(kind, "the scheme fs has no key-value store"))
    }

    async fn open_blob(&self, mut url: StoreUrl) -> Result<Blob> {
        use credenza_blob::{FsBlobConfig, FsBlobStore, FsDurability};
        use credenza_core::Kv;
        use credenza_core::url::byte_size;
        use credenza_sqlite::{SqliteConfig, SqliteDurability, SqliteStore};

        let normal = url.take("durability", |text| match text {
            "full" => Ok(false),
            "normal" => Ok(true),
            _ => Err("full or normal"),
        })?;
        let (inline, cache) = (url.take("inline", byte_size)?, url.take("cache", byte_size)?);
        let max_key = url.take("max_key", byte_size)?;
        let location = url.finish()?;
        if location.path.is_empty() || location.host.is_some() {
            return Err(Error::invalid("an fs: URL names a folder: fs:blobs, fs:/var/lib/app/blobs"));
        }
        let size = |bytes| usize::try_from(bytes).unwrap_or(usize::MAX);
        let mut files = FsBlobConfig::at(location.path);
        let mut index = SqliteConfig::at(files.path.join("index.db"));
        if normal.unwrap_or(false) {
            files.durability = FsDurability::Normal;
            index.durability = SqliteDurability::Normal;
        }
        files.inline_max = inline.map_or(files.inline_max, size);
        files.limits.key = max_key.map_or(files.limits.key, size);
        index.cache_size = cache.map_or(index.cache_size, size);
        files.create_folder()?;
        let index = Kv::new(SqliteStore::open(index)?);
        Ok(Blob::new(FsBlobStore::open(files, index).await?))
    }
}

/// Opens `memory:` as what it is, and as a blob store too, new and empty each time; its parameter then is
/// `max_bytes`.
#[cfg(feature = "memory")]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MemoryOpener;

#[cfg(feature = "memory")]
#[async_trait]
impl Opener for MemoryOpener {
    async fn open(&self, url: StoreUrl) -> Result<OpenStore> {
        credenza_memory::MemoryOpener.open(url).await
    }

    async fn open_database(&self, url: StoreUrl) -> Result<credenza_core::Db> {
        credenza_memory::MemoryOpener.open_database(url).await
    }

    async fn open_blob(&self, mut url: StoreUrl) -> Result<Blob> {
        use credenza_blob::{MemoryBlobConfig, MemoryBlobStore};

        let mut config = MemoryBlobConfig::default();
        config.max_bytes = url.take("max_bytes", credenza_core::url::byte_size)?;
        let location = url.finish()?;
        if !location.path.is_empty() || location.host.is_some() {
            return Err(Error::invalid("a memory: URL names no place; every opening is a store of its own"));
        }
        Ok(Blob::new(MemoryBlobStore::new(config)))
    }
}
