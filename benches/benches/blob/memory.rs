//! How much memory a large object takes on its way in and out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use benches::scratch;
use bytes::Bytes;
use credenza_core::blob::Body;
use futures_util::stream;
use tokio::runtime::Runtime;

use crate::stores::credenza;

const SIZE: u64 = 1 << 30;
const PIECE: usize = 64 << 10;

#[allow(clippy::disallowed_methods, reason = "this is what measures")]
pub(crate) fn run(runtime: &Runtime) {
    let folder = scratch();
    let store = credenza(runtime, &folder.path().join("ours"));
    let before = resident();
    println!("\nan object of 1 GiB in pieces of 64 KiB; before it the process has {} MiB", before >> 20);
    println!("| | memory at most | took |");
    println!("|---|---|---|");

    let (most, start) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let seen = Arc::clone(&most);
    let pieces = stream::iter((0..SIZE / PIECE as u64).map(move |n| {
        seen.fetch_max(resident(), Ordering::Relaxed);
        Ok(Bytes::from(vec![n as u8; PIECE]))
    }));
    runtime.block_on(store.put("large", Body::stream(pieces, None))).expect("a put succeeds");
    let most = most.load(Ordering::Relaxed);
    println!("| put, synced | {} MiB | {:.2?} |", most >> 20, start.elapsed());

    let (mut most, mut read, start) = (0, 0, Instant::now());
    runtime.block_on(async {
        let mut body = store.get("large").await.expect("a get succeeds").expect("it is there").body;
        while let Some(piece) = body.next().await.expect("a get succeeds") {
            read += piece.len() as u64;
            most = most.max(resident());
        }
    });
    assert_eq!(read, SIZE);
    println!("| get, verified | {} MiB | {:.2?} |", most >> 20, start.elapsed());
}

/// Bytes of the process that are in memory; 0 where nobody tells.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
    pages.unwrap_or(0) * 4_096
}
