//! Everything once. Run it with `cargo run -p credenza --example tour`, and with another key-value store with
//! `cargo run -p credenza --example tour sqlite:/tmp/tour.db`.

use std::time::Duration;

use credenza::blob::{PutOptions, Range};
use credenza::codec::Json;
use credenza::command::{IncrBounded, Set, ZRange, ZRangeBy};
use credenza::db::Statement;
use credenza::{Batch, Blob, Check, CommandSet, Db, ErrorKind, Kv, Result};
use serde::{Deserialize, Serialize};

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "memory:".into());
    let kv = credenza::open(&url).await?.kv.with_timeout(Duration::from_secs(5));
    println!("the store: {}", kv.stack());
    // What an application needs, it asks for at its start.
    kv.require(CommandSet::all())?;
    kv.clear("tour:").await?;

    strings(&kv).await?;
    structures(&kv).await?;
    batches(&kv).await?;
    limits(&kv).await?;
    typed(&kv).await?;

    let mut keys = kv.scan_prefix("tour:");
    while let Some(key) = keys.next().await? {
        println!("left behind: {}", String::from_utf8_lossy(&key));
    }
    println!("cleared {} keys", kv.clear("tour:").await?);

    rows(&credenza::open_database("sqlite::memory:").await?).await?;
    files(&credenza::open_blob("memory:").await?).await
}

async fn strings(kv: &Kv) -> Result<()> {
    kv.set_ex("tour:session", "alice", Duration::from_secs(60)).await?;
    let left = kv.ttl("tour:session").await?;
    println!("the session belongs to {:?} and has {left:?} to live", kv.get("tour:session").await?);
    // Every option of a command is a method of its struct.
    let reply = kv.run(Set::new("tour:session", "bob").if_absent()).await?;
    assert!(!reply.applied, "the session was taken");
    Ok(())
}

async fn structures(kv: &Kv) -> Result<()> {
    kv.hset("tour:user", "name", "Alice").await?;
    kv.sadd("tour:tags", "rust").await?;
    kv.rpush("tour:jobs", "first").await?;
    kv.zadd("tour:scores", 3.0, "alice").await?;
    kv.zadd("tour:scores", 5.0, "bob").await?;
    let best = kv.run(ZRange::new("tour:scores", ZRangeBy::rank(0, 0).rev())).await?;
    println!("the best score: {best:?}");
    Ok(())
}

async fn batches(kv: &Kv) -> Result<()> {
    // All or nothing, and only if nobody was faster: compare-and-swap for any structure.
    let mut batch = Batch::atomic();
    batch.check(Check::absent("tour:order"));
    batch.push(Set::new("tour:order", "paid"));
    let again = batch.clone();
    kv.batch(batch).await?;
    let refused = kv.batch(again).await.expect_err("the order exists now");
    assert_eq!(refused.kind(), ErrorKind::CheckFailed);
    println!("the second order was refused: {refused}");
    Ok(())
}

async fn limits(kv: &Kv) -> Result<()> {
    // A rate limit in one round trip: three in a minute, counted from the first.
    for attempt in 1..=4 {
        let counted = kv.run(IncrBounded::new("tour:limit", 1).max(3).ttl(60_000)).await?;
        println!("attempt {attempt}: {}", if counted.applied { "let through" } else { "refused" });
    }
    Ok(())
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Profile {
    name: String,
    visits: u32,
}

async fn typed(kv: &Kv) -> Result<()> {
    let profiles = kv.typed::<Profile, _>(Json);
    profiles.set("tour:profile", &Profile { name: "Alice".into(), visits: 1 }).await?;
    println!("the profile: {:?}", profiles.get("tour:profile").await?);
    Ok(())
}

async fn rows(db: &Db) -> Result<()> {
    db.execute(
        "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE, done BOOL DEFAULT 0)",
        (),
    )
    .await?;
    // All or nothing.
    let insert = |title: &'static str| Statement::new("INSERT INTO tasks (title) VALUES (?)", (title,));
    db.batch([insert("read the guide"), insert("write a store")]).await?;
    let taken = db.batch([insert("rest"), insert("write a store")]).await.expect_err("the title is taken");
    assert_eq!((taken.kind(), taken.sqlstate()), (ErrorKind::Constraint, Some("23505")));
    let mut rows = db.query("SELECT title, done FROM tasks ORDER BY id", ()).await?;
    while let Some(row) = rows.next().await? {
        println!("task: {}, done: {}", row.get::<String>("title")?, row.get::<bool>("done")?);
    }
    Ok(())
}

async fn files(blob: &Blob) -> Result<()> {
    let options = PutOptions { content_type: Some("text/plain".into()), ..PutOptions::default() };
    let put = blob.put_with("tour/notes.txt", "buy milk", options).await?;
    let part = blob.get_range("tour/notes.txt", Range::Suffix(4)).await?.expect("it was just put");
    println!("the object {} ends with {:?}", put.etag, part.body.collect(16).await?);
    for object in blob.list("tour/").await?.objects {
        println!("object: {}, {} bytes", object.key.as_str(), object.size);
    }
    Ok(())
}
