//! How a store in memory is set up.

use std::sync::Arc;
use std::time::Duration;

use credenza_core::{Clock, Limits, Random, SystemClock, ThreadRandom};

/// How a store in memory is set up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MemoryConfig {
    /// How often expired keys are looked for; `None`: they go only when somebody writes to them, or when room is
    /// needed. 30 seconds by default. A sweep skips everything that holds nothing due.
    pub sweep_interval: Option<Duration>,
    /// About how many bytes of memory the entries may take; no limit by default.
    pub max_bytes: Option<usize>,
    /// What happens to a write when they take more.
    pub eviction: Eviction,
    /// How large the parts of a request may be.
    pub limits: Limits,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub random: Arc<dyn Random>,
}

impl Default for MemoryConfig {
    fn default() -> MemoryConfig {
        MemoryConfig {
            sweep_interval: Some(Duration::from_secs(30)),
            max_bytes: None,
            eviction: Eviction::default(),
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
            random: Arc::new(ThreadRandom),
        }
    }
}

/// What happens to a write when the limit on memory is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Eviction {
    /// It fails with [`ErrorKind::Full`](credenza_core::ErrorKind::Full), unless it is one that only removes.
    #[default]
    Refuse,
    /// Keys that were not used for long go first: of two dozen keys taken at random, the one whose last use is the
    /// longest ago, to a tenth of a second, until the rest is below the limit. As in Redis (`allkeys-lru`), the
    /// choice is near the best one, not the best.
    LeastRecentlyUsed,
}
