//! A large object in and out through the real server, in little memory on either side.
//!
//! 128 MiB by default, 1 GiB with `CREDENZA_TEST=thorough`.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::blob::noise;
use crate::http::get;
use crate::people::{command, ok};
use crate::process::Server;

const MIB: usize = 1 << 20;
/// Memory that a process may have used at most.
const MOST: u64 = 64 << 20;

fn size() -> usize {
    if std::env::var("CREDENZA_TEST").as_deref() == Ok("thorough") { 1024 * MIB } else { 128 * MIB }
}

/// The most memory that a process had, so far: `VmHWM`. `None` when it is gone.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Waits for the end of a command, and returns the most memory that it was seen to have.
fn watch(mut child: Child) -> u64 {
    let mut most = 0;
    loop {
        most = peak(child.id()).unwrap_or(most);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return most;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A file of so many bytes that no compression makes smaller.
fn large(path: &Path, size: usize) {
    let piece = noise(MIB + 1);
    let mut file = File::create(path).unwrap();
    for _ in 0..size / MIB {
        file.write_all(&piece[..MIB]).unwrap();
    }
}

fn equal(one: &Path, other: &Path) -> bool {
    let (mut one, mut other) = (File::open(one).unwrap(), File::open(other).unwrap());
    let (mut left, mut right) = (vec![0; MIB], vec![0; MIB]);
    loop {
        let count = one.read(&mut left).unwrap();
        if other.read_exact(&mut right[..count]).is_err() || left[..count] != right[..count] {
            return false;
        }
        if count == 0 {
            return other.read(&mut right).unwrap() == 0;
        }
    }
}

#[test]
fn a_large_object_takes_little_memory() {
    let (data, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(data.path(), &[]);
    let (from, to) = (work.path().join("in.bin"), work.path().join("out.bin"));
    large(&from, size());
    let run = |args: &[&str]| {
        let started = std::time::Instant::now();
        let most = watch(command(&server, args).stdout(Stdio::null()).spawn().unwrap());
        println!("{} {}: at most {} MiB, {:?}", args[0], args[1], most >> 20, started.elapsed());
        most
    };
    let put = run(&["blob", "put", "large", from.to_str().unwrap()]);
    let fetched = run(&["blob", "get", "large", to.to_str().unwrap()]);
    assert!(equal(&from, &to), "what came out is not what went in");
    assert!(put < MOST && fetched < MOST, "the client used {put} and {fetched} bytes");

    // As JSON with base64, which other clients ask for: it streams too.
    let mut json = ureq::get(format!("{}/api/storage/r2/default/large", server.url())).call().unwrap();
    let mut reader = json.body_mut().as_reader();
    let length = std::io::copy(&mut reader, &mut std::io::sink()).unwrap();
    assert!(length > size() as u64 * 4 / 3, "{length}");

    let most = peak(server.child.id()).unwrap();
    println!("server: at most {} MiB for an object of {} MiB", most >> 20, size() >> 20);
    assert!(most < MOST, "the server used {most} bytes");
    let stats = get(&server, "/api/resources/stats").json();
    assert_eq!(stats["total_size"], size() as u64);
    ok(&server, &["blob", "delete", "large"]);
}

#[test]
fn a_large_result_takes_little_memory() {
    const ROWS: usize = 36_000;
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--request-timeout", "10m"]);
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
         SELECT i, hex(zeroblob(512)) AS text FROM n"
    );
    let mut child =
        command(&server, &["sql", "query", &sql, "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let printed = std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()).unwrap());
    let most = watch(child);
    let printed = printed.join().unwrap();
    println!("{} MiB of rows: client at most {} MiB", printed >> 20, most >> 20);
    assert!(printed > 1024 * ROWS as u64, "only {printed} bytes");
    assert!(most < printed / 2, "the client used {most} bytes for {printed}");
    let most = peak(server.child.id()).unwrap();
    assert!(most < MOST, "the server used {most} bytes");
}
