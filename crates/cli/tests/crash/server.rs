//! `credenza serve`, as a child process.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use credenza_testkit::supervisor::Supervisor;

/// The server on a port, with its data in a folder.
pub(crate) fn command(folder: &Path, port: u16, durability: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_credenza"));
    command.args(["serve", "--log-level", "error", "--durability", durability, "--listen"]);
    command.arg(format!("127.0.0.1:{port}")).arg("--data").arg(folder.join("data"));
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// A server that runs, and its port.
pub(crate) fn start(folder: &Path) -> (Supervisor, u16) {
    let (folder, port) = (folder.to_owned(), free_port());
    let mut server = Supervisor::new(move || command(&folder, port, "full"))
        .ready(move |_| TcpStream::connect(("127.0.0.1", port)).is_ok());
    server.start().unwrap();
    (server, port)
}

/// A port that nobody listens on. Somebody else may take it; then the server does not start, and says so.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
