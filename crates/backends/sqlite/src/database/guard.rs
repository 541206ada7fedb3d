//! What watches over a connection while it compiles and runs a statement: what it may do, and for how long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rusqlite::hooks::{AuthContext, Authorization};
use rusqlite::{Connection, InterruptHandle};

use super::authorizer::{self, Facts};
use super::pipe::Stop;
use crate::pace::instant;

/// The engine asks after so many steps of its machine whether to go on, which takes it about 10 microseconds.
pub(crate) const PERIOD: i32 = 1_000;

/// What is done in place takes no longer than this after its first period, however slow the disk is.
const IN_PLACE: Duration = Duration::from_millis(2);

/// How long a statement may run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leash {
    /// So many steps, in units of [`PERIOD`].
    pub(crate) budget: Option<u32>,
    pub(crate) deadline: Option<Instant>,
    /// Set when nobody waits for it any more.
    pub(crate) stop: Option<Stop>,
    /// What stops it in the middle of a step.
    pub(crate) switch: Option<Arc<Switch>>,
}

/// Stops a statement from outside, also in the middle of a step that takes long, and no statement after it.
pub(crate) struct Switch {
    over: Mutex<bool>,
    handle: InterruptHandle,
}

impl Switch {
    /// For the next statement of the connection.
    pub(crate) fn new(conn: &Connection) -> Switch {
        Switch { over: Mutex::new(false), handle: conn.get_interrupt_handle() }
    }

    /// Stops the statement, if it still runs.
    pub(crate) fn press(&self) {
        let over = self.over.lock();
        if !*over {
            self.handle.interrupt();
        }
    }

    fn disarm(&self) {
        *self.over.lock() = true;
    }
}

impl std::fmt::Debug for Switch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Switch").field("over", &self.over).finish_non_exhaustive()
    }
}

/// Why a statement was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// It used up its budget.
    Budget,
    Deadline,
    /// Nobody waits for it, or the database is closed.
    Gone,
}

#[derive(Debug)]
pub(crate) struct Guard {
    state: Mutex<State>,
    /// Set when the database is closed.
    closed: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct State {
    /// A statement of our own is compiled or run.
    trusted: bool,
    /// A function of ours asks, in a statement of somebody: nothing is refused, and it is stopped with the statement.
    asks: bool,
    /// The statement may use reserved tables.
    reserved: bool,
    /// Everything is refused: what is compiled must not be.
    refuse_all: bool,
    /// Something was compiled since this was cleared.
    compiled: bool,
    facts: Facts,
    leash: Leash,
    /// When the statement was first asked about.
    first: Option<Instant>,
    stopped: Option<Stopped>,
}

impl Guard {
    /// Watches over a connection.
    pub(crate) fn install(conn: &mut Connection, closed: Arc<AtomicBool>) -> rusqlite::Result<Arc<Guard>> {
        let guard = Arc::new(Guard { state: Mutex::default(), closed });
        let asked = Arc::clone(&guard);
        conn.authorizer(Some(move |context: AuthContext<'_>| asked.authorize(context)))?;
        let asked = Arc::clone(&guard);
        conn.progress_handler(PERIOD, Some(move || asked.stops()))?;
        Ok(guard)
    }

    fn authorize(&self, context: AuthContext<'_>) -> Authorization {
        let mut state = self.state.lock();
        if state.asks {
            return Authorization::Allow;
        }
        state.compiled = true;
        if state.trusted {
            return Authorization::Allow;
        }
        if state.refuse_all {
            return Authorization::Deny;
        }
        let State { facts, reserved, .. } = &mut *state;
        let decided = authorizer::decide(&context, facts);
        if facts.reserved && !*reserved {
            return facts.deny("names that begin with credenza_ are reserved");
        }
        decided
    }

    fn stops(&self) -> bool {
        let mut state = self.state.lock();
        if state.trusted {
            return false;
        }
        let State { leash, first, stopped, .. } = &mut *state;
        let gone = self.closed.load(Ordering::Relaxed)
            || leash.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed));
        if leash.deadline.is_some() || leash.budget.is_some() {
            let now = instant();
            let first = *first.get_or_insert(now);
            if leash.deadline.is_some_and(|deadline| now >= deadline) {
                *stopped = Some(Stopped::Deadline);
            } else if let Some(budget) = &mut leash.budget {
                match budget.checked_sub(1) {
                    Some(left) if now - first < IN_PLACE => *budget = left,
                    _ => *stopped = Some(Stopped::Budget),
                }
            }
        }
        if gone {
            stopped.get_or_insert(Stopped::Gone);
        }
        stopped.is_some()
    }

    /// Before a statement of somebody is compiled; it may use reserved tables, or not.
    pub(crate) fn begin(&self, leash: Leash, reserved: bool) {
        let mut state = self.state.lock();
        state.reserved = reserved;
        // Also after a function that broke off.
        state.asks = false;
        state.compiled = false;
        state.facts.clear();
        state.leash = leash;
        state.first = None;
        state.stopped = None;
    }

    /// After a statement.
    pub(crate) fn end(&self) {
        let mut state = self.state.lock();
        state.reserved = false;
        drop(state);
        self.unleash();
    }

    /// Compiles and runs statements of our own, which nothing refuses or stops.
    pub(crate) fn trusting<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = std::mem::replace(&mut self.state.lock().trusted, true);
        let done = work();
        self.state.lock().trusted = before;
        done
    }

    /// Compiles and runs statements of our own within one of somebody, which stop when that does.
    pub(crate) fn asking<T>(&self, work: impl FnOnce() -> T) -> T {
        self.state.lock().asks = true;
        let done = work();
        self.state.lock().asks = false;
        done
    }

    /// The statement may take as many steps as it wants.
    pub(crate) fn unlimit(&self) {
        self.state.lock().leash.budget = None;
    }

    /// From here on, nothing stops the statement.
    pub(crate) fn unleash(&self) {
        let leash = std::mem::take(&mut self.state.lock().leash);
        if let Some(switch) = leash.switch {
            switch.disarm();
        }
    }

    /// Whether anything was compiled since the last time.
    pub(crate) fn take_compiled(&self) -> bool {
        std::mem::take(&mut self.state.lock().compiled)
    }

    /// What the compiler met.
    pub(crate) fn take_facts(&self) -> Facts {
        std::mem::take(&mut self.state.lock().facts)
    }

    /// Why the statement was refused, if it was.
    pub(crate) fn denied(&self) -> Option<&'static str> {
        self.state.lock().facts.denied
    }

    /// Why the statement was stopped, if it was.
    pub(crate) fn stopped(&self) -> Option<Stopped> {
        self.state.lock().stopped
    }

    pub(crate) fn refuse_all(&self, refuse: bool) {
        self.state.lock().refuse_all = refuse;
    }

    pub(crate) fn closed(&self) -> &AtomicBool {
        &self.closed
    }
}
