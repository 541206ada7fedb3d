//! The key space of a connection, inside of a transaction.

mod counts;
mod hashes;
mod lists;
mod removal;
mod scan;
mod sets;
mod strings;
mod zsets;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use credenza_core::command::{End, Side};
use credenza_core::{Clock, Cursor, Error, Field, Key, Kind, Member, Page, Result, Value, Version};
use credenza_embedded::{Entry, Keyspace, ScanKeys, Selection};
use rusqlite::{Connection, Row};

use crate::error::{read_only, storage};
use crate::stamps::Stamps;
use crate::{db, sql};

pub(crate) use removal::{Collected, collect};

/// The kind of a key, and how what it owns is kept. The numbers are in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    String = 0,
    Hash = 1,
    Set = 2,
    /// A list with even positions.
    List = 3,
    SortedSet = 4,
    UnevenList = 5,
    CountedSortedSet = 6,
}

impl Form {
    fn read(row: &Row<'_>, column: usize) -> rusqlite::Result<Form> {
        Ok(match row.get(column)? {
            0 => Form::String,
            1 => Form::Hash,
            2 => Form::Set,
            3 => Form::List,
            4 => Form::SortedSet,
            5 => Form::UnevenList,
            6 => Form::CountedSortedSet,
            other => return Err(rusqlite::Error::IntegralValueOutOfRange(column, other)),
        })
    }

    fn kind(self) -> Kind {
        match self {
            Form::String => Kind::String,
            Form::Hash => Kind::Hash,
            Form::Set => Kind::Set,
            Form::List | Form::UnevenList => Kind::List,
            Form::SortedSet | Form::CountedSortedSet => Kind::SortedSet,
        }
    }

    fn of(kind: Kind) -> Form {
        match kind {
            Kind::String => Form::String,
            Kind::Hash => Form::Hash,
            Kind::Set => Form::Set,
            Kind::List => Form::List,
            Kind::SortedSet => Form::SortedSet,
        }
    }
}

/// Where what a key owns is found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    id: i64,
    form: Form,
    /// How many elements there were when it was looked up.
    len: u64,
}

/// The key space during one step.
#[derive(Debug)]
pub(crate) struct Space<'a> {
    conn: &'a Connection,
    /// `None` where nothing may be changed.
    stamps: Option<&'a mut Stamps>,
    /// The stamp of this step, taken when something is changed.
    version: Option<i64>,
    /// Forms that changed since their place was given out.
    forms: Vec<(i64, Form)>,
    /// Strings that are longer are not read.
    max_string: i64,
    /// Whether a longer string was met.
    met_long: bool,
    /// Whether something was left to be collected.
    discarded: bool,
}

impl<'a> Space<'a> {
    pub(crate) fn writer(conn: &'a Connection, stamps: &'a mut Stamps) -> Space<'a> {
        Space { stamps: Some(stamps), ..Space::reader(conn) }
    }

    pub(crate) fn reader(conn: &'a Connection) -> Space<'a> {
        Space {
            conn,
            stamps: None,
            version: None,
            forms: Vec::new(),
            max_string: i64::MAX,
            met_long: false,
            discarded: false,
        }
    }

    /// Does not read strings that are longer.
    pub(crate) fn with_max_string(mut self, max: i64) -> Space<'a> {
        self.max_string = max;
        self
    }

    /// Whether a string was left out: the answer is wrong then.
    pub(crate) fn met_long(&self) -> bool {
        self.met_long
    }

    /// Whether something was left to [`collect`].
    pub(crate) fn discarded(&self) -> bool {
        self.discarded
    }

    /// What everything that this step changed has as its version.
    pub(crate) fn version(&self) -> Option<Version> {
        self.version.map(|version| Version::new(version.unsigned_abs()))
    }

    /// `GET` without a step: the shortest way to the commonest answer.
    pub(crate) fn get(&mut self, key: &Key, clock: &dyn Clock) -> Result<Option<Bytes>> {
        let found = db::first(self.conn, sql::GET, (&key[..], self.max_string), |row| {
            let value = row.get_ref(2)?.as_blob_or_null()?.map(Bytes::copy_from_slice);
            Ok((Form::read(row, 0)?, row.get::<_, Option<i64>>(1)?, value))
        });
        match found.map_err(storage)? {
            None => Ok(None),
            Some((_, Some(expires_at), _)) if expires_at <= clock.now() => Ok(None),
            Some((Form::String, _, value)) => {
                self.met_long |= value.is_none();
                Ok(value)
            }
            Some(_) => Err(Error::wrong_type().for_key(key)),
        }
    }

    fn stamp(&mut self) -> Result<i64> {
        if let Some(version) = self.version {
            return Ok(version);
        }
        let stamps = self.stamps.as_deref_mut().ok_or_else(read_only)?;
        let version = stamps.version(self.conn).map_err(storage)?;
        self.version = Some(version);
        Ok(version)
    }

    fn new_id(&mut self) -> Result<i64> {
        self.stamps.as_deref_mut().ok_or_else(read_only)?.id(self.conn).map_err(storage)
    }

    fn form(&self, at: Place) -> Form {
        self.forms.iter().rev().find(|(id, _)| *id == at.id).map_or(at.form, |(_, form)| *form)
    }

    fn list(&self, at: Place) -> lists::List {
        lists::List { id: at.id, even: self.form(at) == Form::List }
    }

    fn zset(&self, at: Place) -> zsets::Zset {
        zsets::Zset { id: at.id, counted: self.form(at) == Form::CountedSortedSet }
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry<Place>> {
    let (form, len) = (Form::read(row, 0)?, db::count(row, 3)?);
    let version: i64 = row.get(2)?;
    Ok(Entry {
        at: Place { id: row.get(4)?, form, len },
        kind: form.kind(),
        expires_at: row.get(1)?,
        version: Version::new(version.unsigned_abs()),
        len,
    })
}

impl Keyspace for Space<'_> {
    type At = Place;

    fn find(&mut self, key: &Key) -> Result<Option<Entry<Place>>> {
        db::first(self.conn, sql::FIND, (&key[..],), entry).map_err(storage)
    }

    fn find_string(&mut self, key: &Key) -> Result<Option<(Entry<Place>, Option<Bytes>)>> {
        let found = strings::find(self.conn, key, self.max_string, entry).map_err(storage)?;
        if let Some((entry, None)) = &found {
            self.met_long |= entry.kind == Kind::String;
        }
        Ok(found)
    }

    fn create(&mut self, key: &Key, kind: Kind) -> Result<Place> {
        let (version, id, form) = (self.stamp()?, self.new_id()?, Form::of(kind));
        db::run(self.conn, sql::CREATE, (&key[..], form as i64, version, id)).map_err(storage)?;
        Ok(Place { id, form, len: 0 })
    }

    fn resize(&mut self, key: &Key, at: Place, len: u64) -> Result<()> {
        let version = self.stamp()?;
        let mut form = self.form(at);
        if form == Form::SortedSet && len >= counts::WORTH {
            counts::build(self.conn, at.id).map_err(storage)?;
            form = Form::CountedSortedSet;
            self.forms.push((at.id, form));
        }
        db::run(self.conn, sql::RESIZE, (&key[..], db::int(len), version, form as i64)).map_err(storage)?;
        Ok(())
    }

    fn remove(&mut self, key: &Key, at: Place) -> Result<()> {
        self.discarded |= removal::remove(self.conn, key, at, self.form(at)).map_err(storage)?;
        Ok(())
    }

    fn set_expiry(&mut self, key: &Key, _: Place, expires_at: Option<i64>) -> Result<()> {
        let version = self.stamp()?;
        db::run(self.conn, sql::SET_EXPIRY, (&key[..], expires_at, version)).map_err(storage)?;
        Ok(())
    }

    fn rename(&mut self, key: &Key, _: Place, new_key: &Key) -> Result<()> {
        let version = self.stamp()?;
        db::run(self.conn, sql::RENAME, (&key[..], &new_key[..], version)).map_err(storage)?;
        Ok(())
    }

    fn copy(&mut self, key: &Key, at: Place, new_key: &Key) -> Result<()> {
        let version = self.stamp()?;
        let id = if at.id == 0 { 0 } else { self.new_id()? };
        let statements: &[&'static str] = match self.form(at) {
            Form::String if id == 0 => &[],
            Form::String => &[sql::BIG_COPY],
            Form::Hash => &[sql::HASH_COPY],
            Form::Set => &[sql::SET_COPY],
            Form::List | Form::UnevenList => &[sql::LIST_COPY],
            Form::SortedSet => &[sql::ZSET_COPY],
            Form::CountedSortedSet => &[sql::ZSET_COPY, sql::COUNT_COPY],
        };
        for statement in statements {
            db::run(self.conn, statement, (at.id, id)).map_err(storage)?;
        }
        db::run(self.conn, sql::COPY, (&key[..], &new_key[..], version, id)).map_err(storage)?;
        Ok(())
    }

    fn scan(&mut self, scan: &ScanKeys<'_>) -> Result<Page<(Bytes, Kind)>> {
        let from = scan::start(scan.cursor)?;
        scan::keys(self.conn, scan, &from).map_err(storage)
    }

    fn clear(&mut self, prefix: &[u8], now: i64) -> Result<u64> {
        self.discarded = true;
        removal::clear(self.conn, prefix, now).map_err(storage)
    }

    fn put_string(&mut self, key: &Key, value: Bytes, expires_at: Option<i64>) -> Result<()> {
        let version = self.stamp()?;
        let inline = strings::inline(key, &value);
        if inline && strings::put_inline(self.conn, key, &value, expires_at, version).map_err(storage)? {
            return Ok(());
        }
        let old = self.find(key)?.map(|entry| entry.at);
        let place = match old {
            Some(Place { id, form: Form::String, .. }) if !inline && id != 0 => (id, true),
            old => {
                if let Some(old) = old {
                    self.remove(key, old)?;
                }
                if inline {
                    return strings::put_inline(self.conn, key, &value, expires_at, version)
                        .map(drop)
                        .map_err(storage);
                }
                (self.new_id()?, false)
            }
        };
        strings::put_big(self.conn, key, &value, expires_at, version, place).map_err(storage)
    }

    fn hash_get(&mut self, at: Place, field: &[u8]) -> Result<Option<Bytes>> {
        hashes::get(self.conn, at.id, field).map_err(storage)
    }

    fn hash_put(&mut self, at: Place, field: &Field, value: &Value) -> Result<bool> {
        hashes::put(self.conn, at.id, field, value).map_err(storage)
    }

    fn hash_remove(&mut self, at: Place, field: &[u8]) -> Result<bool> {
        hashes::remove(self.conn, at.id, field).map_err(storage)
    }

    fn hash_all(&mut self, at: Place) -> Result<Vec<(Bytes, Bytes)>> {
        hashes::all(self.conn, at.id).map_err(storage)
    }

    fn hash_nth(&mut self, at: Place, index: u64) -> Result<Option<(Bytes, Bytes)>> {
        hashes::nth(self.conn, at.id, index).map_err(storage)
    }

    fn hash_scan(&mut self, at: Place, cursor: &Cursor, count: usize) -> Result<Page<(Bytes, Bytes)>> {
        let items = hashes::scan(self.conn, at.id, &scan::start(cursor)?, count).map_err(storage)?;
        Ok(scan::page(items, count, |(field, _)| field))
    }

    fn set_contains(&mut self, at: Place, member: &[u8]) -> Result<bool> {
        sets::contains(self.conn, at.id, member).map_err(storage)
    }

    fn set_add(&mut self, at: Place, member: &Member) -> Result<bool> {
        sets::add(self.conn, at.id, member).map_err(storage)
    }

    fn set_remove(&mut self, at: Place, member: &[u8]) -> Result<bool> {
        sets::remove(self.conn, at.id, member).map_err(storage)
    }

    fn set_all(&mut self, at: Place) -> Result<Vec<Bytes>> {
        sets::all(self.conn, at.id).map_err(storage)
    }

    fn set_nth(&mut self, at: Place, index: u64) -> Result<Option<Bytes>> {
        sets::nth(self.conn, at.id, index).map_err(storage)
    }

    fn set_scan(&mut self, at: Place, cursor: &Cursor, count: usize) -> Result<Page<Bytes>> {
        let items = sets::scan(self.conn, at.id, &scan::start(cursor)?, count).map_err(storage)?;
        Ok(scan::page(items, count, |member| member))
    }

    fn list_push(&mut self, at: Place, end: End, value: &Value) -> Result<()> {
        lists::push(self.conn, at.id, end, value).map_err(storage)
    }

    fn list_pop(&mut self, at: Place, end: End) -> Result<Option<Bytes>> {
        lists::pop(self.conn, at.id, end).map_err(storage)
    }

    fn list_range(&mut self, at: Place, len: u64, start: u64, count: u64) -> Result<Vec<Bytes>> {
        lists::range(self.conn, self.list(at), len, start, count).map_err(storage)
    }

    fn list_set(&mut self, at: Place, len: u64, index: u64, value: &Value) -> Result<()> {
        lists::set(self.conn, self.list(at), len, index, value).map_err(storage)
    }

    fn list_insert(&mut self, at: Place, side: Side, pivot: &[u8], value: &Value) -> Result<bool> {
        let inserted = lists::insert(self.conn, at.id, side, pivot, value).map_err(storage)?;
        if inserted == lists::Inserted::Between {
            self.forms.push((at.id, Form::UnevenList));
        }
        Ok(inserted != lists::Inserted::No)
    }

    fn list_remove(&mut self, at: Place, value: &[u8], from: End, limit: u64) -> Result<u64> {
        let removed = lists::remove(self.conn, at.id, value, from, limit).map_err(storage)?;
        if removed > 0 {
            self.forms.push((at.id, Form::UnevenList));
        }
        Ok(removed)
    }

    fn list_trim(&mut self, at: Place, len: u64, start: u64, count: u64) -> Result<()> {
        lists::trim(self.conn, self.list(at), len, start, count).map_err(storage)
    }

    fn list_walk(&mut self, at: Place, from: End, see: &mut dyn FnMut(&[u8]) -> bool) -> Result<()> {
        lists::walk(self.conn, at.id, from, see).map_err(storage)
    }

    fn zset_score(&mut self, at: Place, member: &[u8]) -> Result<Option<f64>> {
        zsets::score(self.conn, at.id, member).map_err(storage)
    }

    fn zset_put(&mut self, at: Place, member: &Member, old: Option<f64>, score: f64) -> Result<()> {
        zsets::put(self.conn, self.zset(at), member, old, score).map_err(storage)
    }

    fn zset_remove(&mut self, at: Place, member: &[u8], score: f64) -> Result<()> {
        zsets::remove(self.conn, self.zset(at), member, score).map_err(storage)
    }

    fn zset_rank(&mut self, at: Place, member: &[u8], score: f64) -> Result<u64> {
        zsets::before(self.conn, self.zset(at), score, member).map_err(storage)
    }

    fn zset_count(&mut self, at: Place, selection: Selection<'_>) -> Result<u64> {
        zsets::count(self.conn, self.zset(at), selection).map_err(storage)
    }

    fn zset_range(
        &mut self,
        at: Place,
        selection: Selection<'_>,
        reverse: bool,
        offset: u64,
        count: u64,
    ) -> Result<Vec<(Bytes, f64)>> {
        zsets::range(self.conn, self.zset(at), selection, reverse, offset, count).map_err(storage)
    }

    fn zset_scan(&mut self, at: Place, cursor: &Cursor, count: usize) -> Result<Page<(Bytes, f64)>> {
        let items = zsets::scan(self.conn, at.id, &scan::start(cursor)?, count).map_err(storage)?;
        Ok(scan::page(items, count, |(member, _)| member))
    }
}
