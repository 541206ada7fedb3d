//! The table at the end.

use std::fmt::Write as _;
use std::time::Duration;

/// What came of the tests of one suite on one backend. A suite is a test function, or a module of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) backend: String,
    pub(super) suite: String,
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) skipped: usize,
    pub(super) time: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    Failed,
    Skipped,
}

/// Counts a test.
pub(super) fn record(rows: &mut Vec<Row>, backend: &str, suite: &str, outcome: Outcome, time: Duration) {
    let at = rows.iter().position(|row| row.backend == backend && row.suite == suite).unwrap_or_else(|| {
        let (backend, suite) = (backend.to_owned(), suite.to_owned());
        rows.push(Row { backend, suite, passed: 0, failed: 0, skipped: 0, time: Duration::ZERO });
        rows.len() - 1
    });
    if let Some(row) = rows.get_mut(at) {
        row.time += time;
        match outcome {
            Outcome::Passed => row.passed += 1,
            Outcome::Failed => row.failed += 1,
            Outcome::Skipped => row.skipped += 1,
        }
    }
}

/// The rows as text.
pub(super) fn table(rows: &[Row]) -> String {
    let width = |title: &str, of: fn(&Row) -> &str| {
        rows.iter().map(|row| of(row).len()).chain([title.len()]).max().unwrap_or_default()
    };
    let (backend, suite) = (width("backend", |row| &row.backend), width("suite", |row| &row.suite));
    let mut text = format!(
        "{:backend$}  {:suite$}  {:>6}  {:>6}  {:>7}  {:>9}\n",
        "backend", "suite", "passed", "failed", "skipped", "time",
    );
    for row in rows {
        let seconds = format!("{:.2} s", row.time.as_secs_f64());
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:backend$}  {:suite$}  {:>6}  {:>6}  {:>7}  {seconds:>9}",
            row.backend, row.suite, row.passed, row.failed, row.skipped,
        );
    }
    text
}
