//! Query strings.

use std::borrow::Cow;

use crate::decode;
use crate::failure::Failure;
use crate::limits::ServerLimits;
use crate::registry::{Filter, Kind};
use crate::target::within;

/// Names on a page, unless the client says how many.
const DEFAULT_LIMIT: usize = 100;
/// The greatest offset that the registry takes: those beyond are mistakes.
const MAX_OFFSET: u64 = 1 << 53;

/// `?prefix=&limit=&cursor=` of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ListQuery {
    pub(crate) prefix: String,
    pub(crate) limit: usize,
    /// Not empty.
    pub(crate) cursor: Option<String>,
}

impl ListQuery {
    pub(crate) fn parse(query: Option<&str>, limits: &ServerLimits) -> Result<ListQuery, Failure> {
        ListQuery::new(parameters(query, ["prefix", "limit", "cursor"])?, limits.key, limits)
    }

    fn new(
        [prefix, limit, cursor]: [Option<Cow<'_, str>>; 3],
        longest: usize,
        limits: &ServerLimits,
    ) -> Result<ListQuery, Failure> {
        let limit = match limit.as_deref() {
            None => DEFAULT_LIMIT.min(limits.page),
            Some(limit) => {
                limit.parse().ok().filter(|limit| (1..=limits.page).contains(limit)).ok_or_else(|| {
                    Failure::request(format!("`limit` must be a number from 1 to {}", limits.page))
                })?
            }
        };
        let prefix = prefix.unwrap_or_default();
        within("prefix", prefix.len(), longest)?;
        Ok(ListQuery {
            prefix: prefix.into(),
            limit,
            cursor: cursor.filter(|it| !it.is_empty()).map(Cow::into_owned),
        })
    }
}

/// `?prefix=&limit=&cursor=&delimiter=&start_after=` of a list of objects.
#[derive(Debug)]
pub(crate) struct ObjectsQuery {
    pub(crate) list: ListQuery,
    pub(crate) delimiter: String,
    pub(crate) start_after: String,
}

impl ObjectsQuery {
    pub(crate) fn parse(query: Option<&str>, limits: &ServerLimits) -> Result<ObjectsQuery, Failure> {
        let [prefix, limit, cursor, delimiter, start_after] =
            parameters(query, ["prefix", "limit", "cursor", "delimiter", "start_after"])?;
        let list = ListQuery::new([prefix, limit, cursor], limits.object_key, limits)?;
        let (delimiter, start_after) = (delimiter.unwrap_or_default(), start_after.unwrap_or_default());
        within("delimiter", delimiter.len(), limits.object_key)?;
        within("start_after", start_after.len(), limits.object_key)?;
        Ok(ObjectsQuery { list, delimiter: delimiter.into(), start_after: start_after.into() })
    }
}

/// `?type=&namespace=&key_prefix=&limit=&offset=` of the list of resources.
pub(crate) fn filter(query: Option<&str>, limits: &ServerLimits) -> Result<Filter, Failure> {
    let [kind, namespace, key_prefix, limit, offset] =
        parameters(query, ["type", "namespace", "key_prefix", "limit", "offset"])?;
    // An empty parameter counts as not given.
    let given = |text: Option<Cow<'_, str>>| text.filter(|text| !text.is_empty()).map(Cow::into_owned);
    let number = |name: &str, text: Option<String>| match text {
        None => Ok(0),
        Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            let number = text.parse().ok().filter(|number| *number <= MAX_OFFSET);
            number.ok_or_else(|| Failure::request(format!("`{name}` must be at most {MAX_OFFSET}")))
        }
        Some(_) => Err(Failure::request(format!("`{name}` must be a number, 0 or greater"))),
    };
    let limit = match number("limit", given(limit))? {
        0 => DEFAULT_LIMIT,
        limit => usize::try_from(limit).unwrap_or(usize::MAX),
    };
    let key_prefix = given(key_prefix).unwrap_or_default();
    within("prefix", key_prefix.len(), limits.key.max(limits.object_key))?;
    let namespace = given(namespace);
    within("namespace", namespace.as_ref().map_or(0, String::len), limits.namespace)?;
    Ok(Filter {
        kind: given(kind).map(|kind| self::kind(&kind)).transpose()?,
        namespace,
        key_prefix,
        limit: limit.min(limits.page),
        offset: number("offset", given(offset))?,
    })
}

/// The type of a resource.
pub(crate) fn kind(name: &str) -> Result<Kind, Failure> {
    Kind::parse(name.as_bytes()).ok_or_else(|| Failure::request("`type` must be kv, d1, r2 or do"))
}

/// A parameter of this name that is true or false, and no other.
pub(crate) fn flag(query: Option<&str>, name: &'static str) -> Result<bool, Failure> {
    let [given] = parameters(query, [name])?;
    match given.as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Failure::request(format!("`{name}` must be true or false"))),
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
        ListQuery::parse(Some(query), &ServerLimits::relaxed()).map_err(|failure| format!("{failure:?}"))
    }

    fn asked(prefix: &str, limit: usize, cursor: Option<&str>) -> ListQuery {
        ListQuery { prefix: prefix.to_owned(), limit, cursor: cursor.map(str::to_owned) }
    }

    #[test]
    fn lists() {
        assert_eq!(ListQuery::parse(None, &ServerLimits::relaxed()).unwrap(), asked("", 100, None));
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
        let with_metadata = |query| flag(query, "metadata");
        assert!(!with_metadata(None).unwrap());
        assert!(!with_metadata(Some("metadata=false")).unwrap());
        assert!(with_metadata(Some("metadata=true")).unwrap());
        assert!(with_metadata(Some("metadata=1")).is_err());
        assert!(with_metadata(Some("meta=true")).is_err());
        assert!(none(None).is_ok());
        assert!(none(Some("x")).is_err());
    }
}
