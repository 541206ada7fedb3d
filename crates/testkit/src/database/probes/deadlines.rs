//! Deadlines: a statement is stopped wherever it is, and the database goes on.

use std::time::{Duration, Instant};

use credenza_core::db::{Begin, Database, Statement};
use credenza_core::{Context, Effect, ErrorKind, Result};

use super::{ANY, DatabaseSubject, ENDLESS, Notes, furnish, number, numbers, probes, seen};

const SHORT: Duration = Duration::from_millis(150);

/// A statement that is stopped only then is not stopped.
const PATIENCE: Duration = Duration::from_secs(15);

probes! { "deadlines":
    "a deadline that has passed: Timeout, nothing done", ANY => passed;
    "a query that never ends is stopped: 57014", ANY => endless;
    "a write that is stopped changed nothing", ANY => endless_write;
    "a transaction whose statement was stopped is over, and changed nothing", ANY => in_transaction;
    "a result is stopped on its way", ANY => on_the_way;
    "who waits for a turn waits until the deadline", ANY => turn;
}

#[allow(clippy::disallowed_methods, reason = "deadlines are measured on the monotonic clock of the runtime")]
fn now() -> Instant {
    Instant::now()
}

async fn passed(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let before = seen(subject).await;
    let (cx, database) = (&Context::new().with_deadline(now()), subject.database());
    let kind = ErrorKind::Timeout;
    notes.fails("a query", kind, &database.run(cx, Statement::new("SELECT 1", ())).await);
    notes.fails("a write", kind, &database.run(cx, Statement::new("DELETE FROM t", ())).await);
    notes.fails("begin", kind, &database.begin(cx, Begin::write()).await);
    notes.fails("begin, read only", kind, &database.begin(cx, Begin::read_only()).await);
    let mut tx = database.begin(&Context::new(), Begin::write()).await?;
    notes.fails("in a transaction", kind, &tx.run(cx, Statement::new("DELETE FROM t", ())).await);
    drop(tx);
    notes.unchanged("what came too late", &before, &seen(subject).await);
    Ok(())
}

async fn endless(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let db = subject.db().with_timeout(SHORT);
    for round in 0..4 {
        match tokio::time::timeout(PATIENCE, db.query_one(ENDLESS, ())).await {
            Ok(stopped) => {
                let state = stopped.as_ref().err().and_then(|error| error.sqlstate());
                notes.equal(format!("round {round}: the SQLSTATE"), state, Some("57014"));
                notes.fails(format!("round {round}"), ErrorKind::Timeout, &stopped);
            }
            Err(_) => notes.check(false, "an endless query", "!Timeout", "nothing for long"),
        }
    }
    notes.equal("another query", number(&subject.db(), "SELECT sum(n) FROM t").await?, 60);
    Ok(())
}

async fn endless_write(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let before = seen(subject).await;
    let db = subject.db().with_timeout(SHORT);
    let sql = "WITH RECURSIVE c(x) AS (SELECT 100 UNION ALL SELECT x + 1 FROM c) INSERT INTO t SELECT x, 0, NULL FROM c";
    match tokio::time::timeout(PATIENCE, db.execute(sql, ())).await {
        Ok(stopped) => notes.fails("an endless write", ErrorKind::Timeout, &stopped),
        Err(_) => notes.check(false, "an endless write", "!Timeout", "nothing for long"),
    }
    notes.unchanged("an endless write", &before, &seen(subject).await);
    subject.db().execute("UPDATE t SET n = 0", ()).await?;
    Ok(())
}

async fn in_transaction(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let before = seen(subject).await;
    let database = subject.database();
    let mut tx = database.begin(&Context::new(), Begin::write()).await?;
    tx.run(&Context::new(), Statement::new("UPDATE t SET n = 0", ())).await?.outcome().await?;
    let cx = Context::new().within(Some(SHORT));
    let stopped = async { tx.run(&cx, Statement::new(ENDLESS, ())).await?.collect().await };
    match tokio::time::timeout(PATIENCE, stopped).await {
        Ok(stopped) => notes.fails("an endless query", ErrorKind::Timeout, &stopped),
        Err(_) => notes.check(false, "an endless query", "!Timeout", "nothing for long"),
    }
    let next = async { tx.run(&Context::new(), Statement::new("SELECT 1", ())).await?.collect().await }.await;
    notes.check(next.is_err(), "the next statement", "an error", "none");
    notes.check(tx.commit(&Context::new()).await.is_err(), "commit", "an error", "none");
    notes.unchanged("a transaction that was stopped", &before, &seen(subject).await);
    subject.db().with_timeout(PATIENCE).execute("UPDATE t SET n = 1", ()).await?;
    notes.equal("who comes after", number(&subject.db(), "SELECT sum(n) FROM t").await?, 3);
    Ok(())
}

async fn on_the_way(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    // Connecting is not what has a deadline here.
    number(&subject.db(), "SELECT 1").await?;
    let db = subject.db().with_timeout(Duration::from_millis(300));
    let mut rows = db.query(numbers(50_000_000), ()).await?;
    rows.next().await?;
    let read = async {
        let mut count = 0_u64;
        loop {
            match rows.next().await {
                Ok(Some(_)) => count += 1,
                Ok(None) => return Ok(count),
                Err(error) => return Err(error),
            }
        }
    };
    match tokio::time::timeout(PATIENCE, read).await {
        Ok(stopped) => notes.fails("the rows", ErrorKind::Timeout, &stopped),
        Err(_) => notes.check(false, "the rows", "!Timeout", "more rows for long"),
    }
    Ok(())
}

async fn turn(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let mut tx = subject.db().begin().await?;
    tx.execute("UPDATE t SET n = 0 WHERE id = 1", ()).await?;
    let db = subject.db().with_timeout(SHORT);
    let kinds = [ErrorKind::Timeout, ErrorKind::Busy];
    let update = db.execute("UPDATE t SET n = 1 WHERE id = 1", ());
    let mut in_doubt = false;
    match tokio::time::timeout(PATIENCE, update).await {
        Ok(waited) => {
            in_doubt = waited.as_ref().is_err_and(|error| error.effect() == Effect::MaybeApplied);
            let fits = waited.as_ref().is_err_and(|error| kinds.contains(&error.kind()));
            notes.check(fits, "a write that waits", "!Timeout or !Busy", format!("{waited:?}"));
        }
        Err(_) => notes.check(false, "a write that waits", "!Timeout or !Busy", "nothing for long"),
    }
    tx.commit().await?;
    let db = subject.db();
    let committed = number(&db, "SELECT n FROM t WHERE id = 1").await?;
    // A server that is told to stop a statement may not have heard it when the lock is free.
    let fits = committed == 0 || in_doubt && committed == 1;
    notes.check(fits, "what was committed", "0, or 1 where the error says so", committed.to_string());
    db.execute("UPDATE t SET n = 2 WHERE id = 1", ()).await?;
    Ok(())
}
