//! Several commands as one request.

use std::marker::PhantomData;

use bytes::Bytes;

use crate::command::{Command, Op, Take};
use crate::data::{Field, Key, Member, Value, Version};
use crate::error::{Error, Result};
use crate::reply::Reply;

/// How the commands of a batch hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Sent at once, applied in order; one that fails does not stop the others, and other callers may come between.
    Pipelined,
    /// All or nothing, and nobody sees a part of it. If a command fails, the batch fails with its error.
    Atomic,
}

/// Several commands as one request: one round trip, and if it is atomic, one step.
///
/// ```
/// use credenza_core::{Batch, Check, command::{IncrBy, Set}};
///
/// let mut batch = Batch::atomic();
/// batch.check(Check::absent("order:17"));
/// batch.push(Set::new("order:17", "paid"));
/// let total = batch.push(IncrBy::new("orders", 1));
/// # let _ = total;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// How the commands hang together.
    pub mode: Mode,
    /// What must be true for an atomic batch to be applied. Must be empty in a pipelined one.
    pub checks: Vec<Check>,
    /// The commands, in order.
    pub commands: Vec<Command>,
}

impl Batch {
    /// An empty batch that is all or nothing.
    pub fn atomic() -> Batch {
        Batch { mode: Mode::Atomic, checks: Vec::new(), commands: Vec::new() }
    }

    /// An empty batch that only saves round trips.
    pub fn pipelined() -> Batch {
        Batch { mode: Mode::Pipelined, checks: Vec::new(), commands: Vec::new() }
    }

    /// Adds a check. All checks are looked at before the first command, in order.
    pub fn check(&mut self, check: Check) -> &mut Batch {
        self.checks.push(check);
        self
    }

    /// Adds a command; the ticket fetches its reply from the [`BatchReply`].
    pub fn push<O: Op>(&mut self, op: O) -> Ticket<O> {
        self.commands.push(op.into());
        Ticket { index: self.commands.len() - 1, op: PhantomData }
    }
}

/// Fetches the reply of one command of a batch, with its type.
#[derive(Debug)]
pub struct Ticket<O> {
    index: usize,
    op: PhantomData<fn() -> O>,
}

impl<O> Clone for Ticket<O> {
    fn clone(&self) -> Ticket<O> {
        *self
    }
}

impl<O> Copy for Ticket<O> {}

/// What a batch returned.
#[derive(Debug)]
pub struct BatchReply {
    /// The reply of each command, in order. Of an atomic batch all are replies, none an error.
    pub replies: Vec<Result<Reply>>,
    /// The version of every key that an atomic batch has written. None if it wrote no key (what is only removed has
    /// no version), or if the store has no versions.
    pub version: Option<Version>,
}

impl BatchReply {
    /// Takes the reply of the command that gave `ticket`.
    ///
    /// # Errors
    /// The error of that command in a pipelined batch; `InvalidArgument` if it was taken before, or the batch has no
    /// such command. A ticket of another batch is not told apart from one of this.
    pub fn take<O: Op>(&mut self, ticket: Ticket<O>) -> Result<O::Reply> {
        let gone = || Err(Error::invalid("the reply was taken before, or the batch has no such command"));
        let reply =
            self.replies.get_mut(ticket.index).map_or_else(gone, |slot| std::mem::replace(slot, gone()))?;
        O::reply(reply)
    }
}

/// Something that must be true for an atomic batch to be applied. An expired key is absent.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Check {
    /// The key does not exist.
    Absent {
        /// The key.
        key: Key,
    },
    /// The key exists, with any kind of value.
    Exists {
        /// The key.
        key: Key,
    },
    /// The key is a string equal to this.
    ValueEquals {
        /// The key.
        key: Key,
        /// What must stand there.
        value: Value,
    },
    /// The key exists with this version.
    VersionEquals {
        /// The key.
        key: Key,
        /// The version it was read with.
        version: Version,
    },
    /// The field of the hash equals this.
    FieldEquals {
        /// The key.
        key: Key,
        /// The field.
        field: Field,
        /// What must stand there.
        value: Value,
    },
    /// The hash, or the field in it, does not exist.
    FieldAbsent {
        /// The key.
        key: Key,
        /// The field.
        field: Field,
    },
    /// The field of the hash exists.
    FieldExists {
        /// The key.
        key: Key,
        /// The field.
        field: Field,
    },
    /// The member is in the set or sorted set.
    MemberPresent {
        /// The key.
        key: Key,
        /// The member.
        member: Member,
    },
    /// The member is not in the set or sorted set, or the key does not exist.
    MemberAbsent {
        /// The key.
        key: Key,
        /// The member.
        member: Member,
    },
    /// The member of the sorted set has this score.
    ScoreEquals {
        /// The key.
        key: Key,
        /// The member.
        member: Member,
        /// The score it must have.
        score: f64,
    },
    /// The collection has at most so many elements (an absent key has none); a string, so many bytes.
    LengthAtMost {
        /// The key.
        key: Key,
        /// The greatest length that passes.
        length: u64,
    },
}

impl Check {
    /// [`Check::Absent`].
    pub fn absent(key: impl Into<Key>) -> Check {
        Check::Absent { key: key.into() }
    }

    /// [`Check::Exists`].
    pub fn exists(key: impl Into<Key>) -> Check {
        Check::Exists { key: key.into() }
    }

    /// [`Check::ValueEquals`].
    pub fn value_equals(key: impl Into<Key>, value: impl Into<Value>) -> Check {
        Check::ValueEquals { key: key.into(), value: value.into() }
    }

    /// [`Check::VersionEquals`], or [`Check::Absent`] if the key was not there when it was read.
    pub fn version_equals(key: impl Into<Key>, version: Option<Version>) -> Check {
        match version {
            Some(version) => Check::VersionEquals { key: key.into(), version },
            None => Check::absent(key),
        }
    }

    /// [`Check::FieldEquals`].
    pub fn field_equals(key: impl Into<Key>, field: impl Into<Field>, value: impl Into<Value>) -> Check {
        Check::FieldEquals { key: key.into(), field: field.into(), value: value.into() }
    }

    /// [`Check::FieldAbsent`].
    pub fn field_absent(key: impl Into<Key>, field: impl Into<Field>) -> Check {
        Check::FieldAbsent { key: key.into(), field: field.into() }
    }

    /// [`Check::FieldExists`].
    pub fn field_exists(key: impl Into<Key>, field: impl Into<Field>) -> Check {
        Check::FieldExists { key: key.into(), field: field.into() }
    }

    /// [`Check::MemberPresent`].
    pub fn member_present(key: impl Into<Key>, member: impl Into<Member>) -> Check {
        Check::MemberPresent { key: key.into(), member: member.into() }
    }

    /// [`Check::MemberAbsent`].
    pub fn member_absent(key: impl Into<Key>, member: impl Into<Member>) -> Check {
        Check::MemberAbsent { key: key.into(), member: member.into() }
    }

    /// [`Check::LengthAtMost`].
    pub fn length_at_most(key: impl Into<Key>, length: u64) -> Check {
        Check::LengthAtMost { key: key.into(), length }
    }

    /// [`Check::ScoreEquals`].
    pub fn score_equals(key: impl Into<Key>, member: impl Into<Member>, score: impl Take<f64>) -> Check {
        Check::ScoreEquals { key: key.into(), member: member.into(), score: score.take() }
    }

    /// The key it looks at.
    pub fn key(&self) -> &Key {
        match self {
            Check::Absent { key }
            | Check::Exists { key }
            | Check::ValueEquals { key, .. }
            | Check::VersionEquals { key, .. }
            | Check::FieldEquals { key, .. }
            | Check::FieldAbsent { key, .. }
            | Check::FieldExists { key, .. }
            | Check::MemberPresent { key, .. }
            | Check::MemberAbsent { key, .. }
            | Check::ScoreEquals { key, .. }
            | Check::LengthAtMost { key, .. } => key,
        }
    }

    /// The key it looks at, to be changed.
    pub fn key_mut(&mut self) -> &mut Key {
        match self {
            Check::Absent { key }
            | Check::Exists { key }
            | Check::ValueEquals { key, .. }
            | Check::VersionEquals { key, .. }
            | Check::FieldEquals { key, .. }
            | Check::FieldAbsent { key, .. }
            | Check::FieldExists { key, .. }
            | Check::MemberPresent { key, .. }
            | Check::MemberAbsent { key, .. }
            | Check::ScoreEquals { key, .. }
            | Check::LengthAtMost { key, .. } => key,
        }
    }

    /// The value it compares with, if it does.
    pub fn value_mut(&mut self) -> Option<&mut Value> {
        match self {
            Check::ValueEquals { value, .. } | Check::FieldEquals { value, .. } => Some(value),
            _ => None,
        }
    }
}

/// Which check of a batch did not hold, and what stood there.
#[derive(Clone, PartialEq)]
pub struct CheckFailure {
    /// The position of the check in the batch, from zero.
    pub index: usize,
    /// What stood there.
    pub found: Found,
}

/// What a check found instead.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Found {
    /// No such key, field or member.
    Absent,
    /// A key, field or member that should not be there, or a key of another kind than the check is about: a check
    /// never fails with a wrong type.
    Present,
    /// Another value.
    Value(Bytes),
    /// Another version.
    Version(Version),
    /// Another score.
    Score(f64),
    /// A greater length.
    Length(u64),
}

impl std::fmt::Debug for CheckFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CheckFailure").field("index", &self.index).field("found", &self.found).finish()
    }
}

impl std::fmt::Debug for Found {
    /// Without the value: it may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Found::Absent => f.write_str("Absent"),
            Found::Present => f.write_str("Present"),
            Found::Value(value) => write!(f, "Value({} bytes)", value.len()),
            Found::Version(version) => write!(f, "{version:?}"),
            Found::Score(score) => write!(f, "Score({score})"),
            Found::Length(length) => write!(f, "Length({length})"),
        }
    }
}
