//! `credenza serve`, as a child process.

use std::path::Path;
use std::process::{Command, Stdio};

/// The server on a port, with its data in a folder.
pub(crate) fn command(data: &Path, port: u16, durability: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_credenza"));
    command.args(["serve", "--log-level", "error", "--durability", durability, "--listen"]);
    command.arg(format!("127.0.0.1:{port}")).arg("--data").arg(data.join("data"));
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}
