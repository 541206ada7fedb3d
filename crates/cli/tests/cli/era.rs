//! The examples of the predecessor's documentation, run as they are printed there.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::process::Server;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/era")
}

/// Whether a program is there. Without it the test is skipped aloud, and fails where nothing may be missing.
fn has(program: &str) -> bool {
    let answer = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if answer.is_ok_and(|status| status.success()) {
        return true;
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{program} is missing");
    // Past the capture of the test runner.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {program} is missing, the printed examples need it");
    false
}

fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {stdout}{stderr}");
    stdout
}

#[test]
fn curl() {
    if !has("curl") {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let port = format!("localhost:{}", server.address.port());
    let script = std::fs::read_to_string(folder().join("kv.sh")).unwrap();
    let mut answers = script.split("\n\n").map(|example| -> Value {
        let example = example.replace("localhost:8787", &port);
        serde_json::from_str(&run(Command::new("sh").args(["-c", &example]))).unwrap()
    });

    assert_eq!(answers.next(), Some(json!({"success": true})));
    assert_eq!(answers.next(), Some(json!({"value": "Hello"})));
    server.connect().put("/api/storage/kv/app1/user:7", "x").unwrap();
    let list = json!({"keys": [{"name": "user:7", "metadata": "x"}], "list_complete": true, "cursor": null});
    assert_eq!(answers.next(), Some(list));
    assert!(server.connect().get("/api/storage/kv/app1").unwrap().1.contains(r#""metadata":{"version": 1}"#));
    assert_eq!(answers.next(), Some(json!({"success": true})));
    assert_eq!(server.connect().get("/api/storage/kv/app1/mykey").unwrap().0, 404);
    assert_eq!(answers.next(), None);
}

#[test]
fn python() {
    if !has("python3") {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    run(Command::new("python3").arg(folder().join("run.py")).env("ERA_STORAGE_URL", server.url()));
    // What it stored is in the data folder, not in the process.
    drop(server);
    let server = Server::start(data.path(), &[]);
    let shared = server.connect().get("/api/storage/kv/shared/api_key").unwrap();
    assert_eq!(shared, (200, r#"{"value":"sk-..."}"#.to_owned()));
}

#[test]
fn javascript() {
    if !has("node") {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    run(Command::new("node").arg(folder().join("run.js")).env("ERA_STORAGE_URL", server.url()));
    let stored = server.connect().get("/api/storage/kv/app1/a&b=c").unwrap();
    assert_eq!(stored, (200, r#"{"value":"v"}"#.to_owned()));
}
