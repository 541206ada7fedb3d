//! The client commands, as people give them.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use crate::process::{Server, credenza};

/// A command for a server.
pub(crate) fn command(server: &Server, args: &[&str]) -> Command {
    let mut command = credenza();
    command.args(args).env("CREDENZA_URL", server.url());
    command
}

/// The exit code, and what was printed and complained about.
pub(crate) fn told(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Runs it and expects success; returns what it printed.
pub(crate) fn ok(server: &Server, args: &[&str]) -> String {
    String::from_utf8(ok_bytes(server, args)).unwrap()
}

/// The same for bytes.
pub(crate) fn ok_bytes(server: &Server, args: &[&str]) -> Vec<u8> {
    let output = command(server, args).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*error), (Some(0), ""), "{args:?}");
    output.stdout
}

/// Runs it and expects this exit code, nothing printed, and a complaint with this text.
pub(crate) fn fails(server: &Server, args: &[&str], code: i32, text: &str) {
    let (found, out, error) = told(command(server, args).output().unwrap());
    assert_eq!((found, &*out), (code, ""), "{args:?}: {error}");
    assert!(error.contains(text), "{args:?}: {error}");
}

/// Runs it with something on standard input.
pub(crate) fn with_input(server: &Server, args: &[&str], input: &[u8]) -> (i32, String, String) {
    let mut child = command(server, args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that is refused does not read all of it.
    let _ = child.stdin.take().unwrap().write_all(input);
    told(child.wait_with_output().unwrap())
}
