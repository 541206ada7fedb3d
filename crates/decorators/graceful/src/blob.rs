//! [`GracefulBlob`].

use async_trait::async_trait;
use credenza_core::blob::{
    BlobCapabilities, BlobKey, BlobStore, Body, CopyOptions, DeleteOptions, GetOptions, Got, ListOptions,
    ListPage, ObjectInfo, PresignOptions, Presigned, PutOptions,
};
use credenza_core::{Context, Result, StoreInfo};

use crate::outage::{NAME, is_outage, tell};

/// A blob store that may be out: then there is no object and a list is empty, and what changes anything fails. A content that
/// breaks off on its way fails too: half an object is none.
///
/// Every degraded answer is a line at `WARN`, a count in the metric `credenza.degraded` and a note in the [`Context`].
#[derive(Debug)]
pub struct GracefulBlob<S> {
    inner: S,
    info: StoreInfo,
}

impl<S: BlobStore> GracefulBlob<S> {
    /// `inner`, which may be out.
    pub fn new(inner: S) -> GracefulBlob<S> {
        let info = StoreInfo::decorator(NAME, inner.info());
        GracefulBlob { inner, info }
    }

    fn nothing<T: Default>(&self, cx: &Context, verb: &'static str, answer: Result<T>) -> Result<T> {
        match answer {
            Err(error) if is_outage(&error) => {
                tell(cx, self.inner.info().name(), verb, &error);
                Ok(T::default())
            }
            answer => answer,
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods, reason = "each verb has its own rule")]
impl<S: BlobStore> BlobStore for GracefulBlob<S> {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> BlobCapabilities {
        let mut capabilities = self.inner.capabilities();
        capabilities.consistency = credenza_core::Consistency::Unknown;
        capabilities
    }

    async fn put(&self, cx: &Context, key: &BlobKey, body: Body, options: PutOptions) -> Result<ObjectInfo> {
        self.inner.put(cx, key, body, options).await
    }

    async fn get(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        self.nothing(cx, "get", self.inner.get(cx, key, options).await)
    }

    async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        self.nothing(cx, "head", self.inner.head(cx, key).await)
    }

    async fn delete(&self, cx: &Context, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>> {
        self.inner.delete(cx, keys, options).await
    }

    async fn list(&self, cx: &Context, options: ListOptions) -> Result<ListPage> {
        self.nothing(cx, "list", self.inner.list(cx, options).await)
    }

    async fn copy(
        &self,
        cx: &Context,
        from: &BlobKey,
        to: &BlobKey,
        options: CopyOptions,
    ) -> Result<ObjectInfo> {
        self.inner.copy(cx, from, to, options).await
    }

    async fn presign(&self, cx: &Context, key: &BlobKey, options: PresignOptions) -> Result<Presigned> {
        self.inner.presign(cx, key, options).await
    }
}
