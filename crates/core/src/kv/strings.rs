//! Methods for strings.

use std::time::Duration;

use bytes::Bytes;

use super::Kv;
use crate::command::{
    Append, Get, GetDel, GetEx, GetRange, IncrBy, IncrByFloat, MGet, MSet, MSetNx, Set, SetRange, StrLen,
};
use crate::data::{Key, Value};
use crate::error::Result;

/// # Strings
///
/// ```
/// # async fn example(kv: credenza_core::Kv) -> credenza_core::Result<()> {
/// use std::time::Duration;
///
/// kv.set("greeting", "hello").await?;
/// assert_eq!(kv.get("greeting").await?.as_deref(), Some(&b"hello"[..]));
///
/// assert!(kv.set_nx_ex("lock:7", "me", Duration::from_secs(10)).await?);
/// assert!(!kv.set_nx("lock:7", "you").await?);
///
/// assert_eq!(kv.incr_by("visits", 5).await?, 5);
/// assert_eq!(kv.decr("visits").await?, 4);
/// kv.mset([("a", "1"), ("b", "2")]).await?;
/// # Ok(()) }
/// ```
impl Kv {
    /// Reads a string, if the key exists ([`Get`]).
    pub async fn get(&self, key: impl Into<Key>) -> Result<Option<Bytes>> {
        self.run(Get::new(key)).await
    }

    /// Sets a string in place of what stood there, without a time to live ([`Set`]).
    pub async fn set(&self, key: impl Into<Key>, value: impl Into<Value>) -> Result<()> {
        self.run(Set::new(key, value)).await.map(drop)
    }

    /// Sets a string that expires after that long, which must not be zero ([`Set`]).
    pub async fn set_ex(&self, key: impl Into<Key>, value: impl Into<Value>, after: Duration) -> Result<()> {
        self.run(Set::new(key, value).expire_in(after)).await.map(drop)
    }

    /// Sets a string, unless the key exists; says whether it did ([`Set`]).
    pub async fn set_nx(&self, key: impl Into<Key>, value: impl Into<Value>) -> Result<bool> {
        Ok(self.run(Set::new(key, value).if_absent()).await?.applied)
    }

    /// Sets a string that expires after that long, unless the key exists; says whether it did ([`Set`]).
    pub async fn set_nx_ex(
        &self,
        key: impl Into<Key>,
        value: impl Into<Value>,
        after: Duration,
    ) -> Result<bool> {
        Ok(self.run(Set::new(key, value).if_absent().expire_in(after)).await?.applied)
    }

    /// Sets a string and returns the one that stood there ([`Set`]).
    pub async fn getset(&self, key: impl Into<Key>, value: impl Into<Value>) -> Result<Option<Bytes>> {
        Ok(self.run(Set::new(key, value).get(true)).await?.previous)
    }

    /// Reads a string and deletes it ([`GetDel`]).
    pub async fn getdel(&self, key: impl Into<Key>) -> Result<Option<Bytes>> {
        self.run(GetDel::new(key)).await
    }

    /// Reads a string and lets it expire after that long, which must not be zero ([`GetEx`]).
    pub async fn getex(&self, key: impl Into<Key>, after: Duration) -> Result<Option<Bytes>> {
        self.run(GetEx::new(key).expiry(after)).await
    }

    /// Reads several strings, in the order of the keys ([`MGet`]).
    pub async fn mget(&self, keys: impl IntoIterator<Item = impl Into<Key>>) -> Result<Vec<Option<Bytes>>> {
        self.run(MGet::new(keys)).await
    }

    /// Sets several strings at once ([`MSet`]).
    pub async fn mset(
        &self,
        entries: impl IntoIterator<Item = (impl Into<Key>, impl Into<Value>)>,
    ) -> Result<()> {
        self.run(MSet::new(entries)).await
    }

    /// Sets several strings at once if none of the keys exists; says whether it did ([`MSetNx`]).
    pub async fn mset_nx(
        &self,
        entries: impl IntoIterator<Item = (impl Into<Key>, impl Into<Value>)>,
    ) -> Result<bool> {
        self.run(MSetNx::new(entries)).await
    }

    /// Adds 1 to the integer in a string and returns the sum ([`IncrBy`]).
    pub async fn incr(&self, key: impl Into<Key>) -> Result<i64> {
        self.run(IncrBy::new(key, 1)).await
    }

    /// Takes 1 from the integer in a string and returns the rest ([`IncrBy`]).
    pub async fn decr(&self, key: impl Into<Key>) -> Result<i64> {
        self.run(IncrBy::new(key, -1)).await
    }

    /// Adds to the integer in a string and returns the sum; a negative number subtracts ([`IncrBy`]).
    pub async fn incr_by(&self, key: impl Into<Key>, by: i64) -> Result<i64> {
        self.run(IncrBy::new(key, by)).await
    }

    /// Adds to the number in a string and returns the sum ([`IncrByFloat`]).
    pub async fn incr_by_float(&self, key: impl Into<Key>, by: f64) -> Result<f64> {
        self.run(IncrByFloat::new(key, by)).await
    }

    /// Appends to a string and returns the length of the whole ([`Append`]).
    pub async fn append(&self, key: impl Into<Key>, value: impl Into<Value>) -> Result<u64> {
        self.run(Append::new(key, value)).await
    }

    /// The length of a string in bytes ([`StrLen`]).
    pub async fn strlen(&self, key: impl Into<Key>) -> Result<u64> {
        self.run(StrLen::new(key)).await
    }

    /// Reads the bytes from `start` to `end`, inclusive; negative counts from the end ([`GetRange`]).
    pub async fn getrange(&self, key: impl Into<Key>, start: i64, end: i64) -> Result<Bytes> {
        self.run(GetRange::new(key, start, end)).await
    }

    /// Overwrites a string from an offset on and returns the length of the whole ([`SetRange`]).
    pub async fn setrange(&self, key: impl Into<Key>, offset: u64, value: impl Into<Value>) -> Result<u64> {
        self.run(SetRange::new(key, offset, value)).await
    }
}
