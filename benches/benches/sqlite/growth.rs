//! What an operation costs on a small and on a large collection.

use std::hint::black_box;

use benches::{Keys, Rounds, Subject, scratch};
use credenza_core::Kv;
use credenza_sqlite::{SqliteConfig, SqliteDurability, SqliteStore};
use tokio::runtime::Runtime;

const SMALL: usize = 1_000;
const LARGE: usize = 1_000_000;
/// How many elements are written at once when a collection is filled.
const AT_ONCE: usize = 1_000;

fn element(index: usize) -> Vec<u8> {
    format!("element:{index:08}").into_bytes()
}

/// Names of the collections of one size.
fn name(kind: &str, size: usize) -> String {
    format!("{kind}:{size}")
}

async fn fill(kv: &Kv, size: usize) {
    for start in (0..size).step_by(AT_ONCE) {
        let elements = start..start + AT_ONCE;
        let filled = async {
            kv.rpush_many(name("list", size), elements.clone().map(element)).await?;
            kv.zadd_many(name("zset", size), elements.clone().map(|index| (index as f64, element(index))))
                .await?;
            kv.hset_many(name("hash", size), elements.map(|index| (element(index), element(index)))).await
        };
        filled.await.expect("a write succeeds");
    }
}

/// An operation on a collection of a size, in which the random numbers choose the place.
type Operation = (&'static str, fn(&Runtime, &Kv, usize, &mut Keys));

const OPERATIONS: &[Operation] = &[
    ("LINDEX near the left end", |runtime, kv, size, _| {
        assert!(
            black_box(runtime.block_on(kv.lindex(name("list", size), 5))).expect("a read succeeds").is_some()
        );
    }),
    ("LINDEX near the right end", |runtime, kv, size, _| {
        assert!(
            black_box(runtime.block_on(kv.lindex(name("list", size), -5)))
                .expect("a read succeeds")
                .is_some()
        );
    }),
    ("LINDEX in the middle", |runtime, kv, size, _| {
        let middle = (size / 2) as i64;
        assert!(
            black_box(runtime.block_on(kv.lindex(name("list", size), middle)))
                .expect("a read succeeds")
                .is_some()
        );
    }),
    ("LRANGE of 10 at the left end", |runtime, kv, size, _| {
        assert_eq!(runtime.block_on(kv.lrange(name("list", size), 0, 9)).expect("a read succeeds").len(), 10);
    }),
    ("LRANGE of 10 at the right end", |runtime, kv, size, _| {
        assert_eq!(
            runtime.block_on(kv.lrange(name("list", size), -10, -1)).expect("a read succeeds").len(),
            10
        );
    }),
    ("LPUSH and LPOP", |runtime, kv, size, _| {
        runtime.block_on(kv.lpush(name("list", size), element(0))).expect("a write succeeds");
        runtime.block_on(kv.lpop(name("list", size))).expect("a write succeeds");
    }),
    ("HGET", |runtime, kv, size, random| {
        let field = element(random.next_index());
        assert!(
            black_box(runtime.block_on(kv.hget(name("hash", size), field)))
                .expect("a read succeeds")
                .is_some()
        );
    }),
    ("ZRANK", |runtime, kv, size, random| {
        let member = element(random.next_index());
        assert!(
            black_box(runtime.block_on(kv.zrank(name("zset", size), member)))
                .expect("a read succeeds")
                .is_some()
        );
    }),
    ("ZADD that moves a member", |runtime, kv, size, random| {
        let (member, score) = (element(random.next_index()), random.next_index() as f64);
        runtime.block_on(kv.zadd(name("zset", size), score, member)).expect("a write succeeds");
    }),
];

pub(crate) fn run(runtime: &Runtime) {
    let folder = scratch();
    // Commits are not synced here: a disk would hide what is asked for.
    let config = SqliteConfig {
        durability: SqliteDurability::Normal,
        ..SqliteConfig::at(folder.path().join("store.db"))
    };
    let kv = Kv::new(SqliteStore::open(config).expect("a store opens"));
    runtime.block_on(async {
        fill(&kv, SMALL).await;
        fill(&kv, LARGE).await;
    });
    for (operation, run) in OPERATIONS {
        let subject = |label: &str, size| {
            let (kv, mut random) = (kv.clone(), Keys::new(7, size));
            Subject::new(label, move |count| (0..count).for_each(|_| run(runtime, &kv, size, &mut random)))
        };
        Rounds::new(format!("{operation}, by the number of elements"))
            .run(&mut [subject("a thousand", SMALL), subject("a million", LARGE)]);
    }
}
