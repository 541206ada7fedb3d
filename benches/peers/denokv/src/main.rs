//! denokv on SQLite: three workers, commits synced, with and without the time it may wait for more writes.

use std::hint::black_box;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use benches::{COUNT, Line, any_key, append_and_sync, crowd, key, runtime, scratch, value};
use denokv_proto::{AtomicWrite, Consistency, KvValue, Mutation, MutationKind, ReadRange, SnapshotReadOptions};
use denokv_sqlite::{Connection, Sqlite, SqliteConfig, SqliteNotifier};
use rand::SeedableRng;
use rand::rngs::StdRng;

fn open(path: &Path, batch_timeout: Option<Duration>) -> Sqlite {
    let connect = || {
        let conn = Connection::open(path).expect("a database opens");
        conn.pragma_update(None, "synchronous", "full").expect("synced commits");
        conn.pragma_update(None, "cache_size", -16_384).expect("a cache");
        Ok((conn, Box::new(StdRng::from_entropy()) as Box<_>))
    };
    let config = SqliteConfig { num_workers: 3, batch_timeout };
    Sqlite::new(connect, SqliteNotifier::default(), config).expect("a store opens")
}

fn set(key: Vec<u8>) -> Mutation {
    Mutation { key, kind: MutationKind::Set(KvValue::Bytes(value())), expire_at: None }
}

async fn put(store: &Sqlite, mutations: Vec<Mutation>) {
    let write = AtomicWrite { checks: Vec::new(), mutations, enqueues: Vec::new() };
    store.atomic_write(write).await.expect("a put succeeds");
}

async fn get(store: &Sqlite, key: Vec<u8>) {
    let mut end = key.clone();
    end.push(0);
    let range = ReadRange { start: key, end, limit: NonZeroU32::MIN, reverse: false };
    let options = SnapshotReadOptions { consistency: Consistency::Strong };
    let found = black_box(store.snapshot_read(vec![range], options).await.expect("a get succeeds"));
    assert_eq!(found[0].entries.len(), 1);
}

fn main() {
    let runtime = runtime();
    let folder = scratch();
    for (name, batch_timeout) in [
        ("denokv_sqlite 0.14", None),
        ("denokv_sqlite 0.14, waiting 1 ms for more writes", Some(Duration::from_millis(1))),
    ] {
        let _entered = runtime.enter();
        let store = open(&folder.path().join(format!("denokv-{}.db", batch_timeout.is_some())), batch_timeout);
        for start in (0..COUNT).step_by(1_000) {
            let mutations = (start..start + 1_000).map(|index| set(key(index))).collect();
            runtime.block_on(put(&store, mutations));
        }
        Line::measure("put, 64 tasks, synced", name, |count| {
            let store = store.clone();
            crowd(&runtime, count, move |operation| {
                let store = store.clone();
                async move { put(&store, vec![set(any_key(operation))]).await }
            });
        });
        Line::measure("put, one task, synced", name, |count| {
            runtime.block_on(async {
                for operation in 0..count {
                    put(&store, vec![set(any_key(operation))]).await;
                }
            });
        });
        Line::measure("get, 64 tasks", name, |count| {
            let store = store.clone();
            crowd(&runtime, count, move |operation| {
                let store = store.clone();
                async move { get(&store, any_key(operation)).await }
            });
        });
        Line::measure("get, one task", name, |count| {
            runtime.block_on(async {
                for operation in 0..count {
                    get(&store, any_key(operation)).await;
                }
            });
        });
        store.close();
    }
    Line::measure("append 4 KiB and sync", "the disk, in turn with denokv", append_and_sync(folder.path()));
}
