//! How many instructions the hot paths take, counted by callgrind: figures that a busy machine does not change. Each
//! benchmark does a thousand operations.

#![allow(missing_docs, reason = "the macros of the benches make modules without")]

use std::hint::black_box;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use benches::{KeyText, PassThrough};
use credenza_core::command::{Get, GetVersioned, Set, ZAdd, ZAddOptions, ZRank};
use credenza_core::{Batch, Check, Kv, KvStore};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_server::{Proxy, ServerConfig, keys};
use credenza_sqlite::{SqliteConfig, SqliteStore};
use futures_util::FutureExt;
use gungraun::{library_benchmark, library_benchmark_group, main};
use tower::ServiceExt;

const OPERATIONS: usize = 1_000;

/// The answer of a store that never waits.
fn now<T>(answer: impl Future<Output = credenza_core::Result<T>>) -> T {
    answer.now_or_never().expect("the store answers at once").expect("the command succeeds")
}

fn filled(kv: Kv) -> Kv {
    let mut key = KeyText::default();
    for index in 0..OPERATIONS {
        now(kv.set(key.of(index), vec![b'v'; 100]));
        now(kv.run(ZAdd::new("ranks", ZAddOptions::default(), [(index as f64, key.of(index))])));
    }
    kv
}

fn memory(layers: usize) -> Kv {
    let store = MemoryStore::open(MemoryConfig::default()).expect("a store in memory opens");
    let mut stack: Arc<dyn KvStore> = Arc::new(store);
    for _ in 0..layers {
        stack = Arc::new(PassThrough::new(stack));
    }
    filled(Kv::from(stack))
}

fn sqlite() -> Kv {
    filled(Kv::new(SqliteStore::open(SqliteConfig::memory()).expect("a store opens")))
}

fn gets(kv: Kv) -> Kv {
    let mut key = KeyText::default();
    for index in 0..OPERATIONS {
        black_box(now(kv.run(Get::new(key.of(index)))));
    }
    kv
}

#[library_benchmark]
#[bench::bare(memory(0))]
#[bench::five_layers(memory(5))]
#[bench::sqlite(sqlite())]
fn get(kv: Kv) -> Kv {
    gets(kv)
}

#[library_benchmark]
#[bench::memory(memory(0))]
#[bench::sqlite(sqlite())]
fn get_with_version(kv: Kv) -> Kv {
    let mut key = KeyText::default();
    for index in 0..OPERATIONS {
        black_box(now(kv.run(GetVersioned::new(key.of(index)))));
    }
    kv
}

#[library_benchmark]
#[bench::memory(memory(0))]
#[bench::sqlite(sqlite())]
fn overwrite(kv: Kv) -> Kv {
    let mut key = KeyText::default();
    for index in 0..OPERATIONS {
        black_box(now(kv.run(Set::new(key.of(index), vec![b'w'; 100]))));
    }
    kv
}

#[library_benchmark]
#[bench::memory(memory(0))]
#[bench::sqlite(sqlite())]
fn checked_batch(kv: Kv) -> Kv {
    let mut key = KeyText::default();
    for index in 0..OPERATIONS {
        let mut batch = Batch::atomic();
        batch.check(Check::exists(key.of(index)));
        batch.push(Set::new(key.of(index), vec![b'x'; 100]));
        black_box(now(kv.batch(batch)));
    }
    kv
}

#[library_benchmark]
#[bench::memory(memory(0))]
#[bench::sqlite(sqlite())]
fn rank(kv: Kv) -> Kv {
    let mut key = KeyText::default();
    for index in 0..OPERATIONS {
        black_box(now(kv.run(ZRank::new("ranks", key.of(index)))));
    }
    kv
}

/// The server without a connection, and a handler of axum that has nothing to do.
fn served(kv: Option<Kv>) -> (tokio::runtime::Runtime, Router) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let router = match kv {
        Some(kv) => {
            let mut key = KeyText::default();
            for index in 0..OPERATIONS {
                let key = String::from_utf8_lossy(key.of(index)).into_owned();
                now(kv.set(keys::value_key("bench", &key), vec![b'v'; 100]));
            }
            Proxy::new(kv.into(), &ServerConfig::default()).expect("the store has what it needs").router()
        }
        None => {
            let handler = axum::routing::get(|| async { "v".repeat(100) });
            Router::new().route("/api/storage/kv/{namespace}/{key}", handler)
        }
    };
    (runtime, router)
}

fn served_memory() -> (tokio::runtime::Runtime, Router) {
    served(Some(Kv::new(MemoryStore::open(MemoryConfig::default()).expect("a store in memory opens"))))
}

#[library_benchmark]
#[bench::bare(served(None))]
#[bench::memory(served_memory())]
fn get_over_http((runtime, router): (tokio::runtime::Runtime, Router)) -> Router {
    let mut key = KeyText::default();
    runtime.block_on(async {
        for index in 0..OPERATIONS {
            let path = format!("/api/storage/kv/bench/{}", String::from_utf8_lossy(key.of(index)));
            let request = Request::get(path).header("host", "localhost").body(Body::empty());
            let response = router.clone().oneshot(request.expect("it is a request")).await;
            assert_eq!(black_box(response).expect("it is answered").status(), StatusCode::OK);
        }
    });
    router
}

library_benchmark_group!(
    name = hot_paths,
    benchmarks = [get, get_with_version, overwrite, checked_batch, rank, get_over_http]
);

main!(library_benchmark_groups = hot_paths);
