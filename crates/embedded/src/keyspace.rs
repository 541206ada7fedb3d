//! What an embedded engine implements.

use bytes::Bytes;
use credenza_core::command::{End, LexRange, ScoreRange, Side};
use credenza_core::{Cursor, Field, Key, Kind, Member, Page, Result, Value, Version};

/// What stands at a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<A> {
    /// Its place, for the operations on its elements.
    pub at: A,
    /// The kind of its value.
    pub kind: Kind,
    /// When it expires, in milliseconds since the epoch.
    pub expires_at: Option<i64>,
    /// The stamp of the step that last changed it.
    pub version: Version,
    /// How many elements it has; of a string, how many bytes.
    pub len: u64,
}

/// Which keys a scan is after.
#[derive(Clone, Debug)]
pub struct ScanKeys<'a> {
    /// Where the scan stands.
    pub cursor: &'a Cursor,
    /// How many keys to look at, about.
    pub count: usize,
    /// What every key that is sought starts with: for a store that can seek. Others may ignore it.
    pub prefix: &'a [u8],
    /// Keys that expire at or before this are absent.
    pub now: i64,
}

/// Which members of a sorted set.
#[derive(Clone, Copy, Debug)]
pub enum Selection<'a> {
    /// From this rank on. Counted from the end that the range is read from.
    Rank(u64),
    /// With these scores.
    Score(&'a ScoreRange),
    /// In this range of members, in the order of the sorted set. Where scores differ, all members are looked at.
    Lex(&'a LexRange),
}

/// A key space during one step: a command or an atomic batch, with all the keys it needs locked, or inside of a
/// transaction.
///
/// The operations are dumb on purpose. They do not look at the time: an expired entry is an entry. They never
/// meet a key of the wrong kind: [`Step`](crate::Step) looks first. Those that change something may fail only
/// because the engine fails (no room, no disk); the engine then undoes the whole step.
///
/// **Places.** [`Entry::at`] stays valid until the step ends or that very key is removed, whatever happens to other keys.
///
/// **Versions.** What changes a key gives it the stamp of the step. Elements are changed by any number of element
/// operations and then one call of [`Keyspace::resize`], which stamps.
pub trait Keyspace {
    /// The place of a key during a step.
    type At: Copy;

    // ---- keys

    /// What stands at the key, expired or not.
    fn find(&mut self, key: &Key) -> Result<Option<Entry<Self::At>>>;

    /// The same, with the value if it is a string: one look-up for `GET`.
    fn find_string(&mut self, key: &Key) -> Result<Option<(Entry<Self::At>, Option<Bytes>)>>;

    /// Makes an empty collection that lives for ever, at a key where nothing stands. The step fills it at once.
    fn create(&mut self, key: &Key, kind: Kind) -> Result<Self::At>;

    /// Stores the new number of elements, at least one, and the stamp of the step.
    fn resize(&mut self, key: &Key, at: Self::At, len: u64) -> Result<()>;

    /// Removes the key with all its elements.
    fn remove(&mut self, key: &Key, at: Self::At) -> Result<()>;

    /// Sets or removes the time of expiry, and stamps.
    fn set_expiry(&mut self, key: &Key, at: Self::At, expires_at: Option<i64>) -> Result<()>;

    /// Moves everything, with the time of expiry, to a key where nothing stands, and stamps that.
    fn rename(&mut self, key: &Key, at: Self::At, new_key: &Key) -> Result<()>;

    /// Copies everything, with the time of expiry, to a key where nothing stands, and stamps that.
    fn copy(&mut self, key: &Key, at: Self::At, new_key: &Key) -> Result<()>;

    /// One step of a scan: keys with their kinds. A key that exists from the first step to the last is seen at
    /// least once, whatever changes in between. Looks at about `count` keys, returns those that are not expired.
    fn scan(&mut self, scan: &ScanKeys<'_>) -> Result<Page<(Bytes, Kind)>>;

    /// Removes every key that starts with the prefix; returns how many of them were not expired at `now`.
    fn clear(&mut self, prefix: &[u8], now: i64) -> Result<u64>;

    // ---- strings

    /// Stores a string, in place of whatever stands at the key, and stamps.
    fn put_string(&mut self, key: &Key, value: Bytes, expires_at: Option<i64>) -> Result<()>;

    // ---- hashes

    /// The value of a field.
    fn hash_get(&mut self, at: Self::At, field: &[u8]) -> Result<Option<Bytes>>;

    /// Sets a field; true if it is new.
    fn hash_put(&mut self, at: Self::At, field: &Field, value: &Value) -> Result<bool>;

    /// Removes a field; true if it was there.
    fn hash_remove(&mut self, at: Self::At, field: &[u8]) -> Result<bool>;

    /// All fields with their values, in any order.
    fn hash_all(&mut self, at: Self::At) -> Result<Vec<(Bytes, Bytes)>>;

    /// The `index`-th field of some order that holds still during the step.
    fn hash_nth(&mut self, at: Self::At, index: u64) -> Result<Option<(Bytes, Bytes)>>;

    /// One step of a scan, with the guarantee of [`Keyspace::scan`].
    fn hash_scan(&mut self, at: Self::At, cursor: &Cursor, count: usize) -> Result<Page<(Bytes, Bytes)>>;

    // ---- sets

    /// Whether a member is there.
    fn set_contains(&mut self, at: Self::At, member: &[u8]) -> Result<bool>;

    /// Adds a member; true if it is new.
    fn set_add(&mut self, at: Self::At, member: &Member) -> Result<bool>;

    /// Removes a member; true if it was there.
    fn set_remove(&mut self, at: Self::At, member: &[u8]) -> Result<bool>;

    /// All members, in any order.
    fn set_all(&mut self, at: Self::At) -> Result<Vec<Bytes>>;

    /// The `index`-th member of some order that holds still until the set is changed.
    fn set_nth(&mut self, at: Self::At, index: u64) -> Result<Option<Bytes>>;

    /// One step of a scan, with the guarantee of [`Keyspace::scan`].
    fn set_scan(&mut self, at: Self::At, cursor: &Cursor, count: usize) -> Result<Page<Bytes>>;

    // ---- lists; `len` is the present number of elements

    /// Adds an element at an end.
    fn list_push(&mut self, at: Self::At, end: End, value: &Value) -> Result<()>;

    /// Takes an element from an end; `None` if the list is empty.
    fn list_pop(&mut self, at: Self::At, end: End) -> Result<Option<Bytes>>;

    /// `count` elements from index `start` on; all of them exist.
    fn list_range(&mut self, at: Self::At, len: u64, start: u64, count: u64) -> Result<Vec<Bytes>>;

    /// Replaces the element at an index, which exists.
    fn list_set(&mut self, at: Self::At, len: u64, index: u64, value: &Value) -> Result<()>;

    /// Inserts an element beside the first one that equals `pivot`; false if there is none.
    fn list_insert(&mut self, at: Self::At, side: Side, pivot: &[u8], value: &Value) -> Result<bool>;

    /// Removes elements that equal `value`, `limit` at most, from an end on; returns how many.
    fn list_remove(&mut self, at: Self::At, value: &[u8], from: End, limit: u64) -> Result<u64>;

    /// Keeps `count` elements, at least one, from index `start` on; all of them exist.
    fn list_trim(&mut self, at: Self::At, len: u64, start: u64, count: u64) -> Result<()>;

    /// Shows elements from an end on, until `see` returns false.
    fn list_walk(&mut self, at: Self::At, from: End, see: &mut dyn FnMut(&[u8]) -> bool) -> Result<()>;

    // ---- sorted sets

    /// The score of a member.
    fn zset_score(&mut self, at: Self::At, member: &[u8]) -> Result<Option<f64>>;

    /// Adds a member, or changes its score; `old` is its present one.
    fn zset_put(&mut self, at: Self::At, member: &Member, old: Option<f64>, score: f64) -> Result<()>;

    /// Removes a member; `score` is its present one.
    fn zset_remove(&mut self, at: Self::At, member: &[u8], score: f64) -> Result<()>;

    /// How many members come before this one; `score` is its present one.
    fn zset_rank(&mut self, at: Self::At, member: &[u8], score: f64) -> Result<u64>;

    /// How many members are in the selection; of [`Selection::Rank`], how many from that rank on.
    fn zset_count(&mut self, at: Self::At, selection: Selection<'_>) -> Result<u64>;

    /// Members with their scores, least first or, in `reverse`, greatest first: skips `offset`, returns `count` at most.
    fn zset_range(
        &mut self,
        at: Self::At,
        selection: Selection<'_>,
        reverse: bool,
        offset: u64,
        count: u64,
    ) -> Result<Vec<(Bytes, f64)>>;

    /// One step of a scan, with the guarantee of [`Keyspace::scan`].
    fn zset_scan(&mut self, at: Self::At, cursor: &Cursor, count: usize) -> Result<Page<(Bytes, f64)>>;
}
