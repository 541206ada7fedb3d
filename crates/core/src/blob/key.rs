//! [`BlobKey`].

use std::fmt;
use std::ops::Deref;

use crate::error::{Error, Result};

/// The key of an object: 1 to 1,024 bytes of UTF-8 (the limit of S3 and R2).
///
/// Every such text is a key but for those that some file system, proxy or client would take for something else: a
/// key has no NUL or other control characters, no backslash, and no part between slashes that is `.` or `..`.
/// `a` and `a/b` are two keys, and so are `d/e` and `d//e`.
///
/// ```
/// use credenza_core::blob::BlobKey;
///
/// assert!(BlobKey::new("photos/2025/cat.jpg").is_ok());
/// assert!(BlobKey::new("a..b").is_ok());
/// assert!(BlobKey::new("photos/../secrets").is_err());
/// ```
///
/// Its `Debug` shows the length only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey(String);

impl BlobKey {
    /// How many bytes a key may have.
    pub const MAX: usize = 1024;

    /// Checks a key.
    ///
    /// # Errors
    /// `InvalidArgument`, or `LimitExceeded` if it is too long.
    pub fn new(key: impl Into<String>) -> Result<BlobKey> {
        let key = BlobKey::of_any_length(key)?;
        if key.len() > BlobKey::MAX {
            let message = format!("the key has {} bytes; the limit is {}", key.len(), BlobKey::MAX);
            return Err(Error::new(crate::ErrorKind::LimitExceeded, message));
        }
        Ok(key)
    }

    /// Checks a key but for its length: for decorators, which put something before the keys of others.
    ///
    /// # Errors
    /// `InvalidArgument`.
    pub fn of_any_length(key: impl Into<String>) -> Result<BlobKey> {
        let key = key.into();
        match wrong(&key) {
            None => Ok(BlobKey(key)),
            Some(why) => Err(Error::invalid(why)),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text.
    pub fn into_string(self) -> String {
        self.0
    }
}

fn wrong(key: &str) -> Option<&'static str> {
    if key.is_empty() {
        Some("the key is empty")
    } else if key.chars().any(char::is_control) {
        Some("the key has a control character")
    } else if key.contains('\\') {
        Some("the key has a backslash")
    } else if key.split('/').any(|part| part == "." || part == "..") {
        Some("the key has a part that is . or ..")
    } else {
        None
    }
}

impl Deref for BlobKey {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobKey({} bytes)", self.0.len())
    }
}

impl TryFrom<&str> for BlobKey {
    type Error = Error;

    fn try_from(key: &str) -> Result<BlobKey> {
        BlobKey::new(key)
    }
}

impl TryFrom<String> for BlobKey {
    type Error = Error;

    fn try_from(key: String) -> Result<BlobKey> {
        BlobKey::new(key)
    }
}

impl TryFrom<&BlobKey> for BlobKey {
    type Error = Error;

    fn try_from(key: &BlobKey) -> Result<BlobKey> {
        Ok(key.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        for key in
            ["a", "a/b", "a/", "/a", "d//e", "a..b", "...", ".a", "кот", "a b", "%2e%2e", &"x".repeat(1024)]
        {
            assert!(BlobKey::new(key).is_ok(), "{key}");
        }
        for key in
            ["", ".", "..", "a/..", "../a", "a/./b", "a\\b", "a\0b", "a\nb", "\u{7f}", &"x".repeat(1025)]
        {
            assert!(BlobKey::new(key).is_err(), "{key}");
        }
    }
}
