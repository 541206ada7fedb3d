//! `vector_nearest` and `vector_rows`.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use credenza_vectors::{Best, Codes, Metric, Nearest, Rows};
use parking_lot::Mutex;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result, TransactionState};

use super::compare::{different, numbers};
use super::handle::connection;
use super::look::{Look, numbers_of};
use super::memory::{Column, Key, Known, Memory, State};
use super::{NEAREST, ROWS, watch};
use crate::database::authorizer::reserved;
use crate::database::guard::Guard;

/// How the error is recognized where a table is asked for rows that have no numbers.
pub(crate) const NO_ROWS: &str = "the rows of a view, or of a table WITHOUT ROWID, have no numbers";

/// A column that is smaller is not worth watching: it is read as quickly.
const WORTH: usize = 1 << 20;
/// The mean of so many vectors is the centre of the codes.
const SAMPLE: usize = 2_048;
/// More rows that are no vectors are not kept track of.
const ODD: usize = 1_000;
/// More changes than this part of the rows are not taken in one by one.
const CHANGED: usize = 4;

/// What searches on a connection have to do with.
#[derive(Clone, Debug)]
pub(crate) struct Searcher {
    pub(crate) memory: Arc<Memory>,
    /// The number of the database.
    pub(crate) database: u64,
    pub(crate) guard: Arc<Guard>,
    pub(crate) wanted: Wanted,
}

/// Tables that are worth watching.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    some: Arc<AtomicBool>,
    tables: Arc<Mutex<Vec<String>>>,
}

impl Wanted {
    fn add(&self, table: &str) {
        let mut tables = self.tables.lock();
        if !tables.iter().any(|known| known == table) {
            tables.push(table.to_owned());
        }
        self.some.store(true, Ordering::Relaxed);
    }

    /// Whether there are any.
    pub(crate) fn any(&self) -> bool {
        self.some.load(Ordering::Relaxed)
    }

    /// All of them, which are forgotten here.
    pub(crate) fn take(&self) -> Vec<String> {
        self.some.store(false, Ordering::Relaxed);
        std::mem::take(&mut self.tables.lock())
    }
}

pub(super) fn register(conn: &Connection, searcher: Searcher) -> Result<()> {
    for arguments in [6, 7] {
        let searcher = searcher.clone();
        conn.create_scalar_function(NEAREST, arguments, FunctionFlags::SQLITE_UTF8, move |cx| {
            searcher.run(cx)
        })?;
    }
    conn.create_aggregate_function(ROWS, 1, super::compare::PURE, Numbers)
}

/// `vector_rows`: eight bytes for each number.
struct Numbers;

impl Aggregate<Vec<u8>, Vec<u8>> for Numbers {
    fn init(&self, _: &mut Context<'_>) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn step(&self, cx: &mut Context<'_>, numbers: &mut Vec<u8>) -> Result<()> {
        numbers.extend_from_slice(&cx.get::<i64>(0)?.to_le_bytes());
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, numbers: Option<Vec<u8>>) -> Result<Vec<u8>> {
        Ok(numbers.unwrap_or_default())
    }
}

/// What was asked for.
struct Search<'a> {
    table: &'a str,
    column: &'a str,
    nearest: Nearest<'a>,
    /// Among these rows alone.
    rows: Option<Vec<i64>>,
}

impl Search<'_> {
    fn rows(&self) -> Rows<'_> {
        self.rows.as_deref().map_or(Rows::All, Rows::These)
    }

    fn score(&self, to: &[[u8; 4]], value: ValueRef<'_>) -> Result<Option<f64>> {
        Ok(self.nearest.metric.score_stored(to, numbers_of(value, to.len())?))
    }
}

/// The rows with their scores, and whether one may be missing.
type Found = (Vec<(i64, f64)>, bool);

/// What the codes say.
enum Asked {
    Found(Found),
    /// There are none that are right: the column has to be read.
    Unread,
    /// They are no use to this search.
    Otherwise,
}

impl Searcher {
    fn run(&self, cx: &Context<'_>) -> Result<Option<String>> {
        if (0..cx.len()).any(|at| cx.get_raw(at) == ValueRef::Null) {
            return Ok(None);
        }
        let (table, column, metric) = (cx.get::<String>(0)?, cx.get::<String>(1)?, cx.get::<String>(3)?);
        let stored = numbers(cx.get_raw(2))?;
        let to: Vec<f32> = stored.iter().map(|number| f32::from_le_bytes(*number)).collect();
        if reserved(&table) || table.starts_with("sqlite_") {
            return Err(Error::UserFunctionError("not authorized".into()));
        }
        let metric = match &*metric {
            "cosine" => Metric::Cosine,
            "inner_product" => Metric::InnerProduct,
            "l2" => Metric::L2,
            _ => {
                return Err(Error::UserFunctionError(
                    "vector_nearest knows the metrics cosine, inner_product and l2".into(),
                ));
            }
        };
        let rows = match cx.len() {
            7 => Some(match cx.get_raw(6).as_blob()?.as_chunks() {
                (numbers, []) => numbers.iter().map(|number| i64::from_le_bytes(*number)).collect(),
                _ => return Err(different()),
            }),
            _ => None,
        };
        let limit = usize::try_from(cx.get::<i64>(4)?).unwrap_or(0);
        let nearest = Nearest { metric, to: &to, limit, exact: cx.get(5)? };
        let search = Search { table: &table, column: &column, nearest, rows };
        let conn = connection(cx)?;
        let (rows, approximate) = self.guard.asking(|| self.search(&conn, &search, stored))?;
        let mut json = format!("{{\"approximate\":{approximate},\"rows\":[");
        for (at, (row, score)) in rows.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            // Writing into a text does not fail; the forms are ones that JSON and the engine read without loss.
            let _ = match score.is_finite() {
                true => write!(json, "{comma}[{row},{score:?}]"),
                false => write!(json, "{comma}[{row},{}9e999]", if *score < 0.0 { "-" } else { "" }),
            };
        }
        json.push_str("]}");
        Ok(Some(json))
    }

    fn search(&self, conn: &Connection, search: &Search<'_>, stored: &[[u8; 4]]) -> Result<Found> {
        let look = Look::at(conn, search.table, search.column);
        let key = |name: &str| name.to_ascii_lowercase();
        let column = self.memory.column(Key {
            database: self.database,
            table: key(search.table),
            column: key(search.column),
        });
        let schema = look.schema()?;
        // What a transaction wrote that is not committed is taken into account, and not remembered.
        let writes = conn.transaction_state(Some("main"))? == TransactionState::Write;
        let mut asked = self.ask(&look, &column, search, stored, (schema, writes))?;
        if let Asked::Unread = asked
            && !writes
        {
            look.check(search.table)?;
            match watch::find(conn, search.table)? {
                Some(watch) => {
                    if let Some(_loading) = column.loading.try_lock() {
                        let dimension = search.nearest.to.len();
                        let known = self.read(&look, &column, dimension, (schema, watch))?;
                        *column.state.write() = known.map_or(State::TooMuch { schema, dimension }, |known| {
                            State::Known(Box::new(known))
                        });
                    }
                    asked = self.ask(&look, &column, search, stored, (schema, writes))?;
                }
                None => {
                    let (found, size) = scan(&look, search, stored)?;
                    if size >= WORTH {
                        self.wanted.add(search.table);
                    }
                    return Ok((found, false));
                }
            }
        }
        match asked {
            Asked::Found(found) => Ok(found),
            Asked::Unread | Asked::Otherwise => {
                look.check(search.table)?;
                scan(&look, search, stored).map(|(found, _)| (found, false))
            }
        }
    }

    /// Searches the codes, if there are any for the state of the tables.
    fn ask(
        &self,
        look: &Look<'_>,
        column: &Arc<Column>,
        search: &Search<'_>,
        stored: &[[u8; 4]],
        (schema, writes): (i64, bool),
    ) -> Result<Asked> {
        let mut state = column.state.read();
        let mut position = 0;
        for caught_up in [false, true] {
            let known = match &*state {
                State::Known(known) if known.schema == schema => known,
                State::TooMuch { schema: known, dimension }
                    if *known == schema && *dimension == search.nearest.to.len() =>
                {
                    return Ok(Asked::Otherwise);
                }
                _ => return Ok(Asked::Unread),
            };
            position = watch::position(look.conn)?;
            if known.position >= position || writes || caught_up {
                break;
            }
            drop(state);
            if !catch_up(&self.memory, look, column, position)? {
                return Ok(Asked::Unread);
            }
            state = column.state.read();
        }
        let State::Known(known) = &*state else { return Ok(Asked::Unread) };
        if known.codes.dimension() != search.nearest.to.len() {
            // Without any, it was read for somebody who asked with another dimension.
            return if known.codes.is_empty() { Ok(Asked::Unread) } else { Err(different()) };
        }
        let changed = if known.position <= position {
            watch::changes(look.conn, known.watch, known.position, position)?
        } else {
            // Somebody who saw a later state was here.
            known.changed_since(position)
        };
        let Some(mut changed) = changed else { return Ok(Asked::Otherwise) };
        changed.extend(&known.odd);
        let mut one = look.one()?;
        let score = |row: i64| one.read(row, |value| search.score(stored, value)).map(Option::flatten);
        let approximate = known.codes.is_approximate(&search.nearest, search.rows());
        let found = known.codes.nearest(&search.nearest, search.rows(), &changed, score)?;
        Ok(Asked::Found((found, approximate)))
    }

    /// Reads the whole column; nothing if that is too much to keep.
    fn read(
        &self,
        look: &Look<'_>,
        column: &Arc<Column>,
        dimension: usize,
        (schema, watch): (i64, i64),
    ) -> Result<Option<Known>> {
        *column.state.write() = State::Unknown;
        column.free();
        let position = watch::position(look.conn)?;
        let read = self.read_all(look, column, dimension);
        if !matches!(read, Ok(Some(_))) {
            column.free();
        }
        Ok(read?.map(|(codes, odd)| {
            let (read, recent) = (codes.len(), VecDeque::new());
            Known { schema, watch, position, codes, odd, read, recent, since: position }
        }))
    }

    fn read_all(
        &self,
        look: &Look<'_>,
        column: &Arc<Column>,
        dimension: usize,
    ) -> Result<Option<(Codes, Vec<i64>)>> {
        let mut reading = Reading { sample: Vec::new(), codes: None, odd: Vec::new(), dimension };
        let mut all = look.all()?;
        let mut rows = all.query([])?;
        let mut reserved = 0;
        while let Some(row) = rows.next()? {
            reading.add(row.get(0)?, row.get_ref(1)?);
            let read = reading.len();
            if read >= reserved {
                reserved = read + read / 4;
                if !self.memory.reserve(column, room(dimension, read)) {
                    return Ok(None);
                }
            }
            if reading.odd.len() > ODD {
                return Ok(None);
            }
        }
        Ok(Some(reading.end()))
    }
}

/// Codes that are being made.
struct Reading {
    /// The first vectors: their mean is the centre.
    sample: Vec<(i64, Vec<f32>)>,
    codes: Option<Codes>,
    odd: Vec<i64>,
    dimension: usize,
}

impl Reading {
    fn len(&self) -> usize {
        self.codes.as_ref().map_or(self.sample.len(), Codes::len)
    }

    fn add(&mut self, row: i64, value: ValueRef<'_>) {
        let Some(vector) = vector(value, self.dimension) else {
            self.odd.push(row);
            return;
        };
        match &mut self.codes {
            Some(codes) => _ = codes.insert(row, &vector),
            None => {
                self.sample.push((row, vector));
                if self.sample.len() == SAMPLE {
                    self.encode();
                }
            }
        }
    }

    fn encode(&mut self) {
        let mut centre = vec![0.0; self.dimension];
        let part = 1.0 / self.sample.len().max(1) as f32;
        for (_, vector) in &self.sample {
            centre.iter_mut().zip(vector).for_each(|(sum, number)| *sum += number * part);
        }
        let mut codes = Codes::new(self.dimension, centre);
        for (row, vector) in self.sample.drain(..) {
            codes.insert(row, &vector);
        }
        self.codes = Some(codes);
    }

    fn end(mut self) -> (Codes, Vec<i64>) {
        if self.codes.is_none() {
            self.encode();
        }
        let codes = self.codes.unwrap_or_else(|| Codes::new(self.dimension, vec![0.0; self.dimension]));
        (codes, self.odd)
    }
}

/// A vector that can have codes.
fn vector(value: ValueRef<'_>, dimension: usize) -> Option<Vec<f32>> {
    let numbers = numbers_of(value, dimension).ok()?;
    let vector: Vec<f32> = numbers.iter().map(|number| f32::from_le_bytes(*number)).collect();
    vector.iter().all(|number| number.is_finite()).then_some(vector)
}

/// Takes in what has changed up to a position; false if the column has to be read anew.
fn catch_up(memory: &Memory, look: &Look<'_>, column: &Arc<Column>, position: i64) -> Result<bool> {
    let mut state = column.state.write();
    let State::Known(known) = &mut *state else { return Ok(false) };
    if known.position >= position {
        return Ok(true);
    }
    let changes = watch::changes(look.conn, known.watch, known.position, position)?;
    let grown = known.codes.len() > known.read.max(SAMPLE) * CHANGED;
    let Some(changes) =
        changes.filter(|rows| !grown && rows.len() <= SAMPLE.max(known.codes.len() / CHANGED))
    else {
        *state = State::Unknown;
        column.free();
        return Ok(false);
    };
    let mut one = look.one()?;
    let dimension = known.codes.dimension();
    for row in &changes {
        let now = one.read(*row, |value| Ok(vector(value, dimension)));
        let now = match now {
            Ok(now) => now,
            Err(failed) => {
                // Some were taken in, and nothing says which.
                *state = State::Unknown;
                column.free();
                return Err(failed);
            }
        };
        known.odd.retain(|odd| odd != row);
        match now {
            Some(Some(vector)) => _ = known.codes.insert(*row, &vector),
            Some(None) => {
                known.codes.remove(*row);
                known.odd.push(*row);
            }
            None => _ = known.codes.remove(*row),
        }
    }
    if known.odd.len() > ODD || !memory.reserve(column, room(dimension, known.codes.len())) {
        *state = State::Unknown;
        column.free();
        return Ok(false);
    }
    known.note(&changes, position);
    Ok(true)
}

/// As many bytes as the codes of so many rows have room for, as they grow.
fn room(dimension: usize, rows: usize) -> usize {
    Codes::size(dimension, rows + rows / 4 + SAMPLE)
}

/// Compares every row; the nearest, and how many bytes of vectors were read.
fn scan(look: &Look<'_>, search: &Search<'_>, stored: &[[u8; 4]]) -> Result<(Vec<(i64, f64)>, usize)> {
    let mut best = Best::new(search.nearest.limit);
    let mut compared = 0;
    let mut add = |row: i64, value: ValueRef<'_>| -> Result<()> {
        compared += 1;
        if let Some(score) = search.score(stored, value)? {
            best.add(row, score);
        }
        Ok(())
    };
    match &search.rows {
        None => {
            let mut all = look.all()?;
            let mut rows = all.query([])?;
            while let Some(row) = rows.next()? {
                add(row.get(0)?, row.get_ref(1)?)?;
            }
        }
        Some(rows) => {
            let mut one = look.one()?;
            for row in rows {
                one.read(*row, |value| add(*row, value))?;
            }
        }
    }
    Ok((best.into_sorted(), compared * search.nearest.to.len() * 4))
}
