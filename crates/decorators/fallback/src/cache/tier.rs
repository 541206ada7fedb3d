use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use credenza_core::command::{Access, Get};
use credenza_core::{
    Capabilities, Command, CommandId, Consistency, Context, Error, Execution, KvStore, Reply, Request,
    Response, Result, StoreInfo,
};

use super::config::{CacheConfig, CacheStats};
use super::entry::Entry;
use super::flights::Flights;
use super::suspects::Suspects;
use crate::patience::within;

pub(super) const NAME: &str = "cache";

/// A store with a cache in front of it: strings that are read one at a time (`GET`) are kept there for a while, in a store that is quicker or
/// closer, and that all processes share or not.
///
/// # Consistency
/// A write marks its keys in the cache before it goes to the store, and takes the marks away after it is acknowledged. As long as a mark stands, nobody
/// reads the key from the cache and nobody fills it; a fill that began before the mark comes to nothing. So an
/// acknowledged write is seen by every read that begins after it, in every process that shares the cache, and one that crashes leaves a
/// mark that expires, and nothing stale. Old values can be read, for [`CacheConfig::ttl`] at most, when
/// - somebody writes to the store past this layer;
/// - the cache is out while another process writes (this one passes by keys that it could not mark);
/// - a write takes longer than [`CacheConfig::lease`];
/// - a read joins one that is on its way and began before a write of another process: until that one has answered.
///
/// The capabilities say [`Consistency::ReplicaLag`].
///
/// # What is kept
/// A value stays as long as the store below says that the key lives, and no longer than `ttl`. Many who miss a key at the same time read it
/// once. Everything but a single `GET` goes to the store below. While the cache is out or slow it is passed by; it is never the reason for
/// an error.
///
/// A value stands in the cache as it comes through this layer: put it inside of `encrypted`, next to the store, unless the cache is the memory of this
/// process. The cache stands under the same keys in a store that has nothing else: give it a namespace of its own where it shares one.
#[derive(Debug)]
pub struct CacheTier<F, B> {
    pub(super) front: F,
    pub(super) back: B,
    pub(super) config: CacheConfig,
    pub(super) flights: Flights,
    pub(super) suspects: Suspects,
    pub(super) counts: Counts,
    info: StoreInfo,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    hits: AtomicU64,
    misses: AtomicU64,
    pub(super) joined: AtomicU64,
    pub(super) fills: AtomicU64,
    pub(super) failures: AtomicU64,
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl<F: KvStore, B: KvStore> CacheTier<F, B> {
    /// `back`, with `front` as its cache.
    ///
    /// # Errors
    /// `Unsupported` if the cache lacks a command that it needs: `GET`, `SET`, `SETIFEQUAL`, `DELIFEQUAL`, `CLEAR`.
    /// `InvalidArgument` for times shorter than a millisecond.
    pub fn new(front: F, back: B, config: CacheConfig) -> Result<CacheTier<F, B>> {
        use CommandId::{Clear, DelIfEqual, Get, Set, SetIfEqual};
        let has = front.capabilities().commands;
        if let Some(lacking) =
            [Get, Set, SetIfEqual, DelIfEqual, Clear].into_iter().find(|id| !has.contains(*id))
        {
            return Err(Error::unsupported(lacking.info().name).on(NAME));
        }
        if config.ttl.as_millis() == 0 || config.lease.as_millis() == 0 {
            return Err(Error::invalid("values and leases of a cache live for a millisecond at least"));
        }
        let info = StoreInfo::decorator(NAME, back.info());
        Ok(CacheTier {
            front,
            back,
            config,
            flights: Flights::default(),
            suspects: Suspects::default(),
            counts: Counts::default(),
            info,
        })
    }

    /// What it did so far.
    pub fn stats(&self) -> CacheStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CacheStats {
            hits: read(&self.counts.hits),
            misses: read(&self.counts.misses),
            joined: read(&self.counts.joined),
            fills: read(&self.counts.fills),
            failures: read(&self.counts.failures),
        }
    }

    /// The context for the cache, which must not keep anybody waiting.
    fn brief(&self, cx: &Context) -> Context {
        cx.within(Some(self.config.patience))
    }

    pub(super) async fn ask_front(&self, cx: &Context, request: Request) -> Result<Response> {
        within(self.config.patience, self.front.execute(&self.brief(cx), request)).await
    }

    /// What stands in the cache; `None` if it cannot be known.
    pub(super) fn entry(&self, answer: Result<Response>) -> Option<Option<Entry>> {
        match answer.and_then(Response::one) {
            Ok(Reply::Value(stored)) => Some(stored.as_ref().map(Entry::read)),
            _ => {
                count(&self.counts.failures);
                None
            }
        }
    }

    fn hit(&self, cx: &Context, value: Bytes) -> Response {
        count(&self.counts.hits);
        cx.note(NAME, "hit");
        Response::One(Reply::Value(Some(value)))
    }

    fn get<'a>(&'a self, cx: &Context, get: Get) -> Execution<'a> {
        let key = get.key.as_bytes().clone();
        if self.suspects.has(&key) {
            count(&self.counts.misses);
            return self.back.execute(cx, Request::One(get.into()));
        }
        let asked = self.front.execute(&self.brief(cx), Request::One(get.into()));
        let (found, waiting) = match asked.try_ready() {
            Ok(answer) => match self.entry(answer) {
                Some(Some(Entry::Value(value))) => return Execution::ready(Ok(self.hit(cx, value))),
                entry => (entry, None),
            },
            Err(waiting) => (None, Some(waiting)),
        };
        let cx = cx.clone();
        Execution::wait(async move {
            let found = match waiting {
                Some(waiting) => self.entry(within(self.config.patience, waiting).await),
                None => found,
            };
            if let Some(Some(Entry::Value(value))) = found {
                return Ok(self.hit(&cx, value));
            }
            count(&self.counts.misses);
            self.miss(&cx, &key, found).await.map(|value| Response::One(Reply::Value(value)))
        })
    }
}

impl<F: KvStore, B: KvStore> KvStore for CacheTier<F, B> {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.back.capabilities();
        if capabilities.consistency == Consistency::Linearizable {
            capabilities.consistency = Consistency::ReplicaLag;
        }
        capabilities
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        match request {
            Request::One(Command::Get(get)) => self.get(cx, get),
            request if request.commands().iter().any(|command| command.info().access == Access::Write) => {
                let cx = cx.clone();
                Execution::wait(async move { self.write(&cx, request).await })
            }
            request => self.back.execute(cx, request),
        }
    }
}
