//! What goes wrong is told without a word about the machine or other namespaces.

use serde_json::json;

use crate::http::{Answer, exec, get, json as send_json, put_raw, send, statement};
use crate::process::Server;

const JSON: (&str, &str) = ("content-type", "application/json");

/// Requests that are wrong in one way each: method, path, header, body.
const WRONG: &[(&str, &str, (&str, &str), &str)] = &[
    ("GET", "/api/storage/r2/a/..%2f..%2fetc%2fpasswd", JSON, ""),
    ("GET", "/api/storage/r2/a/../../credenza.db", JSON, ""),
    ("PUT", "/api/storage/r2/a/x%5Cy", ("content-type", "text/plain"), "x"),
    ("PUT", "/api/storage/r2/a/%00", ("content-type", "text/plain"), "x"),
    ("PUT", "/api/storage/r2/a/k", JSON, "{\"content\": \"no base64!\"}"),
    ("PUT", "/api/storage/r2/a/k", JSON, "{"),
    ("PUT", "/api/storage/r2/a/k", ("content-md5", "AAAAAAAAAAAAAAAAAAAAAA=="), "x"),
    ("GET", "/api/storage/r2/a/there", ("range", "bytes=100-"), ""),
    ("GET", "/api/storage/r2/a?cursor=nonsense", JSON, ""),
    ("GET", "/api/storage/kv/a?cursor=nonsense", JSON, ""),
    ("GET", "/api/storage/kv/a?limit=-1", JSON, ""),
    ("GET", "/api/resources/list?offset=-1", JSON, ""),
    ("GET", "/api/resources/list?type=s3", JSON, ""),
    ("GET", "/api/resources/nothing", JSON, ""),
    ("POST", "/api/resources/register", JSON, "{\"type\": \"kv\"}"),
    ("POST", "/api/storage/d1/a/drop", JSON, "{\"sql\": \"SELECT 1\"}"),
    ("POST", "/api/storage/d1/a/query", JSON, "{\"sql\": 1}"),
    ("POST", "/api/storage/d1/a/query", JSON, "[]"),
];

/// Statements that try to leave their namespace, or to learn where it lies.
const STATEMENTS: &[&str] = &[
    "ATTACH DATABASE 'credenza.db' AS other",
    "ATTACH 'file:/etc/passwd?mode=ro' AS other",
    "VACUUM INTO '/tmp/credenza-copy.db'",
    "PRAGMA database_list",
    "PRAGMA temp_store_directory = '/tmp'",
    "PRAGMA writable_schema = ON",
    "SELECT * FROM pragma_database_list",
    "SELECT file FROM pragma_database_list()",
    "SELECT load_extension('/tmp/x.so')",
    "SELECT readfile('/etc/passwd')",
    "SELECT * FROM other.secrets",
    "SELECT * FROM secrets",
    "SELECT * FROM main.secrets",
    "SELECT * FROM \"hidden\".\"secrets\"",
    "SELECT * FROM nothing",
    "SELEC",
    "",
    "SELECT 1; SELECT 2",
    "CREATE VIRTUAL TABLE x USING csv(filename='/etc/passwd')",
    "CREATE TABLE credenza_x (a)",
    "INSERT INTO there VALUES (1, 2, 3)",
    "BEGIN",
    "SELECT fts3_tokenizer('simple', x'0000000000000000')",
];

#[test]
fn no_error_names_a_file_or_another_namespace() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &[]);
    exec(server, "hidden", "CREATE TABLE secrets (hush TEXT)");
    exec(server, "hidden", "INSERT INTO secrets VALUES ('hushhush')");
    exec(server, "a", "CREATE TABLE there (x)");
    assert_eq!(put_raw(server, "/api/storage/r2/a/there", "x").status, 200);
    let folder = data.path().to_str().unwrap();
    let clean = |what: &str, answer: &Answer, given: &str| {
        let text = answer.text();
        assert!((400..500).contains(&answer.status), "{what}: {} {text}", answer.status);
        for word in [folder, "/tmp", "/root", "/home", ".db", "sqlite:", "hushhush", "No such file", ".rs:"] {
            assert!(given.contains(word) || !text.contains(word), "{what}: {text}");
        }
        assert!(answer.headers.get("content-type").is_none_or(|kind| kind == "application/json"), "{what}");
    };
    for (method, path, header, body) in WRONG {
        let answer = send(server, method, path, &[*header], body);
        clean(&format!("{method} {path} {body}"), &answer, path);
    }
    for operation in ["query", "exec"] {
        for sql in STATEMENTS {
            // What the client wrote itself may come back to it.
            clean(sql, &statement(server, "a", operation, sql), sql);
        }
    }
    let answer =
        send_json(server, "POST", "/api/storage/d1/a/query", &json!({"sql": "SELECT ?", "params": [{}]}));
    clean("params", &answer, "");

    // Nothing of it changed anything.
    let left: Vec<_> =
        std::fs::read_dir(data.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("copy")), "{left:?}");
    let stats = get(server, "/api/resources/stats").json();
    assert_eq!(stats["by_type"], json!({"kv": 0, "d1": 2, "r2": 1, "do": 0}));
}

/// Damage below the server is told without saying where.
#[cfg(unix)]
#[test]
fn damage_is_told_without_saying_where() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &[]);
    exec(server, "a", "CREATE TABLE t (x)");
    let content = crate::blob::noise(300_000);
    assert_eq!(put_raw(server, "/api/storage/r2/a/k", &content).status, 200);
    // Every content file loses its end.
    let (mut folders, mut cut) = (vec![data.path().to_owned()], 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
            let (path, there) = (entry.path(), entry.metadata().unwrap());
            if there.is_dir() {
                folders.push(path);
            } else if there.len() >= 300_000 && std::fs::read(&path).unwrap().starts_with(&content[..64]) {
                std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(1000).unwrap();
                cut += 1;
            }
        }
    }
    assert_eq!(cut, 1, "the content was not found as a file");
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let answer = agent.get(format!("{}/api/storage/r2/a/k", server.url())).call();
    // Either a failure with a status, or an answer that is cut off: never a whole one.
    match answer.map(|mut answer| (answer.status().as_u16(), answer.body_mut().read_to_string())) {
        Ok((200, Ok(text))) => panic!("{} bytes of a damaged object", text.len()),
        Ok((200, Err(_))) | Err(_) => {}
        Ok((status, text)) => {
            let text = text.unwrap();
            assert!(status >= 500 && !text.contains(data.path().to_str().unwrap()), "{status} {text}");
        }
    }
}
