//! What is Postgres's own in the database: its types, its transactions, and servers that fail.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail and measure")]

mod common;

use std::time::{Duration, Instant};

use common::config;
use credenza_core::db::{Begin, Params, Statement, Timestamp, Uuid, Value};
use credenza_core::{Context, Db, Effect, ErrorKind};
use credenza_postgres::{PostgresConfig, PostgresDatabase};
use credenza_testkit::servers::{Postgres, PostgresVersion};

async fn open(server: &Postgres) -> Db {
    Db::new(PostgresDatabase::open(config(&server.new_database())).await.unwrap())
}

fn server() -> Option<Postgres> {
    Postgres::start(PostgresVersion::V18)
}

async fn value(db: &Db, sql: &'static str, params: Vec<Value>) -> Value {
    let row =
        db.query_one(sql, Params::Positional(params)).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    row.into_values().remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn types_come_and_go_without_loss() {
    let Some(server) = server() else { return };
    let db = open(&server).await;
    db.execute("CREATE TYPE mood AS ENUM ('sad', 'happy')", ()).await.unwrap();
    db.execute("CREATE DOMAIN age AS integer CHECK (VALUE >= 0)", ()).await.unwrap();
    db.execute("CREATE EXTENSION vector", ()).await.unwrap();
    let text = |text: &str| Value::Text(text.to_owned());
    let id: Uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap();
    let time: Timestamp = "2025-10-25T10:30:00.123456Z".parse().unwrap();
    let decimal = "-123456789012345678901234567890.123456789";
    for (sql, given, expected) in [
        ("SELECT $1::smallint", Value::Int(-32_768), Value::Int(-32_768)),
        ("SELECT $1::int", Value::Int(2_147_483_647), Value::Int(2_147_483_647)),
        ("SELECT $1::real", Value::Float(0.5), Value::Float(0.5)),
        ("SELECT $1::float8", Value::Int(3), Value::Float(3.0)),
        ("SELECT $1::numeric", text(decimal), text(decimal)),
        ("SELECT $1::numeric", Value::Int(7), Value::Int(7)),
        ("SELECT $1::numeric(10, 2)", Value::Float(1.5), text("1.50")),
        ("SELECT $1::varchar(10)", text("ü"), text("ü")),
        ("SELECT $1::bytea", Value::Bytes(vec![0, 255].into()), Value::Bytes(vec![0, 255].into())),
        ("SELECT $1::uuid", text("67E55044-10B1-426F-9247-BB680E5FE0C8"), Value::Uuid(id)),
        ("SELECT $1::uuid", Value::Uuid(id), Value::Uuid(id)),
        ("SELECT $1::timestamptz", text("2025-10-25 12:30:00.123456+02"), Value::Timestamp(time)),
        ("SELECT $1::timestamp", Value::Timestamp(time), Value::Timestamp(time)),
        ("SELECT $1::timestamptz", text("infinity"), text("infinity")),
        ("SELECT $1::date", text("2024-02-29"), text("2024-02-29")),
        ("SELECT $1::time", text("23:59:59.5"), text("23:59:59.500000")),
        (
            "SELECT $1::jsonb",
            Value::Json(r#"{"b":1, "a":[1.50]}"#.into()),
            Value::Json(r#"{"a": [1.50], "b": 1}"#.into()),
        ),
        ("SELECT $1::mood", text("happy"), text("happy")),
        ("SELECT $1::age", Value::Int(30), Value::Int(30)),
        ("SELECT $1::vector", Value::Vector(vec![1.0, -2.5, 0.1]), Value::Vector(vec![1.0, -2.5, 0.1])),
        ("SELECT ($1::int[])::text", text("{1,2,3}"), text("{1,2,3}")),
        ("SELECT $1::inet::text", text("10.0.0.1/8"), text("10.0.0.1/8")),
        ("SELECT sum(x) FROM (VALUES ($1::bigint), (1)) AS t (x)", Value::Int(41), Value::Int(42)),
        ("SELECT current_setting('TimeZone') || $1", text("!"), text("UTC!")),
    ] {
        assert_eq!(value(&db, sql, vec![given]).await, expected, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_is_refused_without_its_value() {
    let Some(server) = server() else { return };
    let db = open(&server).await;
    db.execute("CREATE TABLE t (n int, d date)", ()).await.unwrap();
    for (sql, given, kind) in [
        ("INSERT INTO t (n) VALUES ($1)", Value::Int(1 << 40), ErrorKind::InvalidArgument),
        ("INSERT INTO t (n) VALUES ($1)", Value::Text("private".into()), ErrorKind::InvalidArgument),
        ("INSERT INTO t (d) VALUES ($1)", Value::Text("private".into()), ErrorKind::InvalidArgument),
        ("INSERT INTO t (n) VALUES ($1::bigint)", Value::Int(1 << 40), ErrorKind::InvalidArgument),
        ("INSERT INTO t (n) VALUES (1 / $1::int)", Value::Int(0), ErrorKind::InvalidArgument),
    ] {
        let error = db.execute(sql, vec![given]).await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (kind, Effect::NotApplied), "{sql}: {error}");
        assert!(!error.to_string().contains("private") && !error.to_string().contains("1099"), "{error}");
    }
    let error = db.query("SELECT n, ARRAY[1] AS list FROM t", ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("column list is of type _int4"), "{error}");
    let named = db.query("SELECT $1::int", [("a", 1)]).await.unwrap_err();
    assert_eq!(named.kind(), ErrorKind::InvalidArgument);
    assert_eq!(value(&db, "SELECT count(*) FROM t", vec![]).await, Value::Int(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_as_nobody_left_them() {
    let Some(server) = server() else { return };
    let db = open(&server).await;
    for sql in [
        "SET search_path = x",
        "RESET ALL",
        "LISTEN a",
        "PREPARE p AS SELECT 1",
        "DISCARD ALL",
        "COPY t TO STDOUT",
    ] {
        let error = db.execute(sql, ()).await.unwrap_err();
        assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Denied, Some("42501")), "{sql}: {error}");
    }
    let mut tx = db.begin().await.unwrap();
    tx.execute("SET LOCAL work_mem = '1MB'", ()).await.unwrap();
    let row = tx.query_one("SELECT current_setting('work_mem')", ()).await.unwrap();
    assert_eq!(row.get::<String>(0).unwrap(), "1MB");
    tx.commit().await.unwrap();
    assert_ne!(value(&db, "SELECT current_setting('work_mem')", vec![]).await, Value::Text("1MB".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_failed_unread_take_nothing_of_the_transaction_with_them() {
    let Some(server) = server() else { return };
    let db = open(&server).await;
    db.execute("CREATE TABLE t (n int)", ()).await.unwrap();
    // The first rows are there before the division by zero.
    let fails = "SELECT 1 / (1000 - x) FROM generate_series(1, 2000) AS x";
    for read in [0, 1, 2000] {
        let mut tx = db.begin().await.unwrap();
        tx.execute("INSERT INTO t VALUES (1)", ()).await.unwrap();
        let mut rows = tx.query(fails, ()).await.unwrap();
        let mut failed = false;
        for _ in 0..read {
            failed |= rows.next().await.is_err();
        }
        assert_eq!(failed, read == 2000);
        drop(rows);
        if read == 1 {
            tx.execute("INSERT INTO t VALUES (2)", ()).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    assert_eq!(value(&db, "SELECT count(*) FROM t", vec![]).await, Value::Int(4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_are_stopped_on_their_way_end_the_transaction() {
    let Some(server) = server() else { return };
    let db = open(&server).await;
    db.execute("CREATE TABLE t (n int)", ()).await.unwrap();
    let database = db.database();
    let mut tx = database.begin(&Context::new(), Begin::write()).await.unwrap();
    let insert = Statement::new("INSERT INTO t VALUES (1)", ());
    tx.run(&Context::new(), insert).await.unwrap();
    let hurried = Context::new().within(Some(Duration::from_millis(200)));
    let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT 1 FROM c) SELECT x FROM c";
    let mut rows = tx.run(&hurried, Statement::new(endless, ())).await.unwrap();
    let stopped = loop {
        match rows.next().await {
            Ok(Some(_)) => {}
            ended => break ended,
        }
    };
    assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Timeout);
    let start = Instant::now();
    let next = tx.run(&Context::new(), Statement::new("SELECT 1", ())).await;
    assert_eq!(next.unwrap_err().sqlstate(), Some("25P02"), "it is over");
    assert!(tx.commit(&Context::new()).await.is_err());
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(value(&db, "SELECT count(*) FROM t", vec![]).await, Value::Int(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_is_dropped_ends_its_transaction_and_stops() {
    let Some(server) = server() else { return };
    let config = PostgresConfig { pool_size: 1, ..config(&server.new_database()) };
    let db = Db::new(PostgresDatabase::open(config).await.unwrap()).with_timeout(Duration::from_secs(10));
    let mut tx = db.begin().await.unwrap();
    let dropped =
        tokio::time::timeout(Duration::from_millis(200), tx.execute("SELECT pg_sleep(60)", ())).await;
    assert!(dropped.is_err());
    let start = Instant::now();
    assert_eq!(tx.execute("SELECT 1", ()).await.unwrap_err().sqlstate(), Some("25P02"));
    // There is one connection, and it is not waited for a minute.
    assert_eq!(value(&db, "SELECT 2", vec![]).await, Value::Int(2));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let asleep =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()";
    assert_eq!(value(&db, asleep, vec![]).await, Value::Int(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_that_ends_nothing_is_named_by_its_class() {
    let Some(server) = server() else { return };
    let db = open(&server).await;
    db.execute("CREATE TABLE t (n int)", ()).await.unwrap();
    db.execute("INSERT INTO t VALUES (1)", ()).await.unwrap();
    let mut holder = db.begin().await.unwrap();
    holder.execute("UPDATE t SET n = 2", ()).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    tx.execute("SET LOCAL lock_timeout = '50ms'", ()).await.unwrap();
    for (sql, kind, code) in [
        ("SELECT ln(-1)", ErrorKind::InvalidArgument, "22000"),
        ("SELECT 1 / 0", ErrorKind::InvalidArgument, "22012"),
        ("UPDATE t SET n = 3", ErrorKind::Busy, "55P03"),
        ("SELECT n FROM t FOR UPDATE NOWAIT", ErrorKind::Busy, "55P03"),
        ("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'P0003'; END $$", ErrorKind::Constraint, "P0000"),
    ] {
        let error = tx.execute(sql, ()).await.unwrap_err();
        assert_eq!((error.kind(), error.sqlstate()), (kind, Some(code)), "{sql}: {error}");
    }
    tx.execute("INSERT INTO t VALUES (4)", ()).await.unwrap();
    holder.rollback().await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(value(&db, "SELECT sum(n) FROM t", vec![]).await, Value::Int(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_write_returns_is_held_up_to_a_limit() {
    let Some(server) = server() else { return };
    let db = open(&server).await;
    db.execute("CREATE TABLE t (n int)", ()).await.unwrap();
    let returned = "INSERT INTO t SELECT x FROM generate_series(1, 60) AS x RETURNING repeat('x', 1048576)";
    assert_eq!(db.execute(returned, ()).await.unwrap().rows_affected, 60);
    let more = "INSERT INTO t SELECT x FROM generate_series(1, 200) AS x RETURNING repeat('x', 1048576)";
    let error = db.execute(more, ()).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::LimitExceeded, Effect::MaybeApplied));
    let count = value(&db, "SELECT count(*) FROM t", vec![]).await;
    assert!([Value::Int(60), Value::Int(260)].contains(&count), "all or nothing: {count:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_that_could_not_come_one_after_the_other_conflict() {
    let Some(server) = server() else { return };
    let db = open(&server).await;
    db.execute("CREATE TABLE doctors (name text, on_call bool)", ()).await.unwrap();
    db.execute("INSERT INTO doctors VALUES ('a', true), ('b', true)", ()).await.unwrap();
    let (mut one, mut two) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    for tx in [&mut one, &mut two] {
        let row = tx.query_one("SELECT count(*) FROM doctors WHERE on_call", ()).await.unwrap();
        assert_eq!(row.get::<i64>(0).unwrap(), 2);
    }
    one.execute("UPDATE doctors SET on_call = false WHERE name = 'a'", ()).await.unwrap();
    one.commit().await.unwrap();
    let second = async {
        two.execute("UPDATE doctors SET on_call = false WHERE name = 'b'", ()).await?;
        two.commit().await
    };
    let error = second.await.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Conflict, Some("40001")));
    assert_eq!(error.effect(), Effect::NotApplied);
    assert_eq!(value(&db, "SELECT count(*) FROM doctors WHERE on_call", vec![]).await, Value::Int(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_keeps_a_bounded_number_of_statements() {
    let Some(server) = server() else { return };
    let config = PostgresConfig { pool_size: 1, ..config(&server.new_database()) };
    let db = Db::new(PostgresDatabase::open(config).await.unwrap());
    for number in 0..600 {
        db.query_one(format!("SELECT {number}"), ()).await.unwrap();
    }
    let kept = value(&db, "SELECT count(*) FROM pg_prepared_statements", vec![]).await;
    let Value::Int(kept) = kept else { panic!("{kept:?}") };
    assert!((1..=256).contains(&kept), "{kept}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_server_costs_a_deadline_and_a_moment() {
    let Some(server) = server() else { return };
    let db = open(&server).await;
    db.execute("CREATE TABLE t (n int)", ()).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    tx.execute("INSERT INTO t VALUES (1)", ()).await.unwrap();
    // There is a connection besides that of the transaction.
    db.execute("SELECT n FROM t", ()).await.unwrap();
    server.freeze();
    let hurried = db.clone().with_timeout(Duration::from_millis(300));
    for (sql, effect) in
        [("INSERT INTO t VALUES (2)", Effect::MaybeApplied), ("SELECT n FROM t", Effect::NotApplied)]
    {
        let start = Instant::now();
        let error = hurried.execute(sql, ()).await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, effect), "{sql}: {error}");
        assert!(start.elapsed() < Duration::from_secs(2), "{sql} took {:?}", start.elapsed());
    }
    server.thaw();
    drop(tx);
    let patient = db.with_timeout(Duration::from_secs(15));
    patient.execute("INSERT INTO t VALUES (3)", ()).await.unwrap();
    let count = value(&patient, "SELECT count(*) FROM t WHERE n <> 2", vec![]).await;
    assert_eq!(count, Value::Int(1), "what was not committed is not there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_is_unavailable_until_it_is_back() {
    let Some(server) = server() else { return };
    let db = open(&server).await.with_timeout(Duration::from_secs(5));
    db.execute("CREATE TABLE t (n int)", ()).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    tx.execute("INSERT INTO t VALUES (1)", ()).await.unwrap();
    let mut rows = db.query("SELECT x FROM generate_series(1, 10000000) AS x", ()).await.unwrap();
    server.kill();
    let error = tx.commit().await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, Effect::MaybeApplied), "{error}");
    let ended = loop {
        match rows.next().await {
            Ok(Some(_)) => {}
            ended => break ended,
        }
    };
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::Unavailable, "a result that is cut is no result");
    let error = db.execute("INSERT INTO t VALUES (2)", ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    server.restart();
    let start = Instant::now();
    while let Err(error) = db.execute("INSERT INTO t VALUES (3)", ()).await {
        assert!(start.elapsed() < Duration::from_secs(20), "it does not heal: {error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(value(&db, "SELECT max(n) FROM t WHERE n = 3", vec![]).await, Value::Int(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_pool_says_so() {
    let Some(server) = server() else { return };
    let config = PostgresConfig { pool_size: 1, ..config(&server.new_database()) };
    let db = Db::new(PostgresDatabase::open(config).await.unwrap());
    let tx = db.begin().await.unwrap();
    let error =
        db.clone().with_timeout(Duration::from_millis(200)).execute("SELECT 1", ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.message().contains("all 1 of the pool are in use"), "{error}");
    tx.rollback().await.unwrap();
    db.execute("SELECT 1", ()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_pooler_it_is_refused() {
    let Some(server) = server() else { return };
    let config = PostgresConfig { pooler: true, ..config(&server.new_database()) };
    assert_eq!(PostgresDatabase::open(config).await.unwrap_err().kind(), ErrorKind::Unsupported);
}

/// A statement whose preparing takes until after the deadline is not begun, wherever the message is that stops it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_begins_after_its_deadline() {
    let Some(server) = server() else { return };
    let db = open(&server).await;
    db.execute("CREATE TABLE t (n BIGINT)", ()).await.unwrap();
    db.execute("INSERT INTO t VALUES (0)", ()).await.unwrap();
    for round in 1..=8_i64 {
        db.query_one("SELECT n FROM t", ()).await.unwrap();
        server.freeze();
        // A text of its own, which has to be prepared.
        let sql = format!("UPDATE t SET n = {round}");
        let late = db.clone().with_timeout(Duration::from_millis(100));
        let write = tokio::spawn(async move { late.execute(sql, ()).await });
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.thaw();
        let error = write.await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::NotApplied), "{error}");
        assert_eq!(value(&db, "SELECT n FROM t", Vec::new()).await, Value::Int(0), "round {round}");
    }
}
