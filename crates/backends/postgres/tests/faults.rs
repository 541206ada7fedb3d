//! Servers that freeze, die and come back, and wires that are cut: bounded time, the right effect, and a store that heals.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail and measure")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use common::{config, open, run, run_within, value};
use credenza_core::{Effect, ErrorKind, Reply};
use credenza_postgres::{PostgresConfig, PostgresStore};
use credenza_testkit::servers::{Postgres, PostgresVersion, Wire};

fn server() -> Option<Postgres> {
    Postgres::start(PostgresVersion::V18)
}

/// Waits until the store answers again.
async fn healed(store: &PostgresStore) {
    let start = Instant::now();
    loop {
        if run_within(store, 500, "SET healed yes").await.is_ok()
            && run_within(store, 500, "RPUSH healing yes").await.is_ok()
            && run_within(store, 500, "GET healed").await.is_ok()
        {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "the store does not heal");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_server_costs_a_deadline_and_no_more() {
    let Some(server) = server() else { return };
    let store = open(&server).await;
    run(&store, "RPUSH l a").await.unwrap();
    run(&store, "SET k v").await.unwrap();
    server.freeze();
    for line in ["GET k", "HGETALL h", "SET k w", "RPUSH l b", "MGET a b", "SET k x", "LRANGE l 0 -1"] {
        let start = Instant::now();
        let error = run_within(&store, 300, line).await.unwrap_err();
        assert!(start.elapsed() < Duration::from_millis(800), "{line} took {:?}", start.elapsed());
        assert_eq!(error.kind(), ErrorKind::Timeout, "{line}: {error}");
        let read = line.contains("GET") || line.starts_with("LRANGE");
        if read || line.starts_with("RPUSH") {
            assert_eq!(error.effect(), Effect::NotApplied, "{line}: {error}");
        }
    }
    server.thaw();
    healed(&store).await;
    assert_eq!(run(&store, "LLEN l").await.unwrap(), Reply::Int(1), "what was given up was applied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_is_unavailable_until_it_is_back() {
    let Some(server) = server() else { return };
    let store = open(&server).await;
    run(&store, "SET k v").await.unwrap();
    run(&store, "RPUSH l a b").await.unwrap();
    server.kill();
    for line in ["GET k", "SET k w", "RPUSH l c", "LRANGE l 0 -1"] {
        let error = run_within(&store, 2_000, line).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{line}: {error}");
    }
    server.restart();
    healed(&store).await;
    assert_eq!(run(&store, "LRANGE l 0 1").await.unwrap(), Reply::List(Some(vec!["a".into(), "b".into()])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_kills_under_load() {
    let Some(server) = server() else { return };
    let store = open(&server).await;
    let stop = Arc::new(AtomicBool::new(false));
    let doubtful = Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let (store, stop, doubtful) = (store.clone(), stop.clone(), doubtful.clone());
            tokio::spawn(async move {
                let mut certain = 0_u64;
                let mut n = 0_u64;
                while !stop.load(Ordering::Relaxed) {
                    n += 1;
                    // Merged writes, and transactions.
                    let line = if n.is_multiple_of(2) {
                        format!("SET k{task} {n}")
                    } else {
                        format!("RPUSH l{task} {n}")
                    };
                    match run_within(&store, 1_000, &line).await {
                        Ok(_) if n % 2 == 1 => certain += 1,
                        Ok(_) => {}
                        Err(error) if error.effect() == Effect::MaybeApplied => {
                            doubtful.fetch_add(u64::from(n % 2 == 1), Ordering::Relaxed);
                        }
                        Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                    }
                }
                certain
            })
        })
        .collect();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        server.kill();
        server.restart();
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    stop.store(true, Ordering::Relaxed);
    let mut certain = 0;
    for task in tasks {
        certain += task.await.unwrap();
    }
    healed(&store).await;
    let mut found = 0;
    for task in 0..8 {
        if let Reply::Int(len) = run(&store, &format!("LLEN l{task}")).await.unwrap() {
            found += u64::try_from(len).unwrap();
        }
    }
    let doubtful = doubtful.load(Ordering::Relaxed);
    assert!(certain > 50, "{certain} writes are no load");
    assert!(found >= certain, "{certain} were acknowledged, {found} are there");
    assert!(found <= certain + doubtful, "{found} are there, {certain} and perhaps {doubtful} were written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_wire() {
    let Some(server) = server() else { return };
    let url = server.new_database();
    let wire = Wire::to(("127.0.0.1", server.port()));
    let config = PostgresConfig {
        port: wire.address().port(),
        connect_timeout: Duration::from_millis(400),
        ..config(&url)
    };
    let store = PostgresStore::open(config).await.unwrap();
    run(&store, "SET k v").await.unwrap();
    run(&store, "RPUSH l a").await.unwrap();
    wire.cut();
    for line in ["GET k", "RPUSH l b", "SET k w", "HGETALL h"] {
        let error = run_within(&store, 2_000, line).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout), "{line}: {error}");
    }
    wire.heal();
    healed(&store).await;
    wire.stall();
    for line in ["GET k", "RPUSH l b", "HGETALL h"] {
        let error = run_within(&store, 300, line).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Unavailable), "{line}: {error}");
        assert_eq!(error.effect(), Effect::NotApplied, "{line}: {error}");
    }
    wire.heal();
    healed(&store).await;
    assert_eq!(run(&store, "LLEN l").await.unwrap(), Reply::Int(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_replies_are_in_doubt_and_not_repeated() {
    let Some(server) = server() else { return };
    let url = server.new_database();
    let wire = Wire::to(("127.0.0.1", server.port()));
    let config = PostgresConfig { port: wire.address().port(), ..config(&url) };
    let store = PostgresStore::open(config).await.unwrap();
    let mut attempts = 0;
    loop {
        for _ in 0..10 {
            run(&store, "SET k before").await.unwrap();
        }
        wire.lose_replies();
        let error = run_within(&store, 400, "SET k after").await.unwrap_err();
        if error.effect() == Effect::MaybeApplied {
            break;
        }
        // On a slow machine it may not have come so far that anything was sent: then nothing is changed.
        attempts += 1;
        assert!(attempts < 10, "never in doubt: {error}");
        wire.heal();
        healed(&store).await;
        assert_eq!(run(&store, "GET k").await.unwrap(), value("before"));
    }
    // The rows were never seen, so nothing can have been changed.
    let error = run_within(&store, 400, "INCRBY n 1").await.unwrap_err();
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    let error = run_within(&store, 400, "GET k").await.unwrap_err();
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    wire.heal();
    healed(&store).await;
    assert_eq!(run(&store, "GET k").await.unwrap(), value("after"));
    assert_eq!(run(&store, "GET n").await.unwrap(), Reply::Value(None));
    run(&store, "INCRBY n 1").await.unwrap();
    assert_eq!(run(&store, "GET n").await.unwrap(), value("1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_ended_by_the_server() {
    let Some(server) = server() else { return };
    let store = open(&server).await;
    for round in 0..5 {
        run(&store, &format!("RPUSH l {round}")).await.unwrap();
        server
            .sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'credenza'")
            .unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(run(&store, "LLEN l").await.unwrap(), Reply::Int(round + 1));
        run(&store, "SET k v").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_are_dropped_hold_nothing() {
    let Some(server) = server() else { return };
    let store = open(&server).await;
    for n in 0..200 {
        let line = ["SET k v", "RPUSH l a", "GET k", "LRANGE l 0 -1", "INCRBY n 1"][n % 5];
        let _ = tokio::time::timeout(Duration::from_micros(n as u64 * 7), run(&store, line)).await;
    }
    // All connections come back, and no transaction is left open.
    let open =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'credenza' AND state LIKE 'idle in%'";
    for _ in 0..100 {
        let stats = store.pool_stats();
        if stats.open == stats.idle && server.sql(open).unwrap() == [[Some("0".to_owned())]] {
            healed(&store).await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?}, {:?} transactions are open", store.pool_stats(), server.sql(open));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_of_the_pool_tell_what_happens() {
    let Some(server) = server() else { return };
    let config = PostgresConfig { pool_size: 1, ..config(&server.new_database()) };
    let store = PostgresStore::open(config).await.unwrap();
    let fresh = store.pool_stats();
    assert_eq!((fresh.limit, fresh.open, fresh.opened, fresh.timeouts, fresh.failures), (1, 1, 1, 0, 0));
    for _ in 0..10 {
        run(&store, "RPUSH l a").await.unwrap();
    }
    let busy = store.pool_stats();
    assert!(busy.taken >= fresh.taken + 10 && busy.opened == 1, "{busy:?}");

    // The only connection hangs, and the next one waits for it in vain.
    server.freeze();
    let one = tokio::spawn({
        let store = store.clone();
        async move { run_within(&store, 1_500, "RPUSH l b").await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    run_within(&store, 300, "RPUSH m c").await.unwrap_err();
    one.await.unwrap().unwrap_err();
    let stuck = store.pool_stats();
    assert!(stuck.timeouts >= 1, "{stuck:?}");
    server.thaw();
    healed(&store).await;

    server.kill();
    for _ in 0..3 {
        run_within(&store, 1_000, "RPUSH l c").await.unwrap_err();
    }
    assert!(store.pool_stats().failures >= 1, "{:?}", store.pool_stats());
    server.restart();
    healed(&store).await;
    let healed = store.pool_stats();
    assert!(healed.opened > busy.opened && healed.waited > fresh.waited, "{healed:?}");
}
