//! The conformance suite for blob stores, a store to compare with, and faults.
//!
//! Most of it is data: a [`Case`] is a transcript of verbs and of what must come back. The rest, what a transcript cannot
//! say (streams, races, lists under change, dropped requests, limits), is code. A store proves itself in a test of a few
//! lines:
//!
//! ```
//! # use credenza_blob::{MemoryBlobConfig, MemoryBlobStore};
//! use std::sync::Arc;
//! use credenza_core::ManualClock;
//! use credenza_testkit::blob::{self, BlobSubject};
//!
//! # async fn example() {
//! let report = blob::run(async || {
//!     let clock = Arc::new(ManualClock::at(1_700_000_000_000));
//!     let mut config = MemoryBlobConfig::default();
//!     config.clock = clock.clone();
//!     Ok(BlobSubject::new(MemoryBlobStore::new(config)).with_clock(clock))
//! })
//! .await;
//! report.assert_passed();
//! # }
//! ```
//!
//! The store must be a fresh one each time. A case that needs what the store does not claim in its
//! [`BlobCapabilities`](credenza_core::blob::BlobCapabilities) is skipped, and the report names it. With the variable
//! `CREDENZA_CASE` in the environment only cases run whose `group: name` contains its value.
//!
//! A transcript has a step a line; words and answers are written as in [`script`](crate::script):
//!
//! ```text
//! PUT k "hello" type text/plain meta color red => $tag    the entity tag
//! PUT k "hello" md5 5d41402abc4b2a76b9719d911017c592 if-absent => !PreconditionFailed
//! GET k => "hello"
//! GET k 1..3 if-match $tag => "el"      also 1.. and -2, the last two
//! GET k if-none-match $tag => not_modified
//! HEAD k => {size: 5, etag: $tag, type: "text/plain", meta_color: red}
//! LIST prefix a/ delimiter / after a/b limit 2 => [["a/c"], ["a/d/"], $next]   keys, prefixes, cursor
//! LIST prefix a/ delimiter / after a/b cursor $next => [[], ["a/e/"]]
//! list limit 2 => [["a", "b", "c"], []]                   page by page to the end
//! COPY a b from-if-match $tag to-if-absent => $tag
//! DELETE a missing => [1, 0]                              whether each was there
//! ```
//!
//! Conditions are `if-absent`, `if-exists`, `if-match TAG` and `if-none-match TAG`, of several tags if repeated. Around each
//! step that only reads, or that must fail, everything in the store is compared: a read and a failure change nothing.

pub mod fault;
pub mod model;

mod cases;
mod operation;
mod pieces;
mod probes;
mod reference;
mod script;
mod subject;

use credenza_core::Result;

pub use reference::ReferenceBlobStore;
pub use subject::BlobSubject;

use crate::announce;
use crate::report::Report;
use crate::script::Failure;
use crate::suite::Case;
use crate::trial::{Notes, Run};
use operation::Need;
use probes::Probe;
use script::Script;

/// Every case that is a transcript.
pub fn cases() -> impl Iterator<Item = Case> {
    cases::GROUPS
        .into_iter()
        .flat_map(|(group, cases)| cases.iter().map(move |(name, script)| Case { group, name, script }))
}

/// Runs the suite. `fresh` opens a new, empty store each time it is called.
pub async fn run(fresh: impl AsyncFn() -> Result<BlobSubject>) -> Report {
    run_all(Run::new(), fresh).await
}

/// Runs the cases whose `group: name` contains a text.
pub async fn run_only(wanted: &str, fresh: impl AsyncFn() -> Result<BlobSubject>) -> Report {
    run_all(Run::only(wanted), fresh).await
}

async fn run_all(mut run: Run, fresh: impl AsyncFn() -> Result<BlobSubject>) -> Report {
    for Case { group, name, script } in cases() {
        match Script::parse(script) {
            Ok(script) => {
                let play = async |subject: &BlobSubject, notes: &mut Notes| {
                    notes.failures = script.play(&**subject.store()).await;
                    Ok(())
                };
                run.case((group, name), &fresh, |subject| lacks(&script.needs(), subject), play).await;
            }
            Err(why) => run.unreadable((group, name), why),
        }
    }
    for Probe { group, name, needs, body } in probes::all() {
        let body = async |subject: &BlobSubject, notes: &mut Notes| body(subject, notes).await;
        run.case((group, name), &fresh, |subject| lacks(needs, subject), body).await;
    }
    if run.is_whole() {
        announce::suite("blobs", &run.report);
    }
    run.report
}

/// Plays one transcript to a store; returns the steps that went wrong.
///
/// # Errors
/// The line that is not understood, and why.
pub async fn play(script: &str, subject: &BlobSubject) -> Result<Vec<Failure>, String> {
    Ok(Script::parse(script)?.play(&**subject.store()).await)
}

/// What the store lacks for a case.
fn lacks(needs: &[Need], subject: &BlobSubject) -> Option<String> {
    let can = subject.capabilities();
    let lacking = |need: &Need| match need {
        Need::Preconditions => (!can.preconditions).then_some("preconditions of puts"),
        Need::DeletePreconditions => (!can.delete_preconditions).then_some("preconditions of deletes"),
        Need::CopyPreconditions => (!can.copy_preconditions).then_some("preconditions of copies"),
        Need::EmptyParts => (!can.empty_parts).then_some("keys with empty parts"),
        Need::ContentTags => (!can.content_tags).then_some("tags that depend on the content alone"),
        Need::ExactDeletes => (!can.exact_deletes).then_some("exact deletes"),
    };
    needs.iter().find_map(lacking).map(|lacking| format!("needs {lacking}"))
}
