//! Futures that are dropped: the store stays sound whenever that happens.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail and measure")]

mod common;

use std::future::Future;
use std::pin::pin;
use std::task::{Context as Task, Poll, Waker};
use std::time::Duration;

use common::{Place, command, run};
use credenza_core::{Context, KvStore, Reply, Request};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_that_nobody_waits_for() {
    let place = Place::new();
    let store = place.open();
    let busy: Vec<_> = (0..8)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in 0..100 {
                    run(&store, &format!("SET busy{task} {n}")).await.unwrap();
                }
            })
        })
        .collect();
    let mut certain = Vec::new();
    for n in 0..400 {
        let cx = Context::new();
        let line = format!("RPUSH all {n}");
        let mut execution = pin!(store.execute(&cx, Request::One(command(&line))));
        let mut done = false;
        // Polled none, once or a few times, then dropped.
        for _ in 0..n % 4 {
            if execution.as_mut().poll(&mut Task::from_waker(Waker::noop())).is_ready() {
                done = true;
                break;
            }
            std::thread::sleep(Duration::from_micros(n % 7 * 40));
        }
        if done {
            certain.push(n.to_string());
        }
    }
    for task in busy {
        task.await.unwrap();
    }
    run(&store, "RPUSH all end").await.unwrap();
    let Reply::List(Some(values)) = run(&store, "LRANGE all 0 -1").await.unwrap() else { panic!("no list") };
    let values: Vec<_> = values.iter().map(|value| String::from_utf8(value.to_vec()).unwrap()).collect();
    let mut numbers: Vec<u64> = values.iter().filter_map(|value| value.parse().ok()).collect();
    assert!(numbers.is_sorted(), "writes of one task changed places");
    numbers.dedup();
    assert_eq!(numbers.len() + 1, values.len(), "a write was applied twice");
    for value in &certain {
        assert!(values.contains(value), "an acknowledged write is missing");
    }
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_store_dropped_with_requests_in_flight() {
    let place = Place::new();
    for _ in 0..20 {
        let store = place.open();
        let cx = Context::new();
        for n in 0..30 {
            let mut execution = pin!(store.execute(&cx, Request::One(command(&format!("SADD s {n}")))));
            if let Poll::Ready(answer) = execution.as_mut().poll(&mut Task::from_waker(Waker::noop())) {
                answer.unwrap();
            }
        }
    }
    let store = place.open();
    assert!(matches!(run(&store, "SCARD s").await.unwrap(), Reply::Int(count) if count > 0));
}
