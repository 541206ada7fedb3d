//! Cases that a transcript cannot say.

mod deadlines;
mod describe;
mod drops;
mod limits;
mod results;
mod tables;
mod tasks;

use credenza_core::db::Dialect;
use credenza_core::{Db, Error, Result};

use super::DatabaseSubject;
use super::script::{dump, spoken};
use crate::trial::{Notes, probes};

/// A case in code, and the one kind of SQL that it is for.
pub(super) type Probe = crate::trial::Probe<DatabaseSubject, Option<Dialect>>;

/// For every kind of SQL.
const ANY: Option<Dialect> = None;

/// Every case in code.
pub(super) fn all() -> impl Iterator<Item = Probe> {
    results::probes()
        .chain(describe::probes())
        .chain(tables::probes())
        .chain(tasks::probes())
        .chain(deadlines::probes())
        .chain(drops::probes())
        .chain(limits::probes())
}

/// Makes the table `t` with a few rows.
async fn furnish(subject: &DatabaseSubject) -> Result<()> {
    let db = subject.db();
    let make =
        spoken("CREATE TABLE t (id {int} PRIMARY KEY, n {int} NOT NULL, s TEXT)", db.capabilities().dialect);
    db.execute(make, ()).await?;
    db.execute("INSERT INTO t VALUES (1, 10, 'one'), (2, 20, 'two'), (3, 30, NULL)", ()).await.map(drop)
}

/// The only number of the only row.
async fn number(db: &Db, sql: &'static str) -> Result<i64> {
    db.query_one(sql, ()).await?.get(0)
}

/// Everything in the database.
async fn seen(subject: &DatabaseSubject) -> Vec<String> {
    dump(&subject.db()).await
}

/// A query that does not end, and one that ends after so many rows.
const ENDLESS: &str = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c";

fn numbers(count: usize) -> String {
    format!(
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < {count}) \
         SELECT x, 'row ' || x AS s FROM c"
    )
}

/// What a task that panicked or was stopped comes to.
fn lost(error: tokio::task::JoinError) -> Error {
    Error::internal(error.to_string())
}
