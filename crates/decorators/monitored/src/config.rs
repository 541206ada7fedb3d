//! What can be set.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::operation::Operation;

/// Is told of every operation, when it is over. Must be quick: the caller waits for it.
pub trait Sink: Send + Sync + 'static {
    /// An operation is over.
    fn record(&self, operation: &Operation<'_>);
}

impl<F: Fn(&Operation<'_>) + Send + Sync + 'static> Sink for F {
    fn record(&self, operation: &Operation<'_>) {
        self(operation);
    }
}

/// What is measured, and who is told.
#[derive(Clone)]
#[non_exhaustive]
pub struct MonitoredConfig {
    /// A name for this store among others of its kind: the label `db.namespace`. `None`: no such label.
    pub namespace: Option<String>,
    /// What takes as long as this is logged as slow: 500 ms. `None`: nothing is.
    pub slow: Option<Duration>,
    /// Whether there are metrics: yes. The recorder must be installed before the store is made.
    pub metrics: bool,
    /// Who else is told.
    pub sink: Option<Arc<dyn Sink>>,
}

impl MonitoredConfig {
    /// The same, with someone who is told of every operation.
    #[must_use]
    pub fn with_sink(mut self, sink: impl Sink) -> MonitoredConfig {
        self.sink = Some(Arc::new(sink));
        self
    }
}

impl Default for MonitoredConfig {
    fn default() -> MonitoredConfig {
        MonitoredConfig { namespace: None, slow: Some(Duration::from_millis(500)), metrics: true, sink: None }
    }
}

impl fmt::Debug for MonitoredConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredConfig")
            .field("namespace", &self.namespace)
            .field("slow", &self.slow)
            .field("metrics", &self.metrics)
            .field("sink", &self.sink.is_some())
            .finish()
    }
}
