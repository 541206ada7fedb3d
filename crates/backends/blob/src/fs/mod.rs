//! Objects in files of a folder, with an index in a key-value store.

mod blocks;
mod body;
mod config;
mod copy;
mod delete;
pub(crate) mod error;
pub(crate) mod files;
mod garbage;
mod get;
mod id;
mod index;
mod list;
mod locks;
mod new_file;
mod put;
mod record;
mod store;
mod upload;

pub use config::{FsBlobConfig, FsDurability};
pub use garbage::Collected;
pub use store::FsBlobStore;
