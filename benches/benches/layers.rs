//! What a layer costs: a get from memory through none to five decorators that do nothing, each behind its type or
//! behind `dyn`.

#![allow(clippy::disallowed_methods, reason = "this is what measures")]

use std::hint::black_box;
use std::sync::Arc;

use benches::PassThrough;
use credenza_core::command::{Get, Set};
use credenza_core::{Key, Kv, KvStore};
use credenza_memory::{MemoryConfig, MemoryStore};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

fn filled() -> MemoryStore {
    let store = MemoryStore::open(MemoryConfig::default()).expect("a store in memory opens");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let kv = Kv::new(store.clone());
    for i in 0..1_024 {
        runtime.block_on(kv.run(Set::new(format!("key:{i:024}"), vec![b'v'; 100]))).expect("a set succeeds");
    }
    store
}

fn dynamic(layers: usize, store: MemoryStore) -> Kv {
    let mut stack: Arc<dyn KvStore> = Arc::new(store);
    for _ in 0..layers {
        stack = Arc::new(PassThrough::new(stack));
    }
    Kv::from(stack)
}

fn typed(layers: usize, store: MemoryStore) -> Kv {
    match layers {
        0 => Kv::new(store),
        1 => Kv::new(PassThrough::new(store)),
        3 => Kv::new(PassThrough::new(PassThrough::new(PassThrough::new(store)))),
        _ => Kv::new(PassThrough::new(PassThrough::new(PassThrough::new(PassThrough::new(
            PassThrough::new(store),
        ))))),
    }
}

fn layers(criterion: &mut Criterion) {
    let store = filled();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let keys: Vec<Key> = (0..1_024).map(|i| Key::from(format!("key:{i:024}"))).collect();
    let mut group = criterion.benchmark_group("memory get through layers");
    for (form, build) in [("dyn", dynamic as fn(usize, MemoryStore) -> Kv), ("typed", typed)] {
        for layers in [0, 1, 3, 5] {
            let kv = build(layers, store.clone());
            group.bench_function(BenchmarkId::new(form, layers), |bencher| {
                let mut next = 0;
                bencher.iter_custom(|count| {
                    runtime.block_on(async {
                        let start = std::time::Instant::now();
                        for _ in 0..count {
                            next = (next + 1) & 1_023;
                            black_box(kv.run(Get::new(&keys[next])).await.expect("a get succeeds"));
                        }
                        start.elapsed()
                    })
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, layers);
criterion_main!(benches);
