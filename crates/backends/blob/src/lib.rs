//! Credenza's blob stores: [`FsBlobStore`], in files with an index, [`MemoryBlobStore`], in the memory of the process,
//! and with the feature `s3` `S3BlobStore`, in a bucket of S3 or R2.
//!
//! ```
//! use credenza_blob::{MemoryBlobConfig, MemoryBlobStore};
//! use credenza_core::Blob;
//!
//! # fn main() -> credenza_core::Result<()> { futures(async {
//! let blob = Blob::new(MemoryBlobStore::new(MemoryBlobConfig::default()));
//! let object = blob.put("notes/today.txt", "buy milk").await?;
//! assert_eq!(object.etag.as_str(), "179eff394e70940c08cade7d86c77606");
//! # Ok(()) }) }
//! # fn futures(work: impl Future<Output = credenza_core::Result<()>>) -> credenza_core::Result<()> {
//! #     tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(work)
//! # }
//! ```

mod check;
mod digest;
mod folder;
mod fs;
mod incoming;
mod listing;
mod memory;
#[cfg(feature = "s3")]
mod s3;

pub use folder::{LeftOut, Transfer, export_folder, import_folder};
pub use fs::{Collected, FsBlobConfig, FsBlobStore, FsDurability};
pub use memory::{MemoryBlobConfig, MemoryBlobStore};
#[cfg(feature = "s3")]
pub use s3::{S3BlobStore, S3Config, S3Credentials, S3Dialect, S3Opener};
