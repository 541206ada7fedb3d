//! [`MemoryStore`].

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use credenza_core::command::{Access, Get, Part, Scan, Set, SetExpiry};
use credenza_core::semantics::validate;
use credenza_core::{
    Batch, BatchReply, Capabilities, Command, CommandSet, Consistency, Context, Cursor, Durability, Error,
    ErrorKind, Execution, KvStore, Limits, Mode, Page, Pattern, PubSub, Reply, Request, Response, Result,
    SetReply, StoreInfo, Subscription,
};
use credenza_embedded::{LocalPubSub, Step};
use foldhash::quality::RandomState;
use parking_lot::Mutex;

use crate::collection;
use crate::config::MemoryConfig;
use crate::shard::Shard;
use crate::slot::Stamp;
use crate::space::{Guard, Space};
use crate::sweep::Sweeper;
use crate::table::position;

/// How many bits of a hash choose the shard.
const SHARD_BITS: u32 = 6;

/// A key-value store in memory.
///
/// Its keys are spread over 64 parts, each under a lock of its own. A command locks the parts of its keys, an
/// atomic batch those of all its keys, in the order of their numbers; nobody sees a batch half applied. No lock
/// is held while anything waits. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct MemoryStore {
    inner: Arc<Inner>,
    _sweeper: Option<Arc<Sweeper>>,
}

pub(crate) struct Inner {
    pub(crate) shards: Vec<Mutex<Shard>>,
    /// What all shards take, kept where it is limited.
    total: Option<Arc<AtomicUsize>>,
    pub(crate) config: MemoryConfig,
    hasher: RandomState,
    stamps: AtomicU64,
    info: StoreInfo,
    pubsub: LocalPubSub,
}

impl MemoryStore {
    /// An empty store.
    ///
    /// # Errors
    /// `Unavailable` if the thread that sweeps cannot be started.
    pub fn open(config: MemoryConfig) -> Result<MemoryStore> {
        let interval = config.sweep_interval;
        let total = config.max_bytes.map(|_| Arc::new(AtomicUsize::new(0)));
        let inner = Arc::new(Inner {
            shards: (0..1 << SHARD_BITS).map(|_| Mutex::new(Shard::new(SHARD_BITS, total.clone()))).collect(),
            total,
            hasher: RandomState::default(),
            // Above all stamps of an earlier process, so that a version kept elsewhere never comes back.
            stamps: AtomicU64::new((config.clock.now().max(0) as u64) << 20),
            info: StoreInfo::backend("memory"),
            pubsub: LocalPubSub::default(),
            config,
        });
        let sweeper = match interval {
            Some(interval) => Some(Arc::new(Sweeper::start(&inner, interval)?)),
            None => None,
        };
        Ok(MemoryStore { inner, _sweeper: sweeper })
    }

    /// Removes the keys that have expired; returns how many. Happens by itself every
    /// [`sweep_interval`](MemoryConfig::sweep_interval).
    pub fn sweep(&self) -> usize {
        self.inner.sweep()
    }

    /// How many keys there are, with those that expired and were not removed yet.
    pub fn len(&self) -> usize {
        self.inner.shards.iter().map(|shard| shard.lock().table.len()).sum()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// About how many bytes of memory the entries take: what [`max_bytes`](MemoryConfig::max_bytes) limits.
    pub fn used_bytes(&self) -> usize {
        self.inner.used_bytes()
    }
}

impl Inner {
    pub(crate) fn hash(&self, key: &[u8]) -> u64 {
        self.hasher.hash_one(key)
    }

    pub(crate) fn shard_of(&self, hash: u64) -> usize {
        self.shard_at(position(hash))
    }

    pub(crate) fn shard_at(&self, position: u64) -> usize {
        (position >> (64 - SHARD_BITS)) as usize
    }

    /// Where a scan goes on when a shard is done.
    pub(crate) fn next_shard_position(&self, shard: usize) -> Option<u64> {
        (shard + 1 < self.shards.len()).then(|| ((shard + 1) as u64) << (64 - SHARD_BITS))
    }

    /// Where a scan stands.
    pub(crate) fn cursor_position(&self, cursor: &Cursor) -> Result<u64> {
        if cursor.is_start() {
            return Ok(0);
        }
        collection::position(cursor)
    }

    pub(crate) fn next_stamp(&self) -> u64 {
        self.stamps.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn used_bytes(&self) -> usize {
        match &self.total {
            Some(total) => total.load(Ordering::Relaxed),
            None => self.shards.iter().map(|shard| shard.lock().bytes.get()).sum(),
        }
    }

    fn execute(&self, cx: &Context, request: Request) -> Result<Response> {
        check_deadline(cx)?;
        let limits = &self.config.limits;
        match request {
            Request::One(Command::Get(get)) if get.key.len() <= limits.key => {
                self.get(&get).map(Response::One)
            }
            Request::One(Command::Set(set)) if is_plain(&set, limits) => self.set(set).map(Response::One),
            request => self.any(request),
        }
    }

    fn any(&self, request: Request) -> Result<Response> {
        self.config.limits.check(&request)?;
        match request {
            Request::Batch(batch) if batch.mode == Mode::Atomic => {
                validate::batch(&batch)?;
                self.atomic(batch).map(Response::Batch)
            }
            request => request.each(|command| self.one(command)),
        }
    }

    /// `GET` without a step: the shortest way to the commonest answer.
    fn get(&self, get: &Get) -> Result<Reply> {
        let hash = self.hash(&get.key);
        let mut shard = self.shards[self.shard_of(hash)].lock();
        let Some(slot) = shard.table.get_mut(hash, &get.key) else { return Ok(Reply::Value(None)) };
        // Before the clock is asked: it makes the processor wait for all that it has begun to read.
        let value = slot.value();
        if slot.expires_at().is_some_and(|at| at <= self.config.clock.now()) {
            return Ok(Reply::Value(None));
        }
        if self.config.max_bytes.is_some() {
            slot.set_access(self.access());
        }
        match value {
            Some(value) => Ok(Reply::Value(Some(value))),
            None => Err(Error::wrong_type().for_key(&get.key).during("GET")),
        }
    }

    /// A valid `SET`: the shortest way to the one lock it needs.
    fn set(&self, set: Set) -> Result<Reply> {
        self.make_room(|| false).map_err(|error| error.during("SET"))?;
        let hash = self.hash(&set.key);
        let mut guard = self.lock(self.shard_of(hash));
        if self.overwrite(&mut guard.1, hash, &set) {
            return Ok(Reply::Set(SetReply { applied: true, previous: None }));
        }
        let mut space = Space::new(self, guard, Vec::new(), self.access(), false);
        let reply = self.step(&mut space).run(Command::Set(set));
        let removed = std::mem::take(&mut space.removed);
        drop(space);
        drop(removed);
        reply
    }

    /// The commonest `SET`, which puts a string in the place of one of the same length; false if this is another.
    fn overwrite(&self, shard: &mut Shard, hash: u64, set: &Set) -> bool {
        let expires_at = match set.expiry {
            SetExpiry::Clear => None,
            SetExpiry::In(time) => match self.config.clock.now().checked_add(time) {
                Some(at) => Some(at),
                None => return false,
            },
            SetExpiry::Keep | SetExpiry::At(_) => return false,
        };
        if set.condition.is_some() || set.get {
            return false;
        }
        let Some(slot) = shard.table.get_mut(hash, &set.key) else { return false };
        // A counter that all share makes the processor wait for what it reads: it shall read the value by then.
        slot.warm();
        let stamp = Stamp { version: self.next_stamp(), expires_at, access: self.access() };
        if !slot.overwrite(&set.value, stamp) {
            return false;
        }
        shard.table.expires(hash, expires_at);
        true
    }

    /// `SCAN` outside of a batch: goes from part to part until it has looked at enough, with one lock at a time.
    fn scan(&self, mut scan: Scan) -> Result<Reply> {
        let enough = scan.count.unwrap_or(10).min(self.config.limits.page as u64);
        let mut all = Vec::new();
        loop {
            let mut space = self.lock_scan(&scan.cursor)?;
            let reply = self.step(&mut space).run(Command::Scan(scan.clone()))?;
            let Reply::KeyPage(page) = reply else {
                return Err(Error::internal("a scan answered without a page"));
            };
            let Page { next, items } = *page;
            all.extend(items);
            match next {
                Some(next) if (all.len() as u64) < enough && self.starts_shard(&next)? => {
                    scan.cursor = next;
                    scan.count = Some(enough - all.len() as u64);
                }
                next => return Ok(Reply::KeyPage(Box::new(Page { next, items: all }))),
            }
        }
    }

    fn starts_shard(&self, cursor: &Cursor) -> Result<bool> {
        Ok(self.cursor_position(cursor)? << SHARD_BITS == 0)
    }

    fn lock_scan(&self, cursor: &Cursor) -> Result<Space<'_>> {
        let shard = self.shard_at(self.cursor_position(cursor)?);
        Ok(Space::new(self, self.lock(shard), Vec::new(), 0, false))
    }

    fn lock(&self, shard: usize) -> Guard<'_> {
        (shard, self.shards[shard].lock())
    }

    fn one(&self, command: Command) -> Result<Reply> {
        if let Command::Scan(scan) = command {
            return self.scan(scan);
        }
        if command.info().access == Access::Write {
            self.make_room(|| frees(&command))?;
        }
        let removed;
        let reply = {
            let mut space = self.lock_keys(std::slice::from_ref(&command), [].into_iter(), false)?;
            let reply = self.step(&mut space).run(command);
            removed = std::mem::take(&mut space.removed);
            reply
        };
        drop(removed);
        reply
    }

    fn atomic(&self, batch: Batch) -> Result<BatchReply> {
        if batch.commands.iter().any(|command| command.info().access == Access::Write) {
            self.make_room(|| batch.commands.iter().all(frees))?;
        }
        let removed;
        let reply = {
            let checks = batch.checks.iter().map(|check| self.shard_of(self.hash(check.key())));
            let mut space = self.lock_keys(&batch.commands, checks, true)?;
            let reply = self.step(&mut space).batch(batch);
            let version = match &reply {
                Ok(_) => space.commit(),
                Err(_) => {
                    space.roll_back();
                    None
                }
            };
            removed = std::mem::take(&mut space.removed);
            reply.map(|reply| BatchReply { version, ..reply })
        };
        drop(removed);
        reply
    }

    fn step<'a, 'b>(&'b self, space: &'b mut Space<'a>) -> Step<'b, Space<'a>> {
        Step::new(space, &*self.config.clock, &*self.config.random, &self.config.limits)
    }

    /// Locks the shards of all keys, in order.
    fn lock_keys(
        &self,
        commands: &[Command],
        others: impl Iterator<Item = usize>,
        atomic: bool,
    ) -> Result<Space<'_>> {
        let mut first = None;
        let mut more: Vec<usize> = Vec::new();
        let mut add = |shard| match first {
            None => first = Some(shard),
            Some(first) if first == shard => {}
            Some(_) => more.push(shard),
        };
        others.for_each(&mut add);
        for command in commands {
            match command {
                Command::Clear(_) => (0..self.shards.len()).for_each(&mut add),
                Command::Scan(scan) => add(self.shard_at(self.cursor_position(&scan.cursor)?)),
                command => command.visit(&mut |part| {
                    if let Part::Key(key) = part {
                        add(self.shard_of(self.hash(key)));
                    }
                }),
            }
        }
        let mut first = first.unwrap_or(0);
        if !more.is_empty() {
            more.push(first);
            more.sort_unstable();
            more.dedup();
            first = more.remove(0);
        }
        let first = self.lock(first);
        let rest = more.into_iter().map(|shard| self.lock(shard)).collect();
        Ok(Space::new(self, first, rest, self.access(), atomic))
    }

    /// The time of an access, for eviction: in tenths of a second, the lower 32 bits, of which the difference
    /// counts (up to 6 years); 0 if nobody wants to know.
    pub(crate) fn access(&self) -> u32 {
        match self.config.max_bytes {
            Some(_) => ((self.config.clock.now() / 100) as u32).max(1),
            None => 0,
        }
    }
}

/// Whether nothing about a `SET` can be wrong.
fn is_plain(set: &Set, limits: &Limits) -> bool {
    let expiry = !matches!(set.expiry, SetExpiry::In(time) | SetExpiry::At(time) if time <= 0);
    expiry && set.key.len() <= limits.key && set.value.len() <= limits.value
}

/// Whether a command never takes more memory.
fn frees(command: &Command) -> bool {
    let removes = matches!(
        command,
        Command::Del(_)
            | Command::Clear(_)
            | Command::GetDel(_)
            | Command::DelIfEqual(_)
            | Command::Expire(_)
            | Command::HDel(_)
            | Command::SRem(_)
            | Command::SPop(_)
            | Command::LPop(_)
            | Command::RPop(_)
            | Command::LTrim(_)
            | Command::LRem(_)
            | Command::ZRem(_)
            | Command::ZPopMin(_)
            | Command::ZPopMax(_)
            | Command::ZRemRangeByRank(_)
            | Command::ZRemRangeByScore(_)
            | Command::ZRemRangeByLex(_)
    );
    removes || command.info().access == Access::Read
}

#[allow(clippy::disallowed_methods, reason = "deadlines are measured on the monotonic clock of the runtime")]
fn check_deadline(cx: &Context) -> Result<()> {
    match cx.deadline() {
        Some(deadline) if deadline <= Instant::now() => {
            Err(Error::new(ErrorKind::Timeout, "the deadline passed before the request began"))
        }
        _ => Ok(()),
    }
}

impl KvStore for MemoryStore {
    fn info(&self) -> &StoreInfo {
        &self.inner.info
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::of(CommandSet::all());
        capabilities.atomic_batches = true;
        capabilities.versions = true;
        capabilities.durability = Durability::None;
        capabilities.consistency = Consistency::Linearizable;
        capabilities.limits = self.inner.config.limits;
        capabilities
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        Execution::ready(self.inner.execute(cx, request).map_err(|error| error.on("memory")))
    }
}

#[async_trait]
impl PubSub for MemoryStore {
    async fn publish(&self, channel: Bytes, payload: Bytes) -> Result<u64> {
        let allowed = self.inner.config.limits.check_message(&channel, &payload);
        allowed.map_err(|error| error.during("PUBLISH").on("memory"))?;
        self.inner.pubsub.publish(channel, payload).await
    }

    async fn subscribe(&self, channels: Vec<Bytes>, patterns: Vec<Pattern>) -> Result<Subscription> {
        let allowed = self.inner.config.limits.check_subscription(&channels, &patterns);
        allowed.map_err(|error| error.during("SUBSCRIBE").on("memory"))?;
        self.inner.pubsub.subscribe(channels, patterns).await
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").field("keys", &self.len()).finish()
    }
}
