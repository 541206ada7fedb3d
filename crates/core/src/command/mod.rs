//! Operations as data: every key-value operation is a value of [`Command`], and one table describes them all.
//!
//! To add a command: write its struct in the file of its group, add its row to the table in `table.rs`, and
//! implement it where the compiler says that a match is not exhaustive.

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
    HDel, HExists, HGet, HGetAll, HIncrBy, HIncrByFloat, HKeys, HLen, HMGet, HRandField, HScan, HSet, HSetNx, HStrLen,
    HVals,
};
pub use info::{Access, CommandInfo, CommandSet, Group, Idempotency, Op, ValueUse, Work};
pub use keys::{
    Clear, Copy, Del, Exists, Expire, ExpireTime, Persist, Rename, RenameNx, Scan, TimeUnit, Ttl, Type,
};
pub use lists::{
    LIndex, LInsert, LLen, LMove, LPop, LPos, LPush, LPushX, LRange, LRem, LSet, LTrim, RPop, RPush, RPushX,
};
pub use options::{
    Aggregate, Condition, End, Expiry, GetExpiry, KeyList, LexBound, LexRange, ScoreBound, ScoreRange, SetExpiry, Side,
    ZAddOptions,
};
pub use sets::{
    SAdd, SCard, SDiff, SDiffStore, SInter, SInterCard, SInterStore, SIsMember, SMIsMember, SMembers, SMove, SPop,
    SRandMember, SRem, SScan, SUnion, SUnionStore,
};
pub use sorted_sets::{
    ZAdd, ZAddIncr, ZCard, ZCount, ZDiff, ZDiffStore, ZIncrBy, ZInter, ZInterStore, ZLexCount, ZMScore, ZPopMax, ZPopMin,
    ZRank, ZRem, ZRemRangeByLex, ZRemRangeByRank, ZRemRangeByScore, ZRevRank, ZScan, ZScore, ZUnion, ZUnionStore,
};
pub use strings::{
    Append, Get, GetDel, GetEx, GetRange, IncrBy, IncrByFloat, MGet, MSet, MSetNx, Set, SetRange, StrLen,
};
pub use syntax::{Arg, Opt, Part, PartMut, Role, Sampler, Syntax, Take, Words};
pub use table::{Command, CommandId};
pub use zrange::{ZRange, ZRangeBy, ZRangeStore, ZSelect};
