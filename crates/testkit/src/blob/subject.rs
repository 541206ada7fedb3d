//! What is put to the test.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use credenza_core::blob::{BlobCapabilities, BlobStore};
use credenza_core::{Blob, ManualClock};

use crate::subject::Kept;
use crate::trial::{PATIENCE, Tested};

/// A blob store that is put to the test, with what the test needs to know about it.
///
/// ```
/// use std::sync::Arc;
/// use credenza_core::ManualClock;
/// use credenza_testkit::blob::{BlobSubject, ReferenceBlobStore};
///
/// let clock = Arc::new(ManualClock::at(1_700_000_000_000));
/// let subject = BlobSubject::new(ReferenceBlobStore::new(clock.clone())).with_clock(clock);
/// # let _ = subject;
/// ```
#[derive(Debug)]
pub struct BlobSubject {
    store: Arc<dyn BlobStore>,
    clock: Option<Arc<ManualClock>>,
    patience: Duration,
    // Dropped last: the store may lie in it.
    kept: Vec<Box<dyn Kept>>,
}

impl BlobSubject {
    /// A store whose time passes by itself.
    pub fn new(store: impl BlobStore) -> BlobSubject {
        BlobSubject { store: Arc::new(store), clock: None, patience: PATIENCE, kept: Vec::new() }
    }

    /// The clock that the store reads. Without one, the times of objects are only known to be about now.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<ManualClock>) -> BlobSubject {
        self.clock = Some(clock);
        self
    }

    /// How long a case may take, for a store that is slow: a minute by default.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> BlobSubject {
        self.patience = patience;
        self
    }

    /// Keeps something as long as the store: a temporary folder, a running server.
    #[must_use]
    pub fn keeping(mut self, thing: impl Any + Send + Sync) -> BlobSubject {
        self.kept.push(Box::new(thing));
        self
    }

    /// The same store behind a decorator.
    #[must_use]
    pub fn behind<S: BlobStore>(mut self, decorate: impl FnOnce(Arc<dyn BlobStore>) -> S) -> BlobSubject {
        self.store = Arc::new(decorate(self.store));
        self
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn BlobStore> {
        &self.store
    }

    /// A handle on the store.
    pub fn blob(&self) -> Blob {
        Blob::from(self.store.clone())
    }

    /// What the store can do.
    pub fn capabilities(&self) -> BlobCapabilities {
        self.store.capabilities()
    }

    /// The clock that the store reads, if the test can move it.
    pub fn clock(&self) -> Option<&Arc<ManualClock>> {
        self.clock.as_ref()
    }
}

impl Tested for BlobSubject {
    fn stack(&self) -> String {
        self.store.info().stack()
    }

    fn patience(&self) -> Duration {
        self.patience
    }
}
