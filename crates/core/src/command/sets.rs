//! Commands on sets.

use bytes::Bytes;

use super::info::command;
use super::options::KeyList;
use crate::data::{Cursor, Key, Member, Page, Pattern};

command! {
    /// `SADD key member [member …]`
    pub struct SAdd -> u64 {
        /// The key.
        key: Key,
        /// The members.
        members: Vec<Member>,
    }
}

command! {
    /// `SREM key member [member …]`
    pub struct SRem -> u64 {
        /// The key.
        key: Key,
        /// The members.
        members: Vec<Member>,
    }
}

command! {
    /// `SMEMBERS key`
    pub struct SMembers -> Vec<Bytes> {
        /// The key.
        key: Key,
    }
}

command! {
    /// `SISMEMBER key member`
    pub struct SIsMember -> bool {
        /// The key.
        key: Key,
        /// The member.
        member: Member,
    }
}

command! {
    /// `SMISMEMBER key member [member …]`
    pub struct SMIsMember -> Vec<bool> {
        /// The key.
        key: Key,
        /// The members.
        members: Vec<Member>,
    }
}

command! {
    /// `SCARD key`
    pub struct SCard -> u64 {
        /// The key.
        key: Key,
    }
}

command! {
    /// `SPOP key [count]`
    pub struct SPop -> Vec<Bytes> {
        /// The key.
        key: Key,
        /// How many members; one by default.
        count: Option<u64>,
    }
}

command! {
    /// `SRANDMEMBER key [count]`
    pub struct SRandMember -> Vec<Bytes> {
        /// The key.
        key: Key,
        /// How many different members; negative: so many, with repetitions. One by default.
        count: Option<i64>,
    }
}

command! {
    /// `SMOVE source destination member`
    pub struct SMove -> bool {
        /// Where the member is taken from.
        source: Key,
        /// Where it goes.
        destination: Key,
        /// The member.
        member: Member,
    }
}

command! {
    /// `SINTER key [key …]`
    pub struct SInter -> Vec<Bytes> {
        /// The sets.
        keys: Vec<Key>,
    }
}

command! {
    /// `SINTERCARD numkeys key [key …] [LIMIT limit]`
    pub struct SInterCard -> u64 {
        /// The sets.
        keys: KeyList;
        /// Stops counting there; 0 means no limit.
        limit: Option<u64> = "LIMIT",
    }
}

command! {
    /// `SUNION key [key …]`
    pub struct SUnion -> Vec<Bytes> {
        /// The sets.
        keys: Vec<Key>,
    }
}

command! {
    /// `SDIFF key [key …]`
    pub struct SDiff -> Vec<Bytes> {
        /// The set, then those whose members are taken from it.
        keys: Vec<Key>,
    }
}

command! {
    /// `SINTERSTORE destination key [key …]`
    pub struct SInterStore -> u64 {
        /// Where the result goes, in place of what stood there; an empty result deletes it.
        destination: Key,
        /// The sets.
        keys: Vec<Key>,
    }
}

command! {
    /// `SUNIONSTORE destination key [key …]`
    pub struct SUnionStore -> u64 {
        /// Where the result goes, in place of what stood there; an empty result deletes it.
        destination: Key,
        /// The sets.
        keys: Vec<Key>,
    }
}

command! {
    /// `SDIFFSTORE destination key [key …]`
    pub struct SDiffStore -> u64 {
        /// Where the result goes, in place of what stood there; an empty result deletes it.
        destination: Key,
        /// The set, then those whose members are taken from it.
        keys: Vec<Key>,
    }
}

command! {
    /// `SSCAN key cursor [MATCH pattern] [COUNT count]`
    pub struct SScan -> Page<Bytes> {
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
