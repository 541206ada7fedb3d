//! [`WriteAll`].

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use credenza_core::command::{Access, Part};
use credenza_core::{
    Batch, Capabilities, Command, CommandId, Context, Effect, Error, ErrorKind, Execution, KvStore, Mode,
    Request, Response, Result, StoreInfo,
};
use tokio::sync::{OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

const NAME: &str = "fallback";
/// Writes of different keys wait for each other one time in so many.
const STRIPES: usize = 256;

/// A store whose writes go to other stores too, and are acknowledged when all of them have: copies that are ready to be read.
///
/// # Consistency
/// Reads are answered by the first store, so nothing stale is ever read here. A write goes to the first store, and when that has acknowledged it to the
/// others, in the same order as all other writes of its keys through this layer: it belongs to a single process, and nobody else writes to these keys. A
/// caller that goes away does not stop it in between.
///
/// A write that the first store did not take is sent nowhere else. One that another did not take is an error, `MaybeApplied`, and stands in
/// those that did: the stores are apart under its keys until these are written again. [`apart`](WriteAll::apart) counts them. To keep a store that is out from failing writes, put a
/// [`FallbackWrites`](crate::FallbackWrites) around it.
///
/// Times to live begin in each store when it has the write. Versions, and checks of batches, are the first store's.
///
/// # What is refused
/// `SPOP`, which takes another member in each store, and what one of the stores lacks. They leave the capabilities.
///
/// # Errors
/// Those of the first store as they are; of the others, every one's text in one error.
#[derive(Debug)]
pub struct WriteAll {
    first: Arc<dyn KvStore>,
    others: Arc<[Arc<dyn KvStore>]>,
    turns: Turns,
    apart: Arc<AtomicU64>,
    info: StoreInfo,
    capabilities: Capabilities,
}

/// Whose turn it is to write to a key.
#[derive(Debug)]
struct Turns {
    /// Whoever clears has all keys.
    all: Arc<RwLock<()>>,
    keys: Vec<Arc<tokio::sync::Mutex<()>>>,
}

/// It is a write's turn as long as it has this.
enum Turn {
    All(#[allow(dead_code, reason = "it is held")] OwnedRwLockWriteGuard<()>),
    Keys(#[allow(dead_code, reason = "they are held")] (OwnedRwLockReadGuard<()>, Vec<OwnedMutexGuard<()>>)),
}

impl Turns {
    fn new() -> Turns {
        Turns { all: Arc::default(), keys: (0..STRIPES).map(|_| Arc::default()).collect() }
    }

    async fn wait(&self, request: &Request) -> Turn {
        if request.commands().iter().any(|command| matches!(command, Command::Clear(_))) {
            return Turn::All(self.all.clone().write_owned().await);
        }
        let mut stripes = Vec::new();
        for command in request.commands() {
            command.visit(&mut |part| {
                if let Part::Key(key) = part {
                    let mut hasher = DefaultHasher::new();
                    key.as_bytes().hash(&mut hasher);
                    stripes.push((hasher.finish() % STRIPES as u64) as usize);
                }
            });
        }
        // In order, so that no two wait for each other.
        stripes.sort_unstable();
        stripes.dedup();
        let all = self.all.clone().read_owned().await;
        let mut keys = Vec::with_capacity(stripes.len());
        for stripe in stripes {
            if let Some(key) = self.keys.get(stripe) {
                keys.push(key.clone().lock_owned().await);
            }
        }
        Turn::Keys((all, keys))
    }
}

impl WriteAll {
    /// `first`, which is read, and the others that are written too.
    ///
    /// # Errors
    /// `InvalidArgument` without another store.
    pub fn new(first: Arc<dyn KvStore>, others: Vec<Arc<dyn KvStore>>) -> Result<WriteAll> {
        if others.is_empty() {
            return Err(Error::invalid("there is no other store to write to"));
        }
        let info = StoreInfo::decorator(NAME, first.info());
        let capabilities = common(first.capabilities(), &others);
        Ok(WriteAll {
            first,
            others: others.into(),
            capabilities,
            turns: Turns::new(),
            apart: Arc::default(),
            info,
        })
    }

    /// Writes that the first store has and another may not have.
    pub fn apart(&self) -> u64 {
        self.apart.load(Ordering::Relaxed)
    }

    async fn write(&self, cx: &Context, request: Request) -> Result<Response> {
        let late =
            |_| Error::new(ErrorKind::Timeout, "the deadline passed before it was the write's turn").on(NAME);
        let turn = match cx.deadline() {
            None => self.turns.wait(&request).await,
            Some(end) => {
                tokio::time::timeout_at(end.into(), self.turns.wait(&request)).await.map_err(late)?
            }
        };
        let (first, others, apart) = (self.first.clone(), self.others.clone(), self.apart.clone());
        let cx = cx.clone();
        // A task of its own: a caller that goes away must not leave the stores apart.
        let writing = tokio::spawn(async move {
            let _turn = turn;
            let response = first.execute(&cx, request.clone()).await?;
            let Some(done) = done(request, &response) else { return Ok(response) };
            match copy(&cx, &others, done).await {
                Ok(()) => Ok(response),
                Err(error) => {
                    apart.fetch_add(1, Ordering::Relaxed);
                    Err(error)
                }
            }
        });
        writing.await.unwrap_or_else(|error| {
            Err(Error::internal("a write ended before its time")
                .with_source(error)
                .with_effect(Effect::MaybeApplied))
        })
    }
}

/// What the first store can do, of what all of them can write.
fn common(mut capabilities: Capabilities, others: &[Arc<dyn KvStore>]) -> Capabilities {
    for other in others.iter().map(|store| store.capabilities()) {
        let writes = |id: &CommandId| id.info().access == Access::Write;
        let lacking =
            CommandId::ALL.iter().copied().filter(writes).filter(|id| !other.commands.contains(*id));
        capabilities.commands = capabilities.commands.minus(lacking.collect());
        capabilities.atomic_batches &= other.atomic_batches;
        let (limits, others) = (&mut capabilities.limits, other.limits);
        limits.key = limits.key.min(others.key);
        limits.value = limits.value.min(others.value);
        limits.member = limits.member.min(others.member);
        limits.batch = limits.batch.min(others.batch);
        limits.arguments = limits.arguments.min(others.arguments);
    }
    capabilities.commands = capabilities.commands.without(CommandId::SPop);
    capabilities
}

/// What of a request the first store has done: without its checks, and without the commands that failed.
fn done(request: Request, response: &Response) -> Option<Request> {
    match (request, response) {
        (Request::Batch(batch), Response::Batch(replies)) => {
            let pairs = batch.commands.into_iter().zip(&replies.replies);
            let commands: Vec<Command> =
                pairs.filter(|(_, reply)| reply.is_ok()).map(|(command, _)| command).collect();
            let mode = batch.mode;
            (!commands.is_empty()).then_some(Request::Batch(Batch { mode, checks: Vec::new(), commands }))
        }
        (request, _) => Some(request),
    }
}

async fn copy(cx: &Context, others: &[Arc<dyn KvStore>], done: Request) -> Result<()> {
    let mut failed: Option<(Error, String)> = None;
    for store in others {
        let answer = store.execute(cx, done.clone()).await;
        let refused = match answer {
            Ok(Response::Batch(batch)) => batch.replies.into_iter().find_map(Result::err),
            Ok(Response::One(_)) => None,
            Err(error) => Some(error),
        };
        if let Some(error) = refused {
            let name = store.info().name();
            match &mut failed {
                None => {
                    let cause = format!("{name}: {}", error.message());
                    failed = Some((error, cause));
                }
                Some((_, causes)) => {
                    let _ = write!(causes, "; {name}: {}", error.message());
                }
            }
        }
    }
    match failed {
        None => Ok(()),
        Some((error, causes)) => {
            let told = Error::new(error.kind(), format!("not all stores took what the first has: {causes}"));
            Err(told.with_retry(error.retry()).with_effect(Effect::MaybeApplied).with_source(error).on(NAME))
        }
    }
}

impl KvStore for WriteAll {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        if !request.commands().iter().any(|command| command.info().access == Access::Write) {
            return self.first.execute(cx, request);
        }
        let capabilities = &self.capabilities;
        let refused = |command: &&Command| !capabilities.commands.contains(command.id());
        if let Some(command) = request.commands().iter().find(refused) {
            return Execution::ready(Err(Error::unsupported(command.info().name).on(NAME)));
        }
        if !capabilities.atomic_batches
            && matches!(&request, Request::Batch(batch) if batch.mode == Mode::Atomic)
        {
            return Execution::ready(Err(Error::unsupported("an atomic batch").on(NAME)));
        }
        if let Err(error) = capabilities.limits.check(&request) {
            return Execution::ready(Err(error.on(NAME)));
        }
        let cx = cx.clone();
        Execution::wait(async move { self.write(&cx, request).await })
    }
}
