//! Commands on lists.

use bytes::Bytes;

use super::info::command;
use super::options::{End, Side};
use crate::data::{Key, Value};

command! {
    /// Puts elements at the head of a list.
    ///
    /// [`LPUSH key element [element …]`](https://redis.io/docs/latest/commands/lpush/)
    ///
    /// - **Returns**: the length of the list.
    /// - **Missing key**: is created.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all elements.
    /// - **[Limits](crate::Limits)**: key and value length, number of elements.
    pub struct LPush -> u64 {
        /// The key.
        key: Key,
        /// The elements; each goes before the one before it.
        values: Vec<Value>,
    }
}

command! {
    /// Puts elements at the tail of a list.
    ///
    /// [`RPUSH key element [element …]`](https://redis.io/docs/latest/commands/rpush/)
    ///
    /// - **Returns**: the length of the list.
    /// - **Missing key**: is created.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all elements.
    /// - **[Limits](crate::Limits)**: key and value length, number of elements.
    pub struct RPush -> u64 {
        /// The key.
        key: Key,
        /// The elements.
        values: Vec<Value>,
    }
}

command! {
    /// Puts elements at the head of a list that exists.
    ///
    /// [`LPUSHX key element [element …]`](https://redis.io/docs/latest/commands/lpushx/)
    ///
    /// - **Returns**: the length of the list.
    /// - **Missing key**: 0; nothing is created.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all elements.
    /// - **[Limits](crate::Limits)**: key and value length, number of elements.
    pub struct LPushX -> u64 {
        /// The key; nothing happens if it does not exist.
        key: Key,
        /// The elements; each goes before the one before it.
        values: Vec<Value>,
    }
}

command! {
    /// Puts elements at the tail of a list that exists.
    ///
    /// [`RPUSHX key element [element …]`](https://redis.io/docs/latest/commands/rpushx/)
    ///
    /// - **Returns**: the length of the list.
    /// - **Missing key**: 0; nothing is created.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all elements.
    /// - **[Limits](crate::Limits)**: key and value length, number of elements.
    pub struct RPushX -> u64 {
        /// The key; nothing happens if it does not exist.
        key: Key,
        /// The elements.
        values: Vec<Value>,
    }
}

command! {
    /// Takes elements from the head of a list.
    ///
    /// [`LPOP key [count]`](https://redis.io/docs/latest/commands/lpop/)
    ///
    /// The last element takes the key along. A count of 0 takes nothing and gives an empty list.
    ///
    /// - **Returns**: the elements, from the head on: `count` of them or all there are.
    /// - **Missing key**: `None`.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all elements.
    /// - **[Limits](crate::Limits)**: key length; none on the reply.
    pub struct LPop -> Option<Vec<Bytes>> {
        /// The key.
        key: Key,
        /// How many; one by default.
        count: Option<u64>,
    }
}

command! {
    /// Takes elements from the tail of a list.
    ///
    /// [`RPOP key [count]`](https://redis.io/docs/latest/commands/rpop/)
    ///
    /// The last element takes the key along. A count of 0 takes nothing and gives an empty list.
    ///
    /// - **Returns**: the elements, from the tail on: `count` of them or all there are.
    /// - **Missing key**: `None`.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all elements.
    /// - **[Limits](crate::Limits)**: key length; none on the reply.
    pub struct RPop -> Option<Vec<Bytes>> {
        /// The key.
        key: Key,
        /// How many; one by default. The last comes first.
        count: Option<u64>,
    }
}

command! {
    /// Reads a part of a list.
    ///
    /// [`LRANGE key start stop`](https://redis.io/docs/latest/commands/lrange/)
    ///
    /// - **Returns**: the elements between the two indexes, cut to what there is.
    /// - **Missing key**: empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length; none on the reply.
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
    /// Counts the elements of a list.
    ///
    /// [`LLEN key`](https://redis.io/docs/latest/commands/llen/)
    ///
    /// - **Returns**: how many there are.
    /// - **Missing key**: 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct LLen -> u64 {
        /// The key.
        key: Key,
    }
}

command! {
    /// Cuts a list down to a part of it.
    ///
    /// [`LTRIM key start stop`](https://redis.io/docs/latest/commands/ltrim/)
    ///
    /// If nothing stays, the key goes.
    ///
    /// - **Returns**: nothing.
    /// - **Missing key**: nothing happens.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
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
    /// Reads an element of a list.
    ///
    /// [`LINDEX key index`](https://redis.io/docs/latest/commands/lindex/)
    ///
    /// - **Returns**: the element, or `None` outside of the list.
    /// - **Missing key**: `None`.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct LIndex -> Option<Bytes> {
        /// The key.
        key: Key,
        /// The index; negative counts from the end.
        index: i64,
    }
}

command! {
    /// Replaces an element of a list.
    ///
    /// [`LSET key index element`](https://redis.io/docs/latest/commands/lset/)
    ///
    /// Outside of the list it is [`IndexOutOfRange`](crate::ErrorKind::IndexOutOfRange).
    ///
    /// - **Returns**: nothing.
    /// - **Missing key**: fails with [`NoSuchKey`](crate::ErrorKind::NoSuchKey).
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and value length.
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
    /// Removes the elements of a list that equal one.
    ///
    /// [`LREM key count element`](https://redis.io/docs/latest/commands/lrem/)
    ///
    /// The last element takes the key along.
    ///
    /// - **Returns**: how many were removed.
    /// - **Missing key**: 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and value length.
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
    /// Inserts an element beside another.
    ///
    /// [`LINSERT key BEFORE|AFTER pivot element`](https://redis.io/docs/latest/commands/linsert/)
    ///
    /// - **Returns**: the length of the list, or −1 if nothing equals the pivot.
    /// - **Missing key**: 0; nothing is created.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and value length.
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
    /// Finds where elements of a list equal one.
    ///
    /// [`LPOS key element [RANK rank] [COUNT count] [MAXLEN length]`](https://redis.io/docs/latest/commands/lpos/)
    ///
    /// A negative rank searches from the tail. A rank of 0 is
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument).
    ///
    /// - **Returns**: the positions, counted from the head, in the order in which they are found.
    /// - **Missing key**: empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and value length.
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
    /// Moves an element from an end of one list to an end of another, or of the same.
    ///
    /// [`LMOVE source destination LEFT|RIGHT LEFT|RIGHT`](https://redis.io/docs/latest/commands/lmove/)
    ///
    /// The last element takes the source along.
    ///
    /// - **Returns**: the element.
    /// - **Missing key**: a missing source gives `None`; a missing destination is created.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails, on either key; behind a missing source the
    ///   destination is not looked at.
    /// - **Atomicity**: one step for both keys.
    /// - **[Limits](crate::Limits)**: key length.
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
