//! A namespace that is in use, whether or not its file is open.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use credenza_core::{Error, ErrorKind};
use parking_lot::Mutex;
use tokio::sync::OwnedSemaphorePermit;

use super::files::Id;
use crate::database::store::Store;
use crate::error::NAME;

/// A namespace. All handles on it share one.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: Id,
    pub(crate) namespace: Box<str>,
    state: Mutex<State>,
    /// When it was used, by the pool's count.
    used: AtomicU64,
    /// Held by whoever opens or removes the file.
    pub(crate) changing: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
enum State {
    Closed,
    Open(Arc<Store>, OwnedSemaphorePermit),
    /// For good; perhaps somebody still uses the file.
    Removed(Weak<Store>),
}

impl Entry {
    pub(crate) fn new(id: Id, namespace: &str) -> Entry {
        Entry {
            id,
            namespace: namespace.into(),
            state: Mutex::new(State::Closed),
            used: AtomicU64::new(0),
            changing: tokio::sync::Mutex::new(()),
        }
    }

    /// The open file, if it is open.
    pub(crate) fn store(&self, now: u64) -> credenza_core::Result<Option<Arc<Store>>> {
        match &*self.state.lock() {
            State::Open(store, _) => {
                self.used.store(now, Ordering::Relaxed);
                Ok(Some(Arc::clone(store)))
            }
            State::Closed => Ok(None),
            State::Removed(_) => Err(removed()),
        }
    }

    pub(crate) fn is_removed(&self) -> bool {
        matches!(&*self.state.lock(), State::Removed(_))
    }

    /// The file was opened.
    pub(crate) fn opened(&self, store: Arc<Store>, slot: OwnedSemaphorePermit, now: u64) {
        self.used.store(now, Ordering::Relaxed);
        *self.state.lock() = State::Open(store, slot);
    }

    /// When it was used, unless somebody uses it now.
    pub(crate) fn idle_since(&self) -> Option<u64> {
        match &*self.state.lock() {
            State::Open(store, _) if Arc::strong_count(store) == 1 => Some(self.used.load(Ordering::Relaxed)),
            _ => None,
        }
    }

    /// Takes the file out to be closed, unless somebody uses it.
    pub(crate) fn take_idle(&self) -> Option<(Arc<Store>, OwnedSemaphorePermit)> {
        let mut state = self.state.lock();
        match std::mem::replace(&mut *state, State::Closed) {
            // Whoever wants it has to come by the lock.
            State::Open(store, slot) if Arc::strong_count(&store) == 1 => Some((store, slot)),
            other => {
                *state = other;
                None
            }
        }
    }

    /// From now on, all handles fail. What was open is stopped; when the result is gone, it is closed.
    pub(crate) fn remove(&self) -> Weak<Store> {
        let mut state = self.state.lock();
        let open = match std::mem::replace(&mut *state, State::Closed) {
            State::Open(store, _) => {
                store.close();
                Arc::downgrade(&store)
            }
            State::Removed(store) => store,
            State::Closed => Weak::new(),
        };
        *state = State::Removed(Weak::clone(&open));
        open
    }
}

pub(crate) fn removed() -> Error {
    Error::new(ErrorKind::Unavailable, "the namespace was removed").on(NAME)
}
