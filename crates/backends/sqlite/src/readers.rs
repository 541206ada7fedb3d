//! Connections that only read: some for callers, who use them in place, and one for each reading thread.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use credenza_core::command::Work;
use credenza_core::{ErrorKind, Request, Response, Result};
use parking_lot::{Mutex, MutexGuard};
use rusqlite::Connection;

use crate::error::closed;
use crate::pace::{Average, instant};
use crate::queue::Gather;
use crate::run::{self, Env};
use crate::store::Shared;

/// Threads for reads that are large, or that a slow disk makes slow.
pub(crate) const THREADS: usize = 2;
/// A longer string is read by a thread.
const MAX_STRING: i64 = 256 << 10;
/// More commands are run by a thread.
const MAX_COMMANDS: usize = 32;
/// When reads take longer than this on average, the pages are not in memory, and threads wait for the disk.
const SLOW_READ: Duration = Duration::from_micros(250);

/// One read in so many is timed.
const TIMED: u32 = 4;

#[derive(Debug)]
pub(crate) struct Readers {
    seats: Vec<Mutex<Seat>>,
    took: Average,
}

/// A connection. Alone in its cache lines: threads that read at the same time share nothing they write to.
#[derive(Debug)]
#[repr(align(128))]
struct Seat {
    /// `None` once the store is closed.
    conn: Option<Connection>,
    reads: u32,
}

impl Readers {
    pub(crate) fn new(connections: Vec<Connection>) -> Readers {
        let seat = |conn| Mutex::new(Seat { conn: Some(conn), reads: 0 });
        let seats = connections.into_iter().map(seat).collect();
        Readers { seats, took: Average::new(SLOW_READ) }
    }

    /// Answers at once, on the caller's thread; `None` if that could take long.
    pub(crate) fn in_place(&self, env: &Env, request: &Request) -> Option<Result<Response>> {
        if !small(request) || self.took.too_long() {
            return None;
        }
        let mut seat = self.seat()?;
        seat.reads = seat.reads.wrapping_add(1);
        let started = seat.reads.is_multiple_of(TIMED).then(instant);
        let Some(conn) = &seat.conn else { return Some(Err(closed())) };
        let answer = run::read(conn, env, request, MAX_STRING);
        if let Some(started) = started {
            self.took.add(instant() - started);
        }
        answer.filter(|answer| !matches!(answer, Err(error) if error.kind() == ErrorKind::Busy))
    }

    /// A connection that is free: the thread's usual one, else any, else the usual one after a short wait.
    fn seat(&self) -> Option<MutexGuard<'_, Seat>> {
        let usual = usual_seat() % self.seats.len().max(1);
        let (before, from) = self.seats.split_at_checked(usual)?;
        from.iter().chain(before).find_map(|seat| seat.try_lock()).or_else(|| Some(from.first()?.lock()))
    }

    pub(crate) fn close(&self) {
        for seat in &self.seats {
            drop(seat.lock().conn.take());
        }
    }
}

/// A number for each thread, so that it finds the pages it read before.
fn usual_seat() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static SEAT: usize = NEXT.fetch_add(1, Ordering::Relaxed));
    SEAT.with(|seat| *seat)
}

/// Whether a request is known to be little work, whatever is stored.
pub(crate) fn small(request: &Request) -> bool {
    let commands = request.commands();
    commands.len() <= MAX_COMMANDS && commands.iter().all(|command| command.info().work == Work::Small)
}

/// Reads for callers that wait, until the store is closed and nothing waits.
pub(crate) fn work(shared: &Shared, thread: usize, conn: &Connection) {
    while let Some(jobs) = shared.reads.take(thread, 1, Gather::default()) {
        for job in jobs {
            let Some(request) = job.start() else { continue };
            let started = instant();
            let answer = run::read(conn, &shared.env, &request, i64::MAX);
            if small(&request) {
                shared.readers.took.add(instant() - started);
            }
            job.finish(
                answer.unwrap_or_else(|| Err(credenza_core::Error::internal("a string was left out"))),
            );
        }
    }
}
