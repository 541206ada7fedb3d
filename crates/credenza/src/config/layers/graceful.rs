//! The settings of `graceful`.

use std::collections::BTreeMap;

use credenza_core::{Blob, CommandId, Error, Kv, Result};
use credenza_graceful::{GracefulConfig, OnOutage};
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Graceful {
    reads: Option<Rule>,
    writes: Option<Rule>,
    /// By the names of the commands.
    #[serde(default)]
    commands: BTreeMap<String, Rule>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Rule {
    Degrade,
    Fail,
}

impl Rule {
    fn on_outage(self) -> OnOutage {
        match self {
            Rule::Degrade => OnOutage::Degrade,
            Rule::Fail => OnOutage::Fail,
        }
    }
}

impl Graceful {
    pub(in super::super) fn on(&self, kv: Kv) -> Result<Kv> {
        let mut config = GracefulConfig::default();
        super::said!(config; reads = self.reads.map(Rule::on_outage), writes = self.writes.map(Rule::on_outage));
        for (name, rule) in &self.commands {
            let command = CommandId::from_name(name.as_bytes())
                .ok_or_else(|| Error::invalid(format!("there is no command {name:?}")))?;
            config.set(command, rule.on_outage());
        }
        kv.layer(|store| Ok(credenza_graceful::Graceful::new(store, config)))
    }

    pub(in super::super) fn on_blob(&self, blob: Blob) -> Result<Blob> {
        if self.reads.is_some() || self.writes.is_some() || !self.commands.is_empty() {
            return Err(Error::invalid(
                "for objects, reads degrade and writes fail: there is nothing to set",
            ));
        }
        blob.layer(|store| Ok(credenza_graceful::GracefulBlob::new(store)))
    }
}
