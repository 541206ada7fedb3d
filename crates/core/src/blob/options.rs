//! The options of the seven verbs.

use std::fmt;
use std::time::Duration;

use super::object::{ETag, Metadata, ObjectInfo};
use crate::error::{Error, ErrorKind, Result};

/// What must be true of the object that stands under the key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing.
    #[default]
    None,
    /// There is none: create only (`If-None-Match: *`).
    Absent,
    /// There is one, whichever (`If-Match: *`).
    Exists,
    /// There is one with one of these tags (`If-Match: "…"`).
    Match(Vec<ETag>),
    /// There is none with one of these tags (`If-None-Match: "…"`).
    NoneMatch(Vec<ETag>),
}

impl Precondition {
    /// Whether it is true of what stands there.
    pub fn holds(&self, current: Option<&ETag>) -> bool {
        match (self, current) {
            (Precondition::None, _) => true,
            (Precondition::Absent, current) => current.is_none(),
            (Precondition::Exists, current) => current.is_some(),
            (Precondition::Match(tags), current) => current.is_some_and(|current| tags.contains(current)),
            (Precondition::NoneMatch(tags), current) => current.is_none_or(|current| !tags.contains(current)),
        }
    }

    /// An error unless it is true of what stands there.
    ///
    /// # Errors
    /// `PreconditionFailed`.
    pub fn check(&self, current: Option<&ETag>) -> Result<()> {
        match self.holds(current) {
            true => Ok(()),
            false => Err(Error::new(
                ErrorKind::PreconditionFailed,
                "the object is not what the request asks it to be",
            )),
        }
    }
}

/// How an object is put.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PutOptions {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// What to keep beside it.
    pub metadata: Metadata,
    /// What must be true of the object that stands there.
    pub precondition: Precondition,
    /// The MD5 that the content must have; with another it is refused and nothing is changed.
    pub md5: Option<[u8; 16]>,
}

impl fmt::Debug for PutOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metadata = self.metadata.len();
        write!(f, "PutOptions({:?}, {metadata} of metadata)", self.precondition)
    }
}

/// Which bytes of an object are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Range {
    /// All.
    #[default]
    Full,
    /// From the first to one before the second, or to the end of the object if that comes first.
    Between(u64, u64),
    /// From here to the end.
    From(u64),
    /// So many at the end, or all if there are not so many.
    Suffix(u64),
}

impl Range {
    /// Which bytes that are of an object of this size: the first, and one after the last.
    ///
    /// # Errors
    /// `RangeNotSatisfiable` if there is no such byte (RFC 9110, section 14.1.2), or the range has none.
    pub fn of(self, size: u64) -> Result<std::ops::Range<u64>> {
        let range = match self {
            Range::Full => return Ok(0..size),
            Range::Between(start, end) => start..end.min(size),
            Range::From(start) => start..size,
            Range::Suffix(count) => size.saturating_sub(count)..size,
        };
        match range.start < range.end {
            true => Ok(range),
            false => Err(Error::new(
                ErrorKind::RangeNotSatisfiable,
                format!("the object has {size} bytes and none of them is in the range"),
            )),
        }
    }
}

/// How an object is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetOptions {
    /// Which bytes of it.
    pub range: Range,
    /// What must be true of it: [`Precondition::Match`] fails, and [`Precondition::NoneMatch`] answers
    /// [`Got::NotModified`](super::Got::NotModified).
    pub precondition: Precondition,
}

/// How objects are deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// What must be true of each: [`Precondition::Exists`] or [`Precondition::Match`].
    pub precondition: Precondition,
}

/// How an object is copied. The copy has the headers and the metadata of the original.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyOptions {
    /// What must be true of the object that is copied.
    pub source: Precondition,
    /// What must be true of the object that stands at the destination.
    pub destination: Precondition,
}

/// What is listed. Keys come in the order of their bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListOptions {
    /// Only keys that start with this.
    pub prefix: String,
    /// Keys that have this text after the prefix are listed once, as a common prefix that ends with it. One
    /// character as a rule, `/`; empty is none.
    pub delimiter: String,
    /// Only keys and common prefixes after this.
    pub start_after: String,
    /// Where the page before ended, as its [`ListPage::cursor`] says; of the same list.
    pub cursor: Option<String>,
    /// How many objects and common prefixes at most: 1 to 1,000.
    pub limit: usize,
}

impl Default for ListOptions {
    /// All keys, a thousand on a page.
    fn default() -> ListOptions {
        ListOptions {
            prefix: String::new(),
            delimiter: String::new(),
            start_after: String::new(),
            cursor: None,
            limit: 1_000,
        }
    }
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    /// The objects, in the order of their keys.
    pub objects: Vec<ObjectInfo>,
    /// The common prefixes, in order; of those that start on this page.
    pub prefixes: Vec<String>,
    /// Where the next page starts; `None` on the last.
    pub cursor: Option<String>,
}

/// What a presigned URL allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verb {
    /// To read the object.
    Get,
    /// To know it without reading it.
    Head,
    /// To put it.
    Put,
    /// To delete it.
    Delete,
}

/// How a URL is presigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresignOptions {
    /// What the URL allows.
    pub verb: Verb,
    /// For how long: at most seven days.
    pub expires_in: Duration,
}

/// A URL that carries its own permission: who has it may use it.
#[derive(Clone, PartialEq, Eq)]
pub struct Presigned {
    /// The URL.
    pub url: String,
    /// The headers that the request must carry.
    pub headers: Vec<(String, String)>,
}

impl fmt::Debug for Presigned {
    /// Without the URL: it is a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Presigned(***)")
    }
}
