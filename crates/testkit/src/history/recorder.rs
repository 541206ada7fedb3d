use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{History, Operation, Outcome};

/// Notes operations while many threads or tasks run them. Clones write to the same record.
///
/// Time is a counter that every event advances, so a record never depends on a wall clock. The record keeps
/// every operation until the last clone is dropped: its size is the test's to choose.
pub struct Recorder<Op, Ret> {
    shared: Arc<Shared<Op, Ret>>,
}

struct Shared<Op, Ret> {
    clock: AtomicU64,
    entries: Mutex<Vec<Entry<Op, Ret>>>,
}

struct Entry<Op, Ret> {
    operation: Operation<Op, Ret>,
    failed: bool,
}

impl<Op, Ret> Shared<Op, Ret> {
    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    /// Entries are changed in one step each, so they are whole even if a holder of the lock panicked.
    fn entries(&self) -> MutexGuard<'_, Vec<Entry<Op, Ret>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Op, Ret> Recorder<Op, Ret> {
    /// An empty record.
    pub fn new() -> Self {
        Self { shared: Arc::new(Shared { clock: AtomicU64::new(0), entries: Mutex::new(Vec::new()) }) }
    }

    /// Notes that `process` begins `op`. Call it right before the operation is sent.
    ///
    /// The operation is ambiguous until the returned handle says otherwise: dropping the handle, as a
    /// cancelled future does, or taking the [`history`](Self::history) too early never makes a record that
    /// accuses wrongly.
    pub fn invoke(&self, process: u32, op: Op) -> Pending<Op, Ret> {
        let mut entries = self.shared.entries();
        let index = entries.len();
        // Inside the lock, so that entries stand in the order of their ticks.
        let invoked = self.shared.tick();
        let operation = Operation { process, op, invoked, outcome: Outcome::Ambiguous };
        entries.push(Entry { operation, failed: false });
        drop(entries);
        Pending { shared: Arc::clone(&self.shared), index }
    }
}

impl<Op: Clone, Ret: Clone> Recorder<Op, Ret> {
    /// What was recorded so far, without the operations that failed. Operations still running are ambiguous
    /// in it.
    pub fn history(&self) -> History<Op, Ret> {
        let entries = self.shared.entries();
        let operations =
            entries.iter().filter(|entry| !entry.failed).map(|entry| entry.operation.clone()).collect();
        History { operations }
    }
}

impl<Op, Ret> Default for Recorder<Op, Ret> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Op, Ret> Clone for Recorder<Op, Ret> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<Op, Ret> fmt::Debug for Recorder<Op, Ret> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("operations", &self.shared.entries().len()).finish_non_exhaustive()
    }
}

/// A running operation. Dropped, it stays ambiguous.
#[must_use = "an operation whose end nobody notes stays ambiguous"]
pub struct Pending<Op, Ret> {
    shared: Arc<Shared<Op, Ret>>,
    index: usize,
}

impl<Op, Ret> Pending<Op, Ret> {
    /// It answered `ret`. Call it right after the answer came.
    pub fn complete(self, ret: Ret) {
        // Before the lock: waiting for it must not make the operation look longer than it was.
        let at = self.shared.tick();
        self.edit(|entry| entry.operation.outcome = Outcome::Returned { at, ret });
    }

    /// It certainly did not take effect and never will: the record forgets it.
    pub fn fail(self) {
        self.edit(|entry| entry.failed = true);
    }

    /// Nobody knows whether it took effect or still will. The same as dropping the handle, in words.
    pub fn ambiguous(self) {}

    fn edit(&self, change: impl FnOnce(&mut Entry<Op, Ret>)) {
        if let Some(entry) = self.shared.entries().get_mut(self.index) {
            change(entry);
        }
    }
}

impl<Op, Ret> fmt::Debug for Pending<Op, Ret> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("index", &self.index).finish_non_exhaustive()
    }
}
