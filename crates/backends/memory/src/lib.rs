//! Credenza's key-value store in memory: every command, atomic batches with checks, versions, expiry, an optional
//! limit on memory, and publish/subscribe. Nothing survives the process.
//!
//! ```
//! # fn main() -> credenza_core::Result<()> {
//! use credenza_core::Kv;
//! use credenza_memory::{MemoryConfig, MemoryStore};
//!
//! let store = MemoryStore::open(MemoryConfig::default())?;
//! let kv = Kv::new(store);
//! # Ok(()) }
//! ```

mod collection;
mod config;
mod evict;
mod journal;
mod opener;
mod rank_tree;
mod selection;
mod shard;
mod slot;
mod space;
mod store;
mod sweep;
mod table;

pub use config::{Eviction, MemoryConfig};
pub use opener::MemoryOpener;
pub use store::MemoryStore;
