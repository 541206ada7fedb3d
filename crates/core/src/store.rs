//! What a key-value store is: one method.

use std::borrow::Cow;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};

use crate::batch::{Batch, BatchReply, Mode};
use crate::command::{Command, CommandSet};
use crate::context::Context;
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::limits::Limits;
use crate::reply::Reply;
use crate::semantics::validate;

/// What a store is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// One command.
    One(Command),
    /// Several.
    Batch(Batch),
}

/// What a store answers: [`Response::One`] to [`Request::One`], [`Response::Batch`] to [`Request::Batch`].
#[derive(Debug)]
pub enum Response {
    /// The reply to one command.
    One(Reply),
    /// The replies to a batch.
    Batch(BatchReply),
}

impl Response {
    /// The reply to one command.
    #[inline]
    pub fn one(self) -> Result<Reply> {
        match self {
            Response::One(reply) => Ok(reply),
            Response::Batch(_) => Err(Error::internal("the store answered one command with a batch")
                .with_effect(Effect::MaybeApplied)),
        }
    }

    /// The replies to a batch.
    #[inline]
    pub fn batch(self) -> Result<BatchReply> {
        match self {
            Response::Batch(replies) => Ok(replies),
            Response::One(_) => Err(Error::internal("the store answered a batch with one reply")
                .with_effect(Effect::MaybeApplied)),
        }
    }
}

impl Request {
    /// Every command in it, in order.
    pub fn commands(&self) -> &[Command] {
        match self {
            Request::One(command) => std::slice::from_ref(command),
            Request::Batch(batch) => &batch.commands,
        }
    }

    /// Answers each command by itself: for a store without atomic batches, which it refuses. A pipelined batch
    /// goes on after a command that failed.
    pub fn each(self, mut answer: impl FnMut(Command) -> Result<Reply>) -> Result<Response> {
        validate::request(&self)?;
        match self {
            Request::One(command) => answer(command).map(Response::One),
            Request::Batch(batch) if batch.mode == Mode::Atomic => {
                Err(Error::new(ErrorKind::Unsupported, "this store does not support atomic batches"))
            }
            Request::Batch(batch) => {
                let replies = batch.commands.into_iter().enumerate();
                let replies =
                    replies.map(|(index, command)| answer(command).map_err(|error| error.at(index)));
                Ok(Response::Batch(BatchReply { replies: replies.collect(), version: None }))
            }
        }
    }

    /// Every command in it, in order, to be changed.
    pub fn commands_mut(&mut self) -> &mut [Command] {
        match self {
            Request::One(command) => std::slice::from_mut(command),
            Request::Batch(batch) => &mut batch.commands,
        }
    }
}

/// An answer that is there already, or one to wait for.
///
/// It is a future. A store that answers from memory gives [`Execution::ready`], which allocates nothing however
/// many layers it passes; one that has to wait gives [`Execution::wait`].
#[must_use = "a request may do nothing until its answer is awaited"]
pub struct Execution<'a>(State<'a>);

enum State<'a> {
    Ready(Option<Result<Response>>),
    Waiting(Pin<Box<dyn Future<Output = Result<Response>> + Send + 'a>>),
}

impl<'a> Execution<'a> {
    /// The answer.
    #[inline]
    pub fn ready(answer: Result<Response>) -> Execution<'a> {
        Execution(State::Ready(Some(answer)))
    }

    /// An answer to wait for.
    pub fn wait(answer: impl Future<Output = Result<Response>> + Send + 'a) -> Execution<'a> {
        Execution(State::Waiting(Box::pin(answer)))
    }

    /// The answer if it is there already, else what to wait for: for a decorator that has more to do than
    /// [`Execution::map`] can, and keeps the ready path free of boxes.
    #[inline]
    pub fn try_ready(self) -> Result<Result<Response>, Execution<'a>> {
        match self.0 {
            State::Ready(Some(answer)) => Ok(answer),
            waiting => Err(Execution(waiting)),
        }
    }

    /// The answer, changed by `change` once it is there.
    #[inline]
    pub fn map(self, change: impl FnOnce(Result<Response>) -> Result<Response> + Send + 'a) -> Execution<'a> {
        match self.0 {
            State::Ready(Some(answer)) => Execution::ready(change(answer)),
            waiting => Execution::wait(async move { change(Execution(waiting).await) }),
        }
    }
}

impl Future for Execution<'_> {
    type Output = Result<Response>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Ready(answer) => Poll::Ready(
                answer.take().unwrap_or_else(|| Err(Error::internal("an answer was awaited twice"))),
            ),
            State::Waiting(answer) => answer.as_mut().poll(cx),
        }
    }
}

impl Debug for Execution<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &self.0 {
            State::Ready(_) => "Execution(ready)",
            State::Waiting(_) => "Execution(waiting)",
        })
    }
}

/// A key-value store: it executes commands.
///
/// A backend keeps data; a decorator holds another store and passes requests on. Both implement this one method,
/// so nothing is forgotten when a command is added.
pub trait KvStore: Debug + Send + Sync + 'static {
    /// Its name, and those of the layers below it.
    fn info(&self) -> &StoreInfo;

    /// What it can do. A decorator gives what the store below it can do, less what it takes away.
    fn capabilities(&self) -> Capabilities;

    /// Executes a request.
    ///
    /// A store that cannot honour a command answers [`Error::unsupported`] before anything is changed. It
    /// looks at the deadline of `cx`, and says in its errors whether a write may have happened. The returned
    /// future can be dropped at any point; the store stays sound, and the write may still be applied. It may outlive
    /// `cx`, so that a decorator can ask with a context of its own; a store that waits clones what it needs of it.
    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a>;
}

impl<S: KvStore + ?Sized> KvStore for Arc<S> {
    fn info(&self) -> &StoreInfo {
        (**self).info()
    }

    fn capabilities(&self) -> Capabilities {
        (**self).capabilities()
    }

    #[inline]
    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        (**self).execute(cx, request)
    }
}

/// The name of a store, and those of the layers below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreInfo {
    layers: Vec<Cow<'static, str>>,
}

impl StoreInfo {
    /// A backend: the scheme of its URL.
    pub fn backend(name: impl Into<Cow<'static, str>>) -> StoreInfo {
        StoreInfo { layers: vec![name.into()] }
    }

    /// A decorator on another store.
    pub fn decorator(name: impl Into<Cow<'static, str>>, inner: &StoreInfo) -> StoreInfo {
        StoreInfo { layers: std::iter::once(name.into()).chain(inner.layers.iter().cloned()).collect() }
    }

    /// The name of the store itself.
    pub fn name(&self) -> &str {
        self.layers.first().map_or("", |name| name)
    }

    /// The names of all layers, outermost first.
    pub fn layers(&self) -> impl Iterator<Item = &str> + Clone {
        self.layers.iter().map(|name| &**name)
    }

    /// All layers, outermost first: `monitored › memory`.
    pub fn stack(&self) -> String {
        self.layers.join(" › ")
    }
}

/// What an acknowledged write survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Durability {
    /// Nothing is promised.
    Unknown,
    /// It lives in the memory of the process.
    None,
    /// A crash of the process; a power cut may lose the last writes.
    ProcessCrash,
    /// A power cut, as far as the disk keeps its word.
    PowerLoss,
}

/// What a reader sees of other callers' writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Consistency {
    /// Nothing is promised.
    Unknown,
    /// Reads may come from a replica that lags behind.
    ReplicaLag,
    /// Every operation takes effect at one point between its start and its end.
    Linearizable,
}

/// What a store can do.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Capabilities {
    /// The commands it honours.
    pub commands: CommandSet,
    /// Whether it honours atomic batches, with checks.
    pub atomic_batches: bool,
    /// Whether keys have versions.
    pub versions: bool,
    /// Whether a scan returns keys in the order of their bytes.
    pub ordered_scan: bool,
    /// What an acknowledged write survives.
    pub durability: Durability,
    /// What a reader sees of other callers' writes.
    pub consistency: Consistency,
    /// How large things may be.
    pub limits: Limits,
}

impl Capabilities {
    /// A store with these commands that promises nothing more.
    pub fn of(commands: CommandSet) -> Capabilities {
        Capabilities {
            commands,
            atomic_batches: false,
            versions: false,
            ordered_scan: false,
            durability: Durability::Unknown,
            consistency: Consistency::Unknown,
            limits: Limits::default(),
        }
    }
}
