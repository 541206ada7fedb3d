//! What a run of the suite found.

use std::fmt;

use crate::script::Failure;

/// What a run of the suite found. Printed, it is a table by group, the cases that were skipped with the reason, and
/// every failure.
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) store: String,
    pub(crate) findings: Vec<Finding>,
}

/// What came of a case.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The family of the case.
    pub group: &'static str,
    /// What it proves.
    pub name: &'static str,
    /// How it went.
    pub outcome: Outcome,
}

/// How a case went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As it should.
    Passed,
    /// It was not tried, for this reason.
    Skipped(String),
    /// Not as it should: every step that went wrong.
    Failed(Vec<Failure>),
}

impl Report {
    /// What came of each case.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether something was tried and nothing failed.
    pub fn passed(&self) -> bool {
        let failed = |finding: &Finding| matches!(finding.outcome, Outcome::Failed(_));
        self.count(None, |outcome| *outcome == Outcome::Passed) > 0 && !self.findings.iter().any(failed)
    }

    /// Panics with the whole report unless something was tried and nothing failed.
    #[track_caller]
    pub fn assert_passed(&self) {
        assert!(self.passed(), "\n{self}");
    }

    fn count(&self, group: Option<&str>, which: impl Fn(&Outcome) -> bool) -> usize {
        let of_group = |finding: &&Finding| group.is_none_or(|group| finding.group == group);
        self.findings.iter().filter(of_group).filter(|finding| which(&finding.outcome)).count()
    }

    fn row(&self, f: &mut fmt::Formatter<'_>, name: &str, group: Option<&str>) -> fmt::Result {
        let passed = self.count(group, |outcome| *outcome == Outcome::Passed);
        let skipped = self.count(group, |outcome| matches!(outcome, Outcome::Skipped(_)));
        let failed = self.count(group, |outcome| matches!(outcome, Outcome::Failed(_)));
        writeln!(f, "{name:<16}{passed:>8}{skipped:>9}{failed:>8}")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.store)?;
        writeln!(f, "{:<16}{:>8}{:>9}{:>8}", "group", "passed", "skipped", "failed")?;
        let mut groups: Vec<&str> = Vec::new();
        for Finding { group, .. } in &self.findings {
            if !groups.contains(group) {
                groups.push(group);
            }
        }
        for group in groups {
            self.row(f, group, Some(group))?;
        }
        self.row(f, "all", None)?;
        for Finding { group, name, outcome } in &self.findings {
            if let Outcome::Skipped(why) = outcome {
                writeln!(f, "skipped: {group}: {name}: {why}")?;
            }
        }
        for Finding { group, name, outcome } in &self.findings {
            if let Outcome::Failed(failures) = outcome {
                writeln!(f, "\nFAILED: {group}: {name}")?;
                failures.iter().try_for_each(|failure| writeln!(f, "  {failure}"))?;
            }
        }
        Ok(())
    }
}
