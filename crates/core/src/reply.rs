//! What commands return.

use std::fmt;

use bytes::Bytes;

use crate::data::{Kind, Page, Version};
use crate::error::{Error, Result};

/// The outcome of a command, before [`Op::reply`](crate::command::Op::reply) gives it the command's own type.
/// The variants say what role the bytes in them play.
///
/// Its `Debug` shows how many bytes there are and none of them.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Reply {
    /// It was done; there is nothing more to say.
    Done,
    /// Yes or no.
    Bool(bool),
    /// A number or a count.
    Int(i64),
    /// A rank, if there is one.
    Rank(Option<u64>),
    /// Positions in a list.
    Positions(Vec<u64>),
    /// Yes or no for each of several.
    Bools(Vec<bool>),
    /// A number with a fraction.
    Float(f64),
    /// A score, if there is one.
    Score(Option<f64>),
    /// A score, if there is one, for each of several.
    Scores(Vec<Option<f64>>),
    /// A value, if there is one.
    Value(Option<Bytes>),
    /// A value, if there is one, for each of several.
    Values(Vec<Option<Bytes>>),
    /// Values in order; `None` where the key does not exist and the command tells the difference.
    List(Option<Vec<Bytes>>),
    /// Members.
    Members(Vec<Bytes>),
    /// Fields.
    Fields(Vec<Bytes>),
    /// Fields with their values.
    Entries(Vec<(Bytes, Bytes)>),
    /// Members with their scores.
    Scored(Vec<(Bytes, f64)>),
    /// The kind of a key, if it exists.
    Kind(Option<Kind>),
    /// A step of a scan over keys.
    KeyPage(Box<Page<Bytes>>),
    /// A step of a scan over members.
    MemberPage(Box<Page<Bytes>>),
    /// A step of a scan over fields with their values.
    EntryPage(Box<Page<(Bytes, Bytes)>>),
    /// A step of a scan over members with their scores.
    ScoredPage(Box<Page<(Bytes, f64)>>),
    /// What `SET` did.
    Set(SetReply),
    /// What `INCRBOUNDED` did.
    Bounded(Bounded),
    /// A value with its version, if the key exists.
    Versioned(Option<(Bytes, Version)>),
    /// A version, if the key exists.
    Version(Option<Version>),
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Done => f.write_str("Done"),
            Reply::Bool(answer) => write!(f, "Bool({answer})"),
            Reply::Int(number) => write!(f, "Int({number})"),
            Reply::Rank(rank) => write!(f, "Rank({rank:?})"),
            Reply::Positions(positions) => write!(f, "Positions({positions:?})"),
            Reply::Bools(answers) => write!(f, "Bools({answers:?})"),
            Reply::Float(number) => write!(f, "Float({number})"),
            Reply::Score(score) => write!(f, "Score({score:?})"),
            Reply::Scores(scores) => write!(f, "Scores({scores:?})"),
            Reply::Value(value) => sizes(f, "Value", value.iter().map(Bytes::len)),
            Reply::Values(values) => sizes(f, "Values", values.iter().flatten().map(Bytes::len)),
            Reply::List(None) => f.write_str("List(none)"),
            Reply::List(Some(values)) => sizes(f, "List", values.iter().map(Bytes::len)),
            Reply::Members(members) => sizes(f, "Members", members.iter().map(Bytes::len)),
            Reply::Fields(fields) => sizes(f, "Fields", fields.iter().map(Bytes::len)),
            Reply::Entries(entries) => sizes(f, "Entries", entries.iter().map(pair)),
            Reply::Scored(members) => sizes(f, "Scored", members.iter().map(|(member, _)| member.len())),
            Reply::Kind(kind) => write!(f, "Kind({kind:?})"),
            Reply::KeyPage(page) => sizes(f, "KeyPage", page.items.iter().map(Bytes::len)),
            Reply::MemberPage(page) => sizes(f, "MemberPage", page.items.iter().map(Bytes::len)),
            Reply::EntryPage(page) => sizes(f, "EntryPage", page.items.iter().map(pair)),
            Reply::ScoredPage(page) => {
                sizes(f, "ScoredPage", page.items.iter().map(|(member, _)| member.len()))
            }
            Reply::Set(reply) => write!(f, "Set({reply:?})"),
            Reply::Bounded(reply) => write!(f, "Bounded({reply:?})"),
            Reply::Versioned(found) => sizes(f, "Versioned", found.iter().map(|(value, _)| value.len())),
            Reply::Version(version) => write!(f, "Version({version:?})"),
        }
    }
}

fn pair((first, second): &(Bytes, Bytes)) -> usize {
    first.len() + second.len()
}

/// How many there are, and their bytes together.
fn sizes(f: &mut fmt::Formatter<'_>, name: &str, sizes: impl Iterator<Item = usize>) -> fmt::Result {
    let (count, bytes) = sizes.fold((0, 0), |(count, bytes), size| (count + 1, bytes + size));
    write!(f, "{name}({count} of {bytes} bytes)")
}

/// What `SET` did. Its `Debug` shows no value.
#[derive(Clone, PartialEq, Eq)]
pub struct SetReply {
    /// Whether the value was set; false if the condition did not hold.
    pub applied: bool,
    /// The value that stood there before, if it was asked for.
    pub previous: Option<Bytes>,
}

impl fmt::Debug for SetReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let previous = self.previous.as_ref().map(Bytes::len);
        write!(f, "SetReply {{ applied: {}, bytes of the previous value: {previous:?} }}", self.applied)
    }
}

/// What `INCRBOUNDED` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounded {
    /// The number that stands there now.
    pub value: i64,
    /// Whether it was changed; false if the result would have left the bounds.
    pub applied: bool,
    /// How many milliseconds the key has left to live, if it does not live for ever.
    pub ttl: Option<i64>,
}

impl Reply {
    /// Replaces every value (not keys, fields or members).
    pub fn map_values(&mut self, change: &mut dyn FnMut(&Bytes) -> Result<Bytes>) -> Result<()> {
        let mut each = |value: &mut Bytes| -> Result<()> {
            *value = change(value)?;
            Ok(())
        };
        match self {
            Reply::Value(value) => value.iter_mut().try_for_each(each),
            Reply::Values(values) => values.iter_mut().flatten().try_for_each(each),
            Reply::List(values) => values.iter_mut().flatten().try_for_each(each),
            Reply::Entries(entries) => entries.iter_mut().try_for_each(|(_, value)| each(value)),
            Reply::EntryPage(page) => page.items.iter_mut().try_for_each(|(_, value)| each(value)),
            Reply::Set(set) => set.previous.iter_mut().try_for_each(each),
            Reply::Versioned(found) => found.iter_mut().try_for_each(|(value, _)| each(value)),
            _ => Ok(()),
        }
    }

    /// Replaces every field and member: what finds a value or a score within its key.
    pub fn map_names(&mut self, change: &mut dyn FnMut(&Bytes) -> Result<Bytes>) -> Result<()> {
        let mut each = |name: &mut Bytes| -> Result<()> {
            *name = change(name)?;
            Ok(())
        };
        match self {
            Reply::Members(names) | Reply::Fields(names) => names.iter_mut().try_for_each(each),
            Reply::MemberPage(page) => page.items.iter_mut().try_for_each(each),
            Reply::Entries(entries) => entries.iter_mut().try_for_each(|(field, _)| each(field)),
            Reply::EntryPage(page) => page.items.iter_mut().try_for_each(|(field, _)| each(field)),
            Reply::Scored(members) => members.iter_mut().try_for_each(|(member, _)| each(member)),
            Reply::ScoredPage(page) => page.items.iter_mut().try_for_each(|(member, _)| each(member)),
            _ => Ok(()),
        }
    }

    /// Replaces every key (only a scan over keys returns any); `None` leaves one out.
    pub fn map_keys(&mut self, change: &mut dyn FnMut(&Bytes) -> Option<Bytes>) {
        if let Reply::KeyPage(page) = self {
            page.items = page.items.iter().filter_map(change).collect();
        }
    }
}

macro_rules! from_reply {
    ($($type:ty { $($pattern:pat => $value:expr),* $(,)? })*) => { $(
        impl TryFrom<Reply> for $type {
            type Error = Error;
            #[inline]
            fn try_from(reply: Reply) -> Result<$type> {
                match reply {
                    $( $pattern => Ok($value), )*
                    _ => Err(Error::internal("the store's reply is not of the command's type")),
                }
            }
        }
    )* };
}

from_reply! {
    () { Reply::Done => () }
    bool { Reply::Bool(yes) => yes }
    i64 { Reply::Int(number) => number }
    u64 { Reply::Int(number) => number.try_into().map_err(|_| Error::internal("a count is negative"))? }
    Option<u64> { Reply::Rank(rank) => rank }
    Vec<u64> { Reply::Positions(positions) => positions }
    Vec<bool> { Reply::Bools(answers) => answers }
    f64 { Reply::Float(number) => number }
    Option<f64> { Reply::Score(score) => score }
    Vec<Option<f64>> { Reply::Scores(scores) => scores }
    Option<Bytes> { Reply::Value(value) => value }
    Bytes { Reply::Value(Some(value)) => value }
    Vec<Option<Bytes>> { Reply::Values(values) => values }
    Option<Vec<Bytes>> { Reply::List(values) => values }
    Vec<Bytes> {
        Reply::List(Some(values)) => values,
        Reply::Members(members) => members,
        Reply::Fields(fields) => fields,
    }
    Vec<(Bytes, Bytes)> { Reply::Entries(entries) => entries }
    Vec<(Bytes, f64)> { Reply::Scored(members) => members }
    Option<Kind> { Reply::Kind(kind) => kind }
    Page<Bytes> { Reply::KeyPage(page) => *page, Reply::MemberPage(page) => *page }
    Page<(Bytes, Bytes)> { Reply::EntryPage(page) => *page }
    Page<(Bytes, f64)> { Reply::ScoredPage(page) => *page }
    SetReply { Reply::Set(set) => set }
    Bounded { Reply::Bounded(bounded) => bounded }
    Option<(Bytes, Version)> { Reply::Versioned(found) => found }
    Option<Version> { Reply::Version(version) => version }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debugging_shows_no_bytes() {
        let secret = || Bytes::from_static(b"secret");
        let replies = [
            Reply::Value(Some(secret())),
            Reply::Values(vec![Some(secret()), None]),
            Reply::Entries(vec![(secret(), secret())]),
            Reply::KeyPage(Box::new(Page { next: None, items: vec![secret()] })),
            Reply::Set(SetReply { applied: true, previous: Some(secret()) }),
            Reply::Versioned(Some((secret(), Version::new(1)))),
        ];
        let text = format!("{replies:?}");
        assert!(!text.contains("secret") && !text.contains("115"), "{text}");
        assert!(text.contains("Value(1 of 6 bytes)") && text.contains("Entries(1 of 12 bytes)"), "{text}");
    }
}
