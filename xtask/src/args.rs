//! The command line.

use crate::services::Verb;
use crate::test::Extent;

/// What `cargo xtask help` prints.
pub(crate) const USAGE: &str = "\
usage: cargo xtask TASK

  test [--quick|--thorough]       every check, stopping at the first failure; installs what it needs
                                  (--quick: no clippy, no rustdoc; --thorough: random commands, kills, power cuts and
                                  files by the thousand)
  test-backends [--backend NAME] [--thorough]
                                  the conformance suites on each backend and decorator, as a table; all of them write
                                  docs/compat.md (--thorough: a million random commands)
  services VERB                   the servers that tests run against: install, up, env, down
  layering                        who may import whom, and how long a file may be
  bench [--quick] [NAME]          the benches and the comparison with peers, or one of them
  migrate ARGS                    what `credenza migrate ARGS` does: status, plan, apply, verify (--help has more)
  ci                              what continuous integration runs: test with CI=true
  help                            this page";

/// One line of [`USAGE`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Help,
    Test(Extent),
    TestBackends { backend: Option<String>, thorough: bool },
    Services(Verb),
    Layering,
    Bench { quick: bool, name: Option<String> },
    Migrate(Vec<String>),
    Ci,
}

/// Reads the arguments that follow the program's name.
pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Task, String> {
    let mut args = args.into_iter();
    let task = args.next().ok_or("a task is missing")?;
    if task == "migrate" {
        return Ok(Task::Migrate(args.collect()));
    }
    let mut rest = Rest::read(args);
    let task = match task.as_str() {
        "help" | "--help" | "-h" => Task::Help,
        "test" => match (rest.flag("--quick"), rest.flag("--thorough")) {
            (false, false) => Task::Test(Extent::Usual),
            (true, false) => Task::Test(Extent::Quick),
            (false, true) => Task::Test(Extent::Thorough),
            (true, true) => return Err("`--quick` and `--thorough` exclude each other".to_owned()),
        },
        "test-backends" => {
            Task::TestBackends { backend: rest.value("--backend")?, thorough: rest.flag("--thorough") }
        }
        "services" => {
            let verb = rest.word().ok_or("`services` needs a verb: install, up, env or down")?;
            Task::Services(Verb::read(&verb).ok_or_else(|| format!("there is no verb `{verb}`"))?)
        }
        "layering" => Task::Layering,
        "bench" => Task::Bench { quick: rest.flag("--quick"), name: rest.word() },
        "ci" => Task::Ci,
        other => return Err(format!("there is no task `{other}`")),
    };
    match rest.0.first() {
        None => Ok(task),
        Some(extra) => Err(format!("unexpected argument `{extra}`")),
    }
}

/// The arguments nobody has taken yet, `--name=value` already split in two.
struct Rest(Vec<String>);

impl Rest {
    fn read(args: impl Iterator<Item = String>) -> Self {
        let mut split = Vec::new();
        for arg in args {
            match arg.split_once('=') {
                Some((name, value)) if name.starts_with("--") => {
                    split.extend([name.to_owned(), value.to_owned()]);
                }
                _ => split.push(arg),
            }
        }
        Self(split)
    }

    fn flag(&mut self, name: &str) -> bool {
        let found = self.0.iter().position(|arg| arg == name);
        found.map(|at| self.0.remove(at)).is_some()
    }

    fn value(&mut self, name: &str) -> Result<Option<String>, String> {
        let Some(at) = self.0.iter().position(|arg| arg == name) else {
            return Ok(None);
        };
        if self.0.get(at + 1).is_none_or(|value| value.is_empty() || value.starts_with('-')) {
            return Err(format!("`{name}` needs a value"));
        }
        Ok(self.0.drain(at..at + 2).nth(1))
    }

    fn word(&mut self) -> Option<String> {
        let at = self.0.iter().position(|arg| !arg.starts_with('-'))?;
        Some(self.0.remove(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_line(line: &str) -> Result<Task, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn every_task_is_read() {
        let backend = Some("sqlite".to_owned());
        for (line, task) in [
            ("help", Task::Help),
            ("--help", Task::Help),
            ("test", Task::Test(Extent::Usual)),
            ("test --quick", Task::Test(Extent::Quick)),
            ("test --thorough", Task::Test(Extent::Thorough)),
            ("test-backends", Task::TestBackends { backend: None, thorough: false }),
            (
                "test-backends --backend sqlite",
                Task::TestBackends { backend: backend.clone(), thorough: false },
            ),
            ("test-backends --thorough --backend=sqlite", Task::TestBackends { backend, thorough: true }),
            ("services install", Task::Services(Verb::Install)),
            ("services up", Task::Services(Verb::Up)),
            ("services env", Task::Services(Verb::Env)),
            ("services down", Task::Services(Verb::Down)),
            ("layering", Task::Layering),
            ("bench", Task::Bench { quick: false, name: None }),
            ("bench --quick memory", Task::Bench { quick: true, name: Some("memory".to_owned()) }),
            ("bench memory --quick", Task::Bench { quick: true, name: Some("memory".to_owned()) }),
            ("ci", Task::Ci),
            ("migrate", Task::Migrate(Vec::new())),
            ("migrate plan --url=a", Task::Migrate(vec!["plan".to_owned(), "--url=a".to_owned()])),
        ] {
            assert_eq!(parse_line(line), Ok(task), "{line}");
        }
    }

    #[test]
    fn what_it_does_not_know_is_refused_by_name() {
        for (line, message) in [
            ("", "a task is missing"),
            ("tset", "there is no task `tset`"),
            ("test --fast", "unexpected argument `--fast`"),
            ("test --quick --thorough", "`--quick` and `--thorough` exclude each other"),
            ("test --quick --quick", "unexpected argument `--quick`"),
            ("layering --quick", "unexpected argument `--quick`"),
            ("ci now", "unexpected argument `now`"),
            ("bench a b", "unexpected argument `b`"),
            ("test-backends sqlite", "unexpected argument `sqlite`"),
            ("services", "`services` needs a verb: install, up, env or down"),
            ("services start", "there is no verb `start`"),
            ("services up down", "unexpected argument `down`"),
            ("test-backends --backend", "`--backend` needs a value"),
            ("test-backends --backend=", "`--backend` needs a value"),
            ("test-backends --backend --quick", "`--backend` needs a value"),
        ] {
            assert_eq!(parse_line(line), Err(message.to_owned()), "{line}");
        }
    }

    #[test]
    fn the_usage_names_every_task() {
        for task in ["test", "test-backends", "services", "layering", "bench", "migrate", "ci", "help"] {
            assert!(USAGE.lines().any(|line| line.split_whitespace().next() == Some(task)), "{task}");
        }
    }
}
