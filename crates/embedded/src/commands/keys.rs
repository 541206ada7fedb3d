//! Keys of any kind. `SCAN` is in `scans.rs`.

use credenza_core::command::{
    Clear, Copy, Del, Exists, Expire, ExpireTime, Expiry, Persist, Rename, RenameNx, TimeUnit, Ttl, Type,
};
use credenza_core::{Error, ErrorKind, Key, Reply, Result};

use super::length;
use crate::keyspace::Keyspace;
use crate::step::Step;

/// What `TTL` and its kin answer where there is no key.
const NO_KEY: Reply = Reply::Int(-2);
/// What they answer where the key lives for ever.
const NO_EXPIRY: Reply = Reply::Int(-1);

impl<K: Keyspace> Step<'_, K> {
    pub(crate) fn del(&mut self, c: Del) -> Result<Reply> {
        let mut removed = 0;
        for key in &c.keys {
            if let Some(entry) = self.find(key)? {
                self.space.remove(key, entry.at)?;
                removed += 1;
            }
        }
        Ok(length(removed))
    }

    pub(crate) fn exists(&mut self, c: Exists) -> Result<Reply> {
        let mut there = 0;
        for key in &c.keys {
            there += u64::from(self.peek(key)?.is_some());
        }
        Ok(length(there))
    }

    pub(crate) fn expire(&mut self, c: Expire) -> Result<Reply> {
        let deadline = match c.expiry {
            Expiry::In(time) => self.after(time)?,
            Expiry::At(time) => time,
        };
        let Some(entry) = self.find(&c.key)? else { return Ok(Reply::Bool(false)) };
        let allowed = match entry.expires_at {
            None => !c.xx && !c.gt,
            Some(old) => !c.nx && (!c.gt || deadline > old) && (!c.lt || deadline < old),
        };
        if allowed {
            self.expire_at(&c.key, entry.at, deadline)?;
        }
        Ok(Reply::Bool(allowed))
    }

    /// So many milliseconds from now.
    pub(super) fn after(&mut self, time: i64) -> Result<i64> {
        self.now().checked_add(time).ok_or_else(|| Error::invalid("invalid expire time"))
    }

    /// Gives the key a time to expire at. One that is past removes the key.
    pub(super) fn expire_at(&mut self, key: &Key, at: K::At, deadline: i64) -> Result<()> {
        if deadline <= self.now() {
            self.space.remove(key, at)
        } else {
            self.space.set_expiry(key, at, Some(deadline))
        }
    }

    pub(crate) fn expiretime(&mut self, c: ExpireTime) -> Result<Reply> {
        let Some(entry) = self.peek(&c.key)? else { return Ok(NO_KEY) };
        Ok(entry.expires_at.map_or(NO_EXPIRY, |time| Reply::Int(in_unit(time, c.unit))))
    }

    pub(crate) fn persist(&mut self, c: Persist) -> Result<Reply> {
        let Some(entry) = self.find(&c.key)?.filter(|entry| entry.expires_at.is_some()) else {
            return Ok(Reply::Bool(false));
        };
        self.space.set_expiry(&c.key, entry.at, None)?;
        Ok(Reply::Bool(true))
    }

    pub(crate) fn ttl(&mut self, c: Ttl) -> Result<Reply> {
        let Some(entry) = self.peek(&c.key)? else { return Ok(NO_KEY) };
        let left = self.left(entry.expires_at);
        Ok(left.map_or(NO_EXPIRY, |time| Reply::Int(in_unit(time, c.unit))))
    }

    /// How many milliseconds are left until then.
    pub(super) fn left(&mut self, expires_at: Option<i64>) -> Option<i64> {
        expires_at.map(|time| time.saturating_sub(self.now()))
    }

    pub(crate) fn kind_of(&mut self, c: Type) -> Result<Reply> {
        let found = self.peek(&c.key)?;
        Ok(Reply::Kind(found.map(|entry| entry.kind)))
    }

    pub(crate) fn rename(&mut self, c: Rename) -> Result<Reply> {
        self.move_key(&c.key, &c.new_key, true).map(|_| Reply::Done)
    }

    pub(crate) fn renamenx(&mut self, c: RenameNx) -> Result<Reply> {
        self.move_key(&c.key, &c.new_key, false).map(Reply::Bool)
    }

    fn move_key(&mut self, key: &Key, new_key: &Key, replace: bool) -> Result<bool> {
        let Some(entry) = self.find(key)? else {
            return Err(Error::new(ErrorKind::NoSuchKey, "no such key").for_key(key));
        };
        if key == new_key {
            return Ok(replace);
        }
        if !self.make_room(new_key, replace)? {
            return Ok(false);
        }
        self.space.rename(key, entry.at, new_key)?;
        Ok(true)
    }

    pub(crate) fn copy(&mut self, c: Copy) -> Result<Reply> {
        if c.source == c.destination {
            return Err(Error::invalid("source and destination are the same key").for_key(&c.source));
        }
        let Some(source) = self.peek(&c.source)? else { return Ok(Reply::Bool(false)) };
        if !self.make_room(&c.destination, c.replace)? {
            return Ok(Reply::Bool(false));
        }
        self.space.copy(&c.source, source.at, &c.destination)?;
        Ok(Reply::Bool(true))
    }

    /// Whether nothing stands at the key, or what stood there could be removed.
    fn make_room(&mut self, key: &Key, replace: bool) -> Result<bool> {
        let Some(old) = self.find(key)? else { return Ok(true) };
        if replace {
            self.space.remove(key, old.at)?;
        }
        Ok(replace)
    }

    pub(crate) fn clear(&mut self, c: Clear) -> Result<Reply> {
        let now = self.now();
        self.space.clear(&c.prefix, now).map(length)
    }
}

/// Seconds are rounded to the nearest, as in Redis.
fn in_unit(time: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Milliseconds => time,
        TimeUnit::Seconds => time.saturating_add(500) / 1000,
    }
}
