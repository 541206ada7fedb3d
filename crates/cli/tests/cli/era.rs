//! The examples of the predecessor's documentation, run as they are printed there.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::http::{exec, get, json as send_json, rows};
use crate::process::Server;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/era")
}

fn text(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
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

/// What the printed lines answer, one after the other.
fn printed<'a>(server: &Server, script: &'a str) -> impl Iterator<Item = Value> + use<'a> {
    let port = format!("localhost:{}", server.address.port());
    script.split("\n\n").map(move |example| {
        let example = example.replace("localhost:8787", &port);
        serde_json::from_str(&run(Command::new("sh").args(["-c", &example]))).unwrap()
    })
}

#[test]
fn curl_kv() {
    if !has("curl") {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let script = text("kv.sh");
    let mut answers = printed(&server, &script);
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
fn curl_d1() {
    if !has("curl") {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let script = text("d1.sh");
    let mut answers = printed(&server, &script);
    let created = answers.next().unwrap();
    assert_eq!((&created["success"], created.get("results")), (&json!(true), None));
    assert!(created["meta"].is_object());
    assert_eq!(exec(&server, "app1", "INSERT INTO users VALUES (123, 'Ada'), (124, 'Bob')"), 2);
    let found = answers.next().unwrap();
    assert_eq!(found["success"], true);
    assert_eq!(found["results"], json!([{"id": 123, "name": "Ada"}]));
    assert!(found["meta"].is_object());
    assert_eq!(answers.next(), None);
}

#[test]
fn curl_r2() {
    if !has("curl") {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let script = text("r2.sh");
    let mut answers = printed(&server, &script);
    assert_eq!(answers.next(), Some(json!({"success": true, "size": 12})));
    let object = json!({
        "content": "SGVsbG8gV29ybGQh", "size": 12, "httpMetadata": {}, "customMetadata": {"type": "text"}
    });
    assert_eq!(answers.next(), Some(object));
    let put = send_json(&server, "PUT", "/api/storage/r2/app1/uploads/a.bin", &json!({"content": "AP8="}));
    assert_eq!((put.status, put.json()), (200, json!({"success": true, "size": 2})));
    let list = answers.next().unwrap();
    assert_eq!(list["objects"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&list["objects"][0]["key"], &list["objects"][0]["size"]),
        (&json!("uploads/a.bin"), &json!(2))
    );
    assert!(list["objects"][0]["uploaded"].as_str().unwrap().ends_with('Z'));
    assert_eq!((&list["truncated"], &list["cursor"]), (&json!(false), &Value::Null));
    assert_eq!(answers.next(), Some(json!({"success": true})));
    let gone = get(&server, "/api/storage/r2/app1/file.txt");
    assert_eq!((gone.status, gone.json()), (404, json!({"error": "Object not found"})));
    assert_eq!(answers.next(), None);
}

/// What the document's lists are about: a key of 45 bytes with metadata and a table in `app1`, and others.
fn fill(server: &Server) {
    let value = "x".repeat(45);
    let body = json!({"value": value, "metadata": {"version": 1}});
    assert_eq!(send_json(server, "PUT", "/api/storage/kv/app1/user:123", &body).status, 200);
    exec(server, "app1", "CREATE TABLE users (id INTEGER, name TEXT)");
    send_json(server, "PUT", "/api/storage/r2/app1/file.txt", &json!({"content": "SGVsbG8gV29ybGQh"}));
    send_json(server, "PUT", "/api/storage/kv/app2/config", &json!({"value": "é"}));
}

#[test]
fn the_lists_of_the_registry() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    fill(&server);
    let script = text("resources.http");
    let lines = script.lines().filter_map(|line| line.strip_prefix("GET "));
    let answers: Vec<_> = lines.map(|target| (target, get(&server, target))).collect();
    let mut answers = answers.iter().map(|(target, answer)| {
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        (*target, answer)
    });
    let mut next = |keys: &[&str]| {
        let (target, answer) = answers.next().unwrap();
        let page = answer.json();
        let found = page["resources"].as_array().unwrap().iter().map(|entry| entry["key"].as_str().unwrap());
        assert_eq!(found.collect::<Vec<_>>(), keys, "{target}: what changed last comes first");
        (answer, page)
    };
    let (_, all) = next(&["config", "file.txt", "users", "user:123"]);
    let counted = ["total", "offset", "limit", "has_more"].map(|field| all[field].clone());
    assert_eq!(counted, [json!(4), json!(0), json!(100), json!(false)]);
    next(&["config", "user:123"]);
    next(&["file.txt", "users", "user:123"]);
    let (answer, page) = next(&["user:123"]);

    // The resource of the document's example, field by field, in its order.
    let entry = &page["resources"][0];
    let (created, updated) = (entry["created_at"].as_str().unwrap(), entry["updated_at"].as_str().unwrap());
    assert_eq!(created, updated);
    let expected = format!(
        r#"{{"type":"kv","namespace":"app1","key":"user:123","created_at":"{created}","updated_at":"{created}","size":45,"metadata":{{"version":1}}}}"#
    );
    assert!(answer.text().contains(&expected), "{}", answer.text());
    let table = &all["resources"][2];
    assert_eq!(table["type"], "d1");
    assert_eq!((table.get("size"), table.get("metadata")), (None, None));

    let (_, page) = next(&[]);
    assert_eq!(page, json!({"resources": [], "total": 4, "offset": 100, "limit": 50, "has_more": false}));
    let (_, stats) = answers.next().unwrap();
    let expected = json!({
        "total": 4,
        "by_type": {"kv": 2, "d1": 1, "r2": 1, "do": 0},
        "by_namespace": {"app1": 3, "app2": 1},
        "total_size": 45 + 12 + 2,
    });
    assert_eq!(stats.json(), expected);
    assert!(answers.next().is_none());
}

#[test]
fn register_and_unregister() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let counter =
        json!({"type": "do", "namespace": "app1", "key": "counter", "size": 7, "metadata": {"v": 1}});
    let first = send_json(&server, "POST", "/api/resources/register", &counter);
    assert_eq!(first.status, 200, "{}", first.text());
    let first = first.json();
    assert_eq!((&first["success"], &first["resource_id"]), (&json!(true), &json!("do:app1:counter")));
    assert_eq!((&first["resource"]["size"], &first["resource"]["metadata"]), (&json!(7), &json!({"v": 1})));
    let again = json!({"type": "do", "namespace": "app1", "key": "counter"});
    let again = send_json(&server, "POST", "/api/resources/register", &again).json();
    assert_eq!(again["resource"]["created_at"], first["resource"]["created_at"]);
    assert_eq!(again["resource"].get("size"), None, "size and metadata are replaced");
    let named = json!({"type": "do", "namespace": "app1", "key": "counter"});
    let gone = send_json(&server, "DELETE", "/api/resources/unregister", &named);
    assert_eq!((gone.status, gone.json()), (200, json!({"success": true, "resource_id": "do:app1:counter"})));
    let gone = send_json(&server, "DELETE", "/api/resources/unregister", &named);
    assert_eq!((gone.status, gone.json()), (404, json!({"success": false, "error": "Resource not found"})));
}

#[test]
fn python() {
    if !has("python3") {
        return;
    }
    let (data, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(data.path(), &[]);
    let out = run(Command::new("python3")
        .arg(folder().join("run.py"))
        .env("ERA_STORAGE_URL", server.url())
        .current_dir(work.path()));
    assert_eq!(out, "Pending tasks: 1\nPending tasks: 2\n");
    // What it stored is in the data folder, not in the process.
    drop(server);
    let server = Server::start(data.path(), &[]);
    let shared = server.connect().get("/api/storage/kv/shared/api_key").unwrap();
    assert_eq!(shared, (200, r#"{"value":"sk-..."}"#.to_owned()));
    assert_eq!(rows(&server, "myapp", "SELECT count(*) AS n FROM tasks"), json!([{"n": 2}]));
    assert_eq!(get(&server, "/api/storage/r2/myapp/avatars/17.jpg?raw=true").body.len(), 512);
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
    assert_eq!(rows(&server, "app1", "SELECT * FROM users"), json!([{"id": 1, "name": "Ada"}]));
}
