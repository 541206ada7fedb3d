//! What the path of a storage request names.

use std::borrow::Cow;

use crate::config::ServerConfig;
use crate::decode;
use crate::failure::Failure;

/// What the path of a storage request names, decoded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target<'a> {
    /// `/api/storage/kv/{namespace}`, with or without a slash at its end.
    Namespace { namespace: Cow<'a, str> },
    /// `/api/storage/kv/{namespace}/{key}`. The key is all that follows, slashes included.
    Key { namespace: Cow<'a, str>, key: Cow<'a, str> },
    /// `/api/storage/d1/…`
    Database,
    /// `/api/storage/r2/…`
    Objects,
}

impl Target<'_> {
    /// Its name in the log.
    pub(crate) fn route(&self) -> &'static str {
        match self {
            Target::Namespace { .. } => "/api/storage/kv/{namespace}",
            Target::Key { .. } => "/api/storage/kv/{namespace}/{key}",
            Target::Database => "/api/storage/d1",
            Target::Objects => "/api/storage/r2",
        }
    }
}

/// Reads the path, which is still percent-encoded. Splits first and decodes then, once: an encoded slash belongs
/// to the part it is in.
pub(crate) fn parse<'a>(path: &'a str, config: &ServerConfig) -> Result<Target<'a>, Failure> {
    let rest = path.strip_prefix("/api/storage/").ok_or_else(Failure::path)?;
    let (kind, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let (namespace, key) = rest.split_once('/').unwrap_or((rest, ""));
    if namespace.is_empty() {
        return Err(Failure::path());
    }
    match kind {
        "kv" => {}
        "d1" => return Ok(Target::Database),
        "r2" => return Ok(Target::Objects),
        _ => return Err(Failure::path()),
    }
    let namespace = decode::percent(namespace, false)
        .map_err(|problem| Failure::path().because(format!("the namespace: {problem}")))?;
    let key = decode::percent(key, false)
        .map_err(|problem| Failure::path().because(format!("the key: {problem}")))?;
    within("namespace", namespace.len(), config.max_namespace)?;
    within("key", key.len(), config.max_key)?;
    Ok(if key.is_empty() { Target::Namespace { namespace } } else { Target::Key { namespace, key } })
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
        parse(path, &ServerConfig::default()).map_err(|failure| failure.status())
    }

    fn key<'a>(namespace: &'a str, key: &'a str) -> Result<Target<'a>, StatusCode> {
        Ok(Target::Key { namespace: namespace.into(), key: key.into() })
    }

    #[test]
    fn keys_keep_every_byte() {
        for (path, expected) in [
            ("a/k", key("a", "k")),
            ("a/b/c", key("a", "b/c")),
            ("a/b%2Fc", key("a", "b/c")),
            ("a%2Fb/c", key("a/b", "c")),
            ("a//c", key("a", "/c")),
            ("a/b//c", key("a", "b//c")),
            ("a/b/", key("a", "b/")),
            ("a/../c", key("a", "../c")),
            ("a/.", key("a", ".")),
            ("a/%00", key("a", "\0")),
            ("a/x+y", key("a", "x+y")),
            ("a/x%20y", key("a", "x y")),
            ("a/%25", key("a", "%")),
            ("a/user:1", key("a", "user:1")),
        ] {
            let path = format!("/api/storage/kv/{path}");
            assert_eq!(parsed(&path), expected, "{path}");
        }
    }

    #[test]
    fn other_paths() {
        let namespace = |namespace: &'static str| Ok(Target::Namespace { namespace: namespace.into() });
        let long = format!("kv/a/{}", "x".repeat(2049));
        for (path, expected) in [
            ("kv/a", namespace("a")),
            ("kv/a/", namespace("a")),
            ("kv/%C3%A9", namespace("é")),
            ("d1/a/query", Ok(Target::Database)),
            ("r2/a/b.txt", Ok(Target::Objects)),
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
