//! S3, as Amazon and as Cloudflare speak it.

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use super::Trouble;
use super::folder::Folder;
use super::installed::installed;
use super::ports;
use super::process::{Process, Recipe};
use super::trouble::or_skip;

/// How often a server is started that lost its port to another program.
const ATTEMPTS: usize = 5;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

const BUCKET: &str = "bucket";
const ACCESS_KEY: &str = "test-access-key";
const SECRET_KEY: &str = "test-secret-key";

/// Where R2's dialect is served, below the server's own address.
const R2_PATH: &str = "/cdn-cgi/local/r2/s3";

/// Starts R2's own runtime, with a bucket.
const R2_PROGRAM: &str = "\
import { createRequire } from 'node:module';
const [modules, port, id, accessKeyId, secretAccessKey] = process.argv.slice(2);
const { Miniflare } = createRequire(modules + '/')('miniflare');
const server = new Miniflare({
  host: '127.0.0.1', port: Number(port), modules: true,
  script: 'export default { fetch() { return new Response(null, { status: 404 }); } }',
  r2Buckets: { BUCKET: { id, s3Credentials: { accessKeyId, secretAccessKey } } },
});
await server.ready;
console.log('READY');
";

/// Starts moto, and lets it answer one request at a time: its conditions are looked at in one step and its changes made
/// in another, so that two requests at once would be a test of its threads.
const MOTO_PROGRAM: &str = "\
import moto.server as server
run = server.run_simple
server.run_simple = lambda *args, **named: run(*args, **{**named, 'threaded': False})
server.main()
";

/// Whose S3 it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum S3Dialect {
    /// Amazon's, by moto. It does not look at signatures.
    Moto,
    /// Cloudflare's R2, by its own runtime. It checks signatures.
    R2,
}

/// An S3 server of its own with an empty bucket, on a free port of 127.0.0.1. Dropped, it is killed, and nothing of it
/// stays.
#[derive(Debug)]
pub struct S3 {
    process: Process,
    dialect: S3Dialect,
    port: u16,
}

impl S3 {
    /// Starts a server. `None` where there is none, after saying so; with `CI=true` a panic.
    #[track_caller]
    pub fn start(dialect: S3Dialect) -> Option<S3> {
        let what = match dialect {
            S3Dialect::Moto => "S3 (moto)",
            S3Dialect::R2 => "S3 (R2)",
        };
        or_skip(what, S3::launch(dialect))
    }

    fn launch(dialect: S3Dialect) -> Result<S3, Trouble> {
        let mut trouble = Trouble("there is no free port".to_owned());
        for _ in 0..ATTEMPTS {
            let (folder, port) = (Folder::new("credenza-s3-")?, ports::free());
            let mut recipe = match dialect {
                S3Dialect::Moto => moto(port)?,
                S3Dialect::R2 => r2(folder.path(), port)?,
            };
            // What it leaves behind goes with the folder.
            recipe.env.push(("TMPDIR", folder.path().into()));
            let (log, word) = (folder.path().join("log"), dialect.word());
            // Its own words, for on its port somebody else might answer.
            match Process::start(folder, recipe, || {
                fs::read_to_string(&log).is_ok_and(|log| log.contains(word))
            }) {
                Ok(process) => {
                    let server = S3 { process, dialect, port };
                    server.make_bucket()?;
                    return Ok(server);
                }
                Err(why) if why.0.contains(": not found") => return Err(why),
                Err(why) => trouble = why,
            }
        }
        Err(trouble)
    }

    /// Moto has none at the start; R2's is there.
    fn make_bucket(&self) -> Result<(), Trouble> {
        if self.dialect == S3Dialect::R2 {
            return Ok(());
        }
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let request = format!("PUT /{BUCKET} HTTP/1.0\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.take(1 << 16).read_to_string(&mut answer)?;
        match answer.split(' ').nth(1) {
            Some("200") => Ok(()),
            _ => Err(Trouble(format!("it makes no bucket: {}", answer.lines().next().unwrap_or_default()))),
        }
    }

    /// Where it is: `http://127.0.0.1:PORT`, with a path if it is R2.
    pub fn endpoint(&self) -> String {
        let path = if self.dialect == S3Dialect::R2 { R2_PATH } else { "" };
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The bucket.
    pub fn bucket(&self) -> &str {
        BUCKET
    }

    /// The region to sign for.
    pub fn region(&self) -> &str {
        match self.dialect {
            S3Dialect::Moto => "us-east-1",
            S3Dialect::R2 => "auto",
        }
    }

    /// The id of the access key.
    pub fn access_key(&self) -> &str {
        ACCESS_KEY
    }

    /// The secret of the access key.
    pub fn secret_key(&self) -> &str {
        SECRET_KEY
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops it where it stands (SIGSTOP): connections stay open and are accepted, and nothing answers.
    pub fn freeze(&self) {
        self.process.freeze();
    }

    /// Lets it go on (SIGCONT).
    pub fn thaw(&self) {
        self.process.thaw();
    }

    /// Kills it (SIGKILL), with all that it holds: it has nothing on disk.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Where its `log` is.
    pub fn folder(&self) -> &Path {
        self.process.folder().path()
    }

    /// The id of its process; `None` if it was killed.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }
}

impl S3Dialect {
    /// What it says when it is ready.
    fn word(self) -> &'static str {
        match self {
            S3Dialect::Moto => "* Running on http",
            S3Dialect::R2 => "READY",
        }
    }
}

fn moto(port: u16) -> Result<Recipe, Trouble> {
    let modules = installed("moto")?;
    let mut recipe = Recipe { program: "python3".into(), ..Recipe::default() };
    recipe.env.push(("PYTHONPATH", modules.into()));
    recipe.env.push(("PYTHONUNBUFFERED", "1".into()));
    recipe.args.extend(["-c", MOTO_PROGRAM, "-H", "127.0.0.1", "-p", &port.to_string()].map(OsString::from));
    Ok(recipe)
}

fn r2(folder: &Path, port: u16) -> Result<Recipe, Trouble> {
    let modules = installed("r2")?;
    fs::write(folder.join("r2.mjs"), R2_PROGRAM)?;
    let mut recipe = Recipe { program: "node".into(), ..Recipe::default() };
    recipe.args.extend(["r2.mjs".into(), modules.into_os_string()]);
    recipe.args.extend([&port.to_string(), BUCKET, ACCESS_KEY, SECRET_KEY].map(OsString::from));
    Ok(recipe)
}
