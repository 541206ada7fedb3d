//! Bad input: the status, the text, and that nothing was changed.

use serde_json::{Value, json};

use crate::server::Server;

const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn requests_that_make_no_sense() {
    let server = Server::start();
    let mut client = server.client();
    client.put("kv/a/k", json!({"value": "kept", "metadata": "kept"}));
    let before = client.get("kv/a").json();

    let path = json!({"error": "invalid storage path", "format": "/api/storage/{type}/{namespace}/{key}"});
    let invalid = |details: &str| json!({"error": "Invalid request", "details": details});
    let bad_path = |details: &str| {
        let mut body = path.clone();
        body["details"] = details.into();
        body
    };
    let cases: Vec<(&str, &str, &str, u16, Value)> = vec![
        // paths
        ("GET", "/api/storage", "", 400, path.clone()),
        ("GET", "/api/storage/", "", 400, path.clone()),
        ("GET", "/api/storage/kv", "", 400, path.clone()),
        ("PUT", "/api/storage/kv//k", r#"{"value": "x"}"#, 400, path.clone()),
        ("GET", "/api/storage/xx/a/k", "", 400, path.clone()),
        ("GET", "/api/storage/kv/a/%zz", "", 400, bad_path("the key: invalid percent-encoding")),
        ("GET", "/api/storage/kv/a/%ff", "", 400, bad_path("the key: not UTF-8")),
        ("GET", "/api/storage/kv/%f/k", "", 400, bad_path("the namespace: invalid percent-encoding")),
        ("GET", "/api/storage/kv/%C3/k", "", 400, bad_path("the namespace: not UTF-8")),
        ("GET", "/", "", 404, json!({"error": "Not found"})),
        ("GET", "/api", "", 404, json!({"error": "Not found"})),
        ("GET", "/api/storagex/kv/a/k", "", 404, json!({"error": "Not found"})),
        ("GET", "/API/storage/kv/a/k", "", 404, json!({"error": "Not found"})),
        // methods
        ("PUT", "/api/storage/kv/a", r#"{"value": "x"}"#, 400, json!({"error": "Key required"})),
        ("PUT", "/api/storage/kv/a/", r#"{"value": "x"}"#, 400, json!({"error": "Key required"})),
        ("DELETE", "/api/storage/kv/a", "", 400, json!({"error": "Key required"})),
        ("DELETE", "/api/storage/kv/a/", "", 400, json!({"error": "Key required"})),
        ("POST", "/api/storage/kv/a/k", r#"{"value": "x"}"#, 405, json!({"error": "Method not allowed"})),
        ("PATCH", "/api/storage/kv/a/k", "", 405, json!({"error": "Method not allowed"})),
        ("OPTIONS", "/api/storage/kv/a/k", "", 405, json!({"error": "Method not allowed"})),
        ("BREW", "/api/storage/kv/a/k", "", 405, json!({"error": "Method not allowed"})),
        ("POST", "/api/storage/kv/a", "", 405, json!({"error": "Method not allowed"})),
        ("POST", "/healthz", "", 405, json!({"error": "Method not allowed"})),
        // what comes later
        (
            "POST",
            "/api/storage/d1/a/query",
            r#"{"sql": "SELECT 1"}"#,
            503,
            json!({"error": "D1 not configured"}),
        ),
        ("GET", "/api/storage/r2/a/file.txt", "", 503, json!({"error": "R2 not configured"})),
        // query strings
        ("GET", "/api/storage/kv/a?limit=0", "", 400, invalid("`limit` must be a number from 1 to 1000")),
        ("GET", "/api/storage/kv/a?limit=1001", "", 400, invalid("`limit` must be a number from 1 to 1000")),
        ("GET", "/api/storage/kv/a?offset=3", "", 400, invalid("unknown parameter `offset`")),
        ("GET", "/api/storage/kv/a?prefix=%", "", 400, invalid("the query string: invalid percent-encoding")),
        ("GET", "/api/storage/kv/a?cursor=x", "", 400, invalid("`cursor` is not of this list")),
        ("GET", "/api/storage/kv/a/k?x", "", 400, invalid("unknown parameter `x`")),
        ("PUT", "/api/storage/kv/a/k?ttl=1", r#"{"value": "x"}"#, 400, invalid("unknown parameter `ttl`")),
        ("DELETE", "/api/storage/kv/a/k?x=1", "", 400, invalid("unknown parameter `x`")),
        // bodies
        ("PUT", "/api/storage/kv/a/k", "", 400, invalid("malformed JSON at line 1 column 0")),
        ("PUT", "/api/storage/kv/a/k", "{", 400, invalid("malformed JSON at line 1 column 1")),
        ("PUT", "/api/storage/kv/a/k", "value", 400, invalid("malformed JSON at line 1 column 1")),
        ("PUT", "/api/storage/kv/a/k", "{}", 400, invalid("`value` is missing")),
        ("PUT", "/api/storage/kv/a/k", r#"{"value": 1}"#, 400, invalid("`value` must be a string")),
        ("PUT", "/api/storage/kv/a/k", r#"{"value": "x", "ttl": 1}"#, 400, invalid("unknown field `ttl`")),
        ("PUT", "/api/storage/kv/a/k", r#"["value"]"#, 400, invalid("the body must be a JSON object")),
    ];
    for (method, target, body, status, expected) in cases {
        let answer = client.ask(method, target, &[JSON], body.as_bytes());
        assert_eq!(answer.told(), (status, expected), "{method} {target} {body}");
    }
    assert_eq!(client.get("kv/a").json(), before, "nothing was changed");
    assert_eq!(client.get("kv/a/k").json(), json!({"value": "kept"}));
}

#[test]
fn methods_that_would_do_are_named() {
    let server = Server::start();
    let mut client = server.client();
    for (target, allowed) in [
        ("/api/storage/kv/a/k", "GET, HEAD, PUT, DELETE"),
        ("/api/storage/kv/a", "GET, HEAD"),
        ("/healthz", "GET, HEAD"),
        ("/readyz", "GET, HEAD"),
    ] {
        let answer = client.ask("POST", target, &[], b"");
        assert_eq!((answer.status, answer.header("allow")), (405, allowed), "{target}");
    }
}

#[test]
fn a_body_must_be_json_by_name() {
    let server = Server::start();
    let mut client = server.client();
    let body = br#"{"value": "x"}"#;
    for headers in
        [&[][..], &[("content-type", "application/x-www-form-urlencoded")], &[("content-type", "text/plain")]]
    {
        let answer = client.ask("PUT", "/api/storage/kv/a/k", headers, body);
        let expected =
            json!({"error": "Unsupported media type", "details": "the body must be application/json"});
        assert_eq!(answer.told(), (415, expected));
    }
    assert_eq!(client.get("kv/a/k").status, 404);
    let headers = [("content-type", "application/json; charset=utf-8")];
    assert_eq!(client.ask("PUT", "/api/storage/kv/a/k", &headers, body).status, 200);
}

#[test]
fn names_and_hosts() {
    let server = Server::start();
    let mut client = server.client();
    let answer = client.get(&format!("kv/a/{}", "x".repeat(2049)));
    let expected = json!({"error": "Name too long", "details": "the key has 2049 bytes; the limit is 2048"});
    assert_eq!(answer.told(), (414, expected));
    assert_eq!(client.get(&format!("kv/{}/k", "x".repeat(257))).status, 414);
    assert_eq!(client.put(&format!("kv/a/{}", "x".repeat(2048)), json!({"value": ""})).status, 200);
    assert_eq!(client.put(&format!("kv/a/{}", "%D0%BA".repeat(1024)), json!({"value": ""})).status, 200);

    for (host, status) in
        [("localhost:1", 200), ("127.0.0.1", 200), ("host.docker.internal:8787", 200), ("evil.example", 403)]
    {
        let answer = client.ask("GET", "/api/storage/kv/a", &[("host", host)], b"");
        assert_eq!(answer.status, status, "{host}");
    }
    let answer = client.ask("GET", "/healthz", &[("host", "evil.example")], b"");
    assert_eq!((answer.status, answer.json()["error"].as_str()), (403, Some("Host not allowed")));
}

#[test]
fn request_ids() {
    let server = Server::start();
    let mut client = server.client();
    let id = |answer: crate::client::Answer| answer.header("x-request-id").to_owned();
    assert_eq!(id(client.ask("GET", "/healthz", &[("x-request-id", "abc-1")], b"")), "abc-1");
    let fresh = id(client.ask("GET", "/healthz", &[("x-request-id", "a b\"c")], b""));
    assert!(fresh.len() == 16 && fresh.bytes().all(|byte| byte.is_ascii_hexdigit()), "{fresh}");
    assert_ne!(id(client.get("kv/a")), fresh);
    assert_eq!(id(client.get("nonsense")).len(), 16, "failures have one too");
}
