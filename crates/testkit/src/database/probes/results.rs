//! Results: long ones, those that nobody reads to the end, and what they say of themselves.

use std::time::Duration;

use credenza_core::db::{Outcome, Statement};
use credenza_core::{Db, Error, ErrorKind, Result};

use super::{ANY, DatabaseSubject, Notes, furnish, number, numbers, probes, seen};

probes! { "results":
    "100,000 rows come in order", ANY => long;
    "a result that is dropped early stops, and disturbs nobody", ANY => dropped;
    "a result that is read slowly keeps nobody from writing", ANY => slow;
    "columns have the names that the statement gives", ANY => columns;
    "one row, none, and too many", ANY => one;
    "many statements in one transaction, all or nothing", ANY => batch;
    "what returns rows has written when the first is there", ANY => returning;
    "in a transaction, rows that were not read are gone at the next statement", ANY => next_statement;
    "empty text, and text that is not ASCII", ANY => odd_text;
    "errors name no values", ANY => quiet;
}

async fn read_all(db: &Db, count: usize) -> Result<Option<String>> {
    let mut rows = db.query(numbers(count), ()).await?;
    let mut expected = 0_i64;
    while let Some(row) = rows.next().await? {
        expected += 1;
        if row.get::<i64>(0)? != expected || row.get::<String>("s")? != format!("row {expected}") {
            return Ok(Some(format!("row {expected} is another")));
        }
    }
    Ok((expected != count as i64).then(|| format!("{expected} rows")))
}

async fn long(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    let wrong = read_all(&subject.db(), 100_000).await?;
    notes.equal("100,000 rows", wrong, None::<String>);
    let mut tx = subject.db().begin().await?;
    let count = tx.query(numbers(20_000), ()).await?.collect().await?.len();
    notes.equal("20,000 rows in a transaction", count, 20_000);
    tx.rollback().await
}

async fn dropped(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let db = subject.db();
    for round in 0..60 {
        let mut rows = db.query(numbers(1_000_000), ()).await?;
        for _ in 0..round % 4 {
            rows.next().await?;
        }
        if round % 10 == 0 {
            drop(rows);
            db.execute("UPDATE t SET n = n + 1 WHERE id = 1", ()).await?;
        }
    }
    notes.equal("what was written between", number(&db, "SELECT n FROM t WHERE id = 1").await?, 16);
    let mut tx = db.begin().await?;
    for _ in 0..10 {
        tx.query(numbers(1_000_000), ()).await?.next().await?;
    }
    tx.execute("UPDATE t SET n = 0", ()).await?;
    tx.commit().await?;
    notes.equal("what a transaction wrote", number(&db, "SELECT sum(n) FROM t").await?, 0);
    Ok(())
}

async fn slow(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let db = subject.db();
    let mut results = Vec::new();
    for _ in 0..3 {
        let mut rows = db.query(numbers(50_000), ()).await?;
        rows.next().await?;
        results.push(rows);
    }
    let patient = db.clone().with_timeout(Duration::from_secs(20));
    patient.execute("UPDATE t SET n = 7 WHERE id = 1", ()).await?;
    notes.equal("what was written meanwhile", number(&patient, "SELECT n FROM t WHERE id = 1").await?, 7);
    for rows in results {
        notes.equal("the rows that are left", rows.collect().await?.len(), 49_999);
    }
    Ok(())
}

async fn columns(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let db = subject.db();
    let rows = db.query("SELECT id, n AS \"a B\", n AS n, 1 AS \"\u{fc}\" FROM t WHERE 1 = 0", ()).await?;
    let names: Vec<String> = rows.columns().iter().map(|column| column.name.clone()).collect();
    notes.equal("the names of columns", names, ["id", "a B", "n", "\u{fc}"]);
    let row = db.query_one("SELECT id, n AS \"a B\" FROM t WHERE id = 2", ()).await?;
    notes.equal("a column by its name", row.get::<i64>("a B")?, 20);
    notes.fails("a column that is not there", ErrorKind::InvalidArgument, &row.get::<i64>("a b"));
    let rows = db.query("DELETE FROM t WHERE id = 99", ()).await?;
    notes.equal("the columns of a DELETE", rows.columns().len(), 0);
    Ok(())
}

async fn one(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let db = subject.db();
    notes.equal("one row", number(&db, "SELECT id FROM t WHERE id = 2").await?, 2);
    let none = db.query_opt("SELECT id FROM t WHERE id = 9", ()).await?;
    notes.equal("no row", none.is_none(), true);
    notes.fails("no row", ErrorKind::NotFound, &db.query_one("SELECT id FROM t WHERE id = 9", ()).await);
    notes.fails("three rows", ErrorKind::TooMany, &db.query_opt("SELECT id FROM t", ()).await);
    Ok(())
}

async fn batch(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let db = subject.db();
    let update = |id: i64| Statement::new("UPDATE t SET n = 0 WHERE id = $1", (id,));
    let affected =
        |outcomes: Vec<Outcome>| outcomes.iter().map(|outcome| outcome.rows_affected).collect::<Vec<_>>();
    notes.equal("two updates", affected(db.batch([update(1), update(9)]).await?), [1, 0]);
    let before = seen(subject).await;
    let fails = Statement::new("INSERT INTO t VALUES (1, 1, NULL)", ());
    let failed = db.batch([update(2), update(3), fails, update(1)]).await;
    notes.equal("where it failed", failed.as_ref().err().and_then(Error::index), Some(2));
    notes.fails("a batch that fails", ErrorKind::Constraint, &failed);
    notes.unchanged("a batch that fails", &before, &seen(subject).await);
    Ok(())
}

async fn returning(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let db = subject.db();
    let mut rows = db.query("UPDATE t SET n = n + 1 RETURNING n", ()).await?;
    rows.next().await?;
    notes.equal("the sum, when the first row is there", number(&db, "SELECT sum(n) FROM t").await?, 63);
    drop(rows);
    let rows = db.query("DELETE FROM t RETURNING id", ()).await?;
    notes.equal("rows that are passed over", rows.outcome().await?.rows_affected, 3);
    notes.equal("the count", number(&db, "SELECT count(*) FROM t").await?, 0);
    Ok(())
}

async fn next_statement(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let mut tx = subject.db().begin().await?;
    let mut rows = tx.query(numbers(1_000_000), ()).await?;
    rows.next().await?;
    let changed = tx.execute("UPDATE t SET n = 0", ()).await?;
    notes.equal("the next statement", changed.rows_affected, 3);
    // What was already on its way may still come, but not all.
    let mut left = 0;
    while let Ok(Some(_)) = rows.next().await {
        left += 1;
    }
    notes.check(left < 999_999, "the rows that were not read", "gone", left);
    tx.commit().await?;
    notes.equal("the sum", number(&subject.db(), "SELECT sum(n) FROM t").await?, 0);
    Ok(())
}

async fn odd_text(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    let db = subject.db();
    for sql in ["", " ", "\n\t", ";", "\u{feff}", "\u{0}", "SELECT 1 \u{0} ; DROP TABLE t", "\u{1f980}"] {
        let ran = db.query(sql, ()).await;
        notes.fails(format!("{sql:?}"), ErrorKind::InvalidStatement, &ran);
    }
    let row = db.query_one("SELECT '\u{1f980}\u{fc}' -- \u{1f980}", ()).await?;
    notes.equal("text that is not ASCII", row.get::<String>(0)?, "\u{1f980}\u{fc}");
    Ok(())
}

async fn quiet(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let db = subject.db();
    let secret = "very-private-value";
    db.execute("CREATE TABLE u (s TEXT PRIMARY KEY CHECK (s <> 'no'))", ()).await?;
    db.execute("INSERT INTO u VALUES ($1)", (secret,)).await?;
    let mut errors = Vec::new();
    errors.extend(db.execute("INSERT INTO u VALUES ($1)", (secret,)).await.err());
    errors.extend(db.execute("INSERT INTO u VALUES ('very-private-value')", ()).await.err());
    errors.extend(db.execute("INSERT INTO u VALUES ($1, $2)", (secret, secret)).await.err());
    errors.extend(db.execute("INSERT INTO t VALUES (1, 'very-private-value')", ()).await.err());
    errors.extend(db.execute("SELECT 'very-private-value' FROM", ()).await.err());
    errors.extend(db.query_one("SELECT s FROM u", ()).await?.get::<i64>(0).err());
    notes.check(errors.len() >= 5, "statements that must fail", "errors", errors.len());
    for error in errors {
        let text = format!("{error} {error:?}");
        notes.check(!text.contains("very-private"), "the text of an error", "no value", text);
    }
    Ok(())
}
