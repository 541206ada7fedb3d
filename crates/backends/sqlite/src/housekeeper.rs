//! The thread that watches deadlines, cleans up and closes.

use std::task::Waker;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use credenza_core::{Error, Result};
use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;

use crate::commit::Chores;
use crate::error::{again, closed};
use crate::pace::instant;
use crate::store::Shared;
use crate::{db, sql};

/// Keys, and elements of removed collections, that one step of cleaning takes.
const STEP: i64 = 500;
/// Between steps, writers get their turn.
const PAUSE: Duration = Duration::from_millis(1);

/// Pages of log that are worth moving: a page that is written often is moved once.
const LOG: i64 = 4 << 10;

/// How long cleaning waits for the writer, which is how late a deadline may be noticed.
const PATIENCE: Duration = Duration::from_millis(5);

/// What the thread is asked to do.
#[derive(Debug)]
pub(crate) struct House {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// The earliest deadline that somebody waits with.
    alarm: Option<Instant>,
    /// Something was left to be collected.
    untidy: bool,
    /// The log may have grown.
    log: bool,
    closing: bool,
    /// How closing went.
    closed: Option<Result<()>>,
    wakers: Vec<Waker>,
}

/// Why the thread woke up.
enum Call {
    Close,
    Alarm,
    Tidy,
    Log,
    Sweep,
}

impl House {
    pub(crate) fn new() -> House {
        // A file may have been closed with garbage in it.
        let state =
            State { alarm: None, untidy: true, log: false, closing: false, closed: None, wakers: Vec::new() };
        House { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Somebody waits with this deadline.
    pub(crate) fn watch(&self, deadline: Instant) {
        let mut state = self.state.lock();
        if state.alarm.is_none_or(|alarm| deadline < alarm) {
            state.alarm = Some(deadline);
            self.changed.notify_all();
        }
    }

    /// There is work.
    pub(crate) fn ask(&self, chores: Chores) {
        if chores == Chores::default() {
            return;
        }
        let mut state = self.state.lock();
        state.untidy |= chores.tidy;
        state.log |= chores.log;
        drop(state);
        self.changed.notify_all();
    }

    /// Starts closing.
    pub(crate) fn close(&self) {
        self.state.lock().closing = true;
        self.changed.notify_all();
    }

    /// How closing went, once it is done; until then the waker is kept.
    pub(crate) fn closed(&self, waker: &Waker) -> Option<Result<()>> {
        let mut state = self.state.lock();
        if let Some(outcome) = &state.closed {
            return Some(outcome.as_ref().map_err(again).copied());
        }
        if !state.wakers.iter().any(|known| known.will_wake(waker)) {
            state.wakers.push(waker.clone());
        }
        None
    }

    /// Waits until closing is done, but not for ever.
    pub(crate) fn wait_closed(&self, patience: Duration) {
        let deadline = instant() + patience;
        let mut state = self.state.lock();
        while state.closed.is_none() {
            if self.changed.wait_until(&mut state, deadline).timed_out() {
                return;
            }
        }
    }

    fn wait(&self, sweep: Option<Instant>) -> Call {
        let mut state = self.state.lock();
        loop {
            let now = instant();
            if state.closing {
                return Call::Close;
            }
            if state.alarm.is_some_and(|alarm| alarm <= now) {
                state.alarm = None;
                return Call::Alarm;
            }
            if sweep.is_some_and(|sweep| sweep <= now) {
                return Call::Sweep;
            }
            if std::mem::take(&mut state.log) {
                return Call::Log;
            }
            if std::mem::take(&mut state.untidy) {
                return Call::Tidy;
            }
            match [state.alarm, sweep].into_iter().flatten().min() {
                Some(next) => drop(self.changed.wait_until(&mut state, next)),
                None => self.changed.wait(&mut state),
            }
        }
    }

    fn done(&self, outcome: Result<()>) {
        let mut state = self.state.lock();
        state.closed = Some(outcome);
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        self.changed.notify_all();
        for waker in wakers {
            waker.wake();
        }
    }
}

/// Keeps house until the store closes, then closes it.
pub(crate) fn work(
    shared: &Shared,
    log: Option<Connection>,
    interval: Option<Duration>,
    threads: Vec<JoinHandle<()>>,
) {
    let later = |interval: Option<Duration>| interval.and_then(|interval| instant().checked_add(interval));
    let mut sweep = later(interval);
    loop {
        match shared.house.wait(sweep) {
            Call::Close => break,
            Call::Alarm => expire(shared),
            Call::Log => {
                // What fails here is tried again, at the latest when the store is closed.
                let _ = log.as_ref().map(move_log);
            }
            Call::Tidy => match clean(shared, i64::MIN) {
                Ok(false) | Err(_) => {}
                Ok(true) => pause(shared, true),
            },
            Call::Sweep => match clean(shared, shared.env.clock.now()) {
                Ok(true) => pause(shared, false),
                // What failed is tried again the next time.
                Ok(false) | Err(_) => sweep = later(interval),
            },
        }
    }
    drop(log);
    let outcome = shut(shared, threads);
    shared.house.done(outcome);
}

fn pause(shared: &Shared, tidy: bool) {
    std::thread::sleep(PAUSE);
    shared.house.ask(Chores { tidy, log: false });
}

/// Moves the log into the file if it has grown, while others write: a commit that had to do it would be slow.
fn move_log(conn: &Connection) -> rusqlite::Result<()> {
    let size = db::first(conn, sql::LOG_SIZE, (), |row| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)))?;
    if size.is_some_and(|(log, moved)| log - moved >= LOG) {
        db::first(conn, sql::MOVE_LOG, (), |_| Ok(()))?;
    }
    Ok(())
}

/// One step of cleaning; whether there is more to do.
fn clean(shared: &Shared, now: i64) -> Result<bool> {
    // The writer may wait for another process; deadlines are watched meanwhile.
    let Some(mut writer) = shared.writer.try_lock_for(PATIENCE) else { return Ok(true) };
    match writer.as_mut() {
        Some(writer) => Ok(writer.collect(now, STEP)?.more),
        None => Ok(false),
    }
}

/// Cleans up until nothing is left to do; how many keys had expired.
pub(crate) fn sweep(shared: &Shared) -> Result<u64> {
    let mut keys = 0;
    loop {
        let mut guard = shared.writer.lock();
        let writer = guard.as_mut().ok_or_else(closed)?;
        let collected = writer.collect(shared.env.clock.now(), STEP)?;
        keys += collected.keys;
        if !collected.more {
            return Ok(keys);
        }
    }
}

fn expire(shared: &Shared) {
    let now = instant();
    for next in [shared.writes.expire(now), shared.reads.expire(now)].into_iter().flatten() {
        shared.house.watch(next);
    }
}

fn shut(shared: &Shared, threads: Vec<JoinHandle<()>>) -> Result<()> {
    shared.reads.close();
    shared.writes.close();
    let mut panicked = false;
    for thread in threads {
        panicked |= thread.join().is_err();
    }
    shared.readers.close();
    if let Some(writer) = shared.writer.lock().take() {
        writer.close()?;
    }
    if panicked {
        Err(Error::internal("a thread of the store panicked").on(crate::error::NAME))
    } else {
        Ok(())
    }
}
