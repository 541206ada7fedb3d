//! What tasks at the same time see: an honest store can be explained, one with a planted race cannot.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use credenza_core::command::{Get, Set};
use credenza_core::{
    Capabilities, Command, Context, Execution, Kv, KvStore, Reply, Request, Response, StoreInfo,
};
use credenza_memory::MemoryStore;
use credenza_testkit::fault::{Chances, Faulty};
use credenza_testkit::history::Verdict;
use credenza_testkit::linearizable::{
    Answer, Op, Workload, assert_linearizable, checked_batches, single_keys,
};

use crate::mutant::memory;

fn impatient(seed: u64) -> Workload {
    Workload { seed, patience: Duration::from_millis(50), ..Workload::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_honest_store_is_linearizable_in_any_weather() {
    for seed in 0..4 {
        let workload = Workload { seed, ..Workload::default() };
        assert_linearizable(async || Ok(Kv::new(memory().0)), workload).await;
        let faulty = async || Ok(Kv::new(Faulty::seeded(memory().0, seed, Chances::of_everything())));
        assert_linearizable(faulty, Workload { drop_one_in: 50, ..impatient(seed) }).await;
    }
}

/// A store with a race.
#[derive(Debug)]
struct Racy {
    store: MemoryStore,
    race: Race,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Race {
    /// `SETIFEQUAL` reads, lets others run, and writes.
    TornSwap,
    /// `SET` answers before it is applied.
    EarlyAnswer,
    /// Checks are looked at, others run, and then the commands are applied.
    StaleChecks,
    /// A batch is applied a command at a time.
    TornBatch,
    /// Every so many reads see nothing.
    BlindRead,
}

impl KvStore for Racy {
    fn info(&self) -> &StoreInfo {
        self.store.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.store.capabilities()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        let store = &self.store;
        let owned = cx.clone();
        match (self.race, request) {
            (Race::TornSwap, Request::One(Command::SetIfEqual(swap))) => Execution::wait(async move {
                let found = store.execute(&owned, Request::One(Get::new(&swap.key).into())).await?.one()?;
                tokio::task::yield_now().await;
                let equal = matches!(found, Reply::Value(Some(value)) if value == swap.expected.as_ref());
                if equal {
                    store.execute(&owned, Request::One(Set::new(swap.key, swap.value).into())).await?;
                }
                Ok(Response::One(Reply::Bool(equal)))
            }),
            (Race::EarlyAnswer, Request::One(Command::Set(set))) => Execution::wait(async move {
                let store = store.clone();
                tokio::spawn(async move {
                    tokio::task::yield_now().await;
                    let _ = store.execute(&Context::new(), Request::One(set.into())).await;
                });
                Ok(Response::One(Reply::Set(credenza_core::SetReply { applied: true, previous: None })))
            }),
            (Race::StaleChecks, Request::Batch(batch)) if !batch.checks.is_empty() => {
                Execution::wait(async move {
                    let mut checks = batch.clone();
                    checks.commands.clear();
                    store.execute(&owned, Request::Batch(checks)).await?;
                    tokio::task::yield_now().await;
                    store
                        .execute(&owned, Request::Batch(credenza_core::Batch { checks: Vec::new(), ..batch }))
                        .await
                })
            }
            (Race::TornBatch, Request::Batch(batch)) if batch.checks.is_empty() => {
                Execution::wait(async move {
                    let mut replies = Vec::new();
                    for command in batch.commands {
                        replies.push(store.execute(&owned, Request::One(command)).await?.one());
                        tokio::task::yield_now().await;
                    }
                    Ok(Response::Batch(credenza_core::BatchReply { replies, version: None }))
                })
            }
            (Race::BlindRead, Request::One(Command::Get(get))) => {
                static READS: AtomicU64 = AtomicU64::new(0);
                if READS.fetch_add(1, Ordering::Relaxed) % 10 == 9 {
                    return Execution::ready(Ok(Response::One(Reply::Value(None))));
                }
                store.execute(cx, Request::One(get.into()))
            }
            (_, request) => store.execute(cx, request),
        }
    }
}

/// The race shows within a few tries.
async fn is_caught(race: Race, look: impl AsyncFn(Kv, u64) -> Verdict<Op, Answer>) {
    for seed in 0..20 {
        let store = Arc::new(Racy { store: memory().0, race });
        if let Some(violation) = look(Kv::new(store), seed).await.violation() {
            assert!(violation.to_string().starts_with("not linearizable"), "{violation}");
            return;
        }
    }
    panic!("{race:?} was not caught");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn races_on_one_key_are_caught() {
    for race in [Race::TornSwap, Race::EarlyAnswer, Race::BlindRead] {
        is_caught(race, async |kv, seed| {
            single_keys(&kv, Workload { seed, ..Workload::default() }).await.unwrap()
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn races_in_batches_are_caught() {
    for race in [Race::StaleChecks, Race::TornBatch] {
        is_caught(race, async |kv, seed| {
            checked_batches(&kv, Workload { seed, ..Workload::default() }).await.unwrap()
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_race_is_caught_behind_faults_too() {
    for seed in 0..20 {
        let racy = Racy { store: memory().0, race: Race::TornSwap };
        let kv = Kv::new(Faulty::seeded(racy, seed, Chances::of_everything()));
        let verdict = single_keys(&kv, impatient(seed)).await.unwrap();
        if verdict.violation().is_some() {
            return;
        }
    }
    panic!("the torn swap was not caught");
}
