//! Rows of other tables in the rows of a selection.

use credenza_core::Db;
use credenza_query::Direction::{Ascending, Descending};
use credenza_query::{FromTable as _, Record};
use serde::Deserialize;

use crate::{Databases, told};

async fn connected() -> Databases {
    let databases = Databases::open().await;
    for (_, db) in &databases.all {
        for sql in [
            "CREATE TABLE lines (order_id BIGINT REFERENCES orders (id), no BIGINT, label TEXT, paid BOOLEAN, at TIMESTAMPTZ, more JSONB, PRIMARY KEY (order_id, no))",
            "CREATE TABLE details (id BIGINT PRIMARY KEY, order_id BIGINT, no BIGINT, FOREIGN KEY (order_id, no) REFERENCES lines (order_id, no))",
            "CREATE TABLE messages (id BIGINT PRIMARY KEY, from_id BIGINT REFERENCES users (id), to_id BIGINT REFERENCES users)",
            "CREATE TABLE nodes (id BIGINT PRIMARY KEY, \"the parent\" BIGINT REFERENCES nodes (id))",
        ] {
            db.execute(sql, ()).await.unwrap();
        }
        let line = |n: i64| {
            Record::new()
                .set("order_id", n % 9 + 1)
                .set("no", n)
                .set("label", format!("line {n}"))
                .set("paid", n % 2 == 0)
                .set("at", credenza_core::db::Timestamp::from_micros(n * 1_000_001))
                .set(
                    "more",
                    credenza_core::db::Value::Json(format!("{{\"n\": {n}, \"big\": 9007199254740993}}")),
                )
        };
        db.from("lines").insert((1..=30).map(line).collect::<Vec<_>>()).await.unwrap();
        let detail = |n: i64| {
            let (order, no) = if n % 4 == 0 { (None, None) } else { (Some(n % 9 + 1), Some(n)) };
            Record::new().set("id", n).set("order_id", order).set("no", no)
        };
        db.from("details").insert((1..=12).map(detail).collect::<Vec<_>>()).await.unwrap();
        let message =
            |n: i64| Record::new().set("id", n).set("from_id", n).set("to_id", (n > 2).then_some(n + 1));
        db.from("messages").insert((1..=5).map(message).collect::<Vec<_>>()).await.unwrap();
        let node = |n: i64| Record::new().set("id", n).set("the parent", (n > 1).then_some(n / 2));
        db.from("nodes").insert((1..=7).map(node).collect::<Vec<_>>()).await.unwrap();
    }
    databases
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_belongs_to_rows_is_embedded() {
    let databases = connected().await;
    for (table, columns) in [
        ("users", "id, orders(id, amount)"),
        ("users", "id, name, placed:orders(note)"),
        ("users", "orders(*), id"),
        ("users", "id, orders!inner(id)"),
        ("users", "*, orders(id, lines(no, label, paid, at, more))"),
        ("orders", "id, users(name, score, created, uid, settings)"),
        ("orders", "id, user:users(name), lines(*)"),
        ("orders", "id, lines!inner(no), users!inner(id)"),
        ("lines", "no, orders(id, users(id, name))"),
        ("lines", "no, details(id)"),
        ("details", "id, lines(label, orders(note))"),
        ("details", "id, lines!inner(no)"),
        ("messages", "id, sender:users!from_id(name), receiver:users!to_id(name)"),
        ("messages", "id, users!to_id!inner(name)"),
        ("users", "id, sent:messages!from_id(id), got:messages!to_id(id)"),
        ("nodes", "id, parent:nodes!\"the parent\"(id, parent:nodes(id))"),
        ("users", "id, theme:settings->>theme, orders(n:note)"),
        // What cannot be.
        ("users", "id, messages(id)"),
        ("users", "id, lines(no)"),
        ("users", "id, missing(no)"),
        ("users", "id, orders!nothing(id)"),
        ("users", "id, orders(missing)"),
        ("users", "id, orders(id"),
        ("missing", "id, orders(id)"),
        ("users", "orders(lines(details(lines(orders(id)))))"),
    ] {
        let order = if table == "lines" { "no" } else { "id" };
        let what = format!("{table}: {columns}");
        let seen = databases.same(&what, async |db| {
            let rows = told(
                db.from(table).select(columns).order(order, Descending).limit(9).offset(1).fetch_json().await,
            );
            format!("{rows} {}", told(db.from(table).select(columns).count().await))
        });
        let seen = seen.await;
        assert!(
            seen.len() > 200
                || columns.contains("inner")
                || table == "nodes"
                || seen.starts_with('!')
                || table == "messages",
            "{columns}: {seen}"
        );
    }
    let seen = databases.same("a filter", async |db| {
        told(
            db.from("orders")
                .select("id, users!inner(name)")
                .gt("amount", 150)
                .order("id", Ascending)
                .fetch_json()
                .await,
        )
    });
    assert!(seen.await.starts_with(r#"[{"id":16,"users":{"name":"dora"}}"#));
    let seen = databases.same("nobody", async |db| {
        told(db.from("users").select("id, orders(id)").eq("id", 30).fetch_json().await)
    });
    assert_eq!(seen.await, r#"[{"id":30,"orders":[]}]"#);
}

#[derive(Debug, PartialEq, Deserialize)]
struct Line {
    no: i64,
    paid: bool,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Order {
    id: i64,
    lines: Vec<Line>,
    users: Option<Name>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Name {
    name: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn types_have_what_is_embedded_and_transactions_see_what_they_wrote() {
    let databases = connected().await;
    const COLUMNS: &str = "id, lines(no, paid), users(name)";
    let order =
        async |db: &Db, id: i64| db.from("orders").select(COLUMNS).eq("id", id).single::<Order>().await;
    for (name, db) in &databases.all {
        let second = order(db, 2).await.unwrap();
        let lines = [1, 10, 19, 28].map(|no| Line { no, paid: no % 2 == 0 });
        assert_eq!(
            second,
            Order { id: 2, lines: lines.into(), users: Some(Name { name: "dora".into() }) },
            "{name}"
        );
        let page = db
            .from("orders")
            .select("id, lines!inner(no)")
            .order("id", Ascending)
            .limit(2)
            .page::<serde_json::Value>();
        let page = page.await.unwrap();
        assert_eq!((page.total, page.rows.len()), (9, 2), "{name}");
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.from("lines").delete().eq("no", 28).await.unwrap(), 1, "{name}");
        let kept: Order = tx.from("orders").select(COLUMNS).eq("id", 2).single().await.unwrap();
        assert_eq!(kept.lines.len(), 3, "{name}");
        tx.rollback().await.unwrap();
        let written =
            db.from("orders").update(Record::new().set("amount", 1)).eq("id", 2).returning("id, lines(no)");
        assert!(written.fetch::<serde_json::Value>().await.is_err(), "{name}");
        let mut seen = 0;
        let each = db.from("orders").select(COLUMNS).for_each(|order: Order| {
            seen += order.lines.len();
            Ok(())
        });
        each.await.unwrap();
        assert_eq!(seen, 30, "{name}");
    }
}
