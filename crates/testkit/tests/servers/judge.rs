//! Real Redis judges the store in memory, and finds a planted difference.

use credenza_core::command::RPop;
use credenza_core::{Capabilities, Command, Context, Execution, KvStore, Request, Result, StoreInfo};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_testkit::model::Plan;
use credenza_testkit::{Subject, judge};

fn memory() -> Result<MemoryStore> {
    let mut config = MemoryConfig::default();
    config.sweep_interval = None;
    MemoryStore::open(config)
}

#[tokio::test]
async fn redis_agrees_with_the_store_in_memory() {
    let fresh = async || Ok(Subject::new(memory()?));
    let Some(verdict) = judge::redis(Plan::for_servers(), fresh).await else { return };
    let summary = verdict.unwrap_or_else(|difference| panic!("{difference}"));
    let failed = summary.failed as f64 / summary.commands as f64;
    assert!((0.05..0.6).contains(&failed), "half of the commands should do something: {summary:?}");
}

/// Pops from the wrong end, in batches alone.
#[derive(Debug)]
struct Wrong(MemoryStore);

impl KvStore for Wrong {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn execute<'a>(&'a self, cx: &Context, mut request: Request) -> Execution<'a> {
        if let Request::Batch(batch) = &mut request {
            for command in &mut batch.commands {
                if let Command::LPop(pop) = command {
                    *command = RPop { key: pop.key.clone(), count: pop.count }.into();
                }
            }
        }
        self.0.execute(cx, request)
    }
}

#[tokio::test]
async fn redis_finds_a_planted_difference() {
    let fresh = async || Ok(Subject::new(Wrong(memory()?)));
    let Some(verdict) = judge::redis(Plan { commands: 200_000, ..Plan::default() }, fresh).await else {
        return;
    };
    let difference = verdict.unwrap_err();
    let script = difference.script();
    assert!(script.contains("LPOP") && script.lines().count() <= 6, "{difference}");
}
