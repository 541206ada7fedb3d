//! The store: which thread and which connection a request goes to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use credenza_core::command::{Access, Part};
use credenza_core::semantics::validate;
use credenza_core::{
    Capabilities, CommandId, CommandSet, Consistency, Context, Durability, Error, ErrorKind, Execution,
    KvStore, Pattern, PubSub, Request, Response, Result, StoreInfo, Subscription,
};
use credenza_embedded::LocalPubSub;
use parking_lot::Mutex;
use rusqlite::Connection;

use crate::commit::Writer;
use crate::config::{SqliteConfig, SqliteDurability};
use crate::error::{self, NAME, closed, read_only};
use crate::housekeeper::{self, House};
use crate::job::{self, Answer, Job};
use crate::pace::instant;
use crate::queue::Queue;
use crate::readers::{self, Readers};
use crate::run::{self, Env};
use crate::{schema, writer};

/// What a row can hold, less room for the rest of it.
const MAX_BYTES: usize = 900 << 20;
/// A write of more bytes than this is done by the writer's thread.
const MAX_IN_PLACE: usize = 64 << 10;
/// How long a store that is dropped waits for its last writes.
const LAST_WAIT: Duration = Duration::from_secs(10);

/// A key-value store in an SQLite file.
///
/// All commands, atomic batches with checks, versions, ordered scans; linearizable. Several processes may open one
/// file: they take turns at writing, and publish and subscribe stays within each. Files on network file systems are
/// not for this.
///
/// **Threads.** Four for each store: one that writes for many callers at once, two for large reads, one that watches
/// deadlines and cleans up. A small request runs on the caller's thread while the disk is fast, so it takes a few
/// microseconds of it, and a lone write as long as the disk takes to sync.
///
/// **Deadlines.** A request whose deadline passes before it is started was not applied, for certain; a write that
/// had been started may have been.
///
/// **When something is wrong.** Each error leaves the store as it was before the request:
///
/// | | |
/// |---|---|
/// | disk full, or the size allowed | `Full`; reads go on, and so do writes that fit |
/// | locked by another process for longer than the busy time-out | `Busy`; reads go on |
/// | file that cannot be written, or [`SqliteConfig::read_only`] | `ReadOnly`; reads go on |
/// | damaged file | `Corrupt`, from whatever touches the damage |
/// | file of a later version | `NewerFormat`, when it is opened |
/// | failing disk | `Unavailable`; `MaybeApplied` if the commit itself failed |
///
/// Cheap to clone; all clones are one store, which is closed when the last of them is dropped.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    info: StoreInfo,
    capabilities: Capabilities,
    pubsub: LocalPubSub,
}

/// What the threads of a store share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) env: Env,
    pub(crate) writer: Mutex<Option<Writer>>,
    pub(crate) writes: Queue,
    pub(crate) reads: Queue,
    pub(crate) readers: Readers,
    pub(crate) house: House,
    pub(crate) busy_timeout: Duration,
    read_only: bool,
    /// Everything goes through one connection.
    in_memory: bool,
}

impl SqliteStore {
    /// Opens a store; creates the file if it is not there. Blocks for some milliseconds, or as long as another
    /// process holds the file.
    ///
    /// # Errors
    /// `Unavailable` if the file cannot be opened, `Busy` if it is locked, `NewerFormat`, `Corrupt`, `ReadOnly`;
    /// `InvalidArgument` if it is another application's database.
    pub fn open(config: SqliteConfig) -> Result<SqliteStore> {
        let in_memory = config.path.is_none();
        let writer = schema::open(&config)?;
        let mut seats = Vec::new();
        let mut threads = Vec::new();
        if !in_memory {
            for _ in 0..config.readers.max(1) {
                seats.push(schema::open_reader(&config, false)?);
            }
            for _ in 0..readers::THREADS {
                threads.push(schema::open_reader(&config, true)?);
            }
        }
        let log = match in_memory || config.read_only {
            true => None,
            false => Some(schema::open_log(&config)?),
        };
        let mut limits = config.limits;
        limits.value = limits.value.min(MAX_BYTES);
        limits.member = limits.member.min(MAX_BYTES);
        limits.key = limits.key.min(MAX_BYTES);
        let shared = Arc::new(Shared {
            env: Env { clock: config.clock, random: config.random, limits },
            writer: Mutex::new((!config.read_only).then(|| Writer::new(writer))),
            writes: Queue::new(1),
            reads: Queue::new(readers::THREADS),
            readers: Readers::new(seats),
            house: House::new(),
            busy_timeout: config.busy_timeout,
            read_only: config.read_only,
            in_memory,
        });
        let interval = config.sweep_interval.map(|interval| interval.max(Duration::from_millis(1)));
        start(&shared, threads, log, interval)?;
        let capabilities = capabilities(&shared, config.durability);
        let inner =
            Inner { shared, capabilities, info: StoreInfo::backend(NAME), pubsub: LocalPubSub::new() };
        Ok(SqliteStore { inner: Arc::new(inner) })
    }

    /// Removes all keys that have expired; how many there were. They are absent before that as well: this gives
    /// their room back. Runs in small steps between which writers get their turn, and blocks until it is done.
    pub fn sweep(&self) -> Result<u64> {
        if self.inner.shared.read_only {
            return Err(read_only());
        }
        housekeeper::sweep(&self.inner.shared)
    }

    /// Answers what waits, refuses what comes, and closes the file with its log moved into it. A second call waits
    /// for the first.
    ///
    /// # Errors
    /// What went wrong with the file; no acknowledged write is lost.
    pub async fn close(&self) -> Result<()> {
        self.inner.pubsub.close();
        let house = &self.inner.shared.house;
        house.close();
        std::future::poll_fn(|cx| match house.closed(cx.waker()) {
            Some(outcome) => std::task::Poll::Ready(outcome),
            None => std::task::Poll::Pending,
        })
        .await
    }
}

impl Drop for Inner {
    /// As [`SqliteStore::close`], which is better where errors matter; waits 10 seconds at most.
    fn drop(&mut self) {
        self.shared.house.close();
        self.shared.house.wait_closed(LAST_WAIT);
    }
}

fn start(
    shared: &Arc<Shared>,
    readers: Vec<Connection>,
    log: Option<Connection>,
    interval: Option<Duration>,
) -> Result<()> {
    let mut threads = Vec::new();
    let outcome = (|| {
        let of = Arc::clone(shared);
        threads.push(spawn("write", move || writer::work(&of))?);
        for (index, conn) in readers.into_iter().enumerate() {
            let of = Arc::clone(shared);
            threads.push(spawn("read", move || readers::work(&of, index, &conn))?);
        }
        Ok(())
    })();
    if outcome.is_err() {
        // Those that run end at once, for nothing waits.
        shared.writes.close();
        shared.reads.close();
        return outcome;
    }
    let of = Arc::clone(shared);
    spawn("house", move || housekeeper::work(&of, log, interval, threads)).map(drop).inspect_err(|_| {
        shared.writes.close();
        shared.reads.close();
    })
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name(format!("sqlite-{name}")).spawn(work).map_err(|error| {
        Error::new(ErrorKind::Unavailable, "a thread of the store could not be started")
            .on(NAME)
            .with_source(error)
    })
}

fn capabilities(shared: &Shared, durability: SqliteDurability) -> Capabilities {
    let commands = CommandId::ALL.iter().copied();
    let commands: CommandSet =
        commands.filter(|id| !shared.read_only || id.info().access == Access::Read).collect();
    let mut capabilities = Capabilities::of(commands);
    capabilities.atomic_batches = true;
    capabilities.versions = true;
    capabilities.ordered_scan = true;
    capabilities.durability = match durability {
        _ if shared.in_memory => Durability::None,
        SqliteDurability::Full => Durability::PowerLoss,
        SqliteDurability::Normal => Durability::ProcessCrash,
    };
    capabilities.consistency = Consistency::Linearizable;
    capabilities.limits = shared.env.limits;
    capabilities
}

impl KvStore for SqliteStore {
    fn info(&self) -> &StoreInfo {
        &self.inner.info
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities.clone()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        let shared = &self.inner.shared;
        match shared.admit(cx, &request) {
            Ok(()) => shared.route(cx.deadline(), request),
            Err(error) => Execution::ready(Err(job::named(error.on(NAME), job::command(&request)))),
        }
    }
}

#[async_trait]
impl PubSub for SqliteStore {
    async fn publish(&self, channel: Bytes, payload: Bytes) -> Result<u64> {
        let allowed = self.inner.shared.env.limits.check_message(&channel, &payload);
        allowed.map_err(|error| error.during("PUBLISH").on(NAME))?;
        self.inner.pubsub.publish(channel, payload).await
    }

    async fn subscribe(&self, channels: Vec<Bytes>, patterns: Vec<Pattern>) -> Result<Subscription> {
        let allowed = self.inner.shared.env.limits.check_subscription(&channels, &patterns);
        allowed.map_err(|error| error.during("SUBSCRIBE").on(NAME))?;
        self.inner.pubsub.subscribe(channels, patterns).await
    }
}

impl Shared {
    fn admit(&self, cx: &Context, request: &Request) -> Result<()> {
        validate::request(request)?;
        self.env.limits.check(request)?;
        if cx.deadline().is_some_and(|deadline| deadline <= instant()) {
            return Err(Error::new(ErrorKind::Timeout, "the deadline passed before the request was started"));
        }
        Ok(())
    }

    fn route(&self, deadline: Option<Instant>, request: Request) -> Execution<'static> {
        let writes = run::writes(&request);
        let answer = if writes && self.read_only {
            Some(Err(read_only()))
        } else if self.in_memory {
            Some(self.with_writer(&request))
        } else if writes {
            self.write_in_place(&request)
        } else {
            self.readers.in_place(&self.env, &request)
        };
        match answer {
            Some(Err(error)) => Execution::ready(Err(job::named(error, job::command(&request)))),
            Some(answer) => Execution::ready(answer),
            None => self.enqueue(request, deadline, writes),
        }
    }

    fn enqueue(&self, request: Request, deadline: Option<Instant>, writes: bool) -> Execution<'static> {
        let command = job::command(&request);
        let job = Arc::new(Job::new(request, deadline, writes));
        let queue = if writes { &self.writes } else { &self.reads };
        if let Err(error) = queue.push(Arc::clone(&job)) {
            return Execution::ready(Err(job::named(error, command)));
        }
        if let Some(deadline) = deadline {
            self.house.watch(deadline);
        }
        Execution::wait(Answer(job))
    }

    /// Commits on the caller's thread, if it is small, nobody else writes, and the disk is fast.
    fn write_in_place(&self, request: &Request) -> Option<Result<Response>> {
        if !readers::small(request) || bytes(request) > MAX_IN_PLACE {
            return None;
        }
        let mut guard = self.writer.try_lock()?;
        let Some(writer) = guard.as_mut() else { return Some(Err(closed())) };
        if !writer.pace.in_place() {
            return None;
        }
        let answer = writer.group(&self.env, &[request], Duration::ZERO).pop();
        self.house.ask(writer.take_chores());
        // The writer's thread has the time to wait for a lock.
        answer.filter(|answer| !matches!(answer, Err(error) if error.kind() == ErrorKind::Busy))
    }

    fn with_writer(&self, request: &Request) -> Result<Response> {
        let mut guard = self.writer.lock();
        let writer = guard.as_mut().ok_or_else(closed)?;
        let answer = writer.group(&self.env, &[request], Duration::ZERO).pop();
        self.house.ask(writer.take_chores());
        answer.unwrap_or_else(|| Err(Error::internal("a request got no answer").on(error::NAME)))
    }
}

/// How many bytes of a request are stored.
fn bytes(request: &Request) -> usize {
    let mut bytes = 0;
    for command in request.commands() {
        command.visit(&mut |part| {
            bytes += match part {
                Part::Key(part) => part.len(),
                Part::Value(part) => part.len(),
                Part::Field(part) => part.len(),
                Part::Member(part) => part.len(),
                Part::Pattern(part) => part.len(),
            };
        });
    }
    bytes
}
