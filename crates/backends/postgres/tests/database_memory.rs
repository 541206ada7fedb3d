//! Memory stays flat, whatever the size of a result. A process of its own, for what it measures is the process's.

#![allow(clippy::unwrap_used, reason = "a test may fail")]
#![cfg(target_os = "linux")]

mod common;

use std::time::Duration;

use common::config;
use credenza_core::Db;
use credenza_postgres::PostgresDatabase;
use credenza_testkit::servers::{Postgres, PostgresVersion};

/// The most memory this process ever had, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_is_read_no_further_than_it_is_asked_for() {
    let Some(server) = Postgres::start(PostgresVersion::V18) else { return };
    let db = Db::new(PostgresDatabase::open(config(&server.new_database())).await.unwrap());
    let small = "SELECT repeat('x', 1024) FROM generate_series(1, 1000)";
    db.query(small, ()).await.unwrap().collect().await.unwrap();
    let start = peak();
    // 256 MiB, left alone in the beginning, then read to the end.
    let mut rows = db.query("SELECT repeat('x', 1024) FROM generate_series(1, 262144)", ()).await.unwrap();
    rows.next().await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut count = 1;
    while rows.next().await.unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 262_144);
    let more = peak() - start;
    assert!(more < 24 << 20, "{more} bytes more");
}
