//! Layers as a configuration lists them.

mod keys;
mod layer;
mod layers;
mod text;

use credenza_core::{Blob, Kv, Result};
use serde::Deserialize;

use layer::Layer;

/// Decorators for a store as a configuration lists them, in any format that serde reads: outermost first, as [`Kv::stack`] prints them.
///
/// Each names its `layer` and has the settings of its configuration, which stay as they are where nothing is said. A layer or a
/// setting that does not exist is an error. Times are text, `"250ms"`, `"2s"`, and so are sizes, `"64KiB"`; keys are read from the environment, a file or a command, and never
/// stand in the configuration. The guide has a table of all settings.
///
/// ```
/// # #[cfg(all(feature = "memory", feature = "json"))]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let list: credenza::LayerList = serde_json::from_str(
///     r#"[
///         { "layer": "monitored", "slow": "100ms" },
///         { "layer": "resilient", "deadline": "2s", "attempt": "500ms" },
///         { "layer": "namespaced", "name": "shop" }
///     ]"#,
/// )?;
/// let kv = list.on(credenza::open("memory:").await?.kv).await?;
/// assert_eq!(kv.stack(), "monitored › resilient › namespaced › memory");
/// # Ok(()) }
/// # #[cfg(not(all(feature = "memory", feature = "json")))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct LayerList {
    layers: Vec<Layer>,
}

impl LayerList {
    /// A handle with these layers around its store. Stores that layers name by their URLs are opened, and keys are read.
    ///
    /// # Errors
    /// Those of the layers, and of the stores that they open; `InvalidArgument` for an order that cannot work.
    pub async fn on(&self, mut kv: Kv) -> Result<Kv> {
        for layer in self.layers.iter().rev() {
            kv = layer.on(kv).await?;
        }
        Ok(kv)
    }

    /// The same for objects.
    ///
    /// # Errors
    /// As [`LayerList::on`]; `Unsupported` for a layer that has nothing to do with objects: those on several stores.
    pub fn on_blob(&self, mut blob: Blob) -> Result<Blob> {
        for layer in self.layers.iter().rev() {
            blob = layer.on_blob(blob)?;
        }
        Ok(blob)
    }
}
