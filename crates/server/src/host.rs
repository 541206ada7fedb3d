//! Which `Host` a request may give.
//!
//! A web page may let the name of its own site point to this machine and read the answers ("DNS rebinding"). Its
//! requests carry the name of that site, so a name that is not known to be ours is refused. An address cannot be
//! rebound.

use std::net::IpAddr;

use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;

/// Whether the request is for this server: by an IP address, by a name that always means the same machine, or by
/// one of `allowed`. A request of HTTP/1.0 may name no host.
pub(crate) fn is_ours(parts: &Parts, allowed: &[String]) -> bool {
    let given = match (parts.uri.authority(), parts.headers.get(HOST)) {
        (Some(authority), _) => Some(authority.clone()),
        (None, Some(host)) => match Authority::try_from(host.as_bytes()) {
            Ok(authority) => Some(authority),
            Err(_) => return false,
        },
        (None, None) => None,
    };
    given.is_none_or(|authority| is_allowed(authority.host(), allowed))
}

fn is_allowed(host: &str, allowed: &[String]) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let name = host.strip_suffix('.').unwrap_or(host);
    address.parse::<IpAddr>().is_ok()
        || ["localhost", "host.docker.internal"].iter().any(|known| name.eq_ignore_ascii_case(known))
        || allowed.iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn accepts(uri: &str, host: Option<&str>) -> bool {
        let mut request = Request::builder().uri(uri);
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        is_ours(&request.body(()).unwrap().into_parts().0, &["kv.example".to_owned()])
    }

    #[test]
    fn hosts() {
        for host in [
            "localhost",
            "LOCALHOST:8787",
            "localhost.",
            "127.0.0.1:8787",
            "10.1.2.3",
            "[::1]:8787",
            "[::1]",
            "host.docker.internal:8787",
            "kv.example",
            "KV.example:80",
        ] {
            assert!(accepts("/", Some(host)), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "kv.example.evil", "127.0.0.1.evil", "a b", ""]
        {
            assert!(!accepts("/", Some(host)), "{host}");
        }
        assert!(accepts("/", None));
        assert!(!accepts("http://evil.example/", Some("localhost")), "the target of the request line counts");
        assert!(accepts("http://localhost/", Some("evil.example")));
    }
}
