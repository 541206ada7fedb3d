//! Lists.

use bytes::Bytes;
use credenza_core::command::{
    End, LIndex, LInsert, LLen, LMove, LPop, LPos, LPush, LPushX, LRange, LRem, LSet, LTrim, RPop, RPush,
    RPushX,
};
use credenza_core::semantics::range::{index, slice};
use credenza_core::{Error, ErrorKind, Key, Kind, Reply, Result, Value};

use super::length;
use crate::keyspace::Keyspace;
use crate::step::Step;

impl<K: Keyspace> Step<'_, K> {
    pub(crate) fn lpush(&mut self, c: LPush) -> Result<Reply> {
        self.push(&c.key, &c.values, End::Left, true)
    }

    pub(crate) fn rpush(&mut self, c: RPush) -> Result<Reply> {
        self.push(&c.key, &c.values, End::Right, true)
    }

    pub(crate) fn lpushx(&mut self, c: LPushX) -> Result<Reply> {
        self.push(&c.key, &c.values, End::Left, false)
    }

    pub(crate) fn rpushx(&mut self, c: RPushX) -> Result<Reply> {
        self.push(&c.key, &c.values, End::Right, false)
    }

    fn push(&mut self, key: &Key, values: &[Value], end: End, create: bool) -> Result<Reply> {
        let found = self.find_kind(key, Kind::List)?;
        if found.is_none() && !create {
            return Ok(Reply::Int(0));
        }
        let (at, len) = self.find_or_create(key, found, Kind::List)?;
        for value in values {
            self.space.list_push(at, end, value)?;
        }
        let len = len + values.len() as u64;
        self.resize(key, at, len)?;
        Ok(length(len))
    }

    pub(crate) fn lpop(&mut self, c: LPop) -> Result<Reply> {
        self.pop(&c.key, End::Left, c.count)
    }

    pub(crate) fn rpop(&mut self, c: RPop) -> Result<Reply> {
        self.pop(&c.key, End::Right, c.count)
    }

    fn pop(&mut self, key: &Key, end: End, count: Option<u64>) -> Result<Reply> {
        let Some(list) = self.find_kind(key, Kind::List)? else { return Ok(Reply::List(None)) };
        let count = count.unwrap_or(1).min(list.len);
        let mut popped = Vec::new();
        for _ in 0..count {
            popped.extend(self.space.list_pop(list.at, end)?);
        }
        if !popped.is_empty() {
            self.resize(key, list.at, list.len - popped.len() as u64)?;
        }
        Ok(Reply::List(Some(popped)))
    }

    pub(crate) fn lrange(&mut self, c: LRange) -> Result<Reply> {
        let Some(list) = self.peek_kind(&c.key, Kind::List)? else {
            return Ok(Reply::List(Some(Vec::new())));
        };
        let (start, count) = slice(c.start, c.stop, list.len);
        let values =
            if count == 0 { Vec::new() } else { self.space.list_range(list.at, list.len, start, count)? };
        Ok(Reply::List(Some(values)))
    }

    pub(crate) fn llen(&mut self, c: LLen) -> Result<Reply> {
        let list = self.peek_kind(&c.key, Kind::List)?;
        Ok(length(list.map_or(0, |list| list.len)))
    }

    pub(crate) fn ltrim(&mut self, c: LTrim) -> Result<Reply> {
        let Some(list) = self.find_kind(&c.key, Kind::List)? else { return Ok(Reply::Done) };
        let (start, count) = slice(c.start, c.stop, list.len);
        if count == 0 {
            self.space.remove(&c.key, list.at)?;
        } else if count < list.len {
            self.space.list_trim(list.at, list.len, start, count)?;
            self.resize(&c.key, list.at, count)?;
        }
        Ok(Reply::Done)
    }

    pub(crate) fn lindex(&mut self, c: LIndex) -> Result<Reply> {
        let Some(list) = self.peek_kind(&c.key, Kind::List)? else { return Ok(Reply::Value(None)) };
        let Some(index) = index(c.index, list.len) else { return Ok(Reply::Value(None)) };
        let found = self.space.list_range(list.at, list.len, index, 1)?;
        Ok(Reply::Value(found.into_iter().next()))
    }

    pub(crate) fn lset(&mut self, c: LSet) -> Result<Reply> {
        let Some(list) = self.find_kind(&c.key, Kind::List)? else {
            return Err(Error::new(ErrorKind::NoSuchKey, "no such key").for_key(&c.key));
        };
        let Some(index) = index(c.index, list.len) else {
            return Err(Error::new(ErrorKind::IndexOutOfRange, "the index is out of range").for_key(&c.key));
        };
        self.space.list_set(list.at, list.len, index, &c.value)?;
        self.resize(&c.key, list.at, list.len)?;
        Ok(Reply::Done)
    }

    pub(crate) fn lrem(&mut self, c: LRem) -> Result<Reply> {
        let Some(list) = self.find_kind(&c.key, Kind::List)? else { return Ok(Reply::Int(0)) };
        let from = if c.count < 0 { End::Right } else { End::Left };
        let limit = if c.count == 0 { u64::MAX } else { c.count.unsigned_abs() };
        let removed = self.space.list_remove(list.at, &c.value, from, limit)?;
        if removed > 0 {
            self.resize(&c.key, list.at, list.len - removed)?;
        }
        Ok(length(removed))
    }

    pub(crate) fn linsert(&mut self, c: LInsert) -> Result<Reply> {
        let Some(list) = self.find_kind(&c.key, Kind::List)? else { return Ok(Reply::Int(0)) };
        if !self.space.list_insert(list.at, c.side, &c.pivot, &c.value)? {
            return Ok(Reply::Int(-1));
        }
        self.resize(&c.key, list.at, list.len + 1)?;
        Ok(length(list.len + 1))
    }

    pub(crate) fn lpos(&mut self, c: LPos) -> Result<Reply> {
        let Some(list) = self.peek_kind(&c.key, Kind::List)? else { return Ok(Reply::Positions(Vec::new())) };
        let rank = c.rank.unwrap_or(1);
        let from = if rank < 0 { End::Right } else { End::Left };
        let wanted = match c.count {
            None => 1,
            Some(0) => u64::MAX,
            Some(count) => count,
        };
        let max_len = c.max_len.filter(|len| *len > 0).unwrap_or(u64::MAX);
        let mut to_skip = rank.unsigned_abs() - 1;
        let mut seen = 0_u64;
        let mut found = Vec::new();
        self.space.list_walk(list.at, from, &mut |value| {
            if value == c.value.as_ref() {
                if to_skip > 0 {
                    to_skip -= 1;
                } else {
                    found.push(if from == End::Left { seen } else { list.len - 1 - seen });
                }
            }
            seen += 1;
            seen < max_len && (found.len() as u64) < wanted
        })?;
        Ok(Reply::Positions(found))
    }

    pub(crate) fn lmove(&mut self, c: LMove) -> Result<Reply> {
        let Some(source) = self.find_kind(&c.source, Kind::List)? else { return Ok(Reply::Value(None)) };
        if c.source == c.destination {
            return self.rotate(&c, source.at, source.len);
        }
        let destination = self.find_kind(&c.destination, Kind::List)?;
        let value = self.take(source.at, c.from)?;
        let (at, len) = self.find_or_create(&c.destination, destination, Kind::List)?;
        self.space.list_push(at, c.to, &Value::from(&value))?;
        self.resize(&c.destination, at, len + 1)?;
        self.resize(&c.source, source.at, source.len - 1)?;
        Ok(Reply::Value(Some(value)))
    }

    fn rotate(&mut self, c: &LMove, at: K::At, len: u64) -> Result<Reply> {
        let value = self.take(at, c.from)?;
        self.space.list_push(at, c.to, &Value::from(&value))?;
        self.resize(&c.source, at, len)?;
        Ok(Reply::Value(Some(value)))
    }

    fn take(&mut self, at: K::At, end: End) -> Result<Bytes> {
        self.space
            .list_pop(at, end)?
            .ok_or_else(|| Error::internal("a list has fewer elements than its length says"))
    }
}
