//! Commands on sorted sets. `ZRANGE` and `ZRANGESTORE` have a file of their own.

use bytes::Bytes;

use super::info::command;
use super::options::{Aggregate, KeyList, LexRange, ScoreRange, ZAddOptions};
use crate::data::{Cursor, Key, Member, Page, Pattern};

command! {
    /// `ZADD key [NX|XX] [GT|LT] [CH] score member [score member …]`
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
    /// `ZADD key [NX|XX] [GT|LT] [CH] INCR score member`
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
    /// `ZREM key member [member …]`
    pub struct ZRem -> u64 {
        /// The key.
        key: Key,
        /// The members.
        members: Vec<Member>,
    }
}

command! {
    /// `ZSCORE key member`
    pub struct ZScore -> Option<f64> {
        /// The key.
        key: Key,
        /// The member.
        member: Member,
    }
}

command! {
    /// `ZMSCORE key member [member …]`
    pub struct ZMScore -> Vec<Option<f64>> {
        /// The key.
        key: Key,
        /// The members.
        members: Vec<Member>,
    }
}

command! {
    /// `ZINCRBY key increment member`
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
    /// `ZCARD key`
    pub struct ZCard -> u64 {
        /// The key.
        key: Key,
    }
}

command! {
    /// `ZCOUNT key min max`
    pub struct ZCount -> u64 {
        /// The key.
        key: Key,
        /// The scores.
        range: ScoreRange,
    }
}

command! {
    /// `ZLEXCOUNT key min max`
    pub struct ZLexCount -> u64 {
        /// The key.
        key: Key,
        /// The members.
        range: LexRange,
    }
}

command! {
    /// `ZRANK key member`
    pub struct ZRank -> Option<u64> {
        /// The key.
        key: Key,
        /// The member.
        member: Member,
    }
}

command! {
    /// `ZREVRANK key member`
    pub struct ZRevRank -> Option<u64> {
        /// The key.
        key: Key,
        /// The member.
        member: Member,
    }
}

command! {
    /// `ZPOPMIN key [count]`
    pub struct ZPopMin -> Vec<(Bytes, f64)> {
        /// The key.
        key: Key,
        /// How many; one by default.
        count: Option<u64>,
    }
}

command! {
    /// `ZPOPMAX key [count]`
    pub struct ZPopMax -> Vec<(Bytes, f64)> {
        /// The key.
        key: Key,
        /// How many; one by default.
        count: Option<u64>,
    }
}

command! {
    /// `ZREMRANGEBYRANK key start stop`
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
    /// `ZREMRANGEBYSCORE key min max`
    pub struct ZRemRangeByScore -> u64 {
        /// The key.
        key: Key,
        /// The scores.
        range: ScoreRange,
    }
}

command! {
    /// `ZREMRANGEBYLEX key min max`
    pub struct ZRemRangeByLex -> u64 {
        /// The key.
        key: Key,
        /// The members.
        range: LexRange,
    }
}

command! {
    /// `ZUNION numkeys key [key …] [WEIGHTS weight …] [AGGREGATE SUM|MIN|MAX] [WITHSCORES]`
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
    /// `ZINTER numkeys key [key …] [WEIGHTS weight …] [AGGREGATE SUM|MIN|MAX] [WITHSCORES]`
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
    /// `ZDIFF numkeys key [key …] [WITHSCORES]`
    pub struct ZDiff -> Vec<(Bytes, f64)> {
        /// A sorted set, then those whose members are taken from it; sets count too.
        keys: KeyList;
        /// Shows the scores on the wire too; the typed reply always has them.
        with_scores: bool = "WITHSCORES",
    }
}

command! {
    /// `ZUNIONSTORE destination numkeys key [key …] [WEIGHTS weight …] [AGGREGATE SUM|MIN|MAX]`
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
    /// `ZINTERSTORE destination numkeys key [key …] [WEIGHTS weight …] [AGGREGATE SUM|MIN|MAX]`
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
    /// `ZDIFFSTORE destination numkeys key [key …]`
    pub struct ZDiffStore -> u64 {
        /// Where the result goes, in place of what stood there; an empty result deletes it.
        destination: Key,
        /// A sorted set, then those whose members are taken from it; sets count too.
        keys: KeyList,
    }
}

command! {
    /// `ZSCAN key cursor [MATCH pattern] [COUNT count]`
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
