//! A compressed store before the judges of `credenza-testkit`. The suite's values are short, so all that can be is
//! compressed.

use std::sync::Arc;

use credenza_blob::{MemoryBlobConfig, MemoryBlobStore};
use credenza_compressed::{
    Compressed, CompressedBlob, CompressedBlobConfig, CompressedConfig, Dictionary, Method,
};
use credenza_core::ManualClock;
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_testkit::blob::{self, BlobSubject};
use credenza_testkit::{Subject, small_limits, suite};

async fn passes(config: CompressedConfig) {
    let report = suite::run(async || {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let mut memory = MemoryConfig::default();
        memory.clock = clock.clone();
        memory.sweep_interval = None;
        memory.limits = small_limits();
        let store = MemoryStore::open(memory)?;
        let mut config = config.clone();
        config.min_size = 0;
        config.min_gain = 0;
        let compressed = Compressed::new(store.clone(), config)?;
        Ok(Subject::new(compressed).with_clock(clock).with_pubsub(store))
    });
    report.await.assert_passed();
}

#[tokio::test]
async fn with_zstd() {
    passes(CompressedConfig::default()).await;
}

#[tokio::test]
async fn with_a_dictionary() {
    let words = ["value", "abc", "field", "member", "hello", "world", "0123456789"];
    let samples: Vec<String> = (0..2000)
        .map(|n| format!("{} {} {n} {}", words[n % 7], words[n / 7 % 7], words[n / 49 % 7]))
        .collect();
    let dictionary = Dictionary::train(&samples, 2048).expect("the samples are enough");
    passes(CompressedConfig::with_dictionary(dictionary)).await;
}

#[tokio::test]
async fn with_lz4() {
    let mut config = CompressedConfig::default();
    config.method = Method::Lz4;
    passes(config).await;
}

async fn objects_pass(method: Method) {
    let report = blob::run(async || {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let mut memory = MemoryBlobConfig::default();
        memory.clock = clock.clone();
        let mut config = CompressedBlobConfig::default();
        (config.method, config.min_size, config.min_gain) = (method, 0, 0);
        let store = CompressedBlob::new(MemoryBlobStore::new(memory), config)?;
        Ok(BlobSubject::new(store).with_clock(clock))
    });
    report.await.assert_passed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn objects_with_zstd() {
    objects_pass(Method::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn objects_with_lz4() {
    objects_pass(Method::Lz4).await;
}
