//! Requests that are dropped: an honest store is whole afterwards, one that stops half way is caught.

use std::time::Duration;

use credenza_core::command::Set;
use credenza_core::{
    Capabilities, Command, Context, Execution, KvStore, Reply, Request, Response, StoreInfo,
};
use credenza_memory::MemoryStore;
use credenza_testkit::Subject;
use credenza_testkit::cancel::{drop_requests, poll_times};
use credenza_testkit::fault::{Chances, Faulty};

use crate::mutant::{honest, memory};

#[tokio::test]
async fn a_future_is_polled_so_many_times_and_then_dropped() {
    let steps = std::cell::Cell::new(0);
    let work = async || {
        for _ in 0..3 {
            steps.set(steps.get() + 1);
            tokio::task::yield_now().await;
        }
        "done"
    };
    for polls in 0..4 {
        steps.set(0);
        assert_eq!(poll_times(work(), polls).await, None);
        assert_eq!(steps.get(), polls.min(3));
    }
    assert_eq!(poll_times(work(), 4).await, Some("done"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_honest_store_is_whole() {
    let slow = Chances { delay: (300, Duration::from_micros(50)), ..Chances::default() };
    let drops =
        drop_requests(async || Ok(honest()?.behind(|store| Faulty::seeded(store, 1, slow)))).await.unwrap();
    assert!(drops.waiting > 0 && drops.unpolled > 0 && drops.ready > 0, "{drops:?}");
}

/// `MSET` a key at a time.
#[derive(Debug)]
struct HalfWay(MemoryStore);

impl KvStore for HalfWay {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        match request {
            Request::One(Command::MSet(mset)) => {
                let cx = cx.clone();
                Execution::wait(async move {
                    for (key, value) in mset.entries {
                        self.0.execute(&cx, Request::One(Set::new(key, value).into())).await?;
                        tokio::task::yield_now().await;
                    }
                    Ok(Response::One(Reply::Done))
                })
            }
            request => self.0.execute(cx, request),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_write_that_stops_half_way_is_caught() {
    let (store, clock) = memory();
    let found =
        drop_requests(async || Ok(Subject::new(HalfWay(store.clone())).with_clock(clock.clone()))).await;
    let error = found.unwrap_err();
    assert!(error.contains("MSET") && error.contains("left a part"), "{error}");
}
