//! Running a statement on a connection, in place or for a pipe.

use std::sync::Arc;
use std::time::Instant;

use credenza_core::db::{Columns, Outcome, Rows, Statement, Value};
use credenza_core::{Error, ErrorKind, Result};
use rusqlite::{CachedStatement, StatementStatus, ffi};

use super::bind;
use super::conn::{Conn, Own};
use super::failure::{closed, denied, error, of_engine, of_statement, perhaps_committed, read_only, timeout};
use super::guard::{Guard, Leash, Stopped};
use super::known::{Kind, Known, LONG, columns};
use super::pipe::{Blocked, First, Inlet};
use super::schema::Noted;
use crate::pace::instant;

/// What is done in place has so many thousands of steps at most.
const BUDGET: u32 = 20;
/// A result that is larger is not made in place.
const IN_PLACE_ROWS: usize = 1_024;
const IN_PLACE_BYTES: usize = 256 << 10;
/// A write that commits by itself and returns rows has them in memory before the first is read: no more than this.
const MOST_RETURNED: usize = 64 << 20;
/// A chunk is full with so many rows or bytes. The first is smaller, for whoever wants a few.
const CHUNK_ROWS: usize = 256;
const FIRST_ROWS: usize = 16;
const CHUNK_BYTES: usize = 64 << 10;
/// The engine does about so many steps in a microsecond.
const STEPS_A_MICROSECOND: u128 = 20;

/// Where a statement runs, and what it may do there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    /// A transaction was begun.
    pub(crate) transaction: bool,
    /// Writes are refused.
    pub(crate) read_only: bool,
    /// The connection only reads: a write is sent elsewhere.
    pub(crate) reader: bool,
    /// Reserved tables are allowed.
    pub(crate) reserved: bool,
    /// On the caller's thread.
    pub(crate) in_place: bool,
}

/// Why a statement did not come to its end.
#[derive(Debug)]
pub(crate) enum Halt {
    /// It failed.
    Failed(Error),
    /// It is more than is done in place, or finds the file locked. Nothing of it was applied.
    Elsewhere,
    /// It writes, and the connection only reads.
    Writes,
}

impl From<Error> for Halt {
    fn from(error: Error) -> Halt {
        Halt::Failed(error)
    }
}

impl From<rusqlite::Error> for Halt {
    fn from(failed: rusqlite::Error) -> Halt {
        match failed.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy) if !is_snapshot(&failed) => Halt::Elsewhere,
            _ => Halt::Failed(of_engine(&failed)),
        }
    }
}

fn is_snapshot(failed: &rusqlite::Error) -> bool {
    failed.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_BUSY_SNAPSHOT)
}

type Ran = std::result::Result<(Columns, Outcome), Halt>;

/// Takes the rows of a statement.
pub(crate) trait Sink {
    /// Takes a row. An error ends the statement.
    fn row(&mut self, columns: &Columns, known: &Known, row: Vec<Value>) -> std::result::Result<(), Halt>;
}

/// Runs a statement in place.
pub(crate) fn in_place(
    conn: &mut Conn,
    statement: &Statement,
    rules: Rules,
    deadline: Option<Instant>,
) -> std::result::Result<Rows, Halt> {
    let mut rows = Collected { first: None, rows: Vec::new(), bytes: 0 };
    let leash = Leash { budget: Some(BUDGET), deadline, ..Leash::default() };
    let rules = Rules { in_place: true, ..rules };
    let (columns, outcome) = run(conn, statement, rules, leash, &mut rows)?;
    if rows.rows.is_empty() {
        return Ok(Rows::single(columns, rows.first, outcome));
    }
    Ok(Rows::ready(columns, rows.rows, outcome))
}

/// Runs a statement. Its rows go into the sink.
pub(crate) fn run(
    conn: &mut Conn,
    statement: &Statement,
    rules: Rules,
    leash: Leash,
    sink: &mut impl Sink,
) -> Ran {
    let Conn { raw, guard, library, .. } = conn;
    let on = Own { raw, guard };
    let in_transaction = rules.transaction;
    guard.begin(leash, rules.reserved);
    let ran = (|| {
        let (compiled, known) = library.compile(on, &statement.sql, rules.reserved)?;
        admit(&known, rules)?;
        if rules.in_place && !known.is_quick(in_transaction) {
            return Err(Halt::Elsewhere);
        }
        if in_transaction && !known.read_only {
            // Stopped in the middle, it would take the transaction with it.
            guard.unlimit();
        }
        let noted = match &known.tables[..] {
            [] => None,
            _ => Some(Noted::begin(on, in_transaction)?),
        };
        let ran = Stepped { on, known: &known, rules, statement, sink }.run(compiled);
        if let Ok((columns, _)) = &ran
            && !columns.is_same(&known.columns)
        {
            library.forget(&statement.sql);
        }
        match noted {
            Some(noted) => noted.end(on, &known.tables, ran),
            None => ran,
        }
    })();
    guard.end();
    match ran {
        Err(Halt::Failed(failed)) if !in_transaction && !rules.reader => {
            Err(Halt::Failed(perhaps_committed(failed)))
        }
        ran => ran,
    }
}

fn admit(known: &Known, rules: Rules) -> std::result::Result<(), Halt> {
    if !known.read_only && rules.read_only {
        return Err(read_only().into());
    }
    if !known.read_only && rules.reader {
        return Err(Halt::Writes);
    }
    if known.savepoint && !rules.transaction {
        return Err(denied("a transaction is begun by `begin`, not by a statement").into());
    }
    Ok(())
}

/// A statement on its way.
struct Stepped<'a, 'c, S> {
    on: Own<'c>,
    known: &'a Known,
    rules: Rules,
    statement: &'a Statement,
    sink: &'a mut S,
}

impl<S: Sink> Stepped<'_, '_, S> {
    fn run(self, mut compiled: CachedStatement<'_>) -> Ran {
        let Stepped { on, known, rules, statement, sink } = self;
        let timed = (known.coarse || known.is_new()).then(instant);
        let last = if known.kind == Kind::Other { 0 } else { on.raw.last_insert_rowid() };
        known.names.bind(&mut compiled, &statement.params).map_err(|failed| halted(failed, known, rules))?;
        let mut found = known.columns.clone();
        let mut first = true;
        let mut rows = compiled.raw_query();
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(failed) => {
                    drop(rows);
                    return Err(self::failed(&failed, on.guard, known, rules));
                }
            };
            if first {
                first = false;
                // Tables may have been altered since the statement was compiled.
                if on.guard.take_compiled() {
                    let now = columns(row.as_ref());
                    if now != found {
                        found = now;
                    }
                }
                if !known.read_only && rules.transaction {
                    // All is written.
                    on.guard.unleash();
                }
            }
            let mut values = Vec::with_capacity(found.len());
            for index in 0..found.len() {
                values.push(bind::value(row.get_ref(index).map_err(|failed| of_engine(&failed))?));
            }
            if let Err(halt) = sink.row(&found, known, values) {
                if !known.read_only && (rules.in_place || !rules.transaction) {
                    // A statement that is left here would stay applied.
                    on.raw.get_interrupt_handle().interrupt();
                    let _ = rows.next();
                }
                return Err(halt);
            }
        }
        drop(rows);
        let steps = compiled.reset_status(StatementStatus::VmStep);
        let steps = u128::try_from(steps).unwrap_or_default();
        let timed = timed.map_or(0, |started| (instant() - started).as_micros() * STEPS_A_MICROSECOND);
        known.took(u32::try_from(steps.max(timed)).unwrap_or(u32::MAX));
        if statement.sql.len() > LONG {
            compiled.discard();
        }
        Ok((found, outcome(on, known, last)))
    }
}

fn outcome(on: Own<'_>, known: &Known, last: i64) -> Outcome {
    let mut outcome = Outcome::default();
    if known.kind == Kind::Other {
        return outcome;
    }
    outcome.rows_affected = on.raw.changes();
    if let Kind::Insert { ids: true, upsert } = known.kind
        && outcome.rows_affected > 0
    {
        let id = on.raw.last_insert_rowid();
        outcome.last_insert_id = (!upsert || id != last).then_some(id);
    }
    outcome
}

fn failed(failed: &rusqlite::Error, guard: &Guard, known: &Known, rules: Rules) -> Halt {
    let code = failed.sqlite_error_code();
    if code == Some(rusqlite::ErrorCode::DatabaseBusy) && !is_snapshot(failed) {
        return Halt::Elsewhere;
    }
    if guard.stopped() == Some(Stopped::Budget) {
        known.was_dear();
        return Halt::Elsewhere;
    }
    halted(of_statement(failed, guard), known, rules)
}

/// In place, values are smaller than they may be.
fn halted(failed: Error, known: &Known, rules: Rules) -> Halt {
    if rules.in_place && failed.kind() == ErrorKind::LimitExceeded {
        known.was_dear();
        return Halt::Elsewhere;
    }
    Halt::Failed(failed)
}

/// Rows of a statement that runs in place.
struct Collected {
    /// The only one: most results have no more.
    first: Option<Vec<Value>>,
    rows: Vec<Vec<Value>>,
    bytes: usize,
}

fn size(row: &[Value]) -> usize {
    row.iter().map(|value| size_of::<Value>() + value.size()).sum()
}

impl Sink for Collected {
    fn row(&mut self, _: &Columns, known: &Known, row: Vec<Value>) -> std::result::Result<(), Halt> {
        self.bytes += size(&row);
        if self.rows.is_empty() && self.first.is_none() {
            self.first = Some(row);
        } else {
            self.rows.extend(self.first.take());
            self.rows.push(row);
        }
        if known.read_only && (self.rows.len() > IN_PLACE_ROWS || self.bytes > IN_PLACE_BYTES) {
            known.was_dear();
            return Err(Halt::Elsewhere);
        }
        returned(self.bytes)
    }
}

fn returned(bytes: usize) -> std::result::Result<(), Halt> {
    if bytes <= MOST_RETURNED {
        return Ok(());
    }
    let message = "a write that is no part of a transaction returns too many rows at once";
    Err(error(ErrorKind::LimitExceeded, "54000", message).into())
}

/// Rows for a pipe.
pub(crate) struct Feeder {
    inlet: Inlet,
    guard: Arc<Guard>,
    deadline: Option<Instant>,
    /// Rows may be handed on before the end.
    streams: bool,
    begun: bool,
    rows: Vec<Vec<Value>>,
    bytes: usize,
}

impl Feeder {
    /// `streams` says that rows may be handed on before the end of a write.
    pub(crate) fn new(inlet: Inlet, guard: Arc<Guard>, deadline: Option<Instant>, streams: bool) -> Feeder {
        Feeder { inlet, guard, deadline, streams, begun: false, rows: Vec::new(), bytes: 0 }
    }

    /// Whether rows were handed on.
    pub(crate) fn begun(&self) -> bool {
        self.begun
    }

    /// Says how the statement ended.
    pub(crate) fn finish(mut self, ran: Result<(Columns, Outcome)>) {
        match ran {
            Err(failed) => self.inlet.fail(failed),
            Ok((columns, outcome)) if !self.begun => {
                self.inlet.first(First { columns, rows: self.rows, end: Some(outcome) });
            }
            Ok((_, outcome)) => {
                let rows = std::mem::take(&mut self.rows);
                match self.inlet.rows(rows, self.deadline, self.guard.closed()) {
                    Ok(()) | Err(Blocked::Gone) => self.inlet.end(outcome),
                    Err(Blocked::Late) => self.inlet.fail(late()),
                }
            }
        }
    }

    fn flush(&mut self, columns: &Columns) -> std::result::Result<(), Halt> {
        self.bytes = 0;
        let rows = std::mem::take(&mut self.rows);
        if !self.begun {
            self.begun = true;
            self.inlet.first(First { columns: columns.clone(), rows, end: None });
            return Ok(());
        }
        match self.inlet.rows(rows, self.deadline, self.guard.closed()) {
            Ok(()) => Ok(()),
            Err(Blocked::Late) => Err(late().into()),
            Err(Blocked::Gone) => Err(closed().into()),
        }
    }
}

fn late() -> Error {
    timeout("the deadline passed before all rows were read")
}

impl Sink for Feeder {
    fn row(&mut self, columns: &Columns, known: &Known, row: Vec<Value>) -> std::result::Result<(), Halt> {
        self.bytes += size(&row);
        self.rows.push(row);
        if !known.read_only && !self.streams {
            return returned(self.bytes);
        }
        let most = if self.begun { CHUNK_ROWS } else { FIRST_ROWS };
        if self.rows.len() >= most || self.bytes >= CHUNK_BYTES {
            return self.flush(columns);
        }
        Ok(())
    }
}
