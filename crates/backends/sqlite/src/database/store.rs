//! The connections of a database, and whose turn it is.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use credenza_core::Result;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::config::SqliteDatabaseConfig;
use super::conn::Conn;
use super::connect::{self, Role, Search};
use super::failure::{closed, timeout};
use super::timer::Timer;
use super::vectors::{self, Memory, Wanted};
use super::workers::Workers;
use crate::pace::Average;

/// A commit that takes longer would hold up the other tasks of a runtime's thread.
const SLOW_COMMIT: Duration = Duration::from_millis(2);

/// Threads, alarms and memory, which several databases share.
#[derive(Clone, Debug)]
pub(crate) struct Crew {
    pub(crate) workers: Workers,
    pub(crate) timer: Timer,
    pub(crate) vectors: Arc<Memory>,
}

impl Crew {
    /// With so many bytes for codes of vectors.
    pub(crate) fn new(vectors: usize) -> Crew {
        Crew { workers: Workers::default(), timer: Timer::default(), vectors: Arc::new(Memory::new(vectors)) }
    }
}

/// A database that is open.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) config: SqliteDatabaseConfig,
    pub(crate) crew: Crew,
    /// How long commits take.
    pub(crate) commits: Average,
    writer: Mutex<Option<Box<Conn>>>,
    writing: Arc<Semaphore>,
    readers: Mutex<Readers>,
    /// Turns of those who keep a reader for longer.
    reading: Arc<Semaphore>,
    /// Transactions that may be open; closing ends them.
    transactions: Mutex<Vec<Weak<dyn End>>>,
    closed: Arc<AtomicBool>,
    search: Search,
}

/// A transaction, to be ended from outside.
pub(crate) trait End: fmt::Debug + Send + Sync {
    /// Rolls back.
    fn end(&self);
}

#[derive(Debug)]
#[allow(clippy::vec_box, reason = "one is taken out and put back at each statement, and it is large")]
struct Readers {
    idle: Vec<Box<Conn>>,
    /// How many are used in place.
    in_place: usize,
}

/// A connection with a turn on it. Given back when it is dropped, after what it has not committed is rolled back.
pub(crate) struct Held {
    conn: Option<Box<Conn>>,
    store: Arc<Store>,
    role: Role,
    _turn: OwnedSemaphorePermit,
}

impl Store {
    /// Opens the file.
    pub(crate) fn open(config: SqliteDatabaseConfig, crew: Crew) -> Result<Arc<Store>> {
        let closed = Arc::new(AtomicBool::new(false));
        let memory = Arc::clone(&crew.vectors);
        let search = Search { database: memory.join(), memory, wanted: Wanted::default() };
        let writer = connect::open(&config, Role::Writer, Arc::clone(&closed), &search)?;
        let readers = if config.path.is_some() { config.readers.max(1) } else { 0 };
        Ok(Arc::new(Store {
            crew,
            commits: Average::new(SLOW_COMMIT),
            writer: Mutex::new(Some(Box::new(writer))),
            writing: Arc::new(Semaphore::new(1)),
            readers: Mutex::new(Readers { idle: Vec::new(), in_place: 0 }),
            reading: Arc::new(Semaphore::new(readers)),
            transactions: Mutex::default(),
            config,
            closed,
            search,
        }))
    }

    /// Everything goes through one connection.
    pub(crate) fn in_memory(&self) -> bool {
        self.config.path.is_none()
    }

    /// Works on a reader at once; `None` if all of them are busy.
    pub(crate) fn with_reader<T>(&self, work: impl FnOnce(&mut Conn) -> T) -> Option<Result<T>> {
        let idle = {
            let mut readers = self.readers.lock();
            if readers.in_place >= self.config.readers.max(1) {
                return None;
            }
            readers.in_place += 1;
            readers.idle.pop()
        };
        let mut back = Back { store: self, conn: None };
        back.conn = match idle {
            Some(conn) => Some(conn),
            None => match self.connect(Role::Reader) {
                Ok(conn) => Some(conn),
                Err(error) => return Some(Err(error)),
            },
        };
        back.conn.as_deref_mut().map(|conn| Ok(work(conn)))
    }

    /// The writer, if it is free.
    pub(crate) fn try_write(self: &Arc<Self>) -> Option<Result<Held>> {
        let turn = Arc::clone(&self.writing).try_acquire_owned().ok()?;
        Some(self.hold(Role::Writer, turn))
    }

    /// The writer, when it is the caller's turn.
    pub(crate) async fn write(self: &Arc<Self>, deadline: Option<Instant>) -> Result<Held> {
        match self.try_write() {
            Some(held) => held,
            None => self.turn(Role::Writer, deadline).await,
        }
    }

    /// A reader to keep, when it is the caller's turn.
    pub(crate) async fn read(self: &Arc<Self>, deadline: Option<Instant>) -> Result<Held> {
        let role = if self.in_memory() { Role::Writer } else { Role::Reader };
        self.turn(role, deadline).await
    }

    async fn turn(self: &Arc<Self>, role: Role, deadline: Option<Instant>) -> Result<Held> {
        let turns = match role {
            Role::Writer => &self.writing,
            Role::Reader => &self.reading,
        };
        match self.crew.timer.until(deadline, Arc::clone(turns).acquire_owned()).await {
            Some(Ok(turn)) => self.hold(role, turn),
            Some(Err(_)) => Err(closed()),
            None => Err(timeout("the deadline passed before it was the caller's turn")),
        }
    }

    fn hold(self: &Arc<Self>, role: Role, turn: OwnedSemaphorePermit) -> Result<Held> {
        let idle = match role {
            Role::Writer => self.writer.lock().take(),
            Role::Reader => self.readers.lock().idle.pop(),
        };
        let conn = match idle {
            Some(conn) => conn,
            None => self.connect(role)?,
        };
        Ok(Held { conn: Some(conn), store: Arc::clone(self), role, _turn: turn })
    }

    fn connect(&self, role: Role) -> Result<Box<Conn>> {
        if self.is_closed() {
            return Err(closed());
        }
        connect::open(&self.config, role, Arc::clone(&self.closed), &self.search).map(Box::new)
    }

    /// Watches the tables that searches found worth it, if nobody writes at the moment. Nothing is lost where it fails: the next search asks again.
    pub(crate) fn watch_wanted(self: &Arc<Self>) {
        if !self.search.wanted.any() || self.config.read_only {
            return;
        }
        let Some(Ok(mut held)) = self.try_write() else { return };
        let conn = held.conn();
        for table in self.search.wanted.take() {
            let _ = conn.guard.trusting(|| vectors::install(&conn.raw, &table));
        }
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Ends a transaction when the database is closed.
    pub(crate) fn ends(&self, transaction: Weak<dyn End>) {
        let mut transactions = self.transactions.lock();
        transactions.retain(|transaction| transaction.strong_count() > 0);
        transactions.push(transaction);
    }

    /// Stops what runs, and refuses what comes. The file is closed when nobody uses it any more.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        self.writing.close();
        self.reading.close();
        let transactions = std::mem::take(&mut *self.transactions.lock());
        for transaction in transactions.iter().filter_map(Weak::upgrade) {
            transaction.end();
        }
        let idle = std::mem::take(&mut self.readers.lock().idle);
        drop(idle);
        let writer = self.writer.lock().take();
        drop(writer);
        self.crew.vectors.leave(self.search.database);
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.crew.vectors.leave(self.search.database);
    }
}

impl Held {
    /// The connection.
    pub(crate) fn conn(&mut self) -> &mut Conn {
        self.conn.as_mut().expect("it is taken only when this is dropped")
    }

    /// Takes back what was not committed. If that fails, a new connection takes over when this one is given back.
    pub(crate) fn roll_back(&mut self) {
        if let Some(conn) = &self.conn
            && !conn.raw.is_autocommit()
        {
            let _ = conn.own().run("ROLLBACK", []);
        }
    }

    /// Whether the transaction that was begun is over.
    pub(crate) fn is_autocommit(&self) -> bool {
        self.conn.as_ref().is_none_or(|conn| conn.raw.is_autocommit())
    }

    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.store
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.roll_back();
        let Some(conn) = self.conn.take() else { return };
        if !conn.raw.is_autocommit() || self.store.is_closed() {
            return;
        }
        match self.role {
            Role::Writer => *self.store.writer.lock() = Some(conn),
            Role::Reader => self.store.readers.lock().idle.push(conn),
        }
    }
}

/// Gives a reader back.
struct Back<'s> {
    store: &'s Store,
    conn: Option<Box<Conn>>,
}

impl Drop for Back<'_> {
    fn drop(&mut self) {
        let mut readers = self.store.readers.lock();
        readers.in_place -= 1;
        if let Some(conn) = self.conn.take()
            && !self.store.is_closed()
        {
            readers.idle.push(conn);
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("role", &self.role).finish_non_exhaustive()
    }
}
