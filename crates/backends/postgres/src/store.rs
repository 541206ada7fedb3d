//! The store: which way a request goes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use credenza_core::semantics::validate;
use credenza_core::{
    BatchReply, Capabilities, Command, CommandSet, Consistency, Context, Durability, Effect, Error,
    Execution, KvStore, Pattern, PubSub, Reply, Request, Response, Result, SetReply, StoreInfo, Subscription,
};
use tokio::runtime::Handle;
use tokio::time::timeout_at;

use crate::config::{PostgresConfig, PostgresDurability};
use crate::error::{NAME, late};
use crate::facts::Facts;
use crate::housekeeper::{self, House};
use crate::keyspace::{Ids, Space};
use crate::lanes::{self, Lanes, Stored};
use crate::migrate;
use crate::plan::{self, MAX_KEY, MAX_MEMBER, Plan};
use crate::pool::{Pool, Session};
use crate::pubsub::Messages;
use crate::stats::PoolStats;
use crate::ticket::{Ticket, instant};
use crate::transact::{self, Env, Now};

/// A key-value store in a PostgreSQL database, from version 14 on.
///
/// All commands, atomic batches with checks, versions, ordered scans; linearizable, also among processes that share the
/// database. The tables are in the schema `credenza`, which is made when the store is opened.
///
/// **Speed.** Reads of strings and plain `SET`s are one statement each, and those of callers that wait at the same time
/// are merged into one. Everything else is a transaction of two round trips, and one more for each look at the elements
/// of a collection.
///
/// **Time.** Keys expire by the clock of the process that looks at them: machines that share a database keep their
/// clocks in step.
///
/// **Deadlines.** A request takes no longer than its deadline and [`PostgresConfig::timeout`]. One that was not committed
/// by then is taken back, for certain; one that was being committed may have been applied.
///
/// **When something is wrong.** Nothing hangs, and the store heals by itself when the server is back.
///
/// | | |
/// |---|---|
/// | server that is away, restarts, or cannot be reached | `Unavailable`; `MaybeApplied` if the commit was on its way |
/// | frozen server or network | `Timeout` |
/// | all connections of the pool in use | `Timeout`, which says so |
/// | another transaction that holds a key for too long | `Busy` or `Timeout` |
/// | replica, or a role that only reads | `ReadOnly` |
/// | wrong password, missing rights | `Denied`; missing database: `NotFound` |
///
/// Made inside of a tokio runtime, which must live as long as the store. Cheap to clone; all clones are one store, which
/// is closed when the last of them is dropped.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    info: StoreInfo,
    capabilities: Capabilities,
}

/// What the tasks of a store share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) env: Env,
    pub(crate) pool: Pool,
    pub(crate) lanes: Lanes,
    pub(crate) ids: Ids,
    pub(crate) house: House,
    pub(crate) messages: Messages,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    /// Sessions are not ours for longer than a transaction.
    pub(crate) pooler: bool,
    /// Commits wait for the disk.
    pub(crate) durable: bool,
}

impl PostgresStore {
    /// Opens a store; makes its tables if they are not there.
    ///
    /// # Errors
    /// `Unavailable` if the server cannot be reached, `Denied`, `NotFound` if there is no such database, `Unsupported` if
    /// the server is too old, `NewerFormat` if a later version made the tables; `InvalidArgument` outside of a tokio
    /// runtime.
    pub async fn open(config: PostgresConfig) -> Result<PostgresStore> {
        let handle = Handle::try_current()
            .map_err(|_| Error::invalid("a Postgres store is opened inside of a tokio runtime").on(NAME))?;
        let pool = Pool::new(&config, Session::OfTheStore, handle.clone())?;
        let facts = prepare(&config, &pool).await?;
        let mut limits = config.limits;
        limits.key = limits.key.min(MAX_KEY);
        limits.member = limits.member.min(MAX_MEMBER);
        let shared = Arc::new(Shared {
            messages: Messages::new(&*config.random),
            env: Env { clock: config.clock, random: config.random, limits },
            pool,
            lanes: Lanes::new(),
            ids: Ids::default(),
            house: House::new(),
            timeout: config.timeout,
            connect_timeout: config.connect_timeout,
            pooler: config.pooler,
            durable: config.durability == PostgresDurability::Full,
        });
        let of = Arc::clone(&shared);
        handle.spawn(async move { lanes::answer_looks(&of.lanes, &of.pool).await });
        let of = Arc::clone(&shared);
        handle.spawn(async move { lanes::store_all(&of.lanes, &of.pool).await });
        let of = Arc::clone(&shared);
        handle.spawn(async move { housekeeper::tick(&of).await });
        let of = Arc::clone(&shared);
        let interval = config.sweep_interval.map(|interval| interval.max(Duration::from_millis(1)));
        handle.spawn(async move { housekeeper::work(&of, interval).await });
        let capabilities = capabilities(&shared, facts.durability);
        let inner = Inner { shared, capabilities, info: StoreInfo::backend(NAME) };
        Ok(PostgresStore { inner: Arc::new(inner) })
    }

    /// Removes keys that expired, or were removed, more than a minute ago, and what removed collections left; returns how
    /// many keys had expired. They are absent before that as well: this gives their room back to the server.
    ///
    /// # Errors
    /// What the server fails with.
    pub async fn sweep(&self) -> Result<u64> {
        housekeeper::sweep(&self.inner.shared).await
    }

    /// What its connections are doing, and did.
    pub fn pool_stats(&self) -> PoolStats {
        self.inner.shared.pool.stats()
    }

    /// Refuses what comes from now on, and closes the connections as they come back. What has been sent is answered.
    pub fn close(&self) {
        self.inner.shared.close();
    }
}

/// Looks at the server, and makes the tables.
async fn prepare(config: &PostgresConfig, pool: &Pool) -> Result<Facts> {
    let deadline = instant() + config.timeout;
    let work = async {
        let conn = pool.get(deadline).await?;
        let facts = Facts::ask(&conn).await?;
        migrate::migrate(&conn, &config.clock, config.timeout).await?;
        Ok(facts)
    };
    timeout_at(deadline.into(), work)
        .await
        .unwrap_or_else(|_| Err(late("the server did not answer in time while the store was opened")))
}

fn capabilities(shared: &Shared, durability: Durability) -> Capabilities {
    let mut capabilities = Capabilities::of(CommandSet::all());
    capabilities.atomic_batches = true;
    capabilities.versions = true;
    capabilities.ordered_scan = true;
    capabilities.durability = durability;
    capabilities.consistency = Consistency::Linearizable;
    capabilities.limits = shared.env.limits;
    capabilities
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl KvStore for PostgresStore {
    fn info(&self) -> &StoreInfo {
        &self.inner.info
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities.clone()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        let shared = &self.inner.shared;
        let command = match &request {
            Request::One(command) => Some(command.info().name),
            Request::Batch(_) => None,
        };
        let named = move |error: Error| {
            let error = error.on(NAME);
            match command {
                Some(command) => error.during(command),
                None => error,
            }
        };
        let deadline = match shared.admit(cx.deadline(), &request) {
            Ok(deadline) => deadline,
            Err(error) => return Execution::ready(Err(named(error))),
        };
        Execution::wait(async move { shared.answer(request, deadline).await.map_err(named) })
    }
}

impl Shared {
    /// Refuses a request that is malformed, too large or late; says until when it may take.
    fn admit(&self, deadline: Option<Instant>, request: &Request) -> Result<Instant> {
        validate::request(request)?;
        self.env.limits.check(request)?;
        let now = instant();
        let own = now + self.timeout;
        let deadline = deadline.map_or(own, |deadline| deadline.min(own));
        if deadline <= now {
            return Err(late("the deadline passed before the request was started"));
        }
        Ok(deadline)
    }

    async fn answer(self: &Arc<Shared>, request: Request, deadline: Instant) -> Result<Response> {
        if let Some(puts) = plan::puts(&request, || self.env.clock.now())
            && self.lanes.store(&self.pool, puts, deadline).await? == Stored::Yes
        {
            return Ok(stored(&request));
        }
        let plan = Plan::of(&request);
        if plan.writes || plan.elements {
            return self.transact(request, plan, deadline).await;
        }
        let now = Now(self.env.clock.now());
        let mut rows = self.lanes.look(&self.pool, &plan, deadline).await?;
        self.env.apply(&mut Space::new(&mut rows, None, &self.ids), &now, request)
    }

    /// Runs a request on a task of its own: it comes to its end whoever waits for it.
    async fn transact(
        self: &Arc<Shared>,
        request: Request,
        plan: Plan,
        deadline: Instant,
    ) -> Result<Response> {
        let ticket = Arc::new(Ticket::default());
        let (of, its, writes) = (Arc::clone(self), Arc::clone(&ticket), plan.writes);
        let work = async move { transact::run(&of, request, &plan, &its, deadline).await };
        let task = self.pool.handle().spawn(work);
        match timeout_at(deadline.into(), task).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(stopped)) => {
                let effect = if writes { ticket.give_up() } else { Effect::NotApplied };
                let error = Error::internal("the runtime of the store ended, or a request panicked");
                Err(error.with_effect(effect).with_source(stopped))
            }
            Err(_) if writes => Err(ticket.late()),
            Err(_) => Err(late("the deadline passed before the server answered")),
        }
    }

    fn close(&self) {
        self.lanes.close();
        self.house.close();
        self.messages.close();
        self.pool.close();
    }
}

/// What is answered to strings that were stored.
fn stored(request: &Request) -> Response {
    let reply = |command: &Command| match command {
        Command::MSet(_) => Reply::Done,
        _ => Reply::Set(SetReply { applied: true, previous: None }),
    };
    match request {
        Request::One(command) => Response::One(reply(command)),
        Request::Batch(batch) => {
            let replies = batch.commands.iter().map(|command| Ok(reply(command))).collect();
            Response::Batch(BatchReply { replies, version: None })
        }
    }
}

#[async_trait]
impl PubSub for PostgresStore {
    async fn publish(&self, channel: Bytes, payload: Bytes) -> Result<u64> {
        let shared = &self.inner.shared;
        let named = |error: Error| error.during("PUBLISH").on(NAME);
        shared.env.limits.check_message(&channel, &payload).map_err(named)?;
        shared.messages.publish(shared, channel, payload).await.map_err(named)
    }

    async fn subscribe(&self, channels: Vec<Bytes>, patterns: Vec<Pattern>) -> Result<Subscription> {
        let shared = &self.inner.shared;
        let named = |error: Error| error.during("SUBSCRIBE").on(NAME);
        shared.env.limits.check_subscription(&channels, &patterns).map_err(named)?;
        shared.messages.subscribe(shared, channels, patterns).await.map_err(named)
    }
}
