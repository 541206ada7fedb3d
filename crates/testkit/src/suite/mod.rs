//! The conformance suite for key-value stores.
//!
//! Most of it is data: a [`Case`] is a transcript of commands and of what must come back, in the syntax of
//! [`script`](crate::script). The rest, what a transcript cannot say (limits, deadlines, scans under change,
//! publish/subscribe, that what is not supported is refused and touches nothing), is code. A store proves itself in a
//! test of a few lines:
//!
//! ```
//! # use credenza_memory::{MemoryConfig, MemoryStore};
//! use std::sync::Arc;
//! use credenza_core::ManualClock;
//! use credenza_testkit::{Subject, suite};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let report = suite::run(async || {
//!     let clock = Arc::new(ManualClock::at(1_700_000_000_000));
//!     # let mut config = MemoryConfig::default();
//!     # config.sweep_interval = None;
//!     # config.clock = clock.clone();
//!     let store = MemoryStore::open(config)?;
//!     Ok(Subject::new(store.clone()).with_clock(clock).with_pubsub(store))
//! })
//! .await;
//! report.assert_passed();
//! # }
//! ```
//!
//! The store must be a fresh one each time: cases share no keys. A case that needs a command the store does not claim in
//! its [`Capabilities`](credenza_core::Capabilities) is skipped, and the report names it.
//!
//! With the variable `CREDENZA_CASE` in the environment only cases run whose `group: name` contains its value.

mod batches;
mod errors;
mod expiry;
mod extensions;
mod hashes;
mod keys;
mod lists;
mod probes;
mod scans;
mod set_algebra;
mod sets;
mod sorted_set_ranges;
mod sorted_sets;
mod strings;
mod target;
mod versions;

use credenza_core::{Command, Result};

pub use crate::report::{Finding, Outcome, Report};

pub(crate) use target::Store;

use crate::Subject;
use crate::announce::{self, Proofs};
use crate::script::{Failure, Needs, Script, word};
use crate::trial::{Notes, Run};
use probes::Probe;

/// A transcript that proves one thing.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its family.
    pub group: &'static str,
    /// What it proves.
    pub name: &'static str,
    /// The transcript; see [`script`](crate::script).
    pub script: &'static str,
}

/// Every case that is a transcript.
pub fn cases() -> impl Iterator<Item = Case> {
    let groups: [(&'static str, &'static [(&'static str, &'static str)]); 14] = [
        ("keys", keys::CASES),
        ("strings", strings::CASES),
        ("hashes", hashes::CASES),
        ("sets", sets::CASES),
        ("sets", set_algebra::CASES),
        ("lists", lists::CASES),
        ("sorted sets", sorted_sets::CASES),
        ("sorted sets", sorted_set_ranges::CASES),
        ("extensions", extensions::CASES),
        ("expiry", expiry::CASES),
        ("scans", scans::CASES),
        ("errors", errors::CASES),
        ("versions", versions::CASES),
        ("batches", batches::CASES),
    ];
    groups
        .into_iter()
        .flat_map(|(group, cases)| cases.iter().map(move |(name, script)| Case { group, name, script }))
}

/// Runs the suite. `fresh` opens a new, empty store each time it is called.
pub async fn run(fresh: impl AsyncFn() -> Result<Subject>) -> Report {
    run_all(Run::new(), fresh).await
}

/// Runs the cases whose `group: name` contains a text.
pub async fn run_only(wanted: &str, fresh: impl AsyncFn() -> Result<Subject>) -> Report {
    run_all(Run::only(wanted), fresh).await
}

async fn run_all(mut run: Run, fresh: impl AsyncFn() -> Result<Subject>) -> Report {
    let mut proofs = Proofs::default();
    for Case { group, name, script } in cases() {
        match Script::parse(script) {
            Ok(script) => {
                let play = async |subject: &Subject, notes: &mut Notes| {
                    notes.failures = script.play(&mut Store(subject)).await;
                    Ok(())
                };
                let needs = script.needs();
                run.case((group, name), &fresh, |subject| missing(&needs, subject), play).await;
                proofs.count(&run.report, needs.commands);
            }
            Err(why) => run.unreadable((group, name), why),
        }
    }
    for Probe { group, name, needs, body } in probes::all() {
        let body = async |subject: &Subject, notes: &mut Notes| body(subject, notes).await;
        run.case((group, name), &fresh, |subject| missing(&needs, subject), body).await;
        proofs.count(&run.report, needs.commands);
    }
    if announce::is_wanted()
        && run.is_whole()
        && let Ok(subject) = fresh().await
    {
        announce::suite("key-value", &run.report);
        proofs.announce(&subject.capabilities());
    }
    run.report
}

/// Plays one transcript to a store; returns the steps that went wrong.
///
/// # Errors
/// The line that is not understood, and why.
pub async fn play(script: &str, subject: &Subject) -> Result<Vec<Failure>, String> {
    Ok(Script::parse(script)?.play(&mut Store(subject)).await)
}

/// What the store lacks for a case.
fn missing(needs: &Needs, subject: &Subject) -> Option<String> {
    let can = subject.capabilities();
    let commands = needs.commands.minus(can.commands);
    let mut lacks: Vec<&str> = commands.iter().map(|id| id.info().name).collect();
    lacks.extend((needs.atomic_batches && !can.atomic_batches).then_some("atomic batches"));
    lacks.extend((needs.versions && !can.versions).then_some("versions"));
    lacks.extend((needs.pubsub && subject.pubsub().is_none()).then_some("publish/subscribe"));
    (!lacks.is_empty()).then(|| format!("needs {}", lacks.join(", ")))
}

/// A command as a script writes it.
pub(crate) fn text_of(command: &Command) -> String {
    let words = command.words();
    words.iter().map(|bytes| word(bytes)).collect::<Vec<_>>().join(" ")
}
