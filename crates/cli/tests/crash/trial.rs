//! A process under load, ended again and again at random moments.

use std::fmt::Debug;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use credenza_testkit::power_cut::Disk;
use credenza_testkit::supervisor::{Finding, Ledger, Observed, Supervisor, Tally};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::server::free_port;

/// How many write at the same time.
const WRITERS: usize = 6;
/// How many milliseconds a round may take at most, however few writes there were.
const PATIENCE: u32 = 10_000;

/// A process that keeps things, and how it is talked to.
pub(crate) trait Subject: Send + Sync + 'static {
    /// The name of something that it keeps.
    type Key: Ord + Clone + Debug + Send + Sync;
    type Client: Client<Self::Key>;

    /// Starts it with its data in a folder, listening on a port of this machine.
    fn command(&self, folder: &Path, port: u16) -> Command;

    fn connect(&self, port: u16) -> Self::Client;

    /// The keys of a writer, which are nobody else's. There may be more from round to round.
    fn keys(&self, writer: usize, round: usize) -> Vec<Self::Key>;

    /// What else must be true, when nobody writes and everything that was acknowledged is there.
    fn check(&self, client: &mut Self::Client);
}

/// A connection.
pub(crate) trait Client<K> {
    /// Puts the content that this write of this key has.
    fn put(&mut self, key: &K, number: u64) -> Result<(), String>;
    fn delete(&mut self, key: &K) -> Result<(), String>;
    /// What there is now.
    fn get(&mut self, key: &K) -> Result<Observed, String>;
}

/// How a process ends.
pub(crate) enum End<'a> {
    Kill,
    PowerCut(&'a mut Disk),
}

/// A subject with what it was asked to keep.
pub(crate) struct Trial<S: Subject> {
    subject: Arc<S>,
    port: u16,
    supervisor: Supervisor,
    ledger: Ledger<S::Key>,
    random: StdRng,
    round: usize,
}

impl<S: Subject> Trial<S> {
    pub(crate) fn new(subject: S, folder: &Path, seed: u64) -> Trial<S> {
        let subject = Arc::new(subject);
        let port = free_port();
        let (of, folder) = (Arc::clone(&subject), folder.to_owned());
        let supervisor = Supervisor::new(move || of.command(&folder, port))
            .ready(move |_| TcpStream::connect(("127.0.0.1", port)).is_ok());
        let random = StdRng::seed_from_u64(seed);
        Trial { subject, port, supervisor, ledger: Ledger::new(), random, round: 0 }
    }

    /// How many writes there were so far.
    pub(crate) fn tally(&self) -> Tally {
        self.ledger.tally()
    }

    /// Starts the process, looks whether it kept what it promised, and ends it while it is written to: at a random
    /// moment after it has acknowledged so many writes.
    ///
    /// The promises that were broken come back; nothing is written then.
    pub(crate) fn round(&mut self, writes: std::ops::Range<u64>, end: End<'_>) -> Vec<Finding<S::Key>> {
        self.supervisor.start().unwrap();
        let findings = self.findings();
        if !findings.is_empty() {
            self.supervisor.kill().unwrap();
            return findings;
        }
        let enough = self.ledger.tally().acknowledged + self.random.random_range(writes);
        let moment = Duration::from_micros(self.random.random_range(0..10_000));
        // What is acknowledged after a power cut, nobody would have heard.
        let (over, heard) = (AtomicBool::new(false), matches!(end, End::Kill));
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (subject, ledger, over, round) = (&*self.subject, &self.ledger, &over, self.round);
                let (port, random) = (self.port, StdRng::seed_from_u64(self.random.random()));
                scope.spawn(move || {
                    let keys = subject.keys(writer, round);
                    let hears = || heard || !over.load(Ordering::SeqCst);
                    let broken = write(subject, port, &keys, ledger, random, hears);
                    assert!(over.load(Ordering::SeqCst), "writer {writer}, round {round}: {broken}");
                });
            }
            for _ in 0..PATIENCE {
                if self.ledger.tally().acknowledged >= enough {
                    break;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(moment);
            over.store(true, Ordering::SeqCst);
            match end {
                End::Kill => self.supervisor.kill().unwrap(),
                End::PowerCut(disk) => {
                    disk.cut().unwrap();
                    self.supervisor.kill().unwrap();
                    disk.restore().unwrap();
                }
            }
        });
        self.round += 1;
        findings
    }

    /// Starts the process a last time and looks whether it kept what it promised.
    pub(crate) fn last_look(&mut self) -> Vec<Finding<S::Key>> {
        self.supervisor.start().unwrap();
        let findings = self.findings();
        self.supervisor.kill().unwrap();
        findings
    }

    fn findings(&self) -> Vec<Finding<S::Key>> {
        let mut client = self.subject.connect(self.port);
        let findings = self.ledger.verify(|key| client.get(key)).unwrap();
        if findings.is_empty() {
            self.subject.check(&mut client);
        }
        findings
    }
}

/// Writes until it is cut off; what cut it off comes back.
fn write<S: Subject>(
    subject: &S,
    port: u16,
    keys: &[S::Key],
    ledger: &Ledger<S::Key>,
    mut random: StdRng,
    hears: impl Fn() -> bool,
) -> String {
    let mut client = subject.connect(port);
    loop {
        let key = &keys[random.random_range(0..keys.len())];
        let delete = random.random_ratio(1, 5);
        let attempt = if delete { ledger.delete(key.clone()) } else { ledger.put(key.clone()) };
        let outcome = if delete { client.delete(key) } else { client.put(key, attempt.number()) };
        match outcome {
            Ok(()) if hears() => attempt.acknowledged(),
            Ok(()) => return "it answers without power".to_owned(),
            Err(broken) => return format!("{key:?}: {broken}"),
        }
    }
}

/// Lines for people.
pub(crate) fn lines<K: Debug>(findings: &[Finding<K>]) -> String {
    findings.iter().map(|finding| format!("\n  {finding}")).collect()
}
