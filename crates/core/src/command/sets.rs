//! Commands on sets.

use bytes::Bytes;

use super::info::command;
use super::options::KeyList;
use crate::data::{Cursor, Key, Member, Page, Pattern};

command! {
    /// Adds members to a set.
    ///
    /// [`SADD key member [member …]`](https://redis.io/docs/latest/commands/sadd/)
    ///
    /// - **Returns**: how many are new.
    /// - **Missing key**: is created.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all members.
    /// - **[Limits](crate::Limits)**: key and member length, number of members.
    pub struct SAdd -> u64 {
        /// The key.
        key: Key,
        /// The members.
        members: Vec<Member>,
    }
}

command! {
    /// Removes members from a set.
    ///
    /// [`SREM key member [member …]`](https://redis.io/docs/latest/commands/srem/)
    ///
    /// The last member takes the key along.
    ///
    /// - **Returns**: how many there were.
    /// - **Missing key**: 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all members.
    /// - **[Limits](crate::Limits)**: key and member length, number of members.
    pub struct SRem -> u64 {
        /// The key.
        key: Key,
        /// The members.
        members: Vec<Member>,
    }
}

command! {
    /// Lists the members of a set.
    ///
    /// [`SMEMBERS key`](https://redis.io/docs/latest/commands/smembers/)
    ///
    /// - **Returns**: the members, in no order.
    /// - **Missing key**: empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length; none on the reply: take [`SScan`] for a large set.
    pub struct SMembers -> Vec<Bytes> {
        /// The key.
        key: Key,
    }
}

command! {
    /// Tells whether something is a member of a set.
    ///
    /// [`SISMEMBER key member`](https://redis.io/docs/latest/commands/sismember/)
    ///
    /// - **Returns**: whether it is.
    /// - **Missing key**: false.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and member length.
    pub struct SIsMember -> bool {
        /// The key.
        key: Key,
        /// The member.
        member: Member,
    }
}

command! {
    /// Tells for several whether each is a member of a set.
    ///
    /// [`SMISMEMBER key member [member …]`](https://redis.io/docs/latest/commands/smismember/)
    ///
    /// - **Returns**: whether it is, for each, in order.
    /// - **Missing key**: false for each.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all members.
    /// - **[Limits](crate::Limits)**: key and member length, number of members.
    pub struct SMIsMember -> Vec<bool> {
        /// The key.
        key: Key,
        /// The members.
        members: Vec<Member>,
    }
}

command! {
    /// Counts the members of a set.
    ///
    /// [`SCARD key`](https://redis.io/docs/latest/commands/scard/)
    ///
    /// - **Returns**: how many there are.
    /// - **Missing key**: 0.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct SCard -> u64 {
        /// The key.
        key: Key,
    }
}

command! {
    /// Takes random members out of a set.
    ///
    /// [`SPOP key [count]`](https://redis.io/docs/latest/commands/spop/)
    ///
    /// The last member takes the key along.
    ///
    /// - **Returns**: the members, all different: `count` of them or all there are.
    /// - **Missing key**: empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step for all members.
    /// - **[Limits](crate::Limits)**: key length; none on the reply.
    pub struct SPop -> Vec<Bytes> {
        /// The key.
        key: Key,
        /// How many members; one by default.
        count: Option<u64>,
    }
}

command! {
    /// Picks members of a set at random.
    ///
    /// [`SRANDMEMBER key [count]`](https://redis.io/docs/latest/commands/srandmember/)
    ///
    /// A positive count picks different members, at most all of them; a negative one picks as many as it
    /// says, with repetitions.
    ///
    /// - **Returns**: the members.
    /// - **Missing key**: empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length; [`Limits::arguments`](crate::Limits::arguments) for a
    ///   negative count.
    pub struct SRandMember -> Vec<Bytes> {
        /// The key.
        key: Key,
        /// How many different members; negative: so many, with repetitions. One by default.
        count: Option<i64>,
    }
}

command! {
    /// Moves a member from one set to another.
    ///
    /// [`SMOVE source destination member`](https://redis.io/docs/latest/commands/smove/)
    ///
    /// If the destination has it already, it only leaves the source. From a set to itself nothing changes.
    /// The last member takes the source along.
    ///
    /// - **Returns**: whether the source had it.
    /// - **Missing key**: a missing source gives false; a missing destination is created.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails, on either key; behind a missing source the
    ///   destination is not looked at.
    /// - **Atomicity**: one step for both keys.
    /// - **[Limits](crate::Limits)**: key and member length.
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
    /// Intersects sets.
    ///
    /// [`SINTER key [key …]`](https://redis.io/docs/latest/commands/sinter/)
    ///
    /// - **Returns**: the members that all of them have, in no order.
    /// - **Missing key**: counts as empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails, on any of the keys.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key length, number of keys; none on the reply.
    pub struct SInter -> Vec<Bytes> {
        /// The sets.
        keys: Vec<Key>,
    }
}

command! {
    /// Counts the intersection of sets.
    ///
    /// [`SINTERCARD numkeys key [key …] [LIMIT limit]`](https://redis.io/docs/latest/commands/sintercard/)
    ///
    /// - **Returns**: how many members all of them have, at most `limit`.
    /// - **Missing key**: counts as empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails, on any of the keys.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key length, number of keys.
    pub struct SInterCard -> u64 {
        /// The sets.
        keys: KeyList;
        /// Stops counting there; 0 means no limit.
        limit: Option<u64> = "LIMIT",
    }
}

command! {
    /// Unites sets.
    ///
    /// [`SUNION key [key …]`](https://redis.io/docs/latest/commands/sunion/)
    ///
    /// - **Returns**: the members that any of them has, each once, in no order.
    /// - **Missing key**: counts as empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails, on any of the keys.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key length, number of keys; none on the reply.
    pub struct SUnion -> Vec<Bytes> {
        /// The sets.
        keys: Vec<Key>,
    }
}

command! {
    /// Takes sets away from a set.
    ///
    /// [`SDIFF key [key …]`](https://redis.io/docs/latest/commands/sdiff/)
    ///
    /// - **Returns**: the members of the first that none of the others has, in no order.
    /// - **Missing key**: counts as empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails, on any of the keys.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key length, number of keys; none on the reply.
    pub struct SDiff -> Vec<Bytes> {
        /// The set, then those whose members are taken from it.
        keys: Vec<Key>,
    }
}

command! {
    /// Stores the intersection of sets.
    ///
    /// [`SINTERSTORE destination key [key …]`](https://redis.io/docs/latest/commands/sinterstore/)
    ///
    /// The result has no time to live. The destination may be one of the inputs.
    ///
    /// - **Returns**: how many members the result has.
    /// - **Missing key**: counts as empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails, on any of the inputs; the destination is
    ///   replaced.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key length, number of keys.
    pub struct SInterStore -> u64 {
        /// Where the result goes, in place of what stood there; an empty result deletes it.
        destination: Key,
        /// The sets.
        keys: Vec<Key>,
    }
}

command! {
    /// Stores the union of sets.
    ///
    /// [`SUNIONSTORE destination key [key …]`](https://redis.io/docs/latest/commands/sunionstore/)
    ///
    /// The result has no time to live. The destination may be one of the inputs.
    ///
    /// - **Returns**: how many members the result has.
    /// - **Missing key**: counts as empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails, on any of the inputs; the destination is
    ///   replaced.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key length, number of keys.
    pub struct SUnionStore -> u64 {
        /// Where the result goes, in place of what stood there; an empty result deletes it.
        destination: Key,
        /// The sets.
        keys: Vec<Key>,
    }
}

command! {
    /// Stores what is left of a set without the others.
    ///
    /// [`SDIFFSTORE destination key [key …]`](https://redis.io/docs/latest/commands/sdiffstore/)
    ///
    /// The result has no time to live. The destination may be one of the inputs.
    ///
    /// - **Returns**: how many members the result has.
    /// - **Missing key**: counts as empty.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails, on any of the inputs; the destination is
    ///   replaced.
    /// - **Atomicity**: one step for all keys.
    /// - **[Limits](crate::Limits)**: key length, number of keys.
    pub struct SDiffStore -> u64 {
        /// Where the result goes, in place of what stood there; an empty result deletes it.
        destination: Key,
        /// The set, then those whose members are taken from it.
        keys: Vec<Key>,
    }
}

command! {
    /// Lists the members of a set, page by page.
    ///
    /// [`SSCAN key cursor [MATCH pattern] [COUNT count]`](https://redis.io/docs/latest/commands/sscan/)
    ///
    /// A member that is there from the first page to the last is found at least once. One that comes or goes
    /// meanwhile may be found or not, and any may be found twice. The scan ends when [`Page::next`] is
    /// `None`; pages before may be empty.
    ///
    /// - **Returns**: a page of members, and where the next one starts.
    /// - **Missing key**: an empty page.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: each page is one step; the scan as a whole is not.
    /// - **[Limits](crate::Limits)**: key and pattern length; a greater `count` is lowered to
    ///   [`Limits::page`](crate::Limits::page).
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
