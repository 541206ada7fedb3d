//! Methods for sets.

use bytes::Bytes;

use super::Kv;
use crate::command::{
    SAdd, SCard, SDiff, SDiffStore, SInter, SInterCard, SInterStore, SIsMember, SMIsMember, SMembers, SMove,
    SPop, SRandMember, SRem, SUnion, SUnionStore,
};
use crate::data::{Key, Member};
use crate::error::Result;

/// # Sets
///
/// ```
/// # async fn example(kv: credenza_core::Kv) -> credenza_core::Result<()> {
/// kv.sadd_many("online", ["ada", "grace"]).await?;
/// assert!(kv.sismember("online", "ada").await?);
/// assert!(kv.smove("online", "away", "ada").await?);
/// let everyone = kv.sunion(["online", "away"]).await?;
/// assert_eq!(everyone.len(), 2);
/// # Ok(()) }
/// ```
impl Kv {
    /// Adds a member; says whether it is new ([`SAdd`]).
    pub async fn sadd(&self, key: impl Into<Key>, member: impl Into<Member>) -> Result<bool> {
        Ok(self.run(SAdd::new(key, [member])).await? > 0)
    }

    /// Adds members; says how many are new ([`SAdd`]).
    pub async fn sadd_many(
        &self,
        key: impl Into<Key>,
        members: impl IntoIterator<Item = impl Into<Member>>,
    ) -> Result<u64> {
        self.run(SAdd::new(key, members)).await
    }

    /// Removes a member; says whether it was there ([`SRem`]).
    pub async fn srem(&self, key: impl Into<Key>, member: impl Into<Member>) -> Result<bool> {
        Ok(self.run(SRem::new(key, [member])).await? > 0)
    }

    /// Removes members; says how many were there ([`SRem`]).
    pub async fn srem_many(
        &self,
        key: impl Into<Key>,
        members: impl IntoIterator<Item = impl Into<Member>>,
    ) -> Result<u64> {
        self.run(SRem::new(key, members)).await
    }

    /// All members, in no order ([`SMembers`]); [`Kv::sscan`] goes page by page.
    pub async fn smembers(&self, key: impl Into<Key>) -> Result<Vec<Bytes>> {
        self.run(SMembers::new(key)).await
    }

    /// Whether something is a member ([`SIsMember`]).
    pub async fn sismember(&self, key: impl Into<Key>, member: impl Into<Member>) -> Result<bool> {
        self.run(SIsMember::new(key, member)).await
    }

    /// Whether each of several is a member, in their order ([`SMIsMember`]).
    pub async fn smismember(
        &self,
        key: impl Into<Key>,
        members: impl IntoIterator<Item = impl Into<Member>>,
    ) -> Result<Vec<bool>> {
        self.run(SMIsMember::new(key, members)).await
    }

    /// How many members there are ([`SCard`]).
    pub async fn scard(&self, key: impl Into<Key>) -> Result<u64> {
        self.run(SCard::new(key)).await
    }

    /// Takes out a random member, if there is any ([`SPop`]).
    pub async fn spop(&self, key: impl Into<Key>) -> Result<Option<Bytes>> {
        Ok(self.run(SPop::new(key, None)).await?.pop())
    }

    /// Takes out so many random members, or all there are ([`SPop`]).
    pub async fn spop_count(&self, key: impl Into<Key>, count: u64) -> Result<Vec<Bytes>> {
        self.run(SPop::new(key, Some(count))).await
    }

    /// A random member, if there is any ([`SRandMember`]).
    pub async fn srandmember(&self, key: impl Into<Key>) -> Result<Option<Bytes>> {
        Ok(self.run(SRandMember::new(key, None)).await?.pop())
    }

    /// So many random members; negative: with repetitions ([`SRandMember`]).
    pub async fn srandmember_count(&self, key: impl Into<Key>, count: i64) -> Result<Vec<Bytes>> {
        self.run(SRandMember::new(key, Some(count))).await
    }

    /// Moves a member to another set; says whether it was there ([`SMove`]).
    pub async fn smove(
        &self,
        source: impl Into<Key>,
        destination: impl Into<Key>,
        member: impl Into<Member>,
    ) -> Result<bool> {
        self.run(SMove::new(source, destination, member)).await
    }

    /// The members that all of the sets have ([`SInter`]).
    pub async fn sinter(&self, keys: impl IntoIterator<Item = impl Into<Key>>) -> Result<Vec<Bytes>> {
        self.run(SInter::new(keys)).await
    }

    /// How many members all of the sets have ([`SInterCard`]).
    pub async fn sintercard(&self, keys: impl IntoIterator<Item = impl Into<Key>>) -> Result<u64> {
        self.run(SInterCard::new(keys)).await
    }

    /// The members that any of the sets has ([`SUnion`]).
    pub async fn sunion(&self, keys: impl IntoIterator<Item = impl Into<Key>>) -> Result<Vec<Bytes>> {
        self.run(SUnion::new(keys)).await
    }

    /// The members of the first set that none of the others has ([`SDiff`]).
    pub async fn sdiff(&self, keys: impl IntoIterator<Item = impl Into<Key>>) -> Result<Vec<Bytes>> {
        self.run(SDiff::new(keys)).await
    }

    /// Stores what all of the sets have; says how many members that is ([`SInterStore`]).
    pub async fn sinterstore(
        &self,
        destination: impl Into<Key>,
        keys: impl IntoIterator<Item = impl Into<Key>>,
    ) -> Result<u64> {
        self.run(SInterStore::new(destination, keys)).await
    }

    /// Stores what any of the sets has; says how many members that is ([`SUnionStore`]).
    pub async fn sunionstore(
        &self,
        destination: impl Into<Key>,
        keys: impl IntoIterator<Item = impl Into<Key>>,
    ) -> Result<u64> {
        self.run(SUnionStore::new(destination, keys)).await
    }

    /// Stores what the first set has and none of the others; says how many members that is ([`SDiffStore`]).
    pub async fn sdiffstore(
        &self,
        destination: impl Into<Key>,
        keys: impl IntoIterator<Item = impl Into<Key>>,
    ) -> Result<u64> {
        self.run(SDiffStore::new(destination, keys)).await
    }
}
