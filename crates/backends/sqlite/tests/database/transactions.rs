//! Transactions: all or nothing, apart from each other, and gone when they are dropped.

use std::time::Duration;

use credenza_core::ErrorKind::{Denied, InvalidStatement, ReadOnly, Timeout};
use credenza_core::db::{Begin, Value};

use crate::common::{Place, memory, one, what};

#[tokio::test]
async fn a_transaction_is_applied_or_not() {
    let place = Place::new();
    for db in [place.open(), memory()] {
        db.execute("CREATE TABLE t (a INT)", ()).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        for value in 0..100 {
            tx.execute("INSERT INTO t VALUES (?)", (value,)).await.unwrap();
        }
        let row = tx.query_one("SELECT count(*) FROM t", ()).await.unwrap();
        assert_eq!(row.get::<i64>(0).unwrap(), 100);
        tx.commit().await.unwrap();
        let mut tx = db.begin().await.unwrap();
        tx.execute("DELETE FROM t", ()).await.unwrap();
        tx.rollback().await.unwrap();
        let mut tx = db.begin().await.unwrap();
        tx.execute("DELETE FROM t", ()).await.unwrap();
        drop(tx);
        assert_eq!(one(&db, "SELECT count(*) FROM t").await, Value::Int(100));
    }
}

#[tokio::test]
async fn a_read_only_transaction_sees_one_state() {
    let place = Place::new();
    let db = place.open();
    db.execute("CREATE TABLE t (a INT)", ()).await.unwrap();
    let mut tx = db.begin_with(Begin::read_only()).await.unwrap();
    db.execute("INSERT INTO t VALUES (1)", ()).await.unwrap();
    assert_eq!(tx.query_one("SELECT count(*) FROM t", ()).await.unwrap().get::<i64>(0).unwrap(), 0);
    let failed = tx.execute("INSERT INTO t VALUES (2)", ()).await.unwrap_err();
    assert_eq!(what(&failed), (ReadOnly, "25006"));
    tx.commit().await.unwrap();
    assert_eq!(one(&db, "SELECT count(*) FROM t").await, Value::Int(1));
}

#[tokio::test]
async fn savepoints_within_a_transaction() {
    let place = Place::new();
    let db = place.open();
    db.execute("CREATE TABLE t (a INT)", ()).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    for sql in [
        "INSERT INTO t VALUES (1)",
        "SAVEPOINT a",
        "INSERT INTO t VALUES (2)",
        "ROLLBACK TO a",
        "RELEASE a",
        "INSERT INTO t VALUES (3)",
    ] {
        tx.execute(sql, ()).await.expect(sql);
    }
    for sql in ["COMMIT", "ROLLBACK", "BEGIN"] {
        assert_eq!(tx.execute(sql, ()).await.unwrap_err().kind(), Denied, "{sql}");
    }
    tx.commit().await.unwrap();
    assert_eq!(one(&db, "SELECT group_concat(a) FROM t").await, Value::Text("1,3".into()));
}

#[tokio::test]
async fn a_transaction_that_the_engine_rolled_back_is_over() {
    let place = Place::new();
    let db = place.open();
    db.execute("CREATE TABLE t (a INT UNIQUE)", ()).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    tx.execute("INSERT INTO t VALUES (1)", ()).await.unwrap();
    assert_eq!(what(&tx.execute("INSERT OR ROLLBACK INTO t VALUES (1)", ()).await.unwrap_err()).1, "23505");
    assert_eq!(
        what(&tx.execute("INSERT INTO t VALUES (2)", ()).await.unwrap_err()),
        (InvalidStatement, "25P02")
    );
    assert_eq!(what(&tx.commit().await.unwrap_err()), (InvalidStatement, "25P02"));
    assert_eq!(one(&db, "SELECT count(*) FROM t").await, Value::Int(0));
}

#[tokio::test]
async fn an_idle_transaction_ends_at_its_deadline() {
    let place = Place::new();
    let db = place.open();
    db.execute("CREATE TABLE t (a INT)", ()).await.unwrap();
    let mut idle = db.clone().with_timeout(Duration::from_millis(100)).begin().await.unwrap();
    idle.execute("INSERT INTO t VALUES (1)", ()).await.unwrap();
    let late = db.clone().with_timeout(Duration::from_millis(20));
    assert_eq!(late.execute("INSERT INTO t VALUES (2)", ()).await.unwrap_err().kind(), Timeout);
    // Without a deadline of its own it gets its turn when that of the other has passed.
    db.execute("INSERT INTO t VALUES (3)", ()).await.unwrap();
    assert_eq!(idle.execute("INSERT INTO t VALUES (4)", ()).await.unwrap_err().kind(), Timeout);
    assert_eq!(idle.commit().await.unwrap_err().kind(), Timeout);
    assert_eq!(one(&db, "SELECT group_concat(a) FROM t").await, Value::Text("3".into()));
}
