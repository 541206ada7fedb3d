//! Requests as transactions: the rows of their keys are locked and read, the rules run, what they changed is written.

use std::sync::Arc;
use std::time::{Duration, Instant};

use credenza_core::{
    BatchReply, Clock, Effect, Error, ErrorKind, Limits, Mode, Random, Request, Response, Result, Version,
};
use credenza_embedded::Step;
use futures_util::future::{OptionFuture, join, join_all, join4};
use tokio::time::timeout_at;

use crate::conn::Conn;
use crate::error::{Commits, NAME, late, shape, statement, worth_a_retry};
use crate::keyspace::{Io, Rows, Space};
use crate::param::Param;
use crate::plan::Plan;
use crate::pool::millis;
use crate::sql;
use crate::store::Shared;
use crate::ticket::{Ticket, instant};

/// How often a transaction is tried that meets another one.
const ATTEMPTS: u32 = 8;
/// The first pause after that; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(2);

/// What every step needs besides its rows.
#[derive(Debug)]
pub(crate) struct Env {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) limits: Limits,
}

/// A time that stands still.
#[derive(Debug)]
pub(crate) struct Now(pub(crate) i64);

impl Clock for Now {
    fn now(&self) -> i64 {
        self.0
    }
}

impl Env {
    /// Runs the commands of a request. One that fails for a reason of its own has changed nothing.
    pub(crate) fn apply(
        &self,
        space: &mut Space<'_>,
        clock: &dyn Clock,
        request: Request,
    ) -> Result<Response> {
        let mut run = |command| {
            let mut step = Step::new(&mut *space, clock, &*self.random, &self.limits);
            step.run(command).map_err(|error: Error| error.on(NAME))
        };
        match request {
            Request::One(command) => run(command).map(Response::One),
            Request::Batch(batch) if batch.mode == Mode::Pipelined => {
                let mut replies = Vec::with_capacity(batch.commands.len());
                for (index, command) in batch.commands.into_iter().enumerate() {
                    match run(command) {
                        Err(error) if of_server(&error) => return Err(error),
                        reply => replies.push(reply.map_err(|error| error.at(index))),
                    }
                }
                Ok(Response::Batch(BatchReply { replies, version: None }))
            }
            Request::Batch(batch) => {
                let mut step = Step::new(space, clock, &*self.random, &self.limits);
                step.batch(batch).map(Response::Batch).map_err(|error| error.on(NAME))
            }
        }
    }
}

/// Whether the server or the way to it failed, and not a command for a reason of its own.
fn of_server(error: &Error) -> bool {
    error.sqlstate().is_some()
        || matches!(
            error.kind(),
            ErrorKind::Unavailable
                | ErrorKind::Timeout
                | ErrorKind::Conflict
                | ErrorKind::Busy
                | ErrorKind::Internal
                | ErrorKind::Corrupt
        )
}

fn was_lost(error: &Error) -> bool {
    error.kind() == ErrorKind::Unavailable && error.effect() == Effect::NotApplied
}

/// Runs a request, and tries again where another transaction was in the way.
pub(crate) async fn run(
    shared: &Arc<Shared>,
    request: Request,
    plan: &Plan,
    ticket: &Ticket,
    deadline: Instant,
) -> Result<Response> {
    let mut pause = PAUSE;
    for attempt in 1..ATTEMPTS {
        match once(shared, request.clone(), plan, ticket, deadline).await {
            // A connection that has died in the pool is replaced.
            Err(error) if attempt == 1 && was_lost(&error) => ticket.reopen(),
            Err(error) if worth_a_retry(&error) && instant() + pause < deadline => {
                ticket.reopen();
                // Those who met must not meet again.
                let part = shared.env.random.below(u64::try_from(pause.as_micros()).unwrap_or(u64::MAX));
                tokio::time::sleep(pause / 2 + Duration::from_micros(part)).await;
                pause *= 2;
            }
            outcome => return outcome,
        }
    }
    once(shared, request, plan, ticket, deadline).await
}

async fn once(
    shared: &Arc<Shared>,
    request: Request,
    plan: &Plan,
    ticket: &Ticket,
    deadline: Instant,
) -> Result<Response> {
    let conn = shared.pool.get(deadline).await?;
    conn.engage();
    let clock: Arc<dyn Clock> = match plan.writes {
        true => Arc::clone(&shared.env.clock),
        // What is read is as old as the first statement, so the time is, too.
        false => Arc::new(Now(shared.env.clock.now())),
    };
    let begun = timeout_at(deadline.into(), begin(&conn, plan, shared, deadline)).await;
    let rows = match begun.unwrap_or_else(|_| Err(late("the deadline passed before the keys were locked"))) {
        Ok(rows) => rows,
        Err(error) => return Err(take_back(conn, error, deadline).await),
    };
    let (conn, mut rows, answer) = step(shared, conn, rows, clock, request, plan.elements, deadline).await?;
    let mut response = match answer {
        Ok(response) => response,
        Err(error) => return Err(take_back(conn, error, deadline).await),
    };
    if !plan.writes {
        end_reading(shared, conn, deadline);
        return Ok(response);
    }
    commit(shared, conn, &mut rows, ticket, deadline).await?;
    if let Response::Batch(reply) = &mut response
        && plan.versioned
    {
        reply.version = rows.version().map(|version| Version::new(version.unsigned_abs()));
    }
    Ok(response)
}

/// Begins the transaction and reads the rows of its keys: one round trip.
async fn begin(conn: &Conn, plan: &Plan, shared: &Shared, deadline: Instant) -> Result<Rows> {
    let error = |error| statement(&error, Commits::No);
    let select = match plan {
        Plan { writes: true, lock_absent: false, .. } => sql::ROWS_LOCKED,
        _ => sql::ROWS,
    };
    let lock = (plan.writes && plan.lock_absent && !plan.keys.is_empty()).then_some(sql::LOCK);
    let stamp = plan.writes.then_some(sql::STAMP);
    let select = (!plan.keys.is_empty()).then_some(select);
    // So that each is sent at once, and in this order.
    for sql in [lock, select, stamp].into_iter().flatten() {
        conn.prepare(sql).await.map_err(error)?;
    }
    let text = opening(plan, shared, deadline);
    let keys = [Param::keys(&plan.keys)];
    let read = [Param::keys(&plan.keys), Param::Int(i64::from(plan.values))];
    let (begun, locked, found, stamp) = join4(
        conn.run(&text),
        OptionFuture::from(lock.map(|sql| conn.execute(sql, &keys))),
        OptionFuture::from(select.map(|sql| conn.query(sql, &read))),
        OptionFuture::from(stamp.map(|sql| conn.query(sql, &[]))),
    )
    .await;
    begun.map_err(error)?;
    locked.transpose().map_err(error)?;
    let found = found.transpose().map_err(error)?.unwrap_or_default();
    let mut rows = Rows::of(&plan.keys);
    for found in &found {
        rows.fill(found, plan.values, lock.is_some())?;
    }
    match stamp.transpose().map_err(error)? {
        Some(stamp) => {
            let stamp: i64 = stamp.first().ok_or_else(shape)?.try_get(0).map_err(|_| shape())?;
            Ok(rows.with_stamp(stamp))
        }
        None => Ok(rows),
    }
}

/// What a transaction begins with.
fn opening(plan: &Plan, shared: &Shared, deadline: Instant) -> String {
    let mut text = String::from(if plan.writes { sql::BEGIN_WRITE } else { sql::BEGIN_READ });
    let left = deadline.saturating_duration_since(instant());
    // Sessions behind a pooler are set up by nobody else.
    if shared.pooler || left < shared.timeout.mul_f32(0.9) {
        let left = millis(left);
        text += &format!("; SET LOCAL statement_timeout = '{left}'; SET LOCAL lock_timeout = '{left}'");
    }
    if shared.pooler && plan.writes && shared.durable {
        text += "; SET LOCAL synchronous_commit = 'on'";
    }
    if plan.alone {
        text += "; ";
        text += sql::LOCK_ALL;
    }
    text
}

/// Runs the rules: in place if the rows are all they need, else on a thread that may block. There are no more threads
/// than connections.
async fn step(
    shared: &Arc<Shared>,
    conn: Conn,
    mut rows: Rows,
    clock: Arc<dyn Clock>,
    request: Request,
    elements: bool,
    deadline: Instant,
) -> Result<(Conn, Rows, Result<Response>)> {
    if !elements {
        let answer = shared.env.apply(&mut Space::new(&mut rows, None, &shared.ids), &*clock, request);
        return Ok((conn, rows, answer));
    }
    let of = Arc::clone(shared);
    let work = move || {
        let handle = of.pool.handle();
        let answer = {
            let mut space = Space::new(&mut rows, Some(Io::new(&conn, handle, deadline)), &of.ids);
            let ahead = space.look_ahead(request.commands());
            let answer = ahead.and_then(|()| of.env.apply(&mut space, &*clock, request));
            let settled = space.settle();
            answer.and_then(|response| settled.map(|()| response))
        };
        (conn, rows, answer)
    };
    let panicked = |error| Error::internal("a request panicked").on(NAME).with_source(error);
    shared.pool.handle().spawn_blocking(work).await.map_err(panicked)
}

/// Writes what the step left, and commits: one round trip.
async fn commit(
    shared: &Shared,
    conn: Conn,
    rows: &mut Rows,
    ticket: &Ticket,
    deadline: Instant,
) -> Result<()> {
    let writes = rows.writes(shared.env.clock.now(), true);
    for (sql, _) in &writes {
        if let Err(error) = conn.prepare(sql).await {
            return Err(take_back(conn, statement(&error, Commits::No), deadline).await);
        }
    }
    if !ticket.commit() {
        let error = late("the deadline passed before the request was committed");
        return Err(take_back(conn, error, deadline).await);
    }
    let written = join_all(writes.iter().map(|(sql, params)| conn.execute(sql, params)));
    let both = timeout_at(deadline.into(), join(written, conn.run(sql::COMMIT))).await;
    let Ok((written, committed)) = both else { return Err(ticket.late()) };
    if let Some(error) = written.into_iter().find_map(Result::err) {
        // A transaction with a statement that was refused is not committed, whatever it is asked.
        let refused = error.as_db_error().is_some();
        if refused && committed.is_ok() {
            conn.release();
        }
        return Err(statement(&error, if refused { Commits::No } else { Commits::Yes }));
    }
    committed.map_err(|error| statement(&error, Commits::Yes))?;
    conn.release();
    if rows.discarded() {
        shared.house.tidy();
    }
    Ok(())
}

/// The error, after its transaction was taken back.
async fn take_back(conn: Conn, error: Error, deadline: Instant) -> Error {
    if let Ok(Ok(())) = timeout_at(deadline.into(), conn.run(sql::ROLLBACK)).await {
        conn.release();
    }
    error
}

/// Ends a transaction that read. Nobody waits for that.
fn end_reading(shared: &Shared, conn: Conn, deadline: Instant) {
    shared.pool.handle().spawn(async move {
        if let Ok(Ok(())) = timeout_at(deadline.into(), conn.run(sql::COMMIT)).await {
            conn.release();
        }
    });
}
