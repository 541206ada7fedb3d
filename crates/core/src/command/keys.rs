//! Commands on keys of any kind.

use bytes::Bytes;

use super::info::command;
use super::options::Expiry;
use super::syntax::{Arg, Sampler, Words, take_self};
use crate::data::{Cursor, Key, Kind, Page, Pattern};
use crate::error::Result;

command! {
    /// `DEL key [key …]`
    pub struct Del -> u64 {
        /// The keys. One that is named twice counts once.
        keys: Vec<Key>,
    }
}

command! {
    /// `EXISTS key [key …]`
    pub struct Exists -> u64 {
        /// The keys. One that is named twice counts twice.
        keys: Vec<Key>,
    }
}

command! {
    /// `PEXPIRE`, `EXPIRE`, `PEXPIREAT` and `EXPIREAT`.
    pub struct Expire -> bool {
        /// The key.
        key: Key,
        /// When it expires.
        expiry: Expiry;
        /// Only if it has no time to live.
        nx: bool = "NX",
        /// Only if it has a time to live.
        xx: bool = "XX",
        /// Only if it would live longer; a key that lives for ever cannot.
        gt: bool = "GT",
        /// Only if it would live shorter; a key that lives for ever can.
        lt: bool = "LT",
    }
}

command! {
    /// `PERSIST key`
    pub struct Persist -> bool {
        /// The key.
        key: Key,
    }
}

command! {
    /// `TYPE key`
    pub struct Type -> Option<Kind> {
        /// The key.
        key: Key,
    }
}

command! {
    /// `RENAME key newkey`
    pub struct Rename -> () {
        /// The key.
        key: Key,
        /// Its new name; what stood there is replaced.
        new_key: Key,
    }
}

command! {
    /// `RENAMENX key newkey`
    pub struct RenameNx -> bool {
        /// The key.
        key: Key,
        /// Its new name; nothing happens if it exists.
        new_key: Key,
    }
}

command! {
    /// `COPY source destination [REPLACE]`
    pub struct Copy -> bool {
        /// The key that is copied, with its time to live.
        source: Key,
        /// The name of the copy.
        destination: Key;
        /// Replaces what stands at the destination.
        replace: bool = "REPLACE",
    }
}

command! {
    /// `SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]`
    pub struct Scan -> Page<Bytes> {
        /// [`Cursor::START`], or where the step before ended.
        cursor: Cursor;
        /// Only keys that match.
        pattern: Option<Pattern> = "MATCH",
        /// About how many keys a step looks at; 10 by default.
        count: Option<u64> = "COUNT",
        /// Only keys that hold this kind of value.
        kind: Option<Kind> = "TYPE",
    }
}

command! {
    /// `CLEAR prefix`: deletes every key that starts with the prefix. Not in Redis.
    pub struct Clear -> u64 {
        /// The first bytes of the keys; none means all keys.
        prefix: Key,
    }
}

/// The unit of a time on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Seconds; a time to live is rounded to the nearest, a point in time down.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

take_self!(TimeUnit);

impl Arg for TimeUnit {
    fn encode(&self, out: &mut Vec<Bytes>) {
        if *self == TimeUnit::Seconds {
            out.push(Bytes::from_static(b"SECONDS"));
        }
    }
    fn decode(words: &mut Words<'_>) -> Result<TimeUnit> {
        Ok(if words.take("SECONDS") { TimeUnit::Seconds } else { TimeUnit::Milliseconds })
    }
    fn sample(sampler: &mut dyn Sampler) -> TimeUnit {
        if sampler.one_in(2) { TimeUnit::Seconds } else { TimeUnit::Milliseconds }
    }
}

command! {
    /// `PTTL key`, `TTL key`
    pub struct Ttl -> i64 {
        /// The key.
        key: Key,
        /// The unit of the reply.
        unit: TimeUnit,
    }
}

command! {
    /// `PEXPIRETIME key`, `EXPIRETIME key`
    pub struct ExpireTime -> i64 {
        /// The key.
        key: Key,
        /// The unit of the reply.
        unit: TimeUnit,
    }
}

impl Arg for Expiry {
    fn encode(&self, out: &mut Vec<Bytes>) {
        match *self {
            Expiry::In(ms) => ms.encode(out),
            Expiry::At(ms) => {
                out.push(Bytes::from_static(b"AT"));
                ms.encode(out);
            }
        }
    }
    fn decode(words: &mut Words<'_>) -> Result<Expiry> {
        if words.take("AT") { i64::decode(words).map(Expiry::At) } else { i64::decode(words).map(Expiry::In) }
    }
    fn sample(sampler: &mut dyn Sampler) -> Expiry {
        if sampler.one_in(2) { Expiry::In(sampler.ttl()) } else { Expiry::At(sampler.time()) }
    }
}
