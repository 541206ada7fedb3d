//! Start and end.

use std::net::TcpListener;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::blob::noise;
use crate::http::{get, json as send_json, put_raw, registered};
use crate::process::{Client, Server, credenza, put_request};

#[test]
fn it_says_where_it_is() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let expected = format!("credenza is listening on {}, data in {}\n", server.url(), data.path().display());
    assert_eq!(server.ready, expected);
    assert_ne!(server.address.port(), 0);
    assert!(data.path().join("credenza.db").is_file());
    for probe in ["/healthz", "/readyz"] {
        assert_eq!(server.connect().get(probe).unwrap(), (200, r#"{"status":"ok"}"#.to_owned()));
    }
}

#[test]
fn what_is_in_flight_is_answered_and_kept() {
    for signal in ["TERM", "INT"] {
        let data = tempfile::tempdir().unwrap();
        let mut server = Server::start(data.path(), &[]);
        let mut client = server.connect();
        let request = put_request("/api/storage/kv/a/k", "in flight");
        let (first, second) = request.split_at(request.len() - 3);
        client.send(first).unwrap();
        std::thread::sleep(Duration::from_millis(200));
        server.signal(signal);
        std::thread::sleep(Duration::from_millis(200));
        assert!(Client::connect(server.address).is_err(), "nobody new is let in");
        client.send(second).unwrap();
        assert_eq!(client.read().unwrap(), (200, r#"{"success":true}"#.to_owned()));
        assert_eq!(server.wait().code(), Some(0), "{signal}");

        let server = Server::start(data.path(), &[]);
        let kept = server.connect().get("/api/storage/kv/a/k").unwrap();
        assert_eq!(kept, (200, r#"{"value":"in flight"}"#.to_owned()));
    }
}

/// Objects on their way in and out when the server is told to end.
#[test]
fn transfers_in_flight_come_to_their_end() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path(), &[]);
    let content = noise(8 << 20);
    assert_eq!(put_raw(&server, "/api/storage/r2/a/old", &content).status, 200);

    let mut upload = server.connect();
    let head = format!(
        "PUT /api/storage/r2/a/new HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/png\r\ncontent-length: {}\r\n\r\n",
        content.len()
    );
    upload.send(head.as_bytes()).unwrap();
    let (first, second) = content.split_at(content.len() / 2);
    upload.send(first).unwrap();
    let mut download = server.connect();
    download.send(b"GET /api/storage/r2/a/old?raw=true HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    std::thread::sleep(Duration::from_millis(200));
    server.signal("TERM");
    std::thread::sleep(Duration::from_millis(200));
    assert!(Client::connect(server.address).is_err(), "nobody new is let in");
    upload.send(second).unwrap();
    assert_eq!(upload.read().unwrap(), (200, format!(r#"{{"success":true,"size":{}}}"#, content.len())));
    let (status, read) = download.read_bytes().unwrap();
    assert!(status == 200 && read == content, "the download was cut off");
    assert_eq!(server.wait().code(), Some(0));

    let server = Server::start(data.path(), &[]);
    let kept = get(&server, "/api/storage/r2/a/new?raw=true");
    assert!(kept.body == content);
    assert_eq!(registered(&server, ""), ["r2 a new", "r2 a old"]);
}

/// One that does not come to its end in time leaves nothing.
#[test]
fn a_transfer_that_is_cut_off_leaves_nothing() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path(), &["--shutdown-grace", "1s"]);
    assert_eq!(put_raw(&server, "/api/storage/r2/a/k", "before").status, 200);
    let mut upload = server.connect();
    upload
        .send(b"PUT /api/storage/r2/a/k HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/png\r\ncontent-length: 1000000\r\n\r\n")
        .unwrap();
    upload.send(&[7; 500_000]).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
    let server = Server::start(data.path(), &[]);
    assert_eq!(get(&server, "/api/storage/r2/a/k?raw=true").text(), "before");
    assert_eq!(get(&server, "/api/resources/stats").json()["total_size"], 6);
}

#[test]
fn the_end_waits_as_long_as_it_was_told() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path(), &["--shutdown-grace", "1s"]);
    let mut client = server.connect();
    client.send(&put_request("/api/storage/kv/a/k", "never sent whole")[..100]).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let start = Instant::now();
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
    assert!((Duration::from_millis(500)..Duration::from_secs(8)).contains(&start.elapsed()));
}

#[test]
fn only_loopback_without_being_told() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("never created");
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let output = credenza().args(["serve", "--listen", address, "--data"]).arg(&folder).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains("--allow-unauthenticated"), "{error}");
        assert!(!folder.exists(), "it refuses before it touches anything");
    }
    let mut command = credenza();
    command.args([
        "serve",
        "--listen",
        "0.0.0.0:0",
        "--allow-unauthenticated",
        "--log-level",
        "error",
        "--data",
    ]);
    let server = Server::spawn(command.arg(data.path()).stdout(Stdio::piped()));
    let mut client = Client::connect(([127, 0, 0, 1], server.address.port()).into()).unwrap();
    assert_eq!(client.get("/healthz").unwrap().0, 200);
}

#[test]
fn other_hosts_are_allowed_by_name() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--allow-host", "kv.internal", "--allow-host", "other"]);
    let status = |host: &str| {
        let mut client = server.connect();
        client.send(format!("GET /healthz HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes()).unwrap();
        client.read().unwrap().0
    };
    assert_eq!([status("kv.internal:8787"), status("other"), status("evil.example")], [200, 200, 403]);
}

#[test]
fn limits_come_in_two_sizes() {
    let long = format!("/api/storage/kv/a/{}", "k".repeat(513));
    let params = json!({"sql": "SELECT ?101 AS n", "params": vec![1; 101]});
    for (limits, expected) in [(&[][..], [200, 200]), (&["--limits", "cloudflare"], [414, 413])] {
        let data = tempfile::tempdir().unwrap();
        let server = Server::start(data.path(), limits);
        let put = server.connect().put(&long, "x").unwrap().0;
        assert_eq!([put, send_json(&server, "POST", "/api/storage/d1/a/query", &params).status], expected);
    }
}

#[test]
fn what_cannot_start_says_why() {
    let data = tempfile::tempdir().unwrap();
    let fails = |args: &[&str], code: i32, text: &str| {
        let output = credenza().arg("serve").args(args).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {error}");
        assert!(error.contains(text), "{args:?}: {error}");
    };
    let folder = data.path().to_str().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    fails(&["--listen", &taken, "--data", folder], 1, &format!("cannot listen on {taken}"));
    fails(&["--listen", "nonsense", "--data", folder], 2, "cannot listen on nonsense");
    fails(&["--port", "1"], 2, "--port");
    fails(&["--durability", "some"], 2, "durability");
    fails(&["--shutdown-grace", "soon"], 2, "there is no unit");

    let file = data.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    fails(&["--listen", "127.0.0.1:0", "--data", file.to_str().unwrap()], 1, "cannot create");
    std::fs::write(
        data.path().join("credenza.db"),
        "not a database, but long enough to look like one".repeat(99),
    )
    .unwrap();
    fails(&["--listen", "127.0.0.1:0", "--data", folder], 1, "cannot open");
}

#[cfg(unix)]
#[test]
fn the_data_folder_is_in_the_home_and_private() {
    use std::os::unix::fs::PermissionsExt;

    let home = tempfile::tempdir().unwrap();
    let mut command = credenza();
    command.args(["serve", "--listen", "127.0.0.1:0", "--log-level", "error"]).env("HOME", home.path());
    let server = Server::spawn(command.stdout(Stdio::piped()));
    let data = home.path().join(".credenza");
    assert!(server.ready.contains(data.to_str().unwrap()), "{}", server.ready);
    assert_eq!(data.metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn requests_are_logged_without_keys_and_values() {
    let data = tempfile::tempdir().unwrap();
    let mut command = credenza();
    command.args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--data"]).arg(data.path());
    let mut server = Server::spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let mut client = server.connect();
    client.put("/api/storage/kv/secretspace/secretkey", "secretvalue").unwrap();
    client.send(b"GET /api/storage/kv/secretspace?prefix=secret HTTP/1.1\r\nhost: localhost\r\nx-request-id: r-1\r\n\r\n").unwrap();
    client.read().unwrap();
    client.get("/secretpath?secret=1").unwrap();
    server.signal("TERM");
    server.wait();
    let log = std::io::read_to_string(server.child.stderr.take().unwrap()).unwrap();
    assert!(!log.contains("secret"), "{log}");
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let requests: Vec<_> = lines.iter().filter(|line| line["message"] == "request").collect();
    let of = |index: usize| {
        let line = requests[index];
        assert!(
            line["duration_us"].is_u64() && line["timestamp"].is_string() && line["level"] == "INFO",
            "{line}"
        );
        (line["method"].as_str().unwrap(), line["route"].as_str().unwrap(), line["status"].as_u64().unwrap())
    };
    assert_eq!(requests.len(), 3, "{log}");
    assert_eq!(of(0), ("PUT", "/api/storage/kv/{namespace}/{key}", 200));
    assert_eq!(of(1), ("GET", "/api/storage/kv/{namespace}", 200));
    assert_eq!(of(2), ("GET", "-", 404));
    assert_eq!(requests[1]["request_id"], "r-1");
}
