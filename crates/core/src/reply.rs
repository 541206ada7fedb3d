//! What commands return.

use bytes::Bytes;

use crate::data::{Kind, Page, Version};
use crate::error::{Error, Result};

/// The outcome of a command, before [`Op::reply`](crate::command::Op::reply) gives it the command's own type.
/// The variants say what role the bytes in them play.
#[derive(Clone, Debug, PartialEq)]
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

/// What `SET` did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetReply {
    /// Whether the value was set; false if the condition did not hold.
    pub applied: bool,
    /// The value that stood there before, if it was asked for.
    pub previous: Option<Bytes>,
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
