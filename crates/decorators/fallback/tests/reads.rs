//! Reads that fall back.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use credenza_core::command::{Get, GetVersioned, Set};
use credenza_core::{Batch, Check, Consistency, Context, ErrorKind, Kv, KvStore, Reply, Request, Retry};
use credenza_fallback::{FallbackReads, FallbackReadsConfig};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_testkit::fault::{Chances, Fault, Faulty};

fn memory() -> MemoryStore {
    MemoryStore::open(MemoryConfig::default()).unwrap()
}

fn out() -> Arc<dyn KvStore> {
    Arc::new(Faulty::seeded(memory(), 7, Chances { refuse: 1000, ..Chances::default() }))
}

fn store(first: Arc<dyn KvStore>, others: Vec<Arc<dyn KvStore>>) -> FallbackReads {
    FallbackReads::new(first, others, FallbackReadsConfig::default()).unwrap()
}

async fn holding(value: &str) -> Arc<dyn KvStore> {
    let store = memory();
    Kv::new(store.clone()).set("k", value).await.unwrap();
    Arc::new(store)
}

#[tokio::test]
async fn a_read_is_answered_by_the_first_store_that_is_there() {
    let kv = Kv::new(store(holding("first").await, vec![holding("second").await]));
    assert_eq!(kv.get("k").await.unwrap().unwrap(), "first");
    assert_eq!(kv.get("none").await.unwrap(), None, "a miss is an answer");
    assert_eq!(kv.capabilities().consistency, Consistency::ReplicaLag);

    let down = store(out(), vec![out(), holding("third").await]);
    let cx = Context::new().with_notes();
    let answer = down.execute(&cx, Request::One(Get::new("k").into())).await.unwrap().one().unwrap();
    assert!(matches!(answer, Reply::Value(Some(value)) if value == "third"));
    assert_eq!(cx.take_notes().len(), 1, "the caller is told");
    assert!(FallbackReads::new(out(), Vec::new(), FallbackReadsConfig::default()).is_err());
}

#[tokio::test]
async fn writes_scans_versions_and_checks_never_leave_the_first() {
    let second = holding("second").await;
    let kv = Kv::new(store(out(), vec![second.clone()]));
    assert_eq!(kv.set("k", "lost").await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(kv.run(GetVersioned::new("k")).await.unwrap_err().kind(), ErrorKind::Unavailable);
    let scan = credenza_core::command::Scan::new(credenza_core::Cursor::START);
    assert_eq!(kv.run(scan).await.unwrap_err().kind(), ErrorKind::Unavailable);
    for checked in [false, true] {
        let mut batch = Batch::atomic();
        if checked {
            batch.check(Check::exists("k"));
            batch.push(Get::new("k"));
        } else {
            batch.push(Set::new("k", "lost"));
        }
        assert_eq!(kv.batch(batch).await.unwrap_err().kind(), ErrorKind::Unavailable);
    }
    assert_eq!(Kv::from(second).get("k").await.unwrap().unwrap(), "second", "nothing was written there");
    let mut reads = Batch::pipelined();
    let one = reads.push(Get::new("k"));
    assert_eq!(kv.batch(reads).await.unwrap().take(one).unwrap().unwrap(), "second");
}

#[tokio::test]
async fn when_none_answers_every_cause_is_told() {
    let kv = Kv::new(store(out(), vec![out(), out()]));
    let error = kv.get("k").await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::Temporary));
    assert_eq!(error.message().matches("faulty: ").count(), 3, "{error}");
    let kv = Kv::new(store(holding("v").await, vec![out()]));
    assert_eq!(
        kv.hget("k", "f").await.unwrap_err().kind(),
        ErrorKind::WrongType,
        "an answer, if no good one"
    );
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_costs_its_patience() {
    for fault in [Fault::Hang, Fault::Swallow] {
        let hangs = || Arc::new(Faulty::scripted(memory(), [Some(fault)]));
        let kv = Kv::new(store(hangs(), vec![hangs(), holding("third").await]));
        let began = tokio::time::Instant::now();
        assert_eq!(kv.get("k").await.unwrap().unwrap(), "third");
        assert_eq!(began.elapsed(), Duration::from_secs(2), "two of a second each");
    }
}
