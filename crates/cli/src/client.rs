//! The client side of the server's HTTP API.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::Agent;
use ureq::http::{Request, StatusCode};

use crate::Exit;

/// An answer may hold a page of a thousand keys with metadata, or the largest value escaped.
const MAX_ANSWER: u64 = 256 << 20;

/// A namespace on a server.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    /// `http://…/api/storage/kv/namespace`
    base: String,
}

/// Why the server refuses or fails: `{error, details?}`.
#[derive(Deserialize)]
struct Refusal {
    error: String,
    details: Option<String>,
}

impl Client {
    pub(crate) fn new(url: &str, namespace: &str, timeout: Duration) -> Result<Client, Exit> {
        let url = url.trim_end_matches('/');
        if !url.starts_with("http://") {
            return Err(Exit::new(2, format!("{url} is not a URL of a server: it must start with http://")));
        }
        if namespace.is_empty() {
            return Err(Exit::new(2, "the namespace is empty"));
        }
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            // The server is on this machine or near it.
            .proxy(None)
            .user_agent(concat!("credenza/", env!("CARGO_PKG_VERSION")));
        let base = format!("{url}/api/storage/kv/{}", encode(namespace));
        Ok(Client { agent: config.build().into(), base })
    }

    /// Sends a request and reads the JSON of the answer; `None` if there is no such key.
    pub(crate) fn ask<T: DeserializeOwned>(
        &self,
        method: &str,
        target: &str,
        body: Option<String>,
    ) -> Result<Option<T>, Exit> {
        let request = Request::builder().method(method).uri(format!("{}{target}", self.base));
        let unreachable = |error: ureq::Error| Exit::new(3, format!("{}: {error}", self.base));
        let answer = match body {
            Some(body) => match request.header("content-type", "application/json").body(body) {
                Ok(request) => self.agent.run(request),
                Err(error) => return Err(Exit::new(2, error.to_string())),
            },
            None => match request.body(()) {
                Ok(request) => self.agent.run(request),
                Err(error) => return Err(Exit::new(2, error.to_string())),
            },
        };
        let mut answer = answer.map_err(unreachable)?;
        let status = answer.status();
        let json = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().map_err(unreachable)?;
        if status.is_success() {
            let strange = |error| Exit::new(3, format!("{}: the answer is none of ours: {error}", self.base));
            return serde_json::from_slice(&json).map(Some).map_err(strange);
        }
        let refusal = serde_json::from_slice(&json).ok();
        match (status, refusal) {
            (StatusCode::NOT_FOUND, Some(Refusal { error, .. })) if error == "Key not found" => Ok(None),
            (status, refusal) => {
                let code = if status.is_client_error() { 2 } else { 3 };
                let reason = match refusal {
                    Some(Refusal { error, details: Some(details) }) => format!("{error}: {details}"),
                    Some(Refusal { error, details: None }) => error,
                    None => "this is no server of ours".to_owned(),
                };
                Err(Exit::new(code, format!("the server says {}: {reason}", status.as_u16())))
            }
        }
    }
}

/// The path below the namespace for a key.
pub(crate) fn key_target(key: &str) -> Result<String, Exit> {
    if key.is_empty() {
        return Err(Exit::new(2, "the key is empty"));
    }
    Ok(format!("/{}", encode(key)))
}

/// Percent-encodes everything that could mean something in a URL, slashes included: no proxy on the way may take a
/// part of a key for a path.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => encoded.push(char::from(byte)),
            // Between other characters a dot is harmless, and most file names have one.
            b'.' if text.bytes().any(|byte| byte != b'.') => encoded.push('.'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_encoded() {
        for (key, encoded) in [
            ("user:123", "user%3A123"),
            ("a/b.txt", "a%2Fb.txt"),
            ("../x", "..%2Fx"),
            ("..", "%2E%2E"),
            ("a b+c%", "a%20b%2Bc%25"),
            ("кот", "%D0%BA%D0%BE%D1%82"),
            ("-_~", "-_~"),
        ] {
            assert_eq!(encode(key), encoded);
        }
        assert!(key_target("").is_err());
    }

    #[test]
    fn only_urls_of_servers_are_taken() {
        let client = |url, namespace| Client::new(url, namespace, Duration::from_secs(1));
        assert_eq!(
            client("http://127.0.0.1:8787/", "a b").unwrap().base,
            "http://127.0.0.1:8787/api/storage/kv/a%20b"
        );
        for url in ["", "127.0.0.1:8787", "ftp://x", "https://example.org"] {
            assert_eq!(client(url, "a").unwrap_err().code, 2, "{url}");
        }
        assert_eq!(client("http://127.0.0.1", "").unwrap_err().code, 2);
    }
}
