//! Gets of a value.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::routing::get;
use axum::serve::ListenerExt;
use benches::{Keys, Rounds, Subject, scratch};
use credenza_core::{Batch, Kv, command::Set};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_server::keys;
use credenza_sqlite::{SqliteConfig, SqliteStore};
use tokio::runtime::Runtime;

use crate::client::Client;
use crate::{NAMESPACE, listen, proxy, start};

/// Keys in the store.
const COUNT: usize = 10_000;
const VALUE: [u8; 100] = [b'v'; 100];

fn key(index: usize) -> String {
    format!("key-{index:08}")
}

fn filled(runtime: &Runtime, kv: Kv) -> Kv {
    let mut batch = Batch::atomic();
    for index in 0..COUNT {
        batch.push(Set::new(keys::value_key(NAMESPACE, &key(index)), &VALUE[..]));
    }
    runtime.block_on(kv.batch(batch)).expect("a batch succeeds");
    kv
}

/// Serves a router as axum does by itself.
fn start_bare(runtime: &Runtime, router: Router) -> Client {
    let (listener, address) = listen(runtime);
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    runtime.spawn(async move { axum::serve(listener, router).await });
    Client::connect(address)
}

/// One handler that always gives the same answer: that of the server, without anything behind it.
fn constant() -> Router {
    let body = format!("{{\"value\":\"{}\"}}", String::from_utf8_lossy(&VALUE));
    let answer = move || {
        let body = body.clone();
        let headers = [(CONTENT_TYPE, "application/json"), (ETAG, "\"1\""), (CACHE_CONTROL, "no-cache")];
        async move { (headers, [("x-request-id", "0123456789abcdef")], body) }
    };
    Router::new().route("/api/storage/kv/{namespace}/{key}", get(answer))
}

pub(crate) fn run(runtime: &Runtime) {
    let folder = scratch();
    let memory = MemoryStore::open(MemoryConfig::default()).expect("a store opens");
    let sqlite = SqliteStore::open(SqliteConfig::at(folder.path().join("store.db"))).expect("a store opens");
    let memory = proxy(filled(runtime, Kv::new(memory)));
    let sqlite = proxy(filled(runtime, Kv::new(sqlite)));

    let mut clients = [
        ("credenza-server on SQLite", start(runtime, sqlite)),
        ("credenza-server in memory", start(runtime, memory)),
        ("bare axum handler, served by credenza-server", start(runtime, constant())),
        ("bare axum handler, served by axum", start_bare(runtime, constant())),
    ];
    let get = |number| {
        let key = key(Keys::new(number, COUNT).next_index());
        format!("GET /api/storage/kv/{NAMESPACE}/{key} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes()
    };
    let mut subjects: Vec<_> = clients
        .iter_mut()
        .map(|(name, client)| Subject::new(*name, move |count| client.ask(count, get)))
        .collect();
    Rounds::new("HTTP GET of a value of 100 bytes, 64 connections").run(&mut subjects);
}
