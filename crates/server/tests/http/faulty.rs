//! A store that misbehaves when it is told to.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use credenza_core::{
    Capabilities, Context, Effect, Error, ErrorKind, Execution, Kv, KvStore, Request, StoreInfo,
};
use credenza_memory::MemoryStore;
use credenza_server::ServerConfig;

use crate::server::{Server, clock, memory};

/// What it does with a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    Sound,
    Fails(ErrorKind, Effect),
    NeverAnswers,
    Answers {
        after: Duration,
    },
    Panics,
    /// Takes a write and forgets it.
    Forgets,
}

#[derive(Debug)]
pub(crate) struct Faulty<S> {
    inner: S,
    mode: Mutex<Mode>,
    requests: AtomicUsize,
    capabilities: Capabilities,
}

impl<S: KvStore> Faulty<S> {
    pub(crate) fn new(inner: S) -> Arc<Faulty<S>> {
        Faulty::with(inner, |_| {})
    }

    /// One that promises less than the store below.
    pub(crate) fn with(inner: S, change: impl FnOnce(&mut Capabilities)) -> Arc<Faulty<S>> {
        let mut capabilities = inner.capabilities();
        change(&mut capabilities);
        Arc::new(Faulty { inner, mode: Mutex::new(Mode::Sound), requests: AtomicUsize::new(0), capabilities })
    }

    pub(crate) fn set(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    /// How many requests it got since it was asked last.
    pub(crate) fn requests(&self) -> usize {
        self.requests.swap(0, Ordering::SeqCst)
    }
}

impl<S: KvStore> KvStore for Faulty<S> {
    fn info(&self) -> &StoreInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let mode = *self.mode.lock().unwrap();
        match mode {
            Mode::Sound => self.inner.execute(cx, request),
            Mode::Fails(kind, effect) => {
                Execution::ready(Err(Error::new(kind, "a text with /a/secret/path").with_effect(effect)))
            }
            Mode::NeverAnswers => Execution::wait(std::future::pending()),
            Mode::Answers { after } => {
                let cx = cx.clone();
                Execution::wait(async move {
                    tokio::time::sleep(after).await;
                    self.inner.execute(&cx, request).await
                })
            }
            Mode::Panics => panic!("told to"),
            Mode::Forgets if request.commands().iter().any(|one| one.info().name == "SET") => {
                let answer = credenza_core::SetReply { applied: true, previous: None };
                Execution::ready(Ok(credenza_core::Response::One(credenza_core::Reply::Set(answer))))
            }
            Mode::Forgets => self.inner.execute(cx, request),
        }
    }
}

/// A server on a store that misbehaves.
pub(crate) fn faulty(config: ServerConfig) -> (Server, Arc<Faulty<MemoryStore>>) {
    let clock = clock();
    let store = Faulty::new(memory(&clock));
    let server = Server::on(Kv::from(Arc::clone(&store) as Arc<dyn KvStore>), clock, config);
    (server, store)
}
