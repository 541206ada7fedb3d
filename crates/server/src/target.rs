//! What the path of a storage request names.

use std::borrow::Cow;

use crate::decode;
use crate::failure::Failure;
use crate::limits::ServerLimits;

/// A store of the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// Keys and values.
    Kv,
    /// Tables.
    D1,
    /// Objects.
    R2,
}

/// What the path of a storage request names, decoded: `/api/storage/{store}/{namespace}[/{key}]`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target<'a> {
    pub(crate) store: Store,
    pub(crate) namespace: Cow<'a, str>,
    /// All that follows, slashes included; of D1 the operation. Empty where nothing does.
    pub(crate) key: Cow<'a, str>,
}

impl Target<'_> {
    /// Its name in the log.
    pub(crate) fn route(&self) -> &'static str {
        match (self.store, self.key.is_empty()) {
            (Store::Kv, true) => "/api/storage/kv/{namespace}",
            (Store::Kv, false) => "/api/storage/kv/{namespace}/{key}",
            (Store::D1, _) => "/api/storage/d1/{namespace}/{operation}",
            (Store::R2, true) => "/api/storage/r2/{namespace}",
            (Store::R2, false) => "/api/storage/r2/{namespace}/{key}",
        }
    }
}

/// Reads the path, which is still percent-encoded. Splits first and decodes then, once: an encoded slash belongs
/// to the part it is in.
pub(crate) fn parse<'a>(path: &'a str, limits: &ServerLimits) -> Result<Target<'a>, Failure> {
    let rest = path.strip_prefix("/api/storage/").ok_or_else(Failure::path)?;
    let (store, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let (namespace, key) = rest.split_once('/').unwrap_or((rest, ""));
    if namespace.is_empty() {
        return Err(Failure::path());
    }
    let (store, longest) = match store {
        "kv" => (Store::Kv, limits.key),
        "d1" => (Store::D1, limits.key),
        "r2" => (Store::R2, limits.object_key),
        _ => return Err(Failure::path()),
    };
    let namespace = decode::percent(namespace, false)
        .map_err(|problem| Failure::path().because(format!("the namespace: {problem}")))?;
    let key = decode::percent(key, false)
        .map_err(|problem| Failure::path().because(format!("the key: {problem}")))?;
    within("namespace", namespace.len(), limits.namespace)?;
    within("key", key.len(), longest)?;
    Ok(Target { store, namespace, key })
}

/// Refuses a name that is too long.
pub(crate) fn within(what: &str, length: usize, limit: usize) -> Result<(), Failure> {
    if length <= limit {
        return Ok(());
    }
    Err(Failure::too_long().because(format!("the {what} has {length} bytes; the limit is {limit}")))
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    fn parsed(path: &str) -> Result<Target<'_>, StatusCode> {
        parse(path, &ServerLimits::relaxed()).map_err(|failure| failure.status())
    }

    fn target<'a>(store: Store, namespace: &'a str, key: &'a str) -> Result<Target<'a>, StatusCode> {
        Ok(Target { store, namespace: namespace.into(), key: key.into() })
    }

    #[test]
    fn keys_keep_every_byte() {
        for (path, expected) in [
            ("a/k", target(Store::Kv, "a", "k")),
            ("a/b/c", target(Store::Kv, "a", "b/c")),
            ("a/b%2Fc", target(Store::Kv, "a", "b/c")),
            ("a%2Fb/c", target(Store::Kv, "a/b", "c")),
            ("a//c", target(Store::Kv, "a", "/c")),
            ("a/b//c", target(Store::Kv, "a", "b//c")),
            ("a/b/", target(Store::Kv, "a", "b/")),
            ("a/../c", target(Store::Kv, "a", "../c")),
            ("a/.", target(Store::Kv, "a", ".")),
            ("a/%00", target(Store::Kv, "a", "\0")),
            ("a/x+y", target(Store::Kv, "a", "x+y")),
            ("a/x%20y", target(Store::Kv, "a", "x y")),
            ("a/%25", target(Store::Kv, "a", "%")),
            ("a/user:1", target(Store::Kv, "a", "user:1")),
        ] {
            let path = format!("/api/storage/kv/{path}");
            assert_eq!(parsed(&path), expected, "{path}");
        }
    }

    #[test]
    fn other_paths() {
        let long = format!("kv/a/{}", "x".repeat(2049));
        let long_object = format!("r2/a/{}", "x".repeat(1025));
        for (path, expected) in [
            ("kv/a", target(Store::Kv, "a", "")),
            ("kv/a/", target(Store::Kv, "a", "")),
            ("kv/%C3%A9", target(Store::Kv, "é", "")),
            ("d1/a/query", target(Store::D1, "a", "query")),
            ("d1/a", target(Store::D1, "a", "")),
            ("r2/a/b/c.txt", target(Store::R2, "a", "b/c.txt")),
            (&long_object, Err(StatusCode::URI_TOO_LONG)),
            ("", Err(StatusCode::BAD_REQUEST)),
            ("kv", Err(StatusCode::BAD_REQUEST)),
            ("kv/", Err(StatusCode::BAD_REQUEST)),
            ("kv//k", Err(StatusCode::BAD_REQUEST)),
            ("d1", Err(StatusCode::BAD_REQUEST)),
            ("KV/a", Err(StatusCode::BAD_REQUEST)),
            ("do/a/b", Err(StatusCode::BAD_REQUEST)),
            ("kv/%zz", Err(StatusCode::BAD_REQUEST)),
            ("kv/a/%ff", Err(StatusCode::BAD_REQUEST)),
            (&long, Err(StatusCode::URI_TOO_LONG)),
        ] {
            let path = format!("/api/storage/{path}");
            assert_eq!(parsed(&path), expected, "{path}");
        }
    }
}
