//! `credenza kv`.

use std::process::Command;

use serde_json::{Value, json};

use crate::people::{self, command, told};
use crate::process::{Server, credenza};

fn kv(server: &Server, args: &[&str]) -> Command {
    command(server, &[&["kv"], args].concat())
}

fn ok(server: &Server, args: &[&str]) -> String {
    people::ok(server, &[&["kv"], args].concat())
}

fn with_input(server: &Server, args: &[&str], input: &[u8]) -> (i32, String, String) {
    people::with_input(server, &[&["kv"], args].concat(), input)
}

#[test]
fn values_for_people() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &[]);
    assert_eq!(ok(server, &["set", "greeting", "hello"]), "");
    assert_eq!(ok(server, &["get", "greeting"]), "hello", "byte for byte");
    assert_eq!(ok(server, &["set", "empty", ""]), "");
    assert_eq!(ok(server, &["get", "empty"]), "");
    for key in ["a/b", "../x", "..", "a b", "100%", "кот", "a?b#c", "-", "line\nbreak"] {
        let value = format!("the value of {key}");
        ok(server, &["set", "--", key, &value]);
        assert_eq!(ok(server, &["get", "--", key]), value);
    }
    ok(server, &["set", "-n", "other space/é", "greeting", "salut"]);
    assert_eq!(ok(server, &["get", "--namespace", "other space/é", "greeting"]), "salut");
    assert_eq!(ok(server, &["get", "greeting"]), "hello");

    assert_eq!(with_input(server, &["set", "piped", "-"], b"two\nlines\n").0, 0);
    assert_eq!(ok(server, &["get", "piped"]), "two\nlines\n");
    let file = data.path().join("value.txt");
    std::fs::write(&file, "from a file").unwrap();
    ok(server, &["set", "filed", "--file", file.to_str().unwrap()]);
    assert_eq!(ok(server, &["get", "filed"]), "from a file");

    ok(server, &["delete", "greeting", "piped", "never there"]);
    for key in ["greeting", "piped"] {
        let missing = (1, String::new(), "credenza: there is no such key\n".to_owned());
        assert_eq!(told(kv(server, &["get", key]).output().unwrap()), missing);
    }
}

#[test]
fn metadata_and_time_to_live() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &[]);
    ok(server, &["set", "k", "v", "--ttl", "12h", "--metadata", r#"{"version": 1}"#]);
    let all: Value = serde_json::from_str(&ok(server, &["get", "k", "--json"])).unwrap();
    assert_eq!((&all["value"], &all["metadata"]), (&json!("v"), &json!({"version": 1})));
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let left = all["expiration"].as_u64().unwrap() - now;
    assert!((43_000..=43_201).contains(&left), "{left}");
    ok(server, &["set", "plain", "v"]);
    let listed = ok(server, &["list"]);
    let lines: Vec<_> = listed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    assert_eq!(lines[0], ["NAME", "EXPIRES", "METADATA"]);
    assert_eq!((lines[1][0], lines[1][2]), ("k", r#"{"version":"#));
    assert_eq!(lines[2], ["plain", "-", "-"]);
}

#[test]
fn lists_of_any_length() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &["--durability", "normal"]);
    let mut client = server.connect();
    for number in 0..2345 {
        client.put(&format!("/api/storage/kv/default/n{number:04}"), "").unwrap();
    }
    client.put("/api/storage/kv/default/other", "").unwrap();
    let names = |text: &str| -> Vec<String> {
        let entries = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        entries.map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = names(&ok(server, &["list", "--all", "--json"]));
    assert_eq!(all.len(), 2346);
    assert!(all.is_sorted(), "in the order of their bytes");
    assert_eq!(names(&ok(server, &["list", "n", "--all", "--json"])).len(), 2345);
    assert_eq!(names(&ok(server, &["list", "n23", "--json"])).len(), 45);
    assert_eq!(ok(server, &["list", "nothing"]), "");
    for limit in [1, 100, 1000, 1001, 2000] {
        let (code, out, error) =
            told(kv(server, &["list", "--json", "--limit", &limit.to_string()]).output().unwrap());
        assert_eq!((code, names(&out).len()), (0, limit));
        assert!(error.contains("--all"), "{error}");
    }
    assert_eq!(ok(server, &["list", "--all"]).lines().count(), 2347, "one header");
}

#[test]
fn what_goes_wrong_has_its_exit_code() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &[]);
    let fails = |args: &[&str], code: i32, text: &str| {
        let (found, out, error) = told(kv(server, args).output().unwrap());
        assert_eq!((found, &*out), (code, ""), "{args:?}: {error}");
        assert!(error.contains(text), "{args:?}: {error}");
    };
    fails(&["get"], 2, "<KEY>");
    fails(&["get", ""], 2, "the key is empty");
    fails(&["get", "k", "-n", ""], 2, "the namespace is empty");
    fails(&["set", "k"], 2, "<VALUE>");
    fails(&["set", "k", "v", "--file", "x"], 2, "--file");
    fails(&["set", "k", "--file", "/no/such/file"], 2, "/no/such/file");
    fails(&["set", "k", "v", "--ttl", "0"], 2, "at least a second");
    fails(&["set", "k", "v", "--metadata", "{"], 2, "--metadata is not JSON");
    fails(
        &["set", "k", "v", "--metadata", &format!("\"{}\"", "x".repeat(5000))],
        2,
        "`metadata` has 5002 bytes",
    );
    fails(&["get", &"x".repeat(3000)], 2, "the server says 414: Name too long");
    fails(&["list", "--limit", "0"], 2, "--limit");
    fails(&["list", "--limit", "5", "--all"], 2, "--all");
    fails(&["forget", "k"], 2, "forget");
    let binary = with_input(server, &["set", "k", "-"], b"\xff\xfe");
    assert_eq!((binary.0, &*binary.2), (2, "credenza: standard input: is not UTF-8 text\n"));
    fails(&["get", "k"], 1, "no such key");

    let elsewhere = |url: &str| {
        told(credenza().args(["kv", "get", "k", "--timeout", "2s", "--url", url]).output().unwrap())
    };
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(elsewhere(&format!("http://{closed}")).0, 3);
    assert_eq!(elsewhere("https://localhost").0, 2);
    // Somebody who takes the request and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    assert_eq!(elsewhere(&format!("http://{}", silent.local_addr().unwrap())).0, 3);
}

#[test]
fn the_server_is_found_by_the_environment() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &[]);
    ok(server, &["set", "k", "v"]);
    let get =
        |name: &str, url: &str| told(credenza().args(["kv", "get", "k"]).env(name, url).output().unwrap());
    assert_eq!(get("CREDENZA_URL", &server.url()), (0, "v".to_owned(), String::new()));
    assert_eq!(get("ERA_STORAGE_URL", &format!("{}/", server.url())), (0, "v".to_owned(), String::new()));
    let both = credenza()
        .args(["kv", "get", "k"])
        .env("CREDENZA_URL", server.url())
        .env("ERA_STORAGE_URL", "http://127.0.0.1:1")
        .output();
    assert_eq!(told(both.unwrap()).0, 0);
    // A proxy of the environment is none of this server's business.
    let proxied = kv(server, &["get", "k"]).env("http_proxy", "http://127.0.0.1:1").output();
    assert_eq!(told(proxied.unwrap()).0, 0);
}
