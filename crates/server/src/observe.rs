//! What happens around every request: its id, the check of its host, and one line in the log.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use credenza_core::{Effect, Error, Random, ThreadRandom};
use futures_util::FutureExt;
use tokio::time::Instant;

use crate::app::App;
use crate::failure::{Cause, Failure};
use crate::{host, routes};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Answers a request: gives it an id, refuses foreign hosts, bears a panic, and logs method, route, status and time; never
/// a key or a value.
pub(crate) async fn observe(State(app): State<Arc<App>>, request: Request) -> Response {
    let start = Instant::now();
    let (parts, body) = request.into_parts();
    let id = parts.headers.get(REQUEST_ID).filter(|id| is_valid(id)).cloned().unwrap_or_else(fresh);
    let method = known(&parts.method);
    let (route, mut response) = if host::is_ours(&parts, &app.config.allowed_hosts) {
        let answer = AssertUnwindSafe(routes::answer(&app, &parts, body)).catch_unwind().await;
        answer.unwrap_or_else(|_| ("-", panicked().into_response()))
    } else {
        ("-", foreign().into_response())
    };
    let status = response.status().as_u16();
    let request_id = id.to_str().unwrap_or_default();
    let duration_us = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    match response.extensions().get::<Cause>() {
        Some(Cause(cause)) if status >= 500 => {
            tracing::warn!(method, route, status, duration_us, request_id, cause, "request failed");
        }
        _ => tracing::info!(method, route, status, duration_us, request_id, "request"),
    }
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

fn panicked() -> Failure {
    Error::internal("a handler panicked").with_effect(Effect::MaybeApplied).into()
}

fn foreign() -> Failure {
    Failure::new(StatusCode::FORBIDDEN, "Host not allowed")
        .because("the server does not know itself by this name; see the option --allow-host")
}

/// An id from a client ends in logs: only short and plain ones are taken over.
fn is_valid(id: &HeaderValue) -> bool {
    (1..=64).contains(&id.len())
        && id.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

fn fresh() -> HeaderValue {
    // Hexadecimal digits are always a valid header.
    HeaderValue::from_str(&format!("{:016x}", ThreadRandom.next_u64()))
        .unwrap_or(HeaderValue::from_static("0"))
}

/// The method by a name of ours: a client may invent any word.
fn known(method: &Method) -> &'static str {
    const METHODS: [&str; 9] =
        ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH", "OPTIONS", "TRACE", "CONNECT"];
    METHODS.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        for (id, valid) in
            [("a-B_9.z", true), ("", false), ("a b", false), ("a\"b", false), (&*"x".repeat(65), false)]
        {
            assert_eq!(is_valid(&id.parse().unwrap()), valid, "{id}");
        }
        assert!(is_valid(&fresh()));
        assert_ne!(fresh(), fresh());
    }

    #[test]
    fn methods() {
        assert_eq!(known(&Method::PUT), "PUT");
        assert_eq!(known(&Method::from_bytes(b"SECRET").unwrap()), "other");
    }
}
