//! The process whose power is cut, where it is not the server: this binary again, with a store in it that is reached
//! over a socket.
//!
//! | line | answer |
//! |---|---|
//! | `put KEY NUMBER`, `delete KEY` | `ok` |
//! | `get KEY` | `absent`, `value NUMBER`, `garbled` |
//! | anything, when it fails | `error TEXT` |

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use credenza_testkit::supervisor::Observed;

use crate::stores::{Durability, Kept, Kind, Store};
use crate::trial::{Client, Subject};

const ENV: &str = "CREDENZA_CRASH_CHILD";

/// Not a test by itself: what the process runs.
#[test]
#[ignore = "the tests run it as their child process"]
fn child() {
    let Ok(task) = std::env::var(ENV) else { return };
    let [kind, durability, port, folder] = task.splitn(4, ' ').collect::<Vec<_>>()[..] else {
        panic!("{task}")
    };
    let store = Store(Kind::parse(kind), Durability::parse(durability));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let kept = runtime.block_on(Kept::open(store, Path::new(folder)));
    let listener = TcpListener::bind(("127.0.0.1", port.parse().unwrap())).unwrap();
    std::thread::scope(|scope| {
        for stream in listener.incoming() {
            let (runtime, kept) = (&runtime, &kept);
            // Its end is the client's.
            scope.spawn(move || stream.and_then(|stream| serve(runtime, kept, stream)));
        }
    });
}

fn serve(runtime: &tokio::runtime::Runtime, kept: &Kept, mut stream: TcpStream) -> std::io::Result<()> {
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?;
        let words: Vec<_> = line.split(' ').collect();
        let answer = runtime.block_on(async {
            match words[..] {
                ["put", key, number] => {
                    kept.put(key, number.parse().unwrap()).await.map(|()| "ok".to_owned())
                }
                ["delete", key] => kept.delete(key).await.map(|()| "ok".to_owned()),
                ["get", key] => kept.get(key).await.map(|found| match found {
                    Observed::Absent => "absent".to_owned(),
                    Observed::Value(number) => format!("value {number}"),
                    Observed::Garbled => "garbled".to_owned(),
                }),
                _ => panic!("{line}"),
            }
        });
        let answer = answer.unwrap_or_else(|error| format!("error {error:?}").replace('\n', " "));
        stream.write_all(format!("{answer}\n").as_bytes())?;
    }
    Ok(())
}

impl Subject for Store {
    type Key = String;
    type Client = Connection;

    fn command(&self, folder: &Path, port: u16) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["child::child", "--exact", "--ignored", "--nocapture", "--test-threads=1", "--quiet"]);
        let Store(kind, durability) = self;
        command.env(ENV, format!("{kind:?} {durability:?} {port} {}", folder.display()));
        command.stdout(std::process::Stdio::null());
        command
    }

    fn connect(&self, port: u16) -> Connection {
        Connection::open(port)
    }

    fn keys(&self, writer: usize, round: usize) -> Vec<String> {
        // A few that are written often, and new ones each round.
        let often = (0..6).map(|key| format!("{writer}/{key}"));
        often.chain((0..3).map(|key| format!("{writer}/{round}-{key}"))).collect()
    }

    fn check(&self, _: &mut Connection) {}
}

/// A connection to the process.
pub(crate) struct Connection(std::io::Result<BufReader<TcpStream>>);

impl Connection {
    fn open(port: u16) -> Connection {
        let stream = TcpStream::connect(("127.0.0.1", port));
        Connection(stream.and_then(|stream| {
            stream.set_read_timeout(Some(Duration::from_secs(30)))?;
            stream.set_nodelay(true)?;
            Ok(BufReader::new(stream))
        }))
    }

    fn ask(&mut self, line: &str) -> Result<String, String> {
        let stream = self.0.as_mut().map_err(|error| error.to_string())?;
        let mut answer = String::new();
        stream
            .get_mut()
            .write_all(format!("{line}\n").as_bytes())
            .and_then(|()| stream.read_line(&mut answer))
            .map_err(|error| error.to_string())?;
        match answer.strip_suffix('\n') {
            None => Err("cut off".to_owned()),
            Some(answer) if answer.starts_with("error ") => Err(answer.to_owned()),
            Some(answer) => Ok(answer.to_owned()),
        }
    }
}

impl Client<String> for Connection {
    fn put(&mut self, key: &String, number: u64) -> Result<(), String> {
        self.ask(&format!("put {key} {number}")).map(drop)
    }

    fn delete(&mut self, key: &String) -> Result<(), String> {
        self.ask(&format!("delete {key}")).map(drop)
    }

    fn get(&mut self, key: &String) -> Result<Observed, String> {
        let answer = self.ask(&format!("get {key}"))?;
        Ok(match answer.strip_prefix("value ") {
            Some(number) => Observed::Value(number.parse().unwrap()),
            None if answer == "absent" => Observed::Absent,
            None => Observed::Garbled,
        })
    }
}
