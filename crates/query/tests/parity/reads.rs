//! Queries that read.

use credenza_core::Db;
use credenza_core::db::{IntoValue, Value};
use credenza_query::Direction::{Ascending, Descending};
use credenza_query::{Comparison, Filter, FromTable as _, Is, Nulls, col};

use crate::{Databases, Seen, told};

/// Values to compare with, by the column.
fn values(column: &str) -> Vec<Value> {
    match column {
        "id" | "age" => [0_i64, 1, 7, 14, 49, i64::MAX, i64::MIN].map(Value::Int).into(),
        "name" => ["Ada", "ada", "", "O'Neil", "f%f", "Čeněk", "z"].map(IntoValue::into_value).into(),
        "score" => [-3.0, 0.0, 0.25, 1.5, 1e300].map(Value::Float).into(),
        "active" => [true, false].map(Value::Bool).into(),
        "created" => ["2023-11-15T22:13:20.000001Z", "2023-11-20T00:00:00Z"]
            .map(|time| Value::Timestamp(time.parse().unwrap()))
            .into(),
        "uid" => vec![Value::Uuid(credenza_core::db::Uuid::from_bytes([7; 16]))],
        "data" => vec![Value::Bytes(vec![7, 0, 255].into()), Value::Bytes(bytes::Bytes::new())],
        "settings->>theme" => ["dark", "light", ""].map(IntoValue::into_value).into(),
        "settings->>n" => ["1", "5"].map(IntoValue::into_value).into(),
        "settings->>on" => ["true", "1"].map(IntoValue::into_value).into(),
        _ => panic!("{column}"),
    }
}

/// Which users a condition holds for.
async fn users(db: &Db, filter: &Filter) -> Seen {
    told(db.from("users").select("id").filter(filter.clone()).order("id", Ascending).fetch_json().await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_comparison_of_every_type() {
    let databases = Databases::open().await;
    let comparisons = [
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
    ];
    let columns = [
        "id",
        "name",
        "age",
        "score",
        "active",
        "created",
        "uid",
        "data",
        "settings->>theme",
        "settings->>n",
        "settings->>on",
    ];
    let (mut queries, mut found) = (0, 0);
    for column in columns {
        for value in values(column) {
            for comparison in comparisons {
                for opposite in [false, true] {
                    let filter = Filter::Compare { column: column.into(), comparison, value: value.clone() };
                    let filter = if opposite { filter.not() } else { filter };
                    let what = format!("{column} {comparison:?} {value:?}, opposite: {opposite}");
                    let seen = databases.same(&what, async |db| users(db, &filter).await).await;
                    queries += 1;
                    found += usize::from(seen != "[]");
                }
            }
        }
    }
    assert!(queries > 400 && found > 200, "{queries} queries, {found} found something");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_columns_have_the_types_that_they_declare() {
    let databases = Databases::open().await;
    for id in 1..=30 {
        let what = format!("user {id}");
        databases
            .same(&what, async |db| told(db.from("users").select("*").eq("id", id).fetch_json().await))
            .await;
    }
    let seen = databases
        .same("user 1", async |db| {
            told(
                db.from("users")
                    .select("id,name,age,score,active,created,uid,data")
                    .eq("id", 1)
                    .fetch_json()
                    .await,
            )
        })
        .await;
    let expected = r#"[{"active":false,"age":7,"created":"2023-11-15T22:13:20.000001Z","data":"AQD/","id":1,"name":"Bob","score":-2.75,"uid":"01010101-0101-0101-0101-010101010101"}]"#;
    assert_eq!(seen, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conditions_of_other_kinds() {
    let databases = Databases::open().await;
    let filters: Vec<Filter> = vec![
        col("age").is(Is::Null),
        col("age").is(Is::Null).not(),
        col("active").is(Is::True),
        col("active").is(Is::False),
        col("active").is(Is::True).not(),
        col("age").is_distinct(7),
        col("age").is_distinct(None::<i64>),
        col("age").is_distinct(7).not(),
        col("id").is_in([1, 2, 99]),
        col("id").is_in(Vec::<i64>::new()),
        col("id").is_in(Vec::<i64>::new()).not(),
        col("age").is_in([7, 14]).not(),
        col("name").is_in(["Ada", "O'Neil"]),
        col("name").like("A%"),
        col("name").like("a%"),
        col("name").like("%_1"),
        col("name").like(r"%\_1"),
        col("name").like(r"f\%f"),
        col("name").like("___"),
        col("name").like("Čen_k"),
        col("name").like(""),
        col("name").like("[A]da"),
        col("name").like("*"),
        col("name").like("?da"),
        col("name").like("%'%"),
        col("name").like("A%").not(),
        col("name").ilike("a%"),
        col("name").ilike("DORA"),
        col("name").ilike(r"EVE\_1"),
        col("settings->>theme").ilike("D%"),
        col("settings->deep->er->>est").eq("x"),
        col("settings->tags->>0").eq("a"),
        col("settings->tags->>1").like("b%"),
        col("settings->>none").is(Is::Null),
        col("settings->>0").gt("1"),
        col("settings->>2").eq("text"),
        col("settings->>3").eq("true"),
        col("age::text").like("1%"),
        col("settings->>n::int").gte(9),
        Filter::And(vec![]),
        Filter::Or(vec![]),
        Filter::Or(vec![]).not(),
        Filter::Or(vec![col("age").lt(10), col("active").is(Is::True)]),
        Filter::And(vec![
            col("age").lt(30),
            Filter::Or(vec![col("id").eq(3), col("id").eq(4), col("name").eq("Bob")]),
        ]),
        Filter::Or(vec![col("age").lt(10), col("age").is(Is::Null)]).not(),
        // What is no condition is the same error everywhere, before anything is sent.
        col("age").eq(None::<i64>),
        col("age").is_in([Some(1), None]),
        col("settings->theme").eq("dark"),
        col("name").like(r"a\"),
        col("nam e").eq("x"),
        col("name; DROP TABLE users").eq("x"),
        col("missing").eq("x"),
        col("").eq("x"),
    ];
    assert!(filters.len() > 50);
    for filter in filters {
        let what = format!("{filter:?}");
        databases.same(&what, async |db| users(db, &filter).await).await;
    }
    let error =
        databases.all[0].1.from("users").select("*").eq("age", None::<i64>).fetch_json().await.unwrap_err();
    assert!(error.message().contains("is("), "it names what is meant: {error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn selections_orders_and_parts() {
    let databases = Databases::open().await;
    for columns in [
        "",
        "*",
        "id, name",
        "name, *",
        "id, n:name",
        "id, \"the name\":name",
        "id, settings->theme",
        "id, settings->>theme",
        "id, t:settings->>theme, d:settings->deep",
        "id, settings->tags->0",
        "id, settings->tags->>0",
        "id, settings->0, settings->>1, settings->theme->0, settings->theme->>0, settings->1->2",
        "id, settings->>on, settings->>n",
        "id, age::text",
        "id, a:age::float",
        "id, settings->>n::int",
        "count(*)",
        "id, (select 1)",
        "id from users --",
        "missing",
    ] {
        databases
            .same(columns, async |db| {
                told(db.from("users").select(columns).order("id", Ascending).fetch_json().await)
            })
            .await;
    }
    for column in ["name", "age", "score", "active", "created", "uid", "data", "settings->>theme"] {
        for direction in [Ascending, Descending] {
            for nulls in [Nulls::AsGreatest, Nulls::First, Nulls::Last] {
                let what = format!("{column} {direction:?} {nulls:?}");
                databases
                    .same(&what, async |db| {
                        let query = db.from("users").select("id").order_with(column, direction, nulls);
                        told(query.order("id", Descending).fetch_json().await)
                    })
                    .await;
            }
        }
    }
    for (limit, offset) in [
        (Some(5), None),
        (Some(5), Some(28)),
        (None, Some(25)),
        (Some(0), None),
        (None, Some(100)),
        (Some(u64::MAX), None),
    ] {
        databases
            .same(&format!("{limit:?} {offset:?}"), async |db| {
                let mut query = db.from("users").select("id").order("id", Ascending);
                if let Some(limit) = limit {
                    query = query.limit(limit);
                }
                if let Some(offset) = offset {
                    query = query.offset(offset);
                }
                told(query.fetch_json().await)
            })
            .await;
    }
    let seen = databases.same("range", async |db| {
        told(
            db.from("users")
                .select("id")
                .order("id", Ascending)
                .range(2, 4)
                .fetch::<serde_json::Value>()
                .await,
        )
    });
    assert_eq!(seen.await, r#"[{"id":3},{"id":4},{"id":5}]"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn single_rows_counts_and_pages() {
    let databases = Databases::open().await;
    for id in [1, 99] {
        databases
            .same("single", async |db| {
                told(db.from("users").select("id").eq("id", id).single::<serde_json::Value>().await)
            })
            .await;
        databases
            .same("maybe_single", async |db| {
                told(db.from("users").select("id").eq("id", id).maybe_single::<serde_json::Value>().await)
            })
            .await;
    }
    let several = databases.same("several", async |db| {
        told(db.from("users").select("id").gt("id", 1).maybe_single::<serde_json::Value>().await)
    });
    assert_eq!(several.await, "!TooMany");
    let count = databases
        .same("count", async |db| told(db.from("users").select("*").gt("id", 10).limit(3).count().await));
    assert_eq!(count.await, "20");
    let page = databases.same("page", async |db| {
        let query = db.from("users").select("id").gt("id", 10).order("id", Descending).limit(2).offset(1);
        let page = query.page::<serde_json::Value>().await;
        told(page.map(|page| (page.total, page.rows)))
    });
    assert_eq!(page.await, r#"[20,[{"id":29},{"id":28}]]"#);
    let mut seen = Vec::new();
    for (_, db) in &databases.all {
        let (mut ids, query) = (Vec::new(), db.from("users").select("id").order("id", Ascending));
        query
            .for_each(|row: serde_json::Value| {
                ids.push(row["id"].as_i64().unwrap());
                Ok(())
            })
            .await
            .unwrap();
        seen.push(ids);
    }
    assert!(seen.iter().all(|ids| *ids == (1..=30).collect::<Vec<_>>()));
}
