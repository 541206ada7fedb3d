//! How many resources there are, and how large they are.

use std::collections::BTreeMap;

use credenza_core::command::HDel;
use credenza_core::{Batch, Check, ErrorKind, Kv, Result};
use serde::Serialize;

use super::record::Kind;
use super::select::Space;
use super::{Registry, layout};

/// How many resources there are, as it is told.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Stats {
    pub(crate) total: u64,
    pub(crate) by_type: ByType,
    pub(crate) by_namespace: BTreeMap<String, u64>,
    pub(crate) total_size: i64,
}

/// How many there are of each type.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ByType {
    kv: u64,
    d1: u64,
    r2: u64,
    #[serde(rename = "do")]
    durable: u64,
}

impl Registry {
    /// How many resources there are. It costs as much as there are types and namespaces.
    pub(crate) async fn stats(&self, kv: &Kv) -> Result<Stats> {
        let (spaces, sizes): (Vec<_>, Vec<_>) = self.spaces(kv).await?.into_iter().unzip();
        let counts = self.counts(kv, &spaces).await?;
        let mut stats = Stats::default();
        for ((space, size), count) in spaces.into_iter().zip(sizes).zip(counts) {
            if count == 0 {
                self.forget(kv, &space).await?;
                continue;
            }
            let (kind, namespace) = space;
            stats.total += count;
            stats.total_size = stats.total_size.saturating_add(size);
            *stats.by_namespace.entry(namespace).or_default() += count;
            *match kind {
                Kind::Kv => &mut stats.by_type.kv,
                Kind::D1 => &mut stats.by_type.d1,
                Kind::R2 => &mut stats.by_type.r2,
                Kind::Do => &mut stats.by_type.durable,
            } += count;
        }
        Ok(stats)
    }

    /// A namespace without resources needs no sum.
    async fn forget(&self, kv: &Kv, (kind, namespace): &Space) -> Result<()> {
        let mut batch = Batch::atomic();
        batch.check(Check::LengthAtMost { key: layout::index(*kind, namespace), length: 0 });
        batch.push(HDel::new(layout::sizes(), [layout::size_field(*kind, namespace)]));
        match kv.batch(batch).await {
            // It has resources again.
            Err(error) if error.kind() == ErrorKind::CheckFailed => Ok(()),
            outcome => outcome.map(drop),
        }
    }
}
