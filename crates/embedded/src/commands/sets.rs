//! Sets, one at a time. What combines several is in `set_algebra.rs`, `SSCAN` in `scans.rs`.

use std::collections::HashSet;

use bytes::Bytes;
use credenza_core::command::{SAdd, SCard, SIsMember, SMIsMember, SMembers, SMove, SPop, SRandMember, SRem};
use credenza_core::{Error, ErrorKind, Key, Kind, Reply, Result};

use super::length;
use crate::keyspace::{Entry, Keyspace};
use crate::step::Step;

impl<K: Keyspace> Step<'_, K> {
    pub(crate) fn sadd(&mut self, c: SAdd) -> Result<Reply> {
        let found = self.find_kind(&c.key, Kind::Set)?;
        let (at, len) = self.find_or_create(&c.key, found, Kind::Set)?;
        let mut added = 0;
        for member in &c.members {
            added += u64::from(self.space.set_add(at, member)?);
        }
        if added > 0 {
            self.resize(&c.key, at, len + added)?;
        }
        Ok(length(added))
    }

    pub(crate) fn srem(&mut self, c: SRem) -> Result<Reply> {
        let Some(set) = self.find_kind(&c.key, Kind::Set)? else { return Ok(Reply::Int(0)) };
        self.take_members(&c.key, set, &c.members).map(length)
    }

    /// Removes members and stores the new length; returns how many were there.
    fn take_members<M: AsRef<[u8]>>(&mut self, key: &Key, set: Entry<K::At>, members: &[M]) -> Result<u64> {
        let mut removed = 0;
        for member in members {
            removed += u64::from(self.space.set_remove(set.at, member.as_ref())?);
        }
        if removed > 0 {
            self.resize(key, set.at, set.len - removed)?;
        }
        Ok(removed)
    }

    pub(crate) fn smembers(&mut self, c: SMembers) -> Result<Reply> {
        match self.peek_kind(&c.key, Kind::Set)? {
            Some(set) => self.space.set_all(set.at).map(Reply::Members),
            None => Ok(Reply::Members(Vec::new())),
        }
    }

    pub(crate) fn sismember(&mut self, c: SIsMember) -> Result<Reply> {
        match self.peek_kind(&c.key, Kind::Set)? {
            Some(set) => self.space.set_contains(set.at, &c.member).map(Reply::Bool),
            None => Ok(Reply::Bool(false)),
        }
    }

    pub(crate) fn smismember(&mut self, c: SMIsMember) -> Result<Reply> {
        let Some(set) = self.peek_kind(&c.key, Kind::Set)? else {
            return Ok(Reply::Bools(vec![false; c.members.len()]));
        };
        let answers = c.members.iter().map(|member| self.space.set_contains(set.at, member));
        answers.collect::<Result<_>>().map(Reply::Bools)
    }

    pub(crate) fn scard(&mut self, c: SCard) -> Result<Reply> {
        let set = self.peek_kind(&c.key, Kind::Set)?;
        Ok(length(set.map_or(0, |set| set.len)))
    }

    pub(crate) fn spop(&mut self, c: SPop) -> Result<Reply> {
        let Some(set) = self.find_kind(&c.key, Kind::Set)? else { return Ok(Reply::Members(Vec::new())) };
        let count = i64::try_from(c.count.unwrap_or(1)).unwrap_or(i64::MAX);
        let members = self.random_members(&set, count)?;
        if members.len() as u64 == set.len {
            self.space.remove(&c.key, set.at)?;
        } else {
            self.take_members(&c.key, set, &members)?;
        }
        Ok(Reply::Members(members))
    }

    pub(crate) fn srandmember(&mut self, c: SRandMember) -> Result<Reply> {
        match self.peek_kind(&c.key, Kind::Set)? {
            Some(set) => self.random_members(&set, c.count.unwrap_or(1)).map(Reply::Members),
            None => Ok(Reply::Members(Vec::new())),
        }
    }

    fn random_members(&mut self, set: &Entry<K::At>, count: i64) -> Result<Vec<Bytes>> {
        let chosen = self.choose(set.len, count)?;
        let mut members = Vec::with_capacity(chosen.len());
        if worth_reading_whole(&chosen, set.len) {
            let all = self.space.set_all(set.at)?;
            members.extend(chosen.into_iter().filter_map(|index| all.get(index as usize).cloned()));
        } else {
            for index in chosen {
                members.extend(self.space.set_nth(set.at, index)?);
            }
        }
        Ok(members)
    }

    /// Random indexes below `len`: `count` different ones or all there are, or, if it is negative, so many with
    /// repetitions.
    pub(super) fn choose(&self, len: u64, count: i64) -> Result<Vec<u64>> {
        let wanted = count.unsigned_abs();
        if count < 0 {
            if wanted > self.limits.arguments as u64 {
                let message = format!(
                    "{wanted} random elements were asked for; the limit is {}",
                    self.limits.arguments
                );
                return Err(Error::new(ErrorKind::LimitExceeded, message));
            }
            return Ok((0..wanted).map(|_| self.random.below(len)).collect());
        }
        if wanted >= len {
            return Ok((0..len).collect());
        }
        // Floyd's sampling: as many draws as indexes, each set of indexes as likely as the others.
        let mut chosen = HashSet::new();
        Ok((len - wanted..len)
            .map(|last| {
                let index = self.random.below(last + 1);
                let index = if chosen.contains(&index) { last } else { index };
                chosen.insert(index);
                index
            })
            .collect())
    }

    pub(crate) fn smove(&mut self, c: SMove) -> Result<Reply> {
        let Some(source) = self.find(&c.source)? else { return Ok(Reply::Bool(false)) };
        let destination = self.find_kind(&c.destination, Kind::Set)?;
        if source.kind != Kind::Set {
            return Err(Error::wrong_type().for_key(&c.source));
        }
        if c.source == c.destination {
            return self.space.set_contains(source.at, &c.member).map(Reply::Bool);
        }
        if !self.space.set_remove(source.at, &c.member)? {
            return Ok(Reply::Bool(false));
        }
        self.resize(&c.source, source.at, source.len - 1)?;
        let (at, len) = self.find_or_create(&c.destination, destination, Kind::Set)?;
        if self.space.set_add(at, &c.member)? {
            self.resize(&c.destination, at, len + 1)?;
        }
        Ok(Reply::Bool(true))
    }
}

/// Whether so many elements are found faster by reading all than one by one: an engine may have to count up to each.
pub(super) fn worth_reading_whole(chosen: &[u64], len: u64) -> bool {
    chosen.len() > 1 && chosen.len() as u64 > len / 16
}
