//! Stores by URL.

use credenza_core::{Blob, Db, OpenStore, Registry, Result};

/// The schemes of the stores that are compiled in. Add your own with [`Registry::with`].
pub fn registry() -> Registry {
    let registry = Registry::new();
    #[cfg(all(feature = "memory", not(feature = "blob")))]
    let registry = registry.with("memory", credenza_memory::MemoryOpener);
    #[cfg(all(feature = "memory", feature = "blob"))]
    let registry = registry.with("memory", crate::blobs::MemoryOpener);
    #[cfg(feature = "sqlite")]
    let registry = registry.with("sqlite", credenza_sqlite::SqliteOpener);
    #[cfg(feature = "postgres")]
    let registry = registry
        .with("postgres", credenza_postgres::PostgresOpener)
        .with("postgresql", credenza_postgres::PostgresOpener);
    #[cfg(feature = "redis")]
    let registry = credenza_redis::RedisOpener::SCHEMES
        .into_iter()
        .fold(registry, |registry, scheme| registry.with(scheme, credenza_redis::RedisOpener));
    #[cfg(all(feature = "sqlite", feature = "blob"))]
    let registry = registry.with("fs", crate::blobs::FsOpener);
    #[cfg(feature = "s3")]
    let registry = registry.with("s3", credenza_blob::S3Opener);
    registry
}

/// Opens the store of a URL: `memory:`, `sqlite:app.db`, `sqlite:/var/lib/app/app.db?durability=normal`.
///
/// # Errors
/// `InvalidArgument` for a scheme that is not compiled in or a parameter the store does not know, and whatever the
/// store fails with when it is opened.
pub async fn open(url: &str) -> Result<OpenStore> {
    registry().open(url).await
}

/// Opens the database of a URL: `sqlite:app.db`, `sqlite:/var/lib/app/app.db?durability=normal`.
///
/// # Errors
/// As [`open`]; `Unsupported` for a scheme that has no database.
pub async fn open_database(url: &str) -> Result<Db> {
    registry().open_database(url).await
}

/// Opens the blob store of a URL: `memory:`, `fs:blobs`, `fs:/var/lib/app/blobs?durability=normal`, `s3://bucket/prefix`.
///
/// # Errors
/// As [`open`]; `Unsupported` for a scheme that has no blob store.
pub async fn open_blob(url: &str) -> Result<Blob> {
    registry().open_blob(url).await
}
