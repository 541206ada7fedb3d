//! What was there before, numbers, checks, dictionaries, and many at once.
#![allow(clippy::unwrap_used)]

use credenza_compressed::{Compressed, CompressedConfig, Dictionary, Method};
use credenza_core::command::{
    Append, End, HIncrBy, HSet, HVals, IncrByFloat, LMove, LRange, RPush, Rename, Set, StrLen,
};
use credenza_core::{Batch, Check, ErrorKind, Found, Kv, KvStore};
use credenza_memory::{MemoryConfig, MemoryStore};

fn memory() -> MemoryStore {
    MemoryStore::open(MemoryConfig::default()).unwrap()
}

fn on(store: impl KvStore, config: CompressedConfig) -> Kv {
    Kv::new(Compressed::new(store, config).unwrap())
}

/// A compressed handle and the one of the store below.
fn pair() -> (Kv, Kv) {
    let store = memory();
    (on(store.clone(), CompressedConfig::default()), Kv::new(store))
}

fn text(word: &str) -> String {
    format!("{word} and ").repeat(100)
}

fn document(n: usize) -> String {
    let (name, city) = (["Ada", "Grace", "Edsger", "Barbara"][n % 4], ["Paris", "Oslo", "Rome"][n % 3]);
    format!(
        "{{\"id\":{n},\"name\":\"{name}\",\"city\":\"{city}\",\"active\":{},\"email\":\"user{n}@example.org\",\
         \"roles\":[\"reader\",\"writer\"],\"created\":\"2026-01-{:02}T10:00:00Z\",\"score\":{}}}",
        n.is_multiple_of(2),
        n % 28 + 1,
        n * 7919 % 1000,
    )
}

#[tokio::test]
async fn values_become_smaller_and_come_back() {
    let (kv, below) = pair();
    kv.set("s", text("one")).await.unwrap();
    kv.run(HSet::new("h", [("f", text("two")), ("g", "2".to_owned())])).await.unwrap();
    kv.run(RPush::new("l", [text("three"), String::new()])).await.unwrap();
    assert!(below.get("s").await.unwrap().unwrap().len() < 100);
    assert!(below.hget("h", "f").await.unwrap().unwrap().len() < 100);
    assert_eq!(kv.get("s").await.unwrap().unwrap(), text("one"));
    let mut values = kv.run(HVals::new("h")).await.unwrap();
    values.sort();
    assert_eq!(values, ["2".to_owned(), text("two")]);
    // Values are bound to no place: they move.
    kv.run(Rename::new("s", "t")).await.unwrap();
    kv.run(LMove::new("l", "m", End::Left, End::Left)).await.unwrap();
    assert_eq!(kv.get("t").await.unwrap().unwrap(), text("one"));
    assert_eq!(kv.run(LRange::new("m", 0, -1)).await.unwrap(), [text("three")]);
    assert_eq!(kv.run(LRange::new("l", 0, -1)).await.unwrap(), [""], "an empty value is a value");
}

#[tokio::test]
async fn what_was_written_before_and_by_other_means_still_reads() {
    let (kv, below) = pair();
    for value in [text("old"), String::new(), "{\"a\":1}".to_owned()] {
        below.set("k", &value).await.unwrap();
        assert_eq!(kv.get("k").await.unwrap().unwrap(), value);
    }
    let store = memory();
    let configs = [Method::Zstd { level: 1 }, Method::Zstd { level: 19 }, Method::Lz4].map(|method| {
        let mut config = CompressedConfig::default();
        config.method = method;
        config
    });
    for config in &configs {
        on(store.clone(), config.clone()).set("k", text("any")).await.unwrap();
        assert!(Kv::new(store.clone()).get("k").await.unwrap().unwrap().len() < 100);
        for reader in &configs {
            let read = on(store.clone(), reader.clone()).get("k").await.unwrap();
            assert_eq!(read.unwrap(), text("any"));
        }
    }
}

#[tokio::test]
async fn numbers_still_count_however_long() {
    let (kv, below) = pair();
    let long = format!("1.{}", "5".repeat(600));
    kv.set("n", &long).await.unwrap();
    assert_eq!(below.get("n").await.unwrap().unwrap(), long);
    assert_eq!(kv.run(IncrByFloat::new("n", 1.0)).await.unwrap().to_string()[..4], *"2.55");
    kv.run(HSet::new("h", [("f", "41")])).await.unwrap();
    assert_eq!(kv.run(HIncrBy::new("h", "f", 1)).await.unwrap(), 42);
    kv.set("t", text("no number")).await.unwrap();
    assert_eq!(kv.incr("t").await.unwrap_err().kind(), ErrorKind::NotAnInteger);
}

#[tokio::test]
async fn what_looks_into_values_is_refused() {
    let (kv, below) = pair();
    kv.set("s", text("one")).await.unwrap();
    let before = below.get("s").await.unwrap();
    assert_eq!(kv.run(StrLen::new("s")).await.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(kv.run(Append::new("s", "x")).await.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(below.get("s").await.unwrap(), before);
}

#[tokio::test]
async fn checks_compare_values_in_whatever_form_they_stand() {
    let store = memory();
    let (kv, below) = (on(store.clone(), CompressedConfig::default()), Kv::new(store.clone()));
    let swap = async |checks: Vec<Check>| {
        let mut batch = Batch { checks, ..Batch::atomic() };
        batch.push(Set::new("done", "yes"));
        kv.batch(batch).await.map(|_| ())
    };
    // Written before, so stored as it is; then by another method; then by this one.
    let mut lz4 = CompressedConfig::default();
    lz4.method = Method::Lz4;
    let lz4 = on(store, lz4);
    for writer in [&below, &lz4, &kv] {
        writer.set("k", text("one")).await.unwrap();
        swap(vec![Check::value_equals("k", text("one"))]).await.unwrap();
    }
    kv.set("k", text("one")).await.unwrap();
    swap(vec![Check::value_equals("k", text("one"))]).await.unwrap();
    swap(vec![Check::length_at_most("k", 800)]).await.unwrap();
    let error = swap(vec![Check::exists("k"), Check::value_equals("k", "two")]).await.unwrap_err();
    let failure = error.check_failure().unwrap();
    assert_eq!((failure.index, &failure.found), (1, &Found::Value(text("one").into())), "as it was given");
    let error = swap(vec![Check::length_at_most("k", 799)]).await.unwrap_err();
    assert_eq!(error.check_failure().unwrap().found, Found::Length(800));
    below.hset("h", "f", text("one")).await.unwrap();
    swap(vec![Check::field_equals("h", "f", text("one"))]).await.unwrap();
    let error = swap(vec![Check::field_equals("h", "f", text("two"))]).await.unwrap_err();
    assert_eq!(error.check_failure().unwrap().found, Found::Value(text("one").into()));
}

#[tokio::test]
async fn a_dictionary_shrinks_small_documents_to_a_third() {
    let samples: Vec<String> = (0..5000).map(document).collect();
    let dictionary = Dictionary::train(&samples, 4096).unwrap();
    let store = memory();
    let kv = on(store.clone(), CompressedConfig::with_dictionary(dictionary.clone()));
    let below = Kv::new(store.clone());
    let (mut before, mut after) = (0, 0);
    for n in 10_000..10_100 {
        kv.set("d", document(n)).await.unwrap();
        assert_eq!(kv.get("d").await.unwrap().unwrap(), document(n));
        before += document(n).len();
        after += below.get("d").await.unwrap().unwrap().len();
    }
    assert!(after * 3 <= before, "{before} bytes became {after}");

    // A new dictionary, and the old one for what is there.
    let newer = Dictionary::train(&samples[2500..], 2048).unwrap();
    assert_ne!(newer.id(), dictionary.id());
    let config = CompressedConfig::with_dictionary(newer.clone()).and_old(dictionary.clone());
    assert_eq!(on(store.clone(), config).get("d").await.unwrap().unwrap(), document(10_099));
    let error = on(store, CompressedConfig::with_dictionary(newer)).get("d").await.unwrap_err();
    assert_eq!((error.kind(), error.store()), (ErrorKind::Corrupt, Some("compressed")));
    assert!(error.message().contains(&dictionary.id().to_string()), "{error}");
}

#[tokio::test]
async fn damage_is_an_error_and_never_a_miss() {
    let (kv, below) = pair();
    kv.set("k", text("one")).await.unwrap();
    let stored = below.get("k").await.unwrap().unwrap();
    below.set("k", stored.slice(..stored.len() - 1)).await.unwrap();
    let error = kv.get("k").await.unwrap_err();
    assert_eq!((error.kind(), error.store()), (ErrorKind::Corrupt, Some("compressed")));
    assert!(!format!("{error:?}").contains("one and"));
}

#[tokio::test]
async fn no_value_is_longer_than_it_may_be() {
    let store = memory();
    let mut config = CompressedConfig::default();
    config.max_size = 1000;
    let small = on(store.clone(), config);
    let error = small.set("k", text("one").repeat(2)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert_eq!(small.capabilities().limits.value, 1000);
    // A bomb of another writer.
    on(store, CompressedConfig::default()).set("k", vec![0; 10 << 20]).await.unwrap();
    assert_eq!(small.get("k").await.unwrap_err().kind(), ErrorKind::LimitExceeded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn compare_and_swap_by_many_loses_nothing() {
    let (kv, _) = pair();
    let value = |n: u64| format!("{} {n}", text("counted"));
    kv.set("n", value(0)).await.unwrap();
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let kv = kv.clone();
            tokio::spawn(async move {
                for _ in 0..200 {
                    loop {
                        let found = kv.get("n").await.unwrap().unwrap();
                        let number = std::str::from_utf8(&found).unwrap().rsplit(' ').next().unwrap();
                        let next = value(number.parse::<u64>().unwrap() + 1);
                        let mut batch = Batch::atomic();
                        batch.check(Check::value_equals("n", found));
                        batch.push(Set::new("n", next));
                        match kv.batch(batch).await {
                            Ok(_) => break,
                            Err(error) => assert_eq!(error.kind(), ErrorKind::CheckFailed, "{error}"),
                        }
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(kv.get("n").await.unwrap().unwrap(), value(800));
}
