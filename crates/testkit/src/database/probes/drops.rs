//! Futures that are dropped wherever they wait: what they did is whole or nothing, and the database goes on.

use std::time::Duration;

use credenza_core::db::{Begin, Statement};
use credenza_core::{Db, Error, Result};

use super::{ANY, DatabaseSubject, ENDLESS, Notes, furnish, number, numbers, probes};
use crate::cancel::poll_times;

/// Futures are polled up to so many times before they are dropped.
const POLLS: usize = 6;

/// Who comes after waits at most so long.
const PATIENCE: Duration = Duration::from_secs(20);

probes! { "drops":
    "a statement that is dropped was carried out or was not", ANY => statements;
    "an endless query that is dropped stops", ANY => endless;
    "a transaction that is dropped anywhere is taken back", ANY => transactions;
    "a commit that is dropped is whole or nothing", ANY => commits;
    "rows whose futures are dropped are all there", ANY => rows;
}

/// Gives what was dropped its time: a write of another caller comes after it.
async fn settle(db: &Db) -> Result<()> {
    let patient = db.clone().with_timeout(PATIENCE);
    patient.execute("UPDATE t SET s = 'after' WHERE id = 3", ()).await.map(drop)
}

async fn statements(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let db = subject.db();
    for round in 0..POLLS * 4 {
        db.execute("UPDATE t SET n = 0", ()).await?;
        let write = async { db.execute("UPDATE t SET n = 1", ()).await.map(drop) };
        let dropped = poll_times(write, round % POLLS).await;
        settle(&db).await?;
        let sum = number(&db, "SELECT sum(n) FROM t").await?;
        let fits = if dropped.is_some() { sum == 3 } else { sum == 0 || sum == 3 };
        notes.check(fits, format!("an update, dropped after {} polls", round % POLLS), "all or nothing", sum);
        notes.equal("the sum, later", number(&db, "SELECT sum(n) FROM t").await?, sum);
    }
    Ok(())
}

async fn endless(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let db = subject.db();
    // More than any pool has connections.
    for round in 0..40 {
        let dropped = tokio::time::timeout(Duration::from_millis(round % 4), db.query_one(ENDLESS, ())).await;
        notes.check(dropped.is_err(), "an endless query", "no end", "an end");
    }
    let patient = db.with_timeout(PATIENCE);
    notes.equal("the sum", number(&patient, "SELECT sum(n) FROM t").await?, 60);
    patient.execute("UPDATE t SET n = 0", ()).await?;
    Ok(())
}

async fn transactions(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let db = subject.db();
    for round in 0..POLLS * 6 {
        let work = async {
            let mut tx = db.begin_with(Begin::write()).await?;
            tx.execute("UPDATE t SET n = n + 1", ()).await?;
            tx.query(numbers(5_000), ()).await?.collect().await?;
            tx.execute("DELETE FROM t WHERE id = 1", ()).await?;
            std::future::pending::<Result<()>>().await
        };
        // The last wait is never woken.
        let waiting = tokio::time::timeout(Duration::from_millis(30), poll_times(work, round % POLLS * 3));
        drop(waiting.await);
        settle(&db).await?;
        notes.equal(format!("round {round}: the sum"), number(&db, "SELECT sum(n) FROM t").await?, 60);
    }
    Ok(())
}

async fn commits(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let db = subject.db();
    for round in 0..POLLS * 4 {
        db.execute("UPDATE t SET n = 0", ()).await?;
        let mut tx = db.begin().await?;
        for id in 1..=3 {
            tx.run(Statement::new("UPDATE t SET n = 1 WHERE id = $1", (id,))).await?.outcome().await?;
        }
        let dropped = poll_times(tx.commit(), round % POLLS).await;
        settle(&db).await?;
        let sum = number(&db, "SELECT sum(n) FROM t").await?;
        let fits = if dropped.is_some() { sum == 3 } else { sum == 0 || sum == 3 };
        notes.check(fits, format!("a commit, dropped after {} polls", round % POLLS), "all or nothing", sum);
    }
    Ok(())
}

async fn rows(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    let mut rows = subject.db().query(numbers(20_000), ()).await?;
    let mut expected = 0;
    loop {
        let next = match poll_times(rows.next(), 1).await {
            Some(next) => next?,
            None => rows.next().await?,
        };
        let Some(row) = next else { break };
        expected += 1;
        if row.get::<i64>(0)? != expected {
            return Err(Error::internal("a row was lost or came twice"));
        }
    }
    notes.equal("the rows", expected, 20_000);
    Ok(())
}
