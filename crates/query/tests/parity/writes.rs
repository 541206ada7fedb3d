//! Queries that write.

use credenza_core::{Db, Effect, ErrorKind};
use credenza_query::Direction::Ascending;
use credenza_query::{FromTable as _, Is, Record, col};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::databases::user;
use crate::{Databases, Seen, told};

/// All that stands in a table.
async fn all(db: &Db, table: &str) -> Seen {
    told(db.from(table).select("*").order("id", Ascending).fetch_json().await)
}

fn order(id: i64) -> Record {
    Record::new().set("id", id).set("user_id", 1).set("amount", 5).set("note", format!("new {id}"))
}

type Asked<'a> = std::pin::Pin<Box<dyn Future<Output = Seen> + 'a>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inserts() {
    let databases = Databases::open().await;
    let same = async |what: &str, expected: &str, query: &dyn Fn(&Db) -> Asked<'_>| {
        let seen =
            databases.same(what, async |db| format!("{} {}", query(db).await, all(db, "orders").await)).await;
        assert!(seen.starts_with(expected), "{what}: {seen}");
    };
    same("one", "1", &|db| Box::pin(async { told(db.from("orders").insert(order(101)).await) })).await;
    same("several", "2", &|db| {
        Box::pin(async { told(db.from("orders").insert([order(102), order(103)]).await) })
    })
    .await;
    same("returning", r#"[{"id":104,"note":"new 104"}]"#, &|db| {
        Box::pin(async {
            told(db.from("orders").insert(order(104)).returning("id, note").fetch::<Json>().await)
        })
    })
    .await;
    same("single", r#"{"amount":5,"id":105,"note":"new 105","user_id":1}"#, &|db| {
        Box::pin(async { told(db.from("orders").insert(order(105)).single::<Json>().await) })
    })
    .await;
    // A row in the middle that cannot be inserted leaves none.
    same("the same key", "!Constraint 23505", &|db| {
        Box::pin(async { told(db.from("orders").insert([order(106), order(1), order(107)]).await) })
    })
    .await;
    same("the same note", "!Constraint 23505", &|db| {
        Box::pin(async { told(db.from("orders").insert(order(108).set("note", "note 1")).await) })
    })
    .await;
    same("no such user", "!Constraint 23503", &|db| {
        Box::pin(async { told(db.from("orders").insert(order(109).set("user_id", 4711)).await) })
    })
    .await;
    same("no amount", "!Constraint 23502", &|db| {
        Box::pin(async { told(db.from("orders").insert(order(110).set("amount", None::<i64>)).await) })
    })
    .await;
    same("an amount that is none", "!Constraint 23514", &|db| {
        Box::pin(async { told(db.from("orders").insert(order(111).set("amount", -1)).await) })
    })
    .await;
    same("no such column", "!InvalidStatement 42703", &|db| {
        Box::pin(async { told(db.from("orders").insert(order(112).set("missing", 1)).await) })
    })
    .await;
    same("no such table", "!InvalidStatement 42P01", &|db| {
        Box::pin(async { told(db.from("missing").insert(order(113)).await) })
    })
    .await;
    same("other columns", "!InvalidArgument", &|db| {
        Box::pin(async {
            told(db.from("orders").insert([order(114), Record::new().set("id", 115).set("amount", 1)]).await)
        })
    })
    .await;
    same("nothing", "!InvalidArgument", &|db| {
        Box::pin(async { told(db.from("orders").insert(Vec::<Record>::new()).await) })
    })
    .await;
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    id: i64,
    user_id: Option<i64>,
    amount: i64,
    note: Option<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_types_of_the_application() {
    let databases = Databases::open().await;
    for (name, db) in &databases.all {
        let order = Order { id: 500, user_id: None, amount: 1 << 60, note: Some("it's".into()) };
        let back: Order = db.from("orders").insert(Record::of(&order).unwrap()).single().await.unwrap();
        assert_eq!(back, order, "{name}");
        let back: Vec<Order> = db.from("orders").select("*").eq("id", 500).fetch().await.unwrap();
        assert_eq!(back, [order], "{name}");
        let error = db.from("orders").select("id").eq("id", 500).single::<Order>().await.unwrap_err();
        assert!(error.kind() == ErrorKind::Decode && error.message().contains("amount"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upserts() {
    let databases = Databases::open().await;
    let changed = |id: i64, amount: i64| order(id).set("amount", amount).set("note", format!("changed {id}"));
    let seen = databases.same("upsert", async |db| {
        let written = db.from("orders").upsert([changed(1, 7), changed(200, 8)], ["id"]).await;
        format!("{} {}", told(written), all(db, "orders").await)
    });
    assert!(seen.await.starts_with('2'));
    let seen = databases.same("ignored", async |db| {
        let query = db.from("orders").upsert([changed(2, 7), changed(201, 8)], ["id"]).ignore_duplicates();
        format!("{} {}", told(query.await), all(db, "orders").await)
    });
    assert!(seen.await.starts_with('1'));
    let twice = databases.same("the same key twice", async |db| {
        let written = db.from("orders").upsert([changed(3, 7), changed(3, 8)], ["id"]).await;
        format!("{} {}", told(written), all(db, "orders").await)
    });
    assert!(twice.await.starts_with("!InvalidStatement 21000"));
    databases
        .same("by another key", async |db| {
            let record = Record::new().set("amount", 9).set("note", "note 4");
            told(
                db.from("orders")
                    .upsert(record, ["note"])
                    .returning("id, amount, note")
                    .fetch::<Json>()
                    .await,
            )
        })
        .await;
    databases
        .same("by a key of two columns", async |db| {
            let row = |n: i64| Record::new().set("a b", n).set("select", "x").set("größe", n * 2);
            let first = db.from("odd \"name\"").upsert([row(1), row(2)], ["a b", "select"]).await;
            let second = db.from("odd \"name\"").upsert(row(1).set("größe", 77), ["a b", "select"]).await;
            let only_key = Record::new().set("a b", 2).set("select", "x");
            let third = db.from("odd \"name\"").upsert(only_key, ["a b", "select"]).fetch::<Json>().await;
            let rows = db.from("odd \"name\"").select("*").order("\"a b\"", Ascending).fetch_json().await;
            format!("{} {} {} {}", told(first), told(second), told(third), told(rows))
        })
        .await;
    let none = databases
        .same("no such key", async |db| told(db.from("orders").upsert(changed(1, 1), ["amount"]).await));
    assert!(none.await.starts_with("!InvalidStatement 42P10"));
    databases
        .same("no key", async |db| told(db.from("orders").upsert(changed(1, 1), Vec::<String>::new()).await))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn updates_and_deletes() {
    let databases = Databases::open().await;
    let set = || Record::new().set("amount", 77);
    // An update of the column that is filtered returns the rows as they are now.
    let seen = databases.same("the filtered column", async |db| {
        let mut rows = db.from("orders").update(set()).eq("amount", 10).fetch::<Order>().await.unwrap();
        rows.sort_by_key(|row| row.id);
        told(Ok(rows))
    });
    assert_eq!(seen.await, r#"[{"id":1,"user_id":2,"amount":77,"note":"note 1"}]"#);
    for (what, expected, written) in [
        (
            "some",
            "2",
            databases
                .same("some", async |db| told(db.from("orders").update(set()).is_in("id", [2, 3]).await))
                .await,
        ),
        (
            "none",
            "0",
            databases
                .same("none", async |db| told(db.from("orders").update(set()).eq("id", 4711).await))
                .await,
        ),
        (
            "no filter",
            "!InvalidArgument",
            databases.same("no filter", async |db| told(db.from("orders").update(set()).await)).await,
        ),
        (
            "nothing set",
            "!InvalidArgument",
            databases
                .same("nothing", async |db| told(db.from("orders").update(Record::new()).eq("id", 1).await))
                .await,
        ),
        (
            "both",
            "!InvalidArgument",
            databases
                .same("both", async |db| told(db.from("orders").update(set()).eq("id", 1).all_rows().await))
                .await,
        ),
        (
            "a constraint",
            "!Constraint 23514",
            databases
                .same("check", async |db| {
                    told(db.from("orders").update(Record::new().set("amount", 0)).eq("id", 1).await)
                })
                .await,
        ),
        (
            "by or",
            "5",
            databases
                .same("or", async |db| {
                    told(db.from("orders").update(set()).or([col("id").lt(4), col("note").like("%9")]).await)
                })
                .await,
        ),
        (
            "delete without a filter",
            "!InvalidArgument",
            databases.same("delete", async |db| told(db.from("orders").delete().await)).await,
        ),
        (
            "referenced",
            "!Constraint 23503",
            databases.same("referenced", async |db| told(db.from("users").delete().eq("id", 1).await)).await,
        ),
        (
            "delete",
            "1",
            databases.same("delete", async |db| told(db.from("orders").delete().eq("id", 20).await)).await,
        ),
        (
            "delete nulls",
            "0",
            databases
                .same("delete", async |db| told(db.from("orders").delete().is("user_id", Is::Null).await))
                .await,
        ),
    ] {
        assert_eq!(written, expected, "{what}");
    }
    databases.same("what is left", async |db| all(db, "orders").await).await;
    let seen = databases.same("all", async |db| told(db.from("orders").delete().all_rows().await));
    assert_eq!(seen.await, "19");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_write_too_many_rows_writes_none() {
    let databases = Databases::open().await;
    for in_transaction in [false, true] {
        let seen = databases.same("too many", async |db| {
            let set = Record::new().set("amount", 1);
            let (first, second, third, fourth) = if in_transaction {
                let mut tx = db.begin().await.unwrap();
                let first = told(tx.from("orders").update(set.clone()).lt("id", 5).max_affected(3).await);
                let second = told(tx.from("orders").delete().lt("id", 3).single::<Json>().await);
                let third = told(tx.from("orders").update(set.clone()).eq("id", 4711).single::<Json>().await);
                let fourth = told(tx.from("orders").update(set).eq("id", 9).single::<Order>().await);
                tx.commit().await.unwrap();
                (first, second, third, fourth)
            } else {
                let first = told(db.from("orders").update(set.clone()).lt("id", 5).max_affected(3).await);
                let second = told(db.from("orders").delete().lt("id", 3).single::<Json>().await);
                let third = told(db.from("orders").update(set.clone()).eq("id", 4711).single::<Json>().await);
                (
                    first,
                    second,
                    third,
                    told(db.from("orders").update(set).eq("id", 9).single::<Order>().await),
                )
            };
            format!("{first} {second} {third} {fourth} {}", all(db, "orders").await)
        });
        let seen = seen.await;
        assert!(seen.starts_with("!TooMany !TooMany !NotFound {\"id\":9"), "{seen}");
        assert!(seen.contains(r#""amount":20,"id":2"#) && seen.contains(r#""amount":1,"id":9"#), "{seen}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_rows_than_a_statement_takes_are_one_transaction() {
    let databases = Databases::open().await;
    let rows = |first: i64| (first..first + 9_000).map(user).collect::<Vec<_>>();
    let seen = databases.same("many", async |db| {
        let written = told(db.from("users").insert(rows(1_000)).await);
        // The last one is there already.
        let mut again = rows(20_000);
        again.push(user(9_999));
        let failed = told(db.from("users").insert(again.clone()).await);
        let count = told(db.from("users").select("*").count().await);
        let upserted = told(db.from("users").upsert(again, ["id"]).await);
        format!("{written} {failed} {count} {upserted} {}", told(db.from("users").select("*").count().await))
    });
    assert_eq!(seen.await, "9000 !Constraint 23505 9030 9001 18030");
    let mut twice = rows(40_000);
    twice.push(user(40_001));
    let seen = databases.same("twice", async |db| told(db.from("users").upsert(twice.clone(), ["id"]).await));
    assert_eq!(seen.await, "!InvalidStatement 21000", "in another statement than the first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_is_one() {
    let databases = Databases::open().await;
    databases
        .same("rolled back", async |db| {
            let mut tx = db.begin().await.unwrap();
            tx.from("orders").insert(order(900)).await.unwrap();
            let inside = told(tx.from("orders").select("id").eq("id", 900).fetch_json().await);
            // A statement that fails changes nothing, and the transaction goes on.
            let failed = told(tx.from("orders").insert(order(900)).await);
            tx.from("orders").insert(order(901)).await.unwrap();
            let page = tx
                .from("orders")
                .select("id")
                .gte("id", 900)
                .order("id", Ascending)
                .page::<Json>()
                .await
                .unwrap();
            tx.rollback().await.unwrap();
            let outside = told(db.from("orders").select("id").gte("id", 900).count().await);
            format!("{inside} {failed} {} {:?} {outside}", page.total, page.rows)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_transaction_an_insert_is_one_statement_or_nothing() {
    let databases = Databases::open().await;
    let many = || (1_000..10_000).map(user).collect::<Vec<_>>();
    let seen = databases.same("too many values", async |db| {
        let mut tx = db.begin().await.unwrap();
        let refused = told(tx.from("users").insert(many()).await);
        tx.from("users").insert(user(500)).await.unwrap();
        tx.commit().await.unwrap();
        format!("{refused} {}", told(db.from("users").select("*").count().await))
    });
    assert_eq!(seen.await, "!LimitExceeded 31");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_were_written_and_do_not_fit_say_so() {
    #[derive(Debug, Deserialize)]
    struct Other {
        #[allow(dead_code, reason = "it is never read")]
        missing: i64,
    }
    let databases = Databases::open().await;
    for (name, db) in &databases.all {
        let error = db.from("orders").insert(order(700)).single::<Other>().await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Decode, Effect::MaybeApplied), "{name}");
        assert_eq!(
            db.from("orders").select("id").eq("id", 700).count().await.unwrap(),
            1,
            "{name}: it is there"
        );
        // One that is looked at before it is permanent is taken back.
        let error = db.from("orders").delete().eq("id", 700).single::<Other>().await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Decode, Effect::NotApplied), "{name}");
        assert_eq!(
            db.from("orders").select("id").eq("id", 700).count().await.unwrap(),
            1,
            "{name}: it is still there"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_names_the_rule_and_the_key_and_not_the_values() {
    let databases = Databases::open().await;
    let twice = order(500).set("note", "sesame");
    for (_, db) in &databases.all {
        db.from("orders").insert(twice.clone()).await.unwrap();
        db.execute("CREATE TABLE pairs (a TEXT, \"b c\" TEXT, CONSTRAINT few CHECK (length(a) < 5), PRIMARY KEY (a, \"b c\"))", ())
            .await
            .unwrap();
        db.from("pairs").insert(Record::new().set("a", "x").set("b c", "sesame")).await.unwrap();
    }
    for (what, record, table, expected) in [
        ("the number", twice.clone(), "orders", Some((Some("orders"), vec!["id"]))),
        ("the note", twice.set("id", 501), "orders", Some((Some("orders"), vec!["note"]))),
        (
            "no amount",
            order(502).set("amount", None::<i64>),
            "orders",
            Some((Some("orders"), vec!["amount"])),
        ),
        (
            "a pair",
            Record::new().set("a", "x").set("b c", "sesame"),
            "pairs",
            Some((Some("pairs"), vec!["a", "b c"])),
        ),
        ("a check", Record::new().set("a", "sesame").set("b c", "y"), "pairs", None),
    ] {
        for (name, db) in &databases.all {
            let error = db.from(table).insert(record.clone()).await.unwrap_err();
            let violation = error.violation().unwrap_or_else(|| panic!("{what} on {name}: {error}"));
            match &expected {
                Some((table, columns)) => {
                    assert_eq!(
                        (violation.table.as_deref(), &violation.columns[..]),
                        (*table, &columns.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()[..]),
                        "{what} on {name}"
                    );
                }
                None => assert_eq!(violation.constraint.as_deref(), Some("few"), "{what} on {name}"),
            }
            assert!(!format!("{error:?} {violation:?}").contains("sesame"), "{what} on {name}: {error:?}");
        }
    }
}
