//! The files that are open: a bounded number.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use credenza_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::SqliteDatabasesConfig;
use super::entry::{Entry, removed};
use super::files::{self, Id};
use crate::database::config::SqliteDatabaseConfig;
use crate::database::failure::of_engine;
use crate::database::store::{Crew, Store};
use crate::error::NAME;
use crate::pace::instant;

/// Who waits for a file to fall idle looks this often.
const LOOK: Duration = Duration::from_millis(5);
/// How long a namespace that is removed waits for a statement that nothing can stop.
const REMOVAL: Duration = Duration::from_secs(10);

const NAMESPACE: &str = "SELECT name FROM credenza_namespace";
const MAKE_NAMESPACE: &str = "CREATE TABLE credenza_namespace (name TEXT NOT NULL)";
const KEEP_NAMESPACE: &str = "INSERT INTO credenza_namespace (name) VALUES (?1)";
const NAMED: &str = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'credenza_namespace'";

#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) config: SqliteDatabasesConfig,
    crew: Crew,
    /// All that somebody has a handle on, or whose file is open.
    entries: Mutex<HashMap<Id, Weak<Entry>>>,
    open: Mutex<HashMap<Id, Arc<Entry>>>,
    slots: Arc<Semaphore>,
    clock: AtomicU64,
}

impl Pool {
    pub(crate) fn open(config: SqliteDatabasesConfig) -> Result<Pool> {
        if config.each.path.is_some() {
            return Err(Error::invalid("databases of namespaces have no file of their own to name").on(NAME));
        }
        files::prepare(&config.folder, config.each.read_only)?;
        Ok(Pool {
            slots: Arc::new(Semaphore::new(config.max_open.clamp(1, Semaphore::MAX_PERMITS))),
            crew: Crew::new(config.each.vector_memory),
            config,
            entries: Mutex::default(),
            open: Mutex::default(),
            clock: AtomicU64::new(0),
        })
    }

    fn now(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::Relaxed)
    }

    /// A namespace with its file open; `None` if it has none and none is to be made.
    pub(crate) async fn entry(&self, namespace: &str, make: bool) -> Result<Option<Arc<Entry>>> {
        let id = Id::of(namespace)?;
        loop {
            let entry = self.share(id, namespace);
            match entry.store(self.now()) {
                Ok(Some(_)) => return Ok(Some(entry)),
                Ok(None) if !make && !self.is_there(id) => return Ok(None),
                Ok(None) => match self.store(&entry, make, None).await {
                    Ok(_) => return Ok(Some(entry)),
                    Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                    Err(_) if entry.is_removed() => {}
                    Err(error) => return Err(error),
                },
                // It is being removed: who comes after that begins anew.
                Err(_) => drop(entry.changing.lock().await),
            }
            if !self.forget(&entry) && entry.is_removed() {
                return Err(removed());
            }
        }
    }

    fn share(&self, id: Id, namespace: &str) -> Arc<Entry> {
        let mut entries = self.entries.lock();
        if let Some(entry) = entries.get(&id).and_then(Weak::upgrade) {
            return entry;
        }
        if entries.len() == entries.capacity() {
            entries.retain(|_, entry| entry.strong_count() > 0);
        }
        let entry = Arc::new(Entry::new(id, namespace));
        entries.insert(id, Arc::downgrade(&entry));
        entry
    }

    /// Takes a namespace that was removed out, once nobody uses its file; whether it is out.
    fn forget(&self, entry: &Arc<Entry>) -> bool {
        let mut entries = self.entries.lock();
        let same = entries.get(&entry.id).is_some_and(|there| there.as_ptr() == Arc::as_ptr(entry));
        let gone = entry.is_removed() && entry.remove().strong_count() == 0;
        if same && gone {
            entries.remove(&entry.id);
        }
        gone || !same
    }

    fn is_there(&self, id: Id) -> bool {
        id.path(&self.config.folder).exists()
    }

    /// The open file of a namespace, which is opened if it is not.
    pub(crate) async fn store(
        &self,
        entry: &Arc<Entry>,
        make: bool,
        deadline: Option<Instant>,
    ) -> Result<Arc<Store>> {
        if let Some(store) = entry.store(self.now())? {
            return Ok(store);
        }
        let timer = &self.crew.timer;
        let Some(_changing) = timer.until(deadline, entry.changing.lock()).await else {
            return Err(late());
        };
        if let Some(store) = entry.store(self.now())? {
            return Ok(store);
        }
        let slot = self.slot(deadline).await?;
        let (done, opened) = oneshot::channel();
        let path = entry.id.path(&self.config.folder);
        let config = SqliteDatabaseConfig { path: Some(path), ..self.config.each.clone() };
        let (crew, namespace) = (self.crew.clone(), entry.namespace.clone());
        self.crew.workers.run(move || drop(done.send(open(config, crew, &namespace, make))))?;
        let store = opened
            .await
            .unwrap_or_else(|_| Err(Error::internal("a database was lost while it was opened").on(NAME)))?;
        entry.opened(Arc::clone(&store), slot, self.now());
        self.open.lock().insert(entry.id, Arc::clone(entry));
        Ok(store)
    }

    /// Room for one more open file.
    async fn slot(&self, deadline: Option<Instant>) -> Result<OwnedSemaphorePermit> {
        if let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() {
            return Ok(slot);
        }
        let started = instant();
        let mut turn = pin!(Arc::clone(&self.slots).acquire_owned());
        loop {
            self.close_idle();
            let look = instant() + LOOK;
            match self.crew.timer.until(Some(look), turn.as_mut()).await {
                Some(slot) => return slot.map_err(|_| Error::internal("the pool is closed").on(NAME)),
                None if deadline.is_some_and(|deadline| instant() >= deadline) => return Err(late()),
                None if deadline.is_none() && instant() - started > self.config.each.busy_timeout => {
                    return Err(Error::new(ErrorKind::Busy, "too many databases are in use").on(NAME));
                }
                None => {}
            }
        }
    }

    /// Closes the file that was used longest ago, of those that nobody uses.
    fn close_idle(&self) {
        let mut open = self.open.lock();
        let oldest = open.values().filter_map(|entry| Some((entry.idle_since()?, entry.id))).min();
        let Some((_, id)) = oldest else { return };
        let idle = open.get(&id).and_then(|entry| entry.take_idle());
        if let Some((store, slot)) = idle {
            open.remove(&id);
            drop(open);
            // The engine moves the log into the file.
            let _ = self.crew.workers.run(move || {
                drop(store);
                drop(slot);
            });
        }
    }

    /// Removes a namespace; whether there was one.
    pub(crate) async fn remove(&self, namespace: &str) -> Result<bool> {
        let id = Id::of(namespace)?;
        if self.config.each.read_only {
            return Err(crate::database::failure::read_only());
        }
        let entry = self.share(id, namespace);
        let _changing = entry.changing.lock().await;
        let open = entry.remove();
        self.open.lock().remove(&id);
        let started = instant();
        while open.strong_count() > 0 {
            if instant() - started > REMOVAL {
                let message = "a statement that nothing can stop still uses the namespace";
                return Err(Error::new(ErrorKind::Busy, message).on(NAME));
            }
            let look = instant() + LOOK;
            self.crew.timer.until(Some(look), std::future::pending::<()>()).await;
        }
        let (done, gone) = oneshot::channel();
        let path = id.path(&self.config.folder);
        self.crew.workers.run(move || drop(done.send(files::remove(&path))))?;
        let was_there = gone.await.unwrap_or_else(|_| Err(Error::internal("a removal was lost").on(NAME)))?;
        self.forget(&entry);
        Ok(was_there)
    }
}

fn late() -> Error {
    Error::new(ErrorKind::Timeout, "the deadline passed before the database was open").on(NAME)
}

fn open(config: SqliteDatabaseConfig, crew: Crew, namespace: &str, make: bool) -> Result<Arc<Store>> {
    let path = config.path.clone().unwrap_or_default();
    if make && !config.read_only {
        files::make(&path)?;
    } else if !path.exists() {
        return Err(Error::new(ErrorKind::NotFound, "there is no such namespace").on(NAME));
    }
    let read_only = config.read_only;
    let store = Store::open(config, crew)?;
    let mut held = store.try_write().unwrap_or_else(|| Err(removed()))?;
    let on = held.conn().own();
    let kept = || {
        if on.row(NAMED, [], |_| Ok(()))?.is_none() && !read_only {
            on.run("BEGIN IMMEDIATE", [])?;
            on.run(MAKE_NAMESPACE, [])?;
            on.run(KEEP_NAMESPACE, [namespace])?;
            on.run("COMMIT", [])?;
        }
        on.row(NAMESPACE, [], |row| row.get::<_, String>(0))
    };
    match kept().map_err(|failed| of_engine(&failed))? {
        Some(kept) if kept == namespace => {}
        _ => return Err(Error::new(ErrorKind::Corrupt, "the file is that of another namespace").on(NAME)),
    }
    drop(held);
    Ok(store)
}
