//! What is repeated, what is not, and how long anything takes. Time is tokio's, and stands still until all wait.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use credenza_core::command::{Get, Set};
use credenza_core::{Batch, Effect, Error, ErrorKind, Kv, Retry};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_resilient::{BreakerState, Budget, Concurrency, Resilient, ResilientConfig};
use credenza_testkit::fault::{Chances, Fault, Faulty};
use tokio::time::Instant;

type Store = Arc<Resilient<Faulty<MemoryStore>>>;

fn memory() -> MemoryStore {
    MemoryStore::open(MemoryConfig::default()).unwrap()
}

fn on(faulty: Faulty<MemoryStore>, change: impl FnOnce(&mut ResilientConfig)) -> (Kv, Store) {
    let mut config = ResilientConfig::default();
    change(&mut config);
    let store = Arc::new(Resilient::new(faulty, config).unwrap());
    (Kv::new(store.clone()), store)
}

fn scripted(faults: &[Fault], change: impl FnOnce(&mut ResilientConfig)) -> (Kv, Store) {
    on(Faulty::scripted(memory(), faults.iter().copied().map(Some)), change)
}

/// How many requests reached the faulty store.
fn asked(store: &Store) -> u64 {
    let fates = store.inner().fates();
    fates.passed + fates.refused + fates.lost_answers + fates.delayed + fates.swallowed + fates.hung
}

fn what(error: &Error) -> (ErrorKind, Retry, Effect) {
    (error.kind(), error.retry(), error.effect())
}

#[tokio::test(start_paused = true)]
async fn reads_and_plain_writes_are_repeated_whatever_became_of_them() {
    let (kv, store) = scripted(&[Fault::Refuse, Fault::LoseAnswer], |_| ());
    kv.set("k", "v").await.unwrap();
    assert_eq!((asked(&store), store.stats().retries), (3, 2));
    let (kv, store) = scripted(&[Fault::LoseAnswer, Fault::LoseAnswer, Fault::Refuse], |_| ());
    assert_eq!(kv.get("k").await.unwrap(), None);
    assert_eq!(asked(&store), 4);
}

#[tokio::test(start_paused = true)]
async fn what_would_count_twice_is_repeated_only_if_it_was_not_applied() {
    let (kv, store) = scripted(&[Fault::Refuse, Fault::Refuse, Fault::LoseAnswer], |_| ());
    let error = kv.incr("n").await.unwrap_err();
    assert_eq!(what(&error), (ErrorKind::Unavailable, Retry::Temporary, Effect::MaybeApplied));
    assert_eq!(asked(&store), 3);
    assert_eq!(kv.incr("n").await.unwrap(), 2, "it was applied once");

    let (kv, store) = scripted(&[Fault::LoseAnswer], |_| ());
    let error = kv.run(Set::new("k", "v").if_absent()).await.unwrap_err();
    assert_eq!((error.effect(), asked(&store)), (Effect::MaybeApplied, 1));

    let (kv, store) = scripted(&[Fault::LoseAnswer], |_| ());
    let mut batch = Batch::atomic();
    batch.push(Set::new("k", "v"));
    let error = kv.batch(batch).await.unwrap_err();
    assert_eq!((error.effect(), asked(&store)), (Effect::MaybeApplied, 1));
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_attempt_may_have_done_is_not_forgotten() {
    let faults = [Fault::LoseAnswer, Fault::Refuse, Fault::Refuse, Fault::Refuse];
    let (kv, store) = scripted(&faults, |_| ());
    let error = kv.set("k", "v").await.unwrap_err();
    assert_eq!(what(&error), (ErrorKind::Unavailable, Retry::Exhausted, Effect::MaybeApplied));
    assert_eq!(error.message(), "the request was refused on purpose", "the last cause");
    assert_eq!((error.store(), asked(&store)), (Some("faulty"), 4));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_succeed_is_not_repeated() {
    let (kv, store) = scripted(&[], |_| ());
    kv.set("k", "text").await.unwrap();
    let error = kv.incr("k").await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::NotAnInteger, Retry::Permanent));
    assert_eq!((asked(&store), store.stats().retries), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_hangs_is_cut_off_and_says_what_it_may_have_done() {
    let (kv, store) = scripted(&[Fault::Swallow, Fault::Hang], |config| {
        config.attempt = Some(Duration::from_secs(1));
    });
    let began = Instant::now();
    assert_eq!(kv.get("k").await.unwrap(), None);
    assert!((2000..2400).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    assert_eq!(store.stats().cut_off, 2);

    let (kv, _) = scripted(&[Fault::Hang], |_| ());
    let error = kv.incr("n").await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::MaybeApplied));
    assert_eq!((error.command(), error.store()), (Some("INCRBY"), Some("resilient")));
    assert_eq!(kv.incr("n").await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn no_call_takes_longer_than_its_deadline() {
    for seed in 0..50 {
        let chances = Chances {
            refuse: 400,
            swallow: 400,
            delay: (200, Duration::from_millis(900)),
            ..Chances::default()
        };
        let (kv, _) = on(Faulty::seeded(memory(), seed, chances), |config| {
            config.deadline = Some(Duration::from_secs(3));
            config.attempt = Some(Duration::from_secs(1));
            config.retries = 1000;
            config.breaker = None;
            config.budget = None;
        });
        let began = Instant::now();
        let answer = kv.get("k").await;
        assert!(began.elapsed() <= Duration::from_millis(3020), "{:?}", began.elapsed());
        assert!(answer.is_ok() || answer.is_err_and(|error| error.retry() == Retry::Exhausted));
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_of_the_caller_holds_if_it_is_earlier() {
    let (kv, _) = scripted(&[Fault::Swallow], |_| ());
    let began = Instant::now();
    let error = kv.with_timeout(Duration::from_millis(200)).get("k").await.unwrap_err();
    assert_eq!(what(&error), (ErrorKind::Timeout, Retry::Exhausted, Effect::NotApplied));
    assert!(began.elapsed() < Duration::from_millis(250));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_down_is_left_alone_until_it_has_recovered() {
    let down = Chances { refuse: 1000, ..Chances::default() };
    let (kv, store) = on(Faulty::seeded(memory(), 1, down), |config| config.budget = None);
    for _ in 0..200 {
        assert_eq!(kv.get("k").await.unwrap_err().kind(), ErrorKind::Unavailable);
    }
    assert!(asked(&store) < 40, "{}", asked(&store));
    assert!(store.stats().left_alone > 100 && store.stats().breaker != BreakerState::Closed);
    let error = kv.get("k").await.unwrap_err();
    assert_eq!((error.retry(), error.effect()), (Retry::Exhausted, Effect::NotApplied));

    let (kv, store) = scripted(&[Fault::Refuse; 20], |config| config.retries = 0);
    for _ in 0..30 {
        let _ = kv.get("k").await;
    }
    assert_eq!((asked(&store), store.stats().breaker), (20, BreakerState::Open));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(kv.get("k").await.unwrap(), None);
    assert_eq!(store.stats().breaker, BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_has_no_time_does_not_open_the_breaker() {
    let (kv, store) = scripted(&[Fault::Swallow; 100], |config| config.retries = 0);
    for _ in 0..100 {
        let error = kv.clone().with_timeout(Duration::from_millis(1)).get("k").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
    }
    assert_eq!(store.stats().breaker, BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn repetitions_of_all_calls_are_bounded_by_the_budget() {
    let down = Chances { refuse: 1000, ..Chances::default() };
    let (kv, store) = on(Faulty::seeded(memory(), 1, down), |config| {
        config.breaker = None;
        config.budget = Some(Budget { tokens: 20, earned: 100 });
    });
    for _ in 0..500 {
        assert_eq!(kv.get("k").await.unwrap_err().retry(), Retry::Exhausted);
    }
    let stats = store.stats();
    assert_eq!(
        (stats.retries, asked(&store)),
        (7, 507),
        "nine failures are below half of the tokens, two of them last attempts"
    );
    assert!(stats.over_budget > 400);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_takes_long_is_sent_once_more() {
    let patience = Duration::from_millis(20);
    let (kv, store) = scripted(&[Fault::Hang], |config| config.hedge = Some(patience));
    let began = Instant::now();
    assert_eq!(kv.get("k").await.unwrap(), None);
    assert_eq!((began.elapsed(), store.stats().hedges, store.stats().retries), (patience, 1, 0));

    // The first answer counts, also if it is the first one's.
    let slow = Duration::from_millis(30);
    let (kv, store) = scripted(&[Fault::Delay(slow), Fault::Hang], |config| config.hedge = Some(patience));
    let began = Instant::now();
    assert_eq!(kv.get("k").await.unwrap(), None);
    assert_eq!((began.elapsed(), asked(&store)), (slow, 2));

    let (kv, store) = scripted(&[Fault::Delay(slow)], |config| config.hedge = Some(patience));
    kv.set("k", "v").await.unwrap();
    assert_eq!((asked(&store), store.stats().hedges), (1, 0), "a write is sent once");
}

#[tokio::test(start_paused = true)]
async fn so_many_run_so_many_wait_and_one_more_is_refused() {
    let second = Duration::from_secs(1);
    let (kv, store) = scripted(&[Fault::Delay(second); 5], |config| {
        config.concurrency = Some(Concurrency { running: 2, waiting: 3 });
    });
    let began = Instant::now();
    let calls: Vec<_> = (0..6)
        .map(|_| {
            let kv = kv.clone();
            tokio::spawn(async move { kv.get("k").await })
        })
        .collect();
    let mut refused = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(_) => {}
            Err(error) => {
                assert_eq!(what(&error), (ErrorKind::Busy, Retry::Exhausted, Effect::NotApplied));
                refused += 1;
            }
        }
    }
    assert_eq!((refused, asked(&store), store.stats().turned_away), (1, 5, 1));
    assert_eq!(began.elapsed(), second * 3, "two, two and one");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_gives_its_turn_back() {
    let (kv, _) = scripted(&[Fault::Swallow, Fault::Swallow], |config| {
        config.concurrency = Some(Concurrency { running: 1, waiting: 1 });
    });
    for _ in 0..2 {
        let running = tokio::spawn({
            let kv = kv.clone();
            async move { kv.get("k").await }
        });
        tokio::task::yield_now().await;
        let waiting = tokio::time::timeout(Duration::from_millis(5), kv.get("k")).await;
        assert!(waiting.is_err(), "it waits, and leaves");
        running.abort();
        assert!(running.await.is_err());
    }
    assert_eq!(kv.get("k").await.unwrap(), None);
}

/// What was acknowledged is there once, and what may have been applied at most once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_counted_twice_by_many_callers_of_a_bad_store() {
    let store = memory();
    let chances = Chances {
        refuse: 200,
        lose_answer: 50,
        delay: (100, Duration::from_micros(200)),
        ..Chances::default()
    };
    let (kv, _) = on(Faulty::seeded(store.clone(), 3, chances), |config| {
        config.backoff.first = Duration::from_micros(10);
        config.backoff.most = Duration::from_micros(100);
        config.breaker = None;
        config.budget = None;
        config.concurrency = Some(Concurrency { running: 4, waiting: 100 });
    });
    let callers: Vec<_> = (0..16)
        .map(|_| {
            let kv = kv.clone();
            tokio::spawn(async move {
                let (mut applied, mut maybe) = (0, 0);
                for _ in 0..500 {
                    match kv.incr("n").await {
                        Ok(_) => applied += 1,
                        Err(error) if error.effect() == Effect::MaybeApplied => maybe += 1,
                        Err(_) => {}
                    }
                }
                (applied, maybe)
            })
        })
        .collect();
    let (mut applied, mut maybe) = (0, 0);
    for caller in callers {
        let (more, doubts) = caller.await.unwrap();
        (applied, maybe) = (applied + more, maybe + doubts);
    }
    let counted = Kv::new(store).run(Get::new("n")).await.unwrap().unwrap();
    let counted: u64 = std::str::from_utf8(&counted).unwrap().parse().unwrap();
    assert!(maybe > 100 && applied > 7000, "{applied} and {maybe}");
    assert_eq!(counted, applied + maybe, "the faulty store applies what it loses the answer of");
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let refused = |change: &dyn Fn(&mut ResilientConfig)| {
        let mut config = ResilientConfig::default();
        change(&mut config);
        Resilient::new(memory(), config).unwrap_err().kind()
    };
    let changes: [&dyn Fn(&mut ResilientConfig); 7] = [
        &|config| config.deadline = Some(Duration::ZERO),
        &|config| (config.deadline, config.attempt) = (None, None),
        &|config| config.attempt = Some(Duration::from_secs(11)),
        &|config| config.backoff.first = Duration::from_secs(3),
        &|config| config.budget = Some(Budget { tokens: 0, earned: 1 }),
        &|config| config.concurrency = Some(Concurrency { running: 0, waiting: 1 }),
        &|config| config.breaker.as_mut().unwrap().failed = 0.0,
    ];
    for change in changes {
        assert_eq!(refused(change), ErrorKind::InvalidArgument);
    }
}
