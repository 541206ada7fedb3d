//! A cache in front of a store.

mod config;
mod entry;
mod fill;
mod flights;
mod suspects;
mod tier;
mod write;

pub use config::{CacheConfig, CacheStats};
pub use tier::CacheTier;
