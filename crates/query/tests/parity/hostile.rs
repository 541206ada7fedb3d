//! Names and values that try to become a part of the statement.

use credenza_query::Direction::Ascending;
use credenza_query::{FromTable as _, Record};

use crate::{Databases, told};

const HOSTILE: [&str; 14] = [
    "'; DROP TABLE users; --",
    "\"; DROP TABLE users; --",
    "\" OR \"\"=\"",
    "' OR 1=1 --",
    "/* comment */",
    "--",
    ";",
    "$1",
    "?",
    ":name",
    "\\",
    "\u{202e}evil",
    "ünïcödé'\"",
    "a\nb",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_value_and_no_name_becomes_a_part_of_the_statement() {
    let databases = Databases::open().await;
    for text in HOSTILE {
        let quoted = format!("\"{}\"", text.replace('"', "\"\""));
        databases
            .same(&format!("value {text}"), async |db| {
                let record = Record::new().set("id", 1_000).set("amount", 1).set("note", text);
                let insert = told(db.from("orders").insert(record).single::<serde_json::Value>().await);
                let found = told(db.from("orders").select("note").eq("note", text).fetch_json().await);
                let like = told(
                    db.from("orders")
                        .select("note")
                        .like("note", text.replace('\\', "\\\\"))
                        .fetch_json()
                        .await,
                );
                format!("{insert} {found} {like} {}", told(db.from("orders").delete().eq("id", 1_000).await))
            })
            .await;
        for name in [text, &quoted] {
            databases
                .same(&format!("name {name}"), async |db| {
                    let table = told(db.from(name).select("*").fetch_json().await);
                    let column = told(db.from("users").select(name).fetch_json().await);
                    let filter = told(db.from("users").select("id").eq(name, "x").fetch_json().await);
                    let path = told(db.from("users").select(format!("settings->{name}")).fetch_json().await);
                    let alias = told(
                        db.from("users")
                            .select(format!("{name}:id"))
                            .order("id", Ascending)
                            .limit(1)
                            .fetch_json()
                            .await,
                    );
                    let order = told(db.from("users").select("id").order(name, Ascending).fetch_json().await);
                    let set = told(db.from("users").update(Record::new().set(name, 1)).eq("id", 1).await);
                    let key = told(db.from("orders").upsert(Record::new().set("amount", 1), [name]).await);
                    [table, column, filter, path, alias, order, set, key].join(" ")
                })
                .await;
        }
    }
    for (name, db) in &databases.all {
        assert_eq!(db.from("users").select("*").count().await.unwrap(), 30, "{name}");
        assert_eq!(db.from("orders").select("*").count().await.unwrap(), 20, "{name}");
    }
    // NUL ends a text where it is not counted.
    let nul = databases.same("NUL", async |db| told(db.from("use\0rs").select("*").fetch_json().await));
    assert_eq!(nul.await, "!InvalidArgument");
    let nul = databases.same("a NUL in a value", async |db| {
        let insert = told(db.from("orders").insert(Record::new().set("amount", 1).set("note", "a\0b")).await);
        let found = told(db.from("orders").select("id").eq("note", "a\0b").fetch_json().await);
        let among = told(db.from("users").select("id").is_in("name", ["Ada", "\0"]).fetch_json().await);
        format!("{insert} {found} {among}")
    });
    assert_eq!(nul.await, "!InvalidArgument !InvalidArgument !InvalidArgument");
    let long = "x".repeat(64);
    let seen =
        databases.same("a long name", async |db| told(db.from(long.clone()).select("*").fetch_json().await));
    assert_eq!(seen.await, "!InvalidArgument", "Postgres would cut it off, and find another");
}
