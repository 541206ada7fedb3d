//! The application: routes, shared state, and the bounds of a request.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use credenza_core::{CommandId, CommandSet, Context, Effect, Error, ErrorKind, Kv, Result};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};
use tower_http::catch_panic::CatchPanicLayer;

use crate::config::ServerConfig;
use crate::failure::Failure;
use crate::observe::{Route, observe};
use crate::target::{self, Target};
use crate::{body, health, list, query, value};

/// How much later than its deadline a store may answer before nobody waits any more.
const LATENESS: Duration = Duration::from_millis(250);
/// The unit in which the bytes of bodies are counted.
const BODY_UNIT: usize = 1024;

/// What all requests share.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) kv: Kv,
    pub(crate) config: ServerConfig,
    /// Whether the store gives versions, and the server entity tags.
    pub(crate) versions: bool,
    turns: Semaphore,
    bodies: Semaphore,
}

/// The application on a store: `/api/storage/…`, `/healthz`, `/readyz`.
///
/// # Errors
/// `Unsupported` if the store lacks a command that the server needs, or atomic batches.
pub fn router(kv: Kv, config: &ServerConfig) -> Result<Router> {
    const NEEDED: [CommandId; 6] = [
        CommandId::Get,
        CommandId::Set,
        CommandId::Del,
        CommandId::Scan,
        CommandId::MGet,
        CommandId::ExpireTime,
    ];
    kv.require(NEEDED.into_iter().collect::<CommandSet>())?;
    let capabilities = kv.capabilities();
    if !capabilities.atomic_batches {
        let message = format!("{} does not support atomic batches", kv.stack());
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    let app = Arc::new(App {
        versions: capabilities.versions && capabilities.commands.contains(CommandId::GetVersioned),
        turns: Semaphore::new(config.max_requests.min(Semaphore::MAX_PERMITS)),
        bodies: Semaphore::new(config.max_bodies.div_ceil(BODY_UNIT).min(Semaphore::MAX_PERMITS)),
        config: config.clone(),
        kv,
    });
    let health_methods = || async { Failure::method("GET, HEAD") };
    Ok(Router::new()
        .route("/healthz", get(health::live).fallback(health_methods))
        .route("/readyz", get(health::ready).fallback(health_methods))
        .fallback(storage)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&app), observe))
        .with_state(app))
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Failure::from(Error::internal("a handler panicked").with_effect(Effect::MaybeApplied)).into_response()
}

/// Everything under `/api/storage`. It reads the path itself: a router would decode leniently.
async fn storage(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    if path != "/api/storage" && !path.starts_with("/api/storage/") {
        return Failure::new(StatusCode::NOT_FOUND, "Not found").into_response();
    }
    let (route, outcome) = match target::parse(path, &app.config) {
        Ok(target) => (target.route(), answer(&app, target, &parts, body).await),
        Err(failure) => ("/api/storage", Err(failure)),
    };
    let mut response = outcome.unwrap_or_else(Failure::into_response);
    response.extensions_mut().insert(Route(route));
    response
}

async fn answer(app: &App, target: Target<'_>, parts: &Parts, body: Body) -> Result<Response, Failure> {
    let call = Call::start(app);
    let query = parts.uri.query();
    match target {
        Target::Database => Err(Failure::new(StatusCode::SERVICE_UNAVAILABLE, "D1 not configured")),
        Target::Objects => Err(Failure::new(StatusCode::SERVICE_UNAVAILABLE, "R2 not configured")),
        Target::Namespace { namespace } => match parts.method {
            Method::GET | Method::HEAD => {
                let asked = query::ListQuery::parse(query, &app.config)?;
                call.read(list::list(&call, &namespace, &asked)).await
            }
            Method::PUT | Method::DELETE => Err(Failure::key_required()),
            _ => Err(Failure::method("GET, HEAD")),
        },
        Target::Key { namespace, key } => match parts.method {
            Method::GET | Method::HEAD if query::with_metadata(query)? => {
                call.read(value::get_with_metadata(&call, &namespace, &key)).await
            }
            Method::GET | Method::HEAD => {
                call.read(value::get(&call, &namespace, &key, &parts.headers)).await
            }
            Method::PUT => {
                query::none(query)?;
                body::require_json(&parts.headers)?;
                let length = body::announced(&parts.headers, app.config.max_body)?;
                let _room = call.room(length).await?;
                let json = timeout_at(call.deadline, body::read(body, length)).await;
                let json = json
                    .unwrap_or_else(|_| Err(Failure::new(StatusCode::REQUEST_TIMEOUT, "Request timeout")))?;
                let put = body::parse(&json, &app.config)?;
                drop(json);
                call.write(value::put(&call, &namespace, &key, put, &parts.headers)).await
            }
            Method::DELETE => {
                query::none(query)?;
                call.write(value::delete(&call, &namespace, &key, &parts.headers)).await
            }
            _ => Err(Failure::method("GET, HEAD, PUT, DELETE")),
        },
    }
}

/// One request on its way: the store as it may use it, and until when.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) app: &'a App,
    /// The store, with the deadline of the request.
    pub(crate) kv: Kv,
    deadline: Instant,
}

impl<'a> Call<'a> {
    fn start(app: &'a App) -> Call<'a> {
        let deadline = Instant::now() + app.config.request_timeout;
        let kv = app.kv.clone().with_context(Context::new().with_deadline(deadline.into_std()));
        Call { app, kv, deadline }
    }

    async fn read<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        self.work(work, Effect::NotApplied).await
    }

    async fn write<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        self.work(work, Effect::MaybeApplied).await
    }

    /// Does the work when it is this request's turn. The store has the deadline too and says more about what
    /// happened, so it is given a moment longer.
    async fn work<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
        effect: Effect,
    ) -> Result<T, Failure> {
        let _turn = permit(timeout_at(self.deadline, self.app.turns.acquire()).await)?;
        timeout_at(self.deadline + LATENESS, work).await.unwrap_or_else(|_| Err(Failure::silent(effect)))
    }

    /// Waits until there is room for a body of so many bytes.
    async fn room(&self, bytes: usize) -> Result<SemaphorePermit<'a>, Failure> {
        let all = self.app.config.max_bodies.div_ceil(BODY_UNIT);
        let units = u32::try_from(bytes.div_ceil(BODY_UNIT).min(all)).unwrap_or(u32::MAX);
        permit(timeout_at(self.deadline, self.app.bodies.acquire_many(units)).await)
    }
}

fn permit<P, E, T>(outcome: Result<Result<P, E>, T>) -> Result<P, Failure> {
    match outcome {
        Ok(Ok(permit)) => Ok(permit),
        // Nobody closes the semaphores; the other case is a time-out.
        _ => Err(Failure::busy()),
    }
}
