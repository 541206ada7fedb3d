//! `cargo xtask test-backends`: the conformance suites on each backend and through each decorator, as a table.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::metadata::Metadata;
use crate::run::Workspace;

/// The test targets: `conformance`, which every backend has, and `database_conformance` and the like.
const TARGET: &str = "conformance";

/// Where they are.
const ROOMS: [&str; 2] = ["crates/backends/", "crates/decorators/"];

/// What came of the tests of one suite on one backend. A suite is a test function, or a module of them.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    backend: String,
    suite: String,
    passed: usize,
    failed: usize,
    skipped: usize,
    time: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    Skipped,
}

/// Runs the suites on every backend and decorator, or on the one that is named, and prints the table.
pub(crate) fn run(workspace: &Workspace, name: Option<&str>) -> Result<(), String> {
    let metadata = Metadata::read(workspace)?;
    let mut known = Vec::new();
    for package in &metadata.packages {
        let folder = package.folder(workspace);
        if let Some(backend) = ROOMS.iter().find_map(|room| folder.strip_prefix(room)) {
            known.push((backend.to_owned(), package));
        }
    }
    let names: Vec<&str> = known.iter().map(|(backend, _)| backend.as_str()).collect();
    if let Some(name) = name.filter(|name| !names.contains(name)) {
        return Err(format!("there is no backend `{name}`; there are: {}", names.join(", ")));
    }

    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    for (backend, package) in known.iter().filter(|(backend, _)| name.is_none_or(|name| name == backend)) {
        let mut targets: Vec<&str> = package.targets("test").filter(|target| is_suite(target)).collect();
        targets.sort_unstable();
        if targets.is_empty() {
            failures.push(format!("{backend} has no test target `{TARGET}`"));
        }
        for target in targets {
            // One test at a time: libtest tells no times, so a test's time is that since the line before.
            let mut command =
                workspace.cargo(["test", "--package", &package.name, "--all-features", "--test", target]);
            command.args(["--", "--test-threads=1"]);
            if let Err(error) = suite(&mut command, backend, &mut rows) {
                failures.push(format!("{backend}: {target}: {error}"));
            }
        }
    }
    print!("{}", table(&rows));
    if failures.is_empty() { Ok(()) } else { Err(failures.join("; ")) }
}

/// Whether a test target is one of suites.
fn is_suite(target: &str) -> bool {
    target == TARGET || target.strip_suffix(TARGET).is_some_and(|kind| kind.ends_with('_'))
}

/// Runs one target of a backend: its rows are added, and what it prints besides is shown as it comes.
fn suite(command: &mut Command, backend: &str, rows: &mut Vec<Row>) -> Result<(), String> {
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = spawned.map_err(|error| format!("cargo did not start: {error}"))?;
    let (mut last, mut ran) = (Instant::now(), false);
    let lines = child.stdout.take().map(BufReader::new);
    for line in lines.into_iter().flat_map(BufRead::lines) {
        let line = line.map_err(|error| format!("cannot read the output of the tests: {error}"))?;
        match result_line(&line) {
            Some((suite, outcome)) => {
                ran = true;
                record(rows, backend, suite, outcome, last.elapsed());
            }
            None => eprintln!("{line}"),
        }
        last = Instant::now();
    }
    let status = child.wait().map_err(|error| format!("cannot wait for the tests: {error}"))?;
    match status.success() {
        true if ran => Ok(()),
        true => Err("it holds no tests".to_owned()),
        false => Err(format!("the tests ended with {status}")),
    }
}

/// Reads `test SUITE::… ... ok` as libtest prints it.
fn result_line(line: &str) -> Option<(&str, Outcome)> {
    let (name, result) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let outcome = match result.split([' ', ',']).next()? {
        "ok" => Outcome::Passed,
        "FAILED" => Outcome::Failed,
        "ignored" => Outcome::Skipped,
        _ => return None,
    };
    Some((name.split("::").next()?, outcome))
}

fn record(rows: &mut Vec<Row>, backend: &str, suite: &str, outcome: Outcome, time: Duration) {
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

fn table(rows: &[Row]) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_as_libtest_prints_them() {
        for (line, expected) in [
            ("test bare ... ok", Some(("bare", Outcome::Passed))),
            ("test layered::strings::set ... FAILED", Some(("layered", Outcome::Failed))),
            ("test slow ... ignored, needs a day", Some(("slow", Outcome::Skipped))),
            ("test slow ... ignored", Some(("slow", Outcome::Skipped))),
            ("test bare - should panic ... ok", Some(("bare - should panic", Outcome::Passed))),
            ("test result: ok. 3 passed; 0 failed", None),
            ("running 3 tests", None),
        ] {
            assert_eq!(result_line(line), expected, "{line}");
        }
    }

    #[test]
    fn suites_are_known_by_their_names() {
        assert!(["conformance", "database_conformance", "blob_conformance"].into_iter().all(is_suite));
        assert!(
            !["conformances", "nonconformance", "database", "conformance_database"].into_iter().any(is_suite)
        );
    }

    #[test]
    fn a_run_becomes_a_table() {
        let mut rows = Vec::new();
        let script = "echo 'running 4 tests'; echo 'test bare ... ok'; echo 'test layered::a ... ok'; \
                      echo 'test layered::b ... ignored'; echo 'test layered::c ... FAILED'; exit 101";
        let error = suite(Command::new("sh").args(["-c", script]), "memory", &mut rows).unwrap_err();
        assert_eq!(error, "the tests ended with exit status: 101");
        for row in &mut rows {
            row.time = Duration::from_millis(1_250);
        }
        assert_eq!(
            table(&rows),
            "backend  suite    passed  failed  skipped       time\n\
             memory   bare          1       0        0     1.25 s\n\
             memory   layered       1       1        1     1.25 s\n",
        );
    }

    #[test]
    fn a_run_without_tests_is_a_failure() {
        let error = suite(&mut Command::new("true"), "memory", &mut Vec::new()).unwrap_err();
        assert_eq!(error, "it holds no tests");
    }
}
