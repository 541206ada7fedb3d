//! [`Layers`].

use credenza_core::{Kv, Result};

/// Decorators for a store, in the order that is recommended, whatever the order they are named in. From the outside in:
/// graceful, monitored, resilient, namespaced, compressed, encrypted.
///
/// ```
/// # #[cfg(all(feature = "memory", feature = "monitored", feature = "namespaced", feature = "resilient"))]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> credenza::Result<()> {
/// use credenza::{Layers, MonitoredConfig, ResilientConfig};
///
/// let layers = Layers::new()
///     .namespaced("shop")
///     .monitored(MonitoredConfig::default())
///     .resilient(ResilientConfig::default());
/// let kv = layers.on(credenza::open("memory:").await?.kv)?;
/// assert_eq!(kv.stack(), "monitored › resilient › namespaced › memory");
/// # Ok(()) }
/// # #[cfg(not(all(feature = "memory", feature = "monitored", feature = "namespaced", feature = "resilient")))]
/// # fn main() {}
/// ```
///
/// Other orders are built with [`Kv::layer`], layer by layer. Each decorator wants the feature of its name.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    #[cfg(feature = "encrypted")]
    encrypted: Option<(credenza_encrypted::Keyring, credenza_encrypted::EncryptedConfig)>,
    #[cfg(feature = "compressed")]
    compressed: Option<credenza_compressed::CompressedConfig>,
    #[cfg(feature = "namespaced")]
    namespaced: Option<Vec<u8>>,
    #[cfg(feature = "resilient")]
    resilient: Option<credenza_resilient::ResilientConfig>,
    #[cfg(feature = "monitored")]
    monitored: Option<credenza_monitored::MonitoredConfig>,
    #[cfg(feature = "graceful")]
    graceful: Option<credenza_graceful::GracefulConfig>,
}

impl Layers {
    /// None yet.
    pub fn new() -> Layers {
        Layers::default()
    }

    /// Encrypts values.
    #[cfg(feature = "encrypted")]
    #[must_use]
    pub fn encrypted(
        mut self,
        keys: credenza_encrypted::Keyring,
        config: credenza_encrypted::EncryptedConfig,
    ) -> Layers {
        self.encrypted = Some((keys, config));
        self
    }

    /// Compresses values, before they are encrypted.
    #[cfg(feature = "compressed")]
    #[must_use]
    pub fn compressed(mut self, config: credenza_compressed::CompressedConfig) -> Layers {
        self.compressed = Some(config);
        self
    }

    /// Keeps to the namespace of this name.
    #[cfg(feature = "namespaced")]
    #[must_use]
    pub fn namespaced(mut self, name: impl AsRef<[u8]>) -> Layers {
        self.namespaced = Some(name.as_ref().to_vec());
        self
    }

    /// Repeats what may be repeated, within deadlines.
    #[cfg(feature = "resilient")]
    #[must_use]
    pub fn resilient(mut self, config: credenza_resilient::ResilientConfig) -> Layers {
        self.resilient = Some(config);
        self
    }

    /// Measures calls as their callers see them.
    #[cfg(feature = "monitored")]
    #[must_use]
    pub fn monitored(mut self, config: credenza_monitored::MonitoredConfig) -> Layers {
        self.monitored = Some(config);
        self
    }

    /// Turns an outage into a miss.
    #[cfg(feature = "graceful")]
    #[must_use]
    pub fn graceful(mut self, config: credenza_graceful::GracefulConfig) -> Layers {
        self.graceful = Some(config);
        self
    }

    /// A handle with these layers around its store.
    ///
    /// # Errors
    /// Those of the layers; `InvalidArgument` if the store has layers of its own below which these cannot work.
    pub fn on(self, kv: Kv) -> Result<Kv> {
        #[cfg(feature = "encrypted")]
        let kv = match self.encrypted {
            Some((keys, config)) => {
                kv.layer(|store| credenza_encrypted::Encrypted::new(store, keys, config))?
            }
            None => kv,
        };
        #[cfg(feature = "compressed")]
        let kv = match self.compressed {
            Some(config) => kv.layer(|store| credenza_compressed::Compressed::new(store, config))?,
            None => kv,
        };
        #[cfg(feature = "namespaced")]
        let kv = match self.namespaced {
            Some(name) => kv.layer(|store| Ok(credenza_namespaced::Namespaced::named(store, name)))?,
            None => kv,
        };
        #[cfg(feature = "resilient")]
        let kv = match self.resilient {
            Some(config) => kv.layer(|store| credenza_resilient::Resilient::new(store, config))?,
            None => kv,
        };
        #[cfg(feature = "monitored")]
        let kv = match self.monitored {
            Some(config) => kv.layer(|store| Ok(credenza_monitored::Monitored::new(store, config)))?,
            None => kv,
        };
        #[cfg(feature = "graceful")]
        let kv = match self.graceful {
            Some(config) => kv.layer(|store| Ok(credenza_graceful::Graceful::new(store, config)))?,
            None => kv,
        };
        Ok(kv)
    }
}
