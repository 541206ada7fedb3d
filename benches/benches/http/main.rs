//! The server beside a bare handler of axum that answers the same bytes: gets of a value, over 64 connections that stay
//! open, on the same runtime. The client has a thread of its own. Nothing subscribes to the log.

mod client;

use std::net::SocketAddr;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::routing::get;
use axum::serve::ListenerExt;
use benches::{Rounds, Subject, runtime, scratch};
use credenza_core::{Batch, Kv, command::Set};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_server::{Proxy, ServerConfig, ServerStorage, keys, serve};
use credenza_sqlite::{SqliteConfig, SqliteStore};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use client::Client;

/// Keys in the store.
const COUNT: usize = 10_000;
const NAMESPACE: &str = "bench";
const VALUE: [u8; 100] = [b'v'; 100];

fn key(index: usize) -> String {
    format!("key-{index:08}")
}

fn path(index: usize) -> String {
    format!("/api/storage/kv/{NAMESPACE}/{}", key(index))
}

fn filled(runtime: &Runtime, kv: Kv) -> Kv {
    let mut batch = Batch::atomic();
    for index in 0..COUNT {
        batch.push(Set::new(keys::value_key(NAMESPACE, &key(index)), &VALUE[..]));
    }
    runtime.block_on(kv.batch(batch)).expect("a batch succeeds");
    kv
}

fn listen(runtime: &Runtime) -> (TcpListener, SocketAddr) {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

/// Serves a router as `credenza serve` does.
fn start(runtime: &Runtime, router: Router) -> Client {
    let (listener, address) = listen(runtime);
    runtime.spawn(
        async move { serve(listener, router, &ServerConfig::default(), std::future::pending()).await },
    );
    Client::connect(address)
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

fn main() {
    let runtime = runtime();
    let folder = scratch();
    let memory = MemoryStore::open(MemoryConfig::default()).expect("a store opens");
    let sqlite = SqliteStore::open(SqliteConfig::at(folder.path().join("store.db"))).expect("a store opens");
    let router = |kv: Kv| {
        let proxy = Proxy::new(ServerStorage::from(kv), &ServerConfig::default());
        proxy.expect("the store has what it needs").router()
    };
    let memory = router(filled(&runtime, Kv::new(memory)));
    let sqlite = router(filled(&runtime, Kv::new(sqlite)));

    let mut clients = [
        ("credenza-server on SQLite", start(&runtime, sqlite)),
        ("credenza-server in memory", start(&runtime, memory)),
        ("bare axum handler, served by credenza-server", start(&runtime, constant())),
        ("bare axum handler, served by axum", start_bare(&runtime, constant())),
    ];
    let mut subjects: Vec<_> = clients
        .iter_mut()
        .map(|(name, client)| Subject::new(*name, move |count| client.get(count)))
        .collect();
    Rounds::new("HTTP GET of a value of 100 bytes, 64 connections").run(&mut subjects);
}
