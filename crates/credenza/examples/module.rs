//! A module of a gateway and its storage, the same on files and on servers: what it counts and locks, its rows and vectors, and what is too large for a row.
//!
//! ```sh
//! cargo run -p credenza --example module
//! ```

use std::time::Duration;

use credenza::db::{Db, Dialect};
use credenza::query::Direction::Descending;
use credenza::query::{FromTable as _, Record};
use credenza::{Blob, ErrorKind, Kv, Result};
use serde::Deserialize;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Pattern {
    pub(crate) id: String,
    pub(crate) content: String,
    pub(crate) success_rate: f64,
}

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Embedding {
    pub(crate) id: String,
}

/// Tables that never change are made if they are missing.
pub(crate) async fn init(db: &mut Db) -> Result<()> {
    let vector = if db.capabilities().dialect == Dialect::Postgres {
        db.execute("CREATE EXTENSION IF NOT EXISTS vector", ()).await?;
        "VECTOR(3)"
    } else {
        "VECTOR(3) CHECK (length(embedding) = 12)"
    };
    let tables = format!(
        "CREATE TABLE IF NOT EXISTS patterns (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, content TEXT NOT NULL, success_rate DOUBLE PRECISION NOT NULL);
         CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, type TEXT NOT NULL, created TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP);
         CREATE TABLE IF NOT EXISTS counters (id TEXT PRIMARY KEY, value BIGINT NOT NULL);
         CREATE TABLE IF NOT EXISTS embeddings (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, embedding {vector})"
    );
    credenza::migrations::create_if_missing(db, &tables).await
}

/// What the module does for a request.
pub(crate) async fn handle(kv: &Kv, db: &Db, blob: &Blob) -> Result<(Vec<Pattern>, Vec<(f64, Embedding)>)> {
    // Key-value: a cache that expires, a counter that loses nothing, a lock that one of many gets.
    kv.set_ex("exact:9f86", "an answer", Duration::from_secs(3_600)).await?;
    assert_eq!(kv.get("exact:9f86").await?.as_deref(), Some(&b"an answer"[..]));
    kv.incr_by("cost:spend:u1:2025-10-25", 42).await?;
    let lock = || kv.set_nx_ex("lock:u1", "me", Duration::from_secs(30));
    let (first, second) = (lock().await?, lock().await?);
    assert!(first && !second);

    // Rows.
    let pattern = |id: &str, rate: f64| {
        let record = Record::new().set("id", id).set("user_id", "u1");
        record.set("content", format!("pattern {id}")).set("success_rate", rate)
    };
    db.from("patterns").upsert([pattern("a", 0.9), pattern("b", 0.3), pattern("c", 0.7)], ["id"]).await?;
    let patterns: Vec<Pattern> = db
        .from("patterns")
        .select("id, content, success_rate")
        .eq("user_id", "u1")
        .gte("success_rate", 0.6)
        .order("success_rate", Descending)
        .limit(5)
        .fetch()
        .await?;
    let event = Record::new()
        .set("id", format!("{:x}", patterns.len()))
        .set("user_id", "u1")
        .set("type", "cache_miss");
    match db.from("events").insert(event).await {
        Err(error) if error.kind() == ErrorKind::Constraint => {} // it was told before
        inserted => drop(inserted?),
    }
    db.from("counters").upsert(Record::new().set("id", "requests").set("value", 1), ["id"]).await?;

    // Vectors.
    let embedding = |id: &str, embedding: Vec<f32>| {
        Record::new().set("id", id).set("user_id", "u1").set("embedding", embedding)
    };
    let rows = [embedding("near", vec![1.0, 0.1, 0.0]), embedding("far", vec![0.0, 0.1, 1.0])];
    db.from("embeddings").upsert(rows, ["id"]).await?;
    let matches = db.from("embeddings").vector_search("embedding", vec![1.0, 0.0, 0.0]);
    let matches = matches.eq("user_id", "u1").limit(10).min_score(0.7).fetch::<Embedding>().await?;

    // What is too large for a row.
    blob.put("attachments/foo.json", r#"{"large": true}"#).await.map(drop)?;
    let found = matches.rows.into_iter().map(|it| (it.score, it.row)).collect();
    Ok((patterns, found))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name).display().to_string();
    let kv = credenza::open("memory:").await?.kv;
    let mut db = credenza::open_database(&format!("sqlite:{}", at("module.db"))).await?;
    let blob = credenza::open_blob(&format!("fs:{}", at("blobs"))).await?;
    init(&mut db).await?;
    let (patterns, matches) = handle(&kv, &db, &blob).await?;
    println!("{} patterns, {} matches", patterns.len(), matches.len());
    Ok(())
}
