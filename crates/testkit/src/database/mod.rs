//! The conformance suites for databases, and for databases by namespace.
//!
//! Most of it is data: a [`Case`] is a transcript of statements and of what must come back. The rest, what a transcript
//! cannot say (deadlines, dropped futures, long results, many tasks at the same time, limits), is code. A database proves
//! itself in a test of a few lines:
//!
//! ```
//! # async fn example<D: credenza_core::db::Database>(open: fn(&std::path::Path) -> credenza_core::Result<D>) {
//! use credenza_testkit::database::{self, DatabaseSubject};
//!
//! let report = database::run(async || {
//!     let folder = tempfile::tempdir().expect("a temporary folder");
//!     let database = open(&folder.path().join("test.db"))?;
//!     Ok(DatabaseSubject::new(database).keeping(folder))
//! })
//! .await;
//! report.assert_passed();
//! # }
//! ```
//!
//! The database must be a fresh one each time, let others read while a transaction is open, and have room for three results
//! that are read at the same time. Cases are the same for every
//! [`Dialect`]; lines that are for one start with `sqlite| ` or `postgres| `. With the variable
//! `CREDENZA_CASE` in the environment only cases run whose `group: name` contains its value.
//!
//! A transcript has a step a line:
//!
//! ```text
//! CREATE TABLE t (id {id}, name TEXT) => done             no error; {id}, {int}, {float}, {bytes}, {bool}, {json}, {time} and
//!                                                         {uuid} are the types that the database has for it
//! INSERT INTO t (name) VALUES ($1) <- "Bob" => 1 affected     with parameters; no rows
//! INSERT INTO t (name) VALUES ($1) RETURNING id <- null => [2] 1 affected
//! SELECT id, name FROM t ORDER BY id => [1, "Bob"] [2, null]  rows, in order
//! SELECT id FROM t WHERE name = :name <- name: "Eve" => none  no row, but columns
//! INSERT INTO t (id) VALUES (1) => !Constraint 23505      an error of this kind with this SQLSTATE
//! begin a                                                 also `begin a read only`
//! in a: SELECT 1 => [1]
//! commit a                                                also `rollback a` and `drop a`
//! ```
//!
//! Values are `1`, `1.5`, `inf`, `true`, `null`, `"text"`, `x"00ff"`, `json "{}"`, `time "2025-10-25T10:30:00Z"`, `uuid "…"` and
//! `vector [1, 2.5]`; `_` is any. In a statement `\n` is the end of a line. Around each step that must fail everything in the
//! database is compared, and the error must name none of the parameters.

mod cases;
mod namespaces;
mod probes;
mod script;
mod subject;

use credenza_core::Result;
use credenza_core::db::Dialect;

pub use namespaces::run as run_databases;
pub use subject::{DatabaseSubject, DatabasesSubject};

use crate::announce;
use crate::report::Report;
use crate::script::Failure;
use crate::suite::Case;
use crate::trial::{Notes, Run};
use probes::Probe;
use script::Script;

/// Every case that is a transcript.
pub fn cases() -> impl Iterator<Item = Case> {
    cases::GROUPS
        .into_iter()
        .flat_map(|(group, cases)| cases.iter().map(move |(name, script)| Case { group, name, script }))
}

/// Runs the suite. `fresh` opens a new, empty database each time it is called.
pub async fn run(fresh: impl AsyncFn() -> Result<DatabaseSubject>) -> Report {
    run_all(Run::new(), fresh).await
}

/// Runs the cases whose `group: name` contains a text.
pub async fn run_only(wanted: &str, fresh: impl AsyncFn() -> Result<DatabaseSubject>) -> Report {
    run_all(Run::only(wanted), fresh).await
}

async fn run_all(mut run: Run, fresh: impl AsyncFn() -> Result<DatabaseSubject>) -> Report {
    for Case { group, name, script } in cases() {
        match Script::parse(script) {
            Ok(script) => {
                let play = async |subject: &DatabaseSubject, notes: &mut Notes| {
                    notes.failures = script.play(&subject.db()).await;
                    Ok(())
                };
                let lacks = |subject: &DatabaseSubject| {
                    let speaks = script.speaks(subject.capabilities().dialect);
                    (!speaks).then(|| "it is for another kind of SQL".to_owned())
                };
                run.case((group, name), &fresh, lacks, play).await;
            }
            Err(why) => run.unreadable((group, name), why),
        }
    }
    for Probe { group, name, needs, body } in probes::all() {
        let body = async |subject: &DatabaseSubject, notes: &mut Notes| body(subject, notes).await;
        let lacks = |subject: &DatabaseSubject| {
            let other: Option<Dialect> = needs.filter(|only| *only != subject.capabilities().dialect);
            other.map(|only| format!("it is for the SQL of {}", only.name()))
        };
        run.case((group, name), &fresh, lacks, body).await;
    }
    if run.is_whole() {
        announce::suite("databases", &run.report);
    }
    run.report
}

/// Plays one transcript to a database; returns the steps that went wrong.
///
/// # Errors
/// The line that is not understood, and why.
pub async fn play(script: &str, subject: &DatabaseSubject) -> Result<Vec<Failure>, String> {
    Ok(Script::parse(script)?.play(&subject.db()).await)
}
