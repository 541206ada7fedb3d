//! The examples that work on a database, on SQLite and on Postgres: with the same outcome.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "../examples/module.rs"]
#[allow(dead_code, reason = "a program by itself")]
mod module;
#[path = "../examples/wine.rs"]
#[allow(dead_code, reason = "a program by itself")]
mod wine;

use credenza::{Blob, Db, Kv, open, open_blob, open_database};
use credenza_testkit::servers::{Postgres, PostgresVersion, Redis};

async fn sqlite(folder: &tempfile::TempDir) -> Db {
    open_database(&format!("sqlite:{}", folder.path().join("app.db").display())).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wines_are_alike_on_both_databases() {
    let folder = tempfile::tempdir().unwrap();
    let db = sqlite(&folder).await;
    let found = wine::run(&db).await.unwrap();
    assert_eq!((found.wines, found.alike.len()), (1_599, 5));
    assert!(found.off < found.off_by_average * 0.85, "the nearest tell something: {found:?}");
    assert_eq!(wine::run(&db).await.unwrap(), found, "it can be loaded again");
    for version in [PostgresVersion::V16, PostgresVersion::V18] {
        let Some(server) = Postgres::start(version) else { continue };
        let report = wine::run(&open_database(&server.new_database()).await.unwrap()).await.unwrap();
        // Of wines that were measured alike any may be the first.
        let sorted = |mut alike: Vec<i64>| {
            alike.sort_unstable();
            alike
        };
        assert_eq!((report.wines, sorted(report.alike.clone())), (found.wines, sorted(found.alike.clone())));
        assert!((report.off - found.off).abs() < 0.01, "{report:?} and {found:?}");
    }
}

async fn modules(kv: Kv, mut db: Db, blob: Blob) {
    module::init(&mut db).await.unwrap();
    module::init(&mut db).await.unwrap();
    let (patterns, matches) = module::handle(&kv, &db, &blob).await.unwrap();
    let ids: Vec<&str> = patterns.iter().map(|pattern| pattern.id.as_str()).collect();
    assert_eq!(ids, ["a", "c"]);
    assert_eq!(matches.len(), 1);
    assert!(matches[0].1.id == "near" && (matches[0].0 - 0.995).abs() < 0.001);
    assert_eq!(kv.get("cost:spend:u1:2025-10-25").await.unwrap().as_deref(), Some(&b"42"[..]));
    let stored = blob.get("attachments/foo.json").await.unwrap().unwrap();
    assert_eq!(stored.info.size, 15);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_runs_on_files_and_on_servers() {
    let folder = tempfile::tempdir().unwrap();
    let blobs =
        async |name: &str| open_blob(&format!("fs:{}", folder.path().join(name).display())).await.unwrap();
    modules(open("memory:").await.unwrap().kv, sqlite(&folder).await, blobs("first").await).await;
    let (Some(postgres), Some(redis)) = (Postgres::start(PostgresVersion::V18), Redis::start()) else {
        return;
    };
    let db = open_database(&postgres.new_database()).await.unwrap();
    modules(open(&redis.url()).await.unwrap().kv, db, blobs("second").await).await;
}
