//! The settings of `cache`, `fallback_reads`, `fallback_writes` and `write_all`.

use std::sync::Arc;

use credenza_core::{Error, Kv, KvStore, Result};
use credenza_fallback::{CacheConfig, CacheTier, FallbackReadsConfig, FallbackWritesConfig, Writers};
use serde::Deserialize;

use super::super::text::{Size, Time, Url};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Cache {
    /// Where the cache is.
    store: Url,
    ttl: Option<Time>,
    lease: Option<Time>,
    patience: Option<Time>,
    max_value: Option<Size>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct FallbackReads {
    /// In the order in which they are asked.
    stores: Vec<Url>,
    patience: Option<Time>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct FallbackWrites {
    /// Where the journal is.
    journal: Url,
    /// Said by who wrote the configuration: nobody else writes to the keys.
    only_writer: bool,
    name: Option<String>,
    retry: Option<Time>,
    patience: Option<Time>,
    max_writes: Option<usize>,
    max_bytes: Option<Size>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct WriteAll {
    /// Besides the one that is read.
    stores: Vec<Url>,
}

/// The stores of URLs.
async fn opened(urls: &[Url]) -> Result<Vec<Arc<dyn KvStore>>> {
    let mut stores = Vec::with_capacity(urls.len());
    for url in urls {
        stores.push(Arc::clone(crate::open(&url.0).await?.kv.store()));
    }
    Ok(stores)
}

impl WriteAll {
    pub(in super::super) async fn on(&self, kv: Kv) -> Result<Kv> {
        let others = opened(&self.stores).await?;
        kv.layer(|store| credenza_fallback::WriteAll::new(store, others))
    }
}

impl Cache {
    pub(in super::super) async fn on(&self, kv: Kv) -> Result<Kv> {
        let front = crate::open(&self.store.0).await?.kv;
        let mut config = CacheConfig::default();
        super::said!(config;
            ttl = self.ttl.map(|time| time.0),
            lease = self.lease.map(|time| time.0),
            patience = self.patience.map(|time| time.0),
            max_value = self.max_value.map(|size| size.0),
        );
        kv.layer(|store| CacheTier::new(Arc::clone(front.store()), store, config))
    }
}

impl FallbackReads {
    pub(in super::super) async fn on(&self, kv: Kv) -> Result<Kv> {
        let others = opened(&self.stores).await?;
        let mut config = FallbackReadsConfig::default();
        super::said!(config; patience = self.patience.map(|time| time.0));
        kv.layer(|store| credenza_fallback::FallbackReads::new(store, others, config))
    }
}

impl FallbackWrites {
    pub(in super::super) async fn on(&self, kv: Kv) -> Result<Kv> {
        if !self.only_writer {
            let message =
                "who else writes to the keys needs a rule for conflicts, which a configuration cannot say";
            return Err(Error::invalid(message));
        }
        let journal = Arc::clone(crate::open(&self.journal.0).await?.kv.store());
        let mut config = FallbackWritesConfig::default();
        super::said!(config;
            name = self.name.clone(),
            retry = self.retry.map(|time| time.0),
            patience = self.patience.map(|time| time.0),
            max_writes = self.max_writes,
            max_bytes = self.max_bytes.map(|size| size.0),
        );
        let store = Arc::clone(kv.store());
        let layer =
            credenza_fallback::FallbackWrites::open(store, journal, Writers::OnlyThis, config).await?;
        kv.layer(|_| Ok(layer))
    }
}
