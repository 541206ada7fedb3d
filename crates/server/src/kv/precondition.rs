//! Entity tags: the version of a key, and what `If-Match` and `If-None-Match` ask of it.

use axum::http::StatusCode;
use axum::http::header::{HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use credenza_core::{Check, Key, Version};

use crate::failure::Failure;

/// The entity tag of a version.
pub(crate) fn tag(version: Version) -> HeaderValue {
    // Hexadecimal digits between quotes are always a valid header.
    HeaderValue::from_str(&format!("\"{:x}\"", version.get())).unwrap_or(HeaderValue::from_static("\"\""))
}

/// What a write asks to be true of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precondition {
    /// `If-Match: *`
    Exists,
    /// `If-None-Match: *`
    Absent,
    /// `If-Match: "…"`
    Version(Version),
}

impl Precondition {
    /// What the headers of a write ask.
    ///
    /// # Errors
    /// 412 for a tag that this server never gave, 400 for what it cannot check.
    pub(crate) fn of_write(headers: &HeaderMap) -> Result<Option<Precondition>, Failure> {
        let text = |name: HeaderName| match headers.get_all(&name).iter().collect::<Vec<_>>()[..] {
            [] => Ok(None),
            [one] => Ok(Some(one.to_str().unwrap_or_default().trim())),
            _ => Err(Failure::request(format!("{name} is given twice"))),
        };
        match (text(IF_MATCH)?, text(IF_NONE_MATCH)?) {
            (None, None) => Ok(None),
            (Some("*"), None) => Ok(Some(Precondition::Exists)),
            (None, Some("*")) => Ok(Some(Precondition::Absent)),
            (Some(tag), None) if tag.contains(',') => Err(Failure::request("if-match takes one entity tag")),
            (Some(tag), None) => match version(tag) {
                Some(version) => Ok(Some(Precondition::Version(version))),
                None => Err(Failure::new(StatusCode::PRECONDITION_FAILED, "Precondition failed")),
            },
            _ => Err(Failure::request("a write takes if-match, or if-none-match with *")),
        }
    }

    /// The same as a check of a batch.
    pub(crate) fn check(self, key: Key) -> Check {
        match self {
            Precondition::Exists => Check::exists(key),
            Precondition::Absent => Check::absent(key),
            Precondition::Version(version) => Check::version_equals(key, Some(version)),
        }
    }
}

/// Whether `If-None-Match` says that the client of a `GET` has this version already.
pub(crate) fn is_known(headers: &HeaderMap, current: Version) -> bool {
    let tags = headers.get_all(IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    tags.flat_map(|tags| tags.split(',')).map(str::trim).any(|tag| {
        // A read compares weakly: proxies mark a tag as weak when they compress.
        tag == "*" || version(tag.strip_prefix("W/").unwrap_or(tag)) == Some(current)
    })
}

fn version(tag: &str) -> Option<Version> {
    let digits = tag.strip_prefix('"')?.strip_suffix('"')?;
    // Only what `tag` writes: no sign, no leading zeros.
    let version = u64::from_str_radix(digits, 16).ok().map(Version::new)?;
    (format!("{:x}", version.get()) == digits).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(headers: &[(HeaderName, &str)]) -> Result<Option<Precondition>, StatusCode> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        Precondition::of_write(&headers).map_err(|failure| failure.status())
    }

    #[test]
    fn writes() {
        let bad = Err(StatusCode::BAD_REQUEST);
        let never = Err(StatusCode::PRECONDITION_FAILED);
        assert_eq!(write(&[]), Ok(None));
        assert_eq!(write(&[(IF_MATCH, "*")]), Ok(Some(Precondition::Exists)));
        assert_eq!(write(&[(IF_NONE_MATCH, "*")]), Ok(Some(Precondition::Absent)));
        assert_eq!(write(&[(IF_MATCH, "\"1f\"")]), Ok(Some(Precondition::Version(Version::new(31)))));
        for tag in ["1f", "\"1F\"", "\"01f\"", "\"+1\"", "\"\"", "W/\"1f\"", "\"10000000000000000\""] {
            assert_eq!(write(&[(IF_MATCH, tag)]), never, "{tag}");
        }
        assert_eq!(write(&[(IF_MATCH, "\"1\", \"2\"")]), bad);
        assert_eq!(write(&[(IF_NONE_MATCH, "\"1\"")]), bad);
        assert_eq!(write(&[(IF_MATCH, "*"), (IF_NONE_MATCH, "*")]), bad);
    }

    #[test]
    fn reads() {
        let known = |tags: &str| {
            is_known(&HeaderMap::from_iter([(IF_NONE_MATCH, tags.parse().unwrap())]), Version::new(31))
        };
        assert_eq!(tag(Version::new(31)), "\"1f\"");
        assert!(known("\"1f\"") && known("\"2\", \"1f\"") && known("W/\"1f\"") && known("*"));
        assert!(!known("\"1e\"") && !known("1f") && !known(""));
        assert!(!is_known(&HeaderMap::new(), Version::new(31)));
    }
}
