//! The blob stores before the judges of `credenza-testkit`.

use std::sync::Arc;

use credenza_blob::{FsBlobConfig, FsBlobStore, FsDurability, MemoryBlobConfig, MemoryBlobStore};
use credenza_core::blob::BlobLimits;
use credenza_core::{Kv, ManualClock, Result};
use credenza_sqlite::{SqliteConfig, SqliteDurability, SqliteStore};
use credenza_testkit::blob::fault::FaultyBlob;
use credenza_testkit::blob::{self, BlobSubject, ReferenceBlobStore, model};
use credenza_testkit::suite::{Outcome, Report};

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(1_700_000_000_000))
}

/// Limits that a test can reach.
fn small() -> BlobLimits {
    let mut limits = BlobLimits::default();
    limits.size = 4 << 20;
    limits
}

fn memory() -> Result<BlobSubject> {
    let clock = clock();
    let mut config = MemoryBlobConfig::default();
    config.clock = clock.clone();
    config.limits = small();
    Ok(BlobSubject::new(MemoryBlobStore::new(config)).with_clock(clock))
}

async fn fs() -> Result<BlobSubject> {
    let clock = clock();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let index = SqliteStore::open(SqliteConfig {
        durability: SqliteDurability::Normal,
        ..SqliteConfig::at(folder.path().join("index.db"))
    })?;
    let mut config = FsBlobConfig::at(folder.path().join("blobs"));
    config.clock = clock.clone();
    config.durability = FsDurability::Normal;
    config.limits = small();
    config.create_folder()?;
    let store = FsBlobStore::open(config, Kv::new(index)).await?;
    Ok(BlobSubject::new(store).with_clock(clock).keeping(folder))
}

/// Everything passes, and nothing is skipped but what these stores do not claim.
fn assert_passed(report: &Report) {
    report.assert_passed();
    let skipped = report.findings().iter().filter(|finding| matches!(finding.outcome, Outcome::Skipped(_)));
    let groups: Vec<&str> = skipped.map(|finding| finding.group).collect();
    assert!(groups.iter().all(|group| *group == "unsupported"), "{report}");
}

async fn agrees(fresh: impl AsyncFn() -> Result<BlobSubject>) {
    let reference = async || Ok(BlobSubject::new(ReferenceBlobStore::default()));
    let summary = model::compare(model::Plan::default(), reference, fresh).await;
    let summary = summary.unwrap_or_else(|difference| panic!("{difference}"));
    assert!(summary.operations >= 4_000, "{summary:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_blobs() {
    assert_passed(&blob::run(async || memory()).await);
}

#[tokio::test]
async fn memory_blobs_on_one_thread() {
    assert_passed(&blob::run(async || memory()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_blobs_behind_a_decorator() {
    assert_passed(&blob::run(async || Ok(memory()?.behind(|store| FaultyBlob::scripted(store, [])))).await);
}

#[tokio::test]
async fn memory_blobs_agree_with_the_reference() {
    agrees(async || memory()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fs_blobs() {
    assert_passed(&blob::run(fs).await);
}

#[tokio::test]
async fn fs_blobs_on_one_thread() {
    assert_passed(&blob::run(fs).await);
}

#[tokio::test]
async fn fs_blobs_agree_with_the_reference() {
    agrees(fs).await;
}
