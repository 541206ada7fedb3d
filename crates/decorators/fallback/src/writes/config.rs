//! What can be set, and what is told.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use credenza_core::{Clock, SystemClock};

/// Who else writes to the keys that are written through this layer: what becomes of a write that was journaled when somebody else
/// wrote to its key meanwhile.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Writers {
    /// Nobody does, so nothing can have happened to them meanwhile: what was journaled is written as it is.
    OnlyThis,
    /// Others do: what stands there is shown, and somebody who knows what the values mean decides. It is decided and written in one step.
    Others(Arc<dyn Decide>),
}

/// Decides whether a write that was journaled during an outage still counts.
pub trait Decide: Debug + Send + Sync + 'static {
    /// Compares the string that stands under the key now, if there is one, with what was to be written. Nobody is asked about a key
    /// that has become a hash, a list or a set meanwhile: it stays.
    fn decide(&self, stands: Option<&Bytes>, write: &JournaledWrite<'_>) -> Verdict;
}

/// A write that was journaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournaledWrite<'a> {
    /// The key.
    pub key: &'a [u8],
    /// What was to be set; `None` for a delete.
    pub value: Option<&'a Bytes>,
    /// When it was accepted, in milliseconds since the Unix epoch.
    pub accepted: i64,
}

/// What becomes of a write that was journaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It is written.
    Write,
    /// What stands there stays.
    Keep,
}

/// How writes are journaled.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FallbackWritesConfig {
    /// The name of the journal, in the store that keeps it: letters, digits, `-` and `_`. A journal belongs to one process at a time. `default`.
    pub name: String,
    /// How often it is tried to bring the journal to the store: every second.
    pub retry: Duration,
    /// How long one such attempt may take, and how long a write or a read waits for the journal: 10 seconds.
    pub patience: Duration,
    /// Writes that may wait, after which they fail as the store does: 10,000.
    pub max_writes: usize,
    /// Bytes of keys and values that may wait: 64 MiB. They are kept in memory too.
    pub max_bytes: usize,
    /// Tells when values expire that wait.
    pub clock: Arc<dyn Clock>,
}

impl Default for FallbackWritesConfig {
    fn default() -> FallbackWritesConfig {
        FallbackWritesConfig {
            name: "default".into(),
            retry: Duration::from_secs(1),
            patience: Duration::from_secs(10),
            max_writes: 10_000,
            max_bytes: 64 << 20,
            clock: Arc::new(SystemClock),
        }
    }
}

/// What a journal did so far, in this process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalStats {
    /// Writes that wait.
    pub waiting: u64,
    /// Writes that it took.
    pub taken: u64,
    /// Writes that it brought to the store.
    pub written: u64,
    /// Writes that [`Decide`] let go of.
    pub kept: u64,
    /// Why the store refuses the first that waits, if it does so for another reason than being out. The others wait behind it.
    pub refused: Option<String>,
}
