//! Bodies of requests: what type they have, how long they are, and reading a short one whole.

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::failure::Failure;

/// Whether the body says that it is JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let given = headers.get(CONTENT_TYPE).and_then(|given| given.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// Refuses what does not say that it is JSON.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), Failure> {
    if is_json(headers) {
        return Ok(());
    }
    Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type")
        .because("the body must be application/json"))
}

/// How many bytes the body says that it has; more than the limit are refused.
pub(crate) fn announced(headers: &HeaderMap, limit: u64) -> Result<Option<u64>, Failure> {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    match length.map(str::parse::<u64>) {
        None => Ok(None),
        Some(Ok(length)) if length <= limit => Ok(Some(length)),
        Some(_) => Err(too_long(limit)),
    }
}

/// Reads the body, at most `limit` bytes.
pub(crate) async fn read(body: Body, limit: usize) -> Result<Bytes, Failure> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_long(limit as u64)),
        Err(_) => Err(cut_off()),
    }
}

/// The body is larger than the server takes.
pub(crate) fn too_long(limit: u64) -> Failure {
    Failure::too_large(format!("the body is limited to {limit} bytes"))
}

/// The body ended before its end.
pub(crate) fn cut_off() -> Failure {
    Failure::request("the body was cut off")
}

#[cfg(test)]
mod tests {
    use super::*;

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
