//! The nearest vectors: pgvector's exact result is what is right.

use credenza_core::db::{Dialect, Statement};
use credenza_core::{Db, Random, SeededRandom};
use credenza_query::{FromTable, Metric, Query, Record, SearchQuery};
use serde::Deserialize;

use crate::{Databases, Seen, told};

const DIMENSIONS: usize = 48;

#[derive(Deserialize)]
struct Id {
    id: i64,
}

fn vector(random: &SeededRandom, dimensions: usize) -> Vec<f32> {
    (0..dimensions).map(|_| random.below(2_000) as f32 / 1_000.0 - 1.0).collect()
}

async fn table(db: &Db, rows: u64) {
    let postgres = db.capabilities().dialect == Dialect::Postgres;
    if postgres {
        db.execute("CREATE EXTENSION IF NOT EXISTS vector", ()).await.unwrap();
    }
    let check = if postgres { "" } else { " CHECK (length(embedding) = 192)" };
    let sql = format!(
        "CREATE TABLE items (id BIGINT PRIMARY KEY, kind BIGINT NOT NULL, embedding VECTOR({DIMENSIONS}){check})"
    );
    db.execute(sql, ()).await.unwrap();
    let random = SeededRandom::new(3);
    let row = |n: u64| {
        let embedding = (!n.is_multiple_of(50)).then(|| vector(&random, DIMENSIONS));
        Record::new().set("id", n as i64).set("kind", (n % 10) as i64).set("embedding", embedding)
    };
    db.from("items").insert((1..=rows).map(row).collect::<Vec<_>>()).await.unwrap();
}

/// Which rows were found.
async fn found(query: SearchQuery<'_>) -> Seen {
    let found = query.select("id").fetch::<Id>().await;
    told(found.map(|found| found.rows.iter().map(|it| it.row.id).collect::<Vec<_>>()))
}

/// Twenty rows of a table, by one vector and metric.
fn searching(to: &[f32], metric: Metric) -> impl Fn(&Db) -> SearchQuery<'_> {
    let to = to.to_vec();
    move |db| FromTable::from(db, "items").vector_search("embedding", to.clone()).metric(metric).limit(20)
}

/// The rows that every database finds, in the same order and with the same scores but for the last digits of a float.
async fn nearest(
    databases: &Databases,
    what: &str,
    query: impl Fn(&Db) -> SearchQuery<'_>,
) -> Vec<(i64, f64)> {
    let mut first: Option<Vec<(i64, f64)>> = None;
    for (name, db) in &databases.all {
        let found = query(db).select("id").fetch::<Id>().await.unwrap();
        let found: Vec<(i64, f64)> = found.rows.iter().map(|it| (it.row.id, it.score)).collect();
        let Some(first) = &first else {
            first = Some(found);
            continue;
        };
        assert_eq!(found.len(), first.len(), "{what}: {name}");
        for (found, expected) in found.iter().zip(first) {
            let apart = (found.1 - expected.1).abs();
            assert!(found.0 == expected.0 && apart < 1e-5, "{what}: {name}: {found:?}, not {expected:?}");
        }
    }
    first.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_nearest_are_the_same_with_the_same_scores() {
    let databases = Databases::open().await;
    for (_, db) in &databases.all {
        table(db, 1_000).await;
    }
    let random = SeededRandom::new(9);
    for metric in [Metric::Cosine, Metric::InnerProduct, Metric::L2] {
        for n in 0..10 {
            let to = vector(&random, DIMENSIONS);
            let what = format!("{metric:?} {n}");
            let search = searching(&to, metric);
            let all = nearest(&databases, &what, &search).await;
            assert!(all.len() == 20 && all.is_sorted_by(|a, b| a.1 >= b.1), "the nearest first");
            let filtered =
                nearest(&databases, &what, |db| search(db).exact().eq("kind", 3).gt("id", 500)).await;
            assert!(
                filtered.len() == 20 && filtered.iter().all(|(id, _)| id % 10 == 3 && *id > 500),
                "before the cut"
            );
            let least = (filtered[7].1 + filtered[8].1) / 2.0;
            let some =
                nearest(&databases, &what, |db| search(db).eq("kind", 3).gt("id", 500).min_score(least))
                    .await;
            assert_eq!(some.len(), 8);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_find_what_pgvector_finds_without_an_index() {
    let databases = Databases::open().await;
    for (_, db) in &databases.all {
        table(db, 8_000).await;
    }
    let sqlite = &databases.all[0].1;
    let random = SeededRandom::new(12);
    let watched = "SELECT count(*) FROM sqlite_schema WHERE name GLOB 'credenza_watch_*_insert'";
    // The first search sees that the table is worth codes.
    for turn in 0.. {
        searching(&vector(&random, DIMENSIONS), Metric::L2)(sqlite).fetch::<Id>().await.unwrap();
        if sqlite.query_one(watched, ()).await.unwrap().get::<i64>(0).unwrap() == 1 {
            break;
        }
        assert!(turn < 200, "the table is never watched");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    for n in 0..30_i64 {
        let metric = [Metric::Cosine, Metric::InnerProduct, Metric::L2][n as usize % 3];
        let to = vector(&random, DIMENSIONS);
        let (id, embedding) = (random.below(8_000) as i64, vector(&random, DIMENSIONS));
        for (name, db) in &databases.all {
            let changed = db
                .from("items")
                .update(Record::new().set("embedding", embedding.clone()).set("kind", n))
                .eq("id", id + 1);
            changed.await.unwrap();
            if n % 5 == 0 {
                db.from("items")
                    .delete()
                    .eq("id", id + 2)
                    .await
                    .unwrap_or_else(|error| panic!("{name}: {error}"));
            }
        }
        let search = searching(&to, metric);
        nearest(&databases, &format!("{metric:?} {n}"), |db| search(db).exact()).await;
        nearest(&databases, &format!("{metric:?} {n}, filtered"), |db| {
            search(db).exact().lt("kind", 4).neq("id", 77)
        })
        .await;
    }
}

/// Whether the plan of a query has the index.
async fn uses_index(db: &Db, query: Query) -> bool {
    let statement = query.write(Dialect::Postgres).unwrap();
    let explain = Statement { sql: format!("EXPLAIN {}", statement.sql).into(), ..statement };
    let plan = db.run(explain).await.unwrap().collect().await.unwrap();
    plan.iter().any(|line| line.get::<String>(0).unwrap().contains("items_embedding_idx"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_is_used_where_there_is_one_and_filters_still_find_enough() {
    let databases = Databases::open().await;
    for (name, db) in &databases.all {
        table(db, 2_000).await;
        let postgres = db.capabilities().dialect == Dialect::Postgres;
        if postgres {
            db.execute("CREATE INDEX ON items USING hnsw (embedding vector_cosine_ops)", ()).await.unwrap();
            db.execute("ANALYZE items", ()).await.unwrap();
        }
        let to = vector(&SeededRandom::new(5), DIMENSIONS);
        let exact = db
            .from("items")
            .vector_search("embedding", to.clone())
            .exact()
            .eq("kind", 7)
            .limit(50)
            .fetch::<Id>();
        let exact = exact.await.unwrap();
        assert!(!exact.approximate && exact.rows.len() == 50, "{name}");
        for (exact, used) in [(false, true), (true, false)] {
            let mut search = db.from("items").vector_search("embedding", to.clone()).limit(50);
            if exact {
                search = search.exact();
            }
            assert!(!postgres || uses_index(db, search.into_query()).await == used, "{name}: exact: {exact}");
        }
        let near =
            db.from("items").vector_search("embedding", to.clone()).eq("kind", 7).limit(50).fetch::<Id>();
        let near = near.await.unwrap();
        assert_eq!((near.approximate, near.rows.len()), (postgres, 50), "{name}");
        let both =
            near.rows.iter().filter(|it| exact.rows.iter().any(|other| other.row.id == it.row.id)).count();
        assert!(both > 40, "{name}: {both} of 50");

        // In a transaction too, and what it wrote is found.
        let mut tx = db.begin().await.unwrap();
        tx.from("items")
            .insert(Record::new().set("id", 9_999).set("kind", 7).set("embedding", to.clone()))
            .await
            .unwrap();
        let found =
            tx.from("items").vector_search("embedding", to.clone()).limit(1).fetch::<Id>().await.unwrap();
        assert_eq!(found.rows[0].row.id, 9_999, "{name}");
        assert!((found.rows[0].score - 1.0).abs() < 1e-5);
        tx.rollback().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_vector_is_refused_when_it_is_written_and_when_it_is_asked_for() {
    let databases = Databases::open().await;
    for (_, db) in &databases.all {
        table(db, 60).await;
    }
    let bad = [
        ("a NaN", {
            let mut bad = vec![1.0; DIMENSIONS];
            bad[3] = f32::NAN;
            bad
        }),
        ("an infinity", vec![f32::INFINITY; DIMENSIONS]),
        ("zeros", vec![0.0; DIMENSIONS]),
        ("nothing", Vec::new()),
    ];
    for (what, vector) in bad {
        let record = Record::new().set("id", 100).set("kind", 1).set("embedding", vector.clone());
        let seen = databases.same(what, async |db| {
            let insert = told(db.from("items").insert(record.clone()).await);
            let update = told(
                db.from("items").update(Record::new().set("embedding", vector.clone())).eq("id", 1).await,
            );
            format!(
                "{insert} {update} {}",
                found(db.from("items").vector_search("embedding", vector.clone())).await
            )
        });
        assert_eq!(seen.await, "!InvalidArgument !InvalidArgument !InvalidArgument", "{what}");
    }
    let other = vec![1.0; DIMENSIONS + 1];
    let seen = databases.same("another dimension", async |db| {
        found(db.from("items").vector_search("embedding", other.clone())).await
    });
    assert_eq!(seen.await, "!InvalidArgument 22000");
    for (name, db) in &databases.all {
        let record = Record::new().set("id", 101).set("kind", 1).set("embedding", other.clone());
        assert!(db.from("items").insert(record).await.is_err(), "{name}");
    }
    let column = databases.same("another column", async |db| {
        found(db.from("items").vector_search("missing", vec![1.0; DIMENSIONS])).await
    });
    assert_eq!(column.await, "!InvalidStatement 42703");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn halves_and_lists_are_searched_as_well() {
    let databases = Databases::open().await;
    for (name, db) in databases.all.iter().filter(|(_, db)| db.capabilities().dialect == Dialect::Postgres) {
        table(db, 2_000).await;
        for sql in [
            "CREATE TABLE halves (id BIGINT PRIMARY KEY, kind BIGINT NOT NULL, embedding HALFVEC(48))",
            "INSERT INTO halves SELECT id, kind, embedding::halfvec FROM items",
            "CREATE INDEX ON halves USING hnsw (embedding halfvec_cosine_ops)",
            "CREATE INDEX ON items USING ivfflat (embedding vector_cosine_ops) WITH (lists = 40)",
            "ANALYZE halves",
            "ANALYZE items",
        ] {
            db.execute(sql, ()).await.unwrap();
        }
        let random = SeededRandom::new(6);
        let (mut hits, mut of_lists) = (0, 0);
        for _ in 0..10 {
            let to = vector(&random, DIMENSIONS);
            let search = |table: &str| {
                FromTable::from(db, table).vector_search("embedding", to.clone()).eq("kind", 3).limit(20)
            };
            let exact = search("items").exact().fetch::<Id>().await.unwrap();
            for (table, hits) in [("halves", &mut hits), ("items", &mut of_lists)] {
                let found = search(table).fetch::<Id>().await.unwrap();
                assert!(found.approximate && found.rows.len() == 20, "{name} {table}: {}", found.rows.len());
                assert!(found.rows.is_sorted_by(|a, b| a.score >= b.score), "{name} {table}");
                *hits += found
                    .rows
                    .iter()
                    .filter(|it| exact.rows.iter().any(|other| other.row.id == it.row.id))
                    .count();
            }
        }
        assert!(hits > 180 && of_lists > 100, "{name}: {hits} and {of_lists} of 200");
        // What was written in 16 bits is read as what it is.
        let row = db
            .from("halves")
            .select("id, embedding")
            .eq("id", 1)
            .single::<serde_json::Value>()
            .await
            .unwrap();
        assert_eq!(row["embedding"].as_array().map(Vec::len), Some(DIMENSIONS), "{name}");
        let half = db.from("halves").insert(
            Record::new().set("id", 9_000).set("kind", 1).set("embedding", vec![0.5_f32; DIMENSIONS]),
        );
        let half = half.returning("embedding").single::<serde_json::Value>().await.unwrap();
        assert_eq!(half["embedding"][0], 0.5, "{name}");
    }
}
