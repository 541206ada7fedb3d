//! Liveness and readiness.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use credenza_core::command::{Del, Get, Set};
use credenza_core::{Context, Error, ErrorKind, Kv, Random, Result, ThreadRandom};
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use crate::app::App;
use crate::failure::{Cause, json};
use crate::keys;

/// What is left of a probe that was cut off goes away by itself.
const PROBE_TTL: Duration = Duration::from_secs(60);

#[derive(Serialize)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// `GET /healthz`: the process answers.
pub(crate) fn live() -> Response {
    json(StatusCode::OK, &Health { status: "ok", reason: None })
}

/// `GET /readyz`: the store takes, gives back and deletes a value.
pub(crate) async fn ready(app: &App) -> Response {
    let deadline = Instant::now() + app.config.probe_timeout;
    let kv = app.kv.clone().with_context(Context::new().with_deadline(deadline.into_std()));
    let outcome = timeout_at(deadline, probe(&kv)).await;
    let outcome = outcome.unwrap_or_else(|_| Err(Error::new(ErrorKind::Timeout, "the store did not answer")));
    match outcome {
        Ok(()) => json(StatusCode::OK, &Health { status: "ok", reason: None }),
        Err(error) => {
            let reason = Some(reason(error.kind()));
            let mut response =
                json(StatusCode::SERVICE_UNAVAILABLE, &Health { status: "unavailable", reason });
            response.extensions_mut().insert(Cause(error.to_string()));
            response
        }
    }
}

async fn probe(kv: &Kv) -> Result<()> {
    // Each probe has a key of its own: two at once must not disturb each other, not even from two processes.
    static PROBES: AtomicU64 = AtomicU64::new(0);
    let id = [ThreadRandom.next_u64(), PROBES.fetch_add(1, Ordering::Relaxed)];
    let (key, value) = (keys::probe(id), "ready");
    kv.run(Set::new(key.clone(), value).expire_in(PROBE_TTL)).await?;
    let found = kv.run(Get::new(key.clone())).await?;
    let deleted = kv.run(Del::new(vec![key])).await?;
    if found.as_deref() == Some(value.as_bytes()) && deleted == 1 {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Internal, "the store does not give back what was written"))
}

fn reason(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Timeout => "timeout",
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::Busy => "busy",
        ErrorKind::Full => "full",
        ErrorKind::ReadOnly => "read-only",
        ErrorKind::Corrupt => "corrupt",
        ErrorKind::NewerFormat => "newer format",
        _ => "internal",
    }
}
