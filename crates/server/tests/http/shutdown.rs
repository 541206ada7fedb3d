//! The end of a server.

use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use credenza_server::ServerConfig;
use serde_json::json;

use crate::faulty::{Mode, faulty};

#[test]
fn what_is_in_flight_is_answered() {
    let (mut server, store) = faulty(ServerConfig::default());
    let mut idle = server.client();
    assert_eq!(idle.get("kv/a/k").status, 404);
    let mut silent = server.client();
    let mut half_sent = server.client();
    half_sent.send(b"PUT /api/storage/kv/a/half HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 14\r\n\r\n{\"value\"");
    store.set(Mode::Answers { after: Duration::from_millis(500) });
    let mut waiting = server.client();
    let body = json!({"value": "x"}).to_string();
    waiting.request("PUT", "/api/storage/kv/a/k", &[("content-type", "application/json")], body.as_bytes());
    std::thread::sleep(Duration::from_millis(200));
    server.stop();
    std::thread::sleep(Duration::from_millis(100));

    assert!(TcpStream::connect(server.address).is_err(), "nobody new is let in");
    assert_eq!(idle.stream.read(&mut [0]).unwrap(), 0, "who waits for nothing is let go");
    assert_eq!(silent.stream.read(&mut [0]).unwrap(), 0, "and who never asked");
    half_sent.send(b": \"y\"}");
    assert_eq!(half_sent.read(false).unwrap().status, 200);
    assert_eq!(waiting.read(false).unwrap().told(), (200, json!({"success": true})));
    assert_eq!(waiting.stream.read(&mut [0]).unwrap(), 0, "there is no next request");
    assert_eq!(server.join(), 0, "nobody was cut off");
}

#[test]
fn the_end_does_not_wait_for_ever() {
    let config = ServerConfig { shutdown_grace: Duration::from_millis(300), ..ServerConfig::default() };
    let (mut server, store) = faulty(config);
    store.set(Mode::NeverAnswers);
    let mut stuck = server.client();
    stuck.request("GET", "/api/storage/kv/a/k", &[], b"");
    std::thread::sleep(Duration::from_millis(100));
    let start = Instant::now();
    server.stop();
    assert_eq!(server.join(), 1, "the stuck request is cut off");
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(stuck.read(false).is_none());
}
