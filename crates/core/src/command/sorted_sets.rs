//! Commands on sorted sets. `ZRANGE` and `ZRANGESTORE` have a file of their own.

use bytes::Bytes;

use super::info::command;
use super::options::{Aggregate, KeyList, LexRange, ScoreRange, ZAddOptions};
use crate::data::{Cursor, Key, Member, Page, Pattern};

command! {
    /// Adds members to a sorted set, or changes their scores.
    ///
    /// [`ZADD key [NX|XX] [GT|LT] [CH] score member [score member …]`](https://redis.io/docs/latest/commands/zadd/)
    ///
    /// `GT` and `LT` hold back changes of scores, not new members. `GT` beside `LT`, and `NX` beside either,
    /// are [`InvalidArgument`](crate::ErrorKind::InvalidArgument), as is a score that is not a number.
    ///
    /// - **Returns**: how many members are new; with `CH`, how many are new or have another score.
    /// - **Missing key**: is created, unless the condition is [`Present`](super::Condition::Present).
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all members.
    /// - **[Limits](crate::Limits)**: key and member length, number of members.
    pub struct ZAdd -> u64 {
        /// The key.
        key: Key,
        /// What is added, what is updated, what is counted.
        options: ZAddOptions,
        /// The members with their scores; of a member that is named twice the last score stays.
        members: Vec<(f64, Member)>,
    }
}

command! {
    /// Adds to the score of a member, under a condition.
    ///
    /// [`ZADD key [NX|XX] [GT|LT] [CH] INCR score member`](https://redis.io/docs/latest/commands/zadd/)
    ///
    /// A score that would not be a number (infinities that cancel out) is
    /// [`Overflow`](crate::ErrorKind::Overflow). `GT` beside `LT`, and `NX` beside either, are
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument), as is a score that is not a number.
    ///
    /// - **Returns**: the score, or `None` if an option did not allow the change.
    /// - **Missing key**: is created, unless the condition is [`Present`](super::Condition::Present); a
    ///   missing member counts as 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and member length.
    pub struct ZAddIncr -> Option<f64> {
        /// The key.
        key: Key,
        /// What is added and what is updated.
        options: ZAddOptions,
        /// What is added to the score.
        by: f64,
        /// The member.
        member: Member,
    }
}

command! {
    /// Removes members from a sorted set.
    ///
    /// [`ZREM key member [member …]`](https://redis.io/docs/latest/commands/zrem/)
    ///
    /// The last member takes the key along.
    ///
    /// - **Returns**: how many there were.
    /// - **Missing key**: 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all members.
    /// - **[Limits](crate::Limits)**: key and member length, number of members.
    pub struct ZRem -> u64 {
        /// The key.
        key: Key,
        /// The members.
        members: Vec<Member>,
    }
}

command! {
    /// Tells the score of a member.
    ///
    /// [`ZSCORE key member`](https://redis.io/docs/latest/commands/zscore/)
    ///
    /// - **Returns**: the score, or `None` if there is no such member.
    /// - **Missing key**: `None`.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and member length.
    pub struct ZScore -> Option<f64> {
        /// The key.
        key: Key,
        /// The member.
        member: Member,
    }
}

command! {
    /// Tells the scores of several members.
    ///
    /// [`ZMSCORE key member [member …]`](https://redis.io/docs/latest/commands/zmscore/)
    ///
    /// - **Returns**: a score, or `None`, for each, in order.
    /// - **Missing key**: `None` for each.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all members.
    /// - **[Limits](crate::Limits)**: key and member length, number of members.
    pub struct ZMScore -> Vec<Option<f64>> {
        /// The key.
        key: Key,
        /// The members.
        members: Vec<Member>,
    }
}

command! {
    /// Adds to the score of a member.
    ///
    /// [`ZINCRBY key increment member`](https://redis.io/docs/latest/commands/zincrby/)
    ///
    /// A score that would not be a number (infinities that cancel out) is
    /// [`Overflow`](crate::ErrorKind::Overflow).
    ///
    /// - **Returns**: the score.
    /// - **Missing key**: is created; a missing member counts as 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and member length.
    pub struct ZIncrBy -> f64 {
        /// The key.
        key: Key,
        /// What is added to the score.
        by: f64,
        /// The member.
        member: Member,
    }
}

command! {
    /// Counts the members of a sorted set.
    ///
    /// [`ZCARD key`](https://redis.io/docs/latest/commands/zcard/)
    ///
    /// - **Returns**: how many there are.
    /// - **Missing key**: 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct ZCard -> u64 {
        /// The key.
        key: Key,
    }
}

command! {
    /// Counts the members whose scores are in a range.
    ///
    /// [`ZCOUNT key min max`](https://redis.io/docs/latest/commands/zcount/)
    ///
    /// - **Returns**: how many there are.
    /// - **Missing key**: 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct ZCount -> u64 {
        /// The key.
        key: Key,
        /// The scores.
        range: ScoreRange,
    }
}

command! {
    /// Counts the members that are in a range, by their bytes.
    ///
    /// [`ZLEXCOUNT key min max`](https://redis.io/docs/latest/commands/zlexcount/)
    ///
    /// Meant for sorted sets in which all scores are equal; else the result is unspecified.
    ///
    /// - **Returns**: how many there are.
    /// - **Missing key**: 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and member length.
    pub struct ZLexCount -> u64 {
        /// The key.
        key: Key,
        /// The members.
        range: LexRange,
    }
}

command! {
    /// Tells the rank of a member, from the least score.
    ///
    /// [`ZRANK key member`](https://redis.io/docs/latest/commands/zrank/)
    ///
    /// Members with equal scores are ordered by their bytes.
    ///
    /// - **Returns**: the rank, 0 for the first, or `None` if there is no such member.
    /// - **Missing key**: `None`.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and member length.
    pub struct ZRank -> Option<u64> {
        /// The key.
        key: Key,
        /// The member.
        member: Member,
    }
}

command! {
    /// Tells the rank of a member, from the greatest score.
    ///
    /// [`ZREVRANK key member`](https://redis.io/docs/latest/commands/zrevrank/)
    ///
    /// Members with equal scores are ordered by their bytes, the greatest first.
    ///
    /// - **Returns**: the rank, 0 for the last in order, or `None` if there is no such member.
    /// - **Missing key**: `None`.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and member length.
    pub struct ZRevRank -> Option<u64> {
        /// The key.
        key: Key,
        /// The member.
        member: Member,
    }
}

command! {
    /// Takes the members with the least scores out of a sorted set.
    ///
    /// [`ZPOPMIN key [count]`](https://redis.io/docs/latest/commands/zpopmin/)
    ///
    /// The last member takes the key along.
    ///
    /// - **Returns**: the members with their scores, the least first: `count` of them or all there are.
    /// - **Missing key**: empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all members.
    /// - **[Limits](crate::Limits)**: key length; none on the reply.
    pub struct ZPopMin -> Vec<(Bytes, f64)> {
        /// The key.
        key: Key,
        /// How many; one by default.
        count: Option<u64>,
    }
}

command! {
    /// Takes the members with the greatest scores out of a sorted set.
    ///
    /// [`ZPOPMAX key [count]`](https://redis.io/docs/latest/commands/zpopmax/)
    ///
    /// The last member takes the key along.
    ///
    /// - **Returns**: the members with their scores, the greatest first: `count` of them or all there are.
    /// - **Missing key**: empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all members.
    /// - **[Limits](crate::Limits)**: key length; none on the reply.
    pub struct ZPopMax -> Vec<(Bytes, f64)> {
        /// The key.
        key: Key,
        /// How many; one by default.
        count: Option<u64>,
    }
}

command! {
    /// Removes the members between two ranks.
    ///
    /// [`ZREMRANGEBYRANK key start stop`](https://redis.io/docs/latest/commands/zremrangebyrank/)
    ///
    /// The last member takes the key along.
    ///
    /// - **Returns**: how many were removed.
    /// - **Missing key**: 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all members.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct ZRemRangeByRank -> u64 {
        /// The key.
        key: Key,
        /// The first rank; negative counts from the end.
        start: i64,
        /// The last rank, inclusive; negative counts from the end.
        stop: i64,
    }
}

command! {
    /// Removes the members whose scores are in a range.
    ///
    /// [`ZREMRANGEBYSCORE key min max`](https://redis.io/docs/latest/commands/zremrangebyscore/)
    ///
    /// The last member takes the key along.
    ///
    /// - **Returns**: how many were removed.
    /// - **Missing key**: 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all members.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct ZRemRangeByScore -> u64 {
        /// The key.
        key: Key,
        /// The scores.
        range: ScoreRange,
    }
}

command! {
    /// Removes the members that are in a range, by their bytes.
    ///
    /// [`ZREMRANGEBYLEX key min max`](https://redis.io/docs/latest/commands/zremrangebylex/)
    ///
    /// Meant for sorted sets in which all scores are equal; else the result is unspecified. The last member
    /// takes the key along.
    ///
    /// - **Returns**: how many were removed.
    /// - **Missing key**: 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all members.
    /// - **[Limits](crate::Limits)**: key and member length.
    pub struct ZRemRangeByLex -> u64 {
        /// The key.
        key: Key,
        /// The members.
        range: LexRange,
    }
}

command! {
    /// Unites sorted sets.
    ///
    /// [`ZUNION numkeys key [key …] [WEIGHTS weight …] [AGGREGATE SUM|MIN|MAX] [WITHSCORES]`](https://redis.io/docs/latest/commands/zunion/)
    ///
    /// A weight that is not a number, or another number of weights than of keys, is
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument). An infinite weight on a score of 0 gives 0.
    ///
    /// - **Returns**: the members that any of them has, by score.
    /// - **Missing key**: counts as empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: a set's members score 1; any other kind fails.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key length, number of keys; none on the reply.
    pub struct ZUnion -> Vec<(Bytes, f64)> {
        /// Sorted sets, or sets whose members score 1.
        keys: KeyList;
        /// What the scores of each input are multiplied by; none means 1.
        weights: Vec<f64> = "WEIGHTS",
        /// How scores of one member become one; the sum by default.
        aggregate: Option<Aggregate> = "AGGREGATE",
        /// Shows the scores on the wire too; the typed reply always has them.
        with_scores: bool = "WITHSCORES",
    }
}

command! {
    /// Intersects sorted sets.
    ///
    /// [`ZINTER numkeys key [key …] [WEIGHTS weight …] [AGGREGATE SUM|MIN|MAX] [WITHSCORES]`](https://redis.io/docs/latest/commands/zinter/)
    ///
    /// A weight that is not a number, or another number of weights than of keys, is
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument). An infinite weight on a score of 0 gives 0.
    ///
    /// - **Returns**: the members that all of them have, by score.
    /// - **Missing key**: counts as empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: a set's members score 1; any other kind fails.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key length, number of keys; none on the reply.
    pub struct ZInter -> Vec<(Bytes, f64)> {
        /// Sorted sets, or sets whose members score 1.
        keys: KeyList;
        /// What the scores of each input are multiplied by; none means 1.
        weights: Vec<f64> = "WEIGHTS",
        /// How scores of one member become one; the sum by default.
        aggregate: Option<Aggregate> = "AGGREGATE",
        /// Shows the scores on the wire too; the typed reply always has them.
        with_scores: bool = "WITHSCORES",
    }
}

command! {
    /// Takes sorted sets away from a sorted set.
    ///
    /// [`ZDIFF numkeys key [key …] [WITHSCORES]`](https://redis.io/docs/latest/commands/zdiff/)
    ///
    /// - **Returns**: the members of the first that none of the others has, by their scores there.
    /// - **Missing key**: counts as empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: a set's members score 1; any other kind fails.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key length, number of keys; none on the reply.
    pub struct ZDiff -> Vec<(Bytes, f64)> {
        /// A sorted set, then those whose members are taken from it; sets count too.
        keys: KeyList;
        /// Shows the scores on the wire too; the typed reply always has them.
        with_scores: bool = "WITHSCORES",
    }
}

command! {
    /// Stores the union of sorted sets.
    ///
    /// [`ZUNIONSTORE destination numkeys key [key …] [WEIGHTS weight …] [AGGREGATE SUM|MIN|MAX]`](https://redis.io/docs/latest/commands/zunionstore/)
    ///
    /// A weight that is not a number, or another number of weights than of keys, is
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument). An infinite weight on a score of 0 gives 0.
    /// The result has no time to live. The destination may be one of the inputs.
    ///
    /// - **Returns**: how many members the result has.
    /// - **Missing key**: counts as empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: a set's members score 1, any other kind of input
    ///   fails; the destination is replaced.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key length, number of keys.
    pub struct ZUnionStore -> u64 {
        /// Where the result goes, in place of what stood there; an empty result deletes it.
        destination: Key,
        /// Sorted sets, or sets whose members score 1.
        keys: KeyList;
        /// What the scores of each input are multiplied by; none means 1.
        weights: Vec<f64> = "WEIGHTS",
        /// How scores of one member become one; the sum by default.
        aggregate: Option<Aggregate> = "AGGREGATE",
    }
}

command! {
    /// Stores the intersection of sorted sets.
    ///
    /// [`ZINTERSTORE destination numkeys key [key …] [WEIGHTS weight …] [AGGREGATE SUM|MIN|MAX]`](https://redis.io/docs/latest/commands/zinterstore/)
    ///
    /// A weight that is not a number, or another number of weights than of keys, is
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument). An infinite weight on a score of 0 gives 0.
    /// The result has no time to live. The destination may be one of the inputs.
    ///
    /// - **Returns**: how many members the result has.
    /// - **Missing key**: counts as empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: a set's members score 1, any other kind of input
    ///   fails; the destination is replaced.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key length, number of keys.
    pub struct ZInterStore -> u64 {
        /// Where the result goes, in place of what stood there; an empty result deletes it.
        destination: Key,
        /// Sorted sets, or sets whose members score 1.
        keys: KeyList;
        /// What the scores of each input are multiplied by; none means 1.
        weights: Vec<f64> = "WEIGHTS",
        /// How scores of one member become one; the sum by default.
        aggregate: Option<Aggregate> = "AGGREGATE",
    }
}

command! {
    /// Stores what is left of a sorted set without the others.
    ///
    /// [`ZDIFFSTORE destination numkeys key [key …]`](https://redis.io/docs/latest/commands/zdiffstore/)
    ///
    /// The result has no time to live. The destination may be one of the inputs.
    ///
    /// - **Returns**: how many members the result has.
    /// - **Missing key**: counts as empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: a set's members score 1, any other kind of input
    ///   fails; the destination is replaced.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key length, number of keys.
    pub struct ZDiffStore -> u64 {
        /// Where the result goes, in place of what stood there; an empty result deletes it.
        destination: Key,
        /// A sorted set, then those whose members are taken from it; sets count too.
        keys: KeyList,
    }
}

command! {
    /// Lists the members of a sorted set with their scores, page by page, in no order.
    ///
    /// [`ZSCAN key cursor [MATCH pattern] [COUNT count]`](https://redis.io/docs/latest/commands/zscan/)
    ///
    /// A member that is there from the first page to the last is found at least once. One that comes or goes
    /// meanwhile may be found or not, and any may be found twice. The scan ends when [`Page::next`] is
    /// `None`; pages before may be empty.
    ///
    /// - **Returns**: a page of members with scores, and where the next one starts.
    /// - **Missing key**: an empty page.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: each page is one step; the scan as a whole is not.
    /// - **[Limits](crate::Limits)**: key and pattern length; a greater `count` is lowered to
    ///   [`Limits::page`](crate::Limits::page).
    pub struct ZScan -> Page<(Bytes, f64)> {
        /// The key.
        key: Key,
        /// [`Cursor::START`], or where the step before ended.
        cursor: Cursor;
        /// Only members that match.
        pattern: Option<Pattern> = "MATCH",
        /// About how many members a step looks at; 10 by default.
        count: Option<u64> = "COUNT",
    }
}
