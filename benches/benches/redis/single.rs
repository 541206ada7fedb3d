//! Gets and sets, by one task and by 64.

use std::hint::black_box;

use benches::{Rounds, Subject, any_key, crowd, value};
use credenza_core::Kv;
use tokio::runtime::Runtime;

use crate::peer;

const OURS: &str = "credenza-redis, through Kv";
const PEER: &str = "redis-rs, multiplexed";

pub(crate) fn run(runtime: &Runtime, kv: &Kv, url: &str) {
    let connection = peer::connect(runtime, url);
    let mut operations = 0;
    let mut next = move || {
        operations += 1;
        any_key(operations)
    };
    let (mut a, mut b, mut c) = (next, next, next);

    Rounds::new("get, one task").run(&mut [
        Subject::new(PEER, |count| {
            let mut connection = connection.clone();
            runtime.block_on(async {
                for _ in 0..count {
                    assert!(black_box(peer::get(&mut connection, a()).await).is_some());
                }
            });
        }),
        Subject::new(OURS, |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    assert!(black_box(kv.get(b()).await.expect("a get succeeds")).is_some());
                }
            });
        }),
    ]);

    Rounds::new("set, one task").run(&mut [
        Subject::new(PEER, |count| {
            let mut connection = connection.clone();
            runtime.block_on(async {
                for _ in 0..count {
                    peer::set(&mut connection, c(), value()).await;
                }
            });
        }),
        Subject::new(OURS, |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    kv.set(next(), value()).await.expect("a set succeeds");
                }
            });
        }),
    ]);

    Rounds::new("get, 64 tasks on 2 workers").run(&mut [
        Subject::new(PEER, |count| {
            let connection = connection.clone();
            crowd(runtime, count, move |operation| {
                let mut connection = connection.clone();
                async move {
                    assert!(black_box(peer::get(&mut connection, any_key(operation)).await).is_some())
                }
            });
        }),
        Subject::new(OURS, |count| {
            let kv = kv.clone();
            crowd(runtime, count, move |operation| {
                let kv = kv.clone();
                async move {
                    assert!(black_box(kv.get(any_key(operation)).await.expect("a get succeeds")).is_some())
                }
            });
        }),
    ]);

    Rounds::new("set, 64 tasks on 2 workers").run(&mut [
        Subject::new(PEER, |count| {
            let connection = connection.clone();
            crowd(runtime, count, move |operation| {
                let mut connection = connection.clone();
                async move { peer::set(&mut connection, any_key(operation), value()).await }
            });
        }),
        Subject::new(OURS, |count| {
            let kv = kv.clone();
            crowd(runtime, count, move |operation| {
                let kv = kv.clone();
                async move { kv.set(any_key(operation), value()).await.expect("a set succeeds") }
            });
        }),
    ]);
}
