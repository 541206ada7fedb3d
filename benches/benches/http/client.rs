//! A client that asks as fast as it is answered, over connections that stay open.

use std::net::SocketAddr;

use benches::TASKS;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

/// 64 connections to a server, driven by the thread that asks.
pub(crate) struct Client {
    runtime: Runtime,
    connections: Vec<Connection>,
    asked: u64,
}

struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Client {
        let runtime = Builder::new_current_thread().enable_io().build().expect("a runtime starts");
        let connections = runtime.block_on(async {
            let mut connections = Vec::new();
            for _ in 0..TASKS {
                let stream = TcpStream::connect(address).await.expect("the server listens");
                stream.set_nodelay(true).expect("a socket");
                connections.push(Connection { stream, answer: Vec::new() });
            }
            connections
        });
        Client { runtime, connections, asked: 0 }
    }

    /// So many requests, spread over the connections. `request` is told a number that no other request has.
    pub(crate) fn ask(&mut self, count: u64, request: impl Fn(u64) -> Vec<u8> + Clone + 'static) {
        let each = count.div_ceil(TASKS);
        let local = tokio::task::LocalSet::new();
        let mut tasks = Vec::new();
        for mut connection in self.connections.drain(..) {
            let (request, first) = (request.clone(), self.asked);
            self.asked += each;
            tasks.push(local.spawn_local(async move {
                for number in first..first + each {
                    connection.ask(&request(number)).await;
                }
                connection
            }));
        }
        for task in tasks {
            self.connections.push(local.block_on(&self.runtime, task).expect("no task panics"));
        }
    }
}

impl Connection {
    async fn ask(&mut self, request: &[u8]) {
        self.stream.write_all(request).await.expect("the server reads");
        self.answer.clear();
        while !is_whole(&self.answer) {
            let read = self.stream.read_buf(&mut self.answer).await.expect("the server answers");
            assert!(read > 0, "the server closed the connection");
        }
        assert!(self.answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&self.answer));
    }
}

/// Whether all of an answer is there, as its head says.
fn is_whole(answer: &[u8]) -> bool {
    const LENGTH: &[u8] = b"content-length: ";
    let Some(head) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return false };
    let length = answer[..head].windows(LENGTH.len()).position(|bytes| bytes == LENGTH);
    let digits = &answer[length.expect("the answer has a length") + LENGTH.len()..head];
    let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    answer.len() >= head + 4 + length
}
