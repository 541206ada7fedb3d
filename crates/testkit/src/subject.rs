//! What is put to the test.

use std::any::Any;
use std::sync::Arc;

use credenza_core::{Capabilities, Kv, KvStore, Limits, ManualClock, PubSub};

/// A store that is put to the test, with what the test needs to know about it.
///
/// ```
/// # use credenza_memory::{MemoryConfig, MemoryStore};
/// use std::sync::Arc;
/// use credenza_core::ManualClock;
/// use credenza_testkit::Subject;
///
/// # fn main() -> credenza_core::Result<()> {
/// let clock = Arc::new(ManualClock::at(1_700_000_000_000));
/// # let mut config = MemoryConfig::default();
/// # config.clock = clock.clone();
/// # let store = MemoryStore::open(config)?;
/// let subject = Subject::new(store).with_clock(clock);
/// # let _ = subject;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Subject {
    store: Arc<dyn KvStore>,
    clock: Option<Arc<ManualClock>>,
    pubsub: Option<Arc<dyn PubSub>>,
    // Dropped last: the store may lie in it.
    kept: Vec<Box<dyn Kept>>,
}

pub(crate) trait Kept: Any + Send + Sync {}
impl<T: Any + Send + Sync> Kept for T {}

impl std::fmt::Debug for dyn Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept")
    }
}

impl Subject {
    /// A store whose time passes by itself, and that has no publish/subscribe.
    pub fn new(store: impl KvStore) -> Subject {
        Subject { store: Arc::new(store), clock: None, pubsub: None, kept: Vec::new() }
    }

    /// The clock that the store reads. Without one, tests of expiry wait for time to pass, and are less exact.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<ManualClock>) -> Subject {
        self.clock = Some(clock);
        self
    }

    /// The store's publish/subscribe. Without, it is not tested.
    #[must_use]
    pub fn with_pubsub(mut self, pubsub: impl PubSub) -> Subject {
        self.pubsub = Some(Arc::new(pubsub));
        self
    }

    /// Keeps something as long as the store: a temporary folder, a running server.
    #[must_use]
    pub fn keeping(mut self, thing: impl Any + Send + Sync) -> Subject {
        self.kept.push(Box::new(thing));
        self
    }

    /// The same store behind a decorator.
    #[must_use]
    pub fn behind<S: KvStore>(mut self, decorate: impl FnOnce(Arc<dyn KvStore>) -> S) -> Subject {
        self.store = Arc::new(decorate(self.store));
        self
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn KvStore> {
        &self.store
    }

    /// A handle on the store.
    pub fn kv(&self) -> Kv {
        Kv::from(self.store.clone())
    }

    /// What the store can do.
    pub fn capabilities(&self) -> Capabilities {
        self.store.capabilities()
    }

    /// The clock that the store reads, if the test can move it.
    pub fn clock(&self) -> Option<&Arc<ManualClock>> {
        self.clock.as_ref()
    }

    /// The store's publish/subscribe.
    pub fn pubsub(&self) -> Option<&Arc<dyn PubSub>> {
        self.pubsub.as_ref()
    }
}

/// Limits that a test reaches soon, for the configuration of a store.
pub fn small_limits() -> Limits {
    let mut limits = Limits::default();
    limits.value = 1 << 20;
    limits.member = 1 << 18;
    limits.batch = 1000;
    limits.arguments = 2000;
    limits.page = 50;
    limits
}

impl crate::trial::Tested for Subject {
    fn stack(&self) -> String {
        self.store.info().stack()
    }
}
