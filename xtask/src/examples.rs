//! Runs every example: the programs under `examples/` and the example targets of the crates.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use serde::Deserialize;

use crate::run::{self, Workspace};

/// An example shows something and ends.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// What `cargo build --message-format json` says of a program it built; other messages lack some of it.
#[derive(Debug, Deserialize)]
struct Artifact {
    manifest_path: PathBuf,
    target: Target,
    executable: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// Builds all of them at once, then runs each in an empty folder of its own.
pub(crate) fn run(workspace: &Workspace) -> Result<(), String> {
    let build = ["build", "--workspace", "--all-features", "--bins", "--examples"];
    let messages = run::output(workspace.cargo(build).arg("--message-format=json-render-diagnostics"))?;
    let examples = programs(&messages, &workspace.root);
    for (name, program) in &examples {
        eprintln!("-- {name}");
        let folder = std::env::temp_dir().join(format!("credenza-example-{}-{name}", std::process::id()));
        fs::create_dir(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        let result = run_for(Command::new(program).current_dir(&folder).stdin(Stdio::null()), TIME_LIMIT);
        let cleaned = fs::remove_dir_all(&folder);
        result.map_err(|error| format!("example `{name}` {error}"))?;
        cleaned.map_err(|error| format!("cannot remove {}: {error}", folder.display()))?;
    }
    eprintln!("{} examples ran", examples.len());
    Ok(())
}

/// The examples among the programs that cargo says it built.
fn programs(messages: &str, root: &Path) -> Vec<(String, PathBuf)> {
    let artifacts = messages.lines().filter_map(|line| serde_json::from_str::<Artifact>(line).ok());
    let shows = |artifact: &Artifact| {
        let is = |kind: &str| artifact.target.kind.iter().any(|it| it == kind);
        is("example") || is("bin") && artifact.manifest_path.starts_with(root.join("examples"))
    };
    artifacts.filter(shows).filter_map(|it| Some((it.target.name, it.executable?))).collect()
}

/// Runs a program to its end, or ends it when its time is up.
fn run_for(command: &mut Command, limit: Duration) -> Result<(), String> {
    let mut child = command.spawn().map_err(|error| format!("did not start: {error}"))?;
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("ended with {status}")),
            Ok(None) if start.elapsed() < limit => thread::sleep(Duration::from_millis(10)),
            unfinished => {
                // It may have ended by itself just now: either way it is gone after this.
                let _ = child.kill();
                let _ = child.wait();
                return Err(match unfinished {
                    Err(error) => format!("could not be waited for: {error}"),
                    Ok(_) => format!("did not end within {} s", limit.as_secs_f64()),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_told_from_other_programs() {
        let message = |manifest: &str, kind: &str, name: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","manifest_path":"/p/{manifest}/Cargo.toml",
                "target":{{"name":"{name}","kind":["{kind}"]}},"executable":"/t/{name}"}}"#
            )
            .replace('\n', " ")
        };
        let messages = [
            message("crates/cli", "bin", "credenza"),
            message("crates/testkit", "example", "own_store"),
            message("examples/tour", "bin", "tour"),
            r#"{"reason":"build-finished","success":true}"#.to_owned(),
        ];
        let found = programs(&messages.join("\n"), Path::new("/p"));
        let names: Vec<_> = found.iter().map(|(name, program)| (name.as_str(), program.as_path())).collect();
        assert_eq!(names, [("own_store", Path::new("/t/own_store")), ("tour", Path::new("/t/tour"))]);
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let start = Instant::now();
        let result = run_for(Command::new("sleep").arg("60"), Duration::from_millis(50));
        assert_eq!(result, Err("did not end within 0.05 s".to_owned()));
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn the_end_of_a_program_is_its_result() {
        assert_eq!(run_for(&mut Command::new("true"), TIME_LIMIT), Ok(()));
        assert_eq!(
            run_for(&mut Command::new("false"), TIME_LIMIT),
            Err("ended with exit status: 1".to_owned())
        );
    }
}
