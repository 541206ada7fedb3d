//! Results that are long, statements that are stopped, and callers that come at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use credenza_core::ErrorKind::{InvalidStatement, Timeout};
use credenza_core::db::{Begin, Db, Value};
use credenza_core::{Effect, ErrorKind};
use credenza_sqlite::{SqliteDatabase, SqliteDatabaseConfig};

use crate::common::{Place, memory, one, what};

const FOREVER: &str =
    "WITH RECURSIVE c (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";
const NUMBERS: &str = "WITH RECURSIVE c (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c LIMIT 1000000) \
                       SELECT x, 'a text that belongs to number ' || x FROM c";

async fn fill(db: &Db, count: i64) {
    db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)", ()).await.unwrap();
    let sql = "WITH RECURSIVE c (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c LIMIT ?1) \
               INSERT INTO t SELECT x, hex(randomblob(20)) FROM c";
    db.execute(sql, (count,)).await.unwrap();
}

/// Bytes of memory that the process has.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_rows_pass_through_little_memory() {
    let place = Place::new();
    let db = place.open();
    let mut seen = 0_i64;
    let mut rows = db.query(NUMBERS, ()).await.unwrap();
    let before = resident();
    let mut most = before;
    while let Some(row) = rows.next().await.unwrap() {
        seen += 1;
        assert_eq!(row.get::<i64>(0).unwrap(), seen);
        if seen % 50_000 == 0 {
            most = most.max(resident());
        }
    }
    assert_eq!(seen, 1_000_000);
    // Other tests run in the same process.
    assert!(most < before + (48 << 20), "{before} and then {most}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_result_is_complete_and_in_order() {
    let place = Place::new();
    for db in [place.open(), memory()] {
        fill(&db, 30_000).await;
        for limit in [0, 1, 15, 16, 17, 255, 256, 257, 272, 1_023, 1_024, 1_025, 4_000, 30_000] {
            let rows = db.query("SELECT id FROM t ORDER BY id LIMIT ?", (limit,)).await.unwrap();
            let rows = rows.collect().await.unwrap();
            let ids: Vec<i64> = rows.iter().map(|row| row.get(0).unwrap()).collect();
            assert_eq!(ids, (1..=limit.into()).collect::<Vec<i64>>(), "{limit}");
        }
        let returned = db.query("UPDATE t SET a = 'x' WHERE id <= 5000 RETURNING id", ()).await.unwrap();
        assert_eq!(returned.collect().await.unwrap().len(), 5_000);
        let mut tx = db.begin().await.unwrap();
        let returned = tx.query("DELETE FROM t WHERE id <= 5000 RETURNING id", ()).await.unwrap();
        assert_eq!(returned.collect().await.unwrap().len(), 5_000);
        let outcome = tx.execute("UPDATE t SET a = 'y'", ()).await.unwrap();
        assert_eq!(outcome.rows_affected, 25_000);
        tx.commit().await.unwrap();
        assert_eq!(one(&db, "SELECT count(*) FROM t WHERE a = 'y'").await, Value::Int(25_000));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_has_been_committed_when_its_first_row_is_there() {
    let place = Place::new();
    let db = place.open();
    fill(&db, 3_000).await;
    let mut rows = db.query("UPDATE t SET a = 'new' RETURNING id", ()).await.unwrap();
    rows.next().await.unwrap();
    let other = place.open();
    assert_eq!(one(&other, "SELECT count(*) FROM t WHERE a = 'new'").await, Value::Int(3_000));
    drop(rows);
    assert_eq!(one(&other, "SELECT count(*) FROM t WHERE a = 'new'").await, Value::Int(3_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_stops_at_its_deadline() {
    let place = Place::new();
    for db in [place.open(), memory()] {
        fill(&db, 20_000).await;
        let hasty = db.clone().with_timeout(Duration::from_millis(80));
        for sql in [
            FOREVER,
            "SELECT count(*) FROM t AS a, t AS b, t AS c WHERE a.a < b.a AND b.a < c.a",
            "INSERT INTO t (a) WITH RECURSIVE c (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
            "UPDATE t SET a = (SELECT count(*) FROM t AS o, t AS p WHERE o.a < t.a AND p.a < o.a)",
            "CREATE TABLE u AS WITH RECURSIVE c (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
        ] {
            let started = Instant::now();
            let error = hasty.execute(sql, ()).await.expect_err(sql);
            assert_eq!(what(&error), (Timeout, "57014"), "{sql}: {error}");
            assert_eq!(error.effect(), Effect::NotApplied, "{sql}");
            let took = started.elapsed();
            assert!((80..2_000).contains(&took.as_millis()), "{sql}: {took:?}");
        }
        assert_eq!(one(&db, "SELECT count(*) FROM t").await, Value::Int(20_000));
        assert_eq!(db.tables().await.unwrap().len(), 1);
        // The rows of a result have the same deadline.
        let mut rows = hasty.query(NUMBERS, ()).await.unwrap();
        let error = loop {
            match rows.next().await {
                Ok(Some(_)) => tokio::time::sleep(Duration::from_micros(200)).await,
                Ok(None) => panic!("it came to its end"),
                Err(error) => break error,
            }
        };
        assert_eq!(what(&error), (Timeout, "57014"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_within_a_transaction_ends_it() {
    let place = Place::new();
    for db in [place.open(), memory()] {
        fill(&db, 100).await;
        for sql in [
            FOREVER,
            "UPDATE t SET a = (WITH RECURSIVE c (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c)",
        ] {
            let hasty = db.clone().with_timeout(Duration::from_millis(80));
            let mut tx = hasty.begin().await.unwrap();
            tx.execute("DELETE FROM t WHERE id > 5", ()).await.unwrap();
            assert_eq!(tx.execute(sql, ()).await.unwrap_err().kind(), Timeout);
            assert_eq!(tx.execute("SELECT 1", ()).await.unwrap_err().kind(), Timeout);
            assert_eq!(tx.commit().await.unwrap_err().kind(), Timeout);
            assert_eq!(one(&db, "SELECT count(*) FROM t").await, Value::Int(100));
            db.execute("UPDATE t SET a = 'free again'", ()).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_a_future_stops_what_it_waits_for() {
    let place = Place::new();
    let db = place.open();
    fill(&db, 5_000).await;
    let write = "UPDATE t SET a = (SELECT count(*) FROM t AS o WHERE o.a < t.a)";
    for delay in [0, 1, 3, 10, 30, 60, 90] {
        for sql in [FOREVER, write, NUMBERS] {
            let ran = tokio::time::timeout(Duration::from_millis(delay), async {
                let rows = db.query(sql, ()).await?;
                rows.outcome().await
            });
            let _ = ran.await;
            // The writer and the readers are free again.
            let next = tokio::time::timeout(Duration::from_secs(5), async {
                db.execute("UPDATE t SET a = a WHERE id = 1", ()).await.unwrap();
                assert_eq!(one(&db, "SELECT count(*) FROM t").await, Value::Int(5_000));
            });
            next.await.expect(sql);
        }
    }
    assert_eq!(one(&db, "PRAGMA integrity_check").await, Value::Text("ok".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_rows_within_a_transaction() {
    let place = Place::new();
    for db in [place.open(), memory()] {
        fill(&db, 20_000).await;
        for read in [0, 1, 16, 17, 300, 3_000] {
            let mut tx = db.begin().await.unwrap();
            tx.execute("INSERT INTO t (a) VALUES ('first')", ()).await.unwrap();
            // Of a read.
            let mut rows = tx.query("SELECT * FROM t ORDER BY a", ()).await.unwrap();
            for _ in 0..read {
                rows.next().await.unwrap();
            }
            drop(rows);
            // Of a write, which is done when the first of its rows is there.
            let mut rows = tx.query("UPDATE t SET a = 'w' WHERE id <= 10000 RETURNING id", ()).await.unwrap();
            for _ in 0..read {
                rows.next().await.unwrap();
            }
            // They are not even dropped when the next statement runs.
            let row = tx.query_one("SELECT count(*) FROM t WHERE a = 'w'", ()).await.unwrap();
            assert_eq!(row.get::<i64>(0).unwrap(), 10_000);
            drop(rows);
            tx.commit().await.unwrap();
            assert_eq!(one(&db, "SELECT count(*) FROM t WHERE a = 'w'").await, Value::Int(10_000));
            db.execute("UPDATE t SET a = id", ()).await.unwrap();
        }
        assert_eq!(one(&db, "SELECT count(*) FROM t").await, Value::Int(20_006));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_a_transaction_while_a_statement_runs() {
    let place = Place::new();
    for db in [place.open(), memory()] {
        fill(&db, 5_000).await;
        for delay in [0, 1, 5, 20, 50] {
            let mut tx = db.begin().await.unwrap();
            tx.execute("DELETE FROM t WHERE id = 1", ()).await.unwrap();
            let write = "UPDATE t SET a = (SELECT count(*) FROM t AS o WHERE o.a < t.a)";
            let _ = tokio::time::timeout(Duration::from_millis(delay), tx.execute(write, ())).await;
            if delay % 2 == 0 {
                // From another thread.
                std::thread::spawn(move || drop(tx)).join().unwrap();
            } else {
                // The write was stopped, and with it the transaction.
                assert_eq!(what(&tx.execute("SELECT 1", ()).await.unwrap_err()), (InvalidStatement, "25P02"));
                drop(tx);
            }
            let next =
                tokio::time::timeout(Duration::from_secs(5), db.begin()).await.expect("the writer is free");
            next.unwrap().rollback().await.unwrap();
            assert_eq!(one(&db, "SELECT count(*) FROM t").await, Value::Int(5_000));
        }
        assert_eq!(one(&db, "SELECT count(*) FROM t WHERE length(a) = 40").await, Value::Int(5_000));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_take_turns() {
    let place = Place::new();
    for db in [place.open(), memory()] {
        db.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, balance INT)", ()).await.unwrap();
        db.execute("INSERT INTO account VALUES (1, 1000), (2, 1000)", ()).await.unwrap();
        let failed = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..16)
            .map(|task| {
                let (db, failed) = (db.clone(), Arc::clone(&failed));
                tokio::spawn(async move {
                    for round in 0..20 {
                        let (from, to) = if (task + round) % 2 == 0 { (1, 2) } else { (2, 1) };
                        let mut tx = db.begin().await.unwrap();
                        let row =
                            tx.query_one("SELECT balance FROM account WHERE id = ?", (from,)).await.unwrap();
                        let balance: i64 = row.get(0).unwrap();
                        tokio::task::yield_now().await;
                        let set = "UPDATE account SET balance = ? WHERE id = ?";
                        tx.execute(set, (balance - 7, from)).await.unwrap();
                        tx.execute("UPDATE account SET balance = balance + 7 WHERE id = ?", (to,))
                            .await
                            .unwrap();
                        if round % 5 == 4 {
                            failed.fetch_add(1, Ordering::Relaxed);
                            drop(tx);
                        } else {
                            tx.commit().await.unwrap();
                        }
                        let mut tx = db.begin_with(Begin::read_only()).await.unwrap();
                        let sum = "SELECT sum(balance) FROM account";
                        assert_eq!(tx.query_one(sql(sum), ()).await.unwrap().get::<i64>(0).unwrap(), 2_000);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(failed.load(Ordering::Relaxed), 64);
        assert_eq!(one(&db, "SELECT sum(balance) FROM account").await, Value::Int(2_000));
    }
}

fn sql(text: &str) -> String {
    text.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_never_wait_for_the_writer() {
    let place = Place::new();
    let db = place.open();
    fill(&db, 10_000).await;
    let mut tx = db.begin().await.unwrap();
    tx.execute("UPDATE t SET a = 'not yet'", ()).await.unwrap();
    let tasks: Vec<_> = (0..32)
        .map(|task| {
            let db = db.clone();
            tokio::spawn(async move {
                for round in 0..20 {
                    let row =
                        db.query_one("SELECT length(a) FROM t WHERE id = ?", (task * 20 + round + 1,)).await;
                    assert_eq!(row.unwrap().get::<i64>(0).unwrap(), 40);
                    let all = db.query("SELECT a FROM t", ()).await.unwrap().collect().await.unwrap();
                    assert_eq!(all.len(), 10_000);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(one(&db, "SELECT count(*) FROM t WHERE a = 'not yet'").await, Value::Int(10_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_readers_do_not_starve_quick_ones() {
    let place = Place::new();
    let db = Db::new(SqliteDatabase::open(SqliteDatabaseConfig { readers: 2, ..place.config() }).unwrap());
    fill(&db, 10_000).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut rows = db.query("SELECT * FROM t", ()).await.unwrap();
        rows.next().await.unwrap();
        open.push(rows);
    }
    for id in 1..100 {
        db.query_one("SELECT a FROM t WHERE id = ?", (id,)).await.unwrap();
    }
    // A third long one waits, as long as it wants to.
    let hasty = db.clone().with_timeout(Duration::from_millis(50));
    assert_eq!(hasty.query("SELECT * FROM t", ()).await.map(drop).unwrap_err().kind(), ErrorKind::Timeout);
    open.clear();
    assert_eq!(db.query("SELECT * FROM t", ()).await.unwrap().collect().await.unwrap().len(), 10_000);
}

#[tokio::test]
async fn a_database_outlives_its_handle_while_rows_are_read() {
    let place = Place::new();
    let db = place.open();
    fill(&db, 10_000).await;
    let rows = db.query("SELECT * FROM t", ()).await.unwrap();
    let tx = db.begin().await.unwrap();
    drop(db);
    assert_eq!(rows.collect().await.unwrap().len(), 10_000);
    tx.rollback().await.unwrap();
}

#[test]
fn no_runtime_is_needed() {
    use std::task::{Context, Poll, Wake, Waker};

    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(output) => return output,
                Poll::Pending => std::thread::park(),
            }
        }
    }
    let place = Place::new();
    let db = place.open();
    block_on(async {
        fill(&db, 3_000).await;
        assert_eq!(db.query("SELECT * FROM t", ()).await.unwrap().collect().await.unwrap().len(), 3_000);
        let hasty = db.clone().with_timeout(Duration::from_millis(50));
        assert_eq!(hasty.execute(FOREVER, ()).await.unwrap_err().kind(), Timeout);
        let tx = hasty.begin().await.unwrap();
        // The writer is had when the other's deadline has passed.
        db.execute("DELETE FROM t", ()).await.unwrap();
        assert_eq!(tx.commit().await.unwrap_err().kind(), Timeout);
    });
}
