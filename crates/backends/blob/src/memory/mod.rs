//! Objects in the memory of the process.

mod config;
mod objects;
mod store;

pub use config::MemoryBlobConfig;
pub use store::MemoryBlobStore;
