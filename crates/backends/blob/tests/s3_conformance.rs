//! The store in a bucket before the judges of `credenza-testkit`, on real servers.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "s3/server.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod server;

use std::time::Duration;

use credenza_blob::{S3BlobStore, S3Config};
use credenza_core::Result;
use credenza_testkit::blob::{self, BlobSubject, ReferenceBlobStore, model};
use credenza_testkit::servers::S3Dialect;
use server::{Moto, R2, config, start};

fn subject(config: S3Config) -> Result<BlobSubject> {
    // The servers of the tests are slow, where the machine is busy.
    Ok(BlobSubject::new(S3BlobStore::new(config)?).with_patience(Duration::from_secs(300)))
}

async fn conforms(dialect: S3Dialect) {
    let Some(server) = start(dialect) else { return };
    blob::run(async || subject(config(&server))).await.assert_passed();
}

async fn agrees(dialect: S3Dialect) {
    let Some(server) = start(dialect) else { return };
    let reference = async || Ok(BlobSubject::new(ReferenceBlobStore::default()));
    let thorough = std::env::var("CREDENZA_TEST").is_ok_and(|value| value == "thorough");
    let operations = if thorough { 5_000 } else { 300 };
    let plan = model::Plan { operations, episode: 300, ..model::Plan::default() };
    let summary = model::compare(plan, reference, async || subject(config(&server))).await;
    let summary = summary.unwrap_or_else(|difference| panic!("{difference}"));
    assert!(summary.operations >= operations, "{summary:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moto() {
    conforms(Moto).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r2() {
    conforms(R2).await;
}

#[tokio::test]
async fn moto_agrees_with_the_reference() {
    agrees(Moto).await;
}

#[tokio::test]
async fn r2_agrees_with_the_reference() {
    agrees(R2).await;
}

/// Without a prefix in the bucket: what is not claimed then is refused.
#[tokio::test]
async fn a_whole_bucket() {
    let Some(server) = start(Moto) else { return };
    let fresh = async || {
        let mut config: S3Config = config(&server);
        config.prefix.clear();
        subject(config)
    };
    for cases in ["unsupported: ", "conditions: create only", "lists: a prefix is a text"] {
        blob::run_only(cases, fresh).await.assert_passed();
    }
}
