//! Transactions.

use std::sync::Arc;
use std::task::{self, Poll, Waker};
use std::time::Instant;

use async_trait::async_trait;
use credenza_core::db::{Begin, Chunk, Rows, Statement, Transaction};
use credenza_core::{Context, Effect, Error, ErrorKind, Result};
use futures_core::Stream as _;
use parking_lot::Mutex;
use tokio::time::timeout_at;
use tokio_postgres::Row;

use super::failure::{self, NAME, late, too_late};
use super::look::{Look, look};
use super::reading::{Source, chunk, chunks};
use super::session::{self, Answer, Failed, Rest, Unread, more, within};
use super::store::Inner;
use crate::conn::{Conn, Quiet};
use crate::error::{Commits, has_code};
use crate::ticket::instant;

/// A statement that fails takes nothing of the transaction with it: each has a savepoint before it.
const SAVE: &str = "SAVEPOINT credenza";
const SAVE_AGAIN: &str = "RELEASE SAVEPOINT credenza; SAVEPOINT credenza";
const TAKE_BACK: &str = "ROLLBACK TO SAVEPOINT credenza";

/// A transaction. Dropped, it is taken back, and its connection comes to rest by itself.
#[derive(Debug)]
pub(super) struct PostgresTransaction {
    database: Arc<Inner>,
    /// `None` when it is over.
    conn: Option<Conn>,
    saved: Saved,
    rows: Arc<Mutex<Last>>,
}

/// What is before the next statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Saved {
    Nothing,
    /// A savepoint, and a statement that went well after it.
    Savepoint,
    /// A savepoint, and a statement that failed.
    Failure,
}

/// The rows of the last statement that nobody has read.
#[derive(Default)]
struct Last {
    /// Which statement's they are.
    of: u64,
    rows: Option<Unread>,
    reader: Option<Waker>,
    failed: bool,
    /// They failed so that nothing can go on.
    over: bool,
}

impl std::fmt::Debug for Last {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Last")
    }
}

impl PostgresTransaction {
    pub(super) async fn begin(database: Arc<Inner>, deadline: Instant, begin: Begin) -> Result<Self> {
        let conn = database.conn(deadline).await?;
        let sql = match (begin.read_only, begin.read_committed) {
            (true, false) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            (true, true) => "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY",
            (false, false) => "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE",
            (false, true) => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        };
        let begun = within(&conn, deadline, Commits::No, async { Ok(conn.run(sql).await?) }).await;
        begun.map_err(|stopped| stopped.settle(&conn))?;
        conn.settle();
        Ok(PostgresTransaction { database, conn: Some(conn), saved: Saved::Nothing, rows: Arc::default() })
    }

    /// It writes.
    pub(super) fn hold(&mut self, quiet: &Arc<Quiet>) {
        if let Some(conn) = &mut self.conn {
            conn.hold(quiet);
        }
    }

    /// Nobody reads on what the last statement returned.
    fn forget_rows(&mut self) -> u64 {
        let mut last = self.rows.lock();
        // The last statement was dropped while it ran, or broke off: it has no answer, and is not waited for.
        let unanswered = last.rows.is_none() && self.conn.as_ref().is_some_and(Conn::is_busy);
        last.rows = None;
        last.of += 1;
        if let Some(reader) = last.reader.take() {
            reader.wake();
        }
        if std::mem::take(&mut last.failed) {
            self.saved = Saved::Failure;
        }
        if last.over || unanswered {
            self.conn = None;
        }
        last.of
    }

    async fn answer(&mut self, deadline: Instant, statement: &Statement, look: Look) -> Result<Answer> {
        let conn = self.conn.as_ref().ok_or_else(over)?;
        let limits = &self.database.capabilities.limits;
        let saved = &mut self.saved;
        let answer = within(conn, deadline, Commits::No, async {
            let before = match *saved {
                Saved::Nothing => SAVE,
                Saved::Savepoint => SAVE_AGAIN,
                Saved::Failure => TAKE_BACK,
            };
            *saved = Saved::Failure;
            // One round trip: the server reads both, one after the other.
            let (save, mut ran) =
                futures_util::future::join(conn.run(before), session::run(conn, statement, look, limits))
                    .await;
            match save {
                Ok(()) => {}
                // Rows that nobody read had failed.
                Err(error) if has_code(&error, "25P02") => {
                    conn.run(TAKE_BACK).await?;
                    ran = session::run(conn, statement, look, limits).await;
                }
                Err(error) => return Err(Failed::There(error)),
            }
            if session::is_stale(conn, &statement.sql, &ran) {
                conn.run(TAKE_BACK).await?;
                ran = session::run(conn, statement, look, limits).await;
            }
            let answer = ran?;
            *saved = Saved::Savepoint;
            Ok(answer)
        });
        match answer.await {
            // Rows that are still to come keep it busy.
            Ok(answer @ Answer { rest: Rest::More(_), .. }) => Ok(answer),
            Ok(answer) => {
                conn.settle();
                Ok(answer)
            }
            Err(stopped) => Err(stopped.settle(conn)),
        }
    }

    /// The connection, to end the transaction with.
    fn end(&mut self) -> Result<Conn> {
        self.forget_rows();
        self.conn.take().ok_or_else(over)
    }
}

#[async_trait]
impl Transaction for PostgresTransaction {
    async fn run(&mut self, cx: &Context, statement: Statement) -> Result<Rows> {
        let of = self.forget_rows();
        if self.conn.is_none() {
            return Err(over());
        }
        let deadline = self.database.deadline(cx);
        if deadline <= instant() {
            self.conn = None;
            return Err(too_late());
        }
        let look = look(&statement.sql, &self.database.capabilities.limits)?;
        let answer = match self.answer(deadline, &statement, look).await {
            Ok(answer) => answer,
            Err(error) => {
                if error.ends_transaction() {
                    self.conn = None;
                }
                // Nothing of a transaction is applied before its end.
                return Err(error.with_effect(Effect::NotApplied));
            }
        };
        Ok(match answer.rest {
            Rest::Ended(outcome) => Rows::ready(answer.columns, answer.first, outcome),
            Rest::More(rows) => {
                self.rows.lock().rows = Some(rows);
                let place = Place { rows: Arc::clone(&self.rows), of, deadline };
                Rows::streamed(answer.columns, chunks(answer.first, place))
            }
        })
    }

    async fn commit(mut self: Box<Self>, cx: &Context) -> Result<()> {
        let conn = self.end()?;
        let deadline = self.database.deadline(cx);
        if deadline <= instant() {
            return Err(too_late());
        }
        let saved = self.saved;
        within(&conn, deadline, Commits::Yes, async {
            let sql = match saved {
                Saved::Nothing => "COMMIT",
                // After rows that failed and that nobody read, a commit alone would take everything back in silence.
                Saved::Savepoint => "RELEASE SAVEPOINT credenza; COMMIT",
                Saved::Failure => "ROLLBACK TO SAVEPOINT credenza; COMMIT",
            };
            match conn.run(sql).await {
                Err(error) if saved == Saved::Savepoint && has_code(&error, "25P02") => {
                    Ok(conn.run("ROLLBACK TO SAVEPOINT credenza; COMMIT").await?)
                }
                ended => Ok(ended?),
            }
        })
        .await
        .map_err(|stopped| stopped.settle(&conn))?;
        conn.release();
        Ok(())
    }

    async fn rollback(mut self: Box<Self>, cx: &Context) -> Result<()> {
        let Ok(conn) = self.end() else { return Ok(()) };
        let deadline = self.database.deadline(cx);
        let ended = within(&conn, deadline, Commits::No, async { Ok(conn.run("ROLLBACK").await?) }).await;
        ended.map_err(|stopped| stopped.settle(&conn))?;
        conn.release();
        Ok(())
    }
}

fn over() -> Error {
    let why = "the transaction was rolled back, by an earlier error or for a statement that was dropped while it ran";
    failure::error(ErrorKind::InvalidStatement, "25P02", why)
}

/// Where rows of a transaction are read.
struct Place {
    rows: Arc<Mutex<Last>>,
    of: u64,
    deadline: Instant,
}

impl Source for Place {
    async fn next(&mut self) -> Result<Chunk> {
        let place = &*self;
        let found = match timeout_at(place.deadline.into(), more(|cx| place.poll_row(cx))).await {
            Ok(found) => chunk(found),
            Err(_) => Err(late(Effect::NotApplied)),
        };
        if let Err(error) = &found {
            let mut last = self.rows.lock();
            last.failed |= last.of == self.of;
            last.over |= last.of == self.of && error.ends_transaction();
        }
        found
    }
}

impl Place {
    fn poll_row(&self, cx: &mut task::Context<'_>) -> Poll<Option<std::result::Result<Row, Failed>>> {
        let mut last = self.rows.lock();
        let last = &mut *last;
        let Some(rows) = last.rows.as_mut().filter(|_| last.of == self.of) else {
            let why = "the rows are gone: another statement ran, or the transaction is over";
            return Poll::Ready(Some(Err(Error::invalid(why).on(NAME).into())));
        };
        let row = rows.as_mut().poll_next(cx);
        if row.is_pending() {
            last.reader = Some(cx.waker().clone());
        }
        row.map_err(Failed::There)
    }
}
