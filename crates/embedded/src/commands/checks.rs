//! The checks of an atomic batch.

use credenza_core::{Check, CheckFailure, Error, ErrorKind, Found, Key, Kind, Result};

use crate::keyspace::{Entry, Keyspace};
use crate::step::Step;

impl<K: Keyspace> Step<'_, K> {
    /// Fails with `CheckFailed` unless the check holds.
    pub(crate) fn check(&mut self, index: usize, check: &Check) -> Result<()> {
        match self.objection(check) {
            Ok(None) => Ok(()),
            Ok(Some(found)) => Err(Error::check_failed(CheckFailure { index, found }).for_key(check.key())),
            Err(error) => Err(error.at(index)),
        }
        .map_err(|error| error.during("CHECK"))
    }

    /// What stands in the way of the check. A key of another kind than the check is about always does, as
    /// [`Found::Present`]: a check never fails with a wrong type.
    fn objection(&mut self, check: &Check) -> Result<Option<Found>> {
        Ok(match check {
            Check::Absent { key } => self.peek(key)?.map(|_| Found::Present),
            Check::Exists { key } => present(self.peek(key)?.is_some()),
            Check::ValueEquals { key, value } => match self.peek_string(key)? {
                None => Some(Found::Absent),
                Some((_, None)) => Some(Found::Present),
                Some((_, Some(found))) => (found != **value).then_some(Found::Value(found)),
            },
            Check::VersionEquals { key, version } => match self.peek(key)? {
                None => Some(Found::Absent),
                Some(entry) => (entry.version != *version).then_some(Found::Version(entry.version)),
            },
            Check::FieldEquals { key, field, value } => {
                self.about(key, &[Kind::Hash], Some(Found::Absent), |step, hash| {
                    Ok(match step.space.hash_get(hash.at, field)? {
                        None => Some(Found::Absent),
                        Some(found) => (found != **value).then_some(Found::Value(found)),
                    })
                })?
            }
            Check::FieldAbsent { key, field } => self.about(key, &[Kind::Hash], None, |step, hash| {
                Ok(absent(step.space.hash_get(hash.at, field)?.is_none()))
            })?,
            Check::FieldExists { key, field } => {
                self.about(key, &[Kind::Hash], Some(Found::Absent), |step, hash| {
                    Ok(present(step.space.hash_get(hash.at, field)?.is_some()))
                })?
            }
            Check::MemberPresent { key, member } => {
                self.about(key, &[Kind::Set, Kind::SortedSet], Some(Found::Absent), |step, entry| {
                    Ok(present(step.has_member(entry, member)?))
                })?
            }
            Check::MemberAbsent { key, member } => {
                self.about(key, &[Kind::Set, Kind::SortedSet], None, |step, entry| {
                    Ok(absent(!step.has_member(entry, member)?))
                })?
            }
            Check::ScoreEquals { key, member, score } => {
                self.about(key, &[Kind::SortedSet], Some(Found::Absent), |step, zset| {
                    Ok(match step.space.zset_score(zset.at, member)? {
                        None => Some(Found::Absent),
                        Some(found) => (found != *score).then_some(Found::Score(found)),
                    })
                })?
            }
            Check::LengthAtMost { key, length } => {
                let len = self.peek(key)?.map_or(0, |entry| entry.len);
                (len > *length).then_some(Found::Length(len))
            }
            // A check that this version of the engine does not know must not pass for one that holds.
            _ => return Err(Error::new(ErrorKind::Unsupported, "this store does not know the check")),
        })
    }

    /// Asks about what stands at the key: `missing` if nothing does.
    fn about(
        &mut self,
        key: &Key,
        kinds: &[Kind],
        missing: Option<Found>,
        ask: impl FnOnce(&mut Self, Entry<K::At>) -> Result<Option<Found>>,
    ) -> Result<Option<Found>> {
        match self.peek(key)? {
            None => Ok(missing),
            Some(entry) if !kinds.contains(&entry.kind) => Ok(Some(Found::Present)),
            Some(entry) => ask(self, entry),
        }
    }

    fn has_member(&mut self, entry: Entry<K::At>, member: &[u8]) -> Result<bool> {
        match entry.kind {
            Kind::SortedSet => Ok(self.space.zset_score(entry.at, member)?.is_some()),
            _ => self.space.set_contains(entry.at, member),
        }
    }
}

/// Objects to an absence.
fn present(there: bool) -> Option<Found> {
    (!there).then_some(Found::Absent)
}

/// Objects to a presence.
fn absent(gone: bool) -> Option<Found> {
    (!gone).then_some(Found::Present)
}
