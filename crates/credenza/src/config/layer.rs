//! The layers by their names.

use credenza_core::{Blob, Kv, Result};
use serde::Deserialize;

use super::layers;

/// A layer: its settings, by its name.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "layer", rename_all = "snake_case")]
pub(super) enum Layer {
    Encrypted(layers::Encrypted),
    Compressed(layers::Compressed),
    Namespaced(layers::Namespaced),
    Resilient(Box<layers::Resilient>),
    Monitored(layers::Monitored),
    Graceful(layers::Graceful),
    Cache(layers::Cache),
    FallbackReads(layers::FallbackReads),
    FallbackWrites(layers::FallbackWrites),
    WriteAll(layers::WriteAll),
}

impl Layer {
    pub(super) async fn on(&self, kv: Kv) -> Result<Kv> {
        match self {
            Layer::Encrypted(layer) => layer.on(kv),
            Layer::Compressed(layer) => layer.on(kv),
            Layer::Namespaced(layer) => layer.on(kv),
            Layer::Resilient(layer) => layer.on(kv),
            Layer::Monitored(layer) => layer.on(kv),
            Layer::Graceful(layer) => layer.on(kv),
            Layer::Cache(layer) => layer.on(kv).await,
            Layer::FallbackReads(layer) => layer.on(kv).await,
            Layer::FallbackWrites(layer) => layer.on(kv).await,
            Layer::WriteAll(layer) => layer.on(kv).await,
        }
    }

    pub(super) fn on_blob(&self, blob: Blob) -> Result<Blob> {
        match self {
            Layer::Encrypted(layer) => layer.on_blob(blob),
            Layer::Compressed(layer) => layer.on_blob(blob),
            Layer::Namespaced(layer) => layer.on_blob(blob),
            Layer::Resilient(layer) => layer.on_blob(blob),
            Layer::Monitored(layer) => layer.on_blob(blob),
            Layer::Graceful(layer) => layer.on_blob(blob),
            Layer::Cache(_) | Layer::FallbackReads(_) | Layer::FallbackWrites(_) | Layer::WriteAll(_) => {
                Err(credenza_core::Error::unsupported("a layer on several stores, for objects"))
            }
        }
    }
}
