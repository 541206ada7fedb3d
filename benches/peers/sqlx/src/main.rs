//! sqlx on SQLite: a pool of one connection that writes, and one of eight that read; commits are synced.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use benches::{COUNT, Line, any_key, append_and_sync, crowd, runtime, scratch, value};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

const NAME: &str = "sqlx 0.9 on SQLite";

async fn pool(path: &Path, connections: u32) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", "-16384")
        .busy_timeout(Duration::from_secs(5));
    SqlitePoolOptions::new().max_connections(connections).connect_with(options).await.expect("a pool opens")
}

async fn put(pool: &SqlitePool, key: Vec<u8>) {
    sqlx::query("INSERT INTO kv (k, v) VALUES (?1, ?2) ON CONFLICT (k) DO UPDATE SET v = excluded.v")
        .bind(key)
        .bind(value())
        .execute(pool)
        .await
        .expect("a put succeeds");
}

async fn get(pool: &SqlitePool, key: Vec<u8>) -> Vec<u8> {
    let found = sqlx::query_scalar("SELECT v FROM kv WHERE k = ?1").bind(key).fetch_one(pool).await;
    found.expect("the key is there")
}

fn main() {
    let runtime = runtime();
    let folder = scratch();
    let path = folder.path().join("sqlx.db");
    let (writer, readers) = runtime.block_on(async {
        let writer = pool(&path, 1).await;
        let table = "CREATE TABLE kv (k BLOB NOT NULL PRIMARY KEY, v BLOB) WITHOUT ROWID";
        sqlx::query(table).execute(&writer).await.expect("a table");
        let fill = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1) \
                    INSERT INTO kv (k, v) SELECT CAST(printf('key:%024d', i) AS BLOB), ?2 FROM n";
        let filled = sqlx::query(fill).bind(COUNT as i64).bind(value()).execute(&writer).await;
        assert_eq!(filled.expect("the table is filled").rows_affected(), COUNT as u64);
        (writer, pool(&path, 8).await)
    });
    Line::measure("put, 64 tasks, synced", NAME, |count| {
        let pool = writer.clone();
        crowd(&runtime, count, move |operation| {
            let pool = pool.clone();
            async move { put(&pool, any_key(operation)).await }
        });
    });
    Line::measure("put, one task, synced", NAME, |count| {
        runtime.block_on(async {
            for operation in 0..count {
                put(&writer, any_key(operation)).await;
            }
        });
    });
    Line::measure("get, 64 tasks", NAME, |count| {
        let pool = readers.clone();
        crowd(&runtime, count, move |operation| {
            let pool = pool.clone();
            async move { drop(black_box(get(&pool, any_key(operation)).await)) }
        });
    });
    Line::measure("get, one task", NAME, |count| {
        runtime.block_on(async {
            for operation in 0..count {
                black_box(get(&readers, any_key(operation)).await);
            }
        });
    });
    Line::measure("append 4 KiB and sync", "the disk, in turn with sqlx", append_and_sync(folder.path()));
}
