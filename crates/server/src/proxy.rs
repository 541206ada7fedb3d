//! The proxy as a whole.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use credenza_core::db::Databases;
use credenza_core::{Blob, CommandId, CommandSet, Error, ErrorKind, Kv, Result};

use crate::app::App;
use crate::config::ServerConfig;
use crate::observe::observe;
use crate::registry::{ObjectRegistry, Registry};
use crate::stores::Stores;

/// How often what has expired is taken out of the registry, and leftovers are looked for.
const TICK: Duration = Duration::from_secs(1);
/// How much longer than a request the intent of a change is kept for whoever is still at work on it.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the proxy keeps things in. Without databases or a blob store the routes of D1 or R2 answer 503.
#[derive(Clone, Debug)]
pub struct ServerStorage {
    /// Keys and values, and the registry of it all.
    pub kv: Kv,
    /// Tables, in namespaces.
    pub databases: Option<Arc<dyn Databases>>,
    /// Objects. Each namespace has a prefix of its own.
    pub blob: Option<Blob>,
    /// The follower of that store, if it has this one: its index must lie in `kv` then. Without one, each change of an
    /// object is three, of which a crash may leave the first.
    pub objects: Option<ObjectRegistry>,
}

impl From<Kv> for ServerStorage {
    /// Keys and values alone.
    fn from(kv: Kv) -> ServerStorage {
        ServerStorage { kv, databases: None, blob: None, objects: None }
    }
}

/// The storage proxy: its routes, and the upkeep of its registry. Cheap to clone.
///
/// ```no_run
/// # async fn example(kv: credenza_core::Kv) -> Result<(), Box<dyn std::error::Error>> {
/// use credenza_server::{Proxy, ServerConfig, ServerStorage, serve};
///
/// let config = ServerConfig::default();
/// let proxy = Proxy::new(ServerStorage::from(kv), &config)?;
/// proxy.recover().await?;
/// let upkeep = tokio::spawn({ let proxy = proxy.clone(); async move { proxy.keep().await } });
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8787").await?;
/// let stop = std::future::pending(); // or whatever ends when the server shall end
/// serve(listener, proxy.router(), &config, stop).await;
/// upkeep.abort();
/// proxy.close().await; // and then the stores
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Proxy(pub(crate) Arc<App>);

impl Proxy {
    /// The proxy on these stores.
    ///
    /// # Errors
    /// `Unsupported` if the key-value store lacks a command that the server needs, or atomic batches.
    pub fn new(storage: ServerStorage, config: &ServerConfig) -> Result<Proxy> {
        let ServerStorage { kv, databases, blob, objects } = storage;
        const NEEDED: [CommandId; 2] = [CommandId::Scan, CommandId::ExpireTime];
        let needed: CommandSet = NEEDED.into_iter().chain(Registry::commands().iter()).collect();
        kv.require(needed)?;
        let capabilities = kv.capabilities();
        if !capabilities.atomic_batches {
            let message = format!("{} does not support atomic batches", kv.stack());
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let versions = capabilities.versions && capabilities.commands.contains(CommandId::GetVersioned);
        let patience = i64::try_from((config.request_timeout + PATIENCE).as_millis()).unwrap_or(i64::MAX);
        let registry = Registry::new(Arc::clone(&config.clock), patience, capabilities.ordered_scan);
        let stores = Stores { databases, blob, followed: objects.is_some() };
        Ok(Proxy(Arc::new(App::new(kv, stores, registry, versions, config.clone()))))
    }

    /// The application: `/api/storage/…`, `/api/resources/…`, `/healthz`, `/readyz`.
    pub fn router(&self) -> Router {
        Router::new().fallback(observe).with_state(Arc::clone(&self.0))
    }

    /// Makes the registry agree with the stores after a crash: looks at every object and namespace that was being
    /// changed then. For the start, before anybody is served; without it the first who asks the registry waits for it.
    /// Says how many changes had been left behind.
    ///
    /// # Errors
    /// Those of the stores. The registry may then disagree with them, and is not told to anybody before another
    /// attempt has succeeded.
    pub async fn recover(&self) -> Result<usize> {
        let (kv, stores) = self.0.fresh();
        self.0.registry.recover(&kv, &stores).await
    }

    /// Keeps the registry free of what has expired, and looks after changes that other processes have left behind. It
    /// never ends; drop it to stop.
    pub async fn keep(&self) {
        loop {
            tokio::time::sleep(TICK).await;
            let (kv, stores) = self.0.fresh();
            let registry = &self.0.registry;
            let outcome = async {
                registry.purge(&kv).await?;
                registry.recover(&kv, &stores).await?;
                registry.sweep(&kv, &stores).await
            };
            if let Err(error) = outcome.await {
                tracing::warn!(%error, "the registry could not be kept up; it is tried again");
            }
        }
    }

    /// Waits until every change that has begun has ended, also those whose requests were cut off.
    pub async fn close(&self) {
        self.0.idle().await;
    }
}
