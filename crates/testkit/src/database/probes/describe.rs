//! What a statement would do.

use credenza_core::db::Description;
use credenza_core::{ErrorKind, Result};

use super::{ANY, DatabaseSubject, Notes, furnish, probes, seen};

probes! { "describe":
    "columns, parameters, whether it reads, whether it changes the schema", ANY => describe;
    "nothing is run", ANY => nothing_runs;
    "what cannot be run cannot be described", ANY => refused;
}

async fn describe(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    for (sql, columns, parameters, read_only, changes_schema) in [
        ("SELECT id, n AS m FROM t WHERE id = $1 OR n = $2", &["id", "m"][..], 2, true, false),
        ("SELECT id FROM t WHERE id = $1 AND n = $1", &["id"], 1, true, false),
        ("WITH c AS (SELECT id FROM t) SELECT id FROM c", &["id"], 0, true, false),
        ("INSERT INTO t VALUES ($1, $2, $3)", &[], 3, false, false),
        ("INSERT INTO t VALUES ($1, 1, NULL) RETURNING id, s", &["id", "s"], 1, false, false),
        ("/* c */ UPDATE t SET n = 1", &[], 0, false, false),
        ("DELETE FROM t", &[], 0, false, false),
        ("CREATE TABLE u (a TEXT)", &[], 0, false, true),
        ("CREATE VIEW v AS SELECT id FROM t", &[], 0, false, true),
        ("ALTER TABLE t ADD COLUMN z TEXT", &[], 0, false, true),
        ("DROP TABLE t", &[], 0, false, true),
    ] {
        let Description {
            columns: found, parameters: count, read_only: reads, changes_schema: changes, ..
        } = subject.db().describe(sql).await?;
        let names: Vec<String> = found.iter().map(|column| column.name.clone()).collect();
        notes.equal(format!("the columns of {sql}"), names, columns);
        notes.equal(format!("the parameters of {sql}"), count, parameters);
        notes.equal(format!("whether it only reads: {sql}"), reads, read_only);
        notes.equal(format!("whether it changes the schema: {sql}"), changes, changes_schema);
    }
    Ok(())
}

async fn nothing_runs(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    let before = seen(subject).await;
    for sql in ["DELETE FROM t", "DROP TABLE t", "CREATE TABLE u (a TEXT)", "UPDATE t SET n = 0 RETURNING n"]
    {
        subject.db().describe(sql).await?;
    }
    notes.unchanged("describe", &before, &seen(subject).await);
    Ok(())
}

async fn refused(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    furnish(subject).await?;
    for sql in
        ["nonsense", "SELECT * FROM missing", "SELECT missing FROM t", "SELECT 1; SELECT 2", "", "-- nothing"]
    {
        let described = subject.db().describe(sql).await;
        notes.fails(format!("describe {sql:?}"), ErrorKind::InvalidStatement, &described);
    }
    Ok(())
}
