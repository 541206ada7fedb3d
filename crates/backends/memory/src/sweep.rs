//! Removes what expired and nobody asks for.

use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use credenza_core::{Error, ErrorKind, Result};
use parking_lot::{Condvar, Mutex};

use crate::store::Inner;

/// How many segments with something due are swept under one lock: some thousand entries, a fraction of a millisecond.
const SEGMENTS: usize = 8;

impl Inner {
    /// Removes the keys that have expired; returns how many.
    pub(crate) fn sweep(&self) -> usize {
        let now = self.config.clock.now();
        let mut removed = 0;
        for shard in &self.shards {
            let mut from = Some(0);
            while let Some(start) = from {
                let mut locked = shard.lock();
                let (slots, next) = locked.table.sweep(start, SEGMENTS, now);
                let dropped: Vec<_> = slots.iter().filter_map(|slot| locked.forget(slot)).collect();
                drop(locked);
                removed += slots.len();
                from = next;
                drop((slots, dropped));
            }
        }
        removed
    }
}

/// The thread that sweeps; it ends when this is dropped.
pub(crate) struct Sweeper {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Sweeper {
    pub(crate) fn start(store: &Arc<Inner>, interval: Duration) -> Result<Sweeper> {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let (store, signal) = (Arc::downgrade(store), stop.clone());
        let thread = std::thread::Builder::new()
            .name("credenza-sweep".into())
            .spawn(move || run(&store, &signal, interval))
            .map_err(|error| {
                let message = "the thread that removes expired keys could not be started";
                Error::new(ErrorKind::Unavailable, message).on("memory").with_source(error)
            })?;
        Ok(Sweeper { stop, thread: Some(thread) })
    }
}

fn run(store: &Weak<Inner>, signal: &(Mutex<bool>, Condvar), interval: Duration) {
    let (stop, changed) = signal;
    loop {
        let mut stopped = stop.lock();
        if !*stopped {
            changed.wait_for(&mut stopped, interval);
        }
        if *stopped {
            return;
        }
        drop(stopped);
        match store.upgrade() {
            Some(store) => store.sweep(),
            None => return,
        };
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        *self.stop.0.lock() = true;
        self.stop.1.notify_all();
        // The last handle may be dropped by the sweeping thread itself, which cannot wait for its own end.
        if let Some(thread) =
            self.thread.take().filter(|thread| thread.thread().id() != std::thread::current().id())
        {
            // It ends after the sweep it is in; a panic there has nothing to tell whoever drops the store.
            drop(thread.join());
        }
    }
}
