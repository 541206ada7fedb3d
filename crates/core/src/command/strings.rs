//! Commands on strings.

use bytes::Bytes;

use super::info::command;
use super::options::{Condition, GetExpiry, SetExpiry};
use crate::data::{Key, Value};
use crate::reply::SetReply;

command! {
    /// `GET key`
    pub struct Get -> Option<Bytes> {
        /// The key.
        key: Key,
    }
}

command! {
    /// `SET key value [EX|PX|EXAT|PXAT time | KEEPTTL] [NX|XX] [GET]`
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
    /// `GETDEL key`
    pub struct GetDel -> Option<Bytes> {
        /// The key.
        key: Key,
    }
}

command! {
    /// `GETEX key [EX|PX|EXAT|PXAT time | PERSIST]`
    pub struct GetEx -> Option<Bytes> {
        /// The key.
        key: Key;
        /// What happens to its time to live.
        expiry: GetExpiry,
    }
}

command! {
    /// `MGET key [key …]`
    pub struct MGet -> Vec<Option<Bytes>> {
        /// The keys.
        keys: Vec<Key>,
    }
}

command! {
    /// `MSET key value [key value …]`
    pub struct MSet -> () {
        /// The keys and their values; of a key that is named twice the last value stays.
        entries: Vec<(Key, Value)>,
    }
}

command! {
    /// `MSETNX key value [key value …]`
    pub struct MSetNx -> bool {
        /// The keys and their values; nothing is set if one of the keys exists.
        entries: Vec<(Key, Value)>,
    }
}

command! {
    /// `INCRBY key increment`, `DECRBY`, `INCR`, `DECR`
    pub struct IncrBy -> i64 {
        /// The key.
        key: Key,
        /// What is added; may be negative.
        by: i64,
    }
}

command! {
    /// `INCRBYFLOAT key increment`
    pub struct IncrByFloat -> f64 {
        /// The key.
        key: Key,
        /// What is added; may be negative.
        by: f64,
    }
}

command! {
    /// `APPEND key value`
    pub struct Append -> u64 {
        /// The key.
        key: Key,
        /// What is appended.
        value: Value,
    }
}

command! {
    /// `STRLEN key`
    pub struct StrLen -> u64 {
        /// The key.
        key: Key,
    }
}

command! {
    /// `GETRANGE key start end`
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
    /// `SETRANGE key offset value`
    pub struct SetRange -> u64 {
        /// The key.
        key: Key,
        /// Where the value goes; a gap before it is filled with zero bytes.
        offset: u64,
        /// What is written.
        value: Value,
    }
}
