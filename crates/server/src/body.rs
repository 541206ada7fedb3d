//! The body of a `PUT`: `{value, metadata?, expiration_ttl?}`.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::config::ServerConfig;
use crate::failure::Failure;

/// The longest time to live, in seconds: three centuries.
const MAX_TTL: u64 = 10_000_000_000;

/// What a `PUT` asks for.
#[derive(Debug)]
pub(crate) struct Put {
    pub(crate) value: String,
    /// Not `null`.
    pub(crate) metadata: Option<Box<RawValue>>,
    pub(crate) ttl: Option<Duration>,
}

/// Refuses what does not say that it is JSON.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), Failure> {
    let given = headers.get(CONTENT_TYPE).and_then(|given| given.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type")
        .because("the body must be application/json"))
}

/// How many bytes the body may have: what it announces, or the limit.
pub(crate) fn announced(headers: &HeaderMap, limit: usize) -> Result<usize, Failure> {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    match length.map(str::parse::<usize>) {
        None => Ok(limit),
        Some(Ok(length)) if length <= limit => Ok(length),
        Some(_) => Err(too_long(limit)),
    }
}

/// Reads the body, at most `limit` bytes.
pub(crate) async fn read(body: Body, limit: usize) -> Result<Bytes, Failure> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_long(limit)),
        Err(_) => Err(Failure::request("the body was cut off")),
    }
}

fn too_long(limit: usize) -> Failure {
    Failure::too_large(format!("the body is limited to {limit} bytes"))
}

/// Reads the JSON. The refusal names the field and never what was in it.
pub(crate) fn parse(json: &[u8], config: &ServerConfig) -> Result<Put, Failure> {
    let mut problem = None;
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let outcome =
        PutSeed(&mut problem).deserialize(&mut deserializer).and_then(|put| deserializer.end().map(|()| put));
    let put = outcome.map_err(|error| {
        Failure::request(if error.is_data() {
            problem.unwrap_or(Cow::Borrowed("the body must be a JSON object"))
        } else {
            format!("malformed JSON at line {} column {}", error.line(), error.column()).into()
        })
    })?;
    let sizes = [
        ("value", put.value.len(), config.max_value),
        ("metadata", put.metadata.as_ref().map_or(0, |raw| raw.get().len()), config.max_metadata),
    ];
    for (name, length, limit) in sizes {
        if length > limit {
            return Err(Failure::too_large(format!("`{name}` has {length} bytes; the limit is {limit}")));
        }
    }
    if let Some(raw) = &put.metadata {
        // The text is kept as it came; this only refuses what other readers of JSON would choke on.
        serde_json::from_str::<serde_json::Value>(raw.get()).map_err(|_| {
            Failure::request("`metadata` is nested too deeply, or has a number or character out of range")
        })?;
    }
    Ok(put)
}

/// Reads a [`Put`], and leaves in its slot what is wrong with the content of well-formed JSON.
struct PutSeed<'p>(&'p mut Option<Cow<'static, str>>);

impl<'de> DeserializeSeed<'de> for PutSeed<'_> {
    type Value = Put;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Put, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for PutSeed<'_> {
    type Value = Put;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Put, A::Error> {
        let problem = self.0;
        let (mut value, mut metadata, mut ttl) = (None, None, None);
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            let given = match &*name {
                "value" => value.is_some(),
                "metadata" => metadata.is_some(),
                "expiration_ttl" => ttl.is_some(),
                _ => {
                    let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
                    *problem = Some(format!("unknown field `{shown}`").into());
                    return Err(A::Error::custom("unknown field"));
                }
            };
            if given {
                *problem = Some(format!("`{name}` is given twice").into());
                return Err(A::Error::custom("duplicate field"));
            }
            match &*name {
                "value" => {
                    *problem = Some("`value` must be a string".into());
                    value = Some(map.next_value::<String>()?);
                }
                "metadata" => metadata = Some(map.next_value::<Box<RawValue>>()?),
                _ => {
                    let expected =
                        format!("`expiration_ttl` must be a whole number of seconds from 1 to {MAX_TTL}");
                    *problem = Some(expected.into());
                    let seconds = map.next_value::<Option<u64>>()?;
                    if seconds.is_some_and(|seconds| !(1..=MAX_TTL).contains(&seconds)) {
                        return Err(A::Error::custom("out of range"));
                    }
                    ttl = Some(seconds);
                }
            }
        }
        *problem = Some("`value` is missing".into());
        Ok(Put {
            value: value.ok_or_else(|| A::Error::custom("missing field"))?,
            metadata: metadata.filter(|raw| raw.get() != "null"),
            ttl: ttl.flatten().map(Duration::from_secs),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(json: &str) -> Result<Put, String> {
        parse(json.as_bytes(), &ServerConfig { max_value: 8, max_metadata: 300, ..ServerConfig::default() })
            .map_err(|failure| format!("{failure:?}"))
    }

    #[test]
    fn what_is_asked_for() {
        let put =
            parsed(r#" {"metadata": {"b": 1.50, "a": [ ]}, "value": "\u0000x", "expiration_ttl": 60} "#)
                .unwrap();
        assert_eq!(put.value, "\0x");
        assert_eq!(put.metadata.unwrap().get(), r#"{"b": 1.50, "a": [ ]}"#, "kept as it came");
        assert_eq!(put.ttl, Some(Duration::from_secs(60)));

        let put = parsed(r#"{"value": "", "metadata": null, "expiration_ttl": null}"#).unwrap();
        assert_eq!((put.value.as_str(), put.metadata.is_none(), put.ttl), ("", true, None));
    }

    #[test]
    fn what_is_refused() {
        let deep = format!(r#"{{"value": "", "metadata": {}1{}}}"#, "[".repeat(140), "]".repeat(140));
        let wide = format!(r#"{{"value": "", "metadata": "{}"}}"#, "x".repeat(300));
        for (json, expected) in [
            ("", "malformed JSON at line 1 column 0"),
            ("{", "malformed JSON"),
            (r#"{"value": "x"} y"#, "malformed JSON"),
            (r#"{"value": "\ud800"}"#, "malformed JSON"),
            (r#"{"value": "x",}"#, "malformed JSON"),
            (r#"{"value": "x", "metadata": nul}"#, "malformed JSON"),
            ("\"secret\"", "the body must be a JSON object"),
            ("[]", "the body must be a JSON object"),
            ("{}", "`value` is missing"),
            (r#"{"value": 5}"#, "`value` must be a string"),
            (r#"{"value": null}"#, "`value` must be a string"),
            (r#"{"value": "a", "value": "b"}"#, "`value` is given twice"),
            (r#"{"value": "a", "metdata": 1}"#, "unknown field `metdata`"),
            (r#"{"value": "a", "expiration_ttl": 0}"#, "`expiration_ttl` must be"),
            (r#"{"value": "a", "expiration_ttl": -1}"#, "`expiration_ttl` must be"),
            (r#"{"value": "a", "expiration_ttl": 1.5}"#, "`expiration_ttl` must be"),
            (r#"{"value": "a", "expiration_ttl": "secret"}"#, "`expiration_ttl` must be"),
            (r#"{"value": "a", "expiration_ttl": 10000000001}"#, "`expiration_ttl` must be"),
            (r#"{"value": "123456789"}"#, "`value` has 9 bytes; the limit is 8"),
            (&wide, "`metadata` has 302 bytes; the limit is 300"),
            (&deep, "`metadata` is nested too deeply"),
            (r#"{"value": "", "metadata": 1e999}"#, "`metadata` is nested too deeply, or has a number"),
        ] {
            let refusal = parsed(json).unwrap_err();
            assert!(refusal.contains(expected), "{json}: {refusal}");
            assert!(!refusal.contains("secret"), "{json}: {refusal}");
        }
        let refusal = parsed(&format!(r#"{{"{}": 1}}"#, "x".repeat(10_000))).unwrap_err();
        assert!(refusal.len() < 300, "a long name is cut: {refusal}");
    }

    #[test]
    fn content_types() {
        for (given, accepted) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/x-www-form-urlencoded", false),
            ("text/plain", false),
            ("application/jsonp", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, given.parse().unwrap())]);
            assert_eq!(require_json(&headers).is_ok(), accepted, "{given}");
        }
        assert!(require_json(&HeaderMap::new()).is_err());
    }
}
