use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use super::install::Install;
use super::session::Session;
use super::template;
use crate::servers::Trouble;
use crate::servers::folder::Folder;
use crate::servers::ports;
use crate::servers::process::{Process, Recipe};
use crate::servers::trouble::or_skip;

/// How often a server is started that lost its port to another program.
const ATTEMPTS: usize = 5;

/// Segments of the log are small in the template, so that it is copied fast; its bounds are those of a usual server.
const OPTIONS: &[&str] = &["-c", "max_wal_size=1GB", "-c", "min_wal_size=80MB"];

/// A version of Postgres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostgresVersion {
    /// 16: the oldest that Credenza promises to work on.
    V16,
    /// 18.
    V18,
}

impl PostgresVersion {
    /// The number.
    pub fn number(self) -> u32 {
        match self {
            PostgresVersion::V16 => 16,
            PostgresVersion::V18 => 18,
        }
    }
}

/// A Postgres server of its own: on a free port of 127.0.0.1, with pgvector to be had (`CREATE EXTENSION vector`), with
/// its data in a temporary folder. Its settings are those it comes with, fsync included. Dropped, it is killed, and
/// nothing of it stays.
///
/// Its superuser is `postgres`, with the password `postgres`.
#[derive(Debug)]
pub struct Postgres {
    process: Process,
    port: u16,
    databases: AtomicU32,
}

impl Postgres {
    /// Starts a server. `None` where there is none, after saying so; with `CI=true` a panic.
    #[track_caller]
    pub fn start(version: PostgresVersion) -> Option<Postgres> {
        Postgres::start_with(version, &[])
    }

    /// Starts a server with settings: `&["fsync=off", "max_connections=20"]`.
    #[track_caller]
    pub fn start_with(version: PostgresVersion, settings: &[&str]) -> Option<Postgres> {
        let launch = || Postgres::launch(&Install::find(version)?, settings, |_| Ok(()));
        or_skip(&format!("Postgres {}", version.number()), launch())
    }

    /// Starts a server whose data is changed before.
    pub(super) fn launch(
        install: &Install,
        settings: &[&str],
        prepare: impl Fn(&Path) -> Result<(), Trouble>,
    ) -> Result<Postgres, Trouble> {
        let mut trouble = Trouble("there is no free port".to_owned());
        for _ in 0..ATTEMPTS {
            let (folder, port) = (Folder::new("credenza-postgres-")?, ports::free());
            let data = folder.path().join("data");
            install.hand_over(folder.path())?;
            template::copy(install, &data)?;
            prepare(&data)?;
            let program = install.program("postgres", folder.path())?;
            let mut recipe = Recipe { program, user: install.user(), ..Recipe::default() };
            recipe.args.extend(["-D".into(), data.into_os_string()]);
            recipe.args.extend(["-h", "127.0.0.1", "-p", &port.to_string()].map(OsString::from));
            recipe.args.extend(["-k".into(), folder.path().as_os_str().to_owned()]);
            recipe.args.extend(OPTIONS.iter().map(OsString::from));
            recipe.args.extend(settings.iter().flat_map(|setting| ["-c", *setting]).map(OsString::from));
            let path = folder.path().to_owned();
            match Process::start(folder, recipe, || is_up(&path, port)) {
                Ok(process) => return Ok(Postgres { process, port, databases: AtomicU32::new(0) }),
                Err(why) => trouble = why,
            }
        }
        Err(trouble)
    }

    /// `postgres://postgres:postgres@127.0.0.1:PORT/postgres`, the database that every server has.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The same with another database.
    pub fn url_of(&self, database: &str) -> String {
        format!("postgres://postgres:postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database and gives its URL.
    ///
    /// # Panics
    /// The server cannot make one.
    #[track_caller]
    pub fn new_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed) + 1);
        if let Err(error) = self.sql(&format!("CREATE DATABASE {name}")) {
            panic!("there is no new database: {error}");
        }
        self.url_of(&name)
    }

    /// Runs statements in the database `postgres`, past the store under test; gives the rows of them all, as texts.
    ///
    /// # Errors
    /// The server does not run or is frozen, or it refuses a statement.
    pub fn sql(&self, statements: &str) -> io::Result<Vec<Vec<Option<String>>>> {
        self.sql_in("postgres", statements)
    }

    /// The same in another database.
    ///
    /// # Errors
    /// As [`sql`](Self::sql).
    pub fn sql_in(&self, database: &str, statements: &str) -> io::Result<Vec<Vec<Option<String>>>> {
        Session::open(self.folder(), self.port, database)?.run(statements)
    }

    /// The port it listens on. It keeps it when it is started again.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where it keeps its `data` and its `log`, and the Unix socket it listens on too.
    pub fn folder(&self) -> &Path {
        self.process.folder().path()
    }

    /// Stops it where it stands (SIGSTOP), with all its processes: connections stay open and are accepted, and nothing
    /// answers.
    pub fn freeze(&self) {
        self.process.freeze();
    }

    /// Lets it go on (SIGCONT).
    pub fn thaw(&self) {
        self.process.thaw();
    }

    /// Kills all its processes (SIGKILL). Nobody listens on its port then.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Starts it again on the same port with the data it kept. It is killed first if it runs.
    ///
    /// # Panics
    /// It does not start.
    #[track_caller]
    pub fn restart(&self) {
        if let Err(Trouble(why)) = self.process.restart(|| is_up(self.folder(), self.port)) {
            panic!("Postgres does not start again: {why}");
        }
    }

    /// The id of its first process; `None` if it was killed.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }
}

/// Whether it takes sessions. The socket in its own folder cannot be mistaken for that of another.
fn is_up(folder: &Path, port: u16) -> bool {
    Session::open(folder, port, "postgres").is_ok()
}
