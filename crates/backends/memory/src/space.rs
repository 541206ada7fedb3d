//! The locked part of the store as the key space of one step.

use std::collections::BTreeSet;

use bytes::Bytes;
use credenza_core::command::{End, Side};
use credenza_core::{Cursor, Error, Field, Key, Kind, Member, Page, Result, Value, Version};
use credenza_embedded::{Entry, Keyspace, ScanKeys, Selection};
use parking_lot::MutexGuard;

use crate::collection::{Collection, SortedSet, insert_beside, remove_equal, scan_down};
use crate::journal::{Change, Undo};
use crate::selection;
use crate::shard::{Shard, element, size};
use crate::slot::{Data, SMALL, Slot, Stamp};
use crate::store::Inner;

/// A locked shard, with its number.
pub(crate) type Guard<'a> = (usize, MutexGuard<'a, Shard>);

/// The shards a step needs, locked in the order of their numbers.
pub(crate) struct Space<'a> {
    store: &'a Inner,
    first: Guard<'a>,
    rest: Vec<Guard<'a>>,
    stamp: Option<u64>,
    access: u32,
    /// For an atomic batch: what to take back, and what to throw away only when nothing is taken back.
    journal: Option<Vec<Undo>>,
    bytes_before: Vec<usize>,
    doomed: Vec<(usize, u32)>,
    /// The lists that the journal has whole.
    whole: BTreeSet<(usize, u32)>,
    /// What was removed; dropped after the locks, as it can be large.
    pub(crate) removed: Vec<Collection>,
}

/// A collection of a locked shard.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    hash: u64,
    shard: usize,
    place: u32,
}

/// In place of a place, for strings.
const NO_PLACE: u32 = u32::MAX;

impl<'a> Space<'a> {
    pub(crate) fn new(
        store: &'a Inner,
        first: Guard<'a>,
        rest: Vec<Guard<'a>>,
        access: u32,
        atomic: bool,
    ) -> Space<'a> {
        let journal = atomic.then(Vec::new);
        let bytes =
            |guards: &[Guard<'_>]| guards.iter().map(|(_, shard)| shard.bytes.get()).collect::<Vec<_>>();
        let bytes_before =
            if atomic { [vec![first.1.bytes.get()], bytes(&rest)].concat() } else { Vec::new() };
        Space {
            store,
            first,
            rest,
            stamp: None,
            access,
            journal,
            bytes_before,
            doomed: Vec::new(),
            whole: BTreeSet::new(),
            removed: Vec::new(),
        }
    }

    /// Keeps everything; returns the stamp of what was written.
    pub(crate) fn commit(&mut self) -> Option<Version> {
        for (shard, place) in std::mem::take(&mut self.doomed) {
            let shard = self.shard(shard);
            let dropped = shard.drop_collection(place);
            shard.bytes.subtract(dropped.as_deref().map_or(0, size));
            self.removed.extend(dropped.map(|collection| *collection));
        }
        self.journal = None;
        self.stamp.map(Version::new)
    }

    /// Takes everything back that an atomic batch did.
    pub(crate) fn roll_back(&mut self) {
        let store = self.store;
        for undo in self.journal.take().unwrap_or_default().into_iter().rev() {
            let shard = self.shard(undo.shard());
            undo.undo(shard, |key| store.hash(key));
        }
        for (shard, bytes) in std::mem::take(&mut self.bytes_before).into_iter().enumerate() {
            self.shard(shard).bytes.set(bytes);
        }
    }

    fn position(&self, hash: u64) -> usize {
        let number = self.store.shard_of(hash);
        if self.first.0 == number {
            return 0;
        }
        // A step locks the shards of all its keys.
        self.rest.binary_search_by_key(&number, |(number, _)| *number).map_or(0, |index| index + 1)
    }

    fn shard(&mut self, position: usize) -> &mut Shard {
        match position.checked_sub(1).and_then(|index| self.rest.get_mut(index)) {
            Some((_, shard)) => shard,
            None => &mut self.first.1,
        }
    }

    fn stamp(&mut self) -> u64 {
        *self.stamp.get_or_insert_with(|| self.store.next_stamp())
    }

    fn log(&mut self, undo: impl FnOnce() -> Undo) {
        if let Some(journal) = &mut self.journal {
            journal.push(undo());
        }
    }

    fn log_change(&mut self, at: Place, change: impl FnOnce() -> Change) {
        self.log(|| Undo::Element { shard: at.shard, place: at.place, change: change() });
    }

    /// Remembers what stands at a key, before it is changed.
    fn log_slot(&mut self, shard: usize, hash: u64, key: &[u8]) {
        if self.journal.is_some() {
            let old = self.shard(shard).table.get(hash, key).cloned();
            self.log(|| Undo::Slot { shard, hash, key: Bytes::copy_from_slice(key), old });
        }
    }

    /// Puts an entry at a key where none is.
    fn insert(&mut self, shard: usize, hash: u64, slot: Slot) {
        let store = self.store;
        let shard = self.shard(shard);
        shard.bytes.add(slot.size());
        shard.table.insert(hash, slot, |key| store.hash(key));
    }

    /// Takes an entry out, and its collection, or marks that for later if the step can still be taken back.
    fn take(&mut self, shard: usize, hash: u64, key: &[u8]) {
        self.log_slot(shard, hash, key);
        let journaled = self.journal.is_some();
        let part = self.shard(shard);
        let Some(slot) = part.table.remove(hash, key) else {
            return;
        };
        match slot.collection() {
            Some(place) if journaled => {
                part.bytes.subtract(slot.size());
                self.doomed.push((shard, place));
            }
            _ => {
                let dropped = part.forget(&slot);
                self.removed.extend(dropped.map(|collection| *collection));
            }
        }
    }

    fn change_slot(&mut self, key: &Key, at: Place, change: impl FnOnce(&mut Slot)) -> Result<()> {
        let Place { hash, shard, .. } = at;
        self.log_slot(shard, hash, key);
        let part = self.shard(shard);
        let slot = part.table.get_mut(hash, key).ok_or_else(missing)?;
        change(slot);
        let expires_at = slot.expires_at();
        part.table.expires(hash, expires_at);
        Ok(())
    }

    fn collection(&mut self, at: Place) -> Result<&mut Collection> {
        self.shard(at.shard).collection_mut(at.place).ok_or_else(missing)
    }

    fn grow(&mut self, at: Place, bytes: usize) {
        self.shard(at.shard).bytes.add(element(bytes));
    }

    fn shrink(&mut self, at: Place, bytes: usize) {
        self.shard(at.shard).bytes.subtract(element(bytes));
    }
}

/// An element of its own: one that is cut from a large buffer would keep all of it. What is not small is shared.
fn own(bytes: &Bytes) -> Bytes {
    if bytes.len() <= SMALL { Bytes::copy_from_slice(bytes) } else { bytes.clone() }
}

fn missing() -> Error {
    Error::internal("what the step looked up is not there")
}

/// Gets the structure of one kind out of a collection.
macro_rules! part {
    ($space:expr, $at:expr, $kind:ident) => {
        match $space.collection($at)? {
            Collection::$kind(part) => part,
            _ => return Err(missing()),
        }
    };
}

impl Keyspace for Space<'_> {
    type At = Place;

    fn find(&mut self, key: &Key) -> Result<Option<Entry<Place>>> {
        let hash = self.store.hash(key);
        let shard = self.position(hash);
        let access = self.access;
        let part = self.shard(shard);
        let Some(slot) = part.table.get_mut(hash, key) else {
            return Ok(None);
        };
        if access > 0 {
            slot.set_access(access);
        }
        let (version, expires_at) = (Version::new(slot.version()), slot.expires_at());
        let (place, kind, len) = match (slot.collection(), slot.value_len()) {
            (Some(place), _) => {
                let collection = part.collection(place).ok_or_else(missing)?;
                (place, collection.kind(), collection.len())
            }
            (None, len) => (NO_PLACE, Kind::String, len.unwrap_or(0)),
        };
        Ok(Some(Entry { at: Place { hash, shard, place }, kind, expires_at, version, len: len as u64 }))
    }

    fn find_string(&mut self, key: &Key) -> Result<Option<(Entry<Place>, Option<Bytes>)>> {
        let Some(entry) = self.find(key)? else {
            return Ok(None);
        };
        let hash = self.store.hash(key);
        let shard = self.shard(entry.at.shard);
        let value = shard.table.get(hash, key).and_then(Slot::value);
        Ok(Some((entry, value)))
    }

    fn create(&mut self, key: &Key, kind: Kind) -> Result<Place> {
        let hash = self.store.hash(key);
        let shard = self.position(hash);
        let collection = Collection::new(kind).ok_or_else(missing)?;
        self.log_slot(shard, hash, key);
        let place = self.shard(shard).place(Box::new(collection));
        self.log(|| Undo::Made { shard, place });
        let stamp = Stamp { version: self.stamp(), expires_at: None, access: self.access };
        // A copy: the caller's key may be a part of something larger.
        let key = Bytes::copy_from_slice(key);
        self.insert(shard, hash, Slot::record(key, Data::Collection(place), stamp));
        Ok(Place { hash, shard, place })
    }

    fn resize(&mut self, key: &Key, at: Place, _: u64) -> Result<()> {
        let stamp = self.stamp();
        self.change_slot(key, at, |slot| slot.set_version(stamp))
    }

    fn remove(&mut self, key: &Key, at: Place) -> Result<()> {
        self.take(at.shard, at.hash, key);
        Ok(())
    }

    fn set_expiry(&mut self, key: &Key, at: Place, expires_at: Option<i64>) -> Result<()> {
        let stamp = self.stamp();
        self.change_slot(key, at, |slot| {
            slot.set_expires_at(expires_at);
            slot.set_version(stamp);
        })
    }

    fn rename(&mut self, key: &Key, at: Place, new_key: &Key) -> Result<()> {
        if self.journal.is_some() || at.place == NO_PLACE {
            // What a batch takes back must still be where it was.
            self.copy(key, at, new_key)?;
            return self.remove(key, at);
        }
        let part = self.shard(at.shard);
        let slot = part.table.remove(at.hash, key).ok_or_else(missing)?;
        let collection = part.forget(&slot).ok_or_else(missing)?;
        self.put_collection(new_key, collection, slot.expires_at());
        Ok(())
    }

    fn copy(&mut self, key: &Key, at: Place, new_key: &Key) -> Result<()> {
        let slot = self.shard(at.shard).table.get(at.hash, key).ok_or_else(missing)?;
        let expires_at = slot.expires_at();
        if let Some(value) = slot.value() {
            return self.put_string(new_key, value, expires_at);
        }
        let copy = Box::new(self.collection(at)?.clone());
        self.put_collection(new_key, copy, expires_at);
        Ok(())
    }

    fn scan(&mut self, scan: &ScanKeys<'_>) -> Result<Page<(Bytes, Kind)>> {
        let store = self.store;
        let from = store.cursor_position(scan.cursor)?;
        let number = store.shard_at(from);
        let position =
            self.rest.binary_search_by_key(&number, |(number, _)| *number).map_or(0, |index| index + 1);
        let shard = self.shard(position);
        let mut items = Vec::new();
        let next = shard.table.scan(
            from,
            scan.count,
            |key| store.hash(key),
            |slot| {
                let live = slot.expires_at().is_none_or(|at| at > scan.now);
                if live && slot.key().starts_with(scan.prefix) {
                    let place = slot.collection().and_then(|place| shard.collection(place));
                    let kind = place.map_or(Kind::String, Collection::kind);
                    items.push((Bytes::copy_from_slice(slot.key()), kind));
                }
            },
        );
        let next = next.or_else(|| store.next_shard_position(number));
        Ok(Page { next: next.map(|position| Cursor::new(position.to_be_bytes().to_vec())), items })
    }

    fn clear(&mut self, prefix: &[u8], now: i64) -> Result<u64> {
        let mut live = 0;
        for shard in 0..=self.rest.len() {
            let table = &self.shard(shard).table;
            let matching = table.iter().filter(|slot| slot.key().starts_with(prefix));
            let keys: Vec<_> = matching
                .map(|slot| (Bytes::copy_from_slice(slot.key()), slot.expires_at().is_none_or(|at| at > now)))
                .collect();
            for (key, is_live) in keys {
                self.take(shard, self.store.hash(&key), &key);
                live += u64::from(is_live);
            }
        }
        Ok(live)
    }

    fn put_string(&mut self, key: &Key, value: Bytes, expires_at: Option<i64>) -> Result<()> {
        let hash = self.store.hash(key);
        let shard = self.position(hash);
        let stamp = Stamp { version: self.stamp(), expires_at, access: self.access };
        self.log_slot(shard, hash, key);
        let part = self.shard(shard);
        if let Some(slot) = part.table.get_mut(hash, key) {
            if slot.overwrite(&value, stamp) {
                part.table.expires(hash, expires_at);
                return Ok(());
            }
            if slot.collection().is_none() {
                let before = slot.size();
                *slot = Slot::string(key, value, stamp);
                let after = slot.size();
                part.bytes.set((part.bytes.get() + after).saturating_sub(before));
                part.table.expires(hash, expires_at);
                return Ok(());
            }
            self.take(shard, hash, key);
        }
        self.insert(shard, hash, Slot::string(key, value, stamp));
        Ok(())
    }

    fn hash_get(&mut self, at: Place, field: &[u8]) -> Result<Option<Bytes>> {
        Ok(part!(self, at, Hash).get(field).cloned())
    }

    fn hash_put(&mut self, at: Place, field: &Field, value: &Value) -> Result<bool> {
        let (field, value) = (&own(field.as_bytes()), &own(value.as_bytes()));
        let old = part!(self, at, Hash).insert(field.clone(), value.clone());
        let new = old.is_none();
        self.grow(at, field.len() + value.len());
        if let Some(old) = &old {
            self.shrink(at, field.len() + old.len());
        }
        self.log_change(at, || Change::Field(field.clone(), old));
        Ok(new)
    }

    fn hash_remove(&mut self, at: Place, field: &[u8]) -> Result<bool> {
        let Some((index, field, old)) = part!(self, at, Hash).swap_remove_full(field) else {
            return Ok(false);
        };
        self.shrink(at, field.len() + old.len());
        self.log_change(at, || Change::FieldRemoved(index, field, old));
        Ok(true)
    }

    fn hash_all(&mut self, at: Place) -> Result<Vec<(Bytes, Bytes)>> {
        Ok(part!(self, at, Hash).iter().map(|(field, value)| (field.clone(), value.clone())).collect())
    }

    fn hash_nth(&mut self, at: Place, index: u64) -> Result<Option<(Bytes, Bytes)>> {
        let found = part!(self, at, Hash).get_index(index as usize);
        Ok(found.map(|(field, value)| (field.clone(), value.clone())))
    }

    fn hash_scan(&mut self, at: Place, cursor: &Cursor, count: usize) -> Result<Page<(Bytes, Bytes)>> {
        let hash = part!(self, at, Hash);
        let item = |index| hash.get_index(index).map(|(field, value)| (field.clone(), value.clone()));
        scan_down(hash.len(), cursor, count, item)
    }

    fn set_contains(&mut self, at: Place, member: &[u8]) -> Result<bool> {
        Ok(part!(self, at, Set).contains(member))
    }

    fn set_add(&mut self, at: Place, member: &Member) -> Result<bool> {
        let added = part!(self, at, Set).insert(own(member.as_bytes()));
        if added {
            self.grow(at, member.len());
            self.log_change(at, || Change::Added(member.as_bytes().clone()));
        }
        Ok(added)
    }

    fn set_remove(&mut self, at: Place, member: &[u8]) -> Result<bool> {
        let Some((index, member)) = part!(self, at, Set).swap_remove_full(member) else {
            return Ok(false);
        };
        self.shrink(at, member.len());
        self.log_change(at, || Change::Removed(index, member));
        Ok(true)
    }

    fn set_all(&mut self, at: Place) -> Result<Vec<Bytes>> {
        Ok(part!(self, at, Set).iter().cloned().collect())
    }

    fn set_nth(&mut self, at: Place, index: u64) -> Result<Option<Bytes>> {
        Ok(part!(self, at, Set).get_index(index as usize).cloned())
    }

    fn set_scan(&mut self, at: Place, cursor: &Cursor, count: usize) -> Result<Page<Bytes>> {
        let set = part!(self, at, Set);
        scan_down(set.len(), cursor, count, |index| set.get_index(index).cloned())
    }

    fn list_push(&mut self, at: Place, end: End, value: &Value) -> Result<()> {
        let list = part!(self, at, List);
        match end {
            End::Left => list.push_front(own(value.as_bytes())),
            End::Right => list.push_back(own(value.as_bytes())),
        }
        self.grow(at, value.len());
        self.log_change(at, || Change::Pushed(end));
        Ok(())
    }

    fn list_pop(&mut self, at: Place, end: End) -> Result<Option<Bytes>> {
        let list = part!(self, at, List);
        let popped = match end {
            End::Left => list.pop_front(),
            End::Right => list.pop_back(),
        };
        if let Some(value) = &popped {
            self.shrink(at, value.len());
            self.log_change(at, || Change::Popped(end, value.clone()));
        }
        Ok(popped)
    }

    fn list_range(&mut self, at: Place, _: u64, start: u64, count: u64) -> Result<Vec<Bytes>> {
        Ok(part!(self, at, List).iter().skip(start as usize).take(count as usize).cloned().collect())
    }

    fn list_set(&mut self, at: Place, _: u64, index: u64, value: &Value) -> Result<()> {
        let element = part!(self, at, List).get_mut(index as usize).ok_or_else(missing)?;
        let old = std::mem::replace(element, own(value.as_bytes()));
        self.grow(at, value.len());
        self.shrink(at, old.len());
        self.log_change(at, || Change::Replaced(index as usize, old));
        Ok(())
    }

    fn list_insert(&mut self, at: Place, side: Side, pivot: &[u8], value: &Value) -> Result<bool> {
        self.log_whole(at)?;
        let inserted = insert_beside(part!(self, at, List), side, pivot, own(value.as_bytes()));
        if inserted {
            self.grow(at, value.len());
        }
        Ok(inserted)
    }

    fn list_remove(&mut self, at: Place, value: &[u8], from: End, limit: u64) -> Result<u64> {
        self.log_whole(at)?;
        let removed = remove_equal(part!(self, at, List), value, from, limit);
        for _ in 0..removed {
            self.shrink(at, value.len());
        }
        Ok(removed)
    }

    fn list_trim(&mut self, at: Place, _: u64, start: u64, count: u64) -> Result<()> {
        self.log_whole(at)?;
        let list = part!(self, at, List);
        let mut gone = list.split_off((start + count).min(list.len() as u64) as usize);
        gone.extend(list.drain(..(start as usize).min(list.len())));
        for value in gone {
            self.shrink(at, value.len());
        }
        Ok(())
    }

    fn list_walk(&mut self, at: Place, from: End, see: &mut dyn FnMut(&[u8]) -> bool) -> Result<()> {
        let list = part!(self, at, List);
        match from {
            End::Left => drop(list.iter().all(|value| see(value))),
            End::Right => drop(list.iter().rev().all(|value| see(value))),
        }
        Ok(())
    }

    fn zset_score(&mut self, at: Place, member: &[u8]) -> Result<Option<f64>> {
        Ok(part!(self, at, SortedSet).scores.get(member).copied())
    }

    fn zset_put(&mut self, at: Place, member: &Member, old: Option<f64>, score: f64) -> Result<()> {
        part!(self, at, SortedSet).put(&own(member.as_bytes()), score);
        if old.is_none() {
            self.grow(at, member.len());
        }
        self.log_change(at, || Change::Score(member.as_bytes().clone(), old));
        Ok(())
    }

    fn zset_remove(&mut self, at: Place, member: &[u8], score: f64) -> Result<()> {
        let index = part!(self, at, SortedSet).remove(member).ok_or_else(missing)?;
        self.shrink(at, member.len());
        self.log_change(at, || Change::ScoreRemoved(index, Bytes::copy_from_slice(member), score));
        Ok(())
    }

    fn zset_rank(&mut self, at: Place, member: &[u8], score: f64) -> Result<u64> {
        Ok(part!(self, at, SortedSet).order.rank(score, member) as u64)
    }

    fn zset_count(&mut self, at: Place, selected: Selection<'_>) -> Result<u64> {
        let zset: &SortedSet = part!(self, at, SortedSet);
        Ok(selection::count(&zset.order, selected))
    }

    fn zset_range(
        &mut self,
        at: Place,
        selected: Selection<'_>,
        reverse: bool,
        offset: u64,
        count: u64,
    ) -> Result<Vec<(Bytes, f64)>> {
        let zset: &SortedSet = part!(self, at, SortedSet);
        Ok(selection::range(&zset.order, selected, reverse, offset, count))
    }

    fn zset_scan(&mut self, at: Place, cursor: &Cursor, count: usize) -> Result<Page<(Bytes, f64)>> {
        let scores = &part!(self, at, SortedSet).scores;
        let item = |index| scores.get_index(index).map(|(member, score)| (member.clone(), *score));
        scan_down(scores.len(), cursor, count, item)
    }
}

impl Space<'_> {
    /// Puts a collection at a key where nothing stands.
    fn put_collection(&mut self, key: &Key, collection: Box<Collection>, expires_at: Option<i64>) {
        let hash = self.store.hash(key);
        let shard = self.position(hash);
        self.log_slot(shard, hash, key);
        let part = self.shard(shard);
        part.bytes.add(size(&collection));
        let place = part.place(collection);
        self.log(|| Undo::Made { shard, place });
        let stamp = Stamp { version: self.stamp(), expires_at, access: self.access };
        let key = Bytes::copy_from_slice(key);
        self.insert(shard, hash, Slot::record(key, Data::Collection(place), stamp));
    }

    /// Remembers a whole list, before elements inside of it come and go. Once is enough: it is put back after
    /// whatever came later was taken back.
    fn log_whole(&mut self, at: Place) -> Result<()> {
        if self.journal.is_some() && self.whole.insert((at.shard, at.place)) {
            let old = part!(self, at, List).clone();
            self.log_change(at, || Change::Whole(old));
        }
        Ok(())
    }
}
