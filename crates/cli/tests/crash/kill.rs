//! The server is killed at random moments under every kind of load.

use std::path::Path;
use std::time::Duration;

use crate::http::Http;
use crate::mixed::{NAMESPACES, Proxy};
use crate::server;
use crate::trial::{End, Trial, lines};

/// Larger objects are kept in files of their own.
const INLINE: u64 = 32 << 10;

#[test]
fn everything_acknowledged_is_there_and_the_registry_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let kills = if crate::thorough() { 200 } else { 20 };
    let mut trial = Trial::new(Proxy::new("full"), folder.path(), 9);
    for round in 0..kills {
        let findings = trial.round(1..40, End::Kill);
        assert!(findings.is_empty(), "before kill {round}:{}", lines(&findings));
    }
    let findings = trial.last_look();
    assert!(findings.is_empty(), "after the last kill:{}", lines(&findings));
    let tally = trial.tally();
    println!("{kills} kills, {} writes acknowledged, none lost", tally.acknowledged);
    assert!(tally.acknowledged > 10 * kills, "{tally:?} prove little");
    nothing_is_left_over(folder.path());
}

/// The kills left files that no object has; a server that starts removes them.
fn nothing_is_left_over(folder: &Path) {
    let (_server, port) = server::start(folder);
    let http = Http::new(port);
    let objects = NAMESPACES.iter().flat_map(|namespace| http.list("r2", namespace, 1_000).unwrap());
    let expected = objects.filter(|object| object["size"].as_u64().unwrap() > INLINE).count();
    let mut left = 0;
    for _ in 0..100 {
        left = files(&folder.join("data/blob/content"));
        if left == expected {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{left} files for {expected} objects");
}

fn files(folder: &Path) -> usize {
    let count = |entry: std::fs::DirEntry| if entry.path().is_dir() { files(&entry.path()) } else { 1 };
    std::fs::read_dir(folder).unwrap().map(|entry| count(entry.unwrap())).sum()
}
