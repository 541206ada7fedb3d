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
//! | `sqlite` (default) | [`SqliteStore`], `sqlite:path` |
//! | `namespaced` | [`Namespaced`], a decorator: a store inside of another |
//! | `json` (default), `postcard`, `bincode` | codecs for [`Kv::typed`] |
//!
//! The example `tour` shows everything once: `cargo run -p credenza --example tour`.

mod open;

pub use credenza_core::*;
pub use open::{open, registry};

#[cfg(feature = "memory")]
pub use credenza_memory::{Eviction, MemoryConfig, MemoryOpener, MemoryStore};
#[cfg(feature = "namespaced")]
pub use credenza_namespaced::Namespaced;
#[cfg(feature = "sqlite")]
pub use credenza_sqlite::{SqliteConfig, SqliteDurability, SqliteOpener, SqliteStore};
