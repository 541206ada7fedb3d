//! How a store in memory is set up.

use std::sync::Arc;

use credenza_core::blob::BlobLimits;
use credenza_core::{Clock, SystemClock};

/// How a [`MemoryBlobStore`](super::MemoryBlobStore) is set up.
///
/// ```
/// use credenza_blob::MemoryBlobConfig;
///
/// let mut config = MemoryBlobConfig::default();
/// config.max_bytes = Some(64 << 20);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MemoryBlobConfig {
    /// About how many bytes all objects may take, with what is known of them and with those that are on their way
    /// in; a put that needs more fails with `Full`. No limit by default. An object that is put in the place of
    /// another needs room beside it.
    pub max_bytes: Option<u64>,
    /// How large things may be.
    pub limits: BlobLimits,
    /// What tells when an object was put.
    pub clock: Arc<dyn Clock>,
}

impl Default for MemoryBlobConfig {
    fn default() -> MemoryBlobConfig {
        MemoryBlobConfig { max_bytes: None, limits: BlobLimits::default(), clock: Arc::new(SystemClock) }
    }
}
