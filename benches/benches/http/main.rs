//! The server over 64 connections that stay open; the client has a thread of its own, and nothing subscribes to the log.
//!
//! - Gets of a value beside a bare handler of axum that answers the same bytes.
//! - Puts of a value, each of which the registry follows, with few and with many keys in it.
//! - Objects and rows beside the same work called in process, by as many tasks on the same runtime.

mod client;
mod grown;
mod stores;
mod values;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use benches::runtime;
use credenza_server::{Proxy, ServerConfig, ServerStorage, serve};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use client::Client;

const NAMESPACE: &str = "bench";

fn listen(runtime: &Runtime) -> (TcpListener, SocketAddr) {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

/// Serves a router as `credenza serve` does.
fn start(runtime: &Runtime, router: Router) -> Client {
    let (listener, address) = listen(runtime);
    // Connections wait for their turn while others are measured.
    let config = ServerConfig { header_timeout: Duration::from_secs(3600), ..ServerConfig::default() };
    runtime.spawn(async move { serve(listener, router, &config, std::future::pending()).await });
    Client::connect(address)
}

/// The proxy on stores.
fn proxy(storage: impl Into<ServerStorage>) -> Router {
    let proxy = Proxy::new(storage.into(), &ServerConfig::default());
    proxy.expect("the store has what it needs").router()
}

/// A request with a body.
fn request(method: &str, path: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn main() {
    let runtime = runtime();
    values::run(&runtime);
    stores::run(&runtime);
    grown::run(&runtime);
}
