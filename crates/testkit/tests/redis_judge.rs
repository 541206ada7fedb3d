//! The suite's own judge: every case that Redis can understand must pass on a real `redis-server`.
//!
//! Where no `redis-server` is installed the test says so and does nothing; with `CI=true` that is a failure.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command as Process, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use credenza_core::semantics::validate;
use credenza_core::{Check, Clock, Command, ErrorKind, Key, Mode, SystemClock, Version};
use credenza_testkit::script::{Answer, Refusal, Script, Target};
use credenza_testkit::suite;

/// Cases that are played at the same time, each in a database of its own.
const WORKERS: usize = 12;

/// Where Credenza differs from Redis on purpose.
const DIFFERENT: &[(&str, &str)] = &[(
    "numbers that would not fit are refused",
    "increments are 64-bit numbers here and 80-bit ones there; Redis refuses that rank since 7.2",
)];

#[test]
fn redis_agrees_with_the_suite() {
    let Some(redis) = Redis::start() else {
        assert!(std::env::var("CI").is_err(), "redis-server is not installed, and CI must have it");
        eprintln!("\nSKIPPED: redis-server is not installed, so the suite was NOT judged by Redis\n");
        return;
    };
    let fits = |case: &suite::Case| {
        let needs = Script::parse(case.script).unwrap().needs();
        !needs.atomic_batches && needs.commands.iter().all(|id| id.info().in_redis())
    };
    let different = |name: &str| DIFFERENT.iter().any(|(different, _)| *different == name);
    let cases: Vec<_> = suite::cases().filter(fits).filter(|case| !different(case.name)).collect();
    assert!(cases.len() > 200, "only {} cases can be judged by Redis", cases.len());

    let queue = Mutex::new(cases.iter());
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for database in 0..WORKERS {
            let (queue, failures, redis) = (&queue, &failures, &redis);
            scope.spawn(move || {
                let mut connection = redis.connect(database);
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                loop {
                    let Some(case) = queue.lock().unwrap().next() else { return };
                    connection.say(&["FLUSHDB".into()]);
                    let script = Script::parse(case.script).unwrap();
                    for failure in runtime.block_on(script.play(&mut connection)) {
                        failures.lock().unwrap().push(format!("{}: {}\n  {failure}", case.group, case.name));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "Redis disagrees:\n\n{}\n", failures.join("\n\n"));
}

/// A server of its own, without persistence, on a socket in a temporary folder.
struct Redis {
    server: Child,
    folder: tempfile::TempDir,
}

impl Redis {
    fn start() -> Option<Redis> {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("redis.sock");
        let server = Process::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(&socket)
            .current_dir(&folder)
            .stdout(Stdio::null())
            .spawn()
            .ok()?;
        let redis = Redis { server, folder };
        for _ in 0..200 {
            if UnixStream::connect(&socket).is_ok() {
                return Some(redis);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("redis-server does not answer");
    }

    fn connect(&self, database: usize) -> Connection {
        let stream = UnixStream::connect(self.folder.path().join("redis.sock")).unwrap();
        let mut connection = Connection(BufReader::new(stream));
        connection.say(&["SELECT".into(), database.to_string().into()]);
        connection
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

struct Connection(BufReader<UnixStream>);

impl Connection {
    fn say(&mut self, words: &[Bytes]) -> Answer {
        let mut request = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            request.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
            request.extend_from_slice(word);
            request.extend_from_slice(b"\r\n");
        }
        self.0.get_mut().write_all(&request).unwrap();
        self.hear(words)
    }

    fn hear(&mut self, words: &[Bytes]) -> Answer {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        let (mark, rest) = line.trim_end().split_at(1);
        match mark {
            "+" => Answer::Status(rest.to_owned()),
            "-" => refusal(rest, words),
            ":" => Answer::Int(rest.parse().unwrap()),
            "$" => match rest.parse::<usize>() {
                Ok(len) => {
                    let mut bytes = vec![0; len + 2];
                    self.0.read_exact(&mut bytes).unwrap();
                    bytes.truncate(len);
                    Answer::Bulk(bytes.into())
                }
                Err(_) => Answer::Nil,
            },
            "*" => match rest.parse::<usize>() {
                Ok(len) => Answer::Array((0..len).map(|_| self.hear(words)).collect()),
                Err(_) => Answer::Nil,
            },
            other => panic!("unknown mark {other}"),
        }
    }
}

/// What Redis's words mean here.
fn refusal(text: &str, words: &[Bytes]) -> Answer {
    let malformed = Command::parse(words).and_then(|command| validate::command(&command)).is_err();
    let kind = match text {
        _ if text.starts_with("WRONGTYPE") => ErrorKind::WrongType,
        _ if text.contains("no such key") => ErrorKind::NoSuchKey,
        _ if text.contains("index out of range") => ErrorKind::IndexOutOfRange,
        _ if text.contains("unknown command") => ErrorKind::Unsupported,
        _ if malformed => ErrorKind::InvalidArgument,
        _ if text.contains("would overflow") || text.contains("NaN or Infinity") => ErrorKind::Overflow,
        _ if text.contains("resulting score is not a number") => ErrorKind::Overflow,
        // Redis says so of a number that is stored and of one that is given.
        _ if text.contains("not an integer") => ErrorKind::NotAnInteger,
        _ if text.contains("not a valid float") || text.contains("not a float") => ErrorKind::NotAFloat,
        _ => ErrorKind::InvalidArgument,
    };
    Answer::Error(Refusal { kind, index: None, found: None, not_applied: true, text: text.to_owned() })
}

impl Target for Connection {
    async fn send(&mut self, words: &[Bytes]) -> Answer {
        self.say(words)
    }

    async fn batch(
        &mut self,
        _: Mode,
        _: Vec<Check>,
        commands: Vec<Vec<Bytes>>,
    ) -> (Answer, Option<Version>) {
        let say = |(index, words): (usize, &Vec<Bytes>)| match self.say(words) {
            Answer::Error(refusal) => Answer::Error(Refusal { index: Some(index), ..refusal }),
            answer => answer,
        };
        (Answer::Array(commands.iter().enumerate().map(say).collect()), None)
    }

    fn now(&self) -> i64 {
        SystemClock.now()
    }

    async fn advance(&mut self, by: Duration) {
        std::thread::sleep(by);
    }

    fn exact_time(&self) -> bool {
        false
    }

    async fn state(&mut self, _: &BTreeSet<Key>) -> Vec<String> {
        Vec::new()
    }
}
