//! The simplest key space there is, for judging commands: slow, obvious, and strict with its caller.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;

use bytes::Bytes;
use credenza_core::command::{End, Side};
use credenza_core::{Cursor, Field, Key, Kind, Member, Page, Result, Value, Version};
use credenza_embedded::{Entry, Keyspace, ScanKeys, Selection};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data {
    String(Bytes),
    Hash(BTreeMap<Bytes, Bytes>),
    Set(BTreeSet<Bytes>),
    List(VecDeque<Bytes>),
    /// In order of score, then of member.
    SortedSet(Vec<(f64, Bytes)>),
}

impl Data {
    fn kind(&self) -> Kind {
        match self {
            Data::String(_) => Kind::String,
            Data::Hash(_) => Kind::Hash,
            Data::Set(_) => Kind::Set,
            Data::List(_) => Kind::List,
            Data::SortedSet(_) => Kind::SortedSet,
        }
    }

    fn len(&self) -> u64 {
        let len = match self {
            Data::String(value) => value.len(),
            Data::Hash(entries) => entries.len(),
            Data::Set(members) => members.len(),
            Data::List(values) => values.len(),
            Data::SortedSet(members) => members.len(),
        };
        len as u64
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slot {
    pub(crate) data: Data,
    pub(crate) expires_at: Option<i64>,
    pub(crate) version: u64,
    /// What the caller says how many elements there are.
    len: u64,
}

/// Places are numbers that are never used again, so that an old one is noticed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Naive {
    places: BTreeMap<Bytes, u64>,
    slots: BTreeMap<u64, Slot>,
    last: u64,
    /// The stamp of the present step; a test raises it.
    pub(crate) stamp: u64,
    /// How often a key was looked up.
    pub(crate) lookups: u64,
}

macro_rules! data {
    ($name:ident, $variant:ident, $type:ty) => {
        fn $name(&mut self, at: u64) -> &mut $type {
            match &mut self.slots.get_mut(&at).expect("a place that is no more").data {
                Data::$variant(data) => data,
                other => panic!("a {:?} was taken for another kind", other.kind()),
            }
        }
    };
}

impl Naive {
    data!(hash, Hash, BTreeMap<Bytes, Bytes>);
    data!(set, Set, BTreeSet<Bytes>);
    data!(list, List, VecDeque<Bytes>);
    data!(zset, SortedSet, Vec<(f64, Bytes)>);

    /// All keys that are not expired, with what stands there. Panics if the lengths that were stored are wrong.
    pub(crate) fn snapshot(&self, now: i64) -> BTreeMap<Bytes, Slot> {
        let slots = self.places.iter().map(|(key, at)| (key.clone(), self.slots[at].clone()));
        let slots: BTreeMap<_, _> =
            slots.filter(|(_, slot)| slot.expires_at.is_none_or(|at| at > now)).collect();
        for slot in slots.values() {
            assert_eq!(slot.len, slot.data.len(), "a length was not stored: {slot:?}");
            assert!(slot.len > 0 || slot.data.kind() == Kind::String, "an empty collection was left");
        }
        slots
    }

    /// Removes what is expired.
    pub(crate) fn sweep(&mut self, now: i64) {
        let slots = &mut self.slots;
        self.places
            .retain(|_, at| slots[at].expires_at.is_none_or(|time| time > now) || slots.remove(at).is_none());
    }

    /// Whether something stands at the key that is expired.
    pub(crate) fn has_expired(&self, key: &Key, now: i64) -> bool {
        let slot = self.places.get(&key[..]).map(|at| &self.slots[at]);
        slot.and_then(|slot| slot.expires_at).is_some_and(|time| time <= now)
    }

    fn insert(&mut self, key: &Key, data: Data, expires_at: Option<i64>) -> u64 {
        self.last += 1;
        let len = data.len();
        let old = self.places.insert(key.as_bytes().clone(), self.last);
        assert!(old.is_none(), "something stands there already");
        self.slots.insert(self.last, Slot { data, expires_at, version: self.stamp, len });
        self.last
    }

    fn slot(&mut self, key: &Key, at: u64) -> &mut Slot {
        assert_eq!(self.places.get(&key[..]), Some(&at), "a place that is not the key's");
        self.slots.get_mut(&at).expect("a place that is no more")
    }

    fn entry(&self, at: u64) -> Entry<u64> {
        let slot = &self.slots[&at];
        let version = Version::new(slot.version);
        Entry { at, kind: slot.data.kind(), expires_at: slot.expires_at, version, len: slot.len }
    }
}

/// A page of what is in order: the cursor is the name of the last element.
fn page<T>(all: impl Iterator<Item = (Bytes, T)>, count: usize) -> Page<(Bytes, T)> {
    let mut items: Vec<_> = all.take(count + 1).collect();
    let more = items.len() > count;
    items.truncate(count);
    let next = items.last().filter(|_| more).map(|(name, _)| Cursor::new([b"/", &name[..]].concat()));
    Page { next, items }
}

fn after(cursor: &Cursor) -> (Bound<Bytes>, Bound<Bytes>) {
    let last = cursor.as_bytes();
    (if last.is_empty() { Bound::Unbounded } else { Bound::Excluded(last.slice(1..)) }, Bound::Unbounded)
}

impl Keyspace for Naive {
    type At = u64;

    fn find(&mut self, key: &Key) -> Result<Option<Entry<u64>>> {
        self.lookups += 1;
        Ok(self.places.get(&key[..]).map(|at| self.entry(*at)))
    }

    fn find_string(&mut self, key: &Key) -> Result<Option<(Entry<u64>, Option<Bytes>)>> {
        let found = self.find(key)?;
        Ok(found.map(|entry| match &self.slots[&entry.at].data {
            Data::String(value) => (entry, Some(value.clone())),
            _ => (entry, None),
        }))
    }

    fn create(&mut self, key: &Key, kind: Kind) -> Result<u64> {
        let data = match kind {
            Kind::String => panic!("a string is no collection"),
            Kind::Hash => Data::Hash(BTreeMap::new()),
            Kind::Set => Data::Set(BTreeSet::new()),
            Kind::List => Data::List(VecDeque::new()),
            Kind::SortedSet => Data::SortedSet(Vec::new()),
        };
        Ok(self.insert(key, data, None))
    }

    fn resize(&mut self, key: &Key, at: u64, len: u64) -> Result<()> {
        let stamp = self.stamp;
        let slot = self.slot(key, at);
        (slot.len, slot.version) = (len, stamp);
        Ok(())
    }

    fn remove(&mut self, key: &Key, at: u64) -> Result<()> {
        self.slot(key, at);
        self.places.remove(&key[..]);
        self.slots.remove(&at);
        Ok(())
    }

    fn set_expiry(&mut self, key: &Key, at: u64, expires_at: Option<i64>) -> Result<()> {
        let stamp = self.stamp;
        let slot = self.slot(key, at);
        (slot.expires_at, slot.version) = (expires_at, stamp);
        Ok(())
    }

    fn rename(&mut self, key: &Key, at: u64, new_key: &Key) -> Result<()> {
        self.copy(key, at, new_key)?;
        self.remove(key, at)
    }

    fn copy(&mut self, key: &Key, at: u64, new_key: &Key) -> Result<()> {
        let Slot { data, expires_at, .. } = self.slot(key, at).clone();
        self.insert(new_key, data, expires_at);
        Ok(())
    }

    fn scan(&mut self, scan: &ScanKeys<'_>) -> Result<Page<(Bytes, Kind)>> {
        let all = self.places.range(after(scan.cursor)).filter(|(key, _)| key.starts_with(scan.prefix));
        let mut page = page(all.map(|(key, at)| (key.clone(), *at)), scan.count);
        page.items.retain(|(_, at)| self.slots[at].expires_at.is_none_or(|at| at > scan.now));
        let items = page.items.into_iter().map(|(key, at)| (key, self.slots[&at].data.kind())).collect();
        Ok(Page { next: page.next, items })
    }

    fn clear(&mut self, prefix: &[u8], now: i64) -> Result<u64> {
        let gone: Vec<_> = self.places.extract_if(.., |key, _| key.starts_with(prefix)).collect();
        let slots = gone.iter().filter_map(|(_, at)| self.slots.remove(at));
        Ok(slots.filter(|slot| slot.expires_at.is_none_or(|at| at > now)).count() as u64)
    }

    fn put_string(&mut self, key: &Key, value: Bytes, expires_at: Option<i64>) -> Result<()> {
        self.lookups += 1;
        if let Some(old) = self.places.remove(&key[..]) {
            self.slots.remove(&old);
        }
        self.insert(key, Data::String(value), expires_at);
        Ok(())
    }

    fn hash_get(&mut self, at: u64, field: &[u8]) -> Result<Option<Bytes>> {
        Ok(self.hash(at).get(field).cloned())
    }

    fn hash_put(&mut self, at: u64, field: &Field, value: &Value) -> Result<bool> {
        Ok(self.hash(at).insert(field.as_bytes().clone(), value.as_bytes().clone()).is_none())
    }

    fn hash_remove(&mut self, at: u64, field: &[u8]) -> Result<bool> {
        Ok(self.hash(at).remove(field).is_some())
    }

    fn hash_all(&mut self, at: u64) -> Result<Vec<(Bytes, Bytes)>> {
        Ok(self.hash(at).clone().into_iter().collect())
    }

    fn hash_nth(&mut self, at: u64, index: u64) -> Result<Option<(Bytes, Bytes)>> {
        Ok(self.hash_all(at)?.into_iter().nth(index as usize))
    }

    fn hash_scan(&mut self, at: u64, cursor: &Cursor, count: usize) -> Result<Page<(Bytes, Bytes)>> {
        Ok(page(
            self.hash(at).range(after(cursor)).map(|(field, value)| (field.clone(), value.clone())),
            count,
        ))
    }

    fn set_contains(&mut self, at: u64, member: &[u8]) -> Result<bool> {
        Ok(self.set(at).contains(member))
    }

    fn set_add(&mut self, at: u64, member: &Member) -> Result<bool> {
        Ok(self.set(at).insert(member.as_bytes().clone()))
    }

    fn set_remove(&mut self, at: u64, member: &[u8]) -> Result<bool> {
        Ok(self.set(at).remove(member))
    }

    fn set_all(&mut self, at: u64) -> Result<Vec<Bytes>> {
        Ok(self.set(at).iter().cloned().collect())
    }

    fn set_nth(&mut self, at: u64, index: u64) -> Result<Option<Bytes>> {
        Ok(self.set(at).iter().nth(index as usize).cloned())
    }

    fn set_scan(&mut self, at: u64, cursor: &Cursor, count: usize) -> Result<Page<Bytes>> {
        let page = page(self.set(at).range(after(cursor)).map(|member| (member.clone(), ())), count);
        Ok(Page { next: page.next, items: page.items.into_iter().map(|(member, ())| member).collect() })
    }

    fn list_push(&mut self, at: u64, end: End, value: &Value) -> Result<()> {
        match end {
            End::Left => self.list(at).push_front(value.as_bytes().clone()),
            End::Right => self.list(at).push_back(value.as_bytes().clone()),
        }
        Ok(())
    }

    fn list_pop(&mut self, at: u64, end: End) -> Result<Option<Bytes>> {
        Ok(match end {
            End::Left => self.list(at).pop_front(),
            End::Right => self.list(at).pop_back(),
        })
    }

    fn list_range(&mut self, at: u64, len: u64, start: u64, count: u64) -> Result<Vec<Bytes>> {
        let list = self.list(at);
        assert!(list.len() as u64 == len && start + count <= len, "beyond the list");
        Ok(list.range(start as usize..(start + count) as usize).cloned().collect())
    }

    fn list_set(&mut self, at: u64, len: u64, index: u64, value: &Value) -> Result<()> {
        assert_eq!(self.list(at).len() as u64, len);
        self.list(at)[index as usize] = value.as_bytes().clone();
        Ok(())
    }

    fn list_insert(&mut self, at: u64, side: Side, pivot: &[u8], value: &Value) -> Result<bool> {
        let found = self.list(at).iter().position(|one| one == pivot);
        if let Some(index) = found {
            self.list(at).insert(index + usize::from(side == Side::After), value.as_bytes().clone());
        }
        Ok(found.is_some())
    }

    fn list_remove(&mut self, at: u64, value: &[u8], from: End, limit: u64) -> Result<u64> {
        let list = self.list(at);
        let mut found: Vec<_> = (0..list.len()).filter(|index| list[*index] == value).collect();
        if from == End::Left {
            found.reverse();
        }
        // The first from `from` are the last of `found` now.
        let kept = found.len().saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
        let mut gone = found.split_off(kept);
        gone.sort_unstable();
        gone.iter().rev().for_each(|index| drop(list.remove(*index)));
        Ok(gone.len() as u64)
    }

    fn list_trim(&mut self, at: u64, len: u64, start: u64, count: u64) -> Result<()> {
        *self.list(at) = self.list_range(at, len, start, count)?.into();
        Ok(())
    }

    fn list_walk(&mut self, at: u64, from: End, see: &mut dyn FnMut(&[u8]) -> bool) -> Result<()> {
        let list = self.list(at);
        match from {
            End::Left => list.iter().all(|value| see(value)),
            End::Right => list.iter().rev().all(|value| see(value)),
        };
        Ok(())
    }

    fn zset_score(&mut self, at: u64, member: &[u8]) -> Result<Option<f64>> {
        Ok(self.zset(at).iter().find(|(_, one)| one == member).map(|(score, _)| *score))
    }

    fn zset_put(&mut self, at: u64, member: &Member, old: Option<f64>, score: f64) -> Result<()> {
        assert_eq!(self.zset_score(at, member)?, old);
        let zset = self.zset(at);
        zset.retain(|(_, one)| one != member.as_bytes());
        zset.push((score, member.as_bytes().clone()));
        zset.sort_by(|a, b| a.partial_cmp(b).expect("no score is NaN"));
        Ok(())
    }

    fn zset_remove(&mut self, at: u64, member: &[u8], score: f64) -> Result<()> {
        assert_eq!(self.zset_score(at, member)?, Some(score));
        self.zset(at).retain(|(_, one)| one != member);
        Ok(())
    }

    fn zset_rank(&mut self, at: u64, member: &[u8], score: f64) -> Result<u64> {
        let rank = self.zset(at).iter().position(|one| *one == (score, Bytes::copy_from_slice(member)));
        Ok(rank.expect("the member is there") as u64)
    }

    fn zset_count(&mut self, at: u64, selection: Selection<'_>) -> Result<u64> {
        Ok(self.zset_range(at, selection, false, 0, u64::MAX)?.len() as u64)
    }

    fn zset_range(
        &mut self,
        at: u64,
        selection: Selection<'_>,
        reverse: bool,
        offset: u64,
        count: u64,
    ) -> Result<Vec<(Bytes, f64)>> {
        let mut all = self.zset(at).clone();
        if reverse {
            all.reverse();
        }
        let selected = all.into_iter().enumerate().filter(|(index, (score, member))| match selection {
            Selection::Rank(first) => *index as u64 >= first,
            Selection::Score(range) => range.contains(*score),
            Selection::Lex(range) => range.contains(member),
        });
        let (offset, count) = (offset.min(1 << 30) as usize, count.min(1 << 30) as usize);
        Ok(selected.skip(offset).take(count).map(|(_, (score, member))| (member, score)).collect())
    }

    fn zset_scan(&mut self, at: u64, cursor: &Cursor, count: usize) -> Result<Page<(Bytes, f64)>> {
        let members: BTreeMap<_, _> =
            self.zset(at).iter().map(|(score, member)| (member.clone(), *score)).collect();
        Ok(page(members.range(after(cursor)).map(|(member, score)| (member.clone(), *score)), count))
    }
}
