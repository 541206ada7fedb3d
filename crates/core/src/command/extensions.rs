//! Commands beyond Redis 7: what locks, limits and caches need in one round trip.

use bytes::Bytes;

use super::info::command;
use super::options::{SetExpiry, millis};
use crate::data::{Key, Value, Version};
use crate::reply::Bounded;

command! {
    /// Reads a string with its version.
    ///
    /// `GETVERSIONED key`: the reading half of [`WATCH`](https://redis.io/docs/latest/commands/watch/); the
    /// other is [`Check::VersionEquals`](crate::Check::VersionEquals).
    ///
    /// In a store without versions ([`Capabilities::versions`](crate::Capabilities::versions)) it is
    /// [`Unsupported`](crate::ErrorKind::Unsupported).
    ///
    /// - **Returns**: the value and the version.
    /// - **Missing key**: `None`.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct GetVersioned -> Option<(Bytes, Version)> {
        /// The key.
        key: Key,
    }
}

command! {
    /// Reads the version of a key of any kind.
    ///
    /// `VERSIONOF key`: the reading half of [`WATCH`](https://redis.io/docs/latest/commands/watch/); the
    /// other is [`Check::VersionEquals`](crate::Check::VersionEquals).
    ///
    /// In a store without versions ([`Capabilities::versions`](crate::Capabilities::versions)) it is
    /// [`Unsupported`](crate::ErrorKind::Unsupported).
    ///
    /// - **Returns**: the version.
    /// - **Missing key**: `None`.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: any kind works.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
    pub struct VersionOf -> Option<Version> {
        /// The key.
        key: Key,
    }
}

command! {
    /// Sets a string if it equals another one.
    ///
    /// `SETIFEQUAL key expected value [EX|PX|EXAT|PXAT time | KEEPTTL]`: as `SET … IFEQ` of
    /// [Valkey 8.1](https://valkey.io/commands/set/) and
    /// [Redis 8.4](https://redis.io/docs/latest/commands/set/).
    ///
    /// Without `KEEPTTL` or a time, a time to live is removed. A time that is not positive is
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument); a point in the past leaves no key.
    ///
    /// - **Returns**: whether it was set.
    /// - **Missing key**: false.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and value length.
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
    /// Deletes a string if it equals another one.
    ///
    /// `DELIFEQUAL key expected`: as [`DELIFEQ`](https://valkey.io/commands/delifeq/) of Valkey 9 and
    /// [`DELEX … IFEQ`](https://redis.io/docs/latest/commands/delex/) of Redis 8.4.
    ///
    /// - **Returns**: whether it was deleted.
    /// - **Missing key**: false.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key and value length.
    pub struct DelIfEqual -> bool {
        /// The key.
        key: Key,
        /// What must stand there now.
        expected: Value,
    }
}

command! {
    /// Adds to the integer in a string, unless the sum would leave the bounds.
    ///
    /// `INCRBOUNDED key increment [MIN min] [MAX max] [PX milliseconds]`: as
    /// [`INCREX … BYINT … LBOUND … UBOUND … PX … ENX`](https://redis.io/docs/latest/commands/increx/) of
    /// Redis 8.8 and Valkey 9.2.
    ///
    /// Outside of the bounds nothing is changed, neither the integer nor the time to live. A sum beyond 64
    /// bits leaves the bound on its side; without one there it is [`Overflow`](crate::ErrorKind::Overflow). A
    /// string that is no decimal 64-bit integer is [`NotAnInteger`](crate::ErrorKind::NotAnInteger); `MIN`
    /// above `MAX`, and a time that is not positive, are
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument).
    ///
    /// - **Returns**: the integer, whether it was changed, and the time to live.
    /// - **Missing key**: counts as 0; is created, with the time to live, if the sum is within the bounds.
    /// - **[Wrong type](crate::ErrorKind::WrongType)**: fails.
    /// - **Atomicity**: one step.
    /// - **[Limits](crate::Limits)**: key length.
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

impl IncrBounded {
    /// If the command creates the key, it expires after that long.
    #[must_use]
    pub fn expire_in(self, after: std::time::Duration) -> IncrBounded {
        self.ttl(millis(after))
    }
}
