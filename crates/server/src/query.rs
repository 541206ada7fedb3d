//! The query strings of the storage routes.

use std::borrow::Cow;

use crate::config::ServerConfig;
use crate::decode;
use crate::failure::Failure;
use crate::target::within;

/// Names on a page, unless the client says how many.
const DEFAULT_LIMIT: usize = 100;
/// Names on a page, at most.
const MAX_LIMIT: usize = 1000;

/// `?prefix=&limit=&cursor=` of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ListQuery {
    pub(crate) prefix: String,
    pub(crate) limit: usize,
    /// Not empty.
    pub(crate) cursor: Option<String>,
}

impl ListQuery {
    pub(crate) fn parse(query: Option<&str>, config: &ServerConfig) -> Result<ListQuery, Failure> {
        let [prefix, limit, cursor] = parameters(query, ["prefix", "limit", "cursor"])?;
        let limit = match limit.as_deref() {
            None => DEFAULT_LIMIT,
            Some(limit) => {
                limit.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)).ok_or_else(|| {
                    Failure::request(format!("`limit` must be a number from 1 to {MAX_LIMIT}"))
                })?
            }
        };
        let prefix = prefix.unwrap_or_default();
        within("prefix", prefix.len(), config.max_key)?;
        Ok(ListQuery {
            prefix: prefix.into(),
            limit,
            cursor: cursor.filter(|it| !it.is_empty()).map(Cow::into_owned),
        })
    }
}

/// `?metadata=true` of a `GET`: whether the reply tells the metadata and the expiration too.
pub(crate) fn with_metadata(query: Option<&str>) -> Result<bool, Failure> {
    let [metadata] = parameters(query, ["metadata"])?;
    match metadata.as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Failure::request("`metadata` must be true or false")),
    }
}

/// Refuses every parameter: a `?` that belongs to a key must be percent-encoded.
pub(crate) fn none(query: Option<&str>) -> Result<(), Failure> {
    parameters(query, []).map(|[]| ())
}

/// The values of these parameters, decoded; each may be given once, and no other.
fn parameters<'q, const N: usize>(
    query: Option<&'q str>,
    names: [&str; N],
) -> Result<[Option<Cow<'q, str>>; N], Failure> {
    let mut values = [const { None }; N];
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decode = |text| {
            decode::percent(text, true)
                .map_err(|problem| Failure::request(format!("the query string: {problem}")))
        };
        let (name, value) = (decode(name)?, decode(value)?);
        let slot = names.iter().zip(&mut values).find_map(|(known, slot)| (*known == name).then_some(slot));
        match slot {
            None => {
                let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
                return Err(Failure::request(format!("unknown parameter `{shown}`")));
            }
            Some(Some(_)) => return Err(Failure::request(format!("`{name}` is given twice"))),
            Some(slot) => *slot = Some(value),
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(query: &str) -> Result<ListQuery, String> {
        ListQuery::parse(Some(query), &ServerConfig::default()).map_err(|failure| format!("{failure:?}"))
    }

    fn asked(prefix: &str, limit: usize, cursor: Option<&str>) -> ListQuery {
        ListQuery { prefix: prefix.to_owned(), limit, cursor: cursor.map(str::to_owned) }
    }

    #[test]
    fn lists() {
        assert_eq!(ListQuery::parse(None, &ServerConfig::default()).unwrap(), asked("", 100, None));
        for (query, expected) in [
            ("", asked("", 100, None)),
            ("prefix=user:&limit=100", asked("user:", 100, None)),
            ("prefix=user%3A&limit=1", asked("user:", 1, None)),
            ("prefix=a+b%2B%26&cursor=", asked("a b+&", 100, None)),
            ("limit=1000&cursor=abc&prefix=", asked("", 1000, Some("abc"))),
            ("prefix=a=b", asked("a=b", 100, None)),
        ] {
            assert_eq!(list(query).unwrap(), expected, "{query}");
        }
        for (query, expected) in [
            ("limit=0", "`limit` must be"),
            ("limit=1001", "`limit` must be"),
            ("limit=-1", "`limit` must be"),
            ("limit=ten", "`limit` must be"),
            ("limit=", "`limit` must be"),
            ("offset=1", "unknown parameter `offset`"),
            ("prefix=a&prefix=b", "`prefix` is given twice"),
            ("prefix=%zz", "invalid percent-encoding"),
            ("prefix=%ff", "not UTF-8"),
        ] {
            let refusal = list(query).unwrap_err();
            assert!(refusal.contains(expected), "{query}: {refusal}");
        }
        assert!(list(&format!("prefix={}", "x".repeat(3000))).is_err());
    }

    #[test]
    fn metadata() {
        assert!(!with_metadata(None).unwrap());
        assert!(!with_metadata(Some("metadata=false")).unwrap());
        assert!(with_metadata(Some("metadata=true")).unwrap());
        assert!(with_metadata(Some("metadata=1")).is_err());
        assert!(with_metadata(Some("meta=true")).is_err());
        assert!(none(None).is_ok());
        assert!(none(Some("x")).is_err());
    }
}
