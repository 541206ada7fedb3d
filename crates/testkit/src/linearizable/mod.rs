//! Many tasks at once, and whether what they saw can be explained.
//!
//! Tasks run random operations on a few keys; each is recorded, and the [checker](crate::history) looks for one order
//! that explains every answer. [`single_keys`] is about operations on one key (`GET`, `SET`, `INCRBY`, `SETIFEQUAL`,
//! …), [`checked_batches`] about atomic batches that compare versions and write several keys. Both work on stores that
//! fail ambiguously, such as a [`Faulty`](crate::fault::Faulty) one: an operation whose fate is unknown may have
//! happened or not.
//!
//! Call them on a runtime of several threads, so that tasks really meet.
//!
//! ```
//! # use credenza_memory::{MemoryConfig, MemoryStore};
//! use credenza_core::Kv;
//! use credenza_testkit::linearizable::{Workload, single_keys};
//!
//! # #[tokio::main(flavor = "multi_thread", worker_threads = 2)]
//! # async fn main() -> credenza_core::Result<()> {
//! let kv = Kv::new(MemoryStore::open(MemoryConfig::default())?);
//! let verdict = single_keys(&kv, Workload::default()).await?;
//! assert!(verdict.is_linearizable(), "{verdict}");
//! # Ok(()) }
//! ```

mod run;
mod spec;

use std::time::Duration;

use credenza_core::{Kv, Result};

pub use spec::{Answer, Op};

use crate::history::{Limits, Verdict, check, check_by};
use crate::sampler::SeededSampler;
use credenza_core::command::Sampler;
use spec::Registers;

/// How much is done, and how.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// How many tasks run at once.
    pub tasks: u32,
    /// How many operations each of them runs.
    pub operations: u32,
    /// How many keys they share.
    pub keys: usize,
    /// Where the random numbers start.
    pub seed: u64,
    /// Of so many operations one is dropped while it runs; 0: none.
    pub drop_one_in: usize,
    /// How long an operation may take before it is given up.
    pub patience: Duration,
    /// How much the checker may spend.
    pub limits: Limits,
}

impl Default for Workload {
    /// Four tasks with 250 operations each on three keys, none dropped, ten seconds of patience.
    fn default() -> Workload {
        Workload {
            tasks: 4,
            operations: 250,
            keys: 3,
            seed: 1,
            drop_one_in: 0,
            patience: Duration::from_secs(10),
            limits: Limits { steps: 5_000_000 },
        }
    }
}

/// Operations on one key each, checked key by key.
///
/// # Errors
/// An error of the store that no weather explains: neither time-out nor unavailability nor a failed check.
pub async fn single_keys(kv: &Kv, workload: Workload) -> Result<Verdict<Op, Answer>> {
    let history = run::record(kv, workload, |sampler, keys, _| single(sampler, keys)).await?;
    Ok(check_by(&Registers { keys: workload.keys }, &history, Op::key, workload.limits))
}

/// Atomic batches that check the versions of keys and write them, and reads of all keys at once, checked as a whole.
///
/// # Errors
/// As [`single_keys`].
pub async fn checked_batches(kv: &Kv, workload: Workload) -> Result<Verdict<Op, Answer>> {
    let history = run::record(kv, workload, swap).await?;
    Ok(check(&Registers { keys: workload.keys }, &history, workload.limits))
}

/// Runs [`single_keys`] and [`checked_batches`], each on a store of its own.
///
/// # Panics
/// If no order explains what the tasks saw, with the history; and with an error of the store that no weather explains.
pub async fn assert_linearizable(fresh: impl AsyncFn() -> Result<Kv>, workload: Workload) {
    let open = async || fresh().await.unwrap_or_else(|error| panic!("the store cannot be opened: {error}"));
    let single = single_keys(&open().await, workload).await;
    let batches = checked_batches(&open().await, workload).await;
    for verdict in [single, batches] {
        let verdict = verdict.unwrap_or_else(|error| panic!("{error}"));
        assert!(verdict.is_linearizable(), "{verdict}");
    }
}

fn single(sampler: &mut SeededSampler, keys: usize) -> Op {
    let key = sampler.below(keys);
    let value = |sampler: &mut SeededSampler| sampler.below(5) as i64;
    match sampler.below(10) {
        0 => Op::Set { key, value: value(sampler) },
        1 => Op::Take { key },
        2 | 3 => Op::Add { key, by: value(sampler) + 1 },
        4..=6 => Op::Swap { key, old: value(sampler), new: value(sampler) },
        7 => Op::Read { key },
        _ => Op::Get { key },
    }
}

/// A batch built on the versions that this task saw last.
fn swap(sampler: &mut SeededSampler, keys: usize, seen: &[Option<u64>]) -> Op {
    match sampler.below(6) {
        0 | 1 => Op::ReadAll,
        2 => Op::Read { key: sampler.below(keys) },
        _ => {
            let first = sampler.below(keys);
            let second = (first + 1 + sampler.below(keys.max(2) - 1)) % keys.max(1);
            let mut both = vec![first];
            both.extend((second != first).then_some(second));
            let version = |key: &usize| (*key, seen.get(*key).copied().flatten());
            let write = |key: &usize| (*key, sampler.below(1000) as i64);
            Op::Batch { checks: both.iter().map(version).collect(), writes: both.iter().map(write).collect() }
        }
    }
}
