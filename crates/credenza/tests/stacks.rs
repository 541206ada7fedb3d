//! Whole stacks of decorators before the judges of `credenza-testkit`: no layer takes a command, a condition, a time to live or a
//! batch from another, and what one refuses the stack refuses.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use credenza::{
    Blob, CacheConfig, CacheTier, Compressed, CompressedBlob, CompressedBlobConfig, CompressedConfig,
    Encrypted, EncryptedBlob, EncryptedConfig, Graceful, GracefulBlob, GracefulConfig, Keyring, Kv, KvStore,
    Layers, ManualClock, Members, MemoryBlobConfig, MemoryBlobStore, MemoryConfig, MemoryStore, Monitored,
    MonitoredBlob, MonitoredConfig, Namespaced, NamespacedBlob, OnOutage, Resilient, ResilientBlob,
    ResilientConfig, Result, SecretKey, SqliteConfig, SqliteStore,
};
use credenza_testkit::blob::{self, BlobSubject};
use credenza_testkit::suite::{self, Outcome};
use credenza_testkit::{Subject, small_limits};

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(1_700_000_000_000))
}

fn memory(clock: &Arc<ManualClock>) -> Result<MemoryStore> {
    let mut config = MemoryConfig::default();
    config.clock = clock.clone();
    config.sweep_interval = None;
    config.limits = small_limits();
    MemoryStore::open(config)
}

fn keys() -> Result<Keyring> {
    Ok(Keyring::new(1, SecretKey::generate()?))
}

/// What the suite asks for is seen to fail, so nothing degrades.
fn graceful() -> GracefulConfig {
    let mut config = GracefulConfig::default();
    (config.reads, config.writes) = (OnOutage::Fail, OnOutage::Fail);
    config
}

/// Every decorator in the order that is recommended.
fn all(store: Arc<dyn KvStore>, front: MemoryStore) -> Result<Arc<dyn KvStore>> {
    let mut encrypted = EncryptedConfig::default();
    encrypted.members = Members::Readable;
    let mut compressed = CompressedConfig::default();
    // The suite's values are short.
    (compressed.min_size, compressed.min_gain) = (0, 0);
    let mut cache = CacheConfig::default();
    // The clock of the suite jumps by days.
    cache.ttl = Duration::from_secs(1 << 30);
    let kv = Kv::from(store)
        .layer(|store| CacheTier::new(front, store, cache))?
        .layer(|store| Encrypted::new(store, keys()?, encrypted))?
        .layer(|store| Compressed::new(store, compressed))?
        .layer(|store| Ok(Namespaced::new(store, "tenant:")))?
        .layer(|store| Resilient::new(store, ResilientConfig::default()))?
        .layer(|store| Ok(Monitored::new(store, MonitoredConfig::default())))?
        .layer(|store| Ok(Graceful::new(store, graceful())))?;
    assert_eq!(kv.warnings()?, []);
    Ok(kv.store().clone())
}

#[tokio::test]
async fn all_on_memory() {
    let report = suite::run(async || {
        let clock = clock();
        let store = memory(&clock)?;
        let stack = all(Arc::new(store.clone()), memory(&clock)?)?;
        Ok(Subject::new(stack).with_clock(clock).with_pubsub(store))
    });
    report.await.assert_passed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_on_sqlite() {
    let report = suite::run(async || {
        let clock = clock();
        let folder = tempfile::tempdir().map_err(|_| credenza::Error::internal("no folder"))?;
        let config = SqliteConfig {
            clock: clock.clone(),
            limits: small_limits(),
            sweep_interval: None,
            ..SqliteConfig::at(folder.path().join("kv.db"))
        };
        let stack = all(Arc::new(SqliteStore::open(config)?), memory(&clock)?)?;
        Ok(Subject::new(stack).with_clock(clock).keeping(folder))
    });
    report.await.assert_passed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_for_objects() {
    let report = blob::run(async || {
        let clock = clock();
        let mut config = MemoryBlobConfig::default();
        config.clock = clock.clone();
        let mut compressed = CompressedBlobConfig::default();
        (compressed.min_size, compressed.min_gain) = (0, 0);
        let blob = Blob::new(MemoryBlobStore::new(config))
            .layer(|store| EncryptedBlob::new(store, keys()?, EncryptedConfig::default()))?
            .layer(|store| CompressedBlob::new(store, compressed))?
            .layer(|store| NamespacedBlob::new(store, "tenant"))?
            .layer(|store| ResilientBlob::new(store, ResilientConfig::default()))?
            .layer(|store| Ok(MonitoredBlob::new(store, MonitoredConfig::default())))?
            .layer(|store| Ok(GracefulBlob::new(store)))?;
        assert_eq!(
            blob.stack(),
            "graceful › monitored › resilient › namespaced › compressed › encrypted › memory"
        );
        assert!(blob.warnings()?.is_empty());
        Ok(BlobSubject::new(Arc::clone(blob.store())).with_clock(clock))
    });
    let report = report.await;
    let failed = report.findings().iter().filter(|finding| matches!(finding.outcome, Outcome::Failed(_)));
    // Reads degrade: those whose deadline has passed find nothing.
    let groups: Vec<_> = failed.map(|finding| finding.group).collect();
    assert!(groups.iter().all(|group| *group == "deadlines"), "{report}");
}

#[test]
fn layers_come_in_the_order_that_is_recommended() {
    let store = || Kv::new(MemoryStore::open(MemoryConfig::default()).unwrap());
    let kv = Layers::new()
        .graceful(GracefulConfig::default())
        .encrypted(keys().unwrap(), EncryptedConfig::default())
        .monitored(MonitoredConfig::default())
        .compressed(CompressedConfig::default())
        .resilient(ResilientConfig::default())
        .namespaced("tenant")
        .on(store())
        .unwrap();
    assert_eq!(kv.stack(), "graceful › monitored › resilient › namespaced › compressed › encrypted › memory");
    assert_eq!(kv.warnings().unwrap(), []);
    assert_eq!(Layers::new().on(store()).unwrap().stack(), "memory");
    // What is below already counts, too.
    let compressed = Layers::new().compressed(CompressedConfig::default()).on(store()).unwrap();
    let encrypted = Layers::new().encrypted(keys().unwrap(), EncryptedConfig::default());
    assert!(encrypted.on(compressed).unwrap_err().to_string().contains("cannot be compressed"));
}
