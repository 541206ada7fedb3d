//! Writes that a journal takes: what is taken and what is not, what is seen, and what stands in the store in the end.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use credenza_core::command::{Del, Exists, Get, Set, SetExpiry};
use credenza_core::{
    Batch, Capabilities, Check, Context, Cursor, Effect, Error, ErrorKind, Execution, Kv, KvStore,
    ManualClock, Random, Request, Result, SeededRandom, StoreInfo,
};
use credenza_fallback::{Decide, FallbackWrites, FallbackWritesConfig, JournaledWrite, Verdict, Writers};
use credenza_memory::{MemoryConfig, MemoryStore};

const UP: u8 = 0;
/// Nothing reaches it.
const OUT: u8 = 1;
/// It does what it is asked, and nobody hears of it.
const MUTE: u8 = 2;
/// A part of the answers is lost, and a part of the requests.
const FLAKY: u8 = 3;
/// Writes are on their way until somebody lets them arrive.
const SLOW: u8 = 4;

/// A store that goes out and comes back.
#[derive(Clone, Debug)]
struct Switch(Arc<(MemoryStore, AtomicU8, SeededRandom, Mutex<Vec<Request>>)>);

impl Switch {
    fn on(store: MemoryStore) -> Switch {
        Switch(Arc::new((store, AtomicU8::new(UP), SeededRandom::new(7), Mutex::default())))
    }

    fn to(&self, mode: u8) {
        self.0.1.store(mode, Ordering::SeqCst);
    }

    /// What was on its way arrives.
    async fn arrive(&self) {
        let arriving = std::mem::take(&mut *self.0.3.lock().unwrap());
        for request in arriving {
            let _ = self.0.0.execute(&Context::new(), request).await;
        }
    }

    /// The store itself, which is always there.
    fn below(&self) -> Kv {
        Kv::new(self.0.0.clone())
    }
}

impl KvStore for Switch {
    fn info(&self) -> &StoreInfo {
        self.0.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.0.capabilities()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        let cx = cx.clone();
        Execution::wait(async move {
            let mode = match self.0.1.load(Ordering::SeqCst) {
                FLAKY => [UP, UP, OUT, MUTE][self.0.2.below(4) as usize],
                mode => mode,
            };
            tokio::task::yield_now().await;
            if mode == SLOW && matches!(request, Request::Batch(_)) {
                self.0.3.lock().unwrap().push(request);
                return std::future::pending().await;
            }
            if mode == OUT {
                return Err(Error::new(ErrorKind::Unavailable, "out"));
            }
            let answer = self.0.0.execute(&cx, request).await;
            tokio::task::yield_now().await;
            if mode == MUTE {
                return Err(Error::new(ErrorKind::Timeout, "no answer").with_effect(Effect::MaybeApplied));
            }
            answer
        })
    }
}

struct Setup {
    kv: Kv,
    layer: Arc<FallbackWrites<Switch, Switch>>,
    store: Switch,
    journal: Switch,
    clock: Arc<ManualClock>,
}

fn memory(clock: &Arc<ManualClock>) -> Switch {
    let mut config = MemoryConfig::default();
    config.clock = clock.clone();
    config.sweep_interval = None;
    Switch::on(MemoryStore::open(config).unwrap())
}

fn config(clock: &Arc<ManualClock>) -> FallbackWritesConfig {
    let mut config = FallbackWritesConfig::default();
    config.clock = clock.clone();
    // Nothing is brought anywhere unless a test asks for it.
    config.retry = Duration::from_secs(3600);
    config.patience = Duration::from_secs(2);
    config
}

async fn setup(writers: Writers) -> Setup {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let (store, journal) = (memory(&clock), memory(&clock));
    open(store, journal, clock, writers).await.unwrap()
}

async fn open(store: Switch, journal: Switch, clock: Arc<ManualClock>, writers: Writers) -> Result<Setup> {
    let layer = FallbackWrites::open(store.clone(), journal.clone(), writers, config(&clock)).await?;
    let layer = Arc::new(layer);
    Ok(Setup { kv: Kv::new(layer.clone()), layer, store, journal, clock })
}

async fn get(kv: &Kv, key: &str) -> Option<String> {
    kv.get(key).await.unwrap().map(|value| String::from_utf8(value.to_vec()).unwrap())
}

#[tokio::test]
async fn writes_of_an_outage_are_seen_at_once_and_stand_in_the_store_after_it() {
    let Setup { kv, layer, store, clock, .. } = setup(Writers::OnlyThis).await;
    kv.mset([("a", "1"), ("b", "2"), ("c", "3")]).await.unwrap();
    store.to(OUT);
    kv.set("a", "10").await.unwrap();
    kv.del("b").await.unwrap();
    kv.set_ex("d", "4", Duration::from_secs(10)).await.unwrap();
    kv.set_ex("e", "5", Duration::from_secs(100)).await.unwrap();
    kv.set("a", "11").await.unwrap();
    assert_eq!((get(&kv, "a").await.unwrap(), get(&kv, "b").await), ("11".into(), None));
    assert_eq!(kv.run(Exists::new(["a", "b", "d", "a"])).await.unwrap(), 3);
    assert_eq!(layer.stats().waiting, 5);
    assert_eq!(
        kv.get("c").await.unwrap_err().kind(),
        ErrorKind::Unavailable,
        "nobody knows what stands there"
    );
    assert_eq!(kv.mget(["a", "c"]).await.unwrap_err().kind(), ErrorKind::Unavailable);
    clock.advance(Duration::from_secs(11));
    assert_eq!(get(&kv, "d").await, None, "its time goes on");

    store.to(UP);
    assert_eq!(kv.mget(["a", "b", "c"]).await.unwrap(), [Some("11".into()), None, Some("3".into())]);
    assert_eq!(store.below().get("a").await.unwrap().unwrap(), "1");
    assert_eq!(layer.replay(&Context::new()).await.unwrap(), 5);
    for kv in [&kv, &store.below()] {
        assert_eq!(
            (get(kv, "a").await.unwrap(), get(kv, "b").await, get(kv, "d").await),
            ("11".into(), None, None)
        );
        let left = kv.ttl("e").await.unwrap();
        assert_eq!(left, credenza_core::kv::TimeToLive::Left(Duration::from_secs(89)));
    }
    assert_eq!((layer.stats().waiting, layer.stats().taken, layer.stats().written), (0, 5, 5));
    kv.set("a", "12").await.unwrap();
    assert_eq!(get(&store.below(), "a").await.unwrap(), "12");
}

#[tokio::test]
async fn what_may_have_been_applied_is_never_written_elsewhere() {
    let Setup { kv, layer, store, journal, .. } = setup(Writers::OnlyThis).await;
    store.to(MUTE);
    let error = kv.set("k", "1").await.unwrap_err();
    assert_eq!(error.effect(), Effect::MaybeApplied);
    assert_eq!(layer.stats().taken, 0);
    assert_eq!(
        journal.below().run(credenza_core::command::Scan::new(Cursor::START)).await.unwrap().items.len(),
        1
    );
}

#[tokio::test]
async fn what_depends_on_what_stands_there_is_not_taken() {
    let Setup { kv, layer, store, .. } = setup(Writers::OnlyThis).await;
    store.to(OUT);
    let out = |error: Error| assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    out(kv.incr("n").await.unwrap_err());
    out(kv.run(Set::new("k", "v").if_absent()).await.unwrap_err());
    out(kv.run(Set::new("k", "v").expiry(SetExpiry::Keep)).await.unwrap_err());
    out(kv.run(Set::new("k", "v").get(true)).await.unwrap_err());
    out(kv.hset("h", "f", "v").await.unwrap_err());
    let mut checked = Batch::atomic();
    checked.check(Check::absent("k"));
    checked.push(Set::new("k", "v"));
    out(kv.batch(checked).await.unwrap_err());
    let mut mixed = Batch::atomic();
    mixed.push(Set::new("k", "v"));
    mixed.push(Get::new("k"));
    out(kv.batch(mixed).await.unwrap_err());
    assert_eq!(layer.stats().taken, 0);

    let mut taken = Batch::atomic();
    let set = taken.push(Set::new("k", "v"));
    let del = taken.push(Del::new(["l", "m", "l"]));
    let mut reply = kv.batch(taken).await.unwrap();
    assert!(reply.take(set).unwrap().applied);
    assert_eq!(reply.take(del).unwrap(), 2);
    assert_eq!(layer.stats().taken, 4);
}

#[tokio::test]
async fn other_requests_bring_the_journal_to_the_store_first() {
    let Setup { kv, layer, store, .. } = setup(Writers::OnlyThis).await;
    store.to(OUT);
    kv.set("n", "41").await.unwrap();
    assert_eq!(kv.incr("n").await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(kv.clear("").await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(layer.stats().waiting, 1);
    store.to(UP);
    assert_eq!(kv.incr("other").await.unwrap(), 1);
    assert_eq!(layer.stats().waiting, 1, "that one had nothing to wait for");
    assert_eq!(kv.incr("n").await.unwrap(), 42);
    assert_eq!(layer.stats().waiting, 0);
    store.to(OUT);
    kv.set("n", "1").await.unwrap();
    store.to(UP);
    kv.clear("").await.unwrap();
    assert_eq!(get(&kv, "n").await, None, "what was cleared does not return");
}

#[tokio::test]
async fn an_answer_that_is_lost_is_no_reason_to_write_twice() {
    let Setup { kv, layer, store, journal, .. } = setup(Writers::OnlyThis).await;
    store.to(OUT);
    kv.set("k", "1").await.unwrap();
    store.to(MUTE);
    // The mark cannot be read either, so nothing is written.
    assert!(layer.replay(&Context::new()).await.is_err());
    store.to(UP);
    journal.to(OUT);
    // It is written, and not forgotten.
    assert!(layer.replay(&Context::new()).await.is_err());
    assert_eq!(get(&store.below(), "k").await.unwrap(), "1");
    // Somebody deletes it.
    store.below().del("k").await.unwrap();
    journal.to(UP);
    layer.replay(&Context::new()).await.unwrap();
    assert_eq!(get(&kv, "k").await, None, "a key that was deleted does not return");
    assert_eq!(layer.stats().waiting, 0);
}

#[tokio::test]
async fn a_write_that_may_stand_in_the_journal_never_wins_over_a_later_one() {
    for mode in [MUTE, SLOW] {
        let Setup { kv, layer, store, journal, .. } = setup(Writers::OnlyThis).await;
        store.to(OUT);
        journal.to(mode);
        let asked = tokio::time::timeout(Duration::from_millis(10), kv.set("k", "1")).await;
        assert!(asked.is_err() || asked.unwrap().unwrap_err().effect() == Effect::MaybeApplied);
        store.to(UP);
        // The first may be in the journal, so the second goes behind it, or fails.
        let _ = tokio::time::timeout(Duration::from_millis(10), kv.set("k", "2")).await;
        kv.set("other", "1").await.unwrap();
        journal.to(UP);
        // Now it is found out what the journal has, and it is written.
        kv.get("k").await.unwrap();
        kv.set("k", "3").await.unwrap();
        journal.arrive().await;
        store.to(OUT);
        // Whatever the journal has is found now, if not before.
        let _ = kv.set("last", "1").await;
        kv.set("last", "1").await.unwrap();
        store.to(UP);
        assert_eq!(get(&kv, "k").await.unwrap(), "3");
        layer.replay(&Context::new()).await.unwrap();
        assert_eq!(get(&store.below(), "k").await.unwrap(), "3");
        assert_eq!(layer.stats().waiting, 0);
    }
}

#[tokio::test]
async fn a_process_goes_on_where_another_ended() {
    let Setup { kv, layer, store, journal, clock } = setup(Writers::OnlyThis).await;
    store.to(OUT);
    for n in 0..300 {
        kv.set(format!("k{}", n % 200), n.to_string()).await.unwrap();
    }
    drop((kv, layer));
    let again = open(store, journal, clock, Writers::OnlyThis).await.unwrap();
    assert_eq!(again.layer.stats().waiting, 300);
    assert_eq!(get(&again.kv, "k7").await.unwrap(), "207");
    again.store.to(UP);
    again.layer.replay(&Context::new()).await.unwrap();
    for n in 0..200 {
        let expected = if n < 100 { n + 200 } else { n };
        assert_eq!(get(&again.store.below(), &format!("k{n}")).await.unwrap(), expected.to_string());
    }
    // And once more, with nothing in it: numbers go on, so that what is new is not taken for what was written.
    let Setup { store, journal, clock, .. } = again;
    let last = open(store, journal, clock, Writers::OnlyThis).await.unwrap();
    last.store.to(OUT);
    last.kv.set("k7", "new").await.unwrap();
    last.store.to(UP);
    last.layer.replay(&Context::new()).await.unwrap();
    assert_eq!(get(&last.store.below(), "k7").await.unwrap(), "new");
}

#[tokio::test]
async fn two_processes_with_one_journal_are_told_apart() {
    let Setup { kv, store, journal, clock, layer: _layer } = setup(Writers::OnlyThis).await;
    let other = open(store.clone(), journal, clock, Writers::OnlyThis).await.unwrap();
    store.to(OUT);
    other.kv.set("k", "1").await.unwrap();
    for _ in 0..2 {
        let error = kv.set("k", "2").await.unwrap_err();
        assert!(error.message().contains("another process has opened the same journal"), "{error}");
        assert_eq!(error.effect(), Effect::NotApplied);
    }
    other.kv.set("l", "1").await.unwrap();
    assert_eq!(other.layer.stats().waiting, 2);
}

#[tokio::test]
async fn when_the_journal_is_out_or_full_both_causes_are_told() {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let (store, journal) = (memory(&clock), memory(&clock));
    let mut config = config(&clock);
    (config.max_writes, config.max_bytes) = (2, 1000);
    let layer =
        FallbackWrites::open(store.clone(), journal.clone(), Writers::OnlyThis, config).await.unwrap();
    let kv = Kv::new(layer);
    store.to(OUT);
    journal.to(MUTE);
    let error = kv.set("k", "2").await.unwrap_err();
    assert_eq!(error.effect(), Effect::MaybeApplied, "it may stand in the journal");
    journal.to(OUT);
    let error = kv.set("x", "1").await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, Effect::NotApplied));
    assert_eq!(error.message().matches("memory: out").count(), 2, "{error}");
    journal.to(UP);
    // What became of it is found out: it waits.
    kv.set("l", "1").await.unwrap();
    assert_eq!(get(&kv, "k").await.unwrap(), "2");
    let error = kv.set("m", "1").await.unwrap_err();
    assert!(error.message().contains("as many writes wait as may"), "{error}");
    store.to(UP);
    kv.set("m", "1").await.unwrap();
}

/// Of two documents the one with the greater number counts.
#[derive(Debug)]
struct Greater;

impl Decide for Greater {
    fn decide(&self, stands: Option<&Bytes>, write: &JournaledWrite<'_>) -> Verdict {
        assert_eq!(write.accepted, 1_700_000_000_000);
        let number = |value: &Bytes| std::str::from_utf8(value).unwrap().parse::<u64>().unwrap();
        match (stands, write.value) {
            (Some(stands), Some(value)) if number(stands) > number(value) => Verdict::Keep,
            (Some(stands), None) if number(stands) > 100 => Verdict::Keep,
            _ => Verdict::Write,
        }
    }
}

#[tokio::test]
async fn who_knows_the_values_decides_about_conflicts() {
    let Setup { kv, layer, store, .. } = setup(Writers::Others(Arc::new(Greater))).await;
    store.to(OUT);
    for key in ["newer", "older", "absent", "hash"] {
        kv.set(key, "50").await.unwrap();
    }
    kv.del("deleted").await.unwrap();
    kv.del("renewed").await.unwrap();
    let below = store.below();
    below.mset([("newer", "60"), ("older", "40"), ("deleted", "7"), ("renewed", "101")]).await.unwrap();
    below.hset("hash", "f", "v").await.unwrap();
    store.to(UP);
    assert_eq!(layer.replay(&Context::new()).await.unwrap(), 3);
    assert_eq!((layer.stats().written, layer.stats().kept), (3, 3));
    let values = below.mget(["newer", "older", "absent", "deleted", "renewed"]).await.unwrap();
    assert_eq!(values, [Some("60".into()), Some("50".into()), Some("50".into()), None, Some("101".into())]);
    assert_eq!(below.hget("hash", "f").await.unwrap().unwrap(), "v");
}

/// A store that refuses one key for good.
#[derive(Debug)]
struct Picky(Switch);

impl KvStore for Picky {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        let up = self.0.0.1.load(Ordering::SeqCst) == UP;
        if up && request.commands().iter().any(|command| command.keys().iter().any(|key| ***key == *b"bad")) {
            return Execution::ready(Err(Error::new(ErrorKind::Denied, "not this one")));
        }
        self.0.execute(cx, request)
    }
}

#[tokio::test]
async fn one_that_is_refused_holds_up_those_behind_it_and_says_so() {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let (store, journal) = (memory(&clock), memory(&clock));
    let layer = FallbackWrites::open(Picky(store.clone()), journal, Writers::OnlyThis, config(&clock)).await;
    let layer = Arc::new(layer.unwrap());
    let kv = Kv::new(layer.clone());
    store.to(OUT);
    for key in ["a", "bad", "c"] {
        kv.set(key, "1").await.unwrap();
    }
    store.to(UP);
    assert_eq!(layer.replay(&Context::new()).await.unwrap_err().kind(), ErrorKind::Denied);
    let stats = layer.stats();
    assert_eq!((stats.waiting, stats.written), (2, 1));
    assert!(stats.refused.unwrap().contains("not this one"));
    assert_eq!(get(&store.below(), "a").await.unwrap(), "1");
    assert_eq!(get(&kv, "c").await.unwrap(), "1", "it is still seen");
}

#[tokio::test(start_paused = true)]
async fn it_is_brought_to_the_store_by_itself() {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let (store, journal) = (memory(&clock), memory(&clock));
    let mut config = config(&clock);
    config.retry = Duration::from_secs(1);
    let layer = FallbackWrites::open(store.clone(), journal, Writers::OnlyThis, config).await.unwrap();
    let kv = Kv::new(layer);
    for round in 0..3 {
        store.to(OUT);
        kv.set("k", round.to_string()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
        store.to(UP);
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(get(&store.below(), "k").await.unwrap(), round.to_string());
    }
}

/// Many tasks, each with keys of its own, while both stores come and go, answers are lost and callers leave.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_that_was_acknowledged_is_lost_and_nothing_old_returns() {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let (store, journal) = (memory(&clock), memory(&clock));
    let mut config = config(&clock);
    config.retry = Duration::from_micros(200);
    let layer =
        FallbackWrites::open(store.clone(), journal.clone(), Writers::OnlyThis, config).await.unwrap();
    let layer = Arc::new(layer);
    let (acknowledged, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU8::new(0)));
    let mut tasks = Vec::new();
    for task in 0..8_u64 {
        let (kv, acknowledged, over) = (Kv::new(layer.clone()), acknowledged.clone(), over.clone());
        tasks.push(tokio::spawn(async move {
            let random = SeededRandom::new(task);
            // What may stand under each key: what was acknowledged last, and all that came after it without an answer.
            let mut may: HashMap<String, Vec<Option<String>>> = HashMap::new();
            for n in 0.. {
                if over.load(Ordering::Relaxed) == 1 {
                    break;
                }
                let key = format!("k{task}-{}", random.below(5));
                let value = (random.below(4) > 0).then(|| n.to_string());
                let command: credenza_core::Command = match &value {
                    Some(value) => Set::new(&key, value.clone()).into(),
                    None => Del::new([&key]).into(),
                };
                let expected = may.entry(key.clone()).or_insert_with(|| vec![None]);
                let cx = Context::new();
                let request = kv.store().execute(&cx, Request::One(command));
                let leaves = random.below(10) == 0;
                let answer = match leaves {
                    true => tokio::time::timeout(Duration::from_micros(random.below(50)), request).await.ok(),
                    false => Some(request.await),
                };
                match answer {
                    Some(Ok(_)) => {
                        *expected = vec![value];
                        acknowledged.fetch_add(1, Ordering::Relaxed);
                    }
                    Some(Err(error)) if error.effect() == Effect::NotApplied => {}
                    Some(Err(_)) | None => expected.push(value),
                }
                if let Ok(found) = kv.get(&key).await {
                    let found = found.map(|value| String::from_utf8(value.to_vec()).unwrap());
                    assert!(expected.contains(&found), "{key}: {found:?} of {expected:?}");
                }
            }
            may
        }));
    }
    let random = SeededRandom::new(99);
    for _ in 0..150 {
        store.to([UP, OUT, OUT, FLAKY][random.below(4) as usize]);
        journal.to([UP, UP, UP, FLAKY, OUT][random.below(5) as usize]);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    store.to(UP);
    journal.to(UP);
    over.store(1, Ordering::Relaxed);
    let mut all = HashMap::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    layer.replay(&Context::new()).await.unwrap();
    for (key, expected) in all {
        let found = get(&store.below(), &key).await;
        assert!(expected.contains(&found), "{key}: {found:?} of {expected:?}");
    }
    let stats = layer.stats();
    let acknowledged = acknowledged.load(Ordering::Relaxed);
    assert!(stats.taken > 100 && acknowledged > 500, "{stats:?}, {acknowledged} acknowledged");
    assert_eq!(stats.waiting, 0);
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_hangs_is_waited_for_with_patience() {
    let Setup { kv, store, journal, layer: _layer, .. } = setup(Writers::OnlyThis).await;
    store.to(OUT);
    journal.to(SLOW);
    let began = tokio::time::Instant::now();
    let (one, other) = tokio::join!(kv.set("k", "1"), kv.set("l", "1"));
    assert_eq!(began.elapsed(), Duration::from_secs(2));
    let effects = [one.unwrap_err().effect(), other.unwrap_err().effect()];
    let came = effects.iter().filter(|effect| **effect == Effect::MaybeApplied).count();
    assert_eq!(came, 1, "the other one never came to the journal");
}
