//! The one connection that writes, and group commit on it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use credenza_core::{BatchReply, Command, Error, ErrorKind, Mode, Request, Response, Result};
use rusqlite::Connection;

use crate::db;
use crate::error::{self, of_engine, storage};
use crate::keyspace::{Collected, Space, collect};
use crate::pace::{Pace, instant};
use crate::run::Env;
use crate::schema::patiently;
use crate::sql;
use crate::stamps::Stamps;

/// A transaction takes no further request after so long: those in it wait for their answers.
const LONG: Duration = Duration::from_millis(10);

/// The log is looked after when so many requests have been executed.
const LOOK_AFTER_LOG: usize = 512;

/// Work for the housekeeper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chores {
    /// Something was left to be collected.
    pub(crate) tidy: bool,
    /// The log may have grown.
    pub(crate) log: bool,
}

#[derive(Debug)]
pub(crate) struct Writer {
    conn: Connection,
    stamps: Stamps,
    /// Changes when another process has written.
    data_version: i64,
    chores: Chores,
    /// How many requests were executed since the log was looked after.
    logged: usize,
    pub(crate) pace: Pace,
}

impl Writer {
    pub(crate) fn new(conn: Connection) -> Writer {
        Writer {
            conn,
            stamps: Stamps::new(),
            data_version: 0,
            chores: Chores::default(),
            logged: 0,
            pace: Pace::new(),
        }
    }

    /// Begins a transaction, which the next [`Writer::group`] goes on with; waits so long for another process.
    pub(crate) fn begin(&mut self, patience: Duration) -> Result<()> {
        patiently(patience, || self.try_begin())
    }

    /// Executes requests in one transaction: the first of them at least, and as many more as go in a short time.
    /// The answers, in order. If the engine fails, nothing of the transaction stays, and each request is tried
    /// alone, so that one which is too large for the disk does not fail the others.
    pub(crate) fn group(
        &mut self,
        env: &Env,
        requests: &[&Request],
        patience: Duration,
    ) -> Vec<Result<Response>> {
        match self.attempt(env, requests, patience) {
            Ok(answers) => answers,
            Err(error) if alone(requests) => vec![Err(error)],
            Err(error) if !worth_trying_alone(&error) => {
                requests.iter().map(|_| Err(error::again(&error))).collect()
            }
            Err(_) => requests.iter().map(|request| self.alone(env, request, patience)).collect(),
        }
    }

    fn attempt(
        &mut self,
        env: &Env,
        requests: &[&Request],
        patience: Duration,
    ) -> Result<Vec<Result<Response>>> {
        if self.conn.is_autocommit() {
            self.begin(patience)?;
        }
        let started = instant();
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests {
            if !answers.is_empty() && answers.len() % 16 == 0 && instant() - started > LONG {
                break;
            }
            let answer = catch_unwind(AssertUnwindSafe(|| self.execute(env, request)))
                .unwrap_or_else(|_| Err(Error::internal("a command panicked").on(error::NAME)));
            match answer {
                Err(error) if of_engine(&error) => {
                    self.roll_back();
                    return Err(error);
                }
                answer => answers.push(answer),
            }
        }
        self.commit()?;
        self.logged += answers.len();
        if self.logged >= LOOK_AFTER_LOG {
            self.logged = 0;
            self.chores.log = true;
        }
        Ok(answers)
    }

    /// Executes a request by itself; the commands of a pipelined batch each by themselves.
    fn alone(&mut self, env: &Env, request: &Request, patience: Duration) -> Result<Response> {
        let mut one = |request: &Request| {
            let mut answers = self.attempt(env, &[request], patience)?;
            answers.pop().unwrap_or_else(|| Err(Error::internal("a request got no answer")))
        };
        match request {
            Request::Batch(batch) if batch.mode == Mode::Pipelined => {
                let command = |(index, command): (usize, &Command)| {
                    let answer = one(&Request::One(command.clone())).and_then(Response::one);
                    answer.map_err(|error| error.at(index))
                };
                let replies = batch.commands.iter().enumerate().map(command).collect();
                Ok(Response::Batch(BatchReply { replies, version: None }))
            }
            request => one(request),
        }
    }

    fn execute(&mut self, env: &Env, request: &Request) -> Result<Response> {
        match request {
            Request::One(command) => self.in_space(|space| env.command(space, command)).map(Response::One),
            Request::Batch(batch) if batch.mode == Mode::Pipelined => {
                let mut replies = Vec::with_capacity(batch.commands.len());
                for (index, command) in batch.commands.iter().enumerate() {
                    match self.in_space(|space| env.command(space, command)) {
                        Err(error) if of_engine(&error) => return Err(error),
                        reply => replies.push(reply.map_err(|error| error.at(index))),
                    }
                }
                Ok(Response::Batch(BatchReply { replies, version: None }))
            }
            // A command fails before it changes anything, so a single one needs no way back.
            Request::Batch(batch) if batch.commands.len() <= 1 => {
                self.in_space(|space| env.atomic(space, batch)).map(Response::Batch)
            }
            Request::Batch(batch) => {
                let reserved = self.stamps.reservations();
                db::run(&self.conn, sql::SAVE, ()).map_err(storage)?;
                let answer = self.in_space(|space| env.atomic(space, batch));
                if answer.as_ref().is_err_and(of_engine) {
                    return answer.map(Response::Batch);
                }
                if answer.is_err() {
                    db::run(&self.conn, sql::UNDO, ()).map_err(storage)?;
                    if self.stamps.reservations() != reserved {
                        self.stamps.forget();
                    }
                }
                db::run(&self.conn, sql::RELEASE, ()).map_err(storage)?;
                answer.map(Response::Batch)
            }
        }
    }

    fn in_space<T>(&mut self, work: impl FnOnce(&mut Space<'_>) -> Result<T>) -> Result<T> {
        let mut space = Space::writer(&self.conn, &mut self.stamps);
        let outcome = work(&mut space);
        self.chores.tidy |= space.discarded();
        outcome
    }

    fn try_begin(&mut self) -> Result<()> {
        db::run(&self.conn, sql::BEGIN_WRITE, ()).map_err(storage)?;
        let version = db::first(&self.conn, sql::DATA_VERSION, (), |row| row.get(0));
        let version = version.map_err(storage).inspect_err(|_| self.roll_back())?.unwrap_or_default();
        if version != self.data_version {
            // Another process has written, perhaps with later stamps than are left here.
            self.stamps.forget();
            self.data_version = version;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        let started = instant();
        let outcome = db::run(&self.conn, sql::COMMIT, ()).map_err(error::commit);
        self.pace.committed(instant() - started);
        if outcome.is_err() {
            self.roll_back();
        }
        outcome.map(drop)
    }

    /// Undoes the transaction that has begun, if one has.
    pub(crate) fn roll_back(&mut self) {
        self.stamps.forget();
        if !self.conn.is_autocommit() {
            // If this fails as well, the next transaction cannot begin, and says so.
            let _ = db::run(&self.conn, sql::ROLLBACK, ());
        }
    }

    /// One step of cleaning up: keys that expired by `now`, and what removed collections owned.
    pub(crate) fn collect(&mut self, now: i64, limit: i64) -> Result<Collected> {
        self.try_begin()?;
        match collect(&self.conn, now, limit) {
            Ok(collected) => self.commit().map(|()| collected),
            Err(error) => {
                self.roll_back();
                Err(storage(error))
            }
        }
    }

    /// What is to be done about what was written since the last time.
    pub(crate) fn take_chores(&mut self) -> Chores {
        std::mem::take(&mut self.chores)
    }

    /// Moves the log into the file and closes both.
    pub(crate) fn close(self) -> Result<()> {
        self.conn.busy_timeout(Duration::from_secs(1)).map_err(storage)?;
        // Where another process still reads, its close will do it.
        self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).map_err(storage)?;
        self.conn.close().map_err(|(_, error)| storage(error))
    }
}

/// Whether there is nobody to be kept apart from.
fn alone(requests: &[&Request]) -> bool {
    matches!(requests, [request] if !matches!(request, Request::Batch(batch) if batch.mode == Mode::Pipelined))
}

/// Whether an error may be one request's own. A lock, a file that cannot be written and a disk whose commits fail
/// meet everyone.
fn worth_trying_alone(error: &Error) -> bool {
    !matches!(error.kind(), ErrorKind::Busy | ErrorKind::ReadOnly)
        && error.effect() == credenza_core::Effect::NotApplied
}
