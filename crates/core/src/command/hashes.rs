//! Commands on hashes.

use bytes::Bytes;

use super::info::command;
use crate::data::{Cursor, Field, Key, Page, Pattern, Value};

command! {
    /// `HSET key field value [field value …]`
    pub struct HSet -> u64 {
        /// The key.
        key: Key,
        /// The fields and their values.
        entries: Vec<(Field, Value)>,
    }
}

command! {
    /// `HSETNX key field value`
    pub struct HSetNx -> bool {
        /// The key.
        key: Key,
        /// The field; nothing happens if it exists.
        field: Field,
        /// Its value.
        value: Value,
    }
}

command! {
    /// `HGET key field`
    pub struct HGet -> Option<Bytes> {
        /// The key.
        key: Key,
        /// The field.
        field: Field,
    }
}

command! {
    /// `HMGET key field [field …]`
    pub struct HMGet -> Vec<Option<Bytes>> {
        /// The key.
        key: Key,
        /// The fields.
        fields: Vec<Field>,
    }
}

command! {
    /// `HGETALL key`
    pub struct HGetAll -> Vec<(Bytes, Bytes)> {
        /// The key.
        key: Key,
    }
}

command! {
    /// `HDEL key field [field …]`
    pub struct HDel -> u64 {
        /// The key.
        key: Key,
        /// The fields.
        fields: Vec<Field>,
    }
}

command! {
    /// `HEXISTS key field`
    pub struct HExists -> bool {
        /// The key.
        key: Key,
        /// The field.
        field: Field,
    }
}

command! {
    /// `HKEYS key`
    pub struct HKeys -> Vec<Bytes> {
        /// The key.
        key: Key,
    }
}

command! {
    /// `HVALS key`
    pub struct HVals -> Vec<Bytes> {
        /// The key.
        key: Key,
    }
}

command! {
    /// `HLEN key`
    pub struct HLen -> u64 {
        /// The key.
        key: Key,
    }
}

command! {
    /// `HSTRLEN key field`
    pub struct HStrLen -> u64 {
        /// The key.
        key: Key,
        /// The field.
        field: Field,
    }
}

command! {
    /// `HINCRBY key field increment`
    pub struct HIncrBy -> i64 {
        /// The key.
        key: Key,
        /// The field.
        field: Field,
        /// What is added; may be negative.
        by: i64,
    }
}

command! {
    /// `HINCRBYFLOAT key field increment`
    pub struct HIncrByFloat -> f64 {
        /// The key.
        key: Key,
        /// The field.
        field: Field,
        /// What is added; may be negative.
        by: f64,
    }
}

command! {
    /// `HRANDFIELD key [count [WITHVALUES]]`
    pub struct HRandField -> Vec<(Bytes, Bytes)> {
        /// The key.
        key: Key,
        /// How many different fields; negative: so many, with repetitions. One by default.
        count: Option<i64>;
        /// Shows the values on the wire too; the typed reply always has them.
        with_values: bool = "WITHVALUES",
    }
}

command! {
    /// `HSCAN key cursor [MATCH pattern] [COUNT count]`
    pub struct HScan -> Page<(Bytes, Bytes)> {
        /// The key.
        key: Key,
        /// [`Cursor::START`], or where the step before ended.
        cursor: Cursor;
        /// Only fields that match.
        pattern: Option<Pattern> = "MATCH",
        /// About how many fields a step looks at; 10 by default.
        count: Option<u64> = "COUNT",
    }
}
