//! What a request may cost, and what becomes of a store that fails.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use credenza_core::{Effect, ErrorKind};
use credenza_server::{ServerConfig, ServerLimits};
use serde_json::json;

use crate::faulty::{Mode, faulty};
use crate::server::Server;

#[test]
fn failures_of_the_store_have_their_status_and_no_details_of_it() {
    use Effect::{MaybeApplied, NotApplied};
    let (server, store) = faulty(ServerConfig::default());
    let mut client = server.client();
    for (kind, effect, status, details) in [
        (ErrorKind::Timeout, NotApplied, 503, "timeout; nothing was changed"),
        (ErrorKind::Timeout, MaybeApplied, 503, "timeout; the change may have been made"),
        (ErrorKind::Unavailable, NotApplied, 503, "unavailable; nothing was changed"),
        (ErrorKind::Unavailable, MaybeApplied, 503, "unavailable; the change may have been made"),
        (ErrorKind::Busy, NotApplied, 503, "busy; nothing was changed"),
        (ErrorKind::Full, NotApplied, 507, "the store is full"),
        (ErrorKind::ReadOnly, NotApplied, 500, "the store is read-only"),
        (ErrorKind::Corrupt, NotApplied, 500, "the store is damaged"),
        (ErrorKind::Unsupported, NotApplied, 501, "the store does not support it"),
        (ErrorKind::Internal, NotApplied, 500, "internal error"),
        (ErrorKind::Internal, MaybeApplied, 500, "internal error; the change may have been made"),
    ] {
        store.set(Mode::Fails(kind, effect));
        let expected = (status, json!({"error": "Storage operation failed", "details": details}));
        let answers = [
            client.put("kv/a/k", json!({"value": "secret"})),
            client.delete("kv/a/k"),
            client.get("kv/a/k"),
            client.get("kv/a/k?metadata=true"),
            client.get("kv/a"),
        ];
        for answer in answers {
            assert_eq!(answer.told(), expected);
            assert_eq!(answer.header("retry-after"), if status == 503 { "1" } else { "" });
        }
    }
    store.set(Mode::Fails(ErrorKind::LimitExceeded, NotApplied));
    assert_eq!(client.put("kv/a/k", json!({"value": "x"})).status, 413);
    let mut client = server.client();
    store.set(Mode::Fails(ErrorKind::WrongType, NotApplied));
    assert_eq!(client.get("kv/a/k").told(), (409, json!({"error": "Not a text value"})));
}

#[test]
fn a_panic_is_one_failed_request() {
    let (server, store) = faulty(ServerConfig::default());
    let mut client = server.client();
    store.set(Mode::Panics);
    let answer = client.get("kv/a/k");
    assert_eq!((answer.status, answer.json()["error"].as_str()), (500, Some("Storage operation failed")));
    assert_eq!(answer.header("x-request-id").len(), 16);
    store.set(Mode::Sound);
    assert_eq!(client.put("kv/a/k", json!({"value": "x"})).status, 200);
}

#[test]
fn nobody_waits_for_a_store_that_does_not_answer() {
    let (server, store) =
        faulty(ServerConfig { request_timeout: Duration::from_millis(200), ..ServerConfig::default() });
    let mut client = server.client();
    store.set(Mode::NeverAnswers);
    let start = Instant::now();
    let failed = |details: &str| (503, json!({"error": "Storage operation failed", "details": details}));
    let answer = client.put("kv/a/k", json!({"value": "x"}));
    assert_eq!(answer.told(), failed("timeout; the change may have been made"));
    assert_eq!(client.get("kv/a/k").told(), failed("timeout; nothing was changed"));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn requests_beyond_the_limit_wait_and_are_refused_in_the_end() {
    let config = ServerConfig {
        request_timeout: Duration::from_millis(400),
        max_requests: 2,
        ..ServerConfig::default()
    };
    let (server, store) = faulty(config);
    store.set(Mode::NeverAnswers);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let ask = || server.client().get("kv/a/k");
        let asked: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        asked.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| answer.status == 503));
    let busy =
        answers.iter().filter(|answer| answer.json()["details"] == "the server is busy; nothing was changed");
    let busy = busy.count();
    // Six, unless one of them came so late that a turn was free again.
    assert!((3..=6).contains(&busy), "{busy}");
    assert_eq!(store.requests(), 8 - busy, "who had no turn never reached the store");
    assert_eq!(server.client().ask("GET", "/healthz", &[], b"").status, 200);
    store.set(Mode::Sound);
    assert_eq!(server.client().get("kv/a/k").status, 404, "turns come back");
}

#[test]
fn bodies_have_a_limit_and_wait_for_room() {
    let config = ServerConfig {
        limits: ServerLimits { body: 64 << 10, value: 1000, ..ServerLimits::relaxed() },
        max_bodies: 64 << 10,
        request_timeout: Duration::from_secs(2),
        ..ServerConfig::default()
    };
    let server = Server::with(config);
    let mut client = server.client();
    let details =
        |answer: &crate::client::Answer| answer.json()["details"].as_str().unwrap_or_default().to_owned();

    let answer = client.put("kv/a/k", json!({"value": "x".repeat(1001)}));
    assert_eq!((answer.status, &*details(&answer)), (413, "`value` has 1001 bytes; the limit is 1000"));
    let mut client = server.client();
    let answer = client.put("kv/a/k", json!({"value": "", "metadata": "x".repeat(4095)}));
    assert_eq!((answer.status, &*details(&answer)), (413, "`metadata` has 4097 bytes; the limit is 4096"));
    // The announced length is enough to be refused.
    let mut client = server.client();
    client.send(b"PUT /api/storage/kv/a/k HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 65537\r\n\r\n");
    let answer = client.read(false).unwrap();
    assert_eq!((answer.status, &*details(&answer)), (413, "the body is limited to 65536 bytes"));
    assert_eq!(client.stream.read(&mut [0]).unwrap(), 0, "and the connection closed");
    // Without one, reading ends at the limit.
    let mut client = server.client();
    client.send(b"PUT /api/storage/kv/a/k HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n");
    let chunk = format!("8000\r\n{}\r\n", " ".repeat(0x8000));
    for _ in 0..3 {
        let _ = client.stream.get_mut().write_all(chunk.as_bytes());
    }
    assert_eq!(client.read(false).unwrap().status, 413);

    // One body fills the room; the next waits until the first is through.
    let mut slow = server.client();
    slow.send(b"PUT /api/storage/kv/a/slow HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 65536\r\n\r\n{");
    std::thread::sleep(Duration::from_millis(100));
    let mut client = server.client();
    let start = Instant::now();
    assert_eq!(client.get("kv/a/k").status, 404, "a request without a body does not wait");
    assert!(start.elapsed() < Duration::from_millis(1500));
    std::thread::scope(|scope| {
        scope.spawn(|| assert_eq!(slow.read(false).unwrap().status, 408, "the slow one is given up"));
        let answer = client.put("kv/a/k", json!({"value": "x"}));
        assert!(matches!(answer.status, 200 | 503), "{answer:?}");
    });
    assert_eq!(server.client().put("kv/a/k", json!({"value": "x"})).status, 200, "there is room again");
}

#[test]
fn a_body_that_is_cut_off_changes_nothing() {
    let server = Server::start();
    let mut client = server.client();
    client.send(b"PUT /api/storage/kv/a/k HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{\"value\": \"x\"}");
    drop(client);
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(server.client().get("kv/a/k").status, 404);
}

#[test]
fn slow_heads_and_idle_connections_end() {
    let server =
        Server::with(ServerConfig { header_timeout: Duration::from_millis(300), ..ServerConfig::default() });
    for start in [&b"GET /healthz HT"[..], b""] {
        let mut client = server.client();
        client.send(start);
        let begin = Instant::now();
        let mut rest = Vec::new();
        client.stream.read_to_end(&mut rest).unwrap();
        assert!(begin.elapsed() < Duration::from_secs(10), "{start:?}");
    }
    // Also after an answer.
    let mut client = server.client();
    assert_eq!(client.ask("GET", "/healthz", &[], b"").status, 200);
    assert_eq!(client.stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn heads_that_are_too_large_or_broken_are_refused() {
    let server = Server::start();
    for (head, statuses) in [
        (
            format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "y".repeat(300 << 10)),
            [431, 400],
        ),
        (format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "y".repeat(300 << 10)), [431, 414]),
        ("nonsense\r\n\r\n".to_owned(), [400, 400]),
    ] {
        let mut client = server.client();
        let _ = client.stream.get_mut().write_all(head.as_bytes());
        let answer = client.read(false).map(|answer| answer.status);
        // The server may close before the client has sent all of it.
        assert!(answer.is_none_or(|status| statuses.contains(&status)), "{answer:?}");
    }
    assert_eq!(server.client().ask("GET", "/healthz", &[], b"").status, 200);
}

#[test]
fn a_client_that_reads_nothing_loses_its_connection_and_its_slot() {
    let config = ServerConfig {
        stall_timeout: Duration::from_millis(300),
        max_connections: 1,
        ..ServerConfig::default()
    };
    let server = Server::with(config);
    {
        let mut client = server.client();
        client.put("kv/a/k", json!({"value": "x".repeat(10 << 20)}));
        // Far more than the buffers of the system take.
        for _ in 0..4 {
            client.request("GET", "/api/storage/kv/a/k", &[], b"");
        }
        // The only slot is taken until the server gives this client up.
        let start = Instant::now();
        assert_eq!(server.client().ask("GET", "/healthz", &[], b"").status, 200);
        assert!(start.elapsed() >= Duration::from_millis(200), "{:?}", start.elapsed());
        drop(client);
    }
    assert_eq!(server.client().ask("GET", "/healthz", &[], b"").status, 200);
}
