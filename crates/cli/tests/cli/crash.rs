//! What was acknowledged survives `kill -9`.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::process::{Client, Server};

/// Clients that write at the same time.
const CLIENTS: usize = 6;

#[test]
fn what_was_acknowledged_is_there_after_kill_9() {
    let data = tempfile::tempdir().unwrap();
    // The last acknowledged number and the last one sent, of each client's keys.
    let ledger = Mutex::new(vec![vec![(0_usize, 0_usize); 10]; CLIENTS]);
    let mut written = 0;
    for round in 0..3 {
        let mut server = Server::start(data.path(), &[]);
        let address = server.address;
        let acknowledged = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (ledger, acknowledged) = (&ledger, &acknowledged);
                scope.spawn(move || {
                    let mut connection = Client::connect(address).unwrap();
                    for number in 1 + round * 1_000_000.. {
                        let key = number % 10;
                        ledger.lock().unwrap()[client][key].1 = number;
                        let path = format!("/api/storage/kv/crash/{client}/{key}");
                        match connection.put(&path, &number.to_string()) {
                            Ok((200, _)) => {
                                ledger.lock().unwrap()[client][key].0 = number;
                                acknowledged.fetch_add(1, Ordering::Relaxed);
                            }
                            Ok(other) => panic!("{other:?}"),
                            // The server is dead. Whether this write was made is open.
                            Err(_) => break,
                        }
                    }
                });
            }
            while acknowledged.load(Ordering::Relaxed) < 300 {
                std::thread::sleep(Duration::from_millis(5));
            }
            server.child.kill().unwrap();
        });
        server.wait();
        written += acknowledged.load(Ordering::Relaxed);

        let server = Server::start(data.path(), &[]);
        let mut connection = server.connect();
        for (client, keys) in ledger.lock().unwrap().iter_mut().enumerate() {
            for (key, (acknowledged, sent)) in keys.iter_mut().enumerate() {
                let path = format!("/api/storage/kv/crash/{client}/{key}?metadata=true");
                let (status, body) = connection.get(&path).unwrap();
                let body: Value = serde_json::from_str(&body).unwrap();
                assert_eq!(body["value"], body["metadata"], "both or none of them is written");
                let found = match status {
                    404 => 0,
                    _ => body["value"].as_str().unwrap().parse().unwrap(),
                };
                assert!(
                    found == *acknowledged || found == *sent,
                    "client {client}, key {key}: {found} is neither the acknowledged {acknowledged} nor the {sent} in flight"
                );
                // What is found now stays.
                (*acknowledged, *sent) = (found, found);
            }
        }
    }
    assert!(written >= 900, "{written} writes prove little");
}
