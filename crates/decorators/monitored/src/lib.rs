//! Decorators that measure a store: how often it is asked what, how long it takes, what comes of it.
//!
//! ```
//! # fn example(store: impl credenza_core::KvStore) {
//! use std::time::Duration;
//!
//! use credenza_core::Kv;
//! use credenza_monitored::{Monitored, MonitoredConfig};
//!
//! // Where metrics go is decided by the recorder of the `metrics` crate that the program installs before.
//! let kv = Kv::new(Monitored::new(store, MonitoredConfig::default()));
//!
//! // Or a callback of your own.
//! # let store = kv.store().clone();
//! let config = MonitoredConfig::default().with_sink(|operation: &credenza_monitored::Operation<'_>| {
//!     if operation.duration > Duration::from_millis(100) {
//!         println!("{} took {:?}", operation.name, operation.duration);
//!     }
//! });
//! let kv = Kv::new(Monitored::new(store, config));
//! # }
//! ```
//!
//! # Metrics
//! The names are those of OpenTelemetry's semantic conventions for databases, where they have one.
//!
//! | name | what | labels |
//! |---|---|---|
//! | `db.client.operation.duration` | histogram, seconds | `db.system.name`, `db.operation.name`, `db.namespace` if one is configured, `error.type` if it failed |
//! | `credenza.in_flight` | gauge: operations that are waited for | `db.system.name`, `db.namespace` |
//! | `credenza.hits`, `credenza.misses` | counters: of what was asked for, what was there | the same, and `db.operation.name` |
//! | `credenza.bytes_written`, `credenza.bytes_read` | counters: bytes of values, or of contents | the same |
//!
//! `error.type` is the [kind](credenza_core::ErrorKind) of the error, or `dropped` if whoever asked has left. No key, no
//! field and no value is ever in a label, a span or a line of a log.
//!
//! # Traces and logs
//! An operation is a `tracing` span `db` at the level `DEBUG` (target `credenza`) with the attributes above, a slow one a
//! line at `WARN` (target `credenza::slow`).

mod blob;
mod config;
mod kv;
mod meter;
mod names;
mod operation;

pub use blob::MonitoredBlob;
pub use config::{MonitoredConfig, Sink};
pub use kv::Monitored;
pub use operation::{Operation, Outcome};
