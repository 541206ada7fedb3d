//! The store behind a real pgbouncer, which hands out sessions for single transactions.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail and measure")]

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{config, run, run_within, value};
use credenza_core::{ErrorKind, ManualClock, Reply, Result};
use credenza_postgres::{PostgresConfig, PostgresStore};
use credenza_testkit::servers::{PgBouncer, Postgres, PostgresVersion};
use credenza_testkit::{Subject, small_limits, suite};

/// A server, and a pooler before it with so many sessions.
fn servers(sessions: usize) -> Option<(Postgres, PgBouncer)> {
    let server = Postgres::start(PostgresVersion::V18)?;
    let pooler = PgBouncer::start(&server, sessions)?;
    server.new_database();
    Some((server, pooler))
}

fn pooled(pooler: &PgBouncer) -> PostgresConfig {
    PostgresConfig { pooler: true, ..config(&pooler.url_of("test_1")) }
}

/// The suite, whose stores come one after another through the same sessions: one that was left in a state would show.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance() {
    let Some((server, pooler)) = servers(4) else { return };
    let fresh = async || -> Result<Subject> {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let config = PostgresConfig { limits: small_limits(), clock: clock.clone(), ..pooled(&pooler) };
        let tables = ["keys", "hash", "set_member", "list", "zset", "garbage", "message"];
        let tables = tables.map(|table| format!("credenza.{table}")).join(", ");
        // At first there are none.
        let _ = server.sql_in("test_1", &format!("TRUNCATE {tables}"));
        Ok(Subject::new(PostgresStore::open(config).await?).with_clock(clock))
    };
    suite::run(fresh).await.assert_passed();
}

/// More connections to the pooler than it has sessions, and more tasks than connections.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_share_few_sessions_and_lose_nothing() {
    let Some((server, pooler)) = servers(2) else { return };
    let store = PostgresStore::open(pooled(&pooler)).await.unwrap();
    let tasks: Vec<_> = (0..32)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in 0..20 {
                    run(&store, "INCRBY n 1").await.unwrap();
                    run(&store, &format!("RPUSH l{task} {n}")).await.unwrap();
                    let set = format!("SET k{task} {n}");
                    run(&store, &set).await.unwrap();
                    assert_eq!(run(&store, &format!("GET k{task}")).await.unwrap(), value(&n.to_string()));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(run(&store, "GET n").await.unwrap(), value("640"));
    for task in 0..32 {
        assert_eq!(run(&store, &format!("LLEN l{task}")).await.unwrap(), Reply::Int(20));
    }
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'test_1'";
    let sessions: u32 = server.sql(sessions).unwrap()[0][0].as_ref().unwrap().parse().unwrap();
    assert!(sessions <= 2, "{sessions} sessions: this did not go through the pooler");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_pooler_is_unavailable_until_it_is_back() {
    let Some((_server, pooler)) = servers(2) else { return };
    let store = PostgresStore::open(pooled(&pooler)).await.unwrap();
    run(&store, "SET k v").await.unwrap();
    pooler.kill();
    for line in ["GET k", "SET k w", "RPUSH l c"] {
        let error = run_within(&store, 2_000, line).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{line}: {error}");
    }
    pooler.restart();
    let start = Instant::now();
    while run_within(&store, 500, "GET k").await.ok() != Some(value("v")) {
        assert!(start.elapsed() < Duration::from_secs(20), "the store does not heal");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A prepared statement stays with the session it was prepared on. Whoever forgets the switch hears of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_switch_it_fails_and_says_so() {
    let Some((_server, pooler)) = servers(2) else { return };
    let outcome = async {
        let store = PostgresStore::open(config(&pooler.url_of("test_1"))).await?;
        let tasks: Vec<_> = (0..16)
            .map(|task| {
                let store = store.clone();
                tokio::spawn(async move {
                    for n in 0..50 {
                        run(&store, &format!("RPUSH l{task} {n}")).await?;
                        run(&store, &format!("LLEN l{task}")).await?;
                    }
                    Ok(())
                })
            })
            .collect();
        let mut outcome = Ok(());
        for task in tasks {
            outcome = outcome.and(task.await.unwrap());
        }
        outcome
    };
    let error: credenza_core::Error = outcome.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.message().contains("pooler=true"), "{error}");
}
