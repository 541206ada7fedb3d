//! Values into a database and out of it.

use bytes::Bytes;
use credenza_core::db::{Db, Timestamp, Uuid, Value};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::common::{Place, memory, one};

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_filter("stored as null", |float| !float.is_nan()).prop_map(Value::Float),
        any::<String>().prop_map(Value::Text),
        proptest::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| Value::Bytes(bytes.into())),
        "[\0-\u{ff}]{0,40}".prop_map(Value::Text),
        Just(Value::Int(i64::MIN)),
        Just(Value::Float(f64::MIN_POSITIVE / 2.0)),
        Just(Value::Bytes(Bytes::new())),
        Just(Value::Text(String::new())),
    ]
}

/// As it comes back: to the bit, which `==` does not look at.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
        (a, b) => a == b,
    }
}

#[test]
fn what_is_stored_comes_back() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let place = Place::new();
    let db = place.open();
    runtime.block_on(db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b BLOB, c)", ())).unwrap();
    let mut runner = TestRunner::new(Config { cases: 500, failure_persistence: None, ..Config::default() });
    let tested = runner.run(&(any_value(), any_value(), any_value()), |(a, b, c)| {
        let wanted = [a.clone(), b.clone(), c.clone()];
        let found = runtime.block_on(async {
            let params = (a, b, c);
            let id = db.query_one("INSERT INTO t (a, b, c) VALUES (?, ?, ?) RETURNING id", params).await?;
            db.query_one("SELECT a, b, c FROM t WHERE id = ?", (id.get::<i64>(0)?,)).await
        });
        let found = found.unwrap().into_values();
        prop_assert!(found.iter().zip(&wanted).all(|(a, b)| same(a, b)), "{found:?}, not {wanted:?}");
        Ok(())
    });
    tested.unwrap();
}

async fn bound(db: &Db, value: Value) -> (Value, String) {
    let row = db.query_one("SELECT ?1, typeof(?1)", (value,)).await.unwrap();
    (row.values()[0].clone(), row.get(1).unwrap())
}

#[tokio::test]
async fn kinds_that_the_engine_does_not_have() {
    let db = memory();
    let id: Uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap();
    let time = Timestamp::from_micros(1_761_388_200_123_456);
    for (value, wanted, kind) in [
        (Value::Bool(true), Value::Int(1), "integer"),
        (Value::Bool(false), Value::Int(0), "integer"),
        (Value::Json("{\"a\": 1}".into()), Value::Text("{\"a\": 1}".into()), "text"),
        (Value::Uuid(id), Value::Text(id.to_string()), "text"),
        (Value::Timestamp(time), Value::Text(time.to_string()), "text"),
        (
            Value::Vector(vec![1.0, -2.5]),
            Value::Bytes(Bytes::from_static(&[0, 0, 128, 63, 0, 0, 32, 192])),
            "blob",
        ),
        (Value::Float(f64::NAN), Value::Null, "null"),
        (Value::Float(f64::INFINITY), Value::Float(f64::INFINITY), "real"),
    ] {
        assert_eq!(bound(&db, value).await, (wanted, kind.to_owned()));
    }
    // And back by the type that is asked for.
    let row = db.query_one("SELECT ?, ?, ?, ?", (true, id, time, vec![1.0_f32, -2.5])).await.unwrap();
    assert!(row.get::<bool>(0).unwrap());
    assert_eq!(row.get::<Uuid>(1).unwrap(), id);
    assert_eq!(row.get::<Timestamp>(2).unwrap(), time);
    assert_eq!(row.get::<Vec<f32>>(3).unwrap(), [1.0, -2.5]);
}

#[tokio::test]
async fn text_that_is_not_utf8_comes_back_as_bytes() {
    let db = memory();
    assert_eq!(
        one(&db, "SELECT CAST(x'ff00fe' AS TEXT)").await,
        Value::Bytes(Bytes::from_static(&[255, 0, 254]))
    );
    assert_eq!(one(&db, "SELECT CAST(x'6100' AS TEXT)").await, Value::Text("a\0".into()));
}

#[tokio::test]
async fn declared_types_are_told() {
    let db = memory();
    db.execute("CREATE TABLE t (a INTEGER, b VARCHAR(20), c, d DECIMAL (10, 2))", ()).await.unwrap();
    let rows = db.query("SELECT a, b, c, d, 1 AS e, a + 1 AS f FROM t", ()).await.unwrap();
    let declared: Vec<_> = rows.columns().iter().map(|column| column.declared.as_deref()).collect();
    assert_eq!(declared, [Some("INTEGER"), Some("VARCHAR(20)"), None, Some("DECIMAL (10, 2)"), None, None]);
}
