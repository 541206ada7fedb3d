//! Objects.

mod blocks;
mod config;
mod format;
mod read;
mod store;
mod write;

pub use config::{CompressedBlobConfig, ListedSizes};
pub use store::CompressedBlob;
