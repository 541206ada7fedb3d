//! Puts and gets, by one task and by 64.

use std::hint::black_box;
use std::path::Path;
use std::sync::{Arc, Mutex};

use benches::{COUNT, Rounds, Subject, any_key, append_and_sync, crowd, key, scratch, value};
use credenza_core::{Batch, Kv, command::Set};
use credenza_sqlite::{SqliteConfig, SqliteStore};
use tokio::runtime::Runtime;

use crate::bare::{self, GroupCommit};

/// A store with all keys.
fn filled_store(runtime: &Runtime, folder: &Path) -> Kv {
    let store = SqliteStore::open(SqliteConfig::at(folder.join("store.db"))).expect("a store opens");
    let kv = Kv::new(store);
    for start in (0..COUNT).step_by(1_000) {
        let mut batch = Batch::atomic();
        for index in start..start + 1_000 {
            batch.push(Set::new(key(index), value()));
        }
        runtime.block_on(kv.batch(batch)).expect("a batch succeeds");
    }
    kv
}

/// A table with all keys.
fn filled_table(path: &Path) {
    let conn = bare::open(path);
    conn.execute_batch("BEGIN").expect("a transaction");
    for index in 0..COUNT {
        bare::put(&conn, &key(index), &value());
    }
    conn.execute_batch("COMMIT").expect("a commit");
}

pub(crate) fn run(runtime: &Runtime) {
    let folder = scratch();
    let kv = filled_store(runtime, folder.path());
    let (one, grouped) = (folder.path().join("one.db"), folder.path().join("grouped.db"));
    filled_table(&one);
    filled_table(&grouped);

    Rounds::new("put, 64 tasks on 2 workers, synced").run(&mut [
        Subject::new("credenza-sqlite, through Kv", |count| {
            let kv = kv.clone();
            crowd(runtime, count, move |operation| {
                let kv = kv.clone();
                async move { kv.set(any_key(operation), value()).await.expect("a put succeeds") }
            });
        }),
        {
            let writer = GroupCommit::start(bare::open(&grouped));
            Subject::new("group commit by hand on rusqlite", move |count| {
                let puts = writer.sender();
                crowd(runtime, count, move |operation| {
                    let puts = puts.clone();
                    async move { GroupCommit::put(&puts, any_key(operation), value()).await }
                });
            })
        },
        {
            let conn = Arc::new(Mutex::new(bare::open(&one)));
            Subject::new("a transaction a write on the blocking pool", move |count| {
                let conn = Arc::clone(&conn);
                crowd(runtime, count, move |operation| {
                    let conn = Arc::clone(&conn);
                    let put = move || {
                        bare::put(&conn.lock().expect("nobody panicked"), &any_key(operation), &value())
                    };
                    async move { tokio::task::spawn_blocking(put).await.expect("a put succeeds") }
                });
            })
        },
    ]);

    let mut operations = 0;
    let mut next = move || {
        operations += 1;
        any_key(operations)
    };
    let (mut a, mut b) = (next, next);
    Rounds::new("put, one task, synced").run(&mut [
        Subject::new("credenza-sqlite, through Kv", |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    kv.set(a(), value()).await.expect("a put succeeds");
                }
            });
        }),
        {
            let conn = bare::open(&one);
            Subject::new("rusqlite, prepared", move |count| {
                for _ in 0..count {
                    bare::put(&conn, &b(), &value());
                }
            })
        },
        Subject::new("append 4 KiB and sync", append_and_sync(folder.path())),
    ]);

    Rounds::new("get, 64 tasks on 2 workers").run(&mut [
        Subject::new("credenza-sqlite, through Kv", |count| {
            let kv = kv.clone();
            crowd(runtime, count, move |operation| {
                let kv = kv.clone();
                async move {
                    assert!(black_box(kv.get(any_key(operation)).await.expect("a get succeeds")).is_some())
                }
            });
        }),
        Subject::new("rusqlite, prepared, on 2 threads", |count| {
            std::thread::scope(|threads| {
                for thread in 0..2 {
                    let conn = &one;
                    threads.spawn(move || {
                        let conn = bare::open(conn);
                        for operation in 0..count / 2 {
                            black_box(bare::get(&conn, &any_key(2 * operation + thread)));
                        }
                    });
                }
            });
        }),
    ]);

    let mut c = next;
    Rounds::new("get, one task").run(&mut [
        Subject::new("credenza-sqlite, through Kv", |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    assert!(black_box(kv.get(c()).await.expect("a get succeeds")).is_some());
                }
            });
        }),
        {
            let conn = bare::open(&one);
            Subject::new("rusqlite, prepared", move |count| {
                for _ in 0..count {
                    black_box(bare::get(&conn, &next()));
                }
            })
        },
    ]);
}
