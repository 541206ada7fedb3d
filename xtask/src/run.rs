//! Where the project is, and how a command is run in it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The project's root folder, its cargo, and the variables every command started from here gets.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    cargo: OsString,
    env: Vec<(&'static str, &'static str)>,
}

impl Workspace {
    /// The workspace this xtask belongs to. `cargo run` says where its manifest stands now; the path known at
    /// compile time is for a binary that is started by hand.
    pub(crate) fn find() -> Self {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        Self {
            root: manifest.parent().unwrap_or(Path::new(".")).to_owned(),
            cargo: std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
            env: Vec::new(),
        }
    }

    /// The same workspace, with a variable set for all that is run in it.
    pub(crate) fn with_env(mut self, name: &'static str, value: &'static str) -> Self {
        self.env.push((name, value));
        self
    }

    /// The same workspace as continuous integration sees it.
    pub(crate) fn in_ci(self) -> Self {
        self.with_env("CI", "true")
    }

    /// Whether a missing tool is a failure rather than a skip.
    pub(crate) fn is_ci(&self) -> bool {
        let inherited = std::env::var("CI").unwrap_or_default();
        self.env.contains(&("CI", "true")) || !matches!(inherited.as_str(), "" | "0" | "false")
    }

    /// A cargo command at the root.
    pub(crate) fn cargo<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(&self.cargo);
        command.args(args).current_dir(&self.root).envs(self.env.iter().copied());
        command
    }
}

/// Runs a command to its end, its output going where ours goes.
pub(crate) fn succeed(command: &mut Command) -> Result<(), String> {
    let line = shown(command);
    eprintln!("$ {line}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{line}` ended with {status}")),
        Err(error) => Err(format!("`{line}` did not start: {error}")),
    }
}

/// Runs a command to its end and gives what it wrote to standard output; its errors go where ours go.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let line = shown(command);
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("`{line}` did not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{line}` ended with {}", output.status));
    }
    String::from_utf8(output.stdout)
        .map_err(|error| format!("`{line}` wrote something else than text: {error}"))
}

/// Whether a command starts and ends well, in silence.
pub(crate) fn answers(program: &str, args: &[&str]) -> bool {
    let status = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// The command as one would type it, without the path of the program.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_and_its_end() {
        let error = succeed(Command::new("/bin/sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(error, "`sh -c exit 3` ended with exit status: 3");
        let error = output(&mut Command::new("/nowhere/tool")).unwrap_err();
        assert!(error.starts_with("`tool` did not start: "), "{error}");
    }

    #[test]
    fn output_is_what_was_written() {
        assert_eq!(output(Command::new("/bin/sh").args(["-c", "echo yes"])), Ok("yes\n".to_owned()));
    }

    #[test]
    fn continuous_integration_is_told_to_every_command() {
        let workspace = Workspace::find().in_ci();
        assert!(workspace.is_ci());
        let cargo = workspace.cargo(["--version"]);
        assert!(cargo.get_envs().any(|(name, value)| name == "CI" && value == Some("true".as_ref())));
    }
}
