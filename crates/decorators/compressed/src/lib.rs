//! A decorator that compresses the values of a store, with zstd or LZ4, and with a trained dictionary for small ones; and one for the
//! contents of objects.
//!
//! ```
//! # fn example(store: impl credenza_core::KvStore) -> credenza_core::Result<()> {
//! use credenza_compressed::{Compressed, CompressedConfig};
//! use credenza_core::Kv;
//!
//! let kv = Kv::new(Compressed::new(store, CompressedConfig::default())?);
//! # Ok(()) }
//! ```
//!
//! Decision 017 of the project says why it is built as it is.

mod blob;
mod codec;
mod config;
mod contexts;
mod dictionary;
mod frame;
mod kv;
mod pass;

pub use blob::{CompressedBlob, CompressedBlobConfig, ListedSizes};
pub use config::{CompressedConfig, Method};
pub use dictionary::Dictionary;
pub use kv::Compressed;
