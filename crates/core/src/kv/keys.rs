//! Methods for keys of any kind.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Kv;
use crate::command::{
    Clear, Copy, Del, Exists, Expire, ExpireTime, Persist, Rename, RenameNx, TimeUnit, Ttl, Type,
};
use crate::data::{Key, Kind};
use crate::error::{Error, Result};

/// How long a key has left to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeToLive {
    /// There is no such key.
    Missing,
    /// It does not expire.
    Forever,
    /// It expires after that long.
    Left(Duration),
}

/// When a key expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExpiresAt {
    /// There is no such key.
    Missing,
    /// It does not expire.
    Never,
    /// It expires then.
    At(SystemTime),
}

/// # Keys
///
/// ```
/// # async fn example(kv: credenza_core::Kv) -> credenza_core::Result<()> {
/// use credenza_core::kv::TimeToLive;
/// use std::time::Duration;
///
/// kv.set("session:7", "ada").await?;
/// kv.expire("session:7", Duration::from_secs(60)).await?;
/// if let TimeToLive::Left(time) = kv.ttl("session:7").await? {
///     assert!(time <= Duration::from_secs(60));
/// }
/// assert!(kv.del("session:7").await?);
/// assert_eq!(kv.ttl("session:7").await?, TimeToLive::Missing);
/// # Ok(()) }
/// ```
impl Kv {
    /// Deletes a key; says whether it was there ([`Del`]).
    pub async fn del(&self, key: impl Into<Key>) -> Result<bool> {
        Ok(self.run(Del::new([key])).await? > 0)
    }

    /// Deletes keys; says how many were there ([`Del`]).
    pub async fn del_many(&self, keys: impl IntoIterator<Item = impl Into<Key>>) -> Result<u64> {
        self.run(Del::new(keys)).await
    }

    /// Whether a key exists ([`Exists`]).
    pub async fn exists(&self, key: impl Into<Key>) -> Result<bool> {
        Ok(self.run(Exists::new([key])).await? > 0)
    }

    /// Lets a key expire after that long; says whether the key exists ([`Expire`]).
    pub async fn expire(&self, key: impl Into<Key>, after: Duration) -> Result<bool> {
        self.run(Expire::new(key, after)).await
    }

    /// Lets a key expire at a time; says whether the key exists ([`Expire`]).
    pub async fn expire_at(&self, key: impl Into<Key>, at: SystemTime) -> Result<bool> {
        self.run(Expire::new(key, at)).await
    }

    /// Lets a key live for ever; says whether it had a time to live ([`Persist`]).
    pub async fn persist(&self, key: impl Into<Key>) -> Result<bool> {
        self.run(Persist::new(key)).await
    }

    /// How long a key has left to live, to the millisecond ([`Ttl`]).
    pub async fn ttl(&self, key: impl Into<Key>) -> Result<TimeToLive> {
        Ok(match self.run(Ttl::new(key, TimeUnit::Milliseconds)).await? {
            -2 => TimeToLive::Missing,
            -1 => TimeToLive::Forever,
            ms => TimeToLive::Left(millis(ms)?),
        })
    }

    /// When a key expires, to the millisecond ([`ExpireTime`]).
    pub async fn expire_time(&self, key: impl Into<Key>) -> Result<ExpiresAt> {
        Ok(match self.run(ExpireTime::new(key, TimeUnit::Milliseconds)).await? {
            -2 => ExpiresAt::Missing,
            -1 => ExpiresAt::Never,
            ms => ExpiresAt::At(
                UNIX_EPOCH
                    .checked_add(millis(ms)?)
                    .ok_or_else(|| Error::internal("a time is out of range"))?,
            ),
        })
    }

    /// The kind of value that a key holds, if it exists ([`Type`]).
    pub async fn kind(&self, key: impl Into<Key>) -> Result<Option<Kind>> {
        self.run(Type::new(key)).await
    }

    /// Gives a key another name, in place of what stood there ([`Rename`]).
    ///
    /// # Errors
    /// [`NoSuchKey`](crate::ErrorKind::NoSuchKey) if the key does not exist.
    pub async fn rename(&self, key: impl Into<Key>, new_key: impl Into<Key>) -> Result<()> {
        self.run(Rename::new(key, new_key)).await
    }

    /// Gives a key another name, unless that is taken; says whether it did ([`RenameNx`]).
    ///
    /// # Errors
    /// [`NoSuchKey`](crate::ErrorKind::NoSuchKey) if the key does not exist.
    pub async fn rename_nx(&self, key: impl Into<Key>, new_key: impl Into<Key>) -> Result<bool> {
        self.run(RenameNx::new(key, new_key)).await
    }

    /// Copies a key with its time to live, unless the destination exists; says whether it did ([`struct@Copy`]).
    pub async fn copy(&self, source: impl Into<Key>, destination: impl Into<Key>) -> Result<bool> {
        self.run(Copy::new(source, destination)).await
    }

    /// Deletes every key that starts with the prefix, with an empty one all keys; says how many ([`Clear`]).
    pub async fn clear(&self, prefix: impl Into<Key>) -> Result<u64> {
        self.run(Clear::new(prefix)).await
    }
}

fn millis(ms: i64) -> Result<Duration> {
    u64::try_from(ms).map(Duration::from_millis).map_err(|_| Error::internal("a time to live is negative"))
}
