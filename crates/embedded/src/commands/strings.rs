//! Strings.

use bytes::Bytes;
use credenza_core::command::{
    Append, Condition, Get, GetDel, GetEx, GetExpiry, GetRange, IncrBy, IncrByFloat, MGet, MSet, MSetNx, Set,
    SetExpiry, SetRange, StrLen,
};
use credenza_core::semantics::long_double::incr_by_float;
use credenza_core::semantics::number::{format_i64, parse_i64};
use credenza_core::semantics::range::substring;
use credenza_core::{Error, ErrorKind, Key, Kind, Reply, Result, SetReply};

use super::length;
use crate::keyspace::Keyspace;
use crate::step::Step;

impl<K: Keyspace> Step<'_, K> {
    pub(crate) fn get(&mut self, c: Get) -> Result<Reply> {
        let found = self.string(&c.key)?;
        Ok(Reply::Value(found.map(|(_, value)| value)))
    }

    pub(crate) fn set(&mut self, c: Set) -> Result<Reply> {
        let deadline = self.deadline(c.expiry)?;
        if c.condition.is_none() && !c.get && c.expiry != SetExpiry::Keep {
            self.store_string(&c.key, c.value.into_bytes(), deadline)?;
            return Ok(Reply::Set(SetReply { applied: true, previous: None }));
        }
        let (found, previous) = if c.get {
            self.string(&c.key)?.map(|(entry, value)| (Some(entry), Some(value))).unwrap_or_default()
        } else {
            (self.peek(&c.key)?, None)
        };
        let applied = match c.condition {
            None => true,
            Some(Condition::Absent) => found.is_none(),
            Some(Condition::Present) => found.is_some(),
        };
        if applied {
            let kept = found.filter(|_| c.expiry == SetExpiry::Keep).and_then(|entry| entry.expires_at);
            self.store_string(&c.key, c.value.into_bytes(), kept.or(deadline))?;
        }
        Ok(Reply::Set(SetReply { applied, previous }))
    }

    /// When a string that is written now expires; the caller looks after [`SetExpiry::Keep`].
    pub(super) fn deadline(&mut self, expiry: SetExpiry) -> Result<Option<i64>> {
        match expiry {
            SetExpiry::Clear | SetExpiry::Keep => Ok(None),
            SetExpiry::In(time) => self.after(time).map(Some),
            SetExpiry::At(time) => Ok(Some(time)),
        }
    }

    /// Stores a string in place of whatever stands at the key. One that has expired already only removes that.
    pub(super) fn store_string(&mut self, key: &Key, value: Bytes, deadline: Option<i64>) -> Result<()> {
        if deadline.is_none_or(|time| time > self.now()) {
            return self.space.put_string(key, value, deadline);
        }
        match self.find(key)? {
            Some(old) => self.space.remove(key, old.at),
            None => Ok(()),
        }
    }

    pub(crate) fn getdel(&mut self, c: GetDel) -> Result<Reply> {
        let Some((entry, value)) = self.string(&c.key)? else { return Ok(Reply::Value(None)) };
        self.space.remove(&c.key, entry.at)?;
        Ok(Reply::Value(Some(value)))
    }

    pub(crate) fn getex(&mut self, c: GetEx) -> Result<Reply> {
        let Some((entry, value)) = self.string(&c.key)? else { return Ok(Reply::Value(None)) };
        match c.expiry {
            GetExpiry::Keep => {}
            GetExpiry::Clear if entry.expires_at.is_none() => {}
            GetExpiry::Clear => self.space.set_expiry(&c.key, entry.at, None)?,
            GetExpiry::In(time) => {
                let deadline = self.after(time)?;
                self.expire_at(&c.key, entry.at, deadline)?;
            }
            GetExpiry::At(deadline) => self.expire_at(&c.key, entry.at, deadline)?,
        }
        Ok(Reply::Value(Some(value)))
    }

    pub(crate) fn mget(&mut self, c: MGet) -> Result<Reply> {
        let values = c.keys.iter().map(|key| Ok(self.peek_string(key)?.and_then(|(_, value)| value)));
        values.collect::<Result<_>>().map(Reply::Values)
    }

    pub(crate) fn mset(&mut self, c: MSet) -> Result<Reply> {
        for (key, value) in c.entries {
            self.space.put_string(&key, value.into_bytes(), None)?;
        }
        Ok(Reply::Done)
    }

    pub(crate) fn msetnx(&mut self, c: MSetNx) -> Result<Reply> {
        for (key, _) in &c.entries {
            if self.peek(key)?.is_some() {
                return Ok(Reply::Bool(false));
            }
        }
        self.mset(MSet { entries: c.entries })?;
        Ok(Reply::Bool(true))
    }

    pub(crate) fn incrby(&mut self, c: IncrBy) -> Result<Reply> {
        let (number, expires_at) = match self.string(&c.key)? {
            Some((entry, value)) => (integer(&value, &c.key)?, entry.expires_at),
            None => (0, None),
        };
        let sum = number.checked_add(c.by).ok_or_else(|| overflow(&c.key))?;
        self.space.put_string(&c.key, format_i64(sum), expires_at)?;
        Ok(Reply::Int(sum))
    }

    pub(crate) fn incrbyfloat(&mut self, c: IncrByFloat) -> Result<Reply> {
        let found = self.string(&c.key)?;
        let (sum, number) = float_sum(found.as_ref().map(|(_, value)| value), c.by, &c.key)?;
        self.space.put_string(&c.key, sum, found.and_then(|(entry, _)| entry.expires_at))?;
        Ok(Reply::Float(number))
    }

    pub(crate) fn append(&mut self, c: Append) -> Result<Reply> {
        let (old, expires_at) = self.string_or_empty(&c.key)?;
        self.check_value_len(old.len().saturating_add(c.value.len()))?;
        let value = if old.is_empty() { c.value.into_bytes() } else { [&old[..], &c.value].concat().into() };
        let len = value.len();
        self.space.put_string(&c.key, value, expires_at)?;
        Ok(length(len as u64))
    }

    pub(crate) fn strlen(&mut self, c: StrLen) -> Result<Reply> {
        let found = self.peek_kind(&c.key, Kind::String)?;
        Ok(length(found.map_or(0, |entry| entry.len)))
    }

    pub(crate) fn getrange(&mut self, c: GetRange) -> Result<Reply> {
        let (value, _) = self.string_or_empty(&c.key)?;
        let part = value.slice(substring(c.start, c.end, value.len() as u64));
        Ok(Reply::Value(Some(part)))
    }

    pub(crate) fn setrange(&mut self, c: SetRange) -> Result<Reply> {
        let (old, expires_at) = self.string_or_empty(&c.key)?;
        if c.value.is_empty() {
            return Ok(length(old.len() as u64));
        }
        let offset = usize::try_from(c.offset).unwrap_or(usize::MAX);
        let end = offset.saturating_add(c.value.len());
        self.check_value_len(end)?;
        let mut value = Vec::with_capacity(end.max(old.len()));
        value.extend_from_slice(old.get(..offset).unwrap_or(&old));
        value.resize(offset, 0);
        value.extend_from_slice(&c.value);
        value.extend_from_slice(old.get(end..).unwrap_or_default());
        let len = value.len();
        self.space.put_string(&c.key, value.into(), expires_at)?;
        Ok(length(len as u64))
    }

    /// The string at the key, empty where there is none, and when it expires.
    fn string_or_empty(&mut self, key: &Key) -> Result<(Bytes, Option<i64>)> {
        let found = self.string(key)?;
        Ok(found.map(|(entry, value)| (value, entry.expires_at)).unwrap_or_default())
    }
}

/// Reads a stored number.
pub(super) fn integer(text: &[u8], key: &Key) -> Result<i64> {
    let wrong =
        || Error::new(ErrorKind::NotAnInteger, "the value is not an integer or out of range").for_key(key);
    parse_i64(text).ok_or_else(wrong)
}

pub(super) fn overflow(key: &Key) -> Error {
    Error::new(ErrorKind::Overflow, "increment or decrement would overflow").for_key(key)
}

/// Adds to a stored number, or to 0: the text to store, and the same as a number.
pub(super) fn float_sum(text: Option<&Bytes>, by: f64, key: &Key) -> Result<(Bytes, f64)> {
    incr_by_float(text.map(AsRef::as_ref), by).map_err(|error| error.for_key(key))
}
