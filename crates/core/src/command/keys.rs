//! Commands on keys of any kind.

use bytes::Bytes;

use super::info::command;
use super::options::Expiry;
use super::syntax::{Arg, Sampler, Words, take_self};
use crate::data::{Cursor, Key, Kind, Page, Pattern};
use crate::error::Result;

command! {
    /// Deletes keys of any kind.
    ///
    /// [`DEL key [key …]`](https://redis.io/docs/latest/commands/del/)
    ///
    /// - **Returns**: how many there were.
    /// - **Missing key**: is not counted.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: any kind works.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key length, number of keys.
    pub struct Del -> u64 {
        /// The keys. One that is named twice counts once.
        keys: Vec<Key>,
    }
}

command! {
    /// Counts which of the keys exist.
    ///
    /// [`EXISTS key [key …]`](https://redis.io/docs/latest/commands/exists/)
    ///
    /// - **Returns**: how many there are.
    /// - **Missing key**: is not counted.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: any kind works.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key length, number of keys.
    pub struct Exists -> u64 {
        /// The keys. One that is named twice counts twice.
        keys: Vec<Key>,
    }
}

command! {
    /// Sets the time to live of a key.
    ///
    /// [`PEXPIRE key milliseconds [NX] [XX] [GT] [LT]`](https://redis.io/docs/latest/commands/pexpire/),
    /// [`EXPIRE`](https://redis.io/docs/latest/commands/expire/),
    /// [`PEXPIREAT`](https://redis.io/docs/latest/commands/pexpireat/),
    /// [`EXPIREAT`](https://redis.io/docs/latest/commands/expireat/)
    ///
    /// A time that is not positive, or a point in the past, deletes the key. `NX` beside another option, `GT`
    /// beside `LT`, and a point in time beyond 64 bits of milliseconds are
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument).
    ///
    /// - **Returns**: whether it was set; false if an option did not allow it.
    /// - **Missing key**: false.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: any kind works.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
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
    /// Removes the time to live of a key, so that it lives for ever.
    ///
    /// [`PERSIST key`](https://redis.io/docs/latest/commands/persist/)
    ///
    /// - **Returns**: whether it had one.
    /// - **Missing key**: false.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: any kind works.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct Persist -> bool {
        /// The key.
        key: Key,
    }
}

command! {
    /// Tells what kind of value a key holds.
    ///
    /// [`TYPE key`](https://redis.io/docs/latest/commands/type/)
    ///
    /// - **Returns**: the kind.
    /// - **Missing key**: `None`.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: any kind works.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct Type -> Option<Kind> {
        /// The key.
        key: Key,
    }
}

command! {
    /// Gives a key another name.
    ///
    /// [`RENAME key newkey`](https://redis.io/docs/latest/commands/rename/)
    ///
    /// Its time to live moves along. What stood at the new name, of any kind, is replaced. Renamed onto
    /// itself, an existing key stays as it is.
    ///
    /// - **Returns**: nothing.
    /// - **Missing key**: fails with [`NoSuchKey`](crate::ErrorKind::NoSuchKey).
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: any kind works.
    /// - **Atomicity**: one step for both keys.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct Rename -> () {
        /// The key.
        key: Key,
        /// Its new name; what stood there is replaced.
        new_key: Key,
    }
}

command! {
    /// Gives a key another name, unless that is taken.
    ///
    /// [`RENAMENX key newkey`](https://redis.io/docs/latest/commands/renamenx/)
    ///
    /// Its time to live moves along.
    ///
    /// - **Returns**: whether it was renamed; onto itself never.
    /// - **Missing key**: fails with [`NoSuchKey`](crate::ErrorKind::NoSuchKey).
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: any kind works.
    /// - **Atomicity**: one step for both keys.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct RenameNx -> bool {
        /// The key.
        key: Key,
        /// Its new name; nothing happens if it exists.
        new_key: Key,
    }
}

command! {
    /// Copies a key, with its time to live.
    ///
    /// [`COPY source destination [REPLACE]`](https://redis.io/docs/latest/commands/copy/)
    ///
    /// Onto itself it is [`InvalidArgument`](crate::ErrorKind::InvalidArgument), whether the key exists or
    /// not.
    ///
    /// - **Returns**: whether it was copied; false if the destination exists and is not to be replaced.
    /// - **Missing key**: false.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: any kind works.
    /// - **Atomicity**: one step for both keys.
    /// - **[Limits](crate::Limits)**: key length.
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
    /// Finds keys, page by page.
    ///
    /// [`SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]`](https://redis.io/docs/latest/commands/scan/)
    ///
    /// A key that exists from the first page to the last is found at least once. One that comes or goes
    /// meanwhile may be found or not, and any key may be found twice. Pattern and kind are applied to the
    /// keys that a step has looked at, so a page may be empty although the scan goes on: it ends when
    /// [`Page::next`] is `None`.
    ///
    /// - **Returns**: a page of keys, and where the next one starts.
    /// - **Missing key**: an empty store gives an empty page.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: any kind works.
    /// - **Atomicity**: each page is one step; the scan as a whole is not.
    /// - **[Limits](crate::Limits)**: pattern length; a greater `count` is lowered to
    ///   [`Limits::page`](crate::Limits::page).
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
    /// Deletes every key that starts with a prefix; with an empty one, all keys.
    ///
    /// `CLEAR prefix`: not in Redis, where it takes [`SCAN`](https://redis.io/docs/latest/commands/scan/) and
    /// [`DEL`](https://redis.io/docs/latest/commands/del/).
    ///
    /// - **Returns**: how many were deleted.
    /// - **Missing key**: 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: any kind works.
    /// - **Atomicity**: one step in an atomic batch; alone, keys that are written meanwhile may stay or go.
    /// - **[Limits](crate::Limits)**: prefix length.
    pub struct Clear -> u64 {
        /// The first bytes of the keys; none means all keys.
        prefix: Key,
    }
}

/// The unit of a time on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Seconds, rounded to the nearest, as in Redis.
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
    /// Tells how long a key has left to live.
    ///
    /// [`PTTL key`](https://redis.io/docs/latest/commands/pttl/),
    /// [`TTL`](https://redis.io/docs/latest/commands/ttl/)
    ///
    /// - **Returns**: the time left, −1 if it lives for ever.
    /// - **Missing key**: −2.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: any kind works.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct Ttl -> i64 {
        /// The key.
        key: Key,
        /// The unit of the reply.
        unit: TimeUnit,
    }
}

command! {
    /// Tells when a key expires.
    ///
    /// [`PEXPIRETIME key`](https://redis.io/docs/latest/commands/pexpiretime/),
    /// [`EXPIRETIME`](https://redis.io/docs/latest/commands/expiretime/)
    ///
    /// - **Returns**: the time since the Unix epoch, −1 if it lives for ever.
    /// - **Missing key**: −2.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: any kind works.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
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
