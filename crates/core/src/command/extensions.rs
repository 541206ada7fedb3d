//! Commands beyond Redis 7: what locks, limits and caches need in one round trip.

use bytes::Bytes;

use super::info::command;
use super::options::SetExpiry;
use crate::data::{Key, Value, Version};
use crate::reply::Bounded;

command! {
    /// `GETVERSIONED key`: the value with its version.
    pub struct GetVersioned -> Option<(Bytes, Version)> {
        /// The key.
        key: Key,
    }
}

command! {
    /// `VERSIONOF key`: the version of a key of any kind.
    pub struct VersionOf -> Option<Version> {
        /// The key.
        key: Key,
    }
}

command! {
    /// `SETIFEQUAL key expected value [EX|PX|EXAT|PXAT time | KEEPTTL]`: as `SET … IFEQ` of Valkey 8.1 and Redis 8.4.
    pub struct SetIfEqual -> bool {
        /// The key.
        key: Key,
        /// What must stand there now.
        expected: Value,
        /// What stands there then.
        value: Value;
        /// What happens to its time to live.
        expiry: SetExpiry,
    }
}

command! {
    /// `DELIFEQUAL key expected`: as `DELIFEQ` of Valkey 9 and `DELEX … IFEQ` of Redis 8.4.
    pub struct DelIfEqual -> bool {
        /// The key.
        key: Key,
        /// What must stand there now.
        expected: Value,
    }
}

command! {
    /// `INCRBOUNDED key increment [MIN min] [MAX max] [PX milliseconds]`
    pub struct IncrBounded -> Bounded {
        /// The key.
        key: Key,
        /// What is added; may be negative.
        by: i64;
        /// The least value the result may have.
        min: Option<i64> = "MIN",
        /// The greatest value the result may have.
        max: Option<i64> = "MAX",
        /// The time to live, in milliseconds, that the key gets if this command creates it.
        ttl: Option<i64> = "PX",
    }
}
