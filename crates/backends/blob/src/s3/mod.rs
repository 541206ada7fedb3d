//! Objects on S3, R2 and what speaks as they do.

mod client;
mod config;
mod copy;
mod date;
mod delete;
mod described;
mod error;
mod get;
mod list;
mod opener;
mod packed;
mod page;
mod presign;
mod put;
mod store;
mod upload;
mod wire;

pub use config::{S3Config, S3Credentials, S3Dialect};
pub use opener::S3Opener;
pub use store::S3BlobStore;
