//! Runs requests on a connection.

use std::sync::Arc;

use credenza_core::command::Access;
use credenza_core::{
    Batch, BatchReply, Clock, Command, CommandId, Limits, Mode, Random, Reply, Request, Response, Result,
};
use credenza_embedded::Step;
use rusqlite::Connection;

use crate::db;
use crate::error::{NAME, of_engine, storage};
use crate::keyspace::Space;
use crate::sql;

/// What every step needs besides a connection.
#[derive(Debug)]
pub(crate) struct Env {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) limits: Limits,
}

impl Env {
    pub(crate) fn command(&self, space: &mut Space<'_>, command: &Command) -> Result<Reply> {
        let mut step = Step::new(space, &*self.clock, &*self.random, &self.limits);
        step.run(command.clone()).map_err(|error| error.on(NAME))
    }

    pub(crate) fn atomic(&self, space: &mut Space<'_>, batch: &Batch) -> Result<BatchReply> {
        let mut step = Step::new(space, &*self.clock, &*self.random, &self.limits);
        let mut reply = step.batch(batch.clone()).map_err(|error| error.on(NAME))?;
        reply.version = space.version();
        Ok(reply)
    }
}

/// Whether a request may change something.
pub(crate) fn writes(request: &Request) -> bool {
    request.commands().iter().any(|command| command.info().access == Access::Write)
}

/// Answers a request that changes nothing, from one snapshot; `None` if a string is longer than `max_string`.
pub(crate) fn read(
    conn: &Connection,
    env: &Env,
    request: &Request,
    max_string: i64,
) -> Option<Result<Response>> {
    let mut space = Space::reader(conn).with_max_string(max_string);
    let answer = match request {
        Request::One(Command::Get(get)) => match space.get(&get.key, &*env.clock) {
            Ok(value) => Ok(Response::One(Reply::Value(value))),
            Err(error) => Err(error.during("GET").on(NAME)),
        },
        Request::One(command) if one_statement(command.id()) => {
            env.command(&mut space, command).map(Response::One)
        }
        Request::One(command) => snapshot(conn, || env.command(&mut space, command).map(Response::One)),
        Request::Batch(batch) => snapshot(conn, || match batch.mode {
            Mode::Atomic => env.atomic(&mut space, batch).map(Response::Batch),
            Mode::Pipelined => {
                let mut replies = Vec::with_capacity(batch.commands.len());
                for (index, command) in batch.commands.iter().enumerate() {
                    match env.command(&mut space, command) {
                        Err(error) if of_engine(&error) => return Err(error),
                        reply => replies.push(reply.map_err(|error| error.at(index))),
                    }
                }
                Ok(Response::Batch(BatchReply { replies, version: None }))
            }
        }),
    };
    (!space.met_long()).then_some(answer)
}

fn snapshot<T>(conn: &Connection, work: impl FnOnce() -> Result<T>) -> Result<T> {
    db::run(conn, sql::BEGIN_READ, ()).map_err(storage)?;
    let answer = work();
    let ended = db::run(conn, sql::COMMIT, ()).or_else(|_| db::run(conn, sql::ROLLBACK, ()));
    let answer = answer?;
    ended.map_err(storage)?;
    Ok(answer)
}

/// Whether a command that reads takes one statement, which is a snapshot by itself.
fn one_statement(id: CommandId) -> bool {
    matches!(
        id,
        CommandId::GetVersioned
            | CommandId::VersionOf
            | CommandId::GetRange
            | CommandId::StrLen
            | CommandId::Ttl
            | CommandId::ExpireTime
            | CommandId::Type
            | CommandId::HLen
            | CommandId::LLen
            | CommandId::SCard
            | CommandId::ZCard
            | CommandId::Scan
    )
}
