//! The stores and decorators that are compiled in.

#[cfg(all(feature = "blob", feature = "sqlite"))]
pub use crate::blobs::FsOpener;
#[cfg(feature = "blob")]
pub use credenza_blob::{
    Collected, FsBlobConfig, FsBlobStore, FsDurability, LeftOut, MemoryBlobConfig, MemoryBlobStore, Transfer,
    export_folder, import_folder,
};
#[cfg(feature = "s3")]
pub use credenza_blob::{S3BlobStore, S3Config, S3Credentials, S3Dialect, S3Opener};
#[cfg(feature = "compressed")]
pub use credenza_compressed::{
    Compressed, CompressedBlob, CompressedBlobConfig, CompressedConfig, Dictionary, ListedSizes, Method,
};
#[cfg(feature = "encrypted")]
pub use credenza_encrypted::{
    Cipher, Encrypted, EncryptedBlob, EncryptedConfig, Fields, Keyring, Members, Rotated, RotatedObjects,
    SecretKey,
};
#[cfg(feature = "fallback")]
pub use credenza_fallback::{
    CacheConfig, CacheStats, CacheTier, Decide, FallbackReads, FallbackReadsConfig, FallbackWrites,
    FallbackWritesConfig, JournalStats, JournaledWrite, Verdict, WriteAll, Writers,
};
#[cfg(feature = "graceful")]
pub use credenza_graceful::{Graceful, GracefulBlob, GracefulConfig, OnOutage};
#[cfg(feature = "memory")]
pub use credenza_memory::{Eviction, MemoryConfig, MemoryOpener, MemoryStore};
#[cfg(feature = "migrations")]
pub use credenza_migrations as migrations;
#[cfg(feature = "migrations")]
pub use credenza_migrations_macros::migrate;
#[cfg(feature = "monitored")]
pub use credenza_monitored::{Monitored, MonitoredBlob, MonitoredConfig, Operation, Outcome, Sink};
#[cfg(feature = "namespaced")]
pub use credenza_namespaced::{Namespaced, NamespacedBlob, NamespacedPubSub, Usage};
#[cfg(feature = "postgres")]
pub use credenza_postgres::{
    PostgresConfig, PostgresDatabase, PostgresDatabases, PostgresDatabasesConfig, PostgresDurability,
    PostgresOpener, PostgresStore, PostgresTls,
};
#[cfg(feature = "query")]
pub use credenza_query as query;
#[cfg(feature = "redis")]
pub use credenza_redis::{
    RedisAddress, RedisConfig, RedisLogin, RedisOpener, RedisStore, RedisTls, RedisTopology,
};
#[cfg(feature = "resilient")]
pub use credenza_resilient::{
    Backoff, BreakerConfig, BreakerShare, BreakerState, Budget, Concurrency, Resilient, ResilientBlob,
    ResilientConfig, ResilientStats,
};
#[cfg(feature = "sqlite")]
pub use credenza_sqlite::{
    SqliteConfig, SqliteDatabase, SqliteDatabaseConfig, SqliteDatabases, SqliteDatabasesConfig,
    SqliteDurability, SqliteOpener, SqliteStore,
};
