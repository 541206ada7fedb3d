//! Many at once.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use common::{content, pieces, stores};
use credenza_core::blob::{ETag, Precondition, PutOptions};
use credenza_core::{Blob, ErrorKind};

/// The content of a writer's turn: small ones, large ones, and those that are read in several pieces.
fn value(writer: u64, turn: u64) -> Bytes {
    let size = [100, 40_000, 200_000, 1_200_000][((writer + turn) % 4) as usize];
    content(writer * 1_000 + turn, size)
}

async fn tag_of(bytes: &Bytes) -> ETag {
    // What the store in memory says is checked against known digests elsewhere.
    let memory = credenza_blob::MemoryBlobStore::new(credenza_blob::MemoryBlobConfig::default());
    Blob::new(memory).put("x", bytes.clone()).await.unwrap().etag
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_read_is_one_of_the_whole_values() {
    for (blob, place) in stores().await {
        blob.put("k", value(0, 0)).await.unwrap();
        let done = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..64)
            .map(|writer| {
                let blob = blob.clone();
                tokio::spawn(async move {
                    for turn in 0..4 {
                        let content = value(writer, turn);
                        if (writer + turn) % 7 == 0 {
                            blob.copy("k", format!("copy{writer}")).await.unwrap();
                            blob.copy(format!("copy{writer}"), "k").await.unwrap();
                        }
                        blob.put("k", pieces(&content, 90_000)).await.unwrap();
                    }
                })
            })
            .collect();
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let (blob, done) = (blob.clone(), Arc::clone(&done));
                tokio::spawn(async move {
                    loop {
                        let last = done.load(Ordering::Relaxed);
                        let object = blob.get("k").await.unwrap().expect("it was never deleted");
                        let read = object.body.collect(2 << 20).await.unwrap();
                        assert_eq!(read.len() as u64, object.info.size);
                        assert_eq!(tag_of(&read).await, object.info.etag);
                        if last {
                            break;
                        }
                        // Else readers take all the time there is.
                        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        done.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.await.unwrap();
        }
        if let Some(place) = place {
            let listed = blob.list("").await.unwrap().objects;
            let large = listed.iter().filter(|object| object.size > 32_768).count();
            place.has_files(large).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_those_who_create_one_wins() {
    for (blob, place) in stores().await {
        for round in 0..6 {
            let size = if round % 2 == 0 { 50 } else { 70_000 };
            let key = format!("k{round}");
            let rivals: Vec<_> = (0..32)
                .map(|rival| {
                    let (blob, key) = (blob.clone(), key.clone());
                    tokio::spawn(async move {
                        let options =
                            PutOptions { precondition: Precondition::Absent, ..PutOptions::default() };
                        match blob.put_with(key, content(rival, size), options).await {
                            Ok(_) => Some(rival),
                            Err(error) => {
                                assert_eq!(error.kind(), ErrorKind::PreconditionFailed);
                                None
                            }
                        }
                    })
                })
                .collect();
            let mut winners = Vec::new();
            for rival in rivals {
                winners.extend(rival.await.unwrap());
            }
            assert_eq!(winners.len(), 1);
            assert!(common::whole(&blob, &key).await == content(winners[0], size));
        }
        if let Some(place) = place {
            place.has_files(3).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn compare_and_swap_loses_nothing() {
    for (blob, _place) in stores().await {
        blob.put("counter", "0").await.unwrap();
        let swaps = Arc::new(AtomicU64::new(0));
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (blob, swaps) = (blob.clone(), Arc::clone(&swaps));
                tokio::spawn(async move {
                    let mut own = 0;
                    while own < 10 {
                        let object = blob.get("counter").await.unwrap().unwrap();
                        let text = object.body.collect(100).await.unwrap();
                        let count: u64 = std::str::from_utf8(&text).unwrap().parse().unwrap();
                        let options = PutOptions {
                            precondition: Precondition::Match(vec![object.info.etag]),
                            ..PutOptions::default()
                        };
                        match blob.put_with("counter", (count + 1).to_string(), options).await {
                            Ok(_) => own += 1,
                            Err(error) => assert_eq!(error.kind(), ErrorKind::PreconditionFailed),
                        }
                        swaps.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(common::whole(&blob, "counter").await, "80");
    }
}
