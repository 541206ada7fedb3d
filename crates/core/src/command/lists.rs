//! Commands on lists.

use bytes::Bytes;

use super::info::command;
use super::options::{End, Side};
use crate::data::{Key, Value};

command! {
    /// `LPUSH key element [element …]`
    pub struct LPush -> u64 {
        /// The key.
        key: Key,
        /// The elements; each goes before the one before it.
        values: Vec<Value>,
    }
}

command! {
    /// `RPUSH key element [element …]`
    pub struct RPush -> u64 {
        /// The key.
        key: Key,
        /// The elements.
        values: Vec<Value>,
    }
}

command! {
    /// `LPUSHX key element [element …]`
    pub struct LPushX -> u64 {
        /// The key; nothing happens if it does not exist.
        key: Key,
        /// The elements; each goes before the one before it.
        values: Vec<Value>,
    }
}

command! {
    /// `RPUSHX key element [element …]`
    pub struct RPushX -> u64 {
        /// The key; nothing happens if it does not exist.
        key: Key,
        /// The elements.
        values: Vec<Value>,
    }
}

command! {
    /// `LPOP key [count]`
    pub struct LPop -> Option<Vec<Bytes>> {
        /// The key.
        key: Key,
        /// How many; one by default.
        count: Option<u64>,
    }
}

command! {
    /// `RPOP key [count]`
    pub struct RPop -> Option<Vec<Bytes>> {
        /// The key.
        key: Key,
        /// How many; one by default. The last comes first.
        count: Option<u64>,
    }
}

command! {
    /// `LRANGE key start stop`
    pub struct LRange -> Vec<Bytes> {
        /// The key.
        key: Key,
        /// The first index; negative counts from the end.
        start: i64,
        /// The last index, inclusive; negative counts from the end.
        stop: i64,
    }
}

command! {
    /// `LLEN key`
    pub struct LLen -> u64 {
        /// The key.
        key: Key,
    }
}

command! {
    /// `LTRIM key start stop`
    pub struct LTrim -> () {
        /// The key.
        key: Key,
        /// The first index that stays; negative counts from the end.
        start: i64,
        /// The last index that stays; negative counts from the end.
        stop: i64,
    }
}

command! {
    /// `LINDEX key index`
    pub struct LIndex -> Option<Bytes> {
        /// The key.
        key: Key,
        /// The index; negative counts from the end.
        index: i64,
    }
}

command! {
    /// `LSET key index element`
    pub struct LSet -> () {
        /// The key.
        key: Key,
        /// The index; negative counts from the end.
        index: i64,
        /// The element.
        value: Value,
    }
}

command! {
    /// `LREM key count element`
    pub struct LRem -> u64 {
        /// The key.
        key: Key,
        /// How many from the head; negative: from the tail; 0: all.
        count: i64,
        /// The element.
        value: Value,
    }
}

command! {
    /// `LINSERT key BEFORE|AFTER pivot element`
    pub struct LInsert -> i64 {
        /// The key.
        key: Key,
        /// On which side of the pivot.
        side: Side,
        /// The first element that equals it is the pivot.
        pivot: Value,
        /// The element.
        value: Value,
    }
}

command! {
    /// `LPOS key element [RANK rank] [COUNT count] [MAXLEN length]`
    pub struct LPos -> Vec<u64> {
        /// The key.
        key: Key,
        /// The element.
        value: Value;
        /// From which match on; negative: from the tail. Not 0.
        rank: Option<i64> = "RANK",
        /// How many matches; 0: all. One by default.
        count: Option<u64> = "COUNT",
        /// How many elements are compared at most; 0: all.
        max_len: Option<u64> = "MAXLEN",
    }
}

command! {
    /// `LMOVE source destination LEFT|RIGHT LEFT|RIGHT`
    pub struct LMove -> Option<Bytes> {
        /// Where the element is taken from.
        source: Key,
        /// Where it goes.
        destination: Key,
        /// From which end it is taken.
        from: End,
        /// To which end it goes.
        to: End,
    }
}
