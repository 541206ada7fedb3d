//! Operations as data: every key-value operation is a value of [`Command`], and one table describes them all.
//!
//! To add a command: write its struct in the file of its group, add its row to the table in `table.rs`, and
//! implement it where the compiler says that a match is not exhaustive.
//!
//! # How the commands are described
//!
//! The rules are those of Redis 7; each command links to its page there. Below the link stand:
//!
//! - **Returns**: what [`Op::Reply`] means.
//! - **Missing key**: what happens if the key does not exist. An expired key does not exist.
//! - **Wrong type**: what happens if the key holds another kind of value. A command that fails changes nothing.
//! - **Atomicity**: what happens in one step, so that no other caller sees a part of it.
//! - **Limits**: what is refused with [`LimitExceeded`](crate::ErrorKind::LimitExceeded), before anything is
//!   changed, when it is greater than the store's [`Limits`](crate::Limits).

mod alias;
mod extensions;
mod hashes;
mod info;
mod keys;
mod lists;
mod options;
mod sets;
mod sorted_sets;
mod strings;
mod syntax;
mod table;
mod zrange;

pub use extensions::{DelIfEqual, GetVersioned, IncrBounded, SetIfEqual, VersionOf};
pub use hashes::{
    HDel, HExists, HGet, HGetAll, HIncrBy, HIncrByFloat, HKeys, HLen, HMGet, HRandField, HScan, HSet, HSetNx,
    HStrLen, HVals,
};
pub use info::{Access, CommandInfo, CommandSet, Group, Idempotency, Op, ValueUse, Work};
pub use keys::{
    Clear, Copy, Del, Exists, Expire, ExpireTime, Persist, Rename, RenameNx, Scan, TimeUnit, Ttl, Type,
};
pub use lists::{
    LIndex, LInsert, LLen, LMove, LPop, LPos, LPush, LPushX, LRange, LRem, LSet, LTrim, RPop, RPush, RPushX,
};
pub use options::{
    Aggregate, Condition, End, Expiry, GetExpiry, KeyList, LexBound, LexRange, ScoreBound, ScoreRange,
    SetExpiry, Side, ZAddOptions,
};
pub use sets::{
    SAdd, SCard, SDiff, SDiffStore, SInter, SInterCard, SInterStore, SIsMember, SMIsMember, SMembers, SMove,
    SPop, SRandMember, SRem, SScan, SUnion, SUnionStore,
};
pub use sorted_sets::{
    ZAdd, ZAddIncr, ZCard, ZCount, ZDiff, ZDiffStore, ZIncrBy, ZInter, ZInterStore, ZLexCount, ZMScore,
    ZPopMax, ZPopMin, ZRank, ZRem, ZRemRangeByLex, ZRemRangeByRank, ZRemRangeByScore, ZRevRank, ZScan,
    ZScore, ZUnion, ZUnionStore,
};
pub use strings::{
    Append, Get, GetDel, GetEx, GetRange, IncrBy, IncrByFloat, MGet, MSet, MSetNx, Set, SetRange, StrLen,
};
pub use syntax::{Arg, Opt, Part, PartMut, Role, Sampler, Syntax, Take, Words};
pub use table::{Command, CommandId};
pub use zrange::{ZRange, ZRangeBy, ZRangeStore, ZSelect};
