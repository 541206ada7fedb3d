//! Which store a URL opens.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use crate::blob::Blob;
use crate::db::Db;
use crate::error::{Error, ErrorKind, Result};
use crate::kv::Kv;
use crate::pubsub::PubSub;
use crate::url::StoreUrl;

/// Opens the stores of a scheme.
#[async_trait]
pub trait Opener: Debug + Send + Sync + 'static {
    /// Opens a store. Takes every parameter that it knows from the URL and calls [`StoreUrl::finish`] before it
    /// touches anything.
    async fn open(&self, url: StoreUrl) -> Result<OpenStore>;

    /// Opens a database, the same way.
    ///
    /// # Errors
    /// `Unsupported` if the scheme has none.
    async fn open_database(&self, url: StoreUrl) -> Result<Db> {
        Err(lacks(&url, "database"))
    }

    /// Opens a blob store, the same way.
    ///
    /// # Errors
    /// `Unsupported` if the scheme has none.
    async fn open_blob(&self, url: StoreUrl) -> Result<Blob> {
        Err(lacks(&url, "blob store"))
    }
}

fn lacks(url: &StoreUrl, what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("the scheme {} has no {what}", url.scheme()))
}

/// A store that was opened.
#[derive(Clone, Debug)]
pub struct OpenStore {
    /// The handle on it.
    pub kv: Kv,
    /// Its publish/subscribe, if it has any.
    pub pubsub: Option<Arc<dyn PubSub>>,
}

/// The schemes that an application can open: a value, made at start and handed on.
///
/// ```
/// use credenza_core::{OpenStore, Opener, Registry, Result, url::{StoreUrl, duration}};
/// # use credenza_core::{Error, Kv};
/// # async fn connect(_: &str, _: std::time::Duration) -> Result<Kv> { Err(Error::internal("only an example")) }
///
/// #[derive(Debug)]
/// struct TeapotOpener;
///
/// #[async_trait::async_trait]
/// impl Opener for TeapotOpener {
///     async fn open(&self, mut url: StoreUrl) -> Result<OpenStore> {
///         let timeout = url.take("timeout", duration)?.unwrap_or(std::time::Duration::from_secs(5));
///         let location = url.finish()?;
///         let kv = connect(location.host.as_deref().unwrap_or("localhost"), timeout).await?;
///         Ok(OpenStore { kv, pubsub: None })
///     }
/// }
///
/// # async fn example() -> Result<()> {
/// let registry = Registry::new().with("teapot", TeapotOpener);
/// let store = registry.open("teapot://kitchen.local?timeout=500ms").await?;
/// store.kv.set("tea", "Earl Grey, hot").await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Registry {
    openers: BTreeMap<&'static str, Arc<dyn Opener>>,
}

impl Registry {
    /// A registry that opens nothing.
    pub fn new() -> Registry {
        Registry::default()
    }

    /// The same registry with one scheme more, in lower case. One that was there already is replaced.
    #[must_use]
    pub fn with(mut self, scheme: &'static str, opener: impl Opener) -> Registry {
        self.openers.insert(scheme, Arc::new(opener));
        self
    }

    /// The schemes that it opens, in alphabetical order.
    pub fn schemes(&self) -> impl Iterator<Item = &'static str> {
        self.openers.keys().copied()
    }

    /// Opens the store of a URL.
    ///
    /// # Errors
    /// `InvalidArgument` if it is no URL, its scheme is unknown, or the opener does not know a parameter;
    /// `Unsupported` if the scheme has no key-value store; whatever the store fails with when it is opened.
    pub async fn open(&self, url: &str) -> Result<OpenStore> {
        let (opener, url) = self.find(url)?;
        opener.open(url).await
    }

    /// Opens the database of a URL.
    ///
    /// # Errors
    /// As [`Registry::open`].
    pub async fn open_database(&self, url: &str) -> Result<Db> {
        let (opener, url) = self.find(url)?;
        opener.open_database(url).await
    }

    /// Opens the blob store of a URL.
    ///
    /// # Errors
    /// As [`Registry::open`].
    pub async fn open_blob(&self, url: &str) -> Result<Blob> {
        let (opener, url) = self.find(url)?;
        opener.open_blob(url).await
    }

    fn find(&self, url: &str) -> Result<(&dyn Opener, StoreUrl)> {
        let url: StoreUrl = url.parse()?;
        match self.openers.get(url.scheme()) {
            Some(opener) => Ok((&**opener, url)),
            None => {
                let known: Vec<_> = self.schemes().collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                let message = format!("no store has the scheme {}; known are {known}", url.scheme());
                Err(Error::invalid(message))
            }
        }
    }
}
