use std::io::{BufRead, BufReader};
use std::panic;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use credenza_testkit::servers::{Postgres, PostgresVersion, Redis, S3, S3Dialect};

/// Set for the process that is to be killed.
const VICTIM: &str = "CREDENZA_TESTKIT_VICTIM";

/// A process and a folder that should not be there any more.
#[derive(Debug)]
struct Trace {
    id: u32,
    folder: PathBuf,
}

impl Trace {
    fn of(redis: &Redis) -> Trace {
        Trace { id: redis.id().unwrap(), folder: redis.folder().to_owned() }
    }

    fn is_there(&self) -> bool {
        self.folder.exists() || Path::new(&format!("/proc/{}", self.id)).exists()
    }

    fn vanishes(&self) -> bool {
        (0..200).any(|_| {
            thread::sleep(Duration::from_millis(50));
            !self.is_there()
        })
    }
}

#[test]
fn a_server_goes_when_its_value_does() {
    let Some(redis) = Redis::start() else { return };
    let trace = Trace::of(&redis);
    assert!(trace.is_there());
    drop(redis);
    assert!(!trace.is_there(), "{trace:?}");
}

#[test]
fn a_server_goes_when_its_test_panics() {
    let kept = Mutex::new(None);
    let failed = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        let Some(redis) = Redis::start() else { return };
        *kept.lock().unwrap() = Some(Trace::of(&redis));
        panic!("on purpose");
    }));
    if let Some(trace) = kept.into_inner().unwrap() {
        assert!(failed.is_err() && !trace.is_there(), "{trace:?}");
    }
}

/// What the victim runs: it says what it started, and waits to be killed.
#[test]
#[ignore = "it is started by the test of killed processes, and waits for ever"]
fn victim() {
    if std::env::var_os(VICTIM).is_none() {
        return;
    }
    let redis = Redis::start();
    let frozen = Postgres::start(PostgresVersion::V18);
    let postgres = Postgres::start(PostgresVersion::V16);
    let r2 = S3::start(S3Dialect::R2);
    if let Some(postgres) = &frozen {
        postgres.freeze();
    }
    for (id, folder) in [
        redis.as_ref().map(|it| (it.id(), it.folder())),
        frozen.as_ref().map(|it| (it.id(), it.folder())),
        postgres.as_ref().map(|it| (it.id(), it.folder())),
        r2.as_ref().map(|it| (it.id(), it.folder())),
    ]
    .into_iter()
    .flatten()
    {
        eprintln!("trace {} {}", id.unwrap(), folder.display());
    }
    eprintln!("all");
    thread::sleep(Duration::from_secs(600));
}

#[test]
fn servers_go_when_the_process_of_the_test_is_killed() {
    let mut victim = Command::new(std::env::current_exe().unwrap());
    victim.args(["leftovers::victim", "--exact", "--ignored", "--nocapture"]).env(VICTIM, "1");
    let mut victim = victim.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let traces = traces_of(&mut victim);
    assert!(traces.iter().all(Trace::is_there), "{traces:?}");
    victim.kill().unwrap();
    victim.wait().unwrap();
    for trace in traces {
        assert!(trace.vanishes(), "{trace:?}");
    }
}

fn traces_of(victim: &mut Child) -> Vec<Trace> {
    let mut traces = Vec::new();
    for line in BufReader::new(victim.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        match line.strip_prefix("trace ").and_then(|line| line.split_once(' ')) {
            Some((id, folder)) => traces.push(Trace { id: id.parse().unwrap(), folder: folder.into() }),
            None if line == "all" => break,
            None => {}
        }
    }
    traces
}
