//! Decorators on several stores: reads that fall back to other stores while one is out, writes that a journal
//! takes then, and a cache in front of a store.
//!
//! ```
//! # fn example(redis: impl credenza_core::KvStore, postgres: impl credenza_core::KvStore) -> credenza_core::Result<()> {
//! use credenza_core::Kv;
//! use credenza_fallback::{CacheConfig, CacheTier};
//!
//! let kv = Kv::new(CacheTier::new(redis, postgres, CacheConfig::default())?);
//! # Ok(()) }
//! ```
//!
//! Decision 018 of the project says why they are built as they are.

mod all;
mod ask;
mod cache;
mod patience;
mod reads;
mod writes;

pub use all::WriteAll;
pub use cache::{CacheConfig, CacheStats, CacheTier};
pub use reads::{FallbackReads, FallbackReadsConfig};
pub use writes::{
    Decide, FallbackWrites, FallbackWritesConfig, JournalStats, JournaledWrite, Verdict, Writers,
};
