//! Decorators for stores that fail at times: each call has a deadline, what may be repeated is repeated after a while,
//! and a store that is down is left alone until it has recovered.
//!
//! ```
//! # async fn example(store: impl credenza_core::KvStore) -> credenza_core::Result<()> {
//! use std::time::Duration;
//!
//! use credenza_core::Kv;
//! use credenza_resilient::{Resilient, ResilientConfig};
//!
//! let mut config = ResilientConfig::default();
//! config.deadline = Some(Duration::from_secs(2)); // of a call, with all its attempts
//! config.attempt = Some(Duration::from_millis(500));
//! config.retries = 3;
//! let kv = Kv::new(Resilient::new(store, config)?);
//!
//! // Read again when the store cannot be reached; the error at the end is that of the last attempt.
//! let name = kv.get("name").await?;
//! // Repeated only after an error that says that it was not applied: it would count twice.
//! let visits = kv.incr("visits").await?;
//! # Ok(()) }
//! ```

mod attempts;
mod backoff;
mod blob;
mod breaker;
mod budget;
mod config;
mod engine;
mod gate;
mod kv;
mod resume;
mod share;
mod stats;

pub use blob::ResilientBlob;
pub use breaker::{BreakerConfig, BreakerState};
pub use config::{Backoff, Budget, Concurrency, ResilientConfig};
pub use kv::Resilient;
pub use share::BreakerShare;
pub use stats::ResilientStats;
