//! `cargo xtask test`: every check, one after the other, stopping at the first that fails.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::run::{self, Workspace, succeed};
use crate::{examples, layering, services, tools};

/// How much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Without the steps that only read the code.
    Quick,
    /// Every step.
    Usual,
    /// Every step, and what the tests repeat they repeat thousands of times.
    Thorough,
}

/// One check. What it gives back on success is said again at the end: tests that had to be skipped.
struct Step {
    name: &'static str,
    /// Whether `--quick` runs it too.
    quick: bool,
    run: fn(&Workspace) -> Result<Vec<String>, String>,
}

/// Every step that builds asks for the same packages and features, so each builds on the one before.
const STEPS: &[Step] = &[
    Step { name: "tools", quick: true, run: tools::ensure },
    Step { name: "services", quick: true, run: services::ensure },
    Step { name: "format", quick: true, run: |w| plain(w, &["fmt", "--all", "--check"]) },
    Step { name: "layering", quick: true, run: |w| layering::run(w).map(|()| Vec::new()) },
    Step { name: "clippy", quick: false, run: clippy },
    Step { name: "tests", quick: true, run: tests },
    Step {
        name: "doctests",
        quick: true,
        run: |w| plain(w, &["test", "--workspace", "--all-features", "--doc"]),
    },
    Step { name: "examples", quick: true, run: |w| examples::run(w).map(|()| Vec::new()) },
    Step { name: "docs", quick: false, run: docs },
];

/// Runs the steps and prints, as the last line, how many passed and failed.
pub(crate) fn run(workspace: Workspace, extent: Extent) -> ExitCode {
    // The tests read this for the number of random commands and the like.
    let amount = if extent == Extent::Thorough { "thorough" } else { "quick" };
    let workspace = workspace.with_env("CREDENZA_TEST", amount);
    let steps = STEPS.iter().filter(|step| step.quick || extent != Extent::Quick);
    let outcome = run_steps(steps.map(|step| (step.name, || (step.run)(&workspace))));
    for note in &outcome.notes {
        eprintln!("{note}");
    }
    if let Some((name, error)) = &outcome.failure {
        eprintln!("FAILED: {name}: {error}");
    }
    println!("{} passed, {} failed", outcome.passed, usize::from(outcome.failure.is_some()));
    if outcome.failure.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

#[derive(Debug, Default)]
struct Outcome {
    passed: usize,
    failure: Option<(&'static str, String)>,
    notes: Vec<String>,
}

fn run_steps<F>(steps: impl Iterator<Item = (&'static str, F)>) -> Outcome
where
    F: FnOnce() -> Result<Vec<String>, String>,
{
    let mut outcome = Outcome::default();
    for (name, step) in steps {
        eprintln!("\n== {name}");
        let start = Instant::now();
        match step() {
            Ok(notes) => {
                outcome.passed += 1;
                outcome.notes.extend(notes);
                eprintln!("== {name}: passed in {}", seconds(start.elapsed()));
            }
            Err(error) => {
                eprintln!("== {name}: failed after {}", seconds(start.elapsed()));
                outcome.failure = Some((name, error));
                break;
            }
        }
    }
    outcome
}

fn plain(workspace: &Workspace, args: &[&str]) -> Result<Vec<String>, String> {
    succeed(&mut workspace.cargo(args.iter().copied())).map(|()| Vec::new())
}

fn clippy(workspace: &Workspace) -> Result<Vec<String>, String> {
    plain(workspace, &["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"])
}

/// More than there are processors: many tests wait for a server, a disk or a process that they killed.
const WAITING: usize = 1;

/// nextest gives every test a process and a time limit (`.config/nextest.toml`); cargo's own runner does as well
/// where it is not installed.
fn tests(workspace: &Workspace) -> Result<Vec<String>, String> {
    if run::answers("cargo", &["nextest", "--version"]) {
        let threads = std::thread::available_parallelism().map_or(1, usize::from) + WAITING;
        let threads = format!("--test-threads={threads}");
        let args = ["nextest", "run", "--workspace", "--all-features", "--no-fail-fast", &threads];
        return plain(workspace, &args);
    }
    let targets = ["--lib", "--bins", "--tests", "--examples"];
    let args = ["test", "--workspace", "--all-features", "--no-fail-fast"];
    plain(workspace, &[args.as_slice(), targets.as_slice()].concat())
}

/// Libraries only: the binary `credenza` would overwrite the pages of the library of that name.
fn docs(workspace: &Workspace) -> Result<Vec<String>, String> {
    let mut doc = workspace.cargo(["doc", "--workspace", "--all-features", "--no-deps", "--lib"]);
    succeed(doc.env("RUSTDOCFLAGS", "-D warnings")).map(|()| Vec::new())
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod unit {
    use super::*;

    type Made = (&'static str, Box<dyn FnOnce() -> Result<Vec<String>, String>>);

    #[test]
    fn the_first_failure_is_named_and_ends_the_run() {
        let steps: Vec<Made> = vec![
            ("first", Box::new(|| Ok(vec!["SKIPPED: a part".to_owned()]))),
            ("second", Box::new(|| Err("broken".to_owned()))),
            ("third", Box::new(|| panic!("it must not start"))),
        ];
        let outcome = run_steps(steps.into_iter());
        assert_eq!(outcome.passed, 1);
        assert_eq!(outcome.failure, Some(("second", "broken".to_owned())));
        assert_eq!(outcome.notes, ["SKIPPED: a part"]);
    }

    #[test]
    fn without_a_failure_every_step_counts() {
        let steps: Vec<Made> =
            vec![("first", Box::new(|| Ok(Vec::new()))), ("second", Box::new(|| Ok(Vec::new())))];
        let outcome = run_steps(steps.into_iter());
        assert_eq!((outcome.passed, outcome.failure), (2, None));
    }

    #[test]
    fn quick_leaves_out_clippy_and_docs_alone() {
        let left_out: Vec<_> = STEPS.iter().filter(|step| !step.quick).map(|step| step.name).collect();
        assert_eq!(left_out, ["clippy", "docs"]);
    }
}
