//! An encrypted store before the judges of `credenza-testkit`.

use std::sync::Arc;

use credenza_blob::{MemoryBlobConfig, MemoryBlobStore};
use credenza_core::ManualClock;
use credenza_encrypted::{
    Cipher, Encrypted, EncryptedBlob, EncryptedConfig, Fields, Keyring, Members, SecretKey,
};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_testkit::blob::{self, BlobSubject};
use credenza_testkit::suite::{self, Outcome, Report};
use credenza_testkit::{Subject, small_limits};

/// The cases that ask in which order members of equal scores stand, which nobody knows who sees them encrypted.
const ORDERED_BY_MEMBER: [&str; 11] = [
    "ZADD GT and LT hold back changes, not new members",
    "ZADD counts new members, and the last of equal ones wins",
    "ZPOPMAX with a count starts at the greatest",
    "ZPOPMIN and ZPOPMAX take from either end",
    "ZRANGE BYLEX orders by bytes",
    "ZRANGE BYSCORE REV goes from the greatest to the least",
    "ZRANGE BYSCORE, with open ends and infinities",
    "ZRANGESTORE stores a range in place of the destination",
    "members are ordered by score, then by bytes",
    "ranks among many members with few scores",
    "scores: fractions, large ones, infinities, zero and minus zero",
];

async fn report(members: Members, fields: Fields, cipher: Cipher) -> Report {
    suite::run(async || {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let mut memory = MemoryConfig::default();
        memory.clock = clock.clone();
        memory.sweep_interval = None;
        memory.limits = small_limits();
        let store = MemoryStore::open(memory)?;
        let mut config = EncryptedConfig::default();
        (config.members, config.fields, config.cipher) = (members, fields, cipher);
        let keys = Keyring::new(1, SecretKey::generate()?).with_names(SecretKey::from_bytes([9; 32]));
        let encrypted = Encrypted::new(store.clone(), keys, config)?;
        Ok(Subject::new(encrypted).with_clock(clock).with_pubsub(store))
    })
    .await
}

#[tokio::test]
async fn with_members_refused() {
    report(Members::Refused, Fields::Readable, Cipher::Xaes256Gcm).await.assert_passed();
}

#[tokio::test]
async fn with_members_readable() {
    report(Members::Readable, Fields::Readable, Cipher::XChaCha20Poly1305).await.assert_passed();
}

#[tokio::test]
async fn with_fields_encrypted() {
    report(Members::Readable, Fields::Deterministic, Cipher::Xaes256Gcm).await.assert_passed();
}

#[tokio::test]
async fn with_members_encrypted() {
    let report = report(Members::Deterministic, Fields::Deterministic, Cipher::Xaes256Gcm).await;
    let failed = report.findings().iter().filter(|finding| matches!(finding.outcome, Outcome::Failed(_)));
    let mut failed: Vec<_> = failed.map(|finding| finding.name).collect();
    failed.sort_unstable();
    assert_eq!(failed, ORDERED_BY_MEMBER, "{report}");
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
