//! A statement on a connection.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{self, Poll};
use std::time::{Duration, Instant};

use credenza_core::db::{Columns, DbLimits, Outcome, Statement, Value};
use credenza_core::{Effect, Error, ErrorKind};
use futures_util::StreamExt;
use futures_util::stream::Fuse;
use tokio::time::{timeout, timeout_at};
use tokio_postgres::{Row, RowStream};

use super::failure::{self, late};
use super::look::Look;
use super::{decode, encode};
use crate::conn::Conn;
use crate::error::Commits;

/// How long the server may take to say what it did with a statement that it was told to stop.
const GRACE: Duration = Duration::from_millis(500);

/// How many rows, or bytes of them, are read ahead.
const AHEAD: usize = 256;
const AHEAD_BYTES: usize = 64 << 10;

/// How many bytes of rows a statement that writes may return: they are held until it has ended.
const RETURNED_BYTES: usize = 64 << 20;

/// How many statements a connection keeps prepared.
const PREPARED: usize = 256;

/// Why a statement failed.
#[derive(Debug)]
pub(super) enum Failed {
    /// The server, or the way to it.
    There(tokio_postgres::Error),
    /// Before it was sent.
    Here(Error),
    /// While its rows came.
    Midway(Error),
}

impl From<tokio_postgres::Error> for Failed {
    fn from(error: tokio_postgres::Error) -> Failed {
        Failed::There(error)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        Failed::Here(error)
    }
}

impl Failed {
    pub(super) fn into_error(self, commits: Commits) -> Error {
        match self {
            Failed::There(error) => failure::of_statement(&error, commits),
            Failed::Here(error) | Failed::Midway(error) => error,
        }
    }
}

/// A result: its first rows, and where the rest comes from.
pub(super) struct Answer {
    pub(super) columns: Columns,
    pub(super) first: Vec<Vec<Value>>,
    pub(super) rest: Rest,
}

pub(super) enum Rest {
    /// It has ended.
    Ended(Outcome),
    /// There are more rows.
    More(Unread),
}

/// Rows that are still to come. Asked again after their end, they have ended.
pub(super) type Unread = Pin<Box<Fuse<RowStream>>>;

/// Whether a statement failed because it was prepared before its table changed. It did nothing, and is prepared anew the
/// next time.
pub(super) fn is_stale<T>(conn: &Conn, sql: &str, ran: &std::result::Result<T, Failed>) -> bool {
    matches!(ran, Err(Failed::There(error)) if failure::is_stale(error)) && conn.forget(sql)
}

/// Runs a statement up to its end, or to as many rows as are read ahead.
pub(super) async fn run(
    conn: &Conn,
    statement: &Statement,
    look: Look,
    limits: &DbLimits,
) -> std::result::Result<Answer, Failed> {
    if statement.params.len() > limits.parameters {
        let why = "the statement has too many parameters";
        return Err(failure::error(ErrorKind::LimitExceeded, "54000", why).into());
    }
    let client = conn.client();
    if client.statement_cache.size() >= PREPARED {
        client.statement_cache.clear();
    }
    let prepared = client.prepare_cached(&statement.sql).await?;
    let columns = decode::columns(&prepared)?;
    let bound = encode::bind(statement.params.clone(), prepared.params(), limits)?;
    if conn.is_cancelled() {
        // The deadline passed while it was prepared: what was sent to stop it may be too early for the statement itself.
        return Err(failure::too_late().into());
    }
    let rows = client.query_raw(&prepared, bound).await?;
    let mut rows = Box::pin(rows.fuse());
    let (mut first, mut size) = (Vec::new(), 0);
    while let Some(row) = rows.next().await {
        let (values, bytes) = decode::row(&row?).map_err(Failed::Midway)?;
        first.push(values);
        size += bytes;
        if look.reads && (first.len() >= AHEAD || size >= AHEAD_BYTES) {
            return Ok(Answer { columns, first, rest: Rest::More(rows) });
        }
        if size > RETURNED_BYTES {
            let why = "a statement that writes returns more rows than are held for it";
            let error = failure::error(ErrorKind::LimitExceeded, "54000", why);
            return Err(Failed::Midway(error.with_effect(Effect::MaybeApplied)));
        }
    }
    let mut outcome = Outcome::default();
    if look.counts {
        outcome.rows_affected = rows.as_ref().get_ref().get_ref().rows_affected().unwrap_or(0);
    }
    Ok(Answer { columns, first, rest: Rest::Ended(outcome) })
}

/// The next rows; none at the end.
pub(super) async fn more(
    mut poll: impl FnMut(&mut task::Context<'_>) -> Poll<Option<std::result::Result<Row, Failed>>> + Send,
) -> std::result::Result<Vec<Vec<Value>>, Failed> {
    let (mut found, mut size) = (Vec::new(), 0);
    while found.len() < AHEAD && size < AHEAD_BYTES {
        let Some(row) = poll_fn(&mut poll).await else { break };
        let (values, bytes) = decode::row(&row?).map_err(Failed::Midway)?;
        found.push(values);
        size += bytes;
    }
    Ok(found)
}

/// Why what was done on a connection failed, and whether the connection has an answer to everything.
#[derive(Debug)]
pub(super) struct Stopped {
    pub(super) error: Error,
    pub(super) quiet: bool,
}

impl Stopped {
    fn new(failed: Failed, commits: Commits) -> Stopped {
        let quiet = match &failed {
            Failed::There(error) => error.as_db_error().is_some(),
            Failed::Here(_) => true,
            Failed::Midway(_) => false,
        };
        Stopped { error: failed.into_error(commits), quiet }
    }

    /// Its transaction may still be open.
    pub(super) fn settle(self, conn: &Conn) -> Error {
        if self.quiet {
            conn.settle();
        }
        self.error
    }

    /// A transaction of its own has ended with the statement.
    pub(super) fn release(self, conn: &Conn) -> Error {
        if self.quiet {
            conn.release();
        }
        self.error
    }
}

/// Waits for what is done on a connection, and stops it at the deadline. Then the server has a moment to say what came of
/// it: what it says counts, and if it says nothing, what writes may have been applied.
pub(super) async fn within<T>(
    conn: &Conn,
    deadline: Instant,
    commits: Commits,
    work: impl Future<Output = std::result::Result<T, Failed>>,
) -> std::result::Result<T, Stopped> {
    conn.engage();
    let mut work = std::pin::pin!(work);
    if let Ok(done) = timeout_at(deadline.into(), &mut work).await {
        return done.map_err(|failed| Stopped::new(failed, commits));
    }
    let stopped = async {
        let (_, done) = futures_util::future::join(conn.cancel(), &mut work).await;
        done
    };
    match timeout(GRACE, stopped).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(failed)) => {
            let was_heard = matches!(failed, Failed::There(_));
            let Stopped { error, quiet } = Stopped::new(failed, commits);
            if !was_heard || error.sqlstate() != Some("57014") {
                return Err(Stopped { error, quiet });
            }
            conn.was_cancelled();
            Err(Stopped { error: late(error.effect()), quiet })
        }
        Err(_) => {
            let effect = if commits == Commits::Yes { Effect::MaybeApplied } else { Effect::NotApplied };
            Err(Stopped { error: late(effect), quiet: false })
        }
    }
}
