//! Commands on hashes.

use bytes::Bytes;

use super::info::command;
use crate::data::{Cursor, Field, Key, Page, Pattern, Value};

command! {
    /// Sets fields of a hash.
    ///
    /// [`HSET key field value [field value …]`](https://redis.io/docs/latest/commands/hset/)
    ///
    /// Of a field that is named twice the last value stays.
    ///
    /// - **Returns**: how many fields are new.
    /// - **Missing key**: is created.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all fields.
    /// - **[Limits](crate::Limits)**: key, field and value length, number of fields and values.
    pub struct HSet -> u64 {
        /// The key.
        key: Key,
        /// The fields and their values.
        entries: Vec<(Field, Value)>,
    }
}

command! {
    /// Sets a field of a hash, unless it exists.
    ///
    /// [`HSETNX key field value`](https://redis.io/docs/latest/commands/hsetnx/)
    ///
    /// - **Returns**: whether it was set.
    /// - **Missing key**: is created.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key, field and value length.
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
    /// Reads a field of a hash.
    ///
    /// [`HGET key field`](https://redis.io/docs/latest/commands/hget/)
    ///
    /// - **Returns**: the value, or `None` if there is no such field.
    /// - **Missing key**: `None`.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and field length.
    pub struct HGet -> Option<Bytes> {
        /// The key.
        key: Key,
        /// The field.
        field: Field,
    }
}

command! {
    /// Reads several fields of a hash.
    ///
    /// [`HMGET key field [field …]`](https://redis.io/docs/latest/commands/hmget/)
    ///
    /// - **Returns**: a value, or `None`, for each field, in order.
    /// - **Missing key**: `None` for each.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all fields.
    /// - **[Limits](crate::Limits)**: key and field length, number of fields.
    pub struct HMGet -> Vec<Option<Bytes>> {
        /// The key.
        key: Key,
        /// The fields.
        fields: Vec<Field>,
    }
}

command! {
    /// Reads a whole hash.
    ///
    /// [`HGETALL key`](https://redis.io/docs/latest/commands/hgetall/)
    ///
    /// - **Returns**: the fields with their values, in no order.
    /// - **Missing key**: empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length; none on the reply: take [`HScan`] for a large hash.
    pub struct HGetAll -> Vec<(Bytes, Bytes)> {
        /// The key.
        key: Key,
    }
}

command! {
    /// Deletes fields of a hash.
    ///
    /// [`HDEL key field [field …]`](https://redis.io/docs/latest/commands/hdel/)
    ///
    /// The last field takes the key along.
    ///
    /// - **Returns**: how many there were.
    /// - **Missing key**: 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all fields.
    /// - **[Limits](crate::Limits)**: key and field length, number of fields.
    pub struct HDel -> u64 {
        /// The key.
        key: Key,
        /// The fields.
        fields: Vec<Field>,
    }
}

command! {
    /// Tells whether a hash has a field.
    ///
    /// [`HEXISTS key field`](https://redis.io/docs/latest/commands/hexists/)
    ///
    /// - **Returns**: whether it has.
    /// - **Missing key**: false.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and field length.
    pub struct HExists -> bool {
        /// The key.
        key: Key,
        /// The field.
        field: Field,
    }
}

command! {
    /// Lists the fields of a hash.
    ///
    /// [`HKEYS key`](https://redis.io/docs/latest/commands/hkeys/)
    ///
    /// - **Returns**: the fields, in no order.
    /// - **Missing key**: empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length; none on the reply: take [`HScan`] for a large hash.
    pub struct HKeys -> Vec<Bytes> {
        /// The key.
        key: Key,
    }
}

command! {
    /// Lists the values of a hash.
    ///
    /// [`HVALS key`](https://redis.io/docs/latest/commands/hvals/)
    ///
    /// - **Returns**: the values, in no order.
    /// - **Missing key**: empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length; none on the reply: take [`HScan`] for a large hash.
    pub struct HVals -> Vec<Bytes> {
        /// The key.
        key: Key,
    }
}

command! {
    /// Counts the fields of a hash.
    ///
    /// [`HLEN key`](https://redis.io/docs/latest/commands/hlen/)
    ///
    /// - **Returns**: how many there are.
    /// - **Missing key**: 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct HLen -> u64 {
        /// The key.
        key: Key,
    }
}

command! {
    /// Tells the length of a field's value.
    ///
    /// [`HSTRLEN key field`](https://redis.io/docs/latest/commands/hstrlen/)
    ///
    /// - **Returns**: the length in bytes, 0 if there is no such field.
    /// - **Missing key**: 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and field length.
    pub struct HStrLen -> u64 {
        /// The key.
        key: Key,
        /// The field.
        field: Field,
    }
}

command! {
    /// Adds to the integer in a field.
    ///
    /// [`HINCRBY key field increment`](https://redis.io/docs/latest/commands/hincrby/)
    ///
    /// A value that is no decimal 64-bit integer is [`NotAnInteger`](crate::ErrorKind::NotAnInteger), a sum
    /// beyond 64 bits [`Overflow`](crate::ErrorKind::Overflow).
    ///
    /// - **Returns**: the sum.
    /// - **Missing key**: is created; a missing field counts as 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and field length.
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
    /// Adds to the number in a field.
    ///
    /// [`HINCRBYFLOAT key field increment`](https://redis.io/docs/latest/commands/hincrbyfloat/)
    ///
    /// A value that is no finite decimal number is [`NotAFloat`](crate::ErrorKind::NotAFloat), a sum that is
    /// not finite [`Overflow`](crate::ErrorKind::Overflow).
    ///
    /// - **Returns**: the sum.
    /// - **Missing key**: is created; a missing field counts as 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and field length.
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
    /// Picks fields of a hash at random.
    ///
    /// [`HRANDFIELD key [count [WITHVALUES]]`](https://redis.io/docs/latest/commands/hrandfield/)
    ///
    /// A positive count picks different fields, at most all of them; a negative one picks as many as it says,
    /// with repetitions.
    ///
    /// - **Returns**: the fields with their values.
    /// - **Missing key**: empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length; [`Limits::arguments`](crate::Limits::arguments) for a
    ///   negative count.
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
    /// Lists the fields of a hash with their values, page by page.
    ///
    /// [`HSCAN key cursor [MATCH pattern] [COUNT count]`](https://redis.io/docs/latest/commands/hscan/)
    ///
    /// A field that is there from the first page to the last is found at least once. One that comes or goes
    /// meanwhile may be found or not, and any may be found twice. The scan ends when [`Page::next`] is
    /// `None`; pages before may be empty.
    ///
    /// - **Returns**: a page of fields with values, and where the next one starts.
    /// - **Missing key**: an empty page.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: each page is one step; the scan as a whole is not.
    /// - **[Limits](crate::Limits)**: key and pattern length; a greater `count` is lowered to
    ///   [`Limits::page`](crate::Limits::page).
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
