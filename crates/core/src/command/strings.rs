//! Commands on strings.

use bytes::Bytes;

use super::info::command;
use super::options::{Condition, GetExpiry, SetExpiry};
use crate::data::{Key, Value};
use crate::reply::SetReply;

command! {
    /// Reads a string.
    ///
    /// [`GET key`](https://redis.io/docs/latest/commands/get/)
    ///
    /// - **Returns**: the value.
    /// - **Missing key**: `None`.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct Get -> Option<Bytes> {
        /// The key.
        key: Key,
    }
}

command! {
    /// Sets a string, whatever stood there.
    ///
    /// [`SET key value [NX|XX] [GET] [EX|PX|EXAT|PXAT time | KEEPTTL]`](https://redis.io/docs/latest/commands/set/)
    ///
    /// Without `KEEPTTL` or a time, a time to live is removed. A time that is not positive is
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument); a point in the past leaves no key.
    ///
    /// - **Returns**: whether it was set and, with `GET`, the string that stood there, also if it was not
    ///   set.
    /// - **Missing key**: is created, unless the condition is [`Present`](Condition::Present).
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: replaced; with `GET` it fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and value length.
    pub struct Set -> SetReply {
        /// The key. What it held before, of any kind, is replaced.
        key: Key,
        /// The value.
        value: Value;
        /// What happens to its time to live.
        expiry: SetExpiry,
        /// What must be true of the key.
        condition: Option<Condition>,
        /// Returns the value that stood there; fails if it is no string.
        get: bool = "GET",
    }
}

impl Set {
    /// Expires after that long.
    #[must_use]
    pub fn expire_in(self, after: std::time::Duration) -> Set {
        self.expiry(after)
    }

    /// Only if the key does not exist (`NX`).
    #[must_use]
    pub fn if_absent(self) -> Set {
        self.condition(Condition::Absent)
    }

    /// Only if the key exists (`XX`).
    #[must_use]
    pub fn if_present(self) -> Set {
        self.condition(Condition::Present)
    }
}

command! {
    /// Reads a string and deletes it.
    ///
    /// [`GETDEL key`](https://redis.io/docs/latest/commands/getdel/)
    ///
    /// - **Returns**: the value.
    /// - **Missing key**: `None`.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct GetDel -> Option<Bytes> {
        /// The key.
        key: Key,
    }
}

command! {
    /// Reads a string and changes its time to live.
    ///
    /// [`GETEX key [EX|PX|EXAT|PXAT time | PERSIST]`](https://redis.io/docs/latest/commands/getex/)
    ///
    /// A time that is not positive is [`InvalidArgument`](crate::ErrorKind::InvalidArgument); a point in the
    /// past deletes the key after it was read.
    ///
    /// - **Returns**: the value.
    /// - **Missing key**: `None`.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct GetEx -> Option<Bytes> {
        /// The key.
        key: Key;
        /// What happens to its time to live.
        expiry: GetExpiry,
    }
}

command! {
    /// Reads several strings.
    ///
    /// [`MGET key [key …]`](https://redis.io/docs/latest/commands/mget/)
    ///
    /// - **Returns**: a value for each key, in order.
    /// - **Missing key**: `None` in its place.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: `None` in its place.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key length, number of keys.
    pub struct MGet -> Vec<Option<Bytes>> {
        /// The keys.
        keys: Vec<Key>,
    }
}

command! {
    /// Sets several strings, whatever stood there.
    ///
    /// [`MSET key value [key value …]`](https://redis.io/docs/latest/commands/mset/)
    ///
    /// Times to live are removed.
    ///
    /// - **Returns**: nothing.
    /// - **Missing key**: is created.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: replaced.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key and value length, number of keys and values.
    pub struct MSet -> () {
        /// The keys and their values; of a key that is named twice the last value stays.
        entries: Vec<(Key, Value)>,
    }
}

command! {
    /// Sets several strings if none of the keys exists.
    ///
    /// [`MSETNX key value [key value …]`](https://redis.io/docs/latest/commands/msetnx/)
    ///
    /// - **Returns**: whether they were set: all or none.
    /// - **Missing key**: is created.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: counts as existing.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key and value length, number of keys and values.
    pub struct MSetNx -> bool {
        /// The keys and their values; nothing is set if one of the keys exists.
        entries: Vec<(Key, Value)>,
    }
}

command! {
    /// Adds to the integer in a string.
    ///
    /// [`INCRBY key increment`](https://redis.io/docs/latest/commands/incrby/),
    /// [`INCR`](https://redis.io/docs/latest/commands/incr/),
    /// [`DECRBY`](https://redis.io/docs/latest/commands/decrby/),
    /// [`DECR`](https://redis.io/docs/latest/commands/decr/)
    ///
    /// The string must be a decimal 64-bit integer without a plus sign, leading zeros or spaces, else
    /// [`NotAnInteger`](crate::ErrorKind::NotAnInteger). A sum beyond 64 bits is
    /// [`Overflow`](crate::ErrorKind::Overflow). The time to live stays.
    ///
    /// - **Returns**: the sum.
    /// - **Missing key**: counts as 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct IncrBy -> i64 {
        /// The key.
        key: Key,
        /// What is added; may be negative.
        by: i64,
    }
}

command! {
    /// Adds to the number in a string.
    ///
    /// [`INCRBYFLOAT key increment`](https://redis.io/docs/latest/commands/incrbyfloat/)
    ///
    /// Anything but a finite decimal number is [`NotAFloat`](crate::ErrorKind::NotAFloat), a sum that is not
    /// finite [`Overflow`](crate::ErrorKind::Overflow). The time to live stays.
    ///
    /// - **Returns**: the sum.
    /// - **Missing key**: counts as 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct IncrByFloat -> f64 {
        /// The key.
        key: Key,
        /// What is added; may be negative.
        by: f64,
    }
}

command! {
    /// Appends to a string.
    ///
    /// [`APPEND key value`](https://redis.io/docs/latest/commands/append/)
    ///
    /// The time to live stays.
    ///
    /// - **Returns**: the length of the whole, in bytes.
    /// - **Missing key**: counts as empty, and is created.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length, length of the whole value.
    pub struct Append -> u64 {
        /// The key.
        key: Key,
        /// What is appended.
        value: Value,
    }
}

command! {
    /// Tells the length of a string.
    ///
    /// [`STRLEN key`](https://redis.io/docs/latest/commands/strlen/)
    ///
    /// - **Returns**: the length in bytes.
    /// - **Missing key**: 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct StrLen -> u64 {
        /// The key.
        key: Key,
    }
}

command! {
    /// Reads a part of a string.
    ///
    /// [`GETRANGE key start end`](https://redis.io/docs/latest/commands/getrange/)
    ///
    /// - **Returns**: the bytes between the two positions, cut to what there is.
    /// - **Missing key**: no bytes.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct GetRange -> Bytes {
        /// The key.
        key: Key,
        /// The first byte; negative counts from the end.
        start: i64,
        /// The last byte, inclusive; negative counts from the end.
        end: i64,
    }
}

command! {
    /// Overwrites a part of a string.
    ///
    /// [`SETRANGE key offset value`](https://redis.io/docs/latest/commands/setrange/)
    ///
    /// An empty value changes nothing. The time to live stays.
    ///
    /// - **Returns**: the length of the whole, in bytes.
    /// - **Missing key**: counts as empty; is created, unless the value is empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length, length of the whole value.
    pub struct SetRange -> u64 {
        /// The key.
        key: Key,
        /// Where the value goes; a gap before it is filled with zero bytes.
        offset: u64,
        /// What is written.
        value: Value,
    }
}
