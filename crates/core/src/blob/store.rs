//! What a blob store is.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::body::Body;
use super::key::BlobKey;
use super::object::{Object, ObjectInfo};
use super::options::{
    CopyOptions, DeleteOptions, GetOptions, ListOptions, ListPage, PresignOptions, Presigned, PutOptions,
};
use crate::context::Context;
use crate::error::Result;
use crate::store::{Consistency, Durability, StoreInfo};

/// A store of objects: seven verbs, each with all of its options. [`Blob`](super::Blob) has the short forms.
///
/// # What a store promises
/// - **A put is atomic**: a reader, a list and a crash see the object that was there before or the new one, whole.
/// - **What was read is what was put**: a store that can verify content does so while it is read, ranges too, and
///   ends a body that is damaged with `Corrupt`.
/// - **A reader keeps what it reads**: an object that is replaced or deleted while somebody reads it is read to its
///   end as it was.
/// - **An option that it cannot honour** is refused with `Unsupported` before anything happens.
/// - **Memory**: a body is never held whole, unless the store keeps its objects in memory.
#[async_trait]
pub trait BlobStore: Debug + Send + Sync + 'static {
    /// Its name, and those of the layers below it.
    fn info(&self) -> &StoreInfo;

    /// What it can do.
    fn capabilities(&self) -> BlobCapabilities;

    /// Puts an object in the place of what stands there.
    ///
    /// # Errors
    /// `PreconditionFailed`; `LimitExceeded` for an object or metadata that is too large; `InvalidArgument` if the
    /// content is not as long, or its MD5 not the one, that was announced; the error of the body. Nothing was
    /// changed then.
    async fn put(&self, cx: &Context, key: &BlobKey, body: Body, options: PutOptions) -> Result<ObjectInfo>;

    /// Reads an object; `None` if there is none.
    ///
    /// # Errors
    /// `PreconditionFailed`, `RangeNotSatisfiable`.
    async fn get(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>>;

    /// What is known of an object; `None` if there is none.
    async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>>;

    /// Deletes objects; for each key, in order, whether there was one. A key that is given twice is deleted once.
    ///
    /// # Errors
    /// `PreconditionFailed` if it does not hold for one of them; nothing was deleted then. `LimitExceeded` for more
    /// keys than [`BlobLimits::batch`]. A store that cannot delete several at once may have deleted some when it
    /// fails, and says `MaybeApplied`.
    async fn delete(&self, cx: &Context, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>>;

    /// Lists objects, a page at a time.
    ///
    /// An object that exists during the whole of a listing is listed exactly once; one that comes or goes
    /// meanwhile may be.
    ///
    /// # Errors
    /// `InvalidArgument` for a limit that is none or a cursor of another list.
    async fn list(&self, cx: &Context, options: ListOptions) -> Result<ListPage>;

    /// Copies an object with its headers and metadata, without moving it through the caller.
    ///
    /// # Errors
    /// `NotFound` if there is none; `PreconditionFailed`.
    async fn copy(
        &self,
        cx: &Context,
        from: &BlobKey,
        to: &BlobKey,
        options: CopyOptions,
    ) -> Result<ObjectInfo>;

    /// A URL by which anybody can do one thing with one object for a while.
    ///
    /// # Errors
    /// `Unsupported` where nobody would answer such a URL.
    async fn presign(&self, cx: &Context, key: &BlobKey, options: PresignOptions) -> Result<Presigned>;
}

#[async_trait]
impl<S: BlobStore + ?Sized> BlobStore for Arc<S> {
    fn info(&self) -> &StoreInfo {
        (**self).info()
    }

    fn capabilities(&self) -> BlobCapabilities {
        (**self).capabilities()
    }

    async fn put(&self, cx: &Context, key: &BlobKey, body: Body, options: PutOptions) -> Result<ObjectInfo> {
        (**self).put(cx, key, body, options).await
    }

    async fn get(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        (**self).get(cx, key, options).await
    }

    async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        (**self).head(cx, key).await
    }

    async fn delete(&self, cx: &Context, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>> {
        (**self).delete(cx, keys, options).await
    }

    async fn list(&self, cx: &Context, options: ListOptions) -> Result<ListPage> {
        (**self).list(cx, options).await
    }

    async fn copy(
        &self,
        cx: &Context,
        from: &BlobKey,
        to: &BlobKey,
        options: CopyOptions,
    ) -> Result<ObjectInfo> {
        (**self).copy(cx, from, to, options).await
    }

    async fn presign(&self, cx: &Context, key: &BlobKey, options: PresignOptions) -> Result<Presigned> {
        (**self).presign(cx, key, options).await
    }
}

/// What a get found.
#[derive(Debug)]
pub enum Got {
    /// The object.
    Object(Object),
    /// The caller has it already: [`Precondition::NoneMatch`](super::Precondition::NoneMatch) did not hold.
    NotModified(ObjectInfo),
}

/// What a blob store can do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlobCapabilities {
    /// What an acknowledged put survives.
    pub durability: Durability,
    /// What a reader sees of other callers' writes.
    pub consistency: Consistency,
    /// Whether it honours preconditions of puts.
    pub preconditions: bool,
    /// Whether it honours preconditions of deletes.
    pub delete_preconditions: bool,
    /// Whether it honours preconditions of copies, of both objects.
    pub copy_preconditions: bool,
    /// Whether of several that delete one object at the same time exactly one is told that there was one.
    pub exact_deletes: bool,
    /// Whether keys may have empty parts: `/a`, `a//b`, `a/`.
    pub empty_parts: bool,
    /// Whether the tag of an object that was put in one piece depends on its content alone: the same content has the same tag
    /// under every key, and a copy that of the original. A tag always changes when the content does.
    pub content_tags: bool,
    /// Whether it presigns URLs.
    pub presign: bool,
    /// Whether it verifies content while it is read.
    pub verifies: bool,
    /// How large things may be.
    pub limits: BlobLimits,
}

impl BlobCapabilities {
    /// A store that promises nothing more than the seven verbs without presigning.
    pub fn new() -> BlobCapabilities {
        BlobCapabilities {
            durability: Durability::Unknown,
            consistency: Consistency::Unknown,
            preconditions: false,
            delete_preconditions: false,
            copy_preconditions: false,
            exact_deletes: false,
            empty_parts: false,
            content_tags: false,
            presign: false,
            verifies: false,
            limits: BlobLimits::default(),
        }
    }
}

impl Default for BlobCapabilities {
    fn default() -> BlobCapabilities {
        BlobCapabilities::new()
    }
}

/// How large things may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlobLimits {
    /// Bytes of a key.
    pub key: usize,
    /// Bytes of an object.
    pub size: u64,
    /// Bytes of all metadata of an object, names and values, with its headers.
    pub metadata: usize,
    /// Keys in one delete.
    pub batch: usize,
}

impl Default for BlobLimits {
    /// 1,024 bytes of key, 5 TiB of object, 8 KiB of metadata (R2's limits), 1,000 keys in a delete.
    fn default() -> BlobLimits {
        BlobLimits { key: BlobKey::MAX, size: 5 << 40, metadata: 8 << 10, batch: 1_000 }
    }
}
