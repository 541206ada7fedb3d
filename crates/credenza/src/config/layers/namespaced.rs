//! The settings of `namespaced`.

use credenza_core::{Blob, Kv, Result};
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Namespaced {
    name: String,
    /// Of a Redis cluster.
    #[serde(default)]
    one_slot: bool,
}

impl Namespaced {
    pub(in super::super) fn on(&self, kv: Kv) -> Result<Kv> {
        kv.layer(|store| match self.one_slot {
            true => credenza_namespaced::Namespaced::in_one_slot(store, &self.name),
            false => Ok(credenza_namespaced::Namespaced::named(store, &self.name)),
        })
    }

    pub(in super::super) fn on_blob(&self, blob: Blob) -> Result<Blob> {
        blob.layer(|store| credenza_namespaced::NamespacedBlob::new(store, &self.name))
    }
}
