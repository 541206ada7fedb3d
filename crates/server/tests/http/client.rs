//! An HTTP client that sends exactly what it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A header's value, or "".
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = found.next().map_or("", |(_, value)| value);
        assert!(found.next().is_none(), "{name} is given twice");
        value
    }

    /// The body as JSON; it must say that it is.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The status and the JSON.
    pub(crate) fn told(&self) -> (u16, Value) {
        (self.status, self.json())
    }
}

/// One connection, kept alive.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) stream: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_nodelay(true).unwrap();
        Client { stream: BufReader::new(stream) }
    }

    /// Sends bytes.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).unwrap();
    }

    /// Sends a request with these headers, and one for the length if there is a body.
    pub(crate) fn request(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) {
        let mut head = format!("{method} {target} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head.push_str("host: localhost\r\n");
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        let mut message = format!("{head}\r\n").into_bytes();
        message.extend_from_slice(body);
        self.send(&message);
    }

    /// Reads an answer; `None` if the connection ends first.
    pub(crate) fn read(&mut self, to_head: bool) -> Option<Answer> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            match line.trim_end().split_once(": ") {
                Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
                None => break,
            }
        }
        let mut answer = Answer { status, headers, body: Vec::new() };
        if !to_head && status != 304 {
            let length = answer.header("content-length").parse().unwrap();
            answer.body.resize(length, 0);
            self.stream.read_exact(&mut answer.body).unwrap();
        }
        Some(answer)
    }

    /// Reads an answer, also one in chunks; `None` if it is cut off.
    pub(crate) fn read_any(&mut self) -> Option<Answer> {
        let mut answer = self.read(true)?;
        if answer.header("transfer-encoding") != "chunked" {
            answer.body.resize(answer.header("content-length").parse().unwrap(), 0);
            return self.stream.read_exact(&mut answer.body).is_ok().then_some(answer);
        }
        loop {
            let mut line = String::new();
            let size = match self.stream.read_line(&mut line) {
                Ok(read) if read > 0 => usize::from_str_radix(line.trim_end(), 16).unwrap(),
                _ => return None,
            };
            let start = answer.body.len();
            answer.body.resize(start + size, 0);
            self.stream.read_exact(&mut answer.body[start..]).ok()?;
            self.stream.read_exact(&mut [0; 2]).ok()?;
            if size == 0 {
                return Some(answer);
            }
        }
    }

    /// Sends a request and reads the answer.
    pub(crate) fn ask(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        self.request(method, target, headers, body);
        self.read(method == "HEAD").expect("the server closed the connection")
    }

    /// `GET` of a path under `/api/storage/`.
    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", &format!("/api/storage/{path}"), &[], b"")
    }

    /// `DELETE` of a path under `/api/storage/`.
    pub(crate) fn delete(&mut self, path: &str) -> Answer {
        self.ask("DELETE", &format!("/api/storage/{path}"), &[], b"")
    }

    /// `PUT` of JSON to a path under `/api/storage/`.
    pub(crate) fn put(&mut self, path: &str, body: impl ToString) -> Answer {
        let json = [("content-type", "application/json")];
        self.ask("PUT", &format!("/api/storage/{path}"), &json, body.to_string().as_bytes())
    }
}
