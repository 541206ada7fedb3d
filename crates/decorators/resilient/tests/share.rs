//! A breaker that several processes share. Time is tokio's, and that of the store with the key goes along with it.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use credenza_core::{
    Capabilities, Context, Error, ErrorKind, Execution, Kv, KvStore, ManualClock, Request, StoreInfo,
};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_resilient::{BreakerShare, BreakerState, Resilient, ResilientConfig};

/// A store that is there or not, as somebody says.
#[derive(Clone, Debug)]
struct Switched(MemoryStore, Arc<AtomicBool>);

impl KvStore for Switched {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        match self.1.load(Ordering::SeqCst) {
            true => self.0.execute(cx, request),
            false => Execution::ready(Err(Error::new(ErrorKind::Unavailable, "out"))),
        }
    }
}

struct Scene {
    clock: Arc<ManualClock>,
    up: Arc<AtomicBool>,
    /// Whether the store with the key is there.
    shared_up: Arc<AtomicBool>,
    processes: Vec<(Kv, Arc<Resilient<Switched>>)>,
}

fn scene() -> Scene {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let memory = || {
        let mut config = MemoryConfig::default();
        config.clock = clock.clone();
        config.sweep_interval = None;
        MemoryStore::open(config).unwrap()
    };
    let (up, shared_up) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(true)));
    let (store, shared) = (Switched(memory(), up.clone()), Switched(memory(), shared_up.clone()));
    let processes = (0..3).map(|_| {
        let mut config = ResilientConfig::default();
        config.retries = 0;
        config.share = Some(BreakerShare::new(Kv::new(shared.clone()), "breaker:redis"));
        let layer = Arc::new(Resilient::new(store.clone(), config).unwrap());
        (Kv::new(layer.clone()), layer)
    });
    let processes = processes.collect();
    Scene { clock, up, shared_up, processes }
}

impl Scene {
    async fn pass(&self, time: Duration) {
        for _ in 0..time.as_millis() / 10 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            self.clock.advance(Duration::from_millis(10));
        }
    }

    fn states(&self) -> Vec<BreakerState> {
        self.processes.iter().map(|(_, layer)| layer.stats().breaker).collect()
    }

    /// One process alone finds out that the store is out.
    async fn break_the_first(&self) {
        self.up.store(false, Ordering::SeqCst);
        for _ in 0..20 {
            self.processes[0].0.get("k").await.unwrap_err();
        }
    }
}

use BreakerState::{Closed, HalfOpen, Open};

#[tokio::test(start_paused = true)]
async fn who_finds_out_tells_the_others_and_so_does_who_sees_it_back() {
    let scene = scene();
    scene.break_the_first().await;
    assert_eq!(scene.states(), [Open, Closed, Closed]);
    scene.pass(Duration::from_millis(300)).await;
    assert_eq!(scene.states(), [Open; 3]);
    scene.up.store(true, Ordering::SeqCst);
    assert_eq!(scene.processes[1].0.get("k").await.unwrap_err().kind(), ErrorKind::Unavailable);
    scene.pass(Duration::from_millis(800)).await;
    assert_eq!(scene.states(), [HalfOpen; 3]);
    scene.processes[2].0.get("k").await.unwrap();
    assert_eq!(scene.states()[2], Closed);
    scene.pass(Duration::from_millis(300)).await;
    for (kv, _) in &scene.processes {
        kv.get("k").await.unwrap();
    }
    assert_eq!(scene.states(), [Closed; 3]);
    // Nothing of it is left that would open one again.
    scene.pass(Duration::from_secs(5)).await;
    assert_eq!(scene.states(), [Closed; 3]);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_answered_lets_the_others_probe_before_their_time() {
    let scene = scene();
    scene.break_the_first().await;
    // Its probes fail, so that it is left alone for longer and longer: 1 + 2 + 4 s.
    for seconds in [1, 2] {
        scene.pass(Duration::from_millis(seconds * 1000 + 10)).await;
        scene.processes[0].0.get("k").await.unwrap_err();
    }
    scene.pass(Duration::from_millis(3_900)).await;
    assert_eq!(scene.states()[0], Open);
    scene.up.store(true, Ordering::SeqCst);
    scene.pass(Duration::from_millis(110)).await;
    scene.processes[0].0.get("k").await.unwrap();
    scene.pass(Duration::from_millis(300)).await;
    assert!(scene.states().iter().all(|state| *state != Open), "{:?}", scene.states());
}

#[tokio::test(start_paused = true)]
async fn while_the_store_of_the_key_is_out_each_has_what_it_sees_itself() {
    let scene = scene();
    scene.shared_up.store(false, Ordering::SeqCst);
    scene.break_the_first().await;
    scene.pass(Duration::from_millis(600)).await;
    assert_eq!(scene.states(), [Open, Closed, Closed]);
    assert_eq!(scene.processes[1].0.get("k").await.unwrap_err().message(), "out", "the store was asked");
}

#[test]
fn a_task_wants_a_runtime_and_sharing_a_breaker() {
    let memory = || MemoryStore::open(MemoryConfig::default()).unwrap();
    let mut config = ResilientConfig::default();
    config.share = Some(BreakerShare::new(Kv::new(memory()), "k"));
    for without in [false, true] {
        let mut config = config.clone();
        if without {
            config.breaker = None;
        }
        let error = Resilient::new(memory(), config).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }
}
