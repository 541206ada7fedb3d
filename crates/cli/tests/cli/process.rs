//! A running `credenza serve`, and a small client for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The program, without what the environment of the tests could tell it.
pub(crate) fn credenza() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_credenza"));
    command.env_remove("CREDENZA_URL").env_remove("ERA_STORAGE_URL").stdin(Stdio::null());
    command
}

/// A running server. Killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    /// The line that says that it is ready.
    pub(crate) ready: String,
}

impl Server {
    /// Starts a server on a free port and waits until it is ready.
    pub(crate) fn start(data: &Path, more: &[&str]) -> Server {
        let mut command = credenza();
        command.args(["serve", "--listen", "127.0.0.1:0", "--log-level", "warn"]).args(more);
        Server::spawn(command.arg("--data").arg(data).stdout(Stdio::piped()))
    }

    /// Starts a server by this command, whose output is a pipe.
    pub(crate) fn spawn(command: &mut Command) -> Server {
        let mut child = command.spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut ready).unwrap();
        let address = ready
            .strip_prefix("credenza is listening on http://")
            .and_then(|rest| rest.split(',').next())
            .unwrap_or_else(|| panic!("it did not start: {ready:?} {:?}", child.wait()));
        Server { address: address.parse().unwrap(), child, ready }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.address).unwrap()
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> std::io::Result<Client> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.set_nodelay(true)?;
        Ok(Client(BufReader::new(stream)))
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    /// The status and the body of the next answer.
    pub(crate) fn read(&mut self) -> std::io::Result<(u16, String)> {
        self.read_bytes().map(|(status, body)| (status, String::from_utf8(body).unwrap()))
    }

    /// The same where the body is no text.
    pub(crate) fn read_bytes(&mut self) -> std::io::Result<(u16, Vec<u8>)> {
        let cut_off = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(cut_off)?;
        let mut length = 0;
        while !line.trim_end().is_empty() {
            line.clear();
            self.0.read_line(&mut line)?;
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                length = value.trim_end().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok((status, body))
    }

    pub(crate) fn get(&mut self, path: &str) -> std::io::Result<(u16, String)> {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes())?;
        self.read()
    }

    /// Stores a value, which needs no escapes, with the value as metadata too.
    pub(crate) fn put(&mut self, path: &str, value: &str) -> std::io::Result<(u16, String)> {
        self.send(&put_request(path, value))?;
        self.read()
    }
}

/// The bytes of a request that stores a value, which needs no escapes, with the value as metadata too.
pub(crate) fn put_request(path: &str, value: &str) -> Vec<u8> {
    let body = format!("{{\"value\": \"{value}\", \"metadata\": \"{value}\"}}");
    let length = body.len();
    format!(
        "PUT {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
