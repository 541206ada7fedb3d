use std::ffi::OsString;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Postgres;
use super::install::Unprivileged;
use crate::servers::Trouble;
use crate::servers::folder::Folder;
use crate::servers::ports;
use crate::servers::process::{Process, Recipe};
use crate::servers::trouble::or_skip;

/// Where Debian puts it: a place that is not in everybody's path.
const PROGRAM: &str = "/usr/sbin/pgbouncer";

/// From this version on it can keep prepared statements, and has a setting for that which those before refuse.
const KEEPS_STATEMENTS: (u32, u32) = (1, 21);

/// How often one is started that lost its port to another program.
const ATTEMPTS: usize = 5;

/// A pgbouncer of its own in front of a [`Postgres`]: on a free port of 127.0.0.1, handing out sessions for single
/// transactions. Dropped, it is killed, and nothing of it stays.
///
/// It asks for the password that the server asks for, and keeps no prepared statements: the hardest for those behind it.
#[derive(Debug)]
pub struct PgBouncer {
    process: Process,
    port: u16,
}

impl PgBouncer {
    /// Starts one that has so many sessions with each database of the server. `None` where there is no `pgbouncer`, after saying
    /// so; with `CI=true` a panic.
    #[track_caller]
    pub fn start(server: &Postgres, sessions: usize) -> Option<PgBouncer> {
        or_skip("pgbouncer", PgBouncer::launch(server, sessions))
    }

    fn launch(server: &Postgres, sessions: usize) -> Result<PgBouncer, Trouble> {
        if !Path::new(PROGRAM).exists() {
            return Err(Trouble("the system has none (on Debian: pgbouncer)".to_owned()));
        }
        let mut trouble = Trouble("there is no free port".to_owned());
        for _ in 0..ATTEMPTS {
            match PgBouncer::attempt(server, sessions) {
                Ok(bouncer) => return Ok(bouncer),
                Err(why) => trouble = why,
            }
        }
        Err(trouble)
    }

    fn attempt(server: &Postgres, sessions: usize) -> Result<PgBouncer, Trouble> {
        // It refuses to run as root, as Postgres does.
        let user = Unprivileged::find();
        let (folder, port) = (Folder::new("credenza-pgbouncer-")?, ports::free());
        let keeps = version().is_none_or(|version| version >= KEEPS_STATEMENTS);
        let statements = if keeps { "max_prepared_statements = 0\n" } else { "" };
        let config = format!(
            "[databases]\n\
             * = host=127.0.0.1 port={} password=postgres\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {port}\n\
             unix_socket_dir =\n\
             auth_type = scram-sha-256\n\
             auth_file = users\n\
             pool_mode = transaction\n\
             default_pool_size = {sessions}\n\
             max_client_conn = 1000\n\
             server_login_retry = 1\n\
             {statements}",
            server.port()
        );
        fs::write(folder.path().join("config"), config)?;
        fs::write(folder.path().join("users"), "\"postgres\" \"postgres\"\n")?;
        for path in [PathBuf::new(), "config".into(), "users".into()] {
            user.hand_over(&folder.path().join(path))?;
        }
        let mut recipe = Recipe { program: PROGRAM.into(), user: user.ids(), ..Recipe::default() };
        recipe.args.push(OsString::from("config"));
        let process = Process::start(folder, recipe, || is_up(port))?;
        Ok(PgBouncer { process, port })
    }

    /// The URL of a database of the server, through this.
    pub fn url_of(&self, database: &str) -> String {
        format!("postgres://postgres:postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Kills it (SIGKILL), with all sessions.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Starts it again on the same port.
    ///
    /// # Panics
    /// It does not start.
    #[track_caller]
    pub fn restart(&self) {
        if let Err(Trouble(why)) = self.process.restart(|| is_up(self.port)) {
            panic!("pgbouncer does not start again: {why}");
        }
    }
}

/// The first two numbers of its version.
fn version() -> Option<(u32, u32)> {
    let output = Command::new(PROGRAM).arg("--version").output().ok()?;
    numbers(&String::from_utf8_lossy(&output.stdout))
}

/// Of `PgBouncer 1.18.0`.
fn numbers(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.lines().next()?.split_whitespace().nth(1)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn is_up(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(numbers("PgBouncer 1.18.0\nlibevent 2.1.12-stable\n"), Some((1, 18)));
        assert_eq!(numbers("PgBouncer 1.24.1"), Some((1, 24)));
        assert_eq!(numbers("something else"), None);
        assert!((1, 9) < KEEPS_STATEMENTS && KEEPS_STATEMENTS <= (1, 21) && (2, 0) > KEEPS_STATEMENTS);
    }
}
