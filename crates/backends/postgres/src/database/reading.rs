//! Results whose rows come as they are asked for.

use std::future::Future;
use std::time::Instant;

use credenza_core::db::{Chunk, Outcome, Rows, Value};
use credenza_core::{Effect, Result};
use futures_core::Stream;
use futures_util::StreamExt;
use tokio::time::timeout_at;

use super::failure::late;
use super::session::{Answer, Failed, Rest, Unread, more};
use crate::conn::Conn;
use crate::error::Commits;

/// Where rows come from.
pub(super) trait Source: Send {
    /// The next rows, or the end.
    fn next(&mut self) -> impl Future<Output = Result<Chunk>> + Send;
}

/// The rows that are there, and then those of the source, up to its end or its first error.
pub(super) fn chunks(
    first: Vec<Vec<Value>>,
    source: impl Source,
) -> impl Stream<Item = Result<Chunk>> + Send {
    futures_util::stream::unfold((Some(first), Some(source)), async |(first, source)| {
        if let Some(first) = first {
            return Some((Ok(Chunk::Rows(first)), (None, source)));
        }
        let mut source = source?;
        let next = source.next().await;
        let more = matches!(next, Ok(Chunk::Rows(_)));
        Some((next, (None, more.then_some(source))))
    })
}

/// Rows as a part of a result; none are its end. Only what reads is read this way, and it counts nothing.
pub(super) fn chunk(found: std::result::Result<Vec<Vec<Value>>, Failed>) -> Result<Chunk> {
    let found = found.map_err(|failed| failed.into_error(Commits::No))?;
    Ok(if found.is_empty() { Chunk::End(Outcome::default()) } else { Chunk::Rows(found) })
}

/// A result of a statement that is its own transaction: it keeps its connection until its last row.
pub(super) fn of_statement(answer: Answer, conn: Conn, deadline: Instant) -> Rows {
    match answer.rest {
        Rest::Ended(outcome) => {
            conn.release();
            Rows::ready(answer.columns, answer.first, outcome)
        }
        Rest::More(rows) => {
            Rows::streamed(answer.columns, chunks(answer.first, Reading { conn, rows, deadline }))
        }
    }
}

struct Reading {
    /// Dropped before the end, it is brought to rest.
    conn: Conn,
    rows: Unread,
    deadline: Instant,
}

impl Source for Reading {
    async fn next(&mut self) -> Result<Chunk> {
        let rows = &mut self.rows;
        let next = more(|cx| rows.poll_next_unpin(cx).map_err(Failed::There));
        let chunk = match timeout_at(self.deadline.into(), next).await {
            Ok(found) => chunk(found)?,
            Err(_) => return Err(late(Effect::NotApplied)),
        };
        if let Chunk::End(_) = chunk {
            self.conn.release();
        }
        Ok(chunk)
    }
}
