//! A server in a thread of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use credenza_blob::{FsBlobConfig, FsBlobStore, FsDurability, MemoryBlobConfig, MemoryBlobStore};
use credenza_core::db::Databases;
use credenza_core::{Blob, Clock, Kv, ManualClock};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_server::{ObjectRegistry, Proxy, ServerConfig, ServerStorage, serve};
use credenza_sqlite::{SqliteDatabases, SqliteDatabasesConfig};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::client::Client;

/// When the clocks of the tests start, in seconds since the epoch.
pub(crate) const START: i64 = 1_800_000_000;

/// A server in a thread of its own, stopped when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) kv: Kv,
    #[allow(dead_code, reason = "for tests of upkeep")]
    pub(crate) proxy: Proxy,
    pub(crate) clock: Arc<ManualClock>,
    folder: Option<tempfile::TempDir>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<usize>>,
}

impl Server {
    pub(crate) fn start() -> Server {
        Server::with(ServerConfig::default())
    }

    pub(crate) fn with(config: ServerConfig) -> Server {
        let clock = clock();
        Server::on(Kv::new(memory(&clock)), clock, config)
    }

    /// A server on stores in memory.
    pub(crate) fn whole() -> Server {
        let clock = clock();
        Server::of(storage(&clock), clock, ServerConfig::default())
    }

    /// A server on stores in memory, and databases in a folder.
    pub(crate) fn with_databases() -> Server {
        Server::with_databases_and(ServerConfig::default())
    }

    pub(crate) fn with_databases_and(config: ServerConfig) -> Server {
        let clock = clock();
        let folder = tempfile::tempdir().unwrap();
        let databases = Some(databases(folder.path()));
        let mut server = Server::of(ServerStorage { databases, ..storage(&clock) }, clock, config);
        server.folder = Some(folder);
        server
    }

    /// A server on a key-value store.
    pub(crate) fn on(kv: Kv, clock: Arc<ManualClock>, config: ServerConfig) -> Server {
        Server::of(ServerStorage::from(kv), clock, config)
    }

    /// A server on stores.
    pub(crate) fn of(storage: ServerStorage, clock: Arc<ManualClock>, mut config: ServerConfig) -> Server {
        config.clock = Arc::clone(&clock) as Arc<dyn Clock>;
        let kv = storage.kv.clone();
        let proxy = Proxy::new(storage, &config).unwrap();
        let router = proxy.router();
        let (stop, stopped) = oneshot::channel::<()>();
        let (told, address) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                told.send(listener.local_addr().unwrap()).unwrap();
                let stopped = async {
                    let _ = stopped.await;
                };
                serve(listener, router, &config, stopped).await
            })
        });
        Server {
            address: address.recv().unwrap(),
            kv,
            proxy,
            clock,
            folder: None,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address)
    }

    /// Tells it to stop.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until it has stopped; returns how many connections it cut off.
    pub(crate) fn join(&mut self) -> usize {
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking());
        }
    }
}

/// A clock for a store.
pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(START * 1000))
}

/// A store in memory with this clock.
pub(crate) fn memory(clock: &Arc<ManualClock>) -> MemoryStore {
    let mut config = MemoryConfig::default();
    config.clock = Arc::clone(clock) as Arc<dyn Clock>;
    MemoryStore::open(config).unwrap()
}

/// Keys, values and objects in memory with this clock.
pub(crate) fn storage(clock: &Arc<ManualClock>) -> ServerStorage {
    ServerStorage { kv: Kv::new(memory(clock)), databases: None, blob: Some(objects(clock)), objects: None }
}

/// Objects in memory with this clock.
pub(crate) fn objects(clock: &Arc<ManualClock>) -> Blob {
    let mut config = MemoryBlobConfig::default();
    // The namespace stands before the key.
    config.limits.key = 4096;
    config.clock = Arc::clone(clock) as Arc<dyn Clock>;
    Blob::new(MemoryBlobStore::new(config))
}

/// The same, but the objects in a folder, with their index in the key-value store, where the registry follows them.
pub(crate) fn followed(storage: ServerStorage, clock: &Arc<ManualClock>, folder: &Path) -> ServerStorage {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    let objects = ObjectRegistry::new(Arc::clone(&clock));
    let mut config = FsBlobConfig::at(folder.join("blob"));
    config.limits.key = 4096;
    config.durability = FsDurability::Normal;
    config.clock = clock;
    config.follower = Some(Arc::new(objects.clone()));
    let blob = Blob::new(block_on(FsBlobStore::open(config, storage.kv.clone())).unwrap());
    ServerStorage { blob: Some(blob), objects: Some(objects), ..storage }
}

/// Databases in a folder.
pub(crate) fn databases(folder: &Path) -> Arc<dyn Databases> {
    let config = SqliteDatabasesConfig::at(folder.join("sql"));
    Arc::new(SqliteDatabases::open(config).unwrap())
}

/// Runs a future on a runtime of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
