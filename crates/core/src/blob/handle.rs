//! [`Blob`].

use std::sync::Arc;
use std::time::Duration;

use super::body::Body;
use super::key::BlobKey;
use super::object::{Object, ObjectInfo};
use super::options::{
    CopyOptions, DeleteOptions, GetOptions, ListOptions, ListPage, PresignOptions, Presigned, PutOptions,
    Range,
};
use super::store::{BlobCapabilities, BlobStore, Got};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::stack::{self, StackWarning};

/// A handle on a blob store: cheap to clone, the same for every store. The [module](super) has an example.
///
/// Keys are given as text or as [`BlobKey`]; a text that is no key is an error of the call.
#[derive(Clone, Debug)]
pub struct Blob {
    store: Arc<dyn BlobStore>,
    context: Context,
    timeout: Option<Duration>,
}

impl Blob {
    /// A handle on a store.
    pub fn new(store: impl BlobStore) -> Blob {
        Blob::from(Arc::new(store) as Arc<dyn BlobStore>)
    }

    /// The same store, where each call has that long. Reading a body has it too.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Blob {
        self.timeout = Some(timeout);
        self
    }

    /// The same store, where each call carries this context.
    #[must_use]
    pub fn with_context(mut self, context: Context) -> Blob {
        self.context = context;
        self
    }

    /// The store below: for what the handle does not offer.
    pub fn store(&self) -> &Arc<dyn BlobStore> {
        &self.store
    }

    /// The same handle on a store with one more layer around it: the first one added is the innermost.
    ///
    /// # Errors
    /// That of the layer; `InvalidArgument` for an order that cannot work, with the reason: `encrypted` outside of
    /// `compressed`, say.
    pub fn layer<S: BlobStore>(self, layer: impl FnOnce(Arc<dyn BlobStore>) -> Result<S>) -> Result<Blob> {
        let store = Arc::new(layer(self.store)?);
        stack::check(store.info())?;
        Ok(Blob { store, ..self })
    }

    /// What works in the order of the layers, and is seldom meant.
    ///
    /// # Errors
    /// `InvalidArgument` for an order that cannot work.
    pub fn warnings(&self) -> Result<Vec<StackWarning>> {
        stack::check(self.store.info())
    }

    /// The layers of the store, outermost first: `monitored › fs`.
    pub fn stack(&self) -> String {
        self.store.info().stack()
    }

    /// What the store can do.
    pub fn capabilities(&self) -> BlobCapabilities {
        self.store.capabilities()
    }

    /// Puts an object in the place of what stands there.
    pub async fn put(
        &self,
        key: impl TryInto<BlobKey, Error = Error>,
        body: impl Into<Body>,
    ) -> Result<ObjectInfo> {
        self.put_with(key, body, PutOptions::default()).await
    }

    /// Puts an object, with all options; see [`BlobStore::put`].
    pub async fn put_with(
        &self,
        key: impl TryInto<BlobKey, Error = Error>,
        body: impl Into<Body>,
        options: PutOptions,
    ) -> Result<ObjectInfo> {
        self.store.put(&self.call(), &key.try_into()?, body.into(), options).await
    }

    /// Reads an object, if there is one.
    pub async fn get(&self, key: impl TryInto<BlobKey, Error = Error>) -> Result<Option<Object>> {
        self.get_range(key, Range::Full).await
    }

    /// Reads a part of an object, if there is one.
    pub async fn get_range(
        &self,
        key: impl TryInto<BlobKey, Error = Error>,
        range: Range,
    ) -> Result<Option<Object>> {
        let options = GetOptions { range, ..GetOptions::default() };
        match self.get_with(key, options).await? {
            Some(Got::Object(object)) => Ok(Some(object)),
            None => Ok(None),
            Some(Got::NotModified(_)) => Err(Error::internal("a get without a condition was not modified")),
        }
    }

    /// Reads an object, with all options; see [`BlobStore::get`].
    pub async fn get_with(
        &self,
        key: impl TryInto<BlobKey, Error = Error>,
        options: GetOptions,
    ) -> Result<Option<Got>> {
        self.store.get(&self.call(), &key.try_into()?, options).await
    }

    /// What is known of an object, if there is one.
    pub async fn head(&self, key: impl TryInto<BlobKey, Error = Error>) -> Result<Option<ObjectInfo>> {
        self.store.head(&self.call(), &key.try_into()?).await
    }

    /// Deletes an object; says whether there was one.
    pub async fn delete(&self, key: impl TryInto<BlobKey, Error = Error>) -> Result<bool> {
        let deleted = self.delete_with(&[key.try_into()?], DeleteOptions::default()).await?;
        Ok(deleted.first().copied().unwrap_or(false))
    }

    /// Deletes objects, with all options; see [`BlobStore::delete`].
    pub async fn delete_with(&self, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>> {
        self.store.delete(&self.call(), keys, options).await
    }

    /// The first page of the objects whose keys start with a prefix.
    pub async fn list(&self, prefix: &str) -> Result<ListPage> {
        self.list_with(ListOptions { prefix: prefix.to_owned(), ..ListOptions::default() }).await
    }

    /// A page of a list, with all options; see [`BlobStore::list`].
    pub async fn list_with(&self, options: ListOptions) -> Result<ListPage> {
        self.store.list(&self.call(), options).await
    }

    /// Copies an object in the place of what stands at the destination.
    pub async fn copy(
        &self,
        from: impl TryInto<BlobKey, Error = Error>,
        to: impl TryInto<BlobKey, Error = Error>,
    ) -> Result<ObjectInfo> {
        self.copy_with(from, to, CopyOptions::default()).await
    }

    /// Copies an object, with all options; see [`BlobStore::copy`].
    pub async fn copy_with(
        &self,
        from: impl TryInto<BlobKey, Error = Error>,
        to: impl TryInto<BlobKey, Error = Error>,
        options: CopyOptions,
    ) -> Result<ObjectInfo> {
        self.store.copy(&self.call(), &from.try_into()?, &to.try_into()?, options).await
    }

    /// A URL by which anybody can do one thing with one object for a while; see [`BlobStore::presign`].
    pub async fn presign(
        &self,
        key: impl TryInto<BlobKey, Error = Error>,
        options: PresignOptions,
    ) -> Result<Presigned> {
        self.store.presign(&self.call(), &key.try_into()?, options).await
    }

    fn call(&self) -> Context {
        self.context.within(self.timeout)
    }
}

impl From<Arc<dyn BlobStore>> for Blob {
    fn from(store: Arc<dyn BlobStore>) -> Blob {
        Blob { store, context: Context::new(), timeout: None }
    }
}
