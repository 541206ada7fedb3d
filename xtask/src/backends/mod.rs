//! `cargo xtask test-backends`: the conformance suites on each backend and through each decorator, as a table, and the
//! page that tells what each store can do.

mod compat;
mod report;
mod table;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::metadata::Metadata;
use crate::run::Workspace;
use crate::services;
use compat::Proof;
use report::Report;
use table::{Outcome, Row, record, table};

/// The test targets: `conformance`, which every backend has, and `database_conformance` and the like.
const TARGET: &str = "conformance";

/// Where they are.
const ROOMS: [&str; 2] = ["crates/backends/", "crates/decorators/"];

/// Where the page is, below the root.
const PAGE: &str = "docs/compat.md";

/// What a run found.
#[derive(Debug, Default)]
struct Found {
    rows: Vec<Row>,
    proofs: Vec<Proof>,
    skipped: Vec<String>,
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
    let (mut found, mut failures) = (Found::default(), Vec::new());
    match services::ensure_all(workspace) {
        Ok(notes) => found.skipped.extend(notes),
        Err(error) => failures.push(error),
    }
    let report = metadata.target_directory.join("test-backends.report");
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
            if let Err(error) = suite(&mut command, backend, &report, &mut found) {
                failures.push(format!("{backend}: {target}: {error}"));
            }
        }
    }
    print!("{}", table(&found.rows));
    found.skipped.iter().for_each(|why| println!("{why}"));
    if !failures.is_empty() {
        return Err(failures.join("; "));
    }
    match (name, found.skipped.is_empty()) {
        (None, true) => fs::write(workspace.root.join(PAGE), compat::page(&found.proofs))
            .map_err(|error| format!("{PAGE}: {error}")),
        (Some(_), _) => Ok(()),
        (None, false) => {
            println!("{PAGE} stays as it is, for not everything was run");
            Ok(())
        }
    }
}

/// Whether a test target is one of suites.
fn is_suite(target: &str) -> bool {
    target == TARGET || target.strip_suffix(TARGET).is_some_and(|kind| kind.ends_with('_'))
}

/// Runs one target of a backend: what it found is added, and what it prints besides is shown as it comes.
fn suite(command: &mut Command, backend: &str, report: &Path, found: &mut Found) -> Result<(), String> {
    let mut told = Told::new(report)?;
    let spawned =
        command.env("CREDENZA_TEST_REPORT", report).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = spawned.map_err(|error| format!("cargo did not start: {error}"))?;
    let (mut last, mut ran) = (Instant::now(), false);
    let lines = child.stdout.take().map(BufReader::new);
    for line in lines.into_iter().flat_map(BufRead::lines) {
        let line = line.map_err(|error| format!("cannot read the output of the tests: {error}"))?;
        eprintln!("{line}");
        if let Some((test, outcome)) = result_line(&line) {
            ran = true;
            let Report { told, skipped } = told.since_last()?;
            let suite = test.split("::").next().unwrap_or(test);
            let outcome = match outcome {
                Outcome::Passed if !skipped.is_empty() => Outcome::Skipped,
                outcome => outcome,
            };
            record(&mut found.rows, backend, suite, outcome, last.elapsed());
            found.skipped.extend(skipped.iter().map(|why| format!("SKIPPED: {backend}: {test}: {why}")));
            if outcome == Outcome::Passed {
                found.proofs.extend(told.into_iter().map(|told| Proof { test: test.to_owned(), told }));
            }
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

/// The file in which tests tell what they found.
struct Told {
    path: PathBuf,
    read: usize,
}

impl Told {
    /// An empty one.
    fn new(path: &Path) -> Result<Self, String> {
        fs::write(path, "").map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { path: path.to_owned(), read: 0 })
    }

    /// What was told since the last time: by the test that ended now.
    fn since_last(&mut self) -> Result<Report, String> {
        let text =
            fs::read_to_string(&self.path).map_err(|error| format!("{}: {error}", self.path.display()))?;
        let new = text.get(self.read..).unwrap_or_default();
        self.read = text.len();
        Report::read(new)
    }
}

/// Reads `test TEST ... ok` as libtest prints it.
fn result_line(line: &str) -> Option<(&str, Outcome)> {
    let (name, result) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let outcome = match result.split([' ', ',']).next()? {
        "ok" => Outcome::Passed,
        "FAILED" => Outcome::Failed,
        "ignored" => Outcome::Skipped,
        _ => return None,
    };
    Some((name, outcome))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_are_read_as_libtest_prints_them() {
        for (line, expected) in [
            ("test bare ... ok", Some(("bare", Outcome::Passed))),
            ("test layered::strings::set ... FAILED", Some(("layered::strings::set", Outcome::Failed))),
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

    fn report(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("credenza-xtask-{name}-{}", std::process::id()))
    }

    #[test]
    fn a_run_becomes_a_table() {
        let (mut found, report) = (Found::default(), report("table"));
        let script = "echo 'running 4 tests'; echo 'test bare ... ok'; echo 'test layered::a ... ok'; \
                      echo 'test layered::b ... ignored'; echo 'test layered::c ... FAILED'; exit 101";
        let error =
            suite(Command::new("sh").args(["-c", script]), "memory", &report, &mut found).unwrap_err();
        assert_eq!(error, "the tests ended with exit status: 101");
        for row in &mut found.rows {
            row.time = Duration::from_millis(1_250);
        }
        assert_eq!(
            table(&found.rows),
            "backend  suite    passed  failed  skipped       time\n\
             memory   bare          1       0        0     1.25 s\n\
             memory   layered       1       1        1     1.25 s\n",
        );
        fs::remove_file(report).unwrap();
    }

    #[test]
    fn what_a_test_tells_is_its_own() {
        let (mut found, report) = (Found::default(), report("told"));
        // The pauses let each line be read before the next is told, as one test after the other does.
        let script = "printf 'suite\\tblobs\\tfs\\n' >> \"$CREDENZA_TEST_REPORT\"; echo 'test fs ... ok'; sleep 0.3; \
                      printf 'skipped\\tS3: gone\\n' >> \"$CREDENZA_TEST_REPORT\"; echo 'test r2::bare ... ok'";
        suite(Command::new("sh").args(["-c", script]), "blob", &report, &mut found).unwrap();
        assert_eq!(found.proofs.iter().map(|proof| proof.test.as_str()).collect::<Vec<_>>(), ["fs"]);
        assert_eq!(found.skipped, ["SKIPPED: blob: r2::bare: S3: gone"]);
        let counts: Vec<_> =
            found.rows.iter().map(|row| (row.suite.as_str(), row.passed, row.skipped)).collect();
        assert_eq!(counts, [("fs", 1, 0), ("r2", 0, 1)]);
        fs::remove_file(report).unwrap();
    }

    #[test]
    fn a_run_without_tests_is_a_failure() {
        let report = report("empty");
        let error = suite(&mut Command::new("true"), "memory", &report, &mut Found::default()).unwrap_err();
        assert_eq!(error, "it holds no tests");
        fs::remove_file(report).unwrap();
    }
}
