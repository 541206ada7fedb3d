//! The namespaces that have connections: a bounded number.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use credenza_core::db::DbCapabilities;
use credenza_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

use super::PostgresDatabasesConfig;
use super::admin::{Admin, Id, login};
use crate::database::PostgresDatabase;
use crate::database::failure::too_late;
use crate::error::NAME;
use crate::ticket::instant;

/// Who waits for a namespace to fall idle looks this often.
const LOOK: Duration = Duration::from_millis(10);

/// The namespaces of a database.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) config: PostgresDatabasesConfig,
    admin: Admin,
    /// All that somebody has a handle on, or that have connections.
    entries: Mutex<HashMap<Id, Weak<Entry>>>,
    open: Mutex<HashMap<Id, Arc<Entry>>>,
    slots: Arc<Semaphore>,
    clock: AtomicU64,
}

/// A namespace.
#[derive(Debug)]
pub(super) struct Entry {
    id: Id,
    /// Its connections, and its place among those that have some.
    connected: tokio::sync::Mutex<Option<(PostgresDatabase, OwnedSemaphorePermit)>>,
    /// How many calls are under way.
    calls: AtomicUsize,
    used: AtomicU64,
    removed: AtomicBool,
}

/// The database of a namespace for a call. While there is one, its connections stay.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) database: PostgresDatabase,
    entry: Arc<Entry>,
}

impl Drop for Call {
    fn drop(&mut self) {
        self.entry.calls.fetch_sub(1, Ordering::AcqRel);
    }
}

pub(super) fn removed() -> Error {
    Error::new(ErrorKind::Unavailable, "the namespace was removed").on(NAME)
}

impl Pool {
    pub(super) async fn open(config: PostgresDatabasesConfig) -> Result<Pool> {
        Ok(Pool {
            admin: Admin::open(&config).await?,
            slots: Arc::new(Semaphore::new(config.max_open.clamp(1, Semaphore::MAX_PERMITS))),
            config,
            entries: Mutex::default(),
            open: Mutex::default(),
            clock: AtomicU64::new(0),
        })
    }

    pub(super) fn capabilities(&self) -> DbCapabilities {
        self.admin.capabilities()
    }

    pub(super) fn len(&self) -> usize {
        self.open.lock().len()
    }

    /// A namespace, made if it is to be; `None` if it is not there.
    pub(super) async fn entry(
        &self,
        namespace: &str,
        make: bool,
        within: Duration,
    ) -> Result<Option<Arc<Entry>>> {
        let id = Id::of(&self.config.admin.database, namespace)?;
        let known = self.entries.lock().get(&id).and_then(Weak::upgrade);
        if let Some(entry) = known.filter(|entry| !entry.is_removed()) {
            return Ok(Some(entry));
        }
        let there = async {
            match make {
                true if !self.admin.has(&id).await? => {
                    self.admin.make(&id, &self.config).await.map(|()| true)
                }
                true => Ok(true),
                false => self.admin.has(&id).await,
            }
        };
        let there =
            timeout_at((instant() + within).into(), there).await.unwrap_or_else(|_| Err(too_late()))?;
        Ok(there.then(|| self.share(id)))
    }

    fn share(&self, id: Id) -> Arc<Entry> {
        let mut entries = self.entries.lock();
        if let Some(entry) = entries.get(&id).and_then(Weak::upgrade).filter(|entry| !entry.is_removed()) {
            return entry;
        }
        if entries.len() == entries.capacity() {
            entries.retain(|_, entry| entry.strong_count() > 0);
        }
        let entry = Arc::new(Entry {
            id: id.clone(),
            connected: tokio::sync::Mutex::new(None),
            calls: AtomicUsize::new(0),
            used: AtomicU64::new(0),
            removed: AtomicBool::new(false),
        });
        entries.insert(id, Arc::downgrade(&entry));
        entry
    }

    /// The database of a namespace, for a call.
    pub(super) async fn call(&self, entry: &Arc<Entry>, deadline: Instant) -> Result<Call> {
        let connected = timeout_at(deadline.into(), self.connect(entry, deadline));
        connected.await.unwrap_or_else(|_| Err(too_late()))
    }

    async fn connect(&self, entry: &Arc<Entry>, deadline: Instant) -> Result<Call> {
        let mut connected = entry.connected.lock().await;
        if entry.is_removed() {
            return Err(removed());
        }
        entry.used.store(self.clock.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        let call = |database: &PostgresDatabase| {
            // Counted while nobody else has the lock: whoever closes idle connections sees it.
            entry.calls.fetch_add(1, Ordering::AcqRel);
            Call { database: database.clone(), entry: Arc::clone(entry) }
        };
        if let Some((database, _)) = &*connected {
            return Ok(call(database));
        }
        let slot = self.slot(deadline).await?;
        let database = PostgresDatabase::open(login(&entry.id, &self.config)).await?;
        self.open.lock().insert(entry.id.clone(), Arc::clone(entry));
        let made = call(&database);
        *connected = Some((database, slot));
        Ok(made)
    }

    /// A place among those that have connections: one that is free, or that of the namespace that was used longest ago and is idle.
    async fn slot(&self, deadline: Instant) -> Result<OwnedSemaphorePermit> {
        loop {
            if let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() {
                return Ok(slot);
            }
            let mut idle: Vec<Arc<Entry>> = self.open.lock().values().cloned().collect();
            idle.retain(|entry| entry.calls.load(Ordering::Acquire) == 0);
            idle.sort_by_key(|entry| entry.used.load(Ordering::Relaxed));
            let freed = idle.iter().any(|entry| self.disconnect(entry));
            if !freed {
                if instant() >= deadline {
                    return Err(too_late());
                }
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    /// Closes the connections of a namespace, unless it is used. Those that still hand on rows, or have a transaction, close when that has ended.
    fn disconnect(&self, entry: &Arc<Entry>) -> bool {
        let Ok(mut connected) = entry.connected.try_lock() else { return false };
        if entry.calls.load(Ordering::Acquire) > 0 {
            return false;
        }
        let Some((database, slot)) = connected.take() else { return false };
        self.open.lock().remove(&entry.id);
        database.close();
        drop(slot);
        true
    }

    /// Removes a namespace with all that is in it.
    pub(super) async fn remove(&self, namespace: &str) -> Result<bool> {
        let id = Id::of(&self.config.admin.database, namespace)?;
        let entry = self.share(id.clone());
        // Nobody opens it from here on.
        let mut connected = entry.connected.lock().await;
        if !self.admin.has(&id).await? {
            return Ok(false);
        }
        entry.removed.store(true, Ordering::Release);
        if let Some((database, _)) = connected.take() {
            database.close();
        }
        self.open.lock().remove(&id);
        self.admin.remove(&id).await
    }
}

impl Entry {
    fn is_removed(&self) -> bool {
        self.removed.load(Ordering::Acquire)
    }
}
