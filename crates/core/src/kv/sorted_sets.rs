//! Methods for sorted sets.

use bytes::Bytes;

use super::Kv;
use crate::command::{
    LexRange, ScoreRange, ZAdd, ZAddOptions, ZCard, ZCount, ZDiff, ZDiffStore, ZIncrBy, ZInter, ZInterStore,
    ZLexCount, ZMScore, ZPopMax, ZPopMin, ZRange, ZRangeBy, ZRangeStore, ZRank, ZRem, ZRemRangeByLex,
    ZRemRangeByRank, ZRemRangeByScore, ZRevRank, ZScore, ZUnion, ZUnionStore,
};
use crate::data::{Key, Member};
use crate::error::Result;

/// # Sorted sets
///
/// ```
/// # async fn example(kv: credenza_core::Kv) -> credenza_core::Result<()> {
/// kv.zadd_many("scores", [(12.0, "ada"), (7.5, "grace")]).await?;
/// kv.zincr_by("scores", 10.0, "grace").await?;
/// assert_eq!(kv.zrank("scores", "grace").await?, Some(1));
///
/// let (best, score) = &kv.zrevrange("scores", 0, 0).await?[0];
/// assert_eq!((best.as_ref(), *score), (&b"grace"[..], 17.5));
/// assert_eq!(kv.zrange_by_score("scores", 10.0..=15.0).await?.len(), 1);
/// # Ok(()) }
/// ```
impl Kv {
    /// Adds a member or sets its score; says whether it is new ([`ZAdd`]).
    pub async fn zadd(&self, key: impl Into<Key>, score: f64, member: impl Into<Member>) -> Result<bool> {
        Ok(self.run(ZAdd::new(key, ZAddOptions::default(), [(score, member)])).await? > 0)
    }

    /// Adds members or sets their scores; says how many are new ([`ZAdd`]).
    pub async fn zadd_many(
        &self,
        key: impl Into<Key>,
        members: impl IntoIterator<Item = (f64, impl Into<Member>)>,
    ) -> Result<u64> {
        self.run(ZAdd::new(key, ZAddOptions::default(), members)).await
    }

    /// Adds to the score of a member, which is 0 if it is new, and returns the score ([`ZIncrBy`]).
    pub async fn zincr_by(&self, key: impl Into<Key>, by: f64, member: impl Into<Member>) -> Result<f64> {
        self.run(ZIncrBy::new(key, by, member)).await
    }

    /// Removes a member; says whether it was there ([`ZRem`]).
    pub async fn zrem(&self, key: impl Into<Key>, member: impl Into<Member>) -> Result<bool> {
        Ok(self.run(ZRem::new(key, [member])).await? > 0)
    }

    /// Removes members; says how many were there ([`ZRem`]).
    pub async fn zrem_many(
        &self,
        key: impl Into<Key>,
        members: impl IntoIterator<Item = impl Into<Member>>,
    ) -> Result<u64> {
        self.run(ZRem::new(key, members)).await
    }

    /// The score of a member, if there is one ([`ZScore`]).
    pub async fn zscore(&self, key: impl Into<Key>, member: impl Into<Member>) -> Result<Option<f64>> {
        self.run(ZScore::new(key, member)).await
    }

    /// The scores of several members, in their order ([`ZMScore`]).
    pub async fn zmscore(
        &self,
        key: impl Into<Key>,
        members: impl IntoIterator<Item = impl Into<Member>>,
    ) -> Result<Vec<Option<f64>>> {
        self.run(ZMScore::new(key, members)).await
    }

    /// How many members there are ([`ZCard`]).
    pub async fn zcard(&self, key: impl Into<Key>) -> Result<u64> {
        self.run(ZCard::new(key)).await
    }

    /// How many members have a score in the range ([`ZCount`]).
    pub async fn zcount(&self, key: impl Into<Key>, scores: impl Into<ScoreRange>) -> Result<u64> {
        self.run(ZCount::new(key, scores)).await
    }

    /// How many members are in the range by their bytes, where all scores are equal ([`ZLexCount`]).
    pub async fn zlexcount(&self, key: impl Into<Key>, members: LexRange) -> Result<u64> {
        self.run(ZLexCount::new(key, members)).await
    }

    /// The rank of a member, if there is one: 0 has the least score ([`ZRank`]).
    pub async fn zrank(&self, key: impl Into<Key>, member: impl Into<Member>) -> Result<Option<u64>> {
        self.run(ZRank::new(key, member)).await
    }

    /// The rank of a member, if there is one: 0 has the greatest score ([`ZRevRank`]).
    pub async fn zrevrank(&self, key: impl Into<Key>, member: impl Into<Member>) -> Result<Option<u64>> {
        self.run(ZRevRank::new(key, member)).await
    }

    /// The members from one rank to another, inclusive, from the least score; negative counts from the end
    /// ([`ZRange`]).
    pub async fn zrange(&self, key: impl Into<Key>, start: i64, stop: i64) -> Result<Vec<(Bytes, f64)>> {
        self.run(ZRange::new(key, ZRangeBy::rank(start, stop))).await
    }

    /// The members from one rank to another, inclusive, from the greatest score; negative counts from the end
    /// ([`ZRange`]).
    pub async fn zrevrange(&self, key: impl Into<Key>, start: i64, stop: i64) -> Result<Vec<(Bytes, f64)>> {
        self.run(ZRange::new(key, ZRangeBy::rank(start, stop).rev())).await
    }

    /// The members with a score in the range, from the least ([`ZRange`]).
    pub async fn zrange_by_score(
        &self,
        key: impl Into<Key>,
        scores: impl Into<ScoreRange>,
    ) -> Result<Vec<(Bytes, f64)>> {
        self.run(ZRange::new(key, ZRangeBy::score(scores))).await
    }

    /// The members in the range by their bytes, where all scores are equal ([`ZRange`]).
    pub async fn zrange_by_lex(&self, key: impl Into<Key>, members: LexRange) -> Result<Vec<Bytes>> {
        let scored = self.run(ZRange::new(key, ZRangeBy::lex(members))).await?;
        Ok(scored.into_iter().map(|(member, _)| member).collect())
    }

    /// Stores a range of a sorted set; says how many members that is ([`ZRangeStore`]).
    pub async fn zrangestore(
        &self,
        destination: impl Into<Key>,
        source: impl Into<Key>,
        by: ZRangeBy,
    ) -> Result<u64> {
        self.run(ZRangeStore::new(destination, source, by)).await
    }

    /// Takes out the member with the least score, if there is any ([`ZPopMin`]).
    pub async fn zpopmin(&self, key: impl Into<Key>) -> Result<Option<(Bytes, f64)>> {
        Ok(self.run(ZPopMin::new(key, None)).await?.pop())
    }

    /// Takes out so many members with the least scores, or all there are ([`ZPopMin`]).
    pub async fn zpopmin_count(&self, key: impl Into<Key>, count: u64) -> Result<Vec<(Bytes, f64)>> {
        self.run(ZPopMin::new(key, Some(count))).await
    }

    /// Takes out the member with the greatest score, if there is any ([`ZPopMax`]).
    pub async fn zpopmax(&self, key: impl Into<Key>) -> Result<Option<(Bytes, f64)>> {
        Ok(self.run(ZPopMax::new(key, None)).await?.pop())
    }

    /// Takes out so many members with the greatest scores, or all there are ([`ZPopMax`]).
    pub async fn zpopmax_count(&self, key: impl Into<Key>, count: u64) -> Result<Vec<(Bytes, f64)>> {
        self.run(ZPopMax::new(key, Some(count))).await
    }

    /// Removes the members from one rank to another, inclusive; says how many ([`ZRemRangeByRank`]).
    pub async fn zremrangebyrank(&self, key: impl Into<Key>, start: i64, stop: i64) -> Result<u64> {
        self.run(ZRemRangeByRank::new(key, start, stop)).await
    }

    /// Removes the members with a score in the range; says how many ([`ZRemRangeByScore`]).
    pub async fn zremrangebyscore(&self, key: impl Into<Key>, scores: impl Into<ScoreRange>) -> Result<u64> {
        self.run(ZRemRangeByScore::new(key, scores)).await
    }

    /// Removes the members in the range by their bytes, where all scores are equal; says how many
    /// ([`ZRemRangeByLex`]).
    pub async fn zremrangebylex(&self, key: impl Into<Key>, members: LexRange) -> Result<u64> {
        self.run(ZRemRangeByLex::new(key, members)).await
    }

    /// The members that any of the sorted sets has, with the sums of their scores ([`ZUnion`]).
    pub async fn zunion(&self, keys: impl IntoIterator<Item = impl Into<Key>>) -> Result<Vec<(Bytes, f64)>> {
        self.run(ZUnion::new(keys)).await
    }

    /// The members that all of the sorted sets have, with the sums of their scores ([`ZInter`]).
    pub async fn zinter(&self, keys: impl IntoIterator<Item = impl Into<Key>>) -> Result<Vec<(Bytes, f64)>> {
        self.run(ZInter::new(keys)).await
    }

    /// The members of the first sorted set that none of the others has ([`ZDiff`]).
    pub async fn zdiff(&self, keys: impl IntoIterator<Item = impl Into<Key>>) -> Result<Vec<(Bytes, f64)>> {
        self.run(ZDiff::new(keys)).await
    }

    /// Stores what [`Kv::zunion`] returns; says how many members that is ([`ZUnionStore`]).
    pub async fn zunionstore(
        &self,
        destination: impl Into<Key>,
        keys: impl IntoIterator<Item = impl Into<Key>>,
    ) -> Result<u64> {
        self.run(ZUnionStore::new(destination, keys)).await
    }

    /// Stores what [`Kv::zinter`] returns; says how many members that is ([`ZInterStore`]).
    pub async fn zinterstore(
        &self,
        destination: impl Into<Key>,
        keys: impl IntoIterator<Item = impl Into<Key>>,
    ) -> Result<u64> {
        self.run(ZInterStore::new(destination, keys)).await
    }

    /// Stores what [`Kv::zdiff`] returns; says how many members that is ([`ZDiffStore`]).
    pub async fn zdiffstore(
        &self,
        destination: impl Into<Key>,
        keys: impl IntoIterator<Item = impl Into<Key>>,
    ) -> Result<u64> {
        self.run(ZDiffStore::new(destination, keys)).await
    }
}
