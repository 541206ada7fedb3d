//! A client that asks as fast as it is answered, over connections that stay open.

use std::net::SocketAddr;

use benches::{Keys, TASKS};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

use crate::{COUNT, path};

/// 64 connections to a server, driven by the thread that asks.
pub(crate) struct Client {
    runtime: Runtime,
    connections: Vec<Connection>,
}

struct Connection {
    stream: TcpStream,
    keys: Keys,
    answer: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Client {
        let runtime = Builder::new_current_thread().enable_io().build().expect("a runtime starts");
        let connections = runtime.block_on(async {
            let mut connections = Vec::new();
            for seed in 0..TASKS {
                let stream = TcpStream::connect(address).await.expect("the server listens");
                stream.set_nodelay(true).expect("a socket");
                connections.push(Connection { stream, keys: Keys::new(seed, COUNT), answer: Vec::new() });
            }
            connections
        });
        Client { runtime, connections }
    }

    /// So many gets, spread over the connections.
    pub(crate) fn get(&mut self, count: u64) {
        let each = count.div_ceil(TASKS);
        let tasks: Vec<_> = self
            .connections
            .drain(..)
            .map(|mut connection| {
                self.runtime.spawn(async move {
                    for _ in 0..each {
                        connection.get().await;
                    }
                    connection
                })
            })
            .collect();
        for task in tasks {
            self.connections.push(self.runtime.block_on(task).expect("no task panics"));
        }
    }
}

impl Connection {
    async fn get(&mut self) {
        let path = path(self.keys.next_index());
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        self.stream.write_all(request.as_bytes()).await.expect("the server reads");
        self.answer.clear();
        // The only brace that closes is the last byte of the answer.
        while !self.answer.ends_with(b"}") {
            let read = self.stream.read_buf(&mut self.answer).await.expect("the server answers");
            assert!(read > 0, "the server closed the connection");
        }
        assert!(self.answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&self.answer));
    }
}
