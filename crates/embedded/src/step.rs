//! Runs commands on a key space.

use bytes::Bytes;
use credenza_core::{
    Batch, BatchReply, Clock, Command, Effect, Error, ErrorKind, Key, Kind, Limits, Mode, Random, Reply,
    Result,
};

use crate::keyspace::{Entry, Keyspace};

/// One command or one atomic batch on a key space: one `now`, bound at the first look at the time.
///
/// A command that fails for a reason of its own (wrong type, overflow, …) fails before it changes anything. What a
/// batch changed before one of its commands failed is for the engine to undo.
pub struct Step<'a, K> {
    pub(crate) space: &'a mut K,
    clock: &'a dyn Clock,
    now: Option<i64>,
    pub(crate) random: &'a dyn Random,
    pub(crate) limits: &'a Limits,
}

impl<'a, K: Keyspace> Step<'a, K> {
    /// A step on a key space that is locked, or inside of a transaction.
    pub fn new(
        space: &'a mut K,
        clock: &'a dyn Clock,
        random: &'a dyn Random,
        limits: &'a Limits,
    ) -> Step<'a, K> {
        Step { space, clock, now: None, random, limits }
    }

    /// Runs an atomic batch: the checks, then the commands. The engine adds the version to the reply, and undoes
    /// everything if this fails.
    pub fn batch(&mut self, batch: Batch) -> Result<BatchReply> {
        debug_assert_eq!(
            batch.mode,
            Mode::Atomic,
            "the commands of a pipelined batch are steps of their own"
        );
        for (index, check) in batch.checks.iter().enumerate() {
            self.check(index, check)?;
        }
        let mut replies = Vec::with_capacity(batch.commands.len());
        for (index, command) in batch.commands.into_iter().enumerate() {
            replies.push(Ok(self.run(command).map_err(|error| error.at(index))?));
        }
        Ok(BatchReply { replies, version: None })
    }

    /// Runs a command.
    pub fn run(&mut self, command: Command) -> Result<Reply> {
        let name = command.info().name;
        self.dispatch(command).map_err(|error| error.during(name))
    }

    /// The time of this step.
    pub(crate) fn now(&mut self) -> i64 {
        *self.now.get_or_insert_with(|| self.clock.now())
    }

    fn expired(&mut self, expires_at: Option<i64>) -> bool {
        expires_at.is_some_and(|at| at <= self.now())
    }

    /// What stands at the key; an expired entry is absent. For commands that only read.
    pub(crate) fn peek(&mut self, key: &Key) -> Result<Option<Entry<K::At>>> {
        let found = self.space.find(key)?;
        Ok(found.filter(|entry| !self.expired(entry.expires_at)))
    }

    /// What stands at the key; an expired entry is removed. For commands that write.
    pub(crate) fn find(&mut self, key: &Key) -> Result<Option<Entry<K::At>>> {
        match self.space.find(key)? {
            Some(entry) if self.expired(entry.expires_at) => {
                self.space.remove(key, entry.at)?;
                Ok(None)
            }
            found => Ok(found),
        }
    }

    /// As [`Step::peek`]; fails if the key holds another kind of value.
    pub(crate) fn peek_kind(&mut self, key: &Key, kind: Kind) -> Result<Option<Entry<K::At>>> {
        of_kind(self.peek(key)?, kind, key)
    }

    /// As [`Step::find`]; fails if the key holds another kind of value.
    pub(crate) fn find_kind(&mut self, key: &Key, kind: Kind) -> Result<Option<Entry<K::At>>> {
        of_kind(self.find(key)?, kind, key)
    }

    /// As [`Step::peek`], with the value if it is a string.
    pub(crate) fn peek_string(&mut self, key: &Key) -> Result<Option<(Entry<K::At>, Option<Bytes>)>> {
        let found = self.space.find_string(key)?;
        Ok(found.filter(|(entry, _)| !self.expired(entry.expires_at)))
    }

    /// The string at the key with its entry, for reading and writing alike: whoever writes replaces an expired one.
    pub(crate) fn string(&mut self, key: &Key) -> Result<Option<(Entry<K::At>, Bytes)>> {
        match self.peek_string(key)? {
            Some((entry, Some(value))) => Ok(Some((entry, value))),
            Some((_, None)) => Err(Error::wrong_type().for_key(key)),
            None => Ok(None),
        }
    }

    /// The collection at the key and its length; an empty one is made if nothing stands there. Call it when nothing can fail any more.
    pub(crate) fn find_or_create(
        &mut self,
        key: &Key,
        found: Option<Entry<K::At>>,
        kind: Kind,
    ) -> Result<(K::At, u64)> {
        match found {
            Some(entry) => Ok((entry.at, entry.len)),
            None => Ok((self.space.create(key, kind)?, 0)),
        }
    }

    /// Stores the new length of a collection that was changed: an empty one is removed.
    pub(crate) fn resize(&mut self, key: &Key, at: K::At, len: u64) -> Result<()> {
        if len == 0 { self.space.remove(key, at) } else { self.space.resize(key, at, len) }
    }

    /// Refuses a string that would be too long.
    pub(crate) fn check_value_len(&self, len: usize) -> Result<()> {
        if len > self.limits.value {
            let message = format!("the value would have {len} bytes; the limit is {}", self.limits.value);
            return Err(Error::new(ErrorKind::LimitExceeded, message).with_effect(Effect::NotApplied));
        }
        Ok(())
    }
}

fn of_kind<A>(found: Option<Entry<A>>, kind: Kind, key: &Key) -> Result<Option<Entry<A>>> {
    match found {
        Some(entry) if entry.kind != kind => Err(Error::wrong_type().for_key(key)),
        found => Ok(found),
    }
}
