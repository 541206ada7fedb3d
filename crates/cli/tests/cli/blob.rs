//! `credenza blob`.

use std::net::TcpListener;
use std::path::Path;

use serde_json::{Value, json};

use crate::http::{delete, get, json as send_json, put_raw};
use crate::people::{command, fails, ok, ok_bytes, told, with_input};
use crate::process::{Server, credenza};

/// Bytes of every kind, so many.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut step = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..length).map(|_| step()).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn files_in_and_out() {
    let (data, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = &Server::start(data.path(), &[]);
    let path = |name: &str| work.path().join(name).to_str().unwrap().to_owned();
    for length in [0, 1, 65_536, 65_537, 3_000_001] {
        let content = noise(length);
        std::fs::write(path("in.bin"), &content).unwrap();
        assert_eq!(ok(server, &["blob", "put", "dir/x", &path("in.bin")]), "");
        assert_eq!(ok(server, &["blob", "get", "dir/x", &path("out.bin")]), "");
        assert!(std::fs::read(path("out.bin")).unwrap() == content, "{length}");
        assert!(ok_bytes(server, &["blob", "get", "dir/x"]) == content, "to standard output: {length}");
    }
    // From standard input, whose length nobody knows.
    let content = noise(1_234_567);
    assert_eq!(with_input(server, &["blob", "put", "piped", "-"], &content).0, 0);
    assert!(ok_bytes(server, &["blob", "get", "piped", "-"]) == content);
    for key in ["a b", "100%", "кот", "a?b#c", "-", "a//b", "/a", "a/", "a..b"] {
        assert_eq!(with_input(server, &["blob", "put", "--", key, "-"], key.as_bytes()).0, 0, "{key}");
        assert_eq!(ok(server, &["blob", "get", "--", key]), key);
    }
    assert_eq!(with_input(server, &["blob", "put", "-n", "other/é", "dir/x", "-"], b"other").0, 0);
    assert_eq!(ok(server, &["blob", "get", "-n", "other/é", "dir/x"]), "other");

    // A file has its name when all is there; until then what was there stays.
    std::fs::write(path("out.bin"), "before").unwrap();
    fails(server, &["blob", "get", "nothing", &path("out.bin")], 1, "there is no such object");
    assert_eq!(std::fs::read(path("out.bin")).unwrap(), b"before");
    fails(server, &["blob", "get", "piped", &path("no/such/folder")], 2, "no/such/folder");
    fails(server, &["blob", "get", "piped", work.path().to_str().unwrap()], 2, "is a directory");
    assert_eq!(names(work.path()), ["in.bin", "out.bin"], "nothing is left over");
    assert_eq!(ok(server, &["blob", "get", "piped", "/dev/null"]), "");

    assert_eq!(ok(server, &["blob", "delete", "dir/x", "never there"]), "");
    fails(server, &["blob", "get", "dir/x"], 1, "there is no such object");
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_rights_are_as_usual() {
    use std::os::unix::fs::PermissionsExt;

    let (data, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = &Server::start(data.path(), &[]);
    assert_eq!(with_input(server, &["blob", "put", "k", "-"], b"new").0, 0);
    let (file, link) = (work.path().join("file"), work.path().join("link"));
    std::fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink("file", &link).unwrap();
    ok(server, &["blob", "get", "k", link.to_str().unwrap()]);
    assert!(link.is_symlink());
    assert_eq!(std::fs::read(&file).unwrap(), b"new");
    let made = work.path().join("made");
    std::fs::write(work.path().join("plain"), "").unwrap();
    ok(server, &["blob", "get", "k", made.to_str().unwrap()]);
    let mode = |name: &str| work.path().join(name).metadata().unwrap().permissions().mode();
    assert_eq!(mode("made"), mode("plain"));
}

#[test]
fn ranges_types_and_metadata() {
    let (data, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = &Server::start(data.path(), &[]);
    let file = work.path().join("note.txt");
    std::fs::write(&file, "0123456789").unwrap();
    let file = file.to_str().unwrap();
    let stored = ok(
        server,
        &[
            "blob",
            "put",
            "note",
            file,
            "-m",
            "Author=Ada, \"Countess\"",
            "-m",
            "кот=да",
            "--cache-control",
            "no-store",
            "--json",
        ],
    );
    let stored: Value = serde_json::from_str(&stored).unwrap();
    assert_eq!(stored, json!({"key": "note", "size": 10, "etag": "781e5e245d69b566979b86e28d23f2c7"}));
    for (range, expected) in [("0-3", "0123"), ("7-", "789"), ("-2", "89"), ("5-500", "56789")] {
        assert_eq!(ok(server, &["blob", "get", "note", "--range", range]), expected);
    }
    fails(server, &["blob", "get", "note", "--range", "10-"], 2, "the server says 416");
    fails(server, &["blob", "get", "note", "--range", "5"], 2, "--range");

    let head: Value = serde_json::from_str(&ok(server, &["blob", "head", "note", "--json"])).unwrap();
    assert_eq!((&head["size"], &head["etag"]), (&json!(10), &stored["etag"]));
    assert_eq!(head["httpMetadata"], json!({"contentType": "text/plain", "cacheControl": "no-store"}));
    assert_eq!(head["customMetadata"], json!({"Author": "Ada, \"Countess\"", "кот": "да"}));
    let lines = ok(server, &["blob", "head", "note"]);
    for line in ["Size         10 B (10 bytes)", "Type         text/plain", "Metadata     кот=да"] {
        assert!(lines.lines().any(|found| found == line), "{lines}");
    }
    fails(server, &["blob", "head", "nothing"], 1, "there is no such object");

    // A given type is not guessed; a JSON file is a file as any other.
    std::fs::write(work.path().join("x.json"), r#"{"content": "no base64"}"#).unwrap();
    ok(server, &["blob", "put", "x", work.path().join("x.json").to_str().unwrap()]);
    assert_eq!(ok(server, &["blob", "get", "x"]), r#"{"content": "no base64"}"#);
    ok(server, &["blob", "put", "x", file, "--content-type", "text/x-note"]);
    let head: Value = serde_json::from_str(&ok(server, &["blob", "head", "x", "--json"])).unwrap();
    assert_eq!(head["httpMetadata"]["contentType"], "text/x-note");
}

#[test]
fn conditions() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &[]);
    let put = |content: &str, more: &[&str]| {
        with_input(server, &[&["blob", "put", "k", "-"], more].concat(), content.as_bytes())
    };
    let refused = |outcome: (i32, String, String)| {
        assert_eq!(outcome.0, 2, "{}", outcome.2);
        assert!(outcome.2.contains("the server says 412"), "{}", outcome.2);
    };
    refused(put("x", &["--if-match", "*"]));
    assert_eq!(put("one", &["--create-only"]).0, 0);
    refused(put("two", &["--create-only"]));
    // A long one is refused before any of it is sent.
    refused(put(&"x".repeat(5 << 20), &["--create-only"]));
    let tag = "f97c5d29941bfb1b2fdab0874906ab82";
    assert_eq!(ok(server, &["blob", "get", "k", "--if-match", tag]), "one");
    assert_eq!(put("two", &["--if-match", &format!("\"{tag}\"")]).0, 0);
    refused(put("three", &["--if-match", tag]));
    fails(server, &["blob", "get", "k", "--if-match", tag], 2, "the server says 412");
    fails(server, &["blob", "delete", "k", "--if-match", tag], 2, "the server says 412");
    assert_eq!(ok(server, &["blob", "get", "k"]), "two");
    ok(server, &["blob", "delete", "k", "--if-match", "b8a9f715dbb64fd5c56e7783c6820a61"]);
    fails(server, &["blob", "get", "k"], 1, "there is no such object");
}

#[test]
fn lists_of_any_length() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &["--durability", "normal"]);
    for number in 0..1100 {
        let put = put_raw(server, &format!("/api/storage/r2/default/n{number:04}"), "x");
        assert_eq!(put.status, 200);
    }
    for key in ["dir/a", "dir/b/c", "dir/b/d", "é"] {
        let path = format!("/api/storage/r2/default/{}", key.replace('é', "%C3%A9"));
        assert_eq!(put_raw(server, &path, [7; 1536]).status, 200);
    }
    let keys = |args: &[&str]| -> Vec<String> {
        let printed = ok(server, &[&["blob", "list", "--json"], args].concat());
        let entries = printed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let name =
            |entry: Value| entry.get("key").or(entry.get("prefix")).unwrap().as_str().unwrap().to_owned();
        entries.map(name).collect()
    };
    let all = keys(&["--all"]);
    assert_eq!((all.len(), &*all[0], &*all[1103]), (1104, "dir/a", "é"));
    assert!(all.is_sorted(), "in the order of their bytes");
    assert_eq!(keys(&["n10", "--all"]).len(), 100);
    assert_eq!(keys(&["--start-after", "n1098"]), ["n1099", "é"]);
    assert_eq!(keys(&["dir/", "--delimiter", "/"]), ["dir/a", "dir/b/"]);
    assert_eq!(keys(&["--delimiter", "/", "--all"]).len(), 1102);
    assert_eq!(keys(&["nothing"]), [""; 0]);
    let printed = ok(server, &["blob", "list", "dir/", "--delimiter", "/"]);
    let rows: Vec<Vec<_>> = printed.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["KEY", "SIZE", "UPLOADED"]);
    assert_eq!(rows[1][..3], ["dir/a", "1.5", "KiB"]);
    assert_eq!(rows[2], ["dir/b/", "-", "-"]);
    let (code, out, error) = told(command(server, &["blob", "list", "--limit", "1001"]).output().unwrap());
    assert_eq!((code, out.lines().count()), (0, 1002));
    assert!(error.contains("--all"), "{error}");
}

#[test]
fn what_goes_wrong_has_its_exit_code() {
    let (data, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = &Server::start(data.path(), &[]);
    let folder = work.path().to_str().unwrap();
    let long = "x".repeat(1025);
    for (args, text) in [
        (&["put", "k"][..], "<FILE>"),
        (&["put", "k", "/no/such/file"], "/no/such/file"),
        (&["put", "k", folder], "is a folder"),
        (&["put", "", "/dev/null"], "the key is empty"),
        (&["put", "k", "/dev/null", "-m", "novalue"], "NAME=VALUE"),
        (&["put", "k", "/dev/null", "--create-only", "--if-match", "x"], "--create-only"),
        (&["put", "../k", "/dev/null"], "the server says 400"),
        (&["put", "a\\b", "/dev/null"], "the server says 400"),
        (&["put", &long, "/dev/null"], "the server says 414"),
        (&["get", "k", "-n", ""], "the namespace is empty"),
        (&["list", "--limit", "0"], "--limit"),
        (&["delete"], "<KEY>"),
    ] {
        fails(server, &[&["blob"], args].concat(), 2, text);
    }
    assert_eq!(get(server, "/api/resources/stats").json()["total"], 0, "nothing was stored");
}

/// A server that answers each connection with one fixed answer.
fn impostor(answer: &'static [u8]) -> String {
    use std::io::{Read, Write};

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).and_then(|_| stream.write_all(answer));
        }
    });
    format!("http://{address}")
}

#[test]
fn what_arrives_is_compared_with_its_tag() {
    let work = tempfile::tempdir().unwrap();
    let file = work.path().join("out");
    let fetch = |answer: &'static [u8]| {
        let mut command = credenza();
        command.args([
            "blob",
            "get",
            "k",
            file.to_str().unwrap(),
            "--timeout",
            "2s",
            "--url",
            &impostor(answer),
        ]);
        let outcome = told(command.output().unwrap());
        assert!(outcome.0 == 0 || names(work.path()).is_empty(), "nothing is left over");
        outcome
    };
    let right = fetch(
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\netag: \"f97c5d29941bfb1b2fdab0874906ab82\"\r\n\r\none",
    );
    assert_eq!(right, (0, String::new(), String::new()));
    assert_eq!(std::fs::read(&file).unwrap(), b"one");
    std::fs::remove_file(&file).unwrap();
    let wrong = fetch(
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\netag: \"f97c5d29941bfb1b2fdab0874906ab82\"\r\n\r\nonf",
    );
    assert!(wrong.0 == 3 && wrong.2.contains("its MD5 is not the entity tag"), "{wrong:?}");
    // Cut off: the connection ends, or nothing comes any more.
    let cut = fetch(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\none");
    assert_eq!(cut.0, 3, "{cut:?}");
    let chunked =
        fetch(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n3\r\none\r\n");
    assert_eq!(chunked.0, 3, "{chunked:?}");
    let nonsense = fetch(b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}");
    assert_eq!(nonsense.0, 2, "{nonsense:?}");
}

/// Under `script`, which is a terminal to the command. Elsewhere nothing is drawn, as all other tests see.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_shows_how_far_a_long_transfer_is() {
    use std::io::{Read, Write};
    use std::process::Command;

    if !Command::new("script").arg("--version").output().is_ok_and(|output| output.status.success()) {
        let _ = writeln!(std::io::stderr(), "SKIPPED: script is missing, which is a terminal to a command");
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let slow = std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let _ = stream.read(&mut [0; 4096]).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4096\r\n\r\n").unwrap();
        for _ in 0..8 {
            std::thread::sleep(std::time::Duration::from_millis(150));
            stream.write_all(&[7; 512]).unwrap();
        }
    });
    let work = tempfile::tempdir().unwrap();
    let file = work.path().join("out");
    let get =
        format!("{} blob get k {} --url http://{address}", env!("CARGO_BIN_EXE_credenza"), file.display());
    let output = Command::new("script").args(["-qec", &get, "/dev/null"]).output().unwrap();
    slow.join().unwrap();
    assert!(output.status.success());
    let screen = String::from_utf8(output.stdout).unwrap();
    let drawn =
        screen.contains("[############            ]  50%  2.0 KiB of 4.0 KiB") && screen.contains("s left");
    assert!(drawn, "{screen:?}");
    assert!(screen.trim_end_matches(' ').ends_with('\r'), "the line is wiped: {screen:?}");
    assert_eq!(std::fs::metadata(&file).unwrap().len(), 4096);
}

#[test]
fn other_clients_see_the_same_objects() {
    let data = tempfile::tempdir().unwrap();
    let server = &Server::start(data.path(), &[]);
    send_json(
        server,
        "PUT",
        "/api/storage/r2/app1/a/b.txt",
        &json!({"content": "SGVsbG8gV29ybGQh", "metadata": {"type": "text"}}),
    );
    assert_eq!(ok(server, &["blob", "get", "-n", "app1", "a/b.txt"]), "Hello World!");
    assert!(ok(server, &["blob", "head", "-n", "app1", "a/b.txt"]).contains("type=text"));
    assert_eq!(with_input(server, &["blob", "put", "-n", "app1", "c.json", "-"], b"[1]").0, 0);
    let object = json!({"content": "WzFd", "size": 3, "httpMetadata": {"contentType": "application/json"}, "customMetadata": {}});
    assert_eq!(get(server, "/api/storage/r2/app1/c.json").json(), object);
    assert_eq!(delete(server, "/api/storage/r2/app1/c.json").status, 200);
    fails(server, &["blob", "get", "-n", "app1", "c.json"], 1, "no such object");
}
