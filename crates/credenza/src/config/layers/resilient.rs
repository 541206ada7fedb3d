//! The settings of `resilient`.

use credenza_core::{Blob, Kv, Result};
use credenza_resilient::{Backoff, BreakerConfig, Budget, Concurrency, ResilientConfig};
use serde::Deserialize;

use super::super::text::{Time, TimeOrOff};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Resilient {
    deadline: Option<TimeOrOff>,
    attempt: Option<TimeOrOff>,
    retries: Option<u32>,
    backoff: Option<BackoffSettings>,
    budget: Option<BudgetSettings>,
    breaker: Option<BreakerSettings>,
    concurrency: Option<ConcurrencySettings>,
    hedge: Option<TimeOrOff>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BackoffSettings {
    first: Option<Time>,
    most: Option<Time>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BudgetSettings {
    #[serde(default)]
    off: bool,
    tokens: Option<u32>,
    earned: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BreakerSettings {
    #[serde(default)]
    off: bool,
    window: Option<Time>,
    least: Option<u32>,
    failed: Option<f64>,
    open: Option<Time>,
    open_most: Option<Time>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConcurrencySettings {
    running: usize,
    waiting: usize,
}

impl Resilient {
    fn config(&self) -> ResilientConfig {
        let mut config = ResilientConfig::default();
        super::said!(config;
            deadline = self.deadline.map(|time| time.0),
            attempt = self.attempt.map(|time| time.0),
            retries = self.retries,
            hedge = self.hedge.map(|time| time.0),
            backoff = self.backoff.as_ref().map(|said| {
                let mut backoff = Backoff::default();
                super::said!(backoff; first = said.first.map(|time| time.0), most = said.most.map(|time| time.0));
                backoff
            }),
            budget = self.budget.as_ref().map(|said| {
                let mut budget = Budget::default();
                super::said!(budget; tokens = said.tokens, earned = said.earned);
                (!said.off).then_some(budget)
            }),
            breaker = self.breaker.as_ref().map(|said| {
                let mut breaker = BreakerConfig::default();
                super::said!(breaker;
                    window = said.window.map(|time| time.0),
                    least = said.least,
                    failed = said.failed,
                    open = said.open.map(|time| time.0),
                    open_most = said.open_most.map(|time| time.0),
                );
                (!said.off).then_some(breaker)
            }),
            concurrency = self.concurrency.as_ref().map(|said| {
                Some(Concurrency { running: said.running, waiting: said.waiting })
            }),
        );
        config
    }

    pub(in super::super) fn on(&self, kv: Kv) -> Result<Kv> {
        kv.layer(|store| credenza_resilient::Resilient::new(store, self.config()))
    }

    pub(in super::super) fn on_blob(&self, blob: Blob) -> Result<Blob> {
        blob.layer(|store| credenza_resilient::ResilientBlob::new(store, self.config()))
    }
}
