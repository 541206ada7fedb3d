//! Commands beyond Redis 7.

use credenza_core::command::{DelIfEqual, GetVersioned, IncrBounded, SetExpiry, SetIfEqual, VersionOf};
use credenza_core::semantics::number::format_i64;
use credenza_core::{Bounded, Reply, Result};

use super::strings::{integer, overflow};
use crate::keyspace::Keyspace;
use crate::step::Step;

impl<K: Keyspace> Step<'_, K> {
    pub(crate) fn getversioned(&mut self, c: GetVersioned) -> Result<Reply> {
        let found = self.string(&c.key)?;
        Ok(Reply::Versioned(found.map(|(entry, value)| (value, entry.version))))
    }

    pub(crate) fn versionof(&mut self, c: VersionOf) -> Result<Reply> {
        let found = self.peek(&c.key)?;
        Ok(Reply::Version(found.map(|entry| entry.version)))
    }

    pub(crate) fn setifequal(&mut self, c: SetIfEqual) -> Result<Reply> {
        let deadline = self.deadline(c.expiry)?;
        match self.string(&c.key)? {
            Some((entry, value)) if value == *c.expected => {
                let kept = entry.expires_at.filter(|_| c.expiry == SetExpiry::Keep);
                self.store_string(&c.key, c.value.into_bytes(), kept.or(deadline))?;
                Ok(Reply::Bool(true))
            }
            _ => Ok(Reply::Bool(false)),
        }
    }

    pub(crate) fn delifequal(&mut self, c: DelIfEqual) -> Result<Reply> {
        match self.string(&c.key)? {
            Some((entry, value)) if value == *c.expected => {
                self.space.remove(&c.key, entry.at)?;
                Ok(Reply::Bool(true))
            }
            _ => Ok(Reply::Bool(false)),
        }
    }

    pub(crate) fn incrbounded(&mut self, c: IncrBounded) -> Result<Reply> {
        let found = self.string(&c.key)?;
        let (old, old_expiry) = match &found {
            Some((entry, text)) => (integer(text, &c.key)?, entry.expires_at),
            None => (0, None),
        };
        let sum = match old.checked_add(c.by) {
            Some(sum) if c.min.is_none_or(|min| sum >= min) && c.max.is_none_or(|max| sum <= max) => sum,
            // What leaves the range of the type on the side of a bound has left the bound too.
            None if if c.by > 0 { c.max } else { c.min }.is_none() => return Err(overflow(&c.key)),
            _ => {
                let ttl = self.left(old_expiry);
                return Ok(Reply::Bounded(Bounded { value: old, applied: false, ttl }));
            }
        };
        let expires_at = match (&found, c.ttl) {
            (None, Some(ttl)) => Some(self.after(ttl)?),
            _ => old_expiry,
        };
        self.space.put_string(&c.key, format_i64(sum), expires_at)?;
        let ttl = self.left(expires_at);
        Ok(Reply::Bounded(Bounded { value: sum, applied: true, ttl }))
    }
}
