//! What `Kv` is made of, and what it does with any command.

use std::sync::Arc;
use std::time::Duration;

use crate::batch::{Batch, BatchReply};
use crate::command::{CommandSet, Op};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::stack::{self, StackWarning};
use crate::store::{Capabilities, KvStore, Request};

/// A handle on a key-value store: cheap to clone, typed, the same for every store and every stack of decorators.
///
/// Each command has a method here with the arguments of its common form, named as in Redis. A suffix names a
/// variation: `_ex` with a time to live, `_nx` only if it is not there yet, `_many` and `_count` for several.
/// [`Kv::run`] takes any command with all its options, and [`Kv::batch`] several at once.
#[derive(Clone, Debug)]
pub struct Kv {
    store: Arc<dyn KvStore>,
    context: Context,
    timeout: Option<Duration>,
}

impl Kv {
    /// A handle on a store.
    pub fn new(store: impl KvStore) -> Kv {
        Kv::from(Arc::new(store) as Arc<dyn KvStore>)
    }

    /// The same store, where each request has that long to be answered. Without, a request may wait for ever.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Kv {
        self.timeout = Some(timeout);
        self
    }

    /// The same store, where each request carries this context.
    #[must_use]
    pub fn with_context(mut self, context: Context) -> Kv {
        self.context = context;
        self
    }

    /// The store below: for what the handle does not offer.
    pub fn store(&self) -> &Arc<dyn KvStore> {
        &self.store
    }

    /// The same handle on a store with one more layer around it: the first one added is the innermost.
    ///
    /// ```
    /// # fn example(kv: credenza_core::Kv) -> credenza_core::Result<()> {
    /// # #[derive(Debug)] struct Monitored(std::sync::Arc<dyn credenza_core::KvStore>);
    /// # impl credenza_core::KvStore for Monitored {
    /// #     fn info(&self) -> &credenza_core::StoreInfo { self.0.info() }
    /// #     fn capabilities(&self) -> credenza_core::Capabilities { self.0.capabilities() }
    /// #     fn execute<'a>(&'a self, cx: &credenza_core::Context, request: credenza_core::Request) -> credenza_core::Execution<'a> {
    /// #         self.0.execute(cx, request)
    /// #     }
    /// # }
    /// let kv = kv.layer(|store| Ok(Monitored(store)))?;
    /// for warning in kv.warnings()? {
    ///     eprintln!("{}: {}", kv.stack(), warning.reason);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// That of the layer; `InvalidArgument` for an order that cannot work, with the reason: `encrypted` outside of
    /// `compressed`, say.
    pub fn layer<S: KvStore>(self, layer: impl FnOnce(Arc<dyn KvStore>) -> Result<S>) -> Result<Kv> {
        let store = Arc::new(layer(self.store)?);
        stack::check(store.info())?;
        Ok(Kv { store, ..self })
    }

    /// What works in the order of the layers, and is seldom meant.
    ///
    /// # Errors
    /// `InvalidArgument` for an order that cannot work.
    pub fn warnings(&self) -> Result<Vec<StackWarning>> {
        stack::check(self.store.info())
    }

    /// The layers of the store, outermost first: `monitored › memory`.
    pub fn stack(&self) -> String {
        self.store.info().stack()
    }

    /// What the store can do.
    pub fn capabilities(&self) -> Capabilities {
        self.store.capabilities()
    }

    /// Fails with `Unsupported`, naming what is missing, unless the store honours all of `commands`. For the start
    /// of an application.
    pub fn require(&self, commands: CommandSet) -> Result<()> {
        let missing = commands.minus(self.capabilities().commands);
        if missing.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = missing.iter().map(|id| id.info().name).collect();
        let message = format!("{} does not support {}", self.stack(), names.join(", "));
        Err(Error::new(ErrorKind::Unsupported, message))
    }

    /// Runs any command.
    ///
    /// ```
    /// # async fn example(kv: credenza_core::Kv) -> credenza_core::Result<()> {
    /// use credenza_core::command::Set;
    ///
    /// let reply = kv.run(Set::new("lock", "me").if_absent().expire_in(std::time::Duration::from_secs(10))).await?;
    /// assert!(reply.applied);
    /// # Ok(()) }
    /// ```
    pub async fn run<O: Op>(&self, op: O) -> Result<O::Reply> {
        let request = Request::One(op.into());
        let response = match self.timeout {
            None => self.store.execute(&self.context, request).await,
            Some(_) => self.store.execute(&self.context.within(self.timeout), request).await,
        };
        O::reply(response?.one()?)
    }

    /// Runs several commands at once; see [`Batch`].
    ///
    /// # Errors
    /// For an atomic batch the error of the first command that failed, or `CheckFailed` with
    /// [`Error::check_failure`]; nothing was applied then. Of a pipelined batch each command has its own result.
    pub async fn batch(&self, batch: Batch) -> Result<BatchReply> {
        let request = Request::Batch(batch);
        let response = match self.timeout {
            None => self.store.execute(&self.context, request).await,
            Some(_) => self.store.execute(&self.context.within(self.timeout), request).await,
        };
        response?.batch()
    }
}

impl From<Arc<dyn KvStore>> for Kv {
    fn from(store: Arc<dyn KvStore>) -> Kv {
        Kv { store, context: Context::new(), timeout: None }
    }
}
