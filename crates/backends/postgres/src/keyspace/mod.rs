//! The key space of a transaction: rows of keys in memory, elements of collections on the server.

mod ahead;
mod bulk;
mod elements;
mod io;
mod known;
mod lists;
mod rows;
mod scan;
mod zsets;

use bytes::Bytes;
use credenza_core::command::{End, Side};
use credenza_core::{Command, Cursor, Error, Field, Key, Kind, Member, Page, Result, Value, Version};
use credenza_embedded::{Entry, Keyspace, ScanKeys, Selection};
use parking_lot::Mutex;

pub(crate) use io::Io;
pub(crate) use rows::{Form, Row, Rows};

use crate::error::NAME;
use crate::param::Param;
use crate::sql;
use bulk::{Load, Task};
use known::{Element, Known};
use rows::{Body, Slot};

/// How many ids a number of the sequence stands for.
const BLOCK: i64 = 64;

/// Names for collections, from blocks that the server gives out.
#[derive(Debug, Default)]
pub(crate) struct Ids(Mutex<(i64, i64)>);

impl Ids {
    fn take(&self) -> Option<i64> {
        let (next, end) = &mut *self.0.lock();
        (*next < *end).then(|| {
            *next += 1;
            *next - 1
        })
    }

    /// The numbers from `start` on may be given out; returns the first.
    fn refill(&self, start: i64) -> i64 {
        *self.0.lock() = (start + 1, start + BLOCK);
        start
    }
}

/// Where what a key owns is found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    id: i64,
    form: Form,
}

/// The key space during one step.
#[derive(Debug)]
pub(crate) struct Space<'a> {
    rows: &'a mut Rows,
    /// `None` where the rows are all that is needed.
    io: Option<Io<'a>>,
    ids: &'a Ids,
    known: Known,
}

impl<'a> Space<'a> {
    pub(crate) fn new(rows: &'a mut Rows, io: Option<Io<'a>>, ids: &'a Ids) -> Space<'a> {
        Space { rows, io, ids, known: Known::default() }
    }

    /// Waits for what was sent.
    pub(crate) fn settle(&mut self) -> Result<()> {
        self.io.as_mut().map_or(Ok(()), Io::settle)
    }

    fn io(&mut self) -> Result<&mut Io<'a>> {
        self.io.as_mut().ok_or_else(|| defect("a step that was to need rows only asked for more"))
    }

    fn slot(&mut self, key: &[u8]) -> Result<&mut Slot> {
        self.rows.slots.get_mut(key).ok_or_else(|| defect("a step met a key that its request does not name"))
    }

    fn stamp(&mut self) -> Result<i64> {
        self.rows.stamped = true;
        self.rows.stamp.ok_or_else(|| defect("a step that was to read wants to write"))
    }

    fn new_id(&mut self) -> Result<i64> {
        if let Some(id) = self.ids.take() {
            return Ok(id);
        }
        let found = self.io()?.query(sql::IDS, Vec::new())?;
        let start = found.first().and_then(|row| row.try_get(0).ok()).ok_or_else(crate::error::shape)?;
        Ok(self.ids.refill(start))
    }

    /// Puts a row in place of what stands at the key.
    fn put(&mut self, key: &[u8], row: Option<Row>) -> Result<()> {
        let slot = self.slot(key)?;
        slot.dirty = true;
        slot.row = row;
        Ok(())
    }

    /// The row of a key where something stands.
    fn row(&mut self, key: &[u8]) -> Result<&mut Row> {
        let slot = self.slot(key)?;
        slot.dirty = true;
        slot.row.as_mut().ok_or_else(|| defect("a step changes what is not there"))
    }

    fn even(&self, at: Place) -> bool {
        at.form == Form::List && !self.rows.uneven.contains(&at.id)
    }

    fn has_field(&mut self, at: Place, field: &[u8]) -> Result<bool> {
        match self.known.get(at.id, field) {
            Some(element) => Ok(element.is_there()),
            None => Ok(self.hash_get(at, field)?.is_some()),
        }
    }

    /// Removes an element that is there.
    fn forget(&mut self, task: Task, at: Place, name: &[u8]) -> Result<()> {
        let name = Bytes::copy_from_slice(name);
        self.known.set(at.id, name.clone(), Element::Absent);
        self.io()?.gather(task, at.id, name, Load::None)
    }

    /// Looks at once for all elements that the commands name, where that saves looking for them one by one.
    pub(crate) fn look_ahead(&mut self, commands: &[Command]) -> Result<()> {
        for (key, (names, values)) in ahead::wanted(commands) {
            let Some(row) = self.rows.slots.get(&key).and_then(|slot| slot.row.as_ref()) else { continue };
            let (id, kind) = (row.id, row.kind);
            ahead::look(self.io()?, id, kind, &names, values)?
                .into_iter()
                .for_each(|(name, element)| self.known.set(id, name, element));
        }
        Ok(())
    }

    /// Sends the rows as they are now: for a statement that looks at all of them.
    fn flush(&mut self, now: i64) -> Result<()> {
        for (sql, params) in self.rows.writes(now, false) {
            self.io()?.send(sql, params)?;
        }
        Ok(())
    }
}

fn defect(message: &'static str) -> Error {
    Error::internal(message).on(NAME)
}

fn entry(row: &Row) -> Entry<Place> {
    Entry {
        at: Place { id: row.id, form: row.form },
        kind: row.kind,
        expires_at: row.expires_at,
        version: Version::new(row.version.unsigned_abs()),
        len: row.len,
    }
}

impl Keyspace for Space<'_> {
    type At = Place;

    fn find(&mut self, key: &Key) -> Result<Option<Entry<Place>>> {
        Ok(self.slot(key)?.row.as_ref().map(entry))
    }

    fn find_string(&mut self, key: &Key) -> Result<Option<(Entry<Place>, Option<Bytes>)>> {
        let Some(row) = &self.slot(key)?.row else { return Ok(None) };
        let value = match &row.body {
            Body::Here(value) => Some(value.clone()),
            Body::None => None,
            Body::There => return Err(defect("a step reads a value that was not asked for")),
        };
        Ok(Some((entry(row), value)))
    }

    fn create(&mut self, key: &Key, kind: Kind) -> Result<Place> {
        let (version, id, form) = (self.stamp()?, self.new_id()?, Form::of(kind));
        let row = Row { form, kind, expires_at: None, version, len: 0, id, body: Body::None };
        self.put(key, Some(row))?;
        self.known.made(id);
        Ok(Place { id, form })
    }

    fn resize(&mut self, key: &Key, at: Place, len: u64) -> Result<()> {
        let version = self.stamp()?;
        let uneven = at.form == Form::List && !self.even(at);
        let row = self.row(key)?;
        (row.len, row.version) = (len, version);
        if uneven {
            row.form = Form::UnevenList;
        }
        Ok(())
    }

    fn remove(&mut self, key: &Key, at: Place) -> Result<()> {
        self.rows.stamp.ok_or_else(|| defect("a step that was to read wants to write"))?;
        if at.id != 0 {
            self.rows.discarded.push((at.id, at.form));
        }
        self.put(key, None)
    }

    fn set_expiry(&mut self, key: &Key, _: Place, expires_at: Option<i64>) -> Result<()> {
        let version = self.stamp()?;
        let row = self.row(key)?;
        (row.expires_at, row.version) = (expires_at, version);
        Ok(())
    }

    fn rename(&mut self, key: &Key, _: Place, new_key: &Key) -> Result<()> {
        let version = self.stamp()?;
        let slot = self.slot(key)?;
        slot.dirty = true;
        let row = slot.row.take().map(|row| Row { version, ..row });
        self.put(new_key, row)
    }

    fn copy(&mut self, key: &Key, at: Place, new_key: &Key) -> Result<()> {
        let version = self.stamp()?;
        let row = self.slot(key)?.row.clone().ok_or_else(|| defect("a step copies what is not there"))?;
        let id = if at.id == 0 { 0 } else { self.new_id()? };
        if let Some(statement) = elements::copy(row.form) {
            self.io()?.send(statement, vec![Param::Int(at.id), Param::Int(id)])?;
        }
        self.put(new_key, Some(Row { version, id, ..row }))
    }

    fn scan(&mut self, scan: &ScanKeys<'_>) -> Result<Page<(Bytes, Kind)>> {
        self.flush(scan.now)?;
        scan::keys(self.io()?, scan)
    }

    fn clear(&mut self, prefix: &[u8], now: i64) -> Result<u64> {
        let mut live = 0;
        let in_hand: Vec<Bytes> = self.rows.slots.keys().cloned().collect();
        for key in in_hand.iter().filter(|key| key.starts_with(prefix)) {
            let Some(row) = self.slot(key)?.row.clone() else { continue };
            live += u64::from(row.expires_at.is_none_or(|at| at > now));
            self.remove(&Key::from(key), entry(&row).at)?;
        }
        self.rows.untidy = true;
        Ok(live + scan::clear(self.io()?, prefix, &in_hand, now)?)
    }

    fn put_string(&mut self, key: &Key, value: Bytes, expires_at: Option<i64>) -> Result<()> {
        let version = self.stamp()?;
        if let Some(old) = self.find(key)? {
            self.remove(key, old.at)?;
        }
        let len = value.len() as u64;
        let (form, kind, body) = (Form::String, Kind::String, Body::Here(value));
        self.put(key, Some(Row { form, kind, expires_at, version, len, id: 0, body }))
    }

    fn hash_get(&mut self, at: Place, field: &[u8]) -> Result<Option<Bytes>> {
        match self.known.get(at.id, field) {
            Some(Element::Absent) => return Ok(None),
            Some(Element::Value(value)) => return Ok(Some(value)),
            _ => {}
        }
        let value = elements::hash_get(self.io()?, at.id, field)?;
        let element = value.clone().map_or(Element::Absent, Element::Value);
        self.known.set(at.id, Bytes::copy_from_slice(field), element);
        Ok(value)
    }

    fn hash_put(&mut self, at: Place, field: &Field, value: &Value) -> Result<bool> {
        let was_there = self.has_field(at, field)?;
        let (field, value) = (field.as_bytes(), value.as_bytes());
        self.known.set(at.id, field.clone(), Element::Value(value.clone()));
        self.io()?.gather(Task::HashPut, at.id, field.clone(), Load::Value(value.clone()))?;
        Ok(!was_there)
    }

    fn hash_remove(&mut self, at: Place, field: &[u8]) -> Result<bool> {
        let was_there = self.has_field(at, field)?;
        if was_there {
            self.forget(Task::HashRemove, at, field)?;
        }
        Ok(was_there)
    }

    fn hash_all(&mut self, at: Place) -> Result<Vec<(Bytes, Bytes)>> {
        elements::hash_all(self.io()?, at.id)
    }

    fn hash_nth(&mut self, at: Place, index: u64) -> Result<Option<(Bytes, Bytes)>> {
        elements::hash_nth(self.io()?, at.id, index)
    }

    fn hash_scan(&mut self, at: Place, cursor: &Cursor, count: usize) -> Result<Page<(Bytes, Bytes)>> {
        let items = elements::hash_scan(self.io()?, at.id, &scan::start(cursor)?, count)?;
        Ok(scan::page(items, count, |(field, _)| field))
    }

    fn set_contains(&mut self, at: Place, member: &[u8]) -> Result<bool> {
        if let Some(element) = self.known.get(at.id, member) {
            return Ok(element.is_there());
        }
        let there = elements::set_contains(self.io()?, at.id, member)?;
        let element = if there { Element::Present } else { Element::Absent };
        self.known.set(at.id, Bytes::copy_from_slice(member), element);
        Ok(there)
    }

    fn set_add(&mut self, at: Place, member: &Member) -> Result<bool> {
        if self.set_contains(at, member)? {
            return Ok(false);
        }
        self.known.set(at.id, member.as_bytes().clone(), Element::Present);
        self.io()?.gather(Task::SetAdd, at.id, member.as_bytes().clone(), Load::None)?;
        Ok(true)
    }

    fn set_remove(&mut self, at: Place, member: &[u8]) -> Result<bool> {
        let was_there = self.set_contains(at, member)?;
        if was_there {
            self.forget(Task::SetRemove, at, member)?;
        }
        Ok(was_there)
    }

    fn set_all(&mut self, at: Place) -> Result<Vec<Bytes>> {
        elements::set_all(self.io()?, at.id)
    }

    fn set_nth(&mut self, at: Place, index: u64) -> Result<Option<Bytes>> {
        elements::set_nth(self.io()?, at.id, index)
    }

    fn set_scan(&mut self, at: Place, cursor: &Cursor, count: usize) -> Result<Page<Bytes>> {
        let items = elements::set_scan(self.io()?, at.id, &scan::start(cursor)?, count)?;
        Ok(scan::page(items, count, |member| member))
    }

    fn list_push(&mut self, at: Place, end: End, value: &Value) -> Result<()> {
        lists::push(self.io()?, at.id, end, value.as_bytes())
    }

    fn list_pop(&mut self, at: Place, end: End) -> Result<Option<Bytes>> {
        lists::pop(self.io()?, at.id, end)
    }

    fn list_range(&mut self, at: Place, len: u64, start: u64, count: u64) -> Result<Vec<Bytes>> {
        let list = lists::List { id: at.id, even: self.even(at) };
        lists::range(self.io()?, list, len, start, count)
    }

    fn list_set(&mut self, at: Place, len: u64, index: u64, value: &Value) -> Result<()> {
        let list = lists::List { id: at.id, even: self.even(at) };
        lists::set(self.io()?, list, len, index, value.as_bytes())
    }

    fn list_insert(&mut self, at: Place, side: Side, pivot: &[u8], value: &Value) -> Result<bool> {
        let inserted = lists::insert(self.io()?, at.id, side, pivot, value.as_bytes())?;
        if inserted == lists::Inserted::Between {
            self.rows.uneven.push(at.id);
        }
        Ok(inserted != lists::Inserted::No)
    }

    fn list_remove(&mut self, at: Place, value: &[u8], from: End, limit: u64) -> Result<u64> {
        let removed = lists::remove(self.io()?, at.id, value, from, limit)?;
        if removed > 0 {
            self.rows.uneven.push(at.id);
        }
        Ok(removed)
    }

    fn list_trim(&mut self, at: Place, len: u64, start: u64, count: u64) -> Result<()> {
        let list = lists::List { id: at.id, even: self.even(at) };
        lists::trim(self.io()?, list, len, start, count)
    }

    fn list_walk(&mut self, at: Place, from: End, see: &mut dyn FnMut(&[u8]) -> bool) -> Result<()> {
        lists::walk(self.io()?, at.id, from, see)
    }

    fn zset_score(&mut self, at: Place, member: &[u8]) -> Result<Option<f64>> {
        match self.known.get(at.id, member) {
            Some(Element::Absent) => return Ok(None),
            Some(Element::Score(score)) => return Ok(Some(score)),
            _ => {}
        }
        let score = zsets::score(self.io()?, at.id, member)?;
        self.known.set(at.id, Bytes::copy_from_slice(member), score.map_or(Element::Absent, Element::Score));
        Ok(score)
    }

    fn zset_put(&mut self, at: Place, member: &Member, _: Option<f64>, score: f64) -> Result<()> {
        self.known.set(at.id, member.as_bytes().clone(), Element::Score(score));
        self.io()?.gather(Task::ZsetPut, at.id, member.as_bytes().clone(), Load::Score(score))
    }

    fn zset_remove(&mut self, at: Place, member: &[u8], _: f64) -> Result<()> {
        self.forget(Task::ZsetRemove, at, member)
    }

    fn zset_rank(&mut self, at: Place, member: &[u8], score: f64) -> Result<u64> {
        zsets::before(self.io()?, at.id, score, member)
    }

    fn zset_count(&mut self, at: Place, selection: Selection<'_>) -> Result<u64> {
        zsets::count(self.io()?, at.id, selection)
    }

    fn zset_range(
        &mut self,
        at: Place,
        selection: Selection<'_>,
        reverse: bool,
        offset: u64,
        count: u64,
    ) -> Result<Vec<(Bytes, f64)>> {
        zsets::range(self.io()?, at.id, selection, reverse, offset, count)
    }

    fn zset_scan(&mut self, at: Place, cursor: &Cursor, count: usize) -> Result<Page<(Bytes, f64)>> {
        let items = zsets::scan(self.io()?, at.id, &scan::start(cursor)?, count)?;
        Ok(scan::page(items, count, |(member, _)| member))
    }
}
