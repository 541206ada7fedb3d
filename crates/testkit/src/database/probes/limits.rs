//! Limits: what is larger than the database says is refused before anything happens; what is as large is taken.

use credenza_core::db::{Dialect, Params, Statement, Value};
use credenza_core::{ErrorKind, Result};

use super::{ANY, DatabaseSubject, Notes, furnish, number, probes, seen};

/// What a test makes at most, in bytes; a greater limit is not tried.
const LARGE: usize = 96 << 20;

probes! { "limits":
    "a text up to the limit is run, a longer one is refused", ANY => sql;
    "values up to the limit are taken, a byte more is refused", ANY => values;
    "parameters up to the limit are taken, one more is refused", ANY => parameters;
    "columns up to the limit are taken, one more is refused", ANY => columns;
    "expressions that are too deep are refused", Some(Dialect::Sqlite) => depth;
}

async fn sql(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    let limit = subject.capabilities().limits.sql;
    if limit > LARGE {
        notes.skip("the limit on text is too great to try");
        return Ok(());
    }
    furnish(subject).await?;
    let before = seen(subject).await;
    let padded = |len: usize| {
        let start = "DELETE FROM t WHERE id = 0 ";
        format!("{start}--{}", "x".repeat(len - start.len() - 2))
    };
    subject.db().execute(padded(limit), ()).await?;
    let long = subject.db().execute(padded(limit + 1), ()).await;
    notes.fails("too long a text", ErrorKind::LimitExceeded, &long);
    let long = subject.db().describe(&padded(limit + 1)).await;
    notes.fails("too long a text to describe", ErrorKind::LimitExceeded, &long);
    notes.unchanged("too long a text", &before, &seen(subject).await);
    Ok(())
}

async fn values(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    let limit = subject.capabilities().limits.value;
    if limit > LARGE {
        notes.skip("the limit on values is too great to try");
        return Ok(());
    }
    furnish(subject).await?;
    let db = subject.db();
    let before = seen(subject).await;
    let update = "UPDATE t SET s = $1 WHERE id = 1";
    for (what, value) in [
        ("text", Value::Text("x".repeat(limit + 1))),
        ("bytes", Value::Bytes(vec![0; limit + 1].into())),
        ("JSON", Value::Json("1".repeat(limit + 1))),
    ] {
        let ran = db.run(Statement::new(update, vec![value])).await;
        notes.fails(format!("too long {what}"), ErrorKind::LimitExceeded, &ran);
    }
    notes.unchanged("too long a value", &before, &seen(subject).await);
    // A row has room for a little more than its value.
    db.execute(update, ("x".repeat(limit - 1_000),)).await?;
    let length = number(&db, "SELECT length(s) FROM t WHERE id = 1").await?;
    notes.equal("the longest value", length, limit as i64 - 1_000);
    let grown = db.execute("UPDATE t SET s = s || s WHERE id = 1", ()).await;
    notes.fails("a value that grows too long", ErrorKind::LimitExceeded, &grown);
    Ok(())
}

async fn parameters(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    let limit = subject.capabilities().limits.parameters;
    if limit > 100_000 {
        notes.skip("the limit on parameters is too great to try");
        return Ok(());
    }
    furnish(subject).await?;
    let statement = |count: usize| {
        let places: Vec<String> = (1..=count).map(|number| format!("${number}")).collect();
        let sql = format!("SELECT count(*) FROM t WHERE id IN ({})", places.join(", "));
        Statement::new(sql, Params::Positional((1..=count as i64).map(Value::Int).collect()))
    };
    let rows = subject.db().run(statement(limit)).await?.collect().await?;
    notes.equal("as many parameters as may be", rows.first().and_then(|row| row.get(0).ok()), Some(3_i64));
    let more = subject.db().run(statement(limit + 1)).await;
    notes.fails("a parameter more", ErrorKind::LimitExceeded, &more);
    Ok(())
}

async fn columns(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    let limit = subject.capabilities().limits.columns;
    if limit > 10_000 {
        notes.skip("the limit on columns is too great to try");
        return Ok(());
    }
    let db = subject.db();
    let select = |count: usize| format!("SELECT {}", vec!["1"; count].join(", "));
    let row = db.query_one(select(limit), ()).await?;
    notes.equal("as many columns as may be", row.columns().len(), limit);
    notes.fails("a column more", ErrorKind::LimitExceeded, &db.query(select(limit + 1), ()).await);
    Ok(())
}

async fn depth(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    let limit = subject.capabilities().limits.depth;
    if limit > 10_000 {
        notes.skip("the limit on depth is too great to try");
        return Ok(());
    }
    let db = subject.db();
    let sum = |count: usize| format!("SELECT {}", vec!["1"; count].join(" + "));
    let half = limit / 2;
    let row = db.query_one(sum(half), ()).await?;
    notes.equal("a sum", row.get::<i64>(0)?, half as i64);
    notes.fails("too deep a sum", ErrorKind::LimitExceeded, &db.query(sum(limit * 2), ()).await);
    let nested = format!("SELECT {}1{}", "(".repeat(50_000), ")".repeat(50_000));
    notes.check(db.query(nested, ()).await.is_err(), "parentheses without end", "an error", "none");
    notes.equal("another query", number(&db, "SELECT 1").await?, 1);
    Ok(())
}
