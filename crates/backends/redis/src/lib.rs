//! Credenza on Redis: a key-value store with every command but those of versions, atomic batches with checks in one
//! round trip, and publish/subscribe; on one server, a cluster, or behind sentinels.
//!
//! ```no_run
//! use credenza_core::{Batch, Check, Kv, command::{IncrBy, Set}};
//! use credenza_redis::{RedisConfig, RedisStore};
//!
//! # async fn example() -> credenza_core::Result<()> {
//! let store = RedisStore::open(RedisConfig::from_url("redis://127.0.0.1:6379")?).await?;
//! let kv = Kv::new(store);
//!
//! let mut batch = Batch::atomic();
//! batch.check(Check::absent("order:17"));
//! batch.push(Set::new("order:17", "paid"));
//! let total = batch.push(IncrBy::new("orders", 1));
//! println!("{} orders", kv.batch(batch).await?.take(total)?);
//! # Ok(()) }
//! ```
//!
//! All tasks share a connection: what they send at the same time goes out in one write. A connection that is lost
//! comes back by itself. A command is sent once; whether it may have been applied when its answer was lost is in the
//! error.

mod atomic;
mod config;
mod cursor;
mod decode;
mod driver;
mod encode;
mod error;
mod opener;
mod promise;
mod pubsub;
mod route;
mod run;
mod script;
mod store;
mod url;
mod wire;

pub use config::{RedisAddress, RedisConfig, RedisLogin, RedisTls, RedisTopology};
pub use opener::RedisOpener;
pub use store::RedisStore;
