use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::RedisConnection;
use crate::script::Answer;
use crate::servers::Trouble;
use crate::servers::folder::Folder;
use crate::servers::ports;
use crate::servers::process::{Process, Recipe};
use crate::servers::trouble::or_skip;

/// How often a server is started that lost its port to another program.
const ATTEMPTS: usize = 5;

/// The name of the Unix socket, in the server's folder.
const SOCKET: &str = "redis.sock";

/// Nothing is kept, and a replica need not wait for others that might come.
pub(super) const PLAIN: &str = "save \"\"\nappendonly no\nrepl-diskless-sync-delay 0\n";

/// A Redis server of its own: on a free port of 127.0.0.1, without persistence unless asked for, with its data in a
/// temporary folder. Dropped, it is killed, and nothing of it stays.
///
/// ```no_run
/// use credenza_testkit::servers::Redis;
///
/// let Some(redis) = Redis::start_with(&["--appendonly", "yes", "--appendfsync", "always"]) else { return };
/// redis.say(&["SET", "k", "v"]).unwrap();
/// redis.kill();
/// redis.restart();
/// assert_eq!(redis.say(&["GET", "k"]).unwrap().to_string(), "v");
/// ```
#[derive(Debug)]
pub struct Redis {
    process: Process,
    port: u16,
}

impl Redis {
    /// Starts a server that keeps nothing. `None` where there is no `redis-server`, after saying so; with `CI=true` a
    /// panic.
    #[track_caller]
    pub fn start() -> Option<Redis> {
        Redis::start_with(&[])
    }

    /// Starts a server with options as on its command line: `&["--appendonly", "yes"]`.
    #[track_caller]
    pub fn start_with(args: &[&str]) -> Option<Redis> {
        or_skip("redis-server", Redis::launch(|_, port| Ok(format!("port {port}\n{PLAIN}")), args))
    }

    /// Starts a server with a configuration that depends on its folder and port, and with options.
    pub(super) fn launch(
        config: impl Fn(&Path, u16) -> Result<String, Trouble>,
        args: &[&str],
    ) -> Result<Redis, Trouble> {
        let mut trouble = Trouble("there is no free port".to_owned());
        for _ in 0..ATTEMPTS {
            let (folder, port) = (Folder::new("credenza-redis-")?, ports::free());
            let config = format!("bind 127.0.0.1\nunixsocket {SOCKET}\n{}", config(folder.path(), port)?);
            fs::write(folder.path().join("redis.conf"), config)?;
            let mut recipe = Recipe { program: "redis-server".into(), ..Recipe::default() };
            recipe.args.extend(["redis.conf"].iter().chain(args).map(OsString::from));
            let socket = folder.path().join(SOCKET);
            match Process::start(folder, recipe, || is_up(&socket)) {
                Ok(process) => return Ok(Redis { process, port }),
                Err(why) if why.0.contains("redis-server: not found") => {
                    return Err(Trouble("it is not installed".to_owned()));
                }
                Err(why) => trouble = why,
            }
        }
        Err(trouble)
    }

    /// `redis://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The port it listens on. It keeps it when it is started again.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The Unix socket it listens on too.
    pub fn socket(&self) -> PathBuf {
        self.folder().join(SOCKET)
    }

    /// Where it keeps its data, and its `log`.
    pub fn folder(&self) -> &Path {
        self.process.folder().path()
    }

    /// A connection past the store under test.
    ///
    /// # Errors
    /// It does not run, or is frozen.
    pub fn connect(&self) -> io::Result<RedisConnection> {
        RedisConnection::to_socket(&self.socket())
    }

    /// Runs one command past the store under test, on a connection of its own.
    ///
    /// # Errors
    /// As [`connect`](Self::connect) and [`RedisConnection::say`].
    pub fn say(&self, words: &[&str]) -> io::Result<Answer> {
        self.connect()?.say(words)
    }

    /// Stops it where it stands (SIGSTOP): connections stay open and are accepted, and nothing answers.
    pub fn freeze(&self) {
        self.process.freeze();
    }

    /// Lets it go on (SIGCONT).
    pub fn thaw(&self) {
        self.process.thaw();
    }

    /// Kills it (SIGKILL). Nobody listens on its port then.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Starts it again on the same port with the data it kept. It is killed first if it runs.
    ///
    /// # Panics
    /// It does not start.
    #[track_caller]
    pub fn restart(&self) {
        let socket = self.socket();
        if let Err(Trouble(why)) = self.process.restart(|| is_up(&socket)) {
            panic!("redis-server does not start again: {why}");
        }
    }

    /// The id of its process; `None` if it was killed.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }
}

/// Whether it answers. Its own socket cannot be mistaken for that of another, and is opened after the port.
fn is_up(socket: &Path) -> bool {
    let answer = RedisConnection::to_socket(socket).and_then(|mut redis| redis.say(&["PING"]));
    match answer {
        Ok(Answer::Error(refusal)) => !refusal.text.starts_with("LOADING"),
        Ok(_) => true,
        Err(_) => false,
    }
}
