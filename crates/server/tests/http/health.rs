//! Liveness and readiness.

use std::time::{Duration, Instant};

use credenza_core::command::Scan;
use credenza_core::{Cursor, Effect, ErrorKind};
use credenza_server::ServerConfig;
use serde_json::json;

use crate::faulty::{Mode, faulty};
use crate::server::block_on;

#[test]
fn readiness_tells_what_is_wrong() {
    let config = ServerConfig { probe_timeout: Duration::from_millis(200), ..ServerConfig::default() };
    let (server, store) = faulty(config);
    let mut client = server.client();
    let mut ready = || client.ask("GET", "/readyz", &[], b"").told();
    let down = |reason: &str| (503, json!({"status": "unavailable", "reason": reason}));
    assert_eq!(ready(), (200, json!({"status": "ok"})));
    for (kind, reason) in [
        (ErrorKind::Unavailable, "unavailable"),
        (ErrorKind::Busy, "busy"),
        (ErrorKind::Full, "full"),
        (ErrorKind::ReadOnly, "read-only"),
        (ErrorKind::Corrupt, "corrupt"),
        (ErrorKind::Internal, "internal"),
    ] {
        store.set(Mode::Fails(kind, Effect::NotApplied));
        assert_eq!(ready(), down(reason));
    }
    store.set(Mode::Forgets);
    assert_eq!(ready(), down("internal"), "a store that forgets is not ready");
    store.set(Mode::NeverAnswers);
    let start = Instant::now();
    assert_eq!(ready(), down("timeout"));
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(server.client().ask("GET", "/healthz", &[], b"").told(), (200, json!({"status": "ok"})));
    store.set(Mode::Sound);
    assert_eq!(ready(), (200, json!({"status": "ok"})));
}

#[test]
fn probes_do_not_disturb_each_other_and_leave_nothing() {
    let (server, _) = faulty(ServerConfig::default());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut client = server.client();
                for _ in 0..50 {
                    assert_eq!(client.ask("GET", "/readyz", &[], b"").status, 200);
                }
            });
        }
    });
    let left = block_on(server.kv.run(Scan::new(Cursor::START).count(1000_u64))).unwrap();
    assert!(left.items.is_empty());
}
