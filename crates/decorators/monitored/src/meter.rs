//! Who counts.

use std::sync::OnceLock;

use credenza_core::StoreInfo;
use metrics::{Counter, Gauge, Histogram, Label};
use quanta::{Clock, Instant};
use tracing::Span;

use crate::config::MonitoredConfig;
use crate::names::{error_type, system};
use crate::operation::{Operation, Outcome};

/// Measures the operations of one store.
pub(crate) struct Meter {
    config: MonitoredConfig,
    system: String,
    clock: Clock,
    in_flight: Gauge,
    /// By the number of the operation: looked up once.
    series: Box<[OnceLock<Series>]>,
}

/// What is counted of one kind of operation.
struct Series {
    duration: Histogram,
    hits: Counter,
    misses: Counter,
    written: Counter,
    read: Counter,
}

/// What is known of an operation before it is over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    /// Its number among those of the store.
    pub(crate) index: usize,
    pub(crate) name: &'static str,
    pub(crate) commands: usize,
    pub(crate) written: u64,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Came {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) read: u64,
}

impl Meter {
    /// For a store with so many kinds of operations.
    pub(crate) fn new(config: MonitoredConfig, info: &StoreInfo, kinds: usize) -> Meter {
        let stack = info.stack();
        let backend = stack.rsplit(" › ").next().unwrap_or_default();
        let system = system(backend).to_owned();
        let mut meter = Meter {
            config,
            system,
            clock: Clock::new(),
            in_flight: Gauge::noop(),
            series: (0..kinds).map(|_| OnceLock::new()).collect(),
        };
        if meter.config.metrics {
            meter.in_flight = metrics::gauge!("credenza.in_flight", meter.labels());
        }
        meter
    }

    fn labels(&self) -> Vec<Label> {
        let mut labels = vec![Label::new("db.system.name", self.system.clone())];
        if let Some(namespace) = &self.config.namespace {
            labels.push(Label::new("db.namespace", namespace.clone()));
        }
        labels
    }

    fn of_operation(&self, name: &'static str) -> Vec<Label> {
        let mut labels = self.labels();
        labels.push(Label::new("db.operation.name", name));
        labels
    }

    #[inline]
    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Somebody waits.
    pub(crate) fn began(&self) {
        self.in_flight.increment(1.0);
    }

    /// Nobody waits any more.
    pub(crate) fn ended(&self) {
        self.in_flight.decrement(1.0);
    }

    /// A span for an operation, if anybody looks.
    #[inline]
    pub(crate) fn span(&self, about: &About) -> Span {
        if !tracing::enabled!(target: "credenza", tracing::Level::DEBUG) {
            return Span::none();
        }
        tracing::debug_span!(
            target: "credenza",
            "db",
            db.system.name = self.system,
            db.namespace = self.config.namespace.as_deref(),
            db.operation.name = about.name,
            db.operation.batch.size = (about.commands != 1).then_some(about.commands),
            error.r#type = tracing::field::Empty,
        )
    }

    /// An operation is over.
    #[inline]
    pub(crate) fn record(
        &self,
        about: &About,
        began: Instant,
        came: Came,
        outcome: Outcome<'_>,
        span: &Span,
    ) {
        let duration = self.clock.now().saturating_duration_since(began);
        if self.config.metrics {
            match outcome {
                Outcome::Answered => {
                    if let Some(series) = self.series(about) {
                        series.duration.record(duration.as_secs_f64());
                        add(&series.hits, came.hits);
                        add(&series.misses, came.misses);
                        add(&series.read, came.read);
                        add(&series.written, about.written);
                    }
                }
                Outcome::Failed(error) => {
                    self.failed(about, error_type(error.kind()), duration.as_secs_f64(), span)
                }
                Outcome::Dropped => self.failed(about, "dropped", duration.as_secs_f64(), span),
            }
        }
        let slow = self.config.slow.is_some_and(|slow| duration >= slow);
        if slow {
            tracing::event!(
                target: "credenza::slow",
                tracing::Level::WARN,
                db.system.name = self.system,
                db.namespace = self.config.namespace.as_deref(),
                db.operation.name = about.name,
                db.operation.batch.size = about.commands,
                seconds = duration.as_secs_f64(),
                "a slow operation"
            );
        }
        if let Some(sink) = &self.config.sink {
            sink.record(&Operation {
                name: about.name,
                commands: about.commands,
                duration,
                outcome,
                hits: came.hits,
                misses: came.misses,
                written: about.written,
                read: came.read,
            });
        }
    }

    #[inline]
    fn series(&self, about: &About) -> Option<&Series> {
        let series = self.series.get(about.index)?;
        Some(series.get_or_init(|| {
            let labels = self.of_operation(about.name);
            Series {
                duration: metrics::histogram!("db.client.operation.duration", labels.clone()),
                hits: metrics::counter!("credenza.hits", labels.clone()),
                misses: metrics::counter!("credenza.misses", labels.clone()),
                written: metrics::counter!("credenza.bytes_written", labels.clone()),
                read: metrics::counter!("credenza.bytes_read", labels),
            }
        }))
    }

    /// Bytes of a content, as they come.
    pub(crate) fn content(&self, about: &About, bytes: u64) {
        if self.config.metrics
            && let Some(series) = self.series(about)
        {
            add(&series.read, bytes);
        }
    }

    #[cold]
    fn failed(&self, about: &About, error: &'static str, seconds: f64, span: &Span) {
        span.record("error.type", error);
        let mut labels = self.of_operation(about.name);
        labels.push(Label::new("error.type", error));
        metrics::histogram!("db.client.operation.duration", labels).record(seconds);
    }
}

#[inline]
fn add(counter: &Counter, count: u64) {
    if count > 0 {
        counter.increment(count);
    }
}

impl std::fmt::Debug for Meter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meter")
            .field("system", &self.system)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
