//! A process that is killed: what it acknowledged is there afterwards, whole, and nothing is there by half.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use bytes::Bytes;
use common::{Place, content, pieces};
use credenza_blob::FsBlobStore;
use credenza_core::{Blob, Random, SeededRandom};

const FOLDER: &str = "CREDENZA_BLOB_CRASH_FOLDER";
const ROUND: &str = "CREDENZA_BLOB_CRASH_ROUND";
/// How often the process is killed.
const ROUNDS: &str = "CREDENZA_BLOB_CRASH_ROUNDS";
const TASKS: u64 = 8;

fn value(task: u64, round: u64, n: u64) -> Bytes {
    let size = [10, 300_000, 40_000, 1_200_000][((task + n) % 4) as usize];
    content((round << 40) + (task << 32) + n, size)
}

/// What a task has after so many operations of a round: the number of the content under its own key, and of that
/// under its copy's. It begins with both.
fn state(done: u64) -> (Option<u64>, Option<u64>) {
    let (mut own, mut copy) = (Some(0), Some(0));
    for n in 1..=done {
        match n % 5 {
            2 => copy = own,
            4 => own = None,
            _ => own = Some(n),
        }
    }
    (own, copy)
}

async fn step(blob: &Blob, task: u64, round: u64, n: u64) {
    let (own, copy) = (format!("own/{task}"), format!("copy/{task}"));
    match n % 5 {
        2 => drop(blob.copy(own, copy).await.unwrap()),
        4 => assert!(blob.delete(own).await.unwrap()),
        _ => drop(blob.put(own, pieces(&value(task, round, n), 100_000)).await.unwrap()),
    }
}

/// Not a test by itself: what the process that is killed runs.
#[test]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let blob = Blob::new(open(folder.as_ref()).await);
        let tasks = (0..TASKS).map(|task| {
            let blob = blob.clone();
            tokio::spawn(async move {
                for key in [format!("own/{task}"), format!("copy/{task}")] {
                    blob.put(key, value(task, round, 0)).await.unwrap();
                }
                for n in 0_u64.. {
                    if n > 0 {
                        step(&blob, task, round, n).await;
                    }
                    // One write, so that a kill leaves no half line but the last.
                    std::io::stdout().lock().write_all(format!("ack {task} {n}\n").as_bytes()).unwrap();
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
    });
}

async fn open(folder: &std::path::Path) -> FsBlobStore {
    let index = credenza_sqlite::SqliteConfig {
        durability: credenza_sqlite::SqliteDurability::Normal,
        ..credenza_sqlite::SqliteConfig::at(folder.join("index.db"))
    };
    let mut config = credenza_blob::FsBlobConfig::at(folder);
    config.durability = credenza_blob::FsDurability::Full;
    config.create_folder().unwrap();
    let index = credenza_core::Kv::new(credenza_sqlite::SqliteStore::open(index).unwrap());
    FsBlobStore::open(config, index).await.unwrap()
}

#[tokio::test]
async fn acknowledged_objects_survive_a_kill() {
    let rounds = std::env::var(ROUNDS).map_or(8, |rounds| rounds.parse().unwrap());
    let place = Place::new();
    let random = SeededRandom::new(17);
    for round in 1..=rounds {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child", "--exact", "--nocapture", "--test-threads=1"])
            .env(FOLDER, place.path())
            .env(ROUND, round.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let deadly = 1 + random.below(120);
        let (mut acks, mut seen) = (BTreeMap::new(), 0);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // The end of the pipe comes after the kill; what was in it before was acknowledged.
        while let Some(Ok(line)) = lines.next() {
            let words: Vec<_> = line.split(' ').collect();
            if let ["ack", task, n] = words[..] {
                let (Ok(task), Ok(n)) = (task.parse::<u64>(), n.parse::<u64>()) else { continue };
                acks.insert(task, n);
                seen += 1;
                if seen == deadly {
                    child.kill().unwrap();
                }
            }
        }
        child.wait().unwrap();
        assert!(seen >= deadly, "the child ended by itself after {seen} operations");
        verify(&place, round, &acks).await;
    }
}

async fn verify(place: &Place, round: u64, acks: &BTreeMap<u64, u64>) {
    let store = open(&place.path()).await;
    store.collect_garbage().await.unwrap();
    let blob = Blob::new(store);
    let mut files = 0;
    let mut found = BTreeMap::new();
    for object in blob.list("").await.unwrap().objects {
        // What cannot be read whole is an error here.
        let read = common::whole(&blob, &object.key).await;
        assert_eq!(read.len() as u64, object.size);
        files += usize::from(object.size > 32_768);
        found.insert(object.key.into_string(), read);
    }
    // Every file has an object, and every object its file.
    place.has_files(files).await;
    for (task, n) in acks {
        let own = found.get(&format!("own/{task}"));
        let copy = found.get(&format!("copy/{task}"));
        let is = |done: u64| {
            let (expected, expected_copy) = state(done);
            let same =
                |found: Option<&Bytes>, n: Option<u64>| found == n.map(|n| value(*task, round, n)).as_ref();
            same(own, expected) && same(copy, expected_copy)
        };
        // At most the one that was under way is there without an acknowledgement.
        assert!(is(*n) || is(n + 1), "task {task} of round {round}: not what was after {n} operations");
    }
}
