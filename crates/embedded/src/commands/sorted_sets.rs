//! Sorted sets, one at a time. What combines several is in `zset_algebra.rs`.

use bytes::Bytes;
use credenza_core::command::{
    Condition, ZAdd, ZAddIncr, ZAddOptions, ZCard, ZCount, ZIncrBy, ZLexCount, ZMScore, ZPopMax, ZPopMin,
    ZRange, ZRangeBy, ZRangeStore, ZRank, ZRem, ZRemRangeByLex, ZRemRangeByRank, ZRemRangeByScore, ZRevRank,
    ZScore, ZSelect,
};
use credenza_core::semantics::range::slice;
use credenza_core::{Error, ErrorKind, Key, Kind, Member, Reply, Result};

use super::length;
use crate::keyspace::{Entry, Keyspace, Selection};
use crate::step::Step;

impl<K: Keyspace> Step<'_, K> {
    pub(crate) fn zadd(&mut self, c: ZAdd) -> Result<Reply> {
        let found = self.find_kind(&c.key, Kind::SortedSet)?;
        if found.is_none() && c.options.condition == Some(Condition::Present) {
            return Ok(Reply::Int(0));
        }
        let (at, len) = self.find_or_create(&c.key, found, Kind::SortedSet)?;
        let (mut added, mut updated) = (0, 0);
        for (score, member) in &c.members {
            let score = unsigned_zero(*score);
            let old = self.space.zset_score(at, member)?;
            if !allows(c.options, old, score) || old == Some(score) {
                continue;
            }
            self.space.zset_put(at, member, old, score)?;
            match old {
                Some(_) => updated += 1,
                None => added += 1,
            }
        }
        if added + updated > 0 {
            self.resize(&c.key, at, len + added)?;
        }
        Ok(length(if c.options.changed { added + updated } else { added }))
    }

    pub(crate) fn zaddincr(&mut self, c: ZAddIncr) -> Result<Reply> {
        self.add_score(&c.key, &c.member, c.by, c.options).map(Reply::Score)
    }

    pub(crate) fn zincrby(&mut self, c: ZIncrBy) -> Result<Reply> {
        let score = self.add_score(&c.key, &c.member, c.by, ZAddOptions::default())?;
        score.map(Reply::Float).ok_or_else(|| Error::internal("an increment without conditions did nothing"))
    }

    fn add_score(
        &mut self,
        key: &Key,
        member: &Member,
        by: f64,
        options: ZAddOptions,
    ) -> Result<Option<f64>> {
        let found = self.find_kind(key, Kind::SortedSet)?;
        let old = match &found {
            Some(zset) => self.space.zset_score(zset.at, member)?,
            None => None,
        };
        let score = old.unwrap_or(0.0) + by;
        if score.is_nan() {
            return Err(Error::new(ErrorKind::Overflow, "the resulting score is not a number").for_key(key));
        }
        if !allows(options, old, score) {
            return Ok(None);
        }
        if old != Some(score) {
            let (at, len) = self.find_or_create(key, found, Kind::SortedSet)?;
            self.space.zset_put(at, member, old, score)?;
            self.resize(key, at, len + u64::from(old.is_none()))?;
        }
        Ok(Some(score))
    }

    pub(crate) fn zrem(&mut self, c: ZRem) -> Result<Reply> {
        let Some(zset) = self.find_kind(&c.key, Kind::SortedSet)? else { return Ok(Reply::Int(0)) };
        let mut removed = 0;
        for member in &c.members {
            if let Some(score) = self.space.zset_score(zset.at, member)? {
                self.space.zset_remove(zset.at, member, score)?;
                removed += 1;
            }
        }
        self.shrink(&c.key, zset, removed)
    }

    /// Stores the length after `removed` members went, and answers with their number.
    fn shrink(&mut self, key: &Key, zset: Entry<K::At>, removed: u64) -> Result<Reply> {
        if removed > 0 {
            self.resize(key, zset.at, zset.len - removed)?;
        }
        Ok(length(removed))
    }

    pub(crate) fn zscore(&mut self, c: ZScore) -> Result<Reply> {
        self.score(&c.key, &c.member).map(Reply::Score)
    }

    fn score(&mut self, key: &Key, member: &[u8]) -> Result<Option<f64>> {
        match self.peek_kind(key, Kind::SortedSet)? {
            Some(zset) => self.space.zset_score(zset.at, member),
            None => Ok(None),
        }
    }

    pub(crate) fn zmscore(&mut self, c: ZMScore) -> Result<Reply> {
        let Some(zset) = self.peek_kind(&c.key, Kind::SortedSet)? else {
            return Ok(Reply::Scores(vec![None; c.members.len()]));
        };
        let scores = c.members.iter().map(|member| self.space.zset_score(zset.at, member));
        scores.collect::<Result<_>>().map(Reply::Scores)
    }

    pub(crate) fn zcard(&mut self, c: ZCard) -> Result<Reply> {
        let zset = self.peek_kind(&c.key, Kind::SortedSet)?;
        Ok(length(zset.map_or(0, |zset| zset.len)))
    }

    pub(crate) fn zcount(&mut self, c: ZCount) -> Result<Reply> {
        self.count(&c.key, Selection::Score(&c.range))
    }

    pub(crate) fn zlexcount(&mut self, c: ZLexCount) -> Result<Reply> {
        self.count(&c.key, Selection::Lex(&c.range))
    }

    fn count(&mut self, key: &Key, selection: Selection<'_>) -> Result<Reply> {
        match self.peek_kind(key, Kind::SortedSet)? {
            Some(zset) => self.space.zset_count(zset.at, selection).map(length),
            None => Ok(Reply::Int(0)),
        }
    }

    pub(crate) fn zrank(&mut self, c: ZRank) -> Result<Reply> {
        Ok(Reply::Rank(self.rank(&c.key, &c.member)?.map(|(rank, _)| rank)))
    }

    pub(crate) fn zrevrank(&mut self, c: ZRevRank) -> Result<Reply> {
        Ok(Reply::Rank(self.rank(&c.key, &c.member)?.map(|(rank, len)| len - 1 - rank)))
    }

    /// The rank of a member, and the size of its sorted set.
    fn rank(&mut self, key: &Key, member: &[u8]) -> Result<Option<(u64, u64)>> {
        let Some(zset) = self.peek_kind(key, Kind::SortedSet)? else { return Ok(None) };
        let Some(score) = self.space.zset_score(zset.at, member)? else { return Ok(None) };
        Ok(Some((self.space.zset_rank(zset.at, member, score)?, zset.len)))
    }

    pub(crate) fn zrange(&mut self, c: ZRange) -> Result<Reply> {
        let found = self.peek_kind(&c.key, Kind::SortedSet)?;
        self.range(found, &c.by).map(Reply::Scored)
    }

    pub(crate) fn zrangestore(&mut self, c: ZRangeStore) -> Result<Reply> {
        let found = self.peek_kind(&c.source, Kind::SortedSet)?;
        let members = self.range(found, &c.by)?;
        self.store_sorted_set(&c.destination, members)
    }

    fn range(&mut self, found: Option<Entry<K::At>>, by: &ZRangeBy) -> Result<Vec<(Bytes, f64)>> {
        let Some(zset) = found else { return Ok(Vec::new()) };
        let (offset, count) = match by.limit {
            // A negative offset selects nothing, a negative count everything.
            Some((offset, _)) if offset < 0 => return Ok(Vec::new()),
            Some((offset, count)) => (offset.unsigned_abs(), u64::try_from(count).unwrap_or(u64::MAX)),
            None => (0, u64::MAX),
        };
        let (selection, count) = match &by.select {
            ZSelect::Rank(start, stop) => {
                let (start, count) = slice(*start, *stop, zset.len);
                (Selection::Rank(start), count)
            }
            ZSelect::Score(range) => (Selection::Score(range), count),
            ZSelect::Lex(range) => (Selection::Lex(range), count),
        };
        if count == 0 {
            return Ok(Vec::new());
        }
        self.space.zset_range(zset.at, selection, by.reverse, offset, count)
    }

    pub(crate) fn zpopmin(&mut self, c: ZPopMin) -> Result<Reply> {
        self.zpop(&c.key, false, c.count)
    }

    pub(crate) fn zpopmax(&mut self, c: ZPopMax) -> Result<Reply> {
        self.zpop(&c.key, true, c.count)
    }

    fn zpop(&mut self, key: &Key, reverse: bool, count: Option<u64>) -> Result<Reply> {
        let Some(zset) = self.find_kind(key, Kind::SortedSet)? else { return Ok(Reply::Scored(Vec::new())) };
        let count = count.unwrap_or(1);
        if count == 0 {
            return Ok(Reply::Scored(Vec::new()));
        }
        let popped = self.space.zset_range(zset.at, Selection::Rank(0), reverse, 0, count)?;
        self.remove_members(key, zset, &popped)?;
        Ok(Reply::Scored(popped))
    }

    fn remove_members(&mut self, key: &Key, zset: Entry<K::At>, members: &[(Bytes, f64)]) -> Result<Reply> {
        let removed = members.len() as u64;
        if removed == zset.len {
            self.space.remove(key, zset.at)?;
            return Ok(length(removed));
        }
        for (member, score) in members {
            self.space.zset_remove(zset.at, member, *score)?;
        }
        self.shrink(key, zset, removed)
    }

    pub(crate) fn zremrangebyrank(&mut self, c: ZRemRangeByRank) -> Result<Reply> {
        self.remove_range(&c.key, &ZRangeBy::rank(c.start, c.stop))
    }

    pub(crate) fn zremrangebyscore(&mut self, c: ZRemRangeByScore) -> Result<Reply> {
        self.remove_range(&c.key, &ZRangeBy::score(c.range))
    }

    pub(crate) fn zremrangebylex(&mut self, c: ZRemRangeByLex) -> Result<Reply> {
        self.remove_range(&c.key, &ZRangeBy::lex(c.range))
    }

    fn remove_range(&mut self, key: &Key, by: &ZRangeBy) -> Result<Reply> {
        let Some(zset) = self.find_kind(key, Kind::SortedSet)? else { return Ok(Reply::Int(0)) };
        let members = self.range(Some(zset), by)?;
        self.remove_members(key, zset, &members)
    }

    /// Puts a sorted set in place of whatever stands at the key; an empty one removes it.
    pub(crate) fn store_sorted_set(&mut self, key: &Key, members: Vec<(Bytes, f64)>) -> Result<Reply> {
        if let Some(old) = self.find(key)? {
            self.space.remove(key, old.at)?;
        }
        if !members.is_empty() {
            let at = self.space.create(key, Kind::SortedSet)?;
            for (member, score) in &members {
                self.space.zset_put(at, &Member::from(member), None, unsigned_zero(*score))?;
            }
            self.resize(key, at, members.len() as u64)?;
        }
        Ok(length(members.len() as u64))
    }
}

/// Minus zero is stored as zero: not every engine keeps the sign, nor does Redis in small sorted sets.
fn unsigned_zero(score: f64) -> f64 {
    score + 0.0
}

/// Whether the options of `ZADD` let a member go from `old` to `new`.
fn allows(options: ZAddOptions, old: Option<f64>, new: f64) -> bool {
    match old {
        None => options.condition != Some(Condition::Present),
        Some(old) => {
            options.condition != Some(Condition::Absent)
                && (!options.greater || new > old)
                && (!options.less || new < old)
        }
    }
}
