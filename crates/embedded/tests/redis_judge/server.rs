//! A Redis of our own, and a client that speaks its protocol.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;

/// What Redis answers. Unlike `Resp`, it may be an error.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Status(String),
    Error(String),
    Int(i64),
    Bulk(Bytes),
    Nil,
    Array(Vec<Answer>),
}

/// A server on a free port that keeps nothing. It ends with this value.
pub(crate) struct Redis {
    child: Child,
    stream: BufReader<TcpStream>,
    _dir: tempfile::TempDir,
}

impl Redis {
    /// Starts a server; `None` if there is no `redis-server` here.
    pub(crate) fn start() -> Option<Redis> {
        Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().ok()?;
        // Another program may take the port before the server does: then the next one is tried.
        (0..10).find_map(|_| Redis::on_a_free_port()).or_else(|| panic!("redis-server does not start"))
    }

    fn on_a_free_port() -> Option<Redis> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let dir = tempfile::tempdir().unwrap();
        let mut child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--dir", dir.path().to_str().unwrap(), "--enable-debug-command", "no"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..200 {
            if child.try_wait().unwrap().is_some() {
                return None;
            }
            if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
                stream.set_nodelay(true).unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
                return Some(Redis { child, stream: BufReader::new(stream), _dir: dir });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = child.kill();
        let _ = child.wait();
        None
    }

    /// Sends the words of a command and waits for the answer.
    pub(crate) fn ask(&mut self, words: &[Bytes]) -> Answer {
        let mut request = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            request.extend(format!("${}\r\n", word.len()).bytes());
            request.extend_from_slice(word);
            request.extend(b"\r\n");
        }
        self.stream.get_mut().write_all(&request).unwrap();
        self.answer()
    }

    fn answer(&mut self) -> Answer {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        let (kind, rest) = line.trim_end().split_at(1);
        let number = || rest.parse::<i64>().unwrap();
        match (kind, rest) {
            ("+", _) => Answer::Status(rest.to_owned()),
            ("-", _) => Answer::Error(rest.to_owned()),
            (":", _) => Answer::Int(number()),
            ("$" | "*", "-1") => Answer::Nil,
            ("$", _) => {
                let mut bulk = vec![0; number() as usize + 2];
                self.stream.read_exact(&mut bulk).unwrap();
                bulk.truncate(bulk.len() - 2);
                Answer::Bulk(bulk.into())
            }
            ("*", _) => Answer::Array((0..number()).map(|_| self.answer()).collect()),
            _ => panic!("not the Redis protocol: {line}"),
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
