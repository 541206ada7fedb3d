//! Memory stays flat, whatever the size of an object: two parts, and what is on its way. In a process of its own, which
//! nobody else's objects make larger.

use std::process::Command;

use bytes::Bytes;
use credenza_core::blob::Body;
use futures_util::stream;

use crate::server::{Moto, blob, config, start};

const INSIDE: &str = "CREDENZA_S3_MEMORY";
const PIECES: usize = 256;
const PIECE: usize = 1 << 20;

/// The most memory this process ever had, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

/// Not a test by itself.
#[tokio::test]
async fn memory_child() {
    if std::env::var_os(INSIDE).is_none() {
        return;
    }
    let Some(server) = start(Moto) else { return };
    let blob = blob(config(&server));
    blob.put("small", "v").await.unwrap();
    let start = peak();
    let pieces = (0..PIECES).map(|at| Ok(Bytes::from(vec![at as u8; PIECE])));
    blob.put("large", Body::stream(stream::iter(pieces), None)).await.unwrap();
    let mut body = blob.get("large").await.unwrap().unwrap().body;
    let mut read = 0;
    while let Some(piece) = body.next().await.unwrap() {
        read += piece.len();
    }
    assert_eq!(read, PIECES * PIECE);
    let more = peak() - start;
    println!("{} MiB, and {} MiB before", more >> 20, start >> 20);
    assert!(more < 24 << 20, "{more} bytes more");
}

#[test]
#[cfg(target_os = "linux")]
fn a_large_object_takes_little_memory() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["memory::memory_child", "--exact", "--nocapture"])
        .env(INSIDE, "yes")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout).into_owned() + &String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{said}");
    println!("{said}");
}
