//! Objects, and what is known of them.

use std::collections::BTreeMap;
use std::fmt;

use super::body::Body;
use super::key::BlobKey;

/// What users keep beside an object: names and values of any text. Names are compared as written.
pub type Metadata = BTreeMap<String, String>;

/// What is known of an object without its content.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectInfo {
    /// Its key.
    pub key: BlobKey,
    /// Its size in bytes.
    pub size: u64,
    /// What changes whenever the content does.
    pub etag: ETag,
    /// When it was put: milliseconds since 1970.
    pub uploaded: i64,
    /// `Content-Type`, if one was given.
    pub content_type: Option<String>,
    /// `Content-Encoding`, if one was given.
    pub content_encoding: Option<String>,
    /// `Content-Language`, if one was given.
    pub content_language: Option<String>,
    /// `Content-Disposition`, if one was given.
    pub content_disposition: Option<String>,
    /// `Cache-Control`, if one was given.
    pub cache_control: Option<String>,
    /// What the user keeps beside it.
    pub metadata: Metadata,
}

impl ObjectInfo {
    /// An object without headers and metadata. For stores.
    pub fn new(key: BlobKey, size: u64, etag: ETag, uploaded: i64) -> ObjectInfo {
        ObjectInfo {
            key,
            size,
            etag,
            uploaded,
            content_type: None,
            content_encoding: None,
            content_language: None,
            content_disposition: None,
            cache_control: None,
            metadata: Metadata::new(),
        }
    }
}

impl fmt::Debug for ObjectInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metadata = self.metadata.len();
        write!(f, "ObjectInfo({:?}, {} bytes, {} of metadata)", self.key, self.size, metadata)
    }
}

/// An object with its content, or with the range of it that was asked for.
#[derive(Debug)]
pub struct Object {
    /// What is known of it. Its `size` is that of the whole object.
    pub info: ObjectInfo,
    /// Which bytes of it `body` has: the first, and one after the last.
    pub range: std::ops::Range<u64>,
    /// The content.
    pub body: Body,
}

/// An entity tag (RFC 9110, section 8.8.3), without its quotes: 1 to 128 visible ASCII characters.
///
/// R2 and the embedded stores give the MD5 of the content in 32 hexadecimal digits for an object that was put in one
/// piece.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ETag(String);

impl ETag {
    /// Checks a tag; `None` if it could not stand between quotes.
    pub fn new(tag: impl Into<String>) -> Option<ETag> {
        let tag = tag.into();
        let visible = tag.bytes().all(|byte| matches!(byte, b'!' | b'#'..=b'~'));
        (visible && (1..=128).contains(&tag.len())).then_some(ETag(tag))
    }

    /// The tag of an MD5 digest.
    pub fn of_md5(digest: [u8; 16]) -> ETag {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let halves = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        ETag(halves.map(|half| char::from(DIGITS[usize::from(half)])).collect())
    }

    /// The tag without quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ETag {
    /// With quotes, as in HTTP.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}
