//! The supervisor and the ledger against real child processes: this test binary runs itself as a tiny store.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;
use std::{env, thread};

use credenza_testkit::supervisor::{Fault, Finding, Ledger, Observed, Supervisor, SupervisorError, Tally};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

const MODE: &str = "CREDENZA_TESTKIT_CHILD_MODE";
const FOLDER: &str = "CREDENZA_TESTKIT_CHILD_FOLDER";

/// The child process. It keeps a number for each key in a log, which it reads when it starts.
#[test]
#[ignore = "the other tests run it as their child process"]
fn child() {
    let (Ok(mode), Some(folder)) = (env::var(MODE), env::var_os(FOLDER)) else { return };
    match mode.as_str() {
        "leave" => process::exit(3),
        "leave later" => {
            thread::sleep(Duration::from_millis(20));
            process::exit(4);
        }
        mode => serve(mode == "early", Path::new(&folder)).unwrap(),
    }
}

struct Store {
    numbers: HashMap<String, u64>,
    log: File,
}

/// Answers `put KEY NUMBER` with `ok` once the line is in the log, and `get KEY` with the number. An `early`
/// store has the planted bug: it answers first and writes the line a little later.
fn serve(early: bool, folder: &Path) -> io::Result<()> {
    let path = folder.join("log");
    let log = OpenOptions::new().create(true).read(true).append(true).open(&path)?;
    let text = fs::read_to_string(&path)?;
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    log.set_len(whole as u64)?;
    let mut numbers = HashMap::new();
    for line in text[..whole].lines() {
        let (key, number) = line.split_once(' ').unwrap();
        numbers.insert(key.to_owned(), number.parse().unwrap());
    }
    let (later, delayed) = mpsc::channel::<String>();
    let mut behind = log.try_clone()?;
    thread::spawn(move || {
        for line in delayed {
            thread::sleep(Duration::from_millis(5));
            behind.write_all(line.as_bytes()).unwrap();
        }
    });
    let store = Arc::new(Mutex::new(Store { numbers, log }));
    let listener = TcpListener::bind("127.0.0.1:0")?;
    fs::write(folder.join("port.new"), listener.local_addr()?.port().to_string())?;
    fs::rename(folder.join("port.new"), folder.join("port"))?;
    for stream in listener.incoming() {
        let (store, later, stream) = (Arc::clone(&store), early.then(|| later.clone()), stream?);
        // An error ends the connection: the client is gone.
        thread::spawn(move || answer(&store, later.as_ref(), stream));
    }
    Ok(())
}

fn answer(
    store: &Mutex<Store>,
    later: Option<&mpsc::Sender<String>>,
    mut stream: TcpStream,
) -> io::Result<()> {
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?;
        let mut store = store.lock().unwrap();
        let reply = match line.split(' ').collect::<Vec<_>>()[..] {
            ["put", key, number] => {
                store.numbers.insert(key.to_owned(), number.parse().unwrap());
                let line = format!("{key} {number}\n");
                match later {
                    Some(later) => later.send(line).unwrap(),
                    None => {
                        store.log.write_all(line.as_bytes())?;
                        store.log.sync_data()?;
                    }
                }
                "ok\n".to_owned()
            }
            ["get", key] => format!("{}\n", store.numbers.get(key).unwrap_or(&0)),
            _ => panic!("an unknown command"),
        };
        drop(store);
        stream.write_all(reply.as_bytes())?;
    }
    Ok(())
}

/// A supervised child of the given mode, with its data in `folder`. Only the store modes write a port.
fn child_process(mode: &'static str, folder: &Path) -> Supervisor {
    let (command_folder, probe_folder) = (folder.to_owned(), folder.to_owned());
    Supervisor::new(move || {
        let _ = fs::remove_file(command_folder.join("port"));
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["child", "--exact", "--ignored"]).env(MODE, mode).env(FOLDER, &command_folder);
        command.stdout(Stdio::null());
        command
    })
    .ready(move |_| Client::connect(&probe_folder).is_ok())
}

struct Client {
    reader: BufReader<TcpStream>,
}

impl Client {
    fn connect(folder: &Path) -> io::Result<Self> {
        let port: u16 = fs::read_to_string(folder.join("port"))?.parse().map_err(io::Error::other)?;
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(Self { reader: BufReader::new(stream) })
    }

    fn call(&mut self, line: &str) -> io::Result<String> {
        self.reader.get_mut().write_all(line.as_bytes())?;
        let mut reply = String::new();
        self.reader.read_line(&mut reply)?;
        match reply.strip_suffix('\n') {
            Some(reply) => Ok(reply.to_owned()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// Writes to the keys of one writer until the child is gone.
fn write_until_cut(ledger: &Ledger<u32>, folder: &Path, writer: u32) {
    let Ok(mut client) = Client::connect(folder) else { return };
    for key in (0..).map(|round| writer + 4 * (round % 3)) {
        let attempt = ledger.put(key);
        match client.call(&format!("put {key} {}\n", attempt.number())) {
            Ok(_) => attempt.acknowledged(),
            Err(_) => return attempt.ambiguous(),
        }
    }
}

fn verify(ledger: &Ledger<u32>, folder: &Path) -> Vec<Finding<u32>> {
    let mut client = Client::connect(folder).unwrap();
    let read = |key: &u32| {
        let number = client.call(&format!("get {key}\n"))?.parse().map_err(io::Error::other)?;
        Ok::<_, io::Error>(if number == 0 { Observed::Absent } else { Observed::Value(number) })
    };
    ledger.verify(read).unwrap()
}

/// Kills a store of the given mode under load, again and again until something is found.
fn storm(mode: &'static str, rounds: u32) -> (Vec<Finding<u32>>, Tally) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut rng = StdRng::seed_from_u64(1);
    let mut supervisor = child_process(mode, folder);
    let ledger = Ledger::new();
    supervisor.start().unwrap();
    for _ in 0..rounds {
        let moment = Duration::from_millis(rng.random_range(10..80));
        thread::scope(|scope| {
            for writer in 0..4 {
                let ledger = &ledger;
                scope.spawn(move || write_until_cut(ledger, folder, writer));
            }
            supervisor.kill_after(moment).unwrap();
        });
        supervisor.start().unwrap();
        let findings = verify(&ledger, folder);
        if !findings.is_empty() {
            return (findings, ledger.tally());
        }
    }
    (Vec::new(), ledger.tally())
}

#[test]
fn a_store_that_writes_before_it_acknowledges_keeps_everything() {
    let (findings, tally) = storm("sound", 8);
    assert_eq!(findings, []);
    assert!(tally.acknowledged >= 4, "there was hardly any load: {tally:?}");
}

#[test]
fn a_store_that_acknowledges_before_it_writes_is_caught() {
    let (findings, tally) = storm("early", 8);
    assert!(findings.iter().any(|finding| finding.fault == Fault::Lost), "{findings:?} {tally:?}");
}

#[test]
fn a_child_that_ends_by_itself_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let status = |result| match result {
        Err(SupervisorError::Exited(status)) => process::ExitStatus::code(&status),
        other => panic!("{other:?}"),
    };
    let mut supervisor = child_process("leave", folder.path());
    assert_eq!(status(supervisor.start()), Some(3));
    assert_eq!(supervisor.id(), None);

    let mut supervisor = child_process("leave later", folder.path()).ready(|_| true);
    supervisor.start().unwrap();
    assert_eq!(status(supervisor.kill_after(Duration::from_secs(60))), Some(4));
    assert!(matches!(supervisor.kill(), Err(SupervisorError::NotRunning)));
}

#[test]
fn a_child_that_never_gets_ready_is_killed_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let patience = Duration::from_millis(300);
    let mut supervisor = child_process("sound", folder.path()).ready(|_| false).patience(patience);
    let error = supervisor.start().unwrap_err();
    assert_eq!(error.to_string(), "the child process was not ready after 300ms");
    assert_eq!(supervisor.id(), None);
}

#[test]
fn a_program_that_is_not_there_cannot_be_started() {
    let mut supervisor = Supervisor::new(|| Command::new(PathBuf::from("/nowhere/to/be/found")));
    assert!(matches!(supervisor.start(), Err(SupervisorError::Spawn(_))));
    assert!(matches!(supervisor.kill(), Err(SupervisorError::NotRunning)));
}

#[test]
fn one_child_at_a_time_and_none_after_the_supervisor() {
    let folder = tempfile::tempdir().unwrap();
    let mut supervisor = child_process("sound", folder.path());
    supervisor.start().unwrap();
    assert!(matches!(supervisor.start(), Err(SupervisorError::Running)));
    assert!(Client::connect(folder.path()).is_ok(), "the first child still serves");
    drop(supervisor);
    assert!(Client::connect(folder.path()).is_err(), "the child outlived its supervisor");
}
