//! Puts of new keys, which the registry follows, with a thousand, a hundred thousand and a million keys in it.

use std::sync::atomic::{AtomicU64, Ordering};

use benches::{Rounds, Subject, is_quick, scratch};
use credenza_core::Kv;
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_sqlite::{SqliteConfig, SqliteStore};
use tokio::runtime::Runtime;

use crate::client::Client;
use crate::{NAMESPACE, proxy, request, start};

/// A put of a key that no other put has.
fn put(_: u64) -> Vec<u8> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    // In no order that a store would like.
    let number = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let body = format!("{{\"value\":\"{:0100}\"}}", number);
    request("PUT", &format!("/api/storage/kv/{NAMESPACE}/{number:016x}"), "application/json", body.as_bytes())
}

pub(crate) fn run(runtime: &Runtime) {
    let sizes: [u64; 3] = if is_quick() { [1_000, 10_000, 50_000] } else { [1_000, 100_000, 1_000_000] };
    for store in ["memory", "SQLite"] {
        let folders = sizes.map(|_| scratch());
        let mut clients: Vec<(String, Client)> = Vec::new();
        for (size, folder) in sizes.iter().zip(&folders) {
            let kv = match store {
                "memory" => Kv::new(MemoryStore::open(MemoryConfig::default()).expect("a store opens")),
                _ => {
                    let file = folder.path().join("store.db");
                    Kv::new(SqliteStore::open(SqliteConfig::at(file)).expect("a store opens"))
                }
            };
            let mut client = start(runtime, proxy(kv));
            client.ask(*size, put);
            clients.push((format!("{size} keys, {store}"), client));
        }
        let mut subjects: Vec<_> = clients
            .iter_mut()
            .map(|(name, client)| Subject::new(name.as_str(), move |count| client.ask(count, put)))
            .collect();
        Rounds::new(format!("HTTP PUT of a new key, 64 connections, {store}")).run(&mut subjects);
    }
}
