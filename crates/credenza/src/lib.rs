//! Storage for Rust services: the same code on memory, on SQLite, and on servers.
//!
//! ```
//! # fn main() -> credenza::Result<()> { futures(async {
//! let kv = credenza::open("memory:").await?.kv;
//!
//! kv.set("greeting", "hello").await?;
//! assert_eq!(kv.get("greeting").await?.as_deref(), Some(&b"hello"[..]));
//! assert_eq!(kv.incr("visits").await?, 1);
//! # Ok(()) }) }
//! # fn futures(work: impl Future<Output = credenza::Result<()>>) -> credenza::Result<()> {
//! #     tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(work)
//! # }
//! ```
//!
//! | feature | what it adds |
//! |---|---|
//! | `memory` (default) | [`MemoryStore`], `memory:` |
//! | `sqlite` (default) | [`SqliteStore`], [`SqliteDatabase`], [`SqliteDatabases`], `sqlite:path` |
//! | `sqlite-vec` | tables of sqlite-vec, for files that were made with them |
//! | `postgres` | [`PostgresStore`], [`PostgresDatabase`], [`PostgresDatabases`], `postgres://user:password@host/database` |
//! | `redis` | [`RedisStore`], `redis://user:password@host:6379/0` and its kin ([`RedisOpener`]) |
//! | `blob` (default) | [`FsBlobStore`], `fs:folder` (with `sqlite`); [`MemoryBlobStore`], `memory:` |
//! | `s3` | [`S3BlobStore`], `s3://bucket/prefix` |
//! | `compressed` | [`Compressed`], [`CompressedBlob`], decorators: values and contents under Zstandard or LZ4, with trained dictionaries |
//! | `encrypted` | [`Encrypted`], [`EncryptedBlob`], decorators: values and contents that nobody without the key can read or change |
//! | `fallback` | [`CacheTier`], [`FallbackReads`], [`FallbackWrites`], [`WriteAll`], decorators: a cache in front, reads that fall back, a journal for writes, copies |
//! | `graceful` | [`Graceful`], [`GracefulBlob`], decorators: an outage becomes a miss |
//! | `monitored` | [`Monitored`], [`MonitoredBlob`], decorators: metrics, traces, slow operations |
//! | `resilient` | [`Resilient`], [`ResilientBlob`], decorators: deadlines, retries, a circuit breaker, hedged reads |
//! | `namespaced` | [`Namespaced`], [`NamespacedPubSub`], [`NamespacedBlob`], decorators: a store inside of another |
//! | `config` | [`LayerList`]: decorators as a configuration lists them |
//! | `migrations` | [`migrations`], versioned changes of a database |
//! | `query` (default) | [`query`], a query builder: the same rows on SQLite and Postgres |
//! | `json` (default), `postcard`, `bincode` | codecs for [`Kv::typed`] |
//!
//! The example `tour` shows everything once: `cargo run -p credenza --example tour`.

#[cfg(all(feature = "blob", any(feature = "memory", feature = "sqlite")))]
mod blobs;
#[cfg(feature = "config")]
mod config;
#[cfg(all(doctest, feature = "config", feature = "postgres", feature = "redis"))]
mod guide;
mod layers;
mod open;
mod stores;

#[cfg(feature = "config")]
pub use config::LayerList;
pub use credenza_core::*;
pub use layers::Layers;
pub use open::{open, open_blob, open_database, registry};
pub use stores::*;
