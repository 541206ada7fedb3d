//! What all requests share, and the bounds of one.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use bytes::Bytes;
use credenza_core::{Context, Effect, Error, Kv};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::body;
use crate::config::ServerConfig;
use crate::failure::Failure;
use crate::registry::Registry;
use crate::stores::Stores;

/// How much later than its deadline a store may answer before nobody waits any more.
const LATENESS: Duration = Duration::from_millis(250);
/// The unit in which the bytes of bodies are counted.
const BODY_UNIT: usize = 1024;
/// More changes than ever run at once.
const TASKS: u32 = 1 << 20;

/// What all requests share.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) kv: Kv,
    pub(crate) stores: Stores,
    pub(crate) registry: Registry,
    pub(crate) config: ServerConfig,
    /// Whether the store gives versions, and the server entity tags.
    pub(crate) versions: bool,
    turns: Semaphore,
    bodies: Semaphore,
    uploads: Arc<Semaphore>,
    /// Each change that outlives its request holds one.
    tasks: Arc<Semaphore>,
}

impl App {
    pub(crate) fn new(
        kv: Kv,
        stores: Stores,
        registry: Registry,
        versions: bool,
        config: ServerConfig,
    ) -> App {
        App {
            kv,
            stores,
            registry,
            versions,
            turns: Semaphore::new(config.max_requests.min(Semaphore::MAX_PERMITS)),
            bodies: Semaphore::new(config.max_bodies.div_ceil(BODY_UNIT).min(Semaphore::MAX_PERMITS)),
            uploads: Arc::new(Semaphore::new(config.max_uploads.min(Semaphore::MAX_PERMITS))),
            tasks: Arc::new(Semaphore::new(TASKS as usize)),
            config,
        }
    }

    /// The store and the others, where each call has as long as a request may take.
    pub(crate) fn fresh(&self) -> (Kv, Stores) {
        let context = deadline(Instant::now() + self.config.request_timeout);
        (self.kv.clone().with_context(context.clone()), self.stores.within(&context))
    }

    /// Does work that goes on when its request is given up: a change that has begun is brought to its end.
    pub(crate) async fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Work<T> {
        let running = Arc::clone(&self.tasks).acquire_owned().await;
        Work(tokio::spawn(async move {
            let _running = running;
            work.await
        }))
    }

    /// Waits until all such work is done.
    pub(crate) async fn idle(&self) {
        // Nobody closes the semaphore.
        let _all = self.tasks.acquire_many(TASKS).await;
    }
}

/// Work that goes on by itself.
#[derive(Debug)]
pub(crate) struct Work<T>(JoinHandle<Result<T, Failure>>);

impl<T> Work<T> {
    /// Its outcome.
    pub(crate) async fn outcome(self) -> Result<T, Failure> {
        match self.0.await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::internal("a task panicked").with_effect(Effect::MaybeApplied).into()),
        }
    }
}

/// One request on its way: the store as it may use it, and until when.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) app: &'a Arc<App>,
    /// The store, with the deadline of the request.
    pub(crate) kv: Kv,
    pub(crate) deadline: Instant,
}

impl<'a> Call<'a> {
    pub(crate) fn start(app: &'a Arc<App>) -> Call<'a> {
        let until = Instant::now() + app.config.request_timeout;
        let kv = app.kv.clone().with_context(deadline(until));
        Call { app, kv, deadline: until }
    }

    /// What a call of another store carries.
    pub(crate) fn context(&self) -> Context {
        deadline(self.deadline)
    }

    /// The same for content that streams.
    pub(crate) fn transfer(&self) -> Context {
        deadline(Instant::now() + self.app.config.transfer_timeout)
    }

    pub(crate) async fn read<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        self.work(work, Effect::NotApplied).await
    }

    pub(crate) async fn write<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
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
    pub(crate) async fn room(&self, bytes: usize) -> Result<SemaphorePermit<'a>, Failure> {
        let all = self.app.config.max_bodies.div_ceil(BODY_UNIT);
        let units = u32::try_from(bytes.div_ceil(BODY_UNIT).min(all)).unwrap_or(u32::MAX);
        permit(timeout_at(self.deadline, self.app.bodies.acquire_many(units)).await)
    }

    /// Waits until another object may stream in.
    pub(crate) async fn upload(&self) -> Result<OwnedSemaphorePermit, Failure> {
        permit(timeout_at(self.deadline, Arc::clone(&self.app.uploads).acquire_owned()).await)
    }

    /// Reads a body of JSON, which is bounded in size and in time.
    pub(crate) async fn json(
        &self,
        headers: &HeaderMap,
        content: Body,
    ) -> Result<(Bytes, SemaphorePermit<'a>), Failure> {
        body::require_json(headers)?;
        self.short(headers, content, self.app.config.limits.body).await
    }

    /// Reads a body of at most so many bytes.
    pub(crate) async fn short(
        &self,
        headers: &HeaderMap,
        content: Body,
        limit: usize,
    ) -> Result<(Bytes, SemaphorePermit<'a>), Failure> {
        let announced = body::announced(headers, limit as u64)?;
        let length = announced.and_then(|length| usize::try_from(length).ok()).unwrap_or(limit);
        let room = self.room(length).await?;
        let read = timeout_at(self.deadline, body::read(content, length)).await;
        Ok((read.unwrap_or_else(|_| Err(Failure::late()))?, room))
    }
}

fn deadline(until: Instant) -> Context {
    Context::new().with_deadline(until.into_std())
}

fn permit<P, E, T>(outcome: Result<Result<P, E>, T>) -> Result<P, Failure> {
    match outcome {
        Ok(Ok(permit)) => Ok(permit),
        // Nobody closes the semaphores; the other case is a time-out.
        _ => Err(Failure::busy()),
    }
}
