//! Stores that die together at a given call, as a process does, or that somebody comes to in the middle of a change.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use credenza_core::blob::{
    BlobCapabilities, BlobKey, BlobStore, Body, CopyOptions, DeleteOptions, GetOptions, Got, ListOptions,
    ListPage, ObjectInfo, PresignOptions, Presigned, PutOptions,
};
use credenza_core::db::{
    Begin, Database, Databases, Db, DbCapabilities, Description, Rows, Statement, Table, Transaction,
};
use credenza_core::{
    Blob, Capabilities, Context, Effect, Error, ErrorKind, Execution, Kv, KvStore, Request, Result, StoreInfo,
};
use credenza_server::ServerStorage;

/// Burns down with each call of the stores that share it. When it is gone, they are dead, or somebody visits them.
pub(crate) struct Fuse {
    left: AtomicI64,
    /// Whether the call it ends with is still done, and only its answer lost.
    last_is_done: std::sync::atomic::AtomicBool,
    visit: Mutex<Option<Visit>>,
}

type Visit = Box<dyn FnOnce() + Send>;

impl fmt::Debug for Fuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fuse").field("left", &self.left).finish_non_exhaustive()
    }
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Passes,
    IsDone,
    Dies,
}

impl Fuse {
    pub(crate) fn new() -> Arc<Fuse> {
        Arc::new(Fuse { left: AtomicI64::new(i64::MAX), last_is_done: false.into(), visit: Mutex::new(None) })
    }

    /// Before the call of this number from now, once, comes a visit that the call waits for.
    pub(crate) fn visit(&self, calls: i64, visit: impl FnOnce() + Send + 'static) {
        *self.visit.lock().unwrap() = Some(Box::new(visit));
        self.left.store(calls, Ordering::SeqCst);
    }

    /// Whether there was a visit. If not, there is none any more.
    pub(crate) fn was_visited(&self) -> bool {
        self.left.store(i64::MAX, Ordering::SeqCst);
        self.visit.lock().unwrap().take().is_none()
    }

    /// The stores die at the call of this number from now, before or after it is done.
    pub(crate) fn light(&self, calls: i64, last_is_done: bool) {
        self.last_is_done.store(last_is_done, Ordering::SeqCst);
        self.left.store(calls, Ordering::SeqCst);
    }

    /// Ends the trial: the stores live. Says whether they had died.
    pub(crate) fn put_out(&self) -> bool {
        self.left.swap(i64::MAX, Ordering::SeqCst) < 0
    }

    fn burn(&self) -> Fate {
        let left = self.left.fetch_sub(1, Ordering::SeqCst);
        let visit = (left == 0).then(|| self.visit.lock().unwrap().take()).flatten();
        if let Some(visit) = visit {
            self.left.store(i64::MAX, Ordering::SeqCst);
            visit();
            return Fate::Passes;
        }
        match left {
            0 if self.last_is_done.load(Ordering::SeqCst) => Fate::IsDone,
            left if left > 0 => Fate::Passes,
            _ => Fate::Dies,
        }
    }

    async fn guard<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let fate = self.burn();
        if fate == Fate::Dies {
            return Err(dead(Effect::NotApplied));
        }
        let outcome = work.await;
        if fate == Fate::IsDone { Err(dead(Effect::MaybeApplied)) } else { outcome }
    }
}

fn dead(effect: Effect) -> Error {
    Error::new(ErrorKind::Unavailable, "the store is dead").with_effect(effect)
}

/// The stores, with a fuse.
pub(crate) fn fused(storage: &ServerStorage, fuse: &Arc<Fuse>) -> ServerStorage {
    let kv = FusedKv(Arc::clone(storage.kv.store()), Arc::clone(fuse));
    let blob =
        storage.blob.as_ref().map(|blob| Blob::new(FusedBlob(Arc::clone(blob.store()), Arc::clone(fuse))));
    let databases = storage.databases.as_ref().map(|databases| {
        Arc::new(FusedDatabases(Arc::clone(databases), Arc::clone(fuse))) as Arc<dyn Databases>
    });
    ServerStorage { kv: Kv::new(kv), databases, blob, objects: None }
}

#[derive(Debug)]
struct FusedKv(Arc<dyn KvStore>, Arc<Fuse>);

impl KvStore for FusedKv {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        match self.1.burn() {
            Fate::Passes => self.0.execute(cx, request),
            Fate::IsDone => self.0.execute(cx, request).map(|_| Err(dead(Effect::MaybeApplied))),
            Fate::Dies => Execution::ready(Err(dead(Effect::NotApplied))),
        }
    }
}

#[derive(Debug)]
struct FusedBlob(Arc<dyn BlobStore>, Arc<Fuse>);

#[async_trait]
impl BlobStore for FusedBlob {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> BlobCapabilities {
        self.0.capabilities()
    }

    async fn put(&self, cx: &Context, key: &BlobKey, body: Body, options: PutOptions) -> Result<ObjectInfo> {
        self.1.guard(self.0.put(cx, key, body, options)).await
    }

    async fn get(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        self.1.guard(self.0.get(cx, key, options)).await
    }

    async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        self.1.guard(self.0.head(cx, key)).await
    }

    async fn delete(&self, cx: &Context, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>> {
        self.1.guard(self.0.delete(cx, keys, options)).await
    }

    async fn list(&self, cx: &Context, options: ListOptions) -> Result<ListPage> {
        self.1.guard(self.0.list(cx, options)).await
    }

    async fn copy(
        &self,
        cx: &Context,
        from: &BlobKey,
        to: &BlobKey,
        options: CopyOptions,
    ) -> Result<ObjectInfo> {
        self.1.guard(self.0.copy(cx, from, to, options)).await
    }

    async fn presign(&self, cx: &Context, key: &BlobKey, options: PresignOptions) -> Result<Presigned> {
        self.1.guard(self.0.presign(cx, key, options)).await
    }
}

#[derive(Debug)]
struct FusedDatabases(Arc<dyn Databases>, Arc<Fuse>);

#[async_trait]
impl Databases for FusedDatabases {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    async fn open(&self, namespace: &str) -> Result<Db> {
        let db = self.1.guard(self.0.open(namespace)).await?;
        Ok(Db::new(FusedDatabase(Arc::clone(db.database()), Arc::clone(&self.1))))
    }

    async fn open_existing(&self, namespace: &str) -> Result<Option<Db>> {
        let db = self.1.guard(self.0.open_existing(namespace)).await?;
        Ok(db.map(|db| Db::new(FusedDatabase(Arc::clone(db.database()), Arc::clone(&self.1)))))
    }

    async fn remove(&self, namespace: &str) -> Result<bool> {
        self.1.guard(self.0.remove(namespace)).await
    }
}

#[derive(Debug)]
struct FusedDatabase(Arc<dyn Database>, Arc<Fuse>);

#[async_trait]
impl Database for FusedDatabase {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> DbCapabilities {
        self.0.capabilities()
    }

    async fn run(&self, cx: &Context, statement: Statement) -> Result<Rows> {
        self.1.guard(self.0.run(cx, statement)).await
    }

    async fn describe(&self, cx: &Context, sql: &str) -> Result<Description> {
        self.1.guard(self.0.describe(cx, sql)).await
    }

    async fn begin(&self, cx: &Context, begin: Begin) -> Result<Box<dyn Transaction>> {
        self.1.guard(self.0.begin(cx, begin)).await
    }

    async fn tables(&self, cx: &Context) -> Result<Vec<Table>> {
        self.1.guard(self.0.tables(cx)).await
    }
}
