//! [`FallbackWrites`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use credenza_core::command::Part;
use credenza_core::semantics::validate;
use credenza_core::{
    Capabilities, Command, Consistency, Context, Effect, Error, ErrorKind, Execution, KvStore, Request,
    Response, Result, Retry, StoreInfo,
};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::config::{FallbackWritesConfig, JournalStats, Writers};
use super::entry::{Entry, answer};
use super::journal::{Head, Journal};
use super::overlay::Overlay;
use super::pending::Pending;
use super::replay::Replay;

const NAME: &str = "fallback";
/// So many writes are brought to the store in one step.
const STEP: usize = 64;

/// A store whose writes are taken by a journal in another store while it is out, and are brought to it, in their order and each once, when it is
/// back.
///
/// # What is taken
/// Writes of strings that do not depend on what stands there: `SET` without condition, `GET` or `KEEPTTL`, `MSET`, `DEL`, and batches of them without checks. They
/// are taken when the store failed with `Unavailable` or `Timeout` and did not apply them for certain; one that may have been applied is an
/// error, and is never written elsewhere. Everything else fails while the store is out.
///
/// # Consistency
/// - A write that was taken is as durable as the store of the journal is, and is seen by every `GET`, `MGET` and `EXISTS` through this layer from then
///   on. Other processes see it when it was brought to the store.
/// - Later writes to the same key are taken too, until all before them are written. Other requests that touch such a key, scans and `CLEAR` bring the
///   journal to the store first, and fail if that fails.
/// - Times to live go on while a write waits: what expired meanwhile is deleted.
/// - Every write reaches the store once, in the order in which it was taken: its number stands in the store, under `credenza:journal:…`, and is
///   checked and set in the same atomic batch. A process that crashes goes on where it was, with the same name and journal.
/// - What others wrote meanwhile is not undone unless [`Writers`] says so.
/// - What a `DEL` that was taken answers counts every key: nobody knows which were there.
///
/// The capabilities say [`Consistency::ReplicaLag`] and not more.
///
/// # Where it stands
/// Outside of a `resilient` with a circuit breaker, so that a store that hangs fails at once; inside of `encrypted`, so that the journal is
/// encrypted too. In a Redis cluster, inside of a namespace in one slot.
///
/// # Errors
/// Those of the store, and if the journal takes nothing either, both causes in one error. It fails with `Conflict` when another process uses the same journal.
#[derive(Debug)]
pub struct FallbackWrites<P, J> {
    shared: Arc<Shared<P, J>>,
    info: StoreInfo,
    replaying: AbortHandle,
}

#[derive(Debug)]
struct Shared<P, J> {
    store: P,
    journal: Journal<J>,
    writers: Writers,
    config: FallbackWritesConfig,
    /// Whoever holds it appends.
    log: tokio::sync::Mutex<Log>,
    /// Whoever holds it writes to the store what waits.
    replaying: tokio::sync::Mutex<()>,
    pending: Mutex<Pending>,
    /// Whether anything waits: as a rule nothing does, and no request takes the lock.
    any: AtomicBool,
    wake: Notify,
    counts: Counts,
    refused: Mutex<Option<String>>,
}

#[derive(Debug)]
struct Log {
    head: Head,
    /// An append came to no end: what is in the journal has to be read.
    stale: bool,
}

#[derive(Debug, Default)]
struct Counts {
    taken: AtomicU64,
    written: AtomicU64,
    kept: AtomicU64,
}

/// What waiting writes mean for a request.
enum Touch {
    /// Nothing.
    None,
    /// It can be answered from them.
    Read(Overlay),
    /// They have to be written before it.
    Waits,
}

impl<P: KvStore, J: KvStore> FallbackWrites<P, J> {
    /// `store`, with a journal that `journal` keeps. What the journal has from before is brought to the store.
    ///
    /// It starts a task of the runtime, which ends when this is dropped.
    ///
    /// # Errors
    /// `Unsupported` if one of the stores has no atomic batches; `InvalidArgument` for a name that is none; those of the store of
    /// the journal.
    pub async fn open(
        store: P,
        journal: J,
        writers: Writers,
        config: FallbackWritesConfig,
    ) -> Result<FallbackWrites<P, J>> {
        if !store.capabilities().atomic_batches {
            let message = "a journal is brought only to a store with atomic batches";
            return Err(Error::new(ErrorKind::Unsupported, message).on(NAME));
        }
        let journal = Journal::new(journal, &config.name).map_err(|error| error.on(NAME))?;
        let (head, pending) = journal.open(&Context::new()).await.map_err(|error| error.on(NAME))?;
        let info = StoreInfo::decorator(NAME, store.info());
        let shared = Arc::new(Shared {
            store,
            journal,
            writers,
            config,
            log: tokio::sync::Mutex::new(Log { head, stale: false }),
            replaying: tokio::sync::Mutex::default(),
            any: AtomicBool::new(pending.any()),
            pending: Mutex::new(pending),
            wake: Notify::new(),
            counts: Counts::default(),
            refused: Mutex::default(),
        });
        shared.wake.notify_one();
        let replaying = tokio::spawn(keep_replaying(shared.clone())).abort_handle();
        Ok(FallbackWrites { shared, info, replaying })
    }

    /// Brings to the store what waits, now; gives how many writes it brought there.
    ///
    /// # Errors
    /// Those of the stores: what was not written still waits.
    pub async fn replay(&self, cx: &Context) -> Result<u64> {
        self.shared.replay(cx).await.map_err(|error| error.on(NAME))
    }

    /// What it did so far, and what waits.
    pub fn stats(&self) -> JournalStats {
        let counts = &self.shared.counts;
        JournalStats {
            waiting: self.shared.pending.lock().writes() as u64,
            taken: counts.taken.load(Ordering::Relaxed),
            written: counts.written.load(Ordering::Relaxed),
            kept: counts.kept.load(Ordering::Relaxed),
            refused: self.shared.refused.lock().clone(),
        }
    }
}

/// Tries, again and again, whenever anything waits.
async fn keep_replaying<P: KvStore, J: KvStore>(shared: Arc<Shared<P, J>>) {
    let patience = shared.config.patience;
    loop {
        shared.wake.notified().await;
        while shared.any.load(Ordering::Acquire) {
            let cx = Context::new().within(Some(patience));
            if !matches!(tokio::time::timeout(patience, shared.replay(&cx)).await, Ok(Ok(_))) {
                tokio::time::sleep(shared.config.retry).await;
            }
        }
    }
}

impl<P, J> Drop for FallbackWrites<P, J> {
    fn drop(&mut self) {
        self.replaying.abort();
    }
}

/// Whether an error says that the store is out, and that it changed nothing.
fn may_be_taken(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout)
        && error.effect() == Effect::NotApplied
}

impl<P: KvStore, J: KvStore> Shared<P, J> {
    fn touch(&self, request: &Request) -> Touch {
        if !self.any.load(Ordering::Acquire) {
            return Touch::None;
        }
        let pending = self.pending.lock();
        let whole = |command: &Command| matches!(command, Command::Scan(_) | Command::Clear(_));
        let mut touches = request.commands().iter().any(whole);
        let mut key = |key: &[u8]| touches |= pending.touches(key);
        for command in request.commands() {
            command.visit(&mut |part| {
                if let Part::Key(found) = part {
                    key(found);
                }
            });
        }
        if let Request::Batch(batch) = request {
            batch.checks.iter().for_each(|check| key(check.key()));
        }
        match (touches, touches.then(|| Overlay::of(request, &pending, self.config.clock.now())).flatten()) {
            (false, _) => Touch::None,
            (true, Some(overlay)) => Touch::Read(overlay),
            (true, None) => Touch::Waits,
        }
    }

    /// Reads the journal anew if nobody knows what is in it.
    async fn reload(&self, cx: &Context, log: &mut Log) -> Result<()> {
        if log.stale {
            let loaded = self.journal.reload(cx, &log.head).await;
            let (head, pending) = loaded.map_err(|error| error.with_effect(Effect::NotApplied))?;
            let mut waiting = self.pending.lock();
            self.any.store(pending.any(), Ordering::Release);
            *waiting = pending;
            *log = Log { head, stale: false };
        }
        Ok(())
    }

    /// Takes a write; `failed` is why the store did not, if it was asked.
    async fn take(
        &self,
        cx: &Context,
        request: &Request,
        entry: Entry,
        failed: Option<Error>,
    ) -> Result<Response> {
        let began = AtomicBool::new(false);
        let taken = async {
            validate::request(request)?;
            self.store.capabilities().limits.check(request)?;
            let mut log = self.log.lock().await;
            self.reload(cx, &mut log).await?;
            {
                let mut pending = self.pending.lock();
                if pending.writes() + entry.writes.len() > self.config.max_writes
                    || pending.bytes() + entry.size() > self.config.max_bytes
                {
                    return Err(Error::new(ErrorKind::LimitExceeded, "as many writes wait as may"));
                }
                // Whoever goes away from here on, or fails, leaves it to the next one to find out.
                log.stale = true;
                pending.unsure(&entry);
                self.any.store(true, Ordering::Release);
            }
            // Whatever becomes of it: it is brought to the store, or found out about.
            self.wake.notify_one();
            began.store(true, Ordering::Relaxed);
            let writes = entry.writes.len() as u64;
            let appended = self.journal.append(cx, &mut log.head, &entry).await;
            if !appended.as_ref().is_err_and(|error| error.effect() == Effect::MaybeApplied) {
                let mut pending = self.pending.lock();
                pending.sure();
                if let Ok(number) = appended {
                    pending.add(number, entry);
                }
                self.any.store(pending.any(), Ordering::Release);
                // Of another process nobody knows what it wrote.
                log.stale = appended.as_ref().is_err_and(|error| error.kind() == ErrorKind::Conflict);
            }
            appended?;
            self.counts.taken.fetch_add(writes, Ordering::Relaxed);
            Ok(())
        };
        let taken = tokio::time::timeout_at(self.end(cx), taken).await.unwrap_or_else(|_| {
            let error = Error::new(ErrorKind::Timeout, "the journal did not take the write in time");
            Err(if began.into_inner() { error.with_effect(Effect::MaybeApplied) } else { error })
        });
        match (taken, failed) {
            (Ok(()), _) => {
                cx.note(NAME, "taken by the journal");
                Ok(answer(request))
            }
            (Err(error), None) => Err(error.on(NAME)),
            (Err(error), Some(failed)) => {
                let causes = format!(
                    "nobody took the write: {}: {}; {}: {}",
                    self.store.info().name(),
                    failed.message(),
                    self.journal.name(),
                    error.message()
                );
                let both = Error::new(failed.kind(), causes).with_retry(failed.retry());
                Err(both.with_effect(error.effect()).with_source(failed).on(NAME))
            }
        }
    }

    /// When nobody waits for the journal any more.
    fn end(&self, cx: &Context) -> Instant {
        let patience = Instant::now() + self.config.patience;
        cx.deadline().map_or(patience, |deadline| patience.min(Instant::from_std(deadline)))
    }

    /// Brings all that waits to the store, for a request that waits for it.
    async fn replay_before(&self, cx: &Context) -> Result<()> {
        let late = "the writes that wait were not brought to the store in time";
        let replayed = tokio::time::timeout_at(self.end(cx), self.replay(cx)).await;
        // What the journal brought is its own: the request itself changed nothing.
        let replayed = replayed.unwrap_or_else(|_| Err(Error::new(ErrorKind::Timeout, late)));
        replayed.map(drop).map_err(|error| error.with_effect(Effect::NotApplied).on(NAME))
    }

    /// Brings all that waits to the store; gives how many writes that were.
    async fn replay(&self, cx: &Context) -> Result<u64> {
        let _only = self.replaying.lock().await;
        let mut brought = 0;
        let mut step = match self.writers {
            Writers::OnlyThis => STEP,
            Writers::Others(_) => 1,
        };
        loop {
            let journal = {
                let mut log = self.log.lock().await;
                self.reload(cx, &mut log).await?;
                log.head.id
            };
            let entries = self.pending.lock().first(step);
            if entries.is_empty() {
                return Ok(brought);
            }
            let decide = match &self.writers {
                Writers::OnlyThis => None,
                Writers::Others(decide) => Some(&**decide),
            };
            let replay = Replay { store: &self.store, journal, decide };
            let replayed = match replay.write(cx, &entries).await {
                Ok(replayed) => replayed,
                Err(error) if error.retry() == Retry::Permanent && step > 1 => {
                    // One of them may be refused, and the others not.
                    step = 1;
                    continue;
                }
                Err(error) => {
                    let out = matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout);
                    *self.refused.lock() = (!out).then(|| error.to_string());
                    return Err(error);
                }
            };
            *self.refused.lock() = None;
            // Under the lock: whoever reads the journal anew sees them in both places or in none.
            let _log = self.log.lock().await;
            self.journal.forget(cx, entries.iter().map(|(number, _)| *number)).await?;
            self.counts.written.fetch_add(replayed.written, Ordering::Relaxed);
            self.counts.kept.fetch_add(replayed.kept, Ordering::Relaxed);
            brought += replayed.written;
            let mut pending = self.pending.lock();
            entries.iter().for_each(|(number, _)| drop(pending.remove(*number)));
            self.any.store(pending.any(), Ordering::Release);
        }
    }
}

impl<P: KvStore, J: KvStore> KvStore for FallbackWrites<P, J> {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.shared.store.capabilities();
        if capabilities.consistency == Consistency::Linearizable {
            capabilities.consistency = Consistency::ReplicaLag;
        }
        capabilities
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        let shared = &*self.shared;
        let touch = shared.touch(&request);
        if let Touch::Read(overlay) = touch {
            let cx = cx.clone();
            return Execution::wait(async move { overlay.answer(&cx, &shared.store).await });
        }
        match (touch, Entry::may_be_of(&request)) {
            (Touch::None, false) => shared.store.execute(cx, request),
            (Touch::None, true) => {
                let now = shared.config.clock.now();
                let answer = match shared.store.execute(cx, request.clone()).try_ready() {
                    Ok(Err(error)) if may_be_taken(&error) => Execution::ready(Err(error)),
                    Ok(answer) => return Execution::ready(answer),
                    Err(waiting) => waiting,
                };
                let cx = cx.clone();
                Execution::wait(async move {
                    match answer.await {
                        Err(error) if may_be_taken(&error) => {
                            shared.take(&cx, &request, Entry::of(&request, now), Some(error)).await
                        }
                        answer => answer,
                    }
                })
            }
            (_, true) => {
                let (cx, now) = (cx.clone(), shared.config.clock.now());
                Execution::wait(
                    async move { shared.take(&cx, &request, Entry::of(&request, now), None).await },
                )
            }
            (_, false) => {
                let cx = cx.clone();
                Execution::wait(async move {
                    shared.replay_before(&cx).await?;
                    shared.store.execute(&cx, request).await
                })
            }
        }
    }
}
