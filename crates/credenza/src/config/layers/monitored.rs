//! The settings of `monitored`.

use credenza_core::{Blob, Kv, Result};
use credenza_monitored::MonitoredConfig;
use serde::Deserialize;

use super::super::text::TimeOrOff;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Monitored {
    namespace: Option<String>,
    slow: Option<TimeOrOff>,
    metrics: Option<bool>,
}

impl Monitored {
    fn config(&self) -> MonitoredConfig {
        let mut config = MonitoredConfig::default();
        config.namespace.clone_from(&self.namespace);
        super::said!(config; slow = self.slow.map(|time| time.0), metrics = self.metrics);
        config
    }

    pub(in super::super) fn on(&self, kv: Kv) -> Result<Kv> {
        kv.layer(|store| Ok(credenza_monitored::Monitored::new(store, self.config())))
    }

    pub(in super::super) fn on_blob(&self, blob: Blob) -> Result<Blob> {
        blob.layer(|store| Ok(credenza_monitored::MonitoredBlob::new(store, self.config())))
    }
}
