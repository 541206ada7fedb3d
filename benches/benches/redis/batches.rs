//! A hundred commands in one go; and five keys that are compared and set in one step.

use std::hint::black_box;
use std::sync::Arc;

use benches::{Rounds, Subject, TASKS, any_key, crowd, value};
use credenza_core::command::{Get, Set};
use credenza_core::{Batch, Check, Kv};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

use crate::peer;

const OURS: &str = "credenza-redis, through Kv";

pub(crate) fn run(runtime: &Runtime, kv: &Kv, url: &str) {
    pipelines(runtime, kv, url);
    conditional(runtime, kv, url);
}

fn pipelines(runtime: &Runtime, kv: &Kv, url: &str) {
    let connection = peer::connect(runtime, url);
    let keys = |operation: u64| (0..100).map(move |index| any_key(operation * 100 + index));
    Rounds::new("100 gets in a pipeline, one task").run(&mut [
        Subject::new("redis-rs, multiplexed", |count| {
            let mut connection = connection.clone();
            runtime.block_on(async {
                for operation in 0..count {
                    let mut pipe = redis::pipe();
                    for key in keys(operation) {
                        pipe.cmd("GET").arg(key);
                    }
                    let found: Vec<peer::Value> =
                        pipe.query_async(&mut connection).await.expect("a pipeline");
                    assert_eq!(black_box(found).len(), 100);
                }
            });
        }),
        Subject::new(OURS, |count| {
            runtime.block_on(async {
                for operation in 0..count {
                    let mut batch = Batch::pipelined();
                    for key in keys(operation) {
                        batch.push(Get::new(key));
                    }
                    let reply = kv.batch(batch).await.expect("a batch succeeds");
                    assert_eq!(black_box(reply).replies.len(), 100);
                }
            });
        }),
    ]);
    Rounds::new("100 sets in a pipeline, one task").run(&mut [
        Subject::new("redis-rs, multiplexed", |count| {
            let mut connection = connection.clone();
            runtime.block_on(async {
                for operation in 0..count {
                    let mut pipe = redis::pipe();
                    for key in keys(operation) {
                        pipe.cmd("SET").arg(key).arg(value()).ignore();
                    }
                    let () = pipe.query_async(&mut connection).await.expect("a pipeline");
                }
            });
        }),
        Subject::new(OURS, |count| {
            runtime.block_on(async {
                for operation in 0..count {
                    let mut batch = Batch::pipelined();
                    for key in keys(operation) {
                        batch.push(Set::new(key, value()));
                    }
                    let reply = kv.batch(batch).await.expect("a batch succeeds");
                    assert!(black_box(reply).replies.iter().all(Result::is_ok));
                }
            });
        }),
    ]);
}

/// Five keys of one task, which all have the same value.
fn five(task: u64) -> Vec<Vec<u8>> {
    (0..5).map(|index| format!("five:{task}:{index}").into_bytes()).collect()
}

const VALUE: &[u8; 100] = &[b'v'; 100];

async fn compare_and_set(kv: &Kv, keys: &[Vec<u8>]) {
    let mut batch = Batch::atomic();
    for key in keys {
        batch.check(Check::value_equals(&key[..], &VALUE[..]));
        batch.push(Set::new(&key[..], &VALUE[..]));
    }
    kv.batch(batch).await.expect("all checks hold");
}

fn conditional(runtime: &Runtime, kv: &Kv, url: &str) {
    runtime.block_on(async {
        for key in (0..TASKS).flat_map(five) {
            kv.set(key, &VALUE[..]).await.expect("a set succeeds");
        }
    });
    let keys = five(0);
    let alone = peer::connect(runtime, url);
    Rounds::new("compare and set 5 keys, one task").run(&mut [
        Subject::new("redis-rs: WATCH + MGET, MULTI … EXEC, each pipelined", |count| {
            let mut connection = alone.clone();
            runtime.block_on(async {
                for _ in 0..count {
                    assert!(peer::watch_and_set(&mut connection, &keys, VALUE, VALUE).await);
                }
            });
        }),
        Subject::new(OURS, |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    compare_and_set(kv, &keys).await;
                }
            });
        }),
    ]);

    // Whoever watches needs a connection of its own.
    let own: Vec<_> = (0..TASKS).map(|_| Mutex::new(peer::connect(runtime, url))).collect();
    let own = Arc::new(own);
    Rounds::new("compare and set 5 keys, 64 tasks on 2 workers").run(&mut [
        Subject::new("redis-rs: WATCH + MGET, MULTI … EXEC, on 64 connections", |count| {
            let own = own.clone();
            crowd(runtime, count, move |operation| {
                let own = own.clone();
                async move {
                    let task = operation % TASKS;
                    let mut connection = own[task as usize].lock().await;
                    assert!(peer::watch_and_set(&mut connection, &five(task), VALUE, VALUE).await);
                }
            });
        }),
        Subject::new(OURS, |count| {
            let kv = kv.clone();
            crowd(runtime, count, move |operation| {
                let kv = kv.clone();
                async move { compare_and_set(&kv, &five(operation % TASKS)).await }
            });
        }),
    ]);
}
