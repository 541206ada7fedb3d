//! The store that fails on purpose does what it says, and counts it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use credenza_core::command::{Get, IncrBy, Set};
use credenza_core::{Effect, ErrorKind, Kv, Retry};
use credenza_testkit::cancel::poll_times;
use credenza_testkit::fault::{Chances, Fates, Fault, Faulty};
use credenza_testkit::suite;

use crate::mutant::{honest, memory};

#[tokio::test]
async fn faults_come_in_the_order_of_the_script() {
    let faults = [None, Some(Fault::Refuse), Some(Fault::LoseAnswer), None];
    let store = Arc::new(Faulty::scripted(memory().0, faults));
    let kv = Kv::new(store.clone());
    assert_eq!(kv.run(IncrBy::new("n", 1)).await.unwrap(), 1);
    let refused = kv.run(IncrBy::new("n", 10)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.effect()), (ErrorKind::Unavailable, Effect::NotApplied));
    assert_eq!(refused.retry(), Retry::Temporary);
    let lost = kv.run(IncrBy::new("n", 100)).await.unwrap_err();
    assert_eq!((lost.kind(), lost.effect()), (ErrorKind::Unavailable, Effect::MaybeApplied));
    assert_eq!(kv.run(IncrBy::new("n", 0)).await.unwrap(), 101);
    assert_eq!(kv.run(IncrBy::new("n", 0)).await.unwrap(), 101, "after the script everything passes");
    assert_eq!(store.fates(), Fates { passed: 3, refused: 1, lost_answers: 1, ..Fates::default() });
}

#[tokio::test]
async fn what_is_swallowed_is_not_applied_and_what_hangs_is() {
    let store = Arc::new(Faulty::scripted(memory().0, [Some(Fault::Swallow), None, Some(Fault::Hang), None]));
    let kv = Kv::new(store.clone());
    assert!(poll_times(kv.run(Set::new("k", "swallowed")), 1).await.is_none());
    assert_eq!(kv.run(Get::new("k")).await.unwrap(), None);
    let hung = tokio::time::timeout(Duration::from_millis(20), kv.run(Set::new("k", "hung"))).await;
    assert!(hung.is_err());
    assert_eq!(kv.run(Get::new("k")).await.unwrap().as_deref(), Some(&b"hung"[..]));
    assert_eq!(store.fates(), Fates { passed: 2, swallowed: 1, hung: 1, ..Fates::default() });
}

#[tokio::test]
async fn delays_wait_by_the_sleep_that_is_given() {
    let slept = Arc::new(AtomicU64::new(0));
    let counter = slept.clone();
    let hour = Duration::from_secs(3600);
    let store = Faulty::scripted(memory().0, [Some(Fault::Delay(hour))]).with_sleep(move |time| {
        counter.fetch_add(time.as_secs(), Ordering::SeqCst);
        std::future::ready(())
    });
    let kv = Kv::new(store);
    assert!(kv.run(Set::new("k", "v")).await.unwrap().applied);
    assert_eq!(slept.load(Ordering::SeqCst), 3600);
}

#[tokio::test]
async fn chance_repeats_with_its_seed() {
    let chances = Chances { refuse: 100, lose_answer: 100, ..Chances::default() };
    let fates = async |seed| {
        let store = Arc::new(Faulty::seeded(memory().0, seed, chances));
        let kv = Kv::new(store.clone());
        let mut outcomes = Vec::new();
        for _ in 0..1000 {
            outcomes.push(kv.run(Set::new("k", "v")).await.map_err(|error| error.effect()).is_ok());
        }
        (store.fates(), outcomes)
    };
    let first = fates(1).await;
    assert_eq!(first, fates(1).await);
    assert_ne!(first.1, fates(2).await.1);
    let Fates { passed, refused, lost_answers, .. } = first.0;
    assert_eq!(passed + refused + lost_answers, 1000);
    assert!((60..150).contains(&refused) && (60..150).contains(&lost_answers), "{:?}", first.0);
}

#[tokio::test]
async fn without_faults_it_passes_the_suite() {
    let fresh = async || Ok(honest()?.behind(|store| Faulty::scripted(store, [])));
    suite::run(fresh).await.assert_passed();
}
