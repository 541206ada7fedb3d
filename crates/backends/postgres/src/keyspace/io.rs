//! Statements in the middle of a step, from a thread that may block.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;
use credenza_core::{Error, Result};
use tokio::runtime::Handle;
use tokio_postgres::Row;

use super::bulk::{Bulk, Load, Task};
use crate::conn::Conn;
use crate::error::{Commits, late, statement};
use crate::param::Param;

/// So many statements are on their way at most.
const ON_THEIR_WAY: usize = 256;

type Waiting<'a> = Pin<Box<dyn Future<Output = std::result::Result<u64, tokio_postgres::Error>> + Send + 'a>>;

/// The connection of a transaction. What returns nothing is sent without waiting for its answer.
pub(crate) struct Io<'a> {
    conn: &'a Conn,
    handle: &'a Handle,
    deadline: Instant,
    sent: Vec<Waiting<'a>>,
    /// Elements that are to be written by the next statement.
    bulk: Option<Bulk>,
}

impl std::fmt::Debug for Io<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Io").field("sent", &self.sent.len()).finish_non_exhaustive()
    }
}

impl<'a> Io<'a> {
    pub(crate) fn new(conn: &'a Conn, handle: &'a Handle, deadline: Instant) -> Io<'a> {
        Io { conn, handle, deadline, sent: Vec::new(), bulk: None }
    }

    fn wait<T>(
        &self,
        work: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        let bounded = async { tokio::time::timeout_at(self.deadline.into(), work).await };
        match self.handle.block_on(bounded) {
            Ok(answer) => answer.map_err(|error| statement(&error, Commits::No)),
            Err(_) => Err(late("the deadline passed in the middle of the request")),
        }
    }

    /// Runs a statement, and returns its rows.
    pub(crate) fn query(&mut self, sql: &'static str, params: Vec<Param>) -> Result<Vec<Row>> {
        self.send_bulk()?;
        self.wait(self.conn.query(sql, &params)).map_err(|error| self.first(error))
    }

    /// Runs a statement, and returns how many rows it changed.
    pub(crate) fn execute(&mut self, sql: &'static str, params: Vec<Param>) -> Result<u64> {
        self.send_bulk()?;
        self.wait(self.conn.execute(sql, &params)).map_err(|error| self.first(error))
    }

    /// Sends a statement; whether it worked shows later.
    pub(crate) fn send(&mut self, sql: &'static str, params: Vec<Param>) -> Result<()> {
        self.send_bulk()?;
        self.send_now(sql, params)
    }

    /// Writes an element, together with others.
    pub(super) fn gather(&mut self, task: Task, id: i64, name: Bytes, load: Load) -> Result<()> {
        if self.bulk.as_ref().is_some_and(|bulk| bulk.task != task || bulk.is_full()) {
            self.send_bulk()?;
        }
        self.bulk.get_or_insert_with(|| Bulk::new(task)).add(id, name, load);
        Ok(())
    }

    fn send_bulk(&mut self) -> Result<()> {
        match self.bulk.take().map(Bulk::statement) {
            Some((sql, params)) => self.send_now(sql, params),
            None => Ok(()),
        }
    }

    fn send_now(&mut self, sql: &'static str, params: Vec<Param>) -> Result<()> {
        self.wait(self.conn.prepare(sql)).map_err(|error| self.first(error))?;
        let conn = self.conn;
        let mut work: Waiting<'a> = Box::pin(async move { conn.execute(sql, &params).await });
        // The first poll sends it; whoever waits polls again.
        match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer.map(drop).map_err(|error| statement(&error, Commits::No))?,
            Poll::Pending => self.sent.push(work),
        }
        if self.sent.len() >= ON_THEIR_WAY { self.answers() } else { Ok(()) }
    }

    /// Waits for the answers of all that was sent.
    pub(crate) fn settle(&mut self) -> Result<()> {
        self.send_bulk()?;
        self.answers()
    }

    fn answers(&mut self) -> Result<()> {
        let mut outcome = Ok(());
        for work in std::mem::take(&mut self.sent) {
            let answer = self.wait(work);
            if outcome.is_ok() {
                outcome = answer.map(drop);
            }
        }
        outcome
    }

    /// The first error is the one that tells something: those after it say that the transaction has failed.
    fn first(&mut self, error: Error) -> Error {
        match self.answers() {
            Ok(()) => error,
            Err(first) => first,
        }
    }
}
