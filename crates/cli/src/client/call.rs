//! A request: its method, what it is about, and its headers.

use ureq::http::request::Builder;
use ureq::http::{Method, Request};

use crate::Exit;

/// A request without its body.
#[derive(Debug)]
pub(crate) struct Call {
    method: Method,
    /// The path and the query, percent-encoded.
    target: String,
    headers: Vec<(String, String)>,
}

impl Call {
    /// A request to the registry, `list` for example.
    pub(crate) fn registry(method: Method, operation: &str) -> Call {
        Call::at(method, format!("/api/resources/{operation}"))
    }

    /// A request about a namespace of a store: `kv`, `d1` or `r2`.
    pub(crate) fn namespace(method: Method, store: &str, namespace: &str) -> Result<Call, Exit> {
        if namespace.is_empty() {
            return Err(Exit::new(2, "the namespace is empty"));
        }
        Ok(Call::at(method, format!("/api/storage/{store}/{}", encode(namespace))))
    }

    /// A request about one thing in a namespace.
    pub(crate) fn key(method: Method, store: &str, namespace: &str, key: &str) -> Result<Call, Exit> {
        if key.is_empty() {
            return Err(Exit::new(2, "the key is empty"));
        }
        Ok(Call::namespace(method, store, namespace)?.below(key))
    }

    /// The same about something below it.
    pub(crate) fn below(mut self, name: &str) -> Call {
        self.target.push('/');
        self.target.push_str(&encode(name));
        self
    }

    fn at(method: Method, target: String) -> Call {
        Call { method, target, headers: Vec::new() }
    }

    /// The same with a parameter, unless it is empty.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Call {
        if !value.is_empty() {
            let mark = if self.target.contains('?') { '&' } else { '?' };
            self.target.push_str(&format!("{mark}{name}={}", encode(value)));
        }
        self
    }

    /// The same with a header, if there is a value.
    pub(crate) fn header(mut self, name: impl Into<String>, value: Option<impl Into<String>>) -> Call {
        self.headers.extend(value.map(|value| (name.into(), value.into())));
        self
    }

    /// The same with metadata of an object. Headers know neither capital letters in their names nor every character.
    pub(crate) fn metadata(self, name: &str, value: &str) -> Call {
        let name = percent(name, |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'));
        self.header(format!("x-metadata-{name}"), Some(percent(value, |byte| byte.is_ascii_alphanumeric())))
    }

    pub(super) fn is_head(&self) -> bool {
        self.method == Method::HEAD
    }

    pub(super) fn into_request(self, url: &str) -> Builder {
        let request = Request::builder().method(self.method).uri(format!("{url}{}", self.target));
        self.headers.into_iter().fold(request, |request, (name, value)| request.header(name, value))
    }
}

/// Percent-encodes everything that could mean something in a URL, slashes included: no proxy on the way may take a
/// part of a key for a path.
fn encode(text: &str) -> String {
    // Between other characters a dot is harmless, and most file names have one.
    let dots = text.bytes().any(|byte| byte != b'.');
    percent(text, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') || dots && byte == b'.'
    })
}

fn percent(text: &str, plain: impl Fn(u8) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if plain(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// The text of a header's percent-encoded value; as it is where it is none.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        match byte {
            b'%' => match digit(rest.next()).zip(digit(rest.next())) {
                Some((high, low)) => bytes.push((high << 4 | low) as u8),
                None => return text.to_owned(),
            },
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
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
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        for text in ["", "plain", "a b", "100%", "кот", "a\r\nb"] {
            assert_eq!(decode(&encode(text)), text);
        }
        for text in ["100%", "%zz", "%F", "%ff"] {
            assert_eq!(decode(text), text);
        }
        let call = Call::registry(Method::GET, "list").metadata("Author", "Ada & Co");
        assert_eq!(call.headers, [("x-metadata-%41uthor".to_owned(), "Ada%20%26%20Co".to_owned())]);
    }

    #[test]
    fn targets() {
        let call = Call::key(Method::GET, "kv", "a b", "k/1").unwrap();
        assert_eq!(
            call.query("x", "").query("y", "1 2").query("z", "é").target,
            "/api/storage/kv/a%20b/k%2F1?y=1%202&z=%C3%A9"
        );
        assert!(Call::key(Method::GET, "kv", "a", "").is_err());
        assert!(Call::namespace(Method::GET, "kv", "").is_err());
    }
}
