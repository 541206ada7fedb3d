//! Transactions.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use credenza_core::db::{Begin, Rows, Statement, Transaction};
use credenza_core::{Context, Effect, Error, ErrorKind, Result};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::failure::{self, error, of_engine, perhaps_committed, timeout};
use super::pipe::Stop;
use super::route::check_deadline;
use super::run::{self, Halt, Rules};
use super::store::{Crew, End, Held, Store};
use super::task;
use super::timer::Alarm;
use super::workers::Workers;
use crate::pace::instant;

/// A transaction. Its connection goes back when it ends, however it does.
#[derive(Debug)]
pub(crate) struct SqliteTransaction {
    crew: Crew,
    place: Arc<Mutex<Place>>,
    rules: Rules,
    /// When it was begun with a deadline.
    _alarm: Option<Alarm>,
}

/// Where the connection is.
#[derive(Debug)]
enum Place {
    Here(Held),
    /// A statement runs on a thread.
    Away {
        back: oneshot::Receiver<Held>,
        stop: Stop,
    },
    /// The transaction is over, and nothing of it was applied.
    Over(Ended),
}

#[derive(Clone, Copy, Debug)]
enum Ended {
    /// By its deadline.
    Late,
    /// By a statement that failed so that nothing could go on.
    Failed,
}

/// Begins a transaction, when it is the caller's turn.
pub(crate) async fn begin(
    store: &Arc<Store>,
    deadline: Option<Instant>,
    begin: Begin,
) -> Result<SqliteTransaction> {
    let read_only = begin.read_only || store.config.read_only;
    if store.config.read_only && !begin.read_only {
        return Err(failure::read_only());
    }
    let held = if read_only { store.read(deadline).await? } else { store.write(deadline).await? };
    let held = start(held, read_only, deadline).await?;
    let place = Arc::new(Mutex::new(Place::Here(held)));
    let ends: Weak<Mutex<Place>> = Arc::downgrade(&place);
    store.ends(ends);
    let alarm = deadline.map(|deadline| {
        let (place, workers) = (Arc::clone(&place), store.crew.workers.clone());
        store.crew.timer.at(deadline, move || expire(&place, &workers))
    });
    let rules = Rules { transaction: true, read_only, reserved: begin.reserved, ..Rules::default() };
    Ok(SqliteTransaction { crew: store.crew.clone(), place, rules, _alarm: alarm })
}

/// Runs `BEGIN`: in place, or on a thread while another process holds the file.
async fn start(held: Held, read_only: bool, deadline: Option<Instant>) -> Result<Held> {
    let mut held = held;
    match try_start(&mut held, read_only) {
        Ok(()) => return Ok(held),
        Err(error) if error.kind() != ErrorKind::Busy => return Err(error),
        Err(_) => {}
    }
    let store = Arc::clone(held.store());
    let (done, begun) = oneshot::channel();
    store.crew.workers.run(move || {
        let patience = held.store().config.busy_timeout;
        let started = instant();
        let mut pause = Duration::from_millis(1);
        let begun = loop {
            match try_start(&mut held, read_only) {
                Err(error) if error.kind() == ErrorKind::Busy => {
                    let now = instant();
                    if deadline.is_some_and(|deadline| now >= deadline) {
                        break Err(timeout("the deadline passed while another connection held the file"));
                    }
                    if now - started >= patience || done.is_closed() {
                        break Err(error);
                    }
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(20));
                }
                Err(error) => break Err(error),
                Ok(()) => break Ok(held),
            }
        };
        drop(done.send(begun));
    })?;
    begun.await.unwrap_or_else(|_| Err(Error::internal("a transaction was lost").on(crate::error::NAME)))
}

fn try_start(held: &mut Held, read_only: bool) -> Result<()> {
    let on = held.conn().own();
    let begun = if read_only {
        // The snapshot is taken by the first read.
        let first = || on.row("SELECT 1 FROM sqlite_schema LIMIT 1", [], |_| Ok(()));
        on.run("BEGIN", []).and_then(|()| first()).map(drop)
    } else {
        on.run("BEGIN IMMEDIATE", [])
    };
    if begun.is_err() && !on.raw.is_autocommit() {
        on.run("ROLLBACK", []).map_err(|failed| of_engine(&failed))?;
    }
    begun.map_err(|failed| of_engine(&failed))
}

impl End for Mutex<Place> {
    fn end(&self) {
        let old = std::mem::replace(&mut *self.lock(), Place::Over(Ended::Failed));
        if let Place::Away { stop, .. } = &old {
            stop.store(true, Ordering::Relaxed);
        }
        // The connection is rolled back as it is dropped, here or on the thread that has it.
        drop(old);
    }
}

/// Ends a transaction at its deadline.
fn expire(place: &Mutex<Place>, workers: &Workers) {
    // A statement that runs in place has the same deadline, and ends soon.
    let old = std::mem::replace(&mut *place.lock(), Place::Over(Ended::Late));
    match old {
        Place::Here(held) => {
            // Rolling back may take a while, and others have alarms too. Without a thread it is done here.
            let _ = workers.run(move || drop(held));
        }
        Place::Away { stop, .. } => stop.store(true, Ordering::Relaxed),
        Place::Over(ended) => *place.lock() = Place::Over(ended),
    }
}

impl Ended {
    fn error(self) -> Error {
        match self {
            Ended::Late => error(
                ErrorKind::Timeout,
                "25P03",
                "the deadline of the transaction has passed, and it was rolled back",
            ),
            Ended::Failed => error(
                ErrorKind::InvalidStatement,
                "25P02",
                "the transaction was rolled back by an earlier error",
            ),
        }
    }
}

impl SqliteTransaction {
    /// Waits until the connection is here: stops the statement before, if its rows were not all read.
    async fn settle(&self, deadline: Option<Instant>) -> Result<()> {
        let back = std::future::poll_fn(|cx| {
            let mut place = self.place.lock();
            match &mut *place {
                Place::Here(_) => Poll::Ready(Ok(())),
                Place::Over(ended) => Poll::Ready(Err(ended.error())),
                Place::Away { back, stop } => {
                    stop.store(true, Ordering::Relaxed);
                    match Pin::new(back).poll(cx) {
                        Poll::Pending => Poll::Pending,
                        Poll::Ready(Ok(held)) => {
                            *place = Place::Here(held);
                            Poll::Ready(Ok(()))
                        }
                        Poll::Ready(Err(_)) => {
                            *place = Place::Over(Ended::Failed);
                            Poll::Ready(Err(Ended::Failed.error()))
                        }
                    }
                }
            }
        });
        let waited = self.crew.timer.until(deadline, back).await;
        waited.unwrap_or_else(|| Err(timeout("the deadline passed before the statement was started")))?;
        // An earlier statement may have ended the transaction.
        let mut place = self.place.lock();
        match &*place {
            Place::Here(held) if held.is_autocommit() => {
                *place = Place::Over(Ended::Failed);
                Err(Ended::Failed.error())
            }
            _ => Ok(()),
        }
    }

    /// Runs a statement in place; `None` if it is more than that.
    fn in_place(&self, statement: &Statement, deadline: Option<Instant>) -> Option<Result<Rows>> {
        let mut place = self.place.lock();
        let held = match &mut *place {
            // An earlier statement may have ended the transaction.
            Place::Here(held) if held.is_autocommit() => {
                *place = Place::Over(Ended::Failed);
                return Some(Err(Ended::Failed.error()));
            }
            Place::Here(held) => held,
            Place::Over(ended) => return Some(Err(ended.error())),
            Place::Away { .. } => return None,
        };
        let ran = match run::in_place(held.conn(), statement, self.rules, deadline) {
            Ok(rows) => Ok(rows),
            Err(Halt::Failed(error)) => Err(error),
            Err(_) => return None,
        };
        let over = ran.as_ref().is_err_and(Error::ends_transaction) || held.is_autocommit();
        if over {
            let late = ran.as_ref().is_err_and(|error| error.kind() == ErrorKind::Timeout);
            *place = Place::Over(if late { Ended::Late } else { Ended::Failed });
        }
        Some(ran)
    }

    /// Runs a statement after the one before has stopped, and on a thread if it is more than is done in place.
    async fn elsewhere(&self, deadline: Option<Instant>, statement: Statement) -> Result<Rows> {
        self.settle(deadline).await?;
        if let Some(ran) = self.in_place(&statement, deadline) {
            return ran;
        }
        let (send, back) = oneshot::channel();
        let stop = Stop::default();
        let held = self.take_for(Place::Away { back, stop: Arc::clone(&stop) })?;
        let outlet = task::start(held, statement.into(), self.rules, deadline, stop, Some(send))?;
        task::first(outlet, &self.crew.timer, self.rules, deadline).await
    }

    /// Takes the connection out, to end the transaction.
    fn take(&self) -> Result<Held> {
        self.take_for(Place::Over(Ended::Failed))
    }

    /// Takes the connection out, and leaves this in its place.
    fn take_for(&self, instead: Place) -> Result<Held> {
        let mut place = self.place.lock();
        match std::mem::replace(&mut *place, instead) {
            Place::Here(held) => Ok(held),
            Place::Over(ended) => {
                *place = Place::Over(ended);
                Err(ended.error())
            }
            Place::Away { .. } => {
                *place = Place::Over(Ended::Failed);
                Err(Ended::Failed.error())
            }
        }
    }
}

#[async_trait]
impl Transaction for SqliteTransaction {
    async fn run(&mut self, cx: &Context, statement: Statement) -> Result<Rows> {
        check_deadline(cx.deadline())?;
        if let Some(ran) = self.in_place(&statement, cx.deadline()) {
            return ran;
        }
        // In a future of its own, so that this one is small.
        Box::pin(self.elsewhere(cx.deadline(), statement)).await
    }

    async fn commit(self: Box<Self>, cx: &Context) -> Result<()> {
        check_deadline(cx.deadline())?;
        self.settle(cx.deadline()).await?;
        let mut held = self.take()?;
        if held.store().commits.too_long() && !self.rules.read_only {
            let (done, committed) = oneshot::channel();
            self.crew.workers.run(move || drop(done.send(commit(&mut held))))?;
            let lost = || Error::internal("a commit was lost").on(crate::error::NAME);
            return committed.await.unwrap_or_else(|_| Err(lost().with_effect(Effect::MaybeApplied)));
        }
        commit(&mut held)
    }

    async fn rollback(self: Box<Self>, _cx: &Context) -> Result<()> {
        // Otherwise there is nothing left to take back.
        if self.settle(None).await.is_ok() {
            drop(self.take()?);
        }
        Ok(())
    }
}

fn commit(held: &mut Held) -> Result<()> {
    let started = instant();
    let committed = held.conn().own().run("COMMIT", []);
    held.store().commits.add(instant() - started);
    committed.map_err(|failed| perhaps_committed(of_engine(&failed)))
}

impl Drop for SqliteTransaction {
    fn drop(&mut self) {
        self.place.end();
    }
}
