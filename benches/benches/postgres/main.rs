//! The store on Postgres, through `Kv`, beside deadpool-postgres with cached statements, beside sqlx, and beside the statements that a
//! careful programmer merges by hand. The server is private and durable (`fsync` and `synchronous_commit` on).

mod bare;
mod sqlx;

use std::hint::black_box;

use bare::Bare;
use benches::{COUNT, Rounds, Subject, any_key, crowd, key, runtime, value};
use credenza_core::url::StoreUrl;
use credenza_core::{
    Batch, Kv,
    command::{Get, Set},
};
use credenza_postgres::{PostgresConfig, PostgresStore};
use credenza_testkit::servers::{Postgres, PostgresVersion};
use sqlx::Sqlx;
use tokio::runtime::Runtime;

/// How many commands a batch has.
const BATCH: u64 = 100;

fn main() {
    let settings = ["fsync=on", "synchronous_commit=on", "full_page_writes=on"];
    let Some(server) = Postgres::start_with(PostgresVersion::V18, &settings) else { return };
    let runtime = runtime();
    let (kv, bare, sqlx) = runtime.block_on(async {
        let bare = Bare::open(&server.url()).await;
        (ours(&server).await, bare, Sqlx::open(&server.url()).await)
    });
    fill(&runtime, &kv, &bare);
    alone(&runtime, &kv, &bare);
    together(&runtime, &kv, &bare, &sqlx);
    in_batches(&runtime, &kv, &bare);
}

async fn ours(server: &Postgres) -> Kv {
    let location = server.new_database().parse::<StoreUrl>().and_then(StoreUrl::finish).expect("a URL");
    let config = PostgresConfig {
        port: location.port.unwrap_or(5432),
        password: location.password,
        ..PostgresConfig::at(
            "127.0.0.1",
            location.user.unwrap_or_default(),
            location.path.trim_start_matches('/'),
        )
    };
    Kv::new(PostgresStore::open(config).await.expect("a store opens"))
}

fn fill(runtime: &Runtime, kv: &Kv, bare: &Bare) {
    runtime.block_on(async {
        for start in (0..COUNT).step_by(1_000) {
            let mut batch = Batch::pipelined();
            for index in start..start + 1_000 {
                batch.push(Set::new(key(index), value()));
            }
            kv.batch(batch).await.expect("a batch succeeds");
            bare.put_all((start..start + 1_000).map(key).collect()).await;
        }
        bare.analyze().await;
    });
}

fn alone(runtime: &Runtime, kv: &Kv, bare: &Bare) {
    let get = |count: u64| {
        runtime.block_on(async {
            for index in 0..count {
                black_box(kv.get(any_key(index)).await.expect("it succeeds"));
            }
        });
    };
    let bare_get = |count: u64| {
        runtime.block_on(async {
            for index in 0..count {
                black_box(bare.get(&any_key(index)).await);
            }
        });
    };
    Rounds::new("Postgres: get, one caller").run(&mut [
        Subject::new("deadpool-postgres, cached statement", bare_get),
        Subject::new("credenza-postgres, through Kv", get),
    ]);
    let set = |count: u64| {
        runtime.block_on(async {
            for index in 0..count {
                kv.set(any_key(index), value()).await.expect("it succeeds");
            }
        });
    };
    let bare_set = |count: u64| {
        runtime.block_on(async {
            for index in 0..count {
                bare.put(&any_key(index)).await;
            }
        });
    };
    let incr = |count: u64| {
        runtime.block_on(async {
            for _ in 0..count {
                kv.incr("visits").await.expect("it succeeds");
            }
        });
    };
    let push = |count: u64| {
        runtime.block_on(async {
            for index in 0..count {
                kv.hset("hash", key((index % 100) as usize), value()).await.expect("it succeeds");
            }
        });
    };
    Rounds::new("Postgres: write, one caller").run(&mut [
        Subject::new("deadpool-postgres, cached upsert", bare_set),
        Subject::new("credenza-postgres: SET, through Kv", set),
        Subject::new("credenza-postgres: INCR", incr),
        Subject::new("credenza-postgres: HSET", push),
    ]);
}

fn together(runtime: &Runtime, kv: &Kv, bare: &Bare, sqlx: &Sqlx) {
    let get = |count| {
        let kv = kv.clone();
        crowd(runtime, count, move |index| {
            let kv = kv.clone();
            async move {
                black_box(kv.get(any_key(index)).await.expect("it succeeds"));
            }
        });
    };
    let bare_get = |count| {
        let bare = bare.clone();
        crowd(runtime, count, move |index| {
            let bare = bare.clone();
            async move {
                black_box(bare.get(&any_key(index)).await);
            }
        });
    };
    let sqlx_get = |count| {
        let sqlx = sqlx.clone();
        crowd(runtime, count, move |index| {
            let sqlx = sqlx.clone();
            async move {
                black_box(sqlx.get(&any_key(index)).await);
            }
        });
    };
    Rounds::new("Postgres: get, 64 tasks").run(&mut [
        Subject::new("deadpool-postgres, cached statement", bare_get),
        Subject::new("sqlx", sqlx_get),
        Subject::new("credenza-postgres, through Kv", get),
    ]);
    let set = |count| {
        let kv = kv.clone();
        crowd(runtime, count, move |index| {
            let kv = kv.clone();
            async move { kv.set(any_key(index), value()).await.map(drop).expect("it succeeds") }
        });
    };
    let bare_set = |count| {
        let bare = bare.clone();
        crowd(runtime, count, move |index| {
            let bare = bare.clone();
            async move { bare.put(&any_key(index)).await }
        });
    };
    let sqlx_set = |count| {
        let sqlx = sqlx.clone();
        crowd(runtime, count, move |index| {
            let sqlx = sqlx.clone();
            async move { sqlx.put(&any_key(index)).await }
        });
    };
    Rounds::new("Postgres: write, 64 tasks").run(&mut [
        Subject::new("deadpool-postgres, cached upsert", bare_set),
        Subject::new("sqlx", sqlx_set),
        Subject::new("credenza-postgres, through Kv", set),
    ]);
}

fn in_batches(runtime: &Runtime, kv: &Kv, bare: &Bare) {
    let keys = |index: u64| (0..BATCH).map(move |n| any_key(index * BATCH + n));
    let gets = |count: u64| {
        runtime.block_on(async {
            for index in 0..count {
                let mut batch = Batch::pipelined();
                for key in keys(index) {
                    batch.push(Get::new(key));
                }
                black_box(kv.batch(batch).await.expect("it succeeds"));
            }
        });
    };
    let bare_gets = |count: u64| {
        runtime.block_on(async {
            for index in 0..count {
                black_box(bare.get_all(keys(index).collect()).await);
            }
        });
    };
    Rounds::new("Postgres: 100 gets in a batch").run(&mut [
        Subject::new("deadpool-postgres, = ANY($1)", bare_gets),
        Subject::new("credenza-postgres, a pipelined batch", gets),
    ]);
    let sets = |count: u64| {
        runtime.block_on(async {
            for index in 0..count {
                let mut batch = Batch::pipelined();
                for key in keys(index) {
                    batch.push(Set::new(key, value()));
                }
                black_box(kv.batch(batch).await.expect("it succeeds"));
            }
        });
    };
    let bare_sets = |count: u64| {
        runtime.block_on(async {
            for index in 0..count {
                bare.put_all(keys(index).collect()).await;
            }
        });
    };
    let atomic = |count: u64| {
        runtime.block_on(async {
            for index in 0..count {
                let mut batch = Batch::atomic();
                for key in keys(index) {
                    batch.push(Set::new(key, value()));
                }
                black_box(kv.batch(batch).await.expect("it succeeds"));
            }
        });
    };
    Rounds::new("Postgres: 100 writes in a batch").run(&mut [
        Subject::new("deadpool-postgres, unnest", bare_sets),
        Subject::new("credenza-postgres, a pipelined batch", sets),
        Subject::new("credenza-postgres, an atomic batch", atomic),
    ]);
}
