//! What a run tells `cargo xtask test-backends`, which names a file in the variable `CREDENZA_TEST_REPORT`. A line is a
//! few words with tabs between them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;

use credenza_core::command::Group;
use credenza_core::{Capabilities, CommandId, CommandSet};

use crate::report::{Finding, Outcome, Report};

/// Whether anybody reads it.
pub(crate) fn is_wanted() -> bool {
    std::env::var_os("CREDENZA_TEST_REPORT").is_some()
}

/// A server that cannot be had.
#[cfg(all(unix, feature = "servers"))]
pub(crate) fn skipped(what: &str) {
    tell(&format!("skipped\t{}\n", what.lines().next().unwrap_or_default()));
}

/// What a suite found, by group.
pub(crate) fn suite(kind: &str, report: &Report) {
    let mut groups: Vec<(&str, [usize; 3])> = Vec::new();
    for Finding { group, outcome, .. } in report.findings() {
        let at = groups.iter().position(|(name, _)| name == group).unwrap_or_else(|| {
            groups.push((group, [0; 3]));
            groups.len() - 1
        });
        if let Some((_, [passed, skipped, failed])) = groups.get_mut(at) {
            *match outcome {
                Outcome::Passed => passed,
                Outcome::Skipped(_) => skipped,
                Outcome::Failed(_) => failed,
            } += 1;
        }
    }
    let mut lines = format!("suite\t{kind}\t{}\n", report.store);
    for (name, [passed, skipped, failed]) in groups {
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "group\t{name}\t{passed}\t{skipped}\t{failed}");
    }
    tell(&lines);
}

/// How many cases that passed need each command.
#[derive(Debug, Default)]
pub(crate) struct Proofs(BTreeMap<CommandId, usize>);

impl Proofs {
    /// Counts a case, if it passed.
    pub(crate) fn count(&mut self, report: &Report, commands: CommandSet) {
        if report.findings.last().is_some_and(|finding| finding.outcome == Outcome::Passed) {
            commands.iter().for_each(|id| *self.0.entry(id).or_default() += 1);
        }
    }

    /// What a store claims, with the number of proofs for each command. Follows what [`suite`] tells of the same store.
    pub(crate) fn announce(&self, can: &Capabilities) {
        let mut lines = String::new();
        for (what, can) in [("atomic batches", can.atomic_batches), ("versions", can.versions)] {
            let _ = writeln!(lines, "can\t{what}\t{}", u8::from(can));
        }
        for id in CommandId::ALL {
            let (info, claimed) = (id.info(), u8::from(can.commands.contains(*id)));
            let proofs = self.0.get(id).copied().unwrap_or_default();
            let _ = writeln!(lines, "command\t{}\t{}\t{claimed}\t{proofs}", name(info.group), info.name);
        }
        tell(&lines);
    }
}

fn name(group: Group) -> &'static str {
    match group {
        Group::Keys => "keys",
        Group::Strings => "strings",
        Group::Hashes => "hashes",
        Group::Sets => "sets",
        Group::Lists => "lists",
        Group::SortedSets => "sorted sets",
        Group::Extensions => "extensions",
    }
}

fn tell(lines: &str) {
    if let Some(path) = std::env::var_os("CREDENZA_TEST_REPORT") {
        let file = File::options().create(true).append(true).open(path);
        // The tests themselves say what went wrong: this is for a table.
        let _ = file.and_then(|mut file| file.write_all(lines.as_bytes()));
    }
}
