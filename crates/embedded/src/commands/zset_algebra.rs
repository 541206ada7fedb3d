//! Unions, intersections and differences of sorted sets, and of sets, whose members score 1.

use std::collections::HashMap;

use bytes::Bytes;
use credenza_core::command::{Aggregate, ZDiff, ZDiffStore, ZInter, ZInterStore, ZUnion, ZUnionStore};
use credenza_core::{Error, Key, Kind, Reply, Result};

use crate::keyspace::{Keyspace, Selection};
use crate::step::Step;

impl<K: Keyspace> Step<'_, K> {
    pub(crate) fn zunion(&mut self, c: ZUnion) -> Result<Reply> {
        self.union(&c.keys.0, &c.weights, c.aggregate).map(Reply::Scored)
    }

    pub(crate) fn zunionstore(&mut self, c: ZUnionStore) -> Result<Reply> {
        let members = self.union(&c.keys.0, &c.weights, c.aggregate)?;
        self.store_sorted_set(&c.destination, members)
    }

    pub(crate) fn zinter(&mut self, c: ZInter) -> Result<Reply> {
        self.intersection(&c.keys.0, &c.weights, c.aggregate).map(Reply::Scored)
    }

    pub(crate) fn zinterstore(&mut self, c: ZInterStore) -> Result<Reply> {
        let members = self.intersection(&c.keys.0, &c.weights, c.aggregate)?;
        self.store_sorted_set(&c.destination, members)
    }

    pub(crate) fn zdiff(&mut self, c: ZDiff) -> Result<Reply> {
        self.difference(&c.keys.0).map(Reply::Scored)
    }

    pub(crate) fn zdiffstore(&mut self, c: ZDiffStore) -> Result<Reply> {
        let members = self.difference(&c.keys.0)?;
        self.store_sorted_set(&c.destination, members)
    }

    fn union(&mut self, keys: &[Key], weights: &[f64], how: Option<Aggregate>) -> Result<Vec<(Bytes, f64)>> {
        let mut all: HashMap<Bytes, f64> = HashMap::new();
        for (members, weight) in self.smallest_first(keys, weights)? {
            for (member, score) in members {
                let score = number(score * weight);
                all.entry(member).and_modify(|sum| *sum = aggregated(*sum, score, how)).or_insert(score);
            }
        }
        Ok(in_order(all))
    }

    fn intersection(
        &mut self,
        keys: &[Key],
        weights: &[f64],
        how: Option<Aggregate>,
    ) -> Result<Vec<(Bytes, f64)>> {
        let mut inputs = self.smallest_first(keys, weights)?.into_iter();
        let Some((members, weight)) = inputs.next() else { return Ok(Vec::new()) };
        let mut common: HashMap<Bytes, f64> =
            members.into_iter().map(|(member, score)| (member, number(score * weight))).collect();
        for (members, weight) in inputs {
            let both = members.into_iter().filter_map(|(member, score)| {
                // Unlike above, the product may be no number, as in Redis.
                let sum = aggregated(common.remove(&member)?, score * weight, how);
                Some((member, sum))
            });
            common = both.collect();
        }
        Ok(in_order(common))
    }

    /// The inputs with their weights in the order of Redis, which decides how sums round.
    fn smallest_first(&mut self, keys: &[Key], weights: &[f64]) -> Result<Vec<(Vec<(Bytes, f64)>, f64)>> {
        let weights = weights.iter().copied().chain(std::iter::repeat(1.0));
        let mut inputs: Vec<_> = self.inputs(keys)?.into_iter().zip(weights).collect();
        inputs.sort_by_key(|(members, _)| members.len());
        Ok(inputs)
    }

    fn difference(&mut self, keys: &[Key]) -> Result<Vec<(Bytes, f64)>> {
        let mut inputs = self.inputs(keys)?.into_iter();
        let mut left: HashMap<Bytes, f64> = inputs.next().unwrap_or_default().into_iter().collect();
        for (member, _) in inputs.flatten() {
            left.remove(&member);
        }
        Ok(in_order(left))
    }

    /// The members of each input; the types of all are looked at first.
    fn inputs(&mut self, keys: &[Key]) -> Result<Vec<Vec<(Bytes, f64)>>> {
        let mut entries = Vec::with_capacity(keys.len());
        for key in keys {
            let found = self.peek(key)?;
            if found.is_some_and(|entry| !matches!(entry.kind, Kind::Set | Kind::SortedSet)) {
                return Err(Error::wrong_type().for_key(key));
            }
            entries.push(found);
        }
        let mut inputs = Vec::with_capacity(keys.len());
        for entry in entries {
            inputs.push(match entry {
                Some(entry) if entry.kind == Kind::Set => {
                    self.space.set_all(entry.at)?.into_iter().map(|member| (member, 1.0)).collect()
                }
                Some(entry) => self.space.zset_range(entry.at, Selection::Rank(0), false, 0, u64::MAX)?,
                None => Vec::new(),
            });
        }
        Ok(inputs)
    }
}

/// Infinity times zero counts as 0, as in Redis.
fn number(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

fn aggregated(a: f64, b: f64, how: Option<Aggregate>) -> f64 {
    match how.unwrap_or(Aggregate::Sum) {
        // Infinities that cancel out give 0, as in Redis.
        Aggregate::Sum if (a + b).is_nan() => 0.0,
        Aggregate::Sum => a + b,
        Aggregate::Min => {
            if b < a {
                b
            } else {
                a
            }
        }
        Aggregate::Max => {
            if b > a {
                b
            } else {
                a
            }
        }
    }
}

fn in_order(members: HashMap<Bytes, f64>) -> Vec<(Bytes, f64)> {
    let mut members: Vec<_> = members.into_iter().collect();
    members.sort_by(|(a, a_score), (b, b_score)| {
        // Zero and minus zero are one score; no score is not a number.
        a_score.partial_cmp(b_score).unwrap_or(std::cmp::Ordering::Equal).then_with(|| a.cmp(b))
    });
    members
}
