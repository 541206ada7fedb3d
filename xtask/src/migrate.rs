//! `cargo xtask migrate`: the command line's own, built first.

use std::process::ExitCode;

use crate::run::Workspace;

/// Runs `credenza migrate` where xtask was started, so that paths mean what they say; its exit code is ours.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> ExitCode {
    let manifest = workspace.root.join("Cargo.toml");
    let mut command = workspace.cargo(["run", "--quiet", "--package", "credenza-cli", "--manifest-path"]);
    command.arg(manifest).args(["--", "migrate"]).args(args);
    match std::env::current_dir() {
        Ok(here) => command.current_dir(here),
        Err(error) => return failed(&format!("there is no current folder: {error}")),
    };
    match command.status() {
        Ok(status) => ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(3)),
        Err(error) => failed(&format!("cargo did not start: {error}")),
    }
}

fn failed(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::from(3)
}
