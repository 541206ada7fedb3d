//! [`S3BlobStore`].

use std::sync::Arc;

use async_trait::async_trait;
use credenza_core::blob::{
    BlobCapabilities, BlobKey, BlobStore, Body, CopyOptions, DeleteOptions, GetOptions, Got, ListOptions,
    ListPage, ObjectInfo, PresignOptions, Presigned, PutOptions,
};
use credenza_core::{Consistency, Context, Durability, Result, StoreInfo};

use super::client::Client;
use super::config::{S3Config, S3Dialect};
use super::error::NAME;

/// A blob store in a bucket of S3, R2, or a service that speaks as they do.
///
/// Memory is bounded: a put holds two parts at most, a get what is on its way. No change is repeated by itself: a put
/// or a delete whose answer is lost is an error that says `MaybeApplied`; a read is asked once more where a connection
/// broke before an answer. Cheap to clone; all clones share connections.
///
/// ```no_run
/// use credenza_blob::{S3BlobStore, S3Config};
/// use credenza_core::Blob;
///
/// # async fn example() -> credenza_core::Result<()> {
/// let mut config = S3Config::bucket("photos");
/// config.endpoint = Some("https://ACCOUNT.r2.cloudflarestorage.com".into());
/// config.prefix = "holidays/".into();
/// let blob = Blob::new(S3BlobStore::open(config).await?);
/// blob.put("2026/sea.jpg", vec![0xff, 0xd8]).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct S3BlobStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    info: StoreInfo,
    client: Client,
}

impl S3BlobStore {
    /// Opens a bucket, and looks at it once: a wrong address, name or password is an error here.
    ///
    /// # Errors
    /// `InvalidArgument` for a configuration that makes no sense; `NotFound` if there is no such bucket; `Denied` if the
    /// credentials are missing or not accepted; `Unavailable` if the service cannot be reached.
    pub async fn open(config: S3Config) -> Result<S3BlobStore> {
        let store = S3BlobStore::new(config)?;
        let look = ListOptions { limit: 1, ..ListOptions::default() };
        store.list(&Context::new(), look).await?;
        Ok(store)
    }

    /// The same without a look at the bucket: it may come later.
    ///
    /// # Errors
    /// `InvalidArgument` for a configuration that makes no sense.
    pub fn new(config: S3Config) -> Result<S3BlobStore> {
        let client = Client::new(config).map_err(|error| error.on(NAME))?;
        Ok(S3BlobStore { inner: Arc::new(Inner { info: StoreInfo::backend(NAME), client }) })
    }
}

#[async_trait]
impl BlobStore for S3BlobStore {
    fn info(&self) -> &StoreInfo {
        &self.inner.info
    }

    fn capabilities(&self) -> BlobCapabilities {
        let client = &self.inner.client;
        let mut capabilities = BlobCapabilities::new();
        capabilities.durability = Durability::PowerLoss;
        capabilities.consistency = Consistency::Linearizable;
        capabilities.preconditions = true;
        capabilities.delete_preconditions = client.dialect == S3Dialect::Aws;
        capabilities.exact_deletes = client.dialect == S3Dialect::Aws;
        capabilities.content_tags = true;
        capabilities.empty_parts = !client.config.prefix.is_empty();
        capabilities.presign = true;
        capabilities.limits = client.limits;
        capabilities
    }

    async fn put(&self, cx: &Context, key: &BlobKey, body: Body, options: PutOptions) -> Result<ObjectInfo> {
        let verb = self.inner.client.verb(cx);
        let put = verb.run(verb.put(key, body, options)).await;
        put.map_err(|error| error.during("put").on(NAME))
    }

    async fn get(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        let verb = self.inner.client.verb(cx);
        let got = verb.run(verb.get(key, &options)).await;
        got.map_err(|error| error.during("get").on(NAME))
    }

    async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        let verb = self.inner.client.verb(cx);
        let found = verb.run(verb.head(key)).await;
        found.map_err(|error| error.during("head").on(NAME))
    }

    async fn delete(&self, cx: &Context, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>> {
        let verb = self.inner.client.verb(cx);
        let deleted = verb.run(verb.delete(keys, &options)).await;
        deleted.map_err(|error| error.during("delete").on(NAME))
    }

    async fn list(&self, cx: &Context, options: ListOptions) -> Result<ListPage> {
        let verb = self.inner.client.verb(cx);
        let listed = verb.run(verb.list(options)).await;
        listed.map_err(|error| error.during("list").on(NAME))
    }

    async fn copy(
        &self,
        cx: &Context,
        from: &BlobKey,
        to: &BlobKey,
        options: CopyOptions,
    ) -> Result<ObjectInfo> {
        let verb = self.inner.client.verb(cx);
        let copied = verb.run(verb.copy(from, to, &options)).await;
        copied.map_err(|error| error.during("copy").on(NAME))
    }

    async fn presign(&self, cx: &Context, key: &BlobKey, options: PresignOptions) -> Result<Presigned> {
        let verb = self.inner.client.verb(cx);
        let presigned = verb.run(verb.presign(key, options)).await;
        presigned.map_err(|error| error.during("presign").on(NAME))
    }
}
