//! The task that gives room back: keys that expired, removed collections, old messages.

use std::time::Duration;

use credenza_core::Result;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::timeout_at;
use tokio_postgres::Row;

use crate::conn::Conn;
use crate::error::{Commits, closed, late, shape, statement};
use crate::keyspace::Form;
use crate::param::Param;
use crate::sql;
use crate::store::Shared;
use crate::ticket::instant;

/// Keys, and elements of removed collections, that one step of cleaning takes.
const STEP: i64 = 500;
/// A row that is no key any more stays for so long, in milliseconds: a write that began before it was removed still
/// finds it, and gives its own version after the one that stood there.
const GRACE: i64 = 60_000;
/// Between steps, others get their turn.
const PAUSE: Duration = Duration::from_millis(2);
/// How long messages that are kept in the table are there to be fetched.
const MESSAGES: i64 = 300_000;

/// How often the runtime's clock is kept awake; see [`tick`].
const TICK: Duration = Duration::from_secs(1);

/// What the task is asked to do.
#[derive(Debug)]
pub(crate) struct House {
    closed: Mutex<bool>,
    changed: Notify,
}

impl House {
    pub(crate) fn new() -> House {
        House { closed: Mutex::new(false), changed: Notify::new() }
    }

    /// Something was left to be collected.
    pub(crate) fn tidy(&self) {
        self.changed.notify_one();
    }

    pub(crate) fn close(&self) {
        *self.closed.lock() = true;
        self.changed.notify_one();
    }

    fn is_closed(&self) -> bool {
        *self.closed.lock()
    }
}

/// Works until the store is closed.
pub(crate) async fn work(shared: &Shared, interval: Option<Duration>) {
    let mut next_sweep = interval.map(|interval| instant() + interval);
    while !shared.house.is_closed() {
        // What fails now is done the next time.
        let _ = collect(shared).await;
        let changed = shared.house.changed.notified();
        match next_sweep {
            None => changed.await,
            Some(time) => {
                if timeout_at(time.into(), changed).await.is_err() {
                    let _ = sweep(shared).await;
                    let _ = forget_messages(shared).await;
                    next_sweep = interval.map(|interval| instant() + interval);
                }
            }
        }
    }
}

/// Sleeps, again and again, until the store is closed. A deadline that is earlier than all others that the runtime knows of
/// wakes a thread of it to be noted, which costs a request of a lone caller a good part of its time. There is always an
/// earlier one now.
pub(crate) async fn tick(shared: &Shared) {
    while !shared.house.is_closed() {
        tokio::time::sleep(TICK).await;
    }
}

/// Removes what expired, or was removed, a while ago; how many keys had expired.
pub(crate) async fn sweep(shared: &Shared) -> Result<u64> {
    let mut expired = 0;
    loop {
        if shared.house.is_closed() {
            return Err(closed());
        }
        let before = shared.env.clock.now().saturating_sub(GRACE);
        let rows = one(shared, sql::SWEEP, &[Param::Int(before), Param::Int(STEP)]).await?;
        let row = rows.first().ok_or_else(shape)?;
        let (keys, all): (i64, i64) =
            (row.try_get(0).map_err(|_| shape())?, row.try_get(1).map_err(|_| shape())?);
        expired += u64::try_from(keys).unwrap_or(0);
        if all < STEP {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    collect(shared).await?;
    Ok(expired)
}

async fn forget_messages(shared: &Shared) -> Result<()> {
    let before = shared.env.clock.now().saturating_sub(MESSAGES);
    one(shared, sql::MESSAGES_DONE, &[Param::Int(before)]).await.map(drop)
}

/// Runs a statement by itself.
async fn one(shared: &Shared, sql: &'static str, params: &[Param]) -> Result<Vec<Row>> {
    let deadline = instant() + shared.timeout;
    let work = async {
        let conn = shared.pool.get(deadline).await?;
        conn.engage();
        let answer = conn.query(sql, params).await;
        if answer.is_ok() {
            conn.release();
        }
        answer.map_err(|error| statement(&error, Commits::Yes))
    };
    timeout_at(deadline.into(), work).await.unwrap_or_else(|_| Err(slow()))
}

fn slow() -> credenza_core::Error {
    late("the deadline passed while cleaning up").with_effect(credenza_core::Effect::MaybeApplied)
}

/// Removes the elements of removed collections, in small transactions.
async fn collect(shared: &Shared) -> Result<()> {
    loop {
        if shared.house.is_closed() {
            return Err(closed());
        }
        let deadline = instant() + shared.timeout;
        let more = timeout_at(deadline.into(), async {
            let conn = shared.pool.get(deadline).await?;
            conn.engage();
            let more = collect_some(&conn).await.map_err(|error| statement(&error, Commits::Yes))?;
            conn.release();
            more.transpose()
        });
        match more.await.unwrap_or_else(|_| Err(slow()))? {
            Some(()) => tokio::time::sleep(PAUSE).await,
            None => return Ok(()),
        }
    }
}

/// One transaction; whether there may be more to do.
async fn collect_some(conn: &Conn) -> std::result::Result<Option<Result<()>>, tokio_postgres::Error> {
    conn.run(sql::BEGIN_WRITE).await?;
    let found = conn.query(sql::GARBAGE, &[]).await?;
    let Some(row) = found.first() else {
        conn.run(sql::COMMIT).await?;
        return Ok(None);
    };
    let (id, form): (i64, i16) = (row.try_get(0)?, row.try_get(1)?);
    let form = match Form::read(form) {
        Ok(form) => form,
        Err(error) => {
            conn.run(sql::ROLLBACK).await?;
            return Ok(Some(Err(error)));
        }
    };
    let sql = match form {
        Form::Gone | Form::String => None,
        Form::Hash => Some(sql::HASH_DROP),
        Form::Set => Some(sql::SET_DROP),
        Form::List | Form::UnevenList => Some(sql::LIST_DROP),
        Form::SortedSet => Some(sql::ZSET_DROP),
    };
    let dropped = match sql {
        Some(sql) => conn.execute(sql, &[Param::Int(id), Param::Int(STEP)]).await?,
        None => 0,
    };
    if i64::try_from(dropped).unwrap_or(i64::MAX) < STEP {
        conn.execute(sql::GARBAGE_DONE, &[Param::Int(id)]).await?;
    }
    conn.run(sql::COMMIT).await?;
    Ok(Some(Ok(())))
}
