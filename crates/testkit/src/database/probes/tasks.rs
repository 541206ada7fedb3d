//! Many tasks at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use credenza_core::db::Begin;
use credenza_core::{Db, ErrorKind, Result};
use tokio::task::JoinSet;

use super::{ANY, DatabaseSubject, Notes, furnish, lost, number, probes};

const TASKS: i64 = 16;
const EACH: i64 = 15;

probes! { "tasks":
    "statements that add up lose nothing", ANY => statements;
    "transactions that read and then write lose no update", ANY => lost_update;
    "readers see transfers whole", ANY => transfers;
    "transactions that are begun and left block nobody", ANY => abandoned;
}

/// Whether the transaction ended well; not if another was in the way.
fn done(ended: Result<()>) -> Result<bool> {
    match ended {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads a number and writes the next.
async fn increment(db: &Db) -> Result<()> {
    let mut tx = db.begin().await?;
    let n: i64 = tx.query_one("SELECT n FROM t WHERE id = 1", ()).await?.get(0)?;
    tokio::task::yield_now().await;
    tx.execute("UPDATE t SET n = $1 WHERE id = 1", (n + 1,)).await?;
    tx.commit().await
}

/// Takes 5 from one and gives them to the other.
async fn transfer(db: &Db, from: i64, to: i64) -> Result<()> {
    let mut tx = db.begin().await?;
    tx.execute("UPDATE t SET n = n - 5 WHERE id = $1", (from,)).await?;
    tokio::task::yield_now().await;
    tx.execute("UPDATE t SET n = n + 5 WHERE id = $1", (to,)).await?;
    tx.commit().await
}

async fn all(mut tasks: JoinSet<Result<()>>) -> Result<()> {
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(lost)??;
    }
    Ok(())
}

async fn statements(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let db = subject.db();
        tasks.spawn(async move {
            for _ in 0..EACH {
                db.execute("UPDATE t SET n = n + 1 WHERE id = 1", ()).await?;
                number(&db, "SELECT n FROM t WHERE id = 1").await?;
            }
            Ok(())
        });
    }
    all(tasks).await?;
    notes.equal("the sum", number(&subject.db(), "SELECT n FROM t WHERE id = 1").await?, 10 + TASKS * EACH);
    Ok(())
}

async fn lost_update(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let db = subject.db();
        tasks.spawn(async move {
            for _ in 0..EACH {
                while !done(increment(&db).await)? {}
            }
            Ok(())
        });
    }
    all(tasks).await?;
    notes.equal("the sum", number(&subject.db(), "SELECT n FROM t WHERE id = 1").await?, 10 + TASKS * EACH);
    Ok(())
}

async fn transfers(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for writer in 0..4_i64 {
        let db = subject.db();
        writers.spawn(async move {
            for round in 0..EACH {
                let (from, to) = (1 + (writer + round) % 3, 1 + (writer + round + 1) % 3);
                while !done(transfer(&db, from, to).await)? {}
            }
            Ok(())
        });
    }
    let mut readers = JoinSet::new();
    for _ in 0..4 {
        let (db, stop) = (subject.db(), stop.clone());
        readers.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let sum = number(&db, "SELECT sum(n) FROM t").await?;
                let mut tx = db.begin_with(Begin::read_only()).await?;
                let mut parts = 0;
                for id in 1..=3 {
                    parts += tx.query_one("SELECT n FROM t WHERE id = $1", (id,)).await?.get::<i64>(0)?;
                    tokio::task::yield_now().await;
                }
                tx.rollback().await?;
                if (sum, parts) != (60, 60) {
                    return Ok(Some((sum, parts)));
                }
                tokio::task::yield_now().await;
            }
            Ok::<_, credenza_core::Error>(None)
        });
    }
    let wrote = all(writers).await;
    stop.store(true, Ordering::Relaxed);
    while let Some(ended) = readers.join_next().await {
        let wrong = ended.map_err(lost)??;
        notes.equal("the sum, seen at once and in parts", wrong, None::<(i64, i64)>);
    }
    wrote
}

async fn abandoned(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let db = subject.db();
        tasks.spawn(async move {
            for round in 0..5 {
                let mut tx = db.begin().await?;
                tx.execute("UPDATE t SET n = n + 1", ()).await?;
                match (task + round) % 3 {
                    0 => drop(tx),
                    1 => tx.rollback().await?,
                    _ => drop(tx.query("SELECT * FROM t", ()).await?),
                }
            }
            Ok(())
        });
    }
    all(tasks).await?;
    notes.equal("the sum", number(&subject.db(), "SELECT sum(n) FROM t").await?, 60);
    Ok(())
}
