//! Methods for lists.

use bytes::Bytes;

use super::Kv;
use crate::command::{
    End, LIndex, LInsert, LLen, LMove, LPop, LPos, LPush, LPushX, LRange, LRem, LSet, LTrim, RPop, RPush,
    RPushX, Side,
};
use crate::data::{Key, Value};
use crate::error::{Error, Result};

/// # Lists
///
/// ```
/// # async fn example(kv: credenza_core::Kv) -> credenza_core::Result<()> {
/// use credenza_core::command::End;
///
/// kv.rpush_many("jobs", ["first", "second", "third"]).await?;
/// assert_eq!(kv.lpop("jobs").await?.as_deref(), Some(&b"first"[..]));
/// kv.lmove("jobs", "running", End::Left, End::Right).await?;
/// assert_eq!(kv.lrange("jobs", 0, -1).await?, ["third"]);
/// # Ok(()) }
/// ```
impl Kv {
    /// Puts an element at the head and returns the length of the list ([`LPush`]).
    pub async fn lpush(&self, key: impl Into<Key>, value: impl Into<Value>) -> Result<u64> {
        self.run(LPush::new(key, [value])).await
    }

    /// Puts elements at the head, each before the one before it, and returns the length ([`LPush`]).
    pub async fn lpush_many(
        &self,
        key: impl Into<Key>,
        values: impl IntoIterator<Item = impl Into<Value>>,
    ) -> Result<u64> {
        self.run(LPush::new(key, values)).await
    }

    /// Puts an element at the tail and returns the length of the list ([`RPush`]).
    pub async fn rpush(&self, key: impl Into<Key>, value: impl Into<Value>) -> Result<u64> {
        self.run(RPush::new(key, [value])).await
    }

    /// Puts elements at the tail and returns the length of the list ([`RPush`]).
    pub async fn rpush_many(
        &self,
        key: impl Into<Key>,
        values: impl IntoIterator<Item = impl Into<Value>>,
    ) -> Result<u64> {
        self.run(RPush::new(key, values)).await
    }

    /// Puts an element at the head if the list exists and returns the length, 0 if not ([`LPushX`]).
    pub async fn lpushx(&self, key: impl Into<Key>, value: impl Into<Value>) -> Result<u64> {
        self.run(LPushX::new(key, [value])).await
    }

    /// Puts an element at the tail if the list exists and returns the length, 0 if not ([`RPushX`]).
    pub async fn rpushx(&self, key: impl Into<Key>, value: impl Into<Value>) -> Result<u64> {
        self.run(RPushX::new(key, [value])).await
    }

    /// Takes the element at the head, if there is any ([`LPop`]).
    pub async fn lpop(&self, key: impl Into<Key>) -> Result<Option<Bytes>> {
        Ok(self.run(LPop::new(key, None)).await?.and_then(|mut one| one.pop()))
    }

    /// Takes so many elements from the head, or all there are ([`LPop`]).
    pub async fn lpop_count(&self, key: impl Into<Key>, count: u64) -> Result<Vec<Bytes>> {
        Ok(self.run(LPop::new(key, Some(count))).await?.unwrap_or_default())
    }

    /// Takes the element at the tail, if there is any ([`RPop`]).
    pub async fn rpop(&self, key: impl Into<Key>) -> Result<Option<Bytes>> {
        Ok(self.run(RPop::new(key, None)).await?.and_then(|mut one| one.pop()))
    }

    /// Takes so many elements from the tail, or all there are, the last one first ([`RPop`]).
    pub async fn rpop_count(&self, key: impl Into<Key>, count: u64) -> Result<Vec<Bytes>> {
        Ok(self.run(RPop::new(key, Some(count))).await?.unwrap_or_default())
    }

    /// Reads the elements from `start` to `stop`, inclusive; negative counts from the end ([`LRange`]).
    pub async fn lrange(&self, key: impl Into<Key>, start: i64, stop: i64) -> Result<Vec<Bytes>> {
        self.run(LRange::new(key, start, stop)).await
    }

    /// How many elements there are ([`LLen`]).
    pub async fn llen(&self, key: impl Into<Key>) -> Result<u64> {
        self.run(LLen::new(key)).await
    }

    /// Keeps the elements from `start` to `stop`, inclusive, and removes the others ([`LTrim`]).
    pub async fn ltrim(&self, key: impl Into<Key>, start: i64, stop: i64) -> Result<()> {
        self.run(LTrim::new(key, start, stop)).await
    }

    /// Reads an element, if the list reaches that far; negative counts from the end ([`LIndex`]).
    pub async fn lindex(&self, key: impl Into<Key>, index: i64) -> Result<Option<Bytes>> {
        self.run(LIndex::new(key, index)).await
    }

    /// Replaces an element; negative counts from the end ([`LSet`]).
    ///
    /// # Errors
    /// [`NoSuchKey`](crate::ErrorKind::NoSuchKey) or [`IndexOutOfRange`](crate::ErrorKind::IndexOutOfRange) if
    /// there is no such element.
    pub async fn lset(&self, key: impl Into<Key>, index: i64, value: impl Into<Value>) -> Result<()> {
        self.run(LSet::new(key, index, value)).await
    }

    /// Removes so many elements that equal `value`, from the head; negative: from the tail; 0: all. Says how
    /// many ([`LRem`]).
    pub async fn lrem(&self, key: impl Into<Key>, count: i64, value: impl Into<Value>) -> Result<u64> {
        self.run(LRem::new(key, count, value)).await
    }

    /// Inserts an element before the first one that equals `pivot`; returns the length of the list, or `None`
    /// if there is no such element ([`LInsert`]).
    pub async fn linsert_before(
        &self,
        key: impl Into<Key>,
        pivot: impl Into<Value>,
        value: impl Into<Value>,
    ) -> Result<Option<u64>> {
        self.run(LInsert::new(key, Side::Before, pivot, value)).await.and_then(inserted)
    }

    /// Inserts an element after the first one that equals `pivot`; returns the length of the list, or `None`
    /// if there is no such element ([`LInsert`]).
    pub async fn linsert_after(
        &self,
        key: impl Into<Key>,
        pivot: impl Into<Value>,
        value: impl Into<Value>,
    ) -> Result<Option<u64>> {
        self.run(LInsert::new(key, Side::After, pivot, value)).await.and_then(inserted)
    }

    /// The position of the first element that equals `value`, if there is any ([`LPos`]).
    pub async fn lpos(&self, key: impl Into<Key>, value: impl Into<Value>) -> Result<Option<u64>> {
        Ok(self.run(LPos::new(key, value)).await?.pop())
    }

    /// The positions of the first so many elements that equal `value`, with a count of 0 of all ([`LPos`]).
    pub async fn lpos_count(
        &self,
        key: impl Into<Key>,
        value: impl Into<Value>,
        count: u64,
    ) -> Result<Vec<u64>> {
        self.run(LPos::new(key, value).count(count)).await
    }

    /// Moves an element from an end of one list to an end of another, and returns it ([`LMove`]).
    pub async fn lmove(
        &self,
        source: impl Into<Key>,
        destination: impl Into<Key>,
        from: End,
        to: End,
    ) -> Result<Option<Bytes>> {
        self.run(LMove::new(source, destination, from, to)).await
    }
}

/// `LINSERT` answers 0 where there is no list and −1 where there is no pivot.
fn inserted(reply: i64) -> Result<Option<u64>> {
    match reply {
        0 | -1 => Ok(None),
        len => u64::try_from(len).map(Some).map_err(|_| Error::internal("a length is negative")),
    }
}
