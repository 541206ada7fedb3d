//! Databases by namespace.

use std::collections::BTreeMap;

use credenza_core::{Db, Error, ErrorKind, Result};
use tokio::task::JoinSet;

use super::DatabasesSubject;
use crate::report::Report;
use crate::trial::{Notes, Run, probes};

/// A case in code.
type Probe = crate::trial::Probe<DatabasesSubject, ()>;

/// More namespaces than a pool has open files, if it was opened for a test.
const MANY: usize = 150;

/// Runs the suite for databases by namespace. `fresh` gives new ones, without a namespace, each time it is called. Give them
/// a small pool, so that they have to close some to open others.
pub async fn run(fresh: impl AsyncFn() -> Result<DatabasesSubject>) -> Report {
    let mut run = Run::new();
    for Probe { group, name, body, .. } in cases::probes() {
        let body = async |subject: &DatabasesSubject, notes: &mut Notes| body(subject, notes).await;
        run.case((group, name), &fresh, |_| None, body).await;
    }
    run.report
}

mod cases {
    use super::*;

    probes! { "namespaces":
        "namespaces are apart", () => apart;
        "a namespace that was opened again is what it was", () => again;
        "any text of 1 to 512 bytes is a namespace of its own", () => names;
        "a text that is none is refused", () => refused;
        "what was never opened is not there, and asking does not make it", () => existing;
        "a namespace that was removed is gone, and its handles fail", () => remove;
        "many namespaces at the same time", () => many;
        "handles that are open outlive those that come after", () => outlive;
        "a namespace that is opened by many tasks at once is one", () => at_once;
        "statements that name other files or namespaces reach nothing", () => no_way_out;
    }
}

async fn open(subject: &DatabasesSubject, namespace: &str) -> Result<Db> {
    subject.databases().open(namespace).await
}

/// Makes a table with this text in it.
async fn keep(db: &Db, text: &str) -> Result<()> {
    db.execute("CREATE TABLE IF NOT EXISTS kept (s TEXT)", ()).await?;
    db.execute("INSERT INTO kept VALUES ($1)", (text,)).await.map(drop)
}

async fn kept(db: &Db) -> Result<Vec<String>> {
    let rows = db.query("SELECT s FROM kept ORDER BY s", ()).await?.collect().await?;
    rows.iter().map(|row| row.get(0)).collect()
}

async fn apart(subject: &DatabasesSubject, notes: &mut Notes) -> Result<()> {
    let (a, b) = (open(subject, "a").await?, open(subject, "b").await?);
    keep(&a, "of a").await?;
    let missing = b.query("SELECT * FROM kept", ()).await;
    notes.fails("the table of a in b", ErrorKind::InvalidStatement, &missing);
    notes.equal("the tables of b", b.tables().await?.len(), 0);
    keep(&b, "of b").await?;
    notes.equal("a", kept(&a).await?, ["of a"]);
    notes.equal("b", kept(&b).await?, ["of b"]);
    let mut tx = a.begin().await?;
    tx.execute("INSERT INTO kept VALUES ('more')", ()).await?;
    // A transaction in one is in nobody's way in the other.
    keep(&b, "meanwhile").await?;
    tx.rollback().await?;
    notes.equal("a", kept(&a).await?, ["of a"]);
    Ok(())
}

async fn again(subject: &DatabasesSubject, notes: &mut Notes) -> Result<()> {
    keep(&open(subject, "a").await?, "first").await?;
    keep(&open(subject, "a").await?, "second").await?;
    notes.equal("a", kept(&open(subject, "a").await?).await?, ["first", "second"]);
    Ok(())
}

fn odd_names() -> Vec<String> {
    let texts = [
        "a",
        "A",
        " a",
        "a ",
        " ",
        "a/b",
        "a//b",
        "/",
        "/a",
        "a/",
        ".",
        "..",
        "../a",
        "a/../b",
        "\\",
        "a\\b",
        "a:b",
        "*",
        "?",
        "'",
        "\"",
        "'; DROP TABLE kept; --",
        "%2e%2e",
        "a%00",
        "\u{0}",
        "a\u{0}b",
        "\n",
        "é",
        "e\u{301}",
        "кот",
        "🦀",
        "CON",
        "nul",
        "a.db",
        "a.db-wal",
        ".hidden",
        "file:a?mode=memory",
        ":memory:",
        "main",
        "temp",
        "sqlite_master",
        "-rf",
        "~",
        "$HOME",
        "\u{202e}a",
        "\u{feff}",
    ];
    let long = ["x".repeat(512), "x".repeat(511), "é".repeat(256), "/".repeat(512)];
    texts.into_iter().map(str::to_owned).chain(long).collect()
}

async fn names(subject: &DatabasesSubject, notes: &mut Notes) -> Result<()> {
    for name in odd_names() {
        // Escaped: not every database has a text with every character.
        keep(&open(subject, &name).await?, &format!("{name:?}")).await?;
    }
    for name in odd_names() {
        let found = kept(&open(subject, &name).await?).await?;
        notes.equal(format!("namespace {name:?}"), found, [format!("{name:?}")]);
        let existing = subject.databases().open_existing(&name).await?;
        notes.check(existing.is_some(), format!("namespace {name:?}"), "a database", "none");
    }
    Ok(())
}

async fn refused(subject: &DatabasesSubject, notes: &mut Notes) -> Result<()> {
    let databases = subject.databases();
    for name in ["", &"x".repeat(513), &"é".repeat(257)] {
        let step = format!("a namespace of {} bytes", name.len());
        let kind = ErrorKind::InvalidArgument;
        notes.fails(&step, kind, &databases.open(name).await);
        notes.fails(&step, kind, &databases.open_existing(name).await);
        notes.fails(&step, kind, &databases.remove(name).await);
    }
    Ok(())
}

async fn existing(subject: &DatabasesSubject, notes: &mut Notes) -> Result<()> {
    let databases = subject.databases();
    for _ in 0..2 {
        notes.check(
            databases.open_existing("a").await?.is_none(),
            "open_existing a",
            "nothing",
            "a database",
        );
        notes.equal("remove a", databases.remove("a").await?, false);
    }
    keep(&open(subject, "a").await?, "x").await?;
    let found = databases.open_existing("a").await?.ok_or_else(|| Error::internal("a is not there"))?;
    notes.equal("a", kept(&found).await?, ["x"]);
    notes.check(databases.open_existing("b").await?.is_none(), "open_existing b", "nothing", "a database");
    Ok(())
}

async fn remove(subject: &DatabasesSubject, notes: &mut Notes) -> Result<()> {
    let databases = subject.databases();
    let (a, b) = (open(subject, "a").await?, open(subject, "b").await?);
    keep(&a, "x").await?;
    keep(&b, "y").await?;
    notes.equal("remove a", databases.remove("a").await?, true);
    notes.check(kept(&a).await.is_err(), "a handle on what was removed", "an error", "none");
    notes.check(keep(&a, "z").await.is_err(), "a write to what was removed", "an error", "none");
    notes.check(databases.open_existing("a").await?.is_none(), "open_existing a", "nothing", "a database");
    notes.equal("remove a again", databases.remove("a").await?, false);
    let anew = open(subject, "a").await?;
    notes.equal("the tables of a, opened anew", anew.tables().await?.len(), 0);
    keep(&anew, "new").await?;
    notes.equal("a", kept(&anew).await?, ["new"]);
    notes.check(kept(&a).await.is_err(), "a handle on what was removed before", "an error", "none");
    notes.equal("b", kept(&b).await?, ["y"]);
    Ok(())
}

/// What tasks came to, all of them.
async fn all<T: 'static>(mut tasks: JoinSet<Result<T>>) -> Result<Vec<T>> {
    let mut ended = Vec::new();
    while let Some(task) = tasks.join_next().await {
        ended.push(task.map_err(|error| Error::internal(error.to_string()))??);
    }
    Ok(ended)
}

async fn many(subject: &DatabasesSubject, notes: &mut Notes) -> Result<()> {
    let mut tasks = JoinSet::new();
    for task in 0..16 {
        let databases = subject.databases().clone();
        tasks.spawn(async move {
            for number in (task..MANY).step_by(16) {
                let name = format!("tenant {number}");
                keep(&databases.open(&name).await?, &name).await?;
            }
            Ok(())
        });
    }
    all(tasks).await?;
    let mut tasks = JoinSet::new();
    for number in 0..MANY {
        let databases = subject.databases().clone();
        tasks.spawn(async move {
            let name = format!("tenant {number}");
            let found = kept(&databases.open(&name).await?).await?;
            Ok((name, found))
        });
    }
    let found: BTreeMap<String, Vec<String>> = all(tasks).await?.into_iter().collect();
    notes.equal("how many there are", found.len(), MANY);
    let wrong = found.iter().find(|(name, kept)| **kept != [name.as_str()]);
    notes.equal("one that is not what it was", wrong, None::<(&String, &Vec<String>)>);
    Ok(())
}

async fn outlive(subject: &DatabasesSubject, notes: &mut Notes) -> Result<()> {
    let first = open(subject, "first").await?;
    keep(&first, "one").await?;
    let mut tx = first.begin().await?;
    tx.execute("INSERT INTO kept VALUES ('three')", ()).await?;
    for number in 0..40 {
        keep(&open(subject, &format!("other {number}")).await?, "x").await?;
    }
    tx.commit().await?;
    keep(&first, "two").await?;
    notes.equal("the first", kept(&first).await?, ["one", "three", "two"]);
    Ok(())
}

async fn at_once(subject: &DatabasesSubject, notes: &mut Notes) -> Result<()> {
    let mut tasks = JoinSet::new();
    for task in 0..16 {
        let databases = subject.databases().clone();
        tasks.spawn(async move { keep(&databases.open("one").await?, &format!("{task:02}")).await });
    }
    all(tasks).await?;
    notes.equal("what all of them kept", kept(&open(subject, "one").await?).await?.len(), 16);
    Ok(())
}

async fn no_way_out(subject: &DatabasesSubject, notes: &mut Notes) -> Result<()> {
    let (a, b) = (open(subject, "a").await?, open(subject, "b").await?);
    keep(&a, "very-private").await?;
    for sql in [
        "ATTACH DATABASE 'a' AS a",
        "ATTACH DATABASE 'a.db' AS a",
        "ATTACH DATABASE '' AS a",
        "SELECT * FROM a.kept",
        "SELECT * FROM \"a\".kept",
        "INSERT INTO a.kept VALUES ('x')",
        "DROP TABLE a.kept",
        "DETACH DATABASE main",
        "VACUUM INTO 'copy.db'",
        "CREATE VIEW v AS SELECT * FROM a.kept",
        "CREATE TABLE a.other (s TEXT)",
        "SET search_path TO a",
    ] {
        match b.query(sql, ()).await {
            Ok(_) => notes.check(false, sql, "an error", "none"),
            Err(error) => {
                let text = format!("{error} {error:?}");
                let tells = text.contains("very-private") || text.contains("/tmp");
                notes.check(!tells, sql, "an error that tells nothing", text);
            }
        }
    }
    notes.equal("a", kept(&a).await?, ["very-private"]);
    notes.equal("the tables of b", b.tables().await?.len(), 0);
    Ok(())
}
