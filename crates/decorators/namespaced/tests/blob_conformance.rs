//! The objects of a namespace before the judges of `credenza-testkit`.

use std::sync::Arc;

use credenza_blob::{MemoryBlobConfig, MemoryBlobStore};
use credenza_core::blob::{BlobLimits, BlobStore};
use credenza_core::{Blob, ManualClock, Result};
use credenza_namespaced::NamespacedBlob;
use credenza_testkit::blob::{self, BlobSubject, ReferenceBlobStore, model};
use credenza_testkit::suite::Outcome;

/// A name of everything that means something in a key.
const NAME: &str = "../a/%2e b//ü";

/// A store that takes the keys of users with a name before them, and has others beside it.
async fn neighbours(clock: Arc<ManualClock>) -> Result<MemoryBlobStore> {
    let mut config = MemoryBlobConfig::default();
    config.clock = clock;
    let mut limits = BlobLimits::default();
    limits.key = 2_000;
    limits.size = 4 << 20;
    config.limits = limits;
    let store = MemoryBlobStore::new(config);
    for name in ["a", "..%2Fa", "z", "../a/%2e b//"] {
        Blob::new(NamespacedBlob::new(store.clone(), name)?).put("a/b", "beside").await?;
    }
    Blob::new(store.clone()).put("a/b", "outside").await?;
    Ok(store)
}

async fn fresh() -> Result<BlobSubject> {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let store = NamespacedBlob::new(neighbours(clock.clone()).await?, NAME)?;
    Ok(BlobSubject::new(store).with_clock(clock))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn blobs_inside_of_a_namespace() {
    let report = blob::run(fresh).await;
    report.assert_passed();
    let skipped = report.findings().iter().filter(|finding| matches!(finding.outcome, Outcome::Skipped(_)));
    let groups: Vec<&str> = skipped.map(|finding| finding.group).collect();
    assert!(groups.iter().all(|group| *group == "unsupported"), "{report}");
}

#[tokio::test]
async fn blobs_inside_of_a_namespace_agree_with_the_reference() {
    let reference = async || Ok(BlobSubject::new(ReferenceBlobStore::default()));
    let summary = model::compare(model::Plan::default(), reference, fresh).await;
    summary.unwrap_or_else(|difference| panic!("{difference}"));
}

/// The same with the keys of the store below: nothing outside of the namespace is read or changed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn blobs_beside_a_namespace_stay_as_they_are() {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000));
    let store = neighbours(clock.clone()).await.unwrap();
    let before = Blob::new(store.clone()).list("").await.unwrap().objects;
    let report = blob::run_only("objects: ", async || {
        let inside: Arc<dyn BlobStore> = Arc::new(NamespacedBlob::new(store.clone(), NAME)?);
        let keys: Vec<_> = Blob::from(inside.clone()).list("").await?.objects;
        for info in keys {
            Blob::from(inside.clone()).delete(&info.key).await?;
        }
        Ok(BlobSubject::new(inside).with_clock(clock.clone()))
    })
    .await;
    report.assert_passed();
    let mut after = Blob::new(store).list("").await.unwrap().objects;
    after.retain(|info| before.contains(info));
    assert_eq!(after, before);
}
