//! Real Redis as the judge of a store.
//!
//! [`redis`] runs random commands on a Redis server of its own and on a store: every command that Redis has and the
//! store claims, in pipelines and in atomic batches with checks, with keys that expire. Replies and kinds of errors
//! must be equal, and in the end everything that can be read. A difference is shrunk to a few lines, ready to become a
//! case of the suite.
//!
//! What Redis itself leaves open, or does otherwise for a reason that is not ours, is not compared: ranges by member of
//! a sorted set with different scores, sums of floating-point numbers beyond the digits of 64 bits, counts that it
//! would take hours to answer. A command that contradicts itself is refused by the judge as every store refuses it,
//! before Redis is asked.
//!
//! ```no_run
//! # use credenza_testkit::{Subject, judge, model::Plan};
//! # use credenza_memory::{MemoryConfig, MemoryStore};
//! # async fn test() {
//! // Stores that read a real clock: with a clock that a test can move they cannot keep up with Redis.
//! let fresh = async || Ok(Subject::new(MemoryStore::open(MemoryConfig::default())?));
//! let Some(verdict) = judge::redis(Plan::for_servers(), fresh).await else { return };
//! let summary = verdict.unwrap_or_else(|difference| panic!("{difference}"));
//! # let _ = summary;
//! # }
//! ```

mod checks;
mod oracle;
mod undo;

use std::sync::Arc;

use credenza_core::{Error, Result};

use crate::Subject;
use crate::model::{Difference, Plan, Side, Summary, compare_sides};
use crate::servers::Redis;
use oracle::Oracle;

/// Runs random commands on Redis and on a store; `fresh` opens a new, empty one each time. `None` where there is no
/// `redis-server`, after saying so; with `CI=true` a panic.
///
/// Redis is the first store that a [`Difference`] names.
pub async fn redis(
    plan: Plan,
    fresh: impl AsyncFn() -> Result<Subject>,
) -> Option<Result<Summary, Difference>> {
    let redis = Arc::new(Redis::start()?);
    let oracle = async || {
        let oracle = Oracle::new(Arc::clone(&redis)).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Side::Judge(Box::new(oracle)))
    };
    Some(compare_sides(plan, oracle, async || fresh().await.map(Side::Store)).await)
}
