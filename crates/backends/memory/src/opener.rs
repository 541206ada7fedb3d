//! Opens `memory:` URLs.

use std::sync::Arc;

use async_trait::async_trait;
use credenza_core::url::{StoreUrl, byte_size, duration};
use credenza_core::{Error, Kv, OpenStore, Opener, Result};

use crate::config::{Eviction, MemoryConfig};
use crate::store::MemoryStore;

/// Opens `memory:`: a new, empty store each time.
///
/// Parameters: `max_bytes` (`64MiB`), `eviction` (`refuse` or `lru`), `sweep` (`30s`; `0s` never sweeps).
#[derive(Clone, Copy, Debug, Default)]
pub struct MemoryOpener;

#[async_trait]
impl Opener for MemoryOpener {
    async fn open(&self, mut url: StoreUrl) -> Result<OpenStore> {
        let mut config = MemoryConfig::default();
        if let Some(bytes) = url.take("max_bytes", byte_size)? {
            config.max_bytes = Some(usize::try_from(bytes).unwrap_or(usize::MAX));
        }
        config.eviction = url.take("eviction", eviction)?.unwrap_or_default();
        if let Some(interval) = url.take("sweep", duration)? {
            config.sweep_interval = Some(interval).filter(|interval| !interval.is_zero());
        }
        let location = url.finish()?;
        if !location.path.is_empty() || location.host.is_some() {
            return Err(Error::invalid("a memory: URL names no place; every opening is a store of its own"));
        }
        let store = MemoryStore::open(config)?;
        Ok(OpenStore { kv: Kv::new(store.clone()), pubsub: Some(Arc::new(store)) })
    }
}

fn eviction(text: &str) -> std::result::Result<Eviction, &'static str> {
    match text {
        "refuse" => Ok(Eviction::Refuse),
        "lru" => Ok(Eviction::LeastRecentlyUsed),
        _ => Err("refuse or lru"),
    }
}
