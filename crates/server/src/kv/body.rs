//! The body of a `PUT`: `{value, metadata?, expiration_ttl?}`.

use std::time::Duration;

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::json;
use crate::limits::ServerLimits;

/// The longest time to live, in seconds: three centuries.
const MAX_TTL: u64 = 10_000_000_000;

/// What a `PUT` asks for.
#[derive(Debug)]
pub(crate) struct Put {
    pub(crate) value: Bytes,
    /// Not `null`.
    pub(crate) metadata: Option<Box<RawValue>>,
    pub(crate) ttl: Option<Duration>,
}

/// Reads the JSON. The refusal names the field and never what was in it.
pub(crate) fn parse(json: &[u8], limits: &ServerLimits) -> Result<Put, Failure> {
    let [value, metadata, ttl] = json::object(json, ["value", "metadata", "expiration_ttl"])?;
    let value = json::required(value, "value")?;
    json::within("value", value.len(), limits.value)?;
    Ok(Put {
        value: Bytes::from(value.into_owned()),
        metadata: metadata.map(|raw| json::any(raw, "metadata", limits.metadata)).transpose()?,
        ttl: ttl.map(seconds).transpose()?,
    })
}

fn seconds(raw: &RawValue) -> Result<Duration, Failure> {
    let given = serde_json::from_str(raw.get()).ok().filter(|seconds| (1..=MAX_TTL).contains(seconds));
    given.map(Duration::from_secs).ok_or_else(|| {
        Failure::request(format!("`expiration_ttl` must be a whole number of seconds from 1 to {MAX_TTL}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(json: &str) -> Result<Put, String> {
        parse(json.as_bytes(), &ServerLimits { value: 8, metadata: 300, ..ServerLimits::relaxed() })
            .map_err(|failure| format!("{failure:?}"))
    }

    #[test]
    fn what_is_asked_for() {
        let put =
            parsed(r#" {"metadata": {"b": 1.50, "a": [ ]}, "value": "\u0000x", "expiration_ttl": 60} "#)
                .unwrap();
        assert_eq!(&put.value[..], b"\0x");
        assert_eq!(put.metadata.unwrap().get(), r#"{"b": 1.50, "a": [ ]}"#, "kept as it came");
        assert_eq!(put.ttl, Some(Duration::from_secs(60)));

        let put = parsed(r#"{"value": "", "metadata": null, "expiration_ttl": null}"#).unwrap();
        assert_eq!((put.value.len(), put.metadata.is_none(), put.ttl), (0, true, None));
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
            (r#"{"value": null}"#, "`value` is missing"),
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
}
