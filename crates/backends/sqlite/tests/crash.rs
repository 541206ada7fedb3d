//! A process that is killed: what it acknowledged is there afterwards.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail and measure")]

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use common::{Place, run, value};
use credenza_core::Reply;
use credenza_sqlite::{SqliteConfig, SqliteStore};

const FILE: &str = "CREDENZA_SQLITE_CRASH_FILE";

/// Not a test by itself: what the process that is killed runs.
#[test]
fn child() {
    let Ok(file) = std::env::var(FILE) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = SqliteStore::open(SqliteConfig::at(file)).unwrap();
        let tasks = (0..16).map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in 0_u64.. {
                    run(&store, &format!("SET task{task} {n}")).await.unwrap();
                    run(&store, &format!("RPUSH log{task} {n}")).await.unwrap();
                    // One write, so that a kill leaves no half line but the last.
                    let line = format!("ack {task} {n}\n");
                    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
    });
}

#[tokio::test]
async fn acknowledged_writes_survive_a_kill() {
    let place = Place::new();
    let mut expected: BTreeMap<u64, u64> = BTreeMap::new();
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child", "--exact", "--nocapture", "--test-threads=1"])
            .env(FILE, place.file())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut acks = BTreeMap::new();
        let mut seen = 0;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // The end of the pipe comes after the kill; what was in it before was acknowledged.
        while let Some(Ok(line)) = lines.next() {
            let words: Vec<_> = line.split(' ').collect();
            if let ["ack", task, n] = words[..] {
                let (Ok(task), Ok(n)) = (task.parse::<u64>(), n.parse::<u64>()) else { continue };
                acks.insert(task, n);
                seen += 1;
                if seen == 400 * round {
                    child.kill().unwrap();
                }
            }
        }
        child.wait().unwrap();
        assert!(seen >= 400 * round, "the child ended by itself after {seen} writes");

        let store = place.open();
        for (task, n) in &acks {
            let Reply::Value(Some(stored)) = run(&store, &format!("GET task{task}")).await.unwrap() else {
                panic!("task {task}: nothing is stored, {n} was acknowledged")
            };
            let stored: u64 = std::str::from_utf8(&stored).unwrap().parse().unwrap();
            // At most the one that was under way is there without an acknowledgement.
            assert!((*n..=n + 1).contains(&stored), "task {task}: {stored} is stored, {n} was acknowledged");
            *expected.entry(*task).or_default() += n + 1;
            let Reply::Int(length) = run(&store, &format!("LLEN log{task}")).await.unwrap() else {
                panic!("no length")
            };
            let length = u64::try_from(length).unwrap();
            assert!(
                length >= expected[task] && length <= expected[task] + 1,
                "{length} in the log of task {task}"
            );
            expected.insert(*task, length);
            assert_eq!(run(&store, &format!("LINDEX log{task} 0")).await.unwrap(), value("0"));
        }
        let check: String =
            place.stranger().query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
    }
}
