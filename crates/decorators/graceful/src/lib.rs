//! Decorators for stores that may fail without the service failing with them: while the store is out, reads find nothing and
//! writes are let go, and both are logged and counted.
//!
//! ```
//! # fn example(store: impl credenza_core::KvStore) {
//! use credenza_core::{CommandId, Kv};
//! use credenza_graceful::{Graceful, GracefulConfig, OnOutage};
//!
//! // A cache: what it cannot give is asked for elsewhere.
//! let mut config = GracefulConfig::default();
//! config.set(CommandId::Del, OnOutage::Fail); // but what must go must go
//! let kv = Kv::new(Graceful::new(store, config));
//! # }
//! ```
//!
//! An outage is an error of the kinds `Unavailable`, `Timeout` and `Busy`. Everything else is an answer, and passes.

mod blob;
mod config;
mod kv;
mod outage;
mod replies;

pub use blob::GracefulBlob;
pub use config::{GracefulConfig, OnOutage};
pub use kv::Graceful;
