//! The store on SQLite beside peers that keep their data in SQLite too. One program cannot link two versions of
//! SQLite, so each has its own; they are run in turns, on the same disk, and each also measures the disk itself.

use std::hint::black_box;
use std::process::{Command, Stdio};

use benches::{COUNT, Line, any_key, append_and_sync, crowd, is_quick, key, runtime, scratch, table, value};
use credenza_core::{Batch, Kv, command::Set};
use credenza_sqlite::{SqliteConfig, SqliteStore};

/// Tells this program that it is the one to be measured.
const OURS: &str = "ours";
/// The folders of the peers.
const PEERS: [&str; 2] = ["sqlx", "denokv"];

fn main() {
    if std::env::args().any(|argument| argument == OURS) {
        return measure();
    }
    for peer in PEERS {
        assert!(cargo("build", peer).status().is_ok_and(|status| status.success()), "{peer} does not build");
    }
    let mut lines = Vec::new();
    for _ in 0..if is_quick() { 2 } else { 7 } {
        let program = std::env::current_exe().expect("a program knows where it is");
        lines.extend(run(Command::new(program).arg(OURS)));
        for peer in PEERS {
            lines.extend(run(&mut cargo("run", peer)));
        }
    }
    let mut works: Vec<String> = Vec::new();
    for line in &lines {
        if !works.contains(&line.work) {
            works.push(line.work.clone());
        }
    }
    for work in works {
        let mut rows: Vec<(String, Vec<f64>)> = Vec::new();
        for line in lines.iter().filter(|line| line.work == work) {
            match rows.iter_mut().find(|(subject, _)| *subject == line.subject) {
                Some((_, samples)) => samples.push(line.nanoseconds),
                None => rows.push((line.subject.clone(), vec![line.nanoseconds])),
            }
        }
        table(&work, rows);
    }
}

/// Cargo, for the workspace of a peer. All of them build into one folder, beside ours.
fn cargo(task: &str, peer: &str) -> Command {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg(task).args(["--release", "--quiet", "--locked", "--manifest-path"]);
    command.arg(folder.join(peer).join("Cargo.toml"));
    command.arg("--target-dir").arg(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers"));
    command
}

/// What a program measured.
fn run(command: &mut Command) -> Vec<Line> {
    let output = command.stderr(Stdio::inherit()).output().expect("the program starts");
    assert!(output.status.success(), "{command:?} ended with {}", output.status);
    let lines: Vec<_> = String::from_utf8_lossy(&output.stdout).lines().filter_map(Line::parse).collect();
    assert!(!lines.is_empty(), "{command:?} measured nothing");
    lines
}

/// What `cargo run` does for the peers.
fn measure() {
    const NAME: &str = "credenza-sqlite, through Kv";
    let runtime = runtime();
    let folder = scratch();
    let kv =
        Kv::new(SqliteStore::open(SqliteConfig::at(folder.path().join("store.db"))).expect("a store opens"));
    for start in (0..COUNT).step_by(1_000) {
        let mut batch = Batch::atomic();
        for index in start..start + 1_000 {
            batch.push(Set::new(key(index), value()));
        }
        runtime.block_on(kv.batch(batch)).expect("a batch succeeds");
    }
    Line::measure("put, 64 tasks, synced", NAME, |count| {
        let kv = kv.clone();
        crowd(&runtime, count, move |operation| {
            let kv = kv.clone();
            async move { kv.set(any_key(operation), value()).await.expect("a put succeeds") }
        });
    });
    Line::measure("put, one task, synced", NAME, |count| {
        runtime.block_on(async {
            for operation in 0..count {
                kv.set(any_key(operation), value()).await.expect("a put succeeds");
            }
        });
    });
    Line::measure("get, 64 tasks", NAME, |count| {
        let kv = kv.clone();
        crowd(&runtime, count, move |operation| {
            let kv = kv.clone();
            async move { assert!(black_box(kv.get(any_key(operation)).await.expect("a get succeeds")).is_some()) }
        });
    });
    Line::measure("get, one task", NAME, |count| {
        runtime.block_on(async {
            for operation in 0..count {
                assert!(black_box(kv.get(any_key(operation)).await.expect("a get succeeds")).is_some());
            }
        });
    });
    Line::measure(
        "append 4 KiB and sync",
        "the disk, in turn with credenza-sqlite",
        append_and_sync(folder.path()),
    );
}
