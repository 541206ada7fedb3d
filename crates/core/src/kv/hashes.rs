//! Methods for hashes.

use bytes::Bytes;

use super::Kv;
use crate::command::{
    HDel, HExists, HGet, HGetAll, HIncrBy, HIncrByFloat, HKeys, HLen, HMGet, HRandField, HSet, HSetNx,
    HStrLen, HVals,
};
use crate::data::{Field, Key, Value};
use crate::error::Result;

/// # Hashes
///
/// ```
/// # async fn example(kv: credenza_core::Kv) -> credenza_core::Result<()> {
/// kv.hset_many("user:7", [("name", "Ada"), ("city", "London")]).await?;
/// assert_eq!(kv.hget("user:7", "name").await?.as_deref(), Some(&b"Ada"[..]));
/// assert_eq!(kv.hincr_by("user:7", "visits", 1).await?, 1);
/// assert_eq!(kv.hlen("user:7").await?, 3);
/// # Ok(()) }
/// ```
impl Kv {
    /// Sets a field; says whether it is new ([`HSet`]).
    pub async fn hset(
        &self,
        key: impl Into<Key>,
        field: impl Into<Field>,
        value: impl Into<Value>,
    ) -> Result<bool> {
        Ok(self.run(HSet::new(key, [(field, value)])).await? > 0)
    }

    /// Sets fields; says how many are new ([`HSet`]).
    pub async fn hset_many(
        &self,
        key: impl Into<Key>,
        entries: impl IntoIterator<Item = (impl Into<Field>, impl Into<Value>)>,
    ) -> Result<u64> {
        self.run(HSet::new(key, entries)).await
    }

    /// Sets a field, unless it exists; says whether it did ([`HSetNx`]).
    pub async fn hset_nx(
        &self,
        key: impl Into<Key>,
        field: impl Into<Field>,
        value: impl Into<Value>,
    ) -> Result<bool> {
        self.run(HSetNx::new(key, field, value)).await
    }

    /// Reads a field, if it exists ([`HGet`]).
    pub async fn hget(&self, key: impl Into<Key>, field: impl Into<Field>) -> Result<Option<Bytes>> {
        self.run(HGet::new(key, field)).await
    }

    /// Reads several fields, in their order ([`HMGet`]).
    pub async fn hmget(
        &self,
        key: impl Into<Key>,
        fields: impl IntoIterator<Item = impl Into<Field>>,
    ) -> Result<Vec<Option<Bytes>>> {
        self.run(HMGet::new(key, fields)).await
    }

    /// All fields with their values, in no order ([`HGetAll`]); [`Kv::hscan`] goes page by page.
    pub async fn hgetall(&self, key: impl Into<Key>) -> Result<Vec<(Bytes, Bytes)>> {
        self.run(HGetAll::new(key)).await
    }

    /// Deletes a field; says whether it was there ([`HDel`]).
    pub async fn hdel(&self, key: impl Into<Key>, field: impl Into<Field>) -> Result<bool> {
        Ok(self.run(HDel::new(key, [field])).await? > 0)
    }

    /// Deletes fields; says how many were there ([`HDel`]).
    pub async fn hdel_many(
        &self,
        key: impl Into<Key>,
        fields: impl IntoIterator<Item = impl Into<Field>>,
    ) -> Result<u64> {
        self.run(HDel::new(key, fields)).await
    }

    /// Whether a field exists ([`HExists`]).
    pub async fn hexists(&self, key: impl Into<Key>, field: impl Into<Field>) -> Result<bool> {
        self.run(HExists::new(key, field)).await
    }

    /// All fields, in no order ([`HKeys`]).
    pub async fn hkeys(&self, key: impl Into<Key>) -> Result<Vec<Bytes>> {
        self.run(HKeys::new(key)).await
    }

    /// All values, in no order ([`HVals`]).
    pub async fn hvals(&self, key: impl Into<Key>) -> Result<Vec<Bytes>> {
        self.run(HVals::new(key)).await
    }

    /// How many fields there are ([`HLen`]).
    pub async fn hlen(&self, key: impl Into<Key>) -> Result<u64> {
        self.run(HLen::new(key)).await
    }

    /// The length of a field's value in bytes ([`HStrLen`]).
    pub async fn hstrlen(&self, key: impl Into<Key>, field: impl Into<Field>) -> Result<u64> {
        self.run(HStrLen::new(key, field)).await
    }

    /// Adds to the integer in a field and returns the sum ([`HIncrBy`]).
    pub async fn hincr_by(&self, key: impl Into<Key>, field: impl Into<Field>, by: i64) -> Result<i64> {
        self.run(HIncrBy::new(key, field, by)).await
    }

    /// Adds to the number in a field and returns the sum ([`HIncrByFloat`]).
    pub async fn hincr_by_float(&self, key: impl Into<Key>, field: impl Into<Field>, by: f64) -> Result<f64> {
        self.run(HIncrByFloat::new(key, field, by)).await
    }

    /// A random field with its value, if there is any ([`HRandField`]).
    pub async fn hrandfield(&self, key: impl Into<Key>) -> Result<Option<(Bytes, Bytes)>> {
        Ok(self.run(HRandField::new(key, None)).await?.pop())
    }

    /// So many random fields with their values; negative: with repetitions ([`HRandField`]).
    pub async fn hrandfield_count(&self, key: impl Into<Key>, count: i64) -> Result<Vec<(Bytes, Bytes)>> {
        self.run(HRandField::new(key, Some(count))).await
    }
}
