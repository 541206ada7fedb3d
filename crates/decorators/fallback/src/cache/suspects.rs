//! Keys whose entry in the cache may be old, for the cache could not be told that they were written.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::time::Instant;

/// Of more keys it is not told apart which: then it is all of them.
const MOST: usize = 10_000;

/// Passed by until their entries are gone in any case.
#[derive(Debug, Default)]
pub(super) struct Suspects {
    /// Whether there may be any: as a rule there are none, and no read takes the lock.
    any: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    keys: HashMap<Bytes, Instant>,
    all: Option<Instant>,
}

impl Suspects {
    pub(super) fn add<'k>(&self, keys: impl Iterator<Item = &'k Bytes>, ttl: Duration) {
        let now = Instant::now();
        let mut state = self.state.lock();
        self.any.store(true, Ordering::Release);
        for key in keys {
            if state.keys.len() >= MOST {
                state.keys.retain(|_, until| *until > now);
            }
            if state.keys.len() >= MOST {
                state.keys.clear();
                state.all = Some(now + ttl);
                return;
            }
            state.keys.insert(key.clone(), now + ttl);
        }
    }

    pub(super) fn add_all(&self, ttl: Duration) {
        let mut state = self.state.lock();
        self.any.store(true, Ordering::Release);
        state.all = Some(Instant::now() + ttl);
    }

    pub(super) fn has(&self, key: &Bytes) -> bool {
        if !self.any.load(Ordering::Acquire) {
            return false;
        }
        let mut state = self.state.lock();
        let now = Instant::now();
        if state.all.is_some_and(|until| until > now) {
            return true;
        }
        state.all = None;
        if state.keys.get(key).is_some_and(|until| *until > now) {
            return true;
        }
        state.keys.remove(key);
        self.any.store(!state.keys.is_empty(), Ordering::Release);
        false
    }
}
