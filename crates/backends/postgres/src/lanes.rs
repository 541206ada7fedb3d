//! What many callers want at the same time, as one statement.
//!
//! A lane has a queue and a task. Who comes while nobody works runs its own statement at once; the others wait for
//! the task, which takes all that wait. While a statement is on its way, the next ones gather, so groups grow with
//! the load and no timer is needed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use credenza_core::Result;
use tokio::sync::oneshot;
use tokio::time::timeout_at;
use tokio_postgres::Row as Found;

use crate::conn::Conn;
use crate::error::{Commits, again, closed, has_code, late, statement, worth_a_retry};
use crate::keyspace::{Row, Rows};
use crate::param::{Blob, Param};
use crate::plan::{Plan, Put};
use crate::pool::Pool;
use crate::queue::Queue;
use crate::sql;
use crate::ticket::Ticket;

/// How often a group is tried again that met another transaction.
const ATTEMPTS: u32 = 5;
/// A constraint of the tables: here the one that keeps collections from being overwritten blindly.
const CHECK_VIOLATION: &str = "23514";
/// Somebody else holds a row.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Rows that somebody waits for.
#[derive(Debug)]
pub(crate) struct Look {
    keys: Vec<Bytes>,
    values: bool,
    deadline: Instant,
    reply: oneshot::Sender<Result<Rows>>,
}

/// Strings that somebody stores.
#[derive(Debug)]
pub(crate) struct Store {
    puts: Vec<Put>,
    deadline: Instant,
    ticket: Arc<Ticket>,
    reply: oneshot::Sender<Result<Stored>>,
}

/// What became of strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    Yes,
    /// A collection stands in the way of one; nothing was stored.
    InTheWay,
    /// The row of one is locked by somebody else; nothing was stored.
    Locked,
}

/// Both lanes of a store.
#[derive(Debug)]
pub(crate) struct Lanes {
    looks: Queue<Look>,
    stores: Queue<Store>,
}

impl Lanes {
    pub(crate) fn new() -> Lanes {
        Lanes { looks: Queue::new(false), stores: Queue::new(true) }
    }

    pub(crate) fn close(&self) {
        self.looks.close();
        self.stores.close();
    }

    /// The rows of the keys of a plan, as they are at one moment.
    pub(crate) async fn look(&self, pool: &Pool, plan: &Plan, deadline: Instant) -> Result<Rows> {
        let late = || late("the deadline passed before the server answered");
        if let Some(turn) = self.looks.alone() {
            let work = fetch(pool, &plan.keys, plan.values, deadline);
            let rows = timeout_at(deadline.into(), work).await.map_err(|_| late())?;
            drop(turn);
            return rows;
        }
        let (reply, answer) = oneshot::channel();
        let size = plan.keys.iter().map(Bytes::len).sum();
        self.looks.push(Look { keys: plan.keys.clone(), values: plan.values, deadline, reply }, size)?;
        timeout_at(deadline.into(), answer).await.map_err(|_| late())?.map_err(|_| closed())?
    }

    /// Stores strings.
    pub(crate) async fn store(&self, pool: &Pool, puts: Vec<Put>, deadline: Instant) -> Result<Stored> {
        let ticket = Arc::new(Ticket::default());
        if let Some(turn) = self.stores.alone() {
            let work = put(pool, &puts, Some(&ticket), deadline);
            let stored = timeout_at(deadline.into(), work).await.map_err(|_| ticket.late())?;
            drop(turn);
            return stored;
        }
        let (reply, answer) = oneshot::channel();
        let size = puts.iter().map(|put| put.key.len() + put.value.len()).sum();
        let _taken_back_when_dropped = GiveUp(&ticket);
        self.stores.push(Store { puts, deadline, ticket: Arc::clone(&ticket), reply }, size)?;
        let answer = timeout_at(deadline.into(), answer).await.map_err(|_| ticket.late())?;
        answer.map_err(|_| closed().with_effect(ticket.give_up()))?
    }
}

/// Takes a job back that nobody waits for any more, if it was not started. Afterwards it does nothing.
struct GiveUp<'a>(&'a Ticket);

impl Drop for GiveUp<'_> {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

async fn fetch(pool: &Pool, keys: &[Bytes], values: bool, deadline: Instant) -> Result<Rows> {
    let mut rows = Rows::of(keys);
    match keys {
        [] => {}
        [key] => {
            let params = [Param::Bytes(Blob(key.clone())), Param::Int(i64::from(values))];
            if let Some(found) = read(pool, sql::ROW, &params, deadline).await?.first() {
                rows.put(key, Row::read(found, 0, values)?.0);
            }
        }
        keys => {
            let params = [Param::keys(keys), Param::Int(i64::from(values))];
            for found in &read(pool, sql::ROWS, &params, deadline).await? {
                rows.fill(found, values, false)?;
            }
        }
    }
    Ok(rows)
}

/// Runs a statement that reads. If the connection turns out to be dead, another one is tried.
async fn read(pool: &Pool, sql: &'static str, params: &[Param], deadline: Instant) -> Result<Vec<Found>> {
    let mut tried = false;
    loop {
        let conn = pool.get(deadline).await?;
        conn.engage();
        let answer = conn.query(sql, params).await;
        match answer {
            Ok(found) => {
                conn.release();
                return Ok(found);
            }
            Err(error) if error.as_db_error().is_none() && !tried => tried = true,
            Err(error) => {
                if error.as_db_error().is_some() {
                    conn.release();
                }
                return Err(statement(&error, Commits::No));
            }
        }
    }
}

/// Stores strings with one statement. Of two for one key, the later one stays.
async fn put(pool: &Pool, puts: &[Put], ticket: Option<&Ticket>, deadline: Instant) -> Result<Stored> {
    // In the order of the keys, as everybody locks them.
    let last: BTreeMap<&Bytes, &Put> = puts.iter().map(|put| (&put.key, put)).collect();
    let params = [
        Param::AllBytes(last.keys().map(|key| Blob((*key).clone())).collect()),
        Param::MaybeInts(last.values().map(|put| put.expires_at).collect()),
        Param::AllBytes(last.values().map(|put| Blob(put.value.clone())).collect()),
    ];
    let mut attempt = 1;
    loop {
        let conn: Conn = pool.get(deadline).await?;
        conn.engage();
        conn.prepare(sql::PUT).await.map_err(|error| statement(&error, Commits::No))?;
        if ticket.is_some_and(|ticket| !ticket.commit()) {
            conn.release();
            return Err(late("the deadline passed before the request was started"));
        }
        let answer = conn.execute(sql::PUT, &params).await;
        let error = match answer {
            Ok(_) => {
                conn.release();
                return Ok(Stored::Yes);
            }
            Err(error) => error,
        };
        if error.as_db_error().is_some() {
            conn.release();
        }
        if has_code(&error, CHECK_VIOLATION) {
            return Ok(Stored::InTheWay);
        }
        if has_code(&error, LOCK_NOT_AVAILABLE) {
            return Ok(Stored::Locked);
        }
        let error = statement(&error, Commits::Yes);
        if attempt == ATTEMPTS || !worth_a_retry(&error) {
            return Err(error);
        }
        attempt += 1;
    }
}

/// The task that answers who waits for rows, until the queue is closed.
pub(crate) async fn answer_looks(lanes: &Lanes, pool: &Pool) {
    while let Some((jobs, turn)) = lanes.looks.take(|job| !job.reply.is_closed()).await {
        let deadline = jobs.iter().map(|job| job.deadline).max().unwrap_or_else(crate::ticket::instant);
        let answer = timeout_at(deadline.into(), look_up(pool, &jobs, deadline)).await;
        drop(turn);
        match answer {
            Ok(Ok(found)) => {
                for job in jobs {
                    let mut rows = Rows::of(&job.keys);
                    for key in &job.keys {
                        if let Some(row) = found.get(key) {
                            rows.put(key, Some(row.clone()));
                        }
                    }
                    let _ = job.reply.send(Ok(rows));
                }
            }
            Ok(Err(error)) => {
                for job in jobs {
                    let _ = job.reply.send(Err(again(&error)));
                }
            }
            // All of them have given up.
            Err(_) => {}
        }
    }
}

/// The rows that any of the jobs is after.
async fn look_up(pool: &Pool, jobs: &[Look], deadline: Instant) -> Result<HashMap<Bytes, Row>> {
    let mut keys: Vec<Bytes> = jobs.iter().flat_map(|job| job.keys.iter().cloned()).collect();
    keys.sort_unstable();
    keys.dedup();
    let values = jobs.iter().any(|job| job.values);
    let params = [Param::keys(&keys), Param::Int(i64::from(values))];
    let found = read(pool, sql::ROWS, &params, deadline).await?;
    let mut rows = HashMap::with_capacity(found.len());
    for found in &found {
        if let (Some(row), _) = Row::read(found, 1, values)? {
            let key: &[u8] = found.try_get(0).map_err(|_| crate::error::shape())?;
            rows.insert(Bytes::copy_from_slice(key), row);
        }
    }
    Ok(rows)
}

/// The task that stores what waits, until the queue is closed.
pub(crate) async fn store_all(lanes: &Lanes, pool: &Pool) {
    while let Some((jobs, turn)) = lanes.stores.take(|job| job.ticket.commit()).await {
        // Halves are tried one after the other where a collection stands in the way of some.
        let mut groups = vec![jobs];
        while let Some(mut jobs) = groups.pop() {
            let deadline = jobs.iter().map(|job| job.deadline).max().unwrap_or_else(crate::ticket::instant);
            let puts: Vec<Put> = jobs.iter().flat_map(|job| job.puts.iter().cloned()).collect();
            match timeout_at(deadline.into(), put(pool, &puts, None, deadline)).await {
                Ok(Ok(Stored::InTheWay)) if jobs.len() > 1 => {
                    let second = jobs.split_off(jobs.len() / 2);
                    groups.push(second);
                    groups.push(jobs);
                }
                Ok(answer) => {
                    for job in jobs {
                        let _ = job.reply.send(answer.as_ref().copied().map_err(again));
                    }
                }
                // All of them have given up.
                Err(_) => {}
            }
        }
        drop(turn);
    }
}
