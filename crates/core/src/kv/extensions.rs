//! Methods beyond Redis 7: versions, and what locks and limits need in one round trip.

use std::ops::{Bound, RangeBounds};
use std::time::Duration;

use bytes::Bytes;

use super::Kv;
use crate::command::{DelIfEqual, GetVersioned, IncrBounded, SetIfEqual, VersionOf};
use crate::data::{Key, Value, Version};
use crate::error::{Error, Result};
use crate::reply::Bounded;

/// # Beyond Redis 7
///
/// A lock is taken and given back without a script, and a limit of 100 requests a minute is one round trip:
///
/// ```
/// # async fn example(kv: credenza_core::Kv) -> credenza_core::Result<()> {
/// use std::time::Duration;
///
/// if kv.set_nx_ex("lock:7", "token-1", Duration::from_secs(10)).await? {
///     // … work …
///     assert!(kv.del_if_equal("lock:7", "token-1").await?, "the lock expired and is somebody else's");
/// }
///
/// let hits = kv.incr_bounded_ex("hits:ada", 1, ..=100, Duration::from_secs(60)).await?;
/// if !hits.applied {
///     println!("wait for {:?} ms", hits.ttl);
/// }
/// # Ok(()) }
/// ```
impl Kv {
    /// Reads a string with its version, if the key exists ([`GetVersioned`]).
    pub async fn get_versioned(&self, key: impl Into<Key>) -> Result<Option<(Bytes, Version)>> {
        self.run(GetVersioned::new(key)).await
    }

    /// The version of a key of any kind, if it exists ([`VersionOf`]).
    pub async fn version(&self, key: impl Into<Key>) -> Result<Option<Version>> {
        self.run(VersionOf::new(key)).await
    }

    /// Sets a string if it equals `expected`, without a time to live; says whether it did ([`SetIfEqual`]).
    pub async fn set_if_equal(
        &self,
        key: impl Into<Key>,
        expected: impl Into<Value>,
        value: impl Into<Value>,
    ) -> Result<bool> {
        self.run(SetIfEqual::new(key, expected, value)).await
    }

    /// Sets a string that expires after that long if it equals `expected`; says whether it did
    /// ([`SetIfEqual`]).
    pub async fn set_if_equal_ex(
        &self,
        key: impl Into<Key>,
        expected: impl Into<Value>,
        value: impl Into<Value>,
        after: Duration,
    ) -> Result<bool> {
        self.run(SetIfEqual::new(key, expected, value).expiry(after)).await
    }

    /// Deletes a string if it equals `expected`; says whether it did ([`DelIfEqual`]).
    pub async fn del_if_equal(&self, key: impl Into<Key>, expected: impl Into<Value>) -> Result<bool> {
        self.run(DelIfEqual::new(key, expected)).await
    }

    /// Adds to the integer in a string, unless the sum would leave the bounds ([`IncrBounded`]).
    pub async fn incr_bounded(
        &self,
        key: impl Into<Key>,
        by: i64,
        bounds: impl RangeBounds<i64>,
    ) -> Result<Bounded> {
        self.run(bounded(key.into(), by, &bounds)?).await
    }

    /// As [`Kv::incr_bounded`]; if that creates the key, it expires after that long ([`IncrBounded`]).
    pub async fn incr_bounded_ex(
        &self,
        key: impl Into<Key>,
        by: i64,
        bounds: impl RangeBounds<i64>,
        after: Duration,
    ) -> Result<Bounded> {
        self.run(bounded(key.into(), by, &bounds)?.expire_in(after)).await
    }
}

fn bounded(key: Key, by: i64, bounds: &impl RangeBounds<i64>) -> Result<IncrBounded> {
    let empty = || Error::invalid("no number is within the bounds").during("INCRBOUNDED");
    let min = match bounds.start_bound() {
        Bound::Included(min) => Some(*min),
        Bound::Excluded(below) => Some(below.checked_add(1).ok_or_else(empty)?),
        Bound::Unbounded => None,
    };
    let max = match bounds.end_bound() {
        Bound::Included(max) => Some(*max),
        Bound::Excluded(above) => Some(above.checked_sub(1).ok_or_else(empty)?),
        Bound::Unbounded => None,
    };
    Ok(IncrBounded::new(key, by).min(min).max(max))
}
