//! From a path to what answers it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::app::{App, Call};
use crate::failure::Failure;
use crate::observe::Route;
use crate::target::{self, Store};
use crate::{d1, kv, r2, resources};

/// Everything under `/api`. It reads the path itself: a router would decode leniently.
pub(crate) async fn answer(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let (route, outcome) = if path == "/api/storage" || path.starts_with("/api/storage/") {
        storage(&app, &parts, body).await
    } else if let Some(operation) = path.strip_prefix("/api/resources/") {
        resources::answer(&Call::start(&app), operation, &parts, body).await
    } else {
        ("-", Err(Failure::new(StatusCode::NOT_FOUND, "Not found")))
    };
    let mut response = outcome.unwrap_or_else(Failure::into_response);
    response.extensions_mut().insert(Route(route));
    response
}

async fn storage(app: &Arc<App>, parts: &Parts, body: Body) -> (&'static str, Result<Response, Failure>) {
    let target = match target::parse(parts.uri.path(), &app.config.limits) {
        Ok(target) => target,
        Err(failure) => return ("/api/storage", Err(failure)),
    };
    let call = Call::start(app);
    let outcome = match target.store {
        Store::Kv => kv::answer(&call, &target, parts, body).await,
        Store::D1 => d1::answer(&call, &target, parts, body).await,
        Store::R2 => r2::answer(&call, &target, parts, body).await,
    };
    (target.route(), outcome)
}
