//! [`RedisStore`].

use std::sync::Arc;
use std::time::Duration;

use credenza_core::semantics::validate;
use credenza_core::{
    Capabilities, CommandId, CommandSet, Context, Error, ErrorKind, Execution, KvStore, Mode, Request,
    Response, Result, StoreInfo,
};
use tokio::time::Instant;

use crate::config::{RedisConfig, RedisTopology};
use crate::driver::{Driver, connector};
use crate::error::NAME;
use crate::promise::{Promise, QUESTIONS};
use crate::pubsub::Listeners;
use crate::route::Route;
use crate::script::Script;
use crate::wire::Failure;

/// Time-outs are at least this long, and at most.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_secs(86_400);

/// A key-value store on Redis 7.0 or newer, with all commands but those of versions, and publish/subscribe.
///
/// Cheap to clone; the clones share their connections, which come back by themselves when they are lost. A request
/// waits for a connection until its time is up.
///
/// ```no_run
/// use credenza_core::Kv;
/// use credenza_redis::{RedisConfig, RedisStore};
///
/// # async fn example() -> credenza_core::Result<()> {
/// let store = RedisStore::open(RedisConfig::from_url("redis://127.0.0.1:6379")?).await?;
/// let kv = Kv::new(store);
/// kv.set("greeting", "hello").await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct RedisStore {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) config: RedisConfig,
    pub(crate) driver: Driver,
    pub(crate) script: Script,
    pub(crate) route: Route,
    pub(crate) listeners: Listeners,
    promise: Promise,
    info: StoreInfo,
}

impl RedisStore {
    /// Connects, and asks the server what it promises to keep. Must be called in a runtime of tokio with I/O and time, which
    /// drives the connections from then on.
    ///
    /// # Errors
    /// `Unavailable` if a server cannot be reached, `Denied` if it refuses the login, `Unsupported` if it is older than
    /// Redis 7.0, `InvalidArgument` if the configuration does not fit what is there.
    pub async fn open(mut config: RedisConfig) -> Result<RedisStore> {
        config.timeout = config.timeout.clamp(SHORTEST, LONGEST);
        config.connect_timeout = config.connect_timeout.clamp(SHORTEST, LONGEST);
        let connector = connector(&config)?;
        let driver = Driver::open(&config, connector.clone()).await?;
        let script = Script::default();
        let promise = prepare(&driver, &script, &config).await.map_err(Failure::into_error)?;
        let target = driver.target_of_messages(&config, &connector)?;
        let listeners = Listeners::new(connector, target, config.timeout);
        let route = Route { in_cluster: matches!(config.topology, RedisTopology::Cluster(_)) };
        let info = StoreInfo::backend(NAME);
        let inner = Inner { config, driver, script, route, listeners, promise, info };
        Ok(RedisStore { inner: Arc::new(inner) })
    }
}

/// Makes the servers know the script, and asks what they promise.
async fn prepare(driver: &Driver, script: &Script, config: &RedisConfig) -> Result<Promise, Failure> {
    let deadline = Instant::now() + config.timeout;
    let fails_over = !matches!(config.topology, RedisTopology::Standalone(_));
    let mut packet = Script::load();
    QUESTIONS.iter().for_each(|question| packet.push(question));
    let mut promise: Option<Promise> = None;
    for answers in driver.ask_all(&packet, deadline).await? {
        if let Some((loaded, answers)) = answers.split_first() {
            script.loaded(loaded);
            let one = Promise::read(answers, fails_over);
            promise = Some(promise.map_or(one, |all| all.weaker(one)));
        }
    }
    Ok(promise.unwrap_or(Promise::UNKNOWN))
}

impl KvStore for RedisStore {
    fn info(&self) -> &StoreInfo {
        &self.inner.info
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::of(commands());
        capabilities.atomic_batches = true;
        capabilities.durability = self.inner.promise.durability;
        capabilities.consistency = self.inner.promise.consistency;
        capabilities.limits = self.inner.config.limits;
        capabilities
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        match self.inner.accept(cx, &request) {
            Ok(deadline) => Execution::wait(self.inner.run(request, deadline)),
            Err(error) => Execution::ready(Err(error.on(NAME))),
        }
    }
}

/// Redis has no versions.
fn commands() -> CommandSet {
    CommandSet::all().without(CommandId::GetVersioned).without(CommandId::VersionOf)
}

impl Inner {
    /// Refuses what cannot be done, before anything is sent; says until when there is time.
    fn accept(&self, cx: &Context, request: &Request) -> Result<Instant> {
        let now = Instant::now();
        let deadline = cx.deadline().map_or_else(|| now + self.config.timeout, Into::into);
        if deadline <= now {
            return Err(Error::new(ErrorKind::Timeout, "the deadline has passed"));
        }
        self.config.limits.check(request)?;
        validate::request(request)?;
        self.route.check(request)?;
        if let Request::Batch(batch) = request
            && batch.mode == Mode::Atomic
            && let Some(index) = batch.commands.iter().position(|command| self.picks_too_many(command))
        {
            let message = "more random elements are asked for than the limit";
            return Err(Error::new(ErrorKind::LimitExceeded, message).at(index));
        }
        Ok(deadline)
    }

    async fn run(&self, request: Request, deadline: Instant) -> Result<Response> {
        match request {
            Request::One(command) => self.one(&command, deadline).await.map(Response::One),
            Request::Batch(batch) => Box::pin(self.batch(batch, deadline)).await.map(Response::Batch),
        }
    }
}
