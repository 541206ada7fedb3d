//! Keys whose entry in the cache may be old, for the cache could not be told that they were written.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::time::Instant;

/// Of more keys it is not told apart which: then it is all of them.
const MOST: usize = 10_000;

/// Passed by until their entries are gone in any case.
#[derive(Debug, Default)]
pub(super) struct Suspects(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    keys: HashMap<Bytes, Instant>,
    all: Option<Instant>,
}

impl Suspects {
    pub(super) fn add<'k>(&self, keys: impl Iterator<Item = &'k Bytes>, ttl: Duration) {
        let now = Instant::now();
        let mut state = self.0.lock();
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
        self.0.lock().all = Some(Instant::now() + ttl);
    }

    pub(super) fn has(&self, key: &Bytes) -> bool {
        let mut state = self.0.lock();
        if state.all.is_none() && state.keys.is_empty() {
            return false;
        }
        let now = Instant::now();
        if state.all.is_some_and(|until| until > now) {
            return true;
        }
        state.all = None;
        match state.keys.get(key) {
            Some(until) if *until > now => true,
            Some(_) => {
                state.keys.remove(key);
                false
            }
            None => false,
        }
    }
}
