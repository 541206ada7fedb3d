//! An encrypted store before the judges of `credenza-testkit`.

use std::sync::Arc;

use credenza_blob::{MemoryBlobConfig, MemoryBlobStore};
use credenza_core::ManualClock;
use credenza_encrypted::{Encrypted, EncryptedBlob, EncryptedConfig, Keyring, Members, SecretKey};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_testkit::blob::{self, BlobSubject};
use credenza_testkit::{Subject, small_limits, suite};

async fn passes(members: Members) {
    let report = suite::run(async || {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let mut memory = MemoryConfig::default();
        memory.clock = clock.clone();
        memory.sweep_interval = None;
        memory.limits = small_limits();
        let store = MemoryStore::open(memory)?;
        let mut config = EncryptedConfig::default();
        config.members = members;
        let encrypted = Encrypted::new(store.clone(), Keyring::new(1, SecretKey::generate()?), config)?;
        Ok(Subject::new(encrypted).with_clock(clock).with_pubsub(store))
    });
    report.await.assert_passed();
}

#[tokio::test]
async fn with_members_refused() {
    passes(Members::Refused).await;
}

#[tokio::test]
async fn with_members_readable() {
    passes(Members::Readable).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn objects() {
    let report = blob::run(async || {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let mut memory = MemoryBlobConfig::default();
        memory.clock = clock.clone();
        let keys = Keyring::new(1, SecretKey::generate()?);
        let store = EncryptedBlob::new(MemoryBlobStore::new(memory), keys, EncryptedConfig::default())?;
        Ok(BlobSubject::new(store).with_clock(clock))
    });
    report.await.assert_passed();
}
