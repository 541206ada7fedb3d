//! From a path to what answers it.

use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::app::{App, Call};
use crate::failure::Failure;
use crate::target::{self, Store};
use crate::{d1, health, kv, r2, resources};

/// Answers a request; beside the answer, the name of its route for the log. It reads the path itself: a router would
/// decode leniently.
///
/// What waits is in futures of their own, so that a request moves only what it needs.
pub(crate) async fn answer(app: &Arc<App>, parts: &Parts, body: Body) -> (&'static str, Response) {
    let path = parts.uri.path();
    let (route, outcome) = if path == "/api/storage" || path.starts_with("/api/storage/") {
        storage(app, parts, body).await
    } else if let Some(operation) = path.strip_prefix("/api/resources/") {
        Box::pin(resources::answer(&Call::start(app), operation, parts, body)).await
    } else {
        match path {
            "/healthz" => ("/healthz", probe(parts).map(|()| health::live())),
            "/readyz" => match probe(parts) {
                Ok(()) => ("/readyz", Ok(Box::pin(health::ready(app)).await)),
                Err(failure) => ("/readyz", Err(failure)),
            },
            _ => ("-", Err(Failure::new(StatusCode::NOT_FOUND, "Not found"))),
        }
    };
    (route, outcome.unwrap_or_else(Failure::into_response))
}

async fn storage(app: &Arc<App>, parts: &Parts, body: Body) -> (&'static str, Result<Response, Failure>) {
    let target = match target::parse(parts.uri.path(), &app.config.limits) {
        Ok(target) => target,
        Err(failure) => return ("/api/storage", Err(failure)),
    };
    let call = Call::start(app);
    let outcome = match target.store {
        Store::Kv => kv::answer(&call, &target, parts, body).await,
        Store::D1 => Box::pin(d1::answer(&call, &target, parts, body)).await,
        Store::R2 => Box::pin(r2::answer(&call, &target, parts, body)).await,
    };
    (target.route(), outcome)
}

fn probe(parts: &Parts) -> Result<(), Failure> {
    match parts.method {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(Failure::method("GET, HEAD")),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use credenza_core::Kv;
    use credenza_memory::{MemoryConfig, MemoryStore};

    use super::*;
    use crate::config::ServerConfig;
    use crate::proxy::Proxy;

    /// It is moved more than once on its way, for every request.
    #[test]
    fn an_answer_that_is_awaited_is_small() {
        let kv = Kv::new(MemoryStore::open(MemoryConfig::default()).unwrap());
        let proxy = Proxy::new(kv.into(), &ServerConfig::default()).unwrap();
        let (parts, ()) = Request::new(()).into_parts();
        let size = size_of_val(&answer(&proxy.0, &parts, Body::empty()));
        assert!(size <= 4096, "{size} bytes");
    }
}
