//! Blobs: objects of any size under keys, and the handle [`Blob`].
//!
//! A store implements [`BlobStore`], seven verbs with the semantics of Cloudflare R2, and an application holds a
//! [`Blob`]:
//!
//! ```
//! # async fn example(blob: credenza_core::Blob) -> credenza_core::Result<()> {
//! use credenza_core::blob::{Range, PutOptions};
//!
//! let options = PutOptions { content_type: Some("text/plain".into()), ..PutOptions::default() };
//! let object = blob.put_with("notes/today.txt", "buy milk", options).await?;
//! assert_eq!(object.size, 8);
//!
//! let found = blob.get_range("notes/today.txt", Range::Suffix(4)).await?.expect("it was just put");
//! assert_eq!(found.body.collect(1024).await?, "milk");
//!
//! let page = blob.list("notes/").await?;
//! assert_eq!(page.objects.len(), 1);
//! # Ok(()) }
//! ```

mod body;
mod follower;
mod handle;
mod key;
mod object;
mod options;
mod reader;
mod store;

pub use body::Body;
pub use follower::{ObjectChange, ObjectFollower};
pub use handle::Blob;
pub use key::BlobKey;
pub use object::{ETag, Metadata, Object, ObjectInfo};
pub use options::{
    CopyOptions, DeleteOptions, GetOptions, ListOptions, ListPage, Precondition, PresignOptions, Presigned,
    PutOptions, Range, Verb,
};
pub use reader::BodyReader;
pub use store::{BlobCapabilities, BlobLimits, BlobStore, Got};
