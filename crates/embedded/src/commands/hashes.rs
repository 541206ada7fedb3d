//! Hashes. `HSCAN` is in `scans.rs`.

use bytes::Bytes;
use credenza_core::command::{
    HDel, HExists, HGet, HGetAll, HIncrBy, HIncrByFloat, HKeys, HLen, HMGet, HRandField, HSet, HSetNx,
    HStrLen, HVals,
};
use credenza_core::semantics::number::format_i64;
use credenza_core::{Field, Key, Kind, Reply, Result, Value};

use super::length;
use super::sets::worth_reading_whole;
use super::strings::{float_sum, integer, overflow};
use crate::keyspace::{Entry, Keyspace};
use crate::step::Step;

impl<K: Keyspace> Step<'_, K> {
    pub(crate) fn hset(&mut self, c: HSet) -> Result<Reply> {
        let found = self.find_kind(&c.key, Kind::Hash)?;
        let (at, len) = self.find_or_create(&c.key, found, Kind::Hash)?;
        let mut added = 0;
        for (field, value) in &c.entries {
            added += u64::from(self.space.hash_put(at, field, value)?);
        }
        self.resize(&c.key, at, len + added)?;
        Ok(length(added))
    }

    pub(crate) fn hsetnx(&mut self, c: HSetNx) -> Result<Reply> {
        let (found, old) = self.find_field(&c.key, &c.field)?;
        if old.is_some() {
            return Ok(Reply::Bool(false));
        }
        self.put_field(&c.key, found, &c.field, &c.value)?;
        Ok(Reply::Bool(true))
    }

    /// The hash, for writing, with the value of a field.
    fn find_field(&mut self, key: &Key, field: &[u8]) -> Result<(Option<Entry<K::At>>, Option<Bytes>)> {
        let found = self.find_kind(key, Kind::Hash)?;
        let value = match &found {
            Some(hash) => self.space.hash_get(hash.at, field)?,
            None => None,
        };
        Ok((found, value))
    }

    fn put_field(
        &mut self,
        key: &Key,
        found: Option<Entry<K::At>>,
        field: &Field,
        value: &Value,
    ) -> Result<()> {
        let (at, len) = self.find_or_create(key, found, Kind::Hash)?;
        let added = self.space.hash_put(at, field, value)?;
        self.resize(key, at, len + u64::from(added))
    }

    pub(crate) fn hget(&mut self, c: HGet) -> Result<Reply> {
        self.field(&c.key, &c.field).map(Reply::Value)
    }

    /// The value of a field, for reading.
    fn field(&mut self, key: &Key, field: &[u8]) -> Result<Option<Bytes>> {
        match self.peek_kind(key, Kind::Hash)? {
            Some(hash) => self.space.hash_get(hash.at, field),
            None => Ok(None),
        }
    }

    pub(crate) fn hmget(&mut self, c: HMGet) -> Result<Reply> {
        let Some(hash) = self.peek_kind(&c.key, Kind::Hash)? else {
            return Ok(Reply::Values(vec![None; c.fields.len()]));
        };
        let values = c.fields.iter().map(|field| self.space.hash_get(hash.at, field));
        values.collect::<Result<_>>().map(Reply::Values)
    }

    pub(crate) fn hgetall(&mut self, c: HGetAll) -> Result<Reply> {
        self.entries(&c.key).map(Reply::Entries)
    }

    fn entries(&mut self, key: &Key) -> Result<Vec<(Bytes, Bytes)>> {
        match self.peek_kind(key, Kind::Hash)? {
            Some(hash) => self.space.hash_all(hash.at),
            None => Ok(Vec::new()),
        }
    }

    pub(crate) fn hdel(&mut self, c: HDel) -> Result<Reply> {
        let Some(hash) = self.find_kind(&c.key, Kind::Hash)? else { return Ok(Reply::Int(0)) };
        let mut removed = 0;
        for field in &c.fields {
            removed += u64::from(self.space.hash_remove(hash.at, field)?);
        }
        if removed > 0 {
            self.resize(&c.key, hash.at, hash.len - removed)?;
        }
        Ok(length(removed))
    }

    pub(crate) fn hexists(&mut self, c: HExists) -> Result<Reply> {
        let value = self.field(&c.key, &c.field)?;
        Ok(Reply::Bool(value.is_some()))
    }

    pub(crate) fn hkeys(&mut self, c: HKeys) -> Result<Reply> {
        let entries = self.entries(&c.key)?;
        Ok(Reply::Fields(entries.into_iter().map(|(field, _)| field).collect()))
    }

    pub(crate) fn hvals(&mut self, c: HVals) -> Result<Reply> {
        let entries = self.entries(&c.key)?;
        Ok(Reply::List(Some(entries.into_iter().map(|(_, value)| value).collect())))
    }

    pub(crate) fn hlen(&mut self, c: HLen) -> Result<Reply> {
        let hash = self.peek_kind(&c.key, Kind::Hash)?;
        Ok(length(hash.map_or(0, |hash| hash.len)))
    }

    pub(crate) fn hstrlen(&mut self, c: HStrLen) -> Result<Reply> {
        let value = self.field(&c.key, &c.field)?;
        Ok(length(value.map_or(0, |value| value.len() as u64)))
    }

    pub(crate) fn hincrby(&mut self, c: HIncrBy) -> Result<Reply> {
        let (found, old) = self.find_field(&c.key, &c.field)?;
        let number = old.map_or(Ok(0), |text| integer(&text, &c.key))?;
        let sum = number.checked_add(c.by).ok_or_else(|| overflow(&c.key))?;
        self.put_field(&c.key, found, &c.field, &format_i64(sum).into())?;
        Ok(Reply::Int(sum))
    }

    pub(crate) fn hincrbyfloat(&mut self, c: HIncrByFloat) -> Result<Reply> {
        let (found, old) = self.find_field(&c.key, &c.field)?;
        let (sum, number) = float_sum(old.as_ref(), c.by, &c.key)?;
        self.put_field(&c.key, found, &c.field, &sum.into())?;
        Ok(Reply::Float(number))
    }

    pub(crate) fn hrandfield(&mut self, c: HRandField) -> Result<Reply> {
        let Some(hash) = self.peek_kind(&c.key, Kind::Hash)? else { return Ok(Reply::Entries(Vec::new())) };
        let chosen = self.choose(hash.len, c.count.unwrap_or(1))?;
        let mut entries = Vec::with_capacity(chosen.len());
        if worth_reading_whole(&chosen, hash.len) {
            let all = self.space.hash_all(hash.at)?;
            entries.extend(chosen.into_iter().filter_map(|index| all.get(index as usize).cloned()));
        } else {
            for index in chosen {
                entries.extend(self.space.hash_nth(hash.at, index)?);
            }
        }
        Ok(Reply::Entries(entries))
    }
}
