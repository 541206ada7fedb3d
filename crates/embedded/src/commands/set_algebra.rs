//! Unions, intersections and differences of sets.

use std::collections::HashSet;

use bytes::Bytes;
use credenza_core::command::{SDiff, SDiffStore, SInter, SInterCard, SInterStore, SUnion, SUnionStore};
use credenza_core::{Key, Kind, Member, Reply, Result};

use super::length;
use crate::keyspace::{Entry, Keyspace};
use crate::step::Step;

impl<K: Keyspace> Step<'_, K> {
    pub(crate) fn sinter(&mut self, c: SInter) -> Result<Reply> {
        self.common(&c.keys, u64::MAX).map(Reply::Members)
    }

    pub(crate) fn sintercard(&mut self, c: SInterCard) -> Result<Reply> {
        let limit = c.limit.filter(|limit| *limit > 0).unwrap_or(u64::MAX);
        let members = self.common(&c.keys.0, limit)?;
        Ok(length(members.len() as u64))
    }

    pub(crate) fn sunion(&mut self, c: SUnion) -> Result<Reply> {
        self.merged(&c.keys).map(Reply::Members)
    }

    pub(crate) fn sdiff(&mut self, c: SDiff) -> Result<Reply> {
        self.remaining(&c.keys).map(Reply::Members)
    }

    pub(crate) fn sinterstore(&mut self, c: SInterStore) -> Result<Reply> {
        let members = self.common(&c.keys, u64::MAX)?;
        self.store_set(&c.destination, members)
    }

    pub(crate) fn sunionstore(&mut self, c: SUnionStore) -> Result<Reply> {
        let members = self.merged(&c.keys)?;
        self.store_set(&c.destination, members)
    }

    pub(crate) fn sdiffstore(&mut self, c: SDiffStore) -> Result<Reply> {
        let members = self.remaining(&c.keys)?;
        self.store_set(&c.destination, members)
    }

    /// What stands at each key; the types of all are looked at first, also where one is missing.
    fn sets(&mut self, keys: &[Key]) -> Result<Vec<Option<Entry<K::At>>>> {
        keys.iter().map(|key| self.peek_kind(key, Kind::Set)).collect()
    }

    /// The members that all sets have, `limit` at most.
    fn common(&mut self, keys: &[Key], limit: u64) -> Result<Vec<Bytes>> {
        let Some(mut sets) = self.sets(keys)?.into_iter().collect::<Option<Vec<_>>>() else {
            return Ok(Vec::new());
        };
        sets.sort_by_key(|set| set.len);
        let mut members = Vec::new();
        let Some((smallest, others)) = sets.split_first() else { return Ok(members) };
        for member in self.space.set_all(smallest.at)? {
            if members.len() as u64 >= limit {
                break;
            }
            if self.in_all(others, &member)? {
                members.push(member);
            }
        }
        Ok(members)
    }

    fn in_all(&mut self, sets: &[Entry<K::At>], member: &[u8]) -> Result<bool> {
        for set in sets {
            if !self.space.set_contains(set.at, member)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The members that any set has.
    fn merged(&mut self, keys: &[Key]) -> Result<Vec<Bytes>> {
        let (mut members, mut seen) = (Vec::new(), HashSet::new());
        for set in self.sets(keys)?.into_iter().flatten() {
            members
                .extend(self.space.set_all(set.at)?.into_iter().filter(|member| seen.insert(member.clone())));
        }
        Ok(members)
    }

    /// The members that the first set alone has.
    fn remaining(&mut self, keys: &[Key]) -> Result<Vec<Bytes>> {
        let mut sets = self.sets(keys)?.into_iter();
        let Some(first) = sets.next().flatten() else { return Ok(Vec::new()) };
        let mut members = self.space.set_all(first.at)?;
        for set in sets.flatten() {
            if (members.len() as u64) < set.len {
                let mut left = Vec::with_capacity(members.len());
                for member in members {
                    if !self.space.set_contains(set.at, &member)? {
                        left.push(member);
                    }
                }
                members = left;
            } else {
                let gone: HashSet<Bytes> = self.space.set_all(set.at)?.into_iter().collect();
                members.retain(|member| !gone.contains(member));
            }
        }
        Ok(members)
    }

    /// Puts a set in place of whatever stands at the key; an empty one removes it.
    fn store_set(&mut self, key: &Key, members: Vec<Bytes>) -> Result<Reply> {
        if let Some(old) = self.find(key)? {
            self.space.remove(key, old.at)?;
        }
        let len = members.len() as u64;
        if len > 0 {
            let at = self.space.create(key, Kind::Set)?;
            for member in members {
                self.space.set_add(at, &Member::from(member))?;
            }
            self.resize(key, at, len)?;
        }
        Ok(length(len))
    }
}
