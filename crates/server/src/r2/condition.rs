//! What `If-Match` and `If-None-Match` ask of an object.

use axum::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use credenza_core::blob::{ETag, Precondition};

use crate::failure::Failure;

/// What a read asks. A weak tag counts as the strong one: proxies mark a tag as weak when they compress.
pub(super) fn of_read(headers: &HeaderMap) -> Result<Precondition, Failure> {
    of(headers, true)
}

/// What a write asks.
pub(super) fn of_write(headers: &HeaderMap) -> Result<Precondition, Failure> {
    of(headers, false)
}

fn of(headers: &HeaderMap, weak: bool) -> Result<Precondition, Failure> {
    match (tags(headers, &IF_MATCH, false)?, tags(headers, &IF_NONE_MATCH, weak)?) {
        (None, None) => Ok(Precondition::None),
        (Some(None), None) => Ok(Precondition::Exists),
        (Some(Some(tags)), None) => Ok(Precondition::Match(tags)),
        (None, Some(None)) => Ok(Precondition::Absent),
        (None, Some(Some(tags))) => Ok(Precondition::NoneMatch(tags)),
        (Some(_), Some(_)) => Err(Failure::request("give if-match or if-none-match, not both")),
    }
}

/// The tags of a header, those alone that an object may have; `Some(None)` for `*`.
#[allow(clippy::option_option, reason = "a header may be missing, or ask for any tag")]
fn tags(headers: &HeaderMap, name: &HeaderName, weak: bool) -> Result<Option<Option<Vec<ETag>>>, Failure> {
    let mut given = headers.get_all(name).iter().peekable();
    if given.peek().is_none() {
        return Ok(None);
    }
    let mut tags = Vec::new();
    for text in given {
        let text = text.to_str().map_err(|_| Failure::request(format!("{name} is no list of tags")))?.trim();
        if text == "*" {
            return Ok(Some(None));
        }
        tags.extend(text.split(',').filter_map(|tag| {
            let tag = tag.trim();
            let tag = if weak { tag.strip_prefix("W/").unwrap_or(tag) } else { tag };
            ETag::new(tag.strip_prefix('"')?.strip_suffix('"')?)
        }));
    }
    Ok(Some(Some(tags)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions() {
        let header = |name: HeaderName, value: &str| HeaderMap::from_iter([(name, value.parse().unwrap())]);
        let tags = |names: &[&str]| names.iter().map(|name| ETag::new(*name).unwrap()).collect::<Vec<_>>();
        let write = |headers: HeaderMap| of_write(&headers).unwrap();
        assert_eq!(write(HeaderMap::new()), Precondition::None);
        assert_eq!(write(header(IF_MATCH, "*")), Precondition::Exists);
        assert_eq!(write(header(IF_NONE_MATCH, "*")), Precondition::Absent);
        assert_eq!(write(header(IF_MATCH, "\"a\", \"b\"")), Precondition::Match(tags(&["a", "b"])));
        assert_eq!(write(header(IF_MATCH, "W/\"a\"")), Precondition::Match(vec![]), "weak never matches");
        assert_eq!(write(header(IF_MATCH, "a")), Precondition::Match(vec![]));
        let read = of_read(&header(IF_NONE_MATCH, "W/\"a\"")).unwrap();
        assert_eq!(read, Precondition::NoneMatch(tags(&["a"])));
    }
}
