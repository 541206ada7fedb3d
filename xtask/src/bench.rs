//! `cargo xtask bench`: the benches, each of them one run of one program.

use std::path::PathBuf;

use crate::metadata::Metadata;
use crate::run::{Workspace, answers, succeed};

/// The bench that counts instructions; it needs valgrind, and a runner of the same version as its library.
const COUNTS: &str = "instructions";
const RUNNER: &str = "gungraun-runner";

/// Runs all, or the one that is named.
pub(crate) fn run(workspace: &Workspace, quick: bool, name: Option<&str>) -> Result<(), String> {
    let metadata = Metadata::read(workspace)?;
    let benches = metadata.packages.iter().find(|package| package.name == "benches");
    let known: Vec<&str> = benches.iter().flat_map(|package| package.targets("bench")).collect();
    let chosen = choose(&known, name)?;
    for bench in chosen {
        let mut command = workspace.cargo(["bench", "--package", "benches", "--bench", bench]);
        if bench == COUNTS {
            command.env("GUNGRAUN_RUNNER", runner(workspace)?);
        }
        succeed(command.env("CREDENZA_BENCH", if quick { "quick" } else { "thorough" }))?;
    }
    Ok(())
}

/// The runner, installed beside what is built if it is not there.
fn runner(workspace: &Workspace) -> Result<PathBuf, String> {
    if !answers("valgrind", &["--version"]) {
        return Err(
            "valgrind is missing, the count of instructions needs it (on Debian: apt-get install valgrind)"
                .to_owned(),
        );
    }
    let lock =
        std::fs::read_to_string(workspace.root.join("Cargo.lock")).map_err(|error| error.to_string())?;
    let version = locked(&lock, RUNNER).ok_or_else(|| format!("Cargo.lock has no {RUNNER}"))?;
    let root = workspace.root.join("target").join(format!("{RUNNER}-{version}"));
    let program = root.join("bin").join(RUNNER);
    if !program.exists() {
        let wanted = format!("{RUNNER}@{version}");
        let mut install = workspace.cargo(["install", "--locked", &wanted, "--root"]);
        succeed(install.arg(&root))?;
    }
    Ok(program)
}

/// The version of a package in a lock file.
fn locked<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let (_, rest) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    rest.split_once('"').map(|(version, _)| version)
}

fn choose<'a>(known: &[&'a str], name: Option<&str>) -> Result<Vec<&'a str>, String> {
    let chosen: Vec<&str> = known.iter().copied().filter(|it| name.is_none_or(|name| name == *it)).collect();
    match name {
        _ if known.is_empty() => Err("there are no benches yet".to_owned()),
        Some(name) if chosen.is_empty() => {
            Err(format!("there is no bench `{name}`; there are: {}", known.join(", ")))
        }
        _ => Ok(chosen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_a_package_is_that_of_the_lock_file() {
        let lock =
            "name = \"a-b\"\nversion = \"1.0.0\"\n\nname = \"b\"\nversion = \"2.0.1\"\nsource = \"x\"\n";
        assert_eq!((locked(lock, "b"), locked(lock, "c")), (Some("2.0.1"), None));
    }

    #[test]
    fn one_or_all_or_an_error_that_lists_them() {
        let known = ["memory", "sqlite", "peers"];
        assert_eq!(choose(&known, None), Ok(known.to_vec()));
        assert_eq!(choose(&known, Some("sqlite")), Ok(vec!["sqlite"]));
        let error = choose(&known, Some("redis")).unwrap_err();
        assert_eq!(error, "there is no bench `redis`; there are: memory, sqlite, peers");
        assert!(choose(&[], None).is_err());
    }
}
