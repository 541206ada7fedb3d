//! The list of tables.

use std::collections::BTreeMap;

use credenza_core::Result;
use credenza_core::db::Table;

use super::{ANY, DatabaseSubject, Notes, probes};

probes! { "tables":
    "tables and views, in the order of their names, as they were written", ANY => listed;
    "what defines a table changes when it is altered or made anew, and only then", ANY => definitions;
    "what a transaction made is not listed before its end", ANY => in_transaction;
}

async fn run(subject: &DatabaseSubject, statements: &[&'static str]) -> Result<()> {
    for sql in statements {
        subject.db().execute(*sql, ()).await?;
    }
    Ok(())
}

async fn names(subject: &DatabaseSubject) -> Result<Vec<String>> {
    Ok(subject.db().tables().await?.into_iter().map(|table| table.name).collect())
}

async fn listed(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    notes.equal("an empty database", names(subject).await?, Vec::<String>::new());
    run(
        subject,
        &[
            "CREATE TABLE b (a TEXT)",
            "CREATE TABLE \"A b\"\"c\" (a TEXT PRIMARY KEY)",
            "CREATE INDEX i ON b (a)",
            "CREATE VIEW v AS SELECT a FROM b",
            "CREATE TABLE \"\u{fc}\" (a TEXT)",
        ],
    )
    .await?;
    let tables = subject.db().tables().await?;
    let found: Vec<(&str, bool)> =
        tables.iter().map(|Table { name, is_view, .. }| (name.as_str(), *is_view)).collect();
    notes.equal("tables and views", found, [("A b\"c", false), ("b", false), ("v", true), ("\u{fc}", false)]);
    run(subject, &["DROP VIEW v", "DROP TABLE b"]).await?;
    notes.equal("what is left", names(subject).await?, ["A b\"c", "\u{fc}"]);
    Ok(())
}

async fn definitions(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    run(subject, &["CREATE TABLE a (x TEXT)", "CREATE TABLE b (x TEXT)"]).await?;
    let tables = async || -> Result<BTreeMap<String, u64>> {
        let tables = subject.db().tables().await?;
        Ok(tables.into_iter().map(|table| (table.name, table.definition)).collect())
    };
    let first = tables().await?;
    run(subject, &["INSERT INTO a VALUES ('x')", "DELETE FROM a"]).await?;
    notes.equal("after rows came and went", &tables().await?, &first);
    run(subject, &["ALTER TABLE a ADD COLUMN y TEXT"]).await?;
    let second = tables().await?;
    notes.check(first.get("a") != second.get("a"), "a, altered", "another definition", "the same");
    notes.equal("b, untouched", first.get("b"), second.get("b"));
    run(subject, &["DROP TABLE a", "CREATE TABLE a (x TEXT, z TEXT)"]).await?;
    let third = tables().await?;
    notes.check(second.get("a") != third.get("a"), "a, made anew", "another definition", "the same");
    notes.equal("b, untouched", first.get("b"), third.get("b"));
    Ok(())
}

async fn in_transaction(subject: &DatabaseSubject, notes: &mut Notes) -> Result<()> {
    run(subject, &["CREATE TABLE a (x TEXT)"]).await?;
    let mut tx = subject.db().begin().await?;
    tx.execute("CREATE TABLE b (x TEXT)", ()).await?;
    tx.execute("DROP TABLE a", ()).await?;
    notes.equal("before the end", names(subject).await?, ["a"]);
    tx.rollback().await?;
    notes.equal("after it was taken back", names(subject).await?, ["a"]);
    let mut tx = subject.db().begin().await?;
    tx.execute("CREATE TABLE b (x TEXT)", ()).await?;
    tx.commit().await?;
    notes.equal("after it was committed", names(subject).await?, ["a", "b"]);
    Ok(())
}
