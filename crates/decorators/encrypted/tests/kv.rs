//! What is protected, what is refused, and keys that change.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use credenza_core::command::{CommandInfo, Get, HGet, HSet, HVals, LRange, Part, RPush, Role, Set};
use credenza_core::kv::TimeToLive;
use credenza_core::{
    Batch, Check, CommandId, Context, ErrorKind, Execution, Found, Kv, KvStore, Request, StoreInfo,
};
use credenza_encrypted::{Encrypted, EncryptedConfig, Keyring, Members, SecretKey};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_testkit::sampler::SeededSampler;

fn memory() -> MemoryStore {
    MemoryStore::open(MemoryConfig::default()).unwrap()
}

fn key(byte: u8) -> SecretKey {
    SecretKey::from_bytes([byte; 32])
}

fn on(store: impl KvStore, keys: Keyring) -> Kv {
    Kv::new(Encrypted::new(store, keys, EncryptedConfig::default()).unwrap())
}

/// An encrypted handle and the one of the store below.
fn pair() -> (Kv, Kv) {
    let store = memory();
    (on(store.clone(), Keyring::new(1, key(7))), Kv::new(store))
}

#[tokio::test]
async fn values_come_back_and_are_not_readable_below() {
    let (kv, below) = pair();
    for value in ["", "v", "a longer value, to be found if it were there"] {
        kv.set("s", value).await.unwrap();
        assert_eq!(kv.get("s").await.unwrap().unwrap(), value, "an empty value is a value");
        let stored = below.get("s").await.unwrap().unwrap();
        assert_eq!(stored.len(), value.len() + 77);
        // A shorter value may stand among so many random bytes by chance: a letter, one time in four.
        let told = value.len() >= 8 && stored.windows(value.len()).any(|part| part == value.as_bytes());
        assert!(!told, "{value:?} can be read in the store");
    }
    kv.hset("h", "f", "1").await.unwrap();
    kv.hset("h", "g", "2").await.unwrap();
    let mut values = kv.run(HVals::new("h")).await.unwrap();
    values.sort();
    assert_eq!(values, ["1", "2"]);
    assert_eq!(kv.get("missing").await.unwrap(), None);
}

/// A store that keeps what it is asked.
#[derive(Debug)]
struct Seen(MemoryStore, std::sync::Mutex<Vec<Request>>);

impl KvStore for Seen {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> credenza_core::Capabilities {
        self.0.capabilities()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        self.1.lock().unwrap().push(request.clone());
        self.0.execute(cx, request)
    }
}

/// Every command of the table, many times: none brings a value to the store below as it was given.
#[tokio::test]
async fn no_command_carries_a_value_that_is_not_encrypted() {
    let seen = Arc::new(Seen(memory(), std::sync::Mutex::default()));
    let mut config = EncryptedConfig::default();
    config.members = Members::Readable;
    let store = Encrypted::new(seen.clone(), Keyring::new(1, key(7)), config).unwrap();
    let honoured = store.capabilities().commands;
    let mut samples = SeededSampler::new(7);
    let (mut carried, mut refused) = (0, 0);
    for id in CommandId::ALL.iter().copied() {
        for _ in 0..50 {
            let command = samples.command(&[id]).unwrap();
            let mut values = Vec::new();
            command.visit(&mut |part| {
                if let Part::Value(value) = part {
                    values.push(value.as_bytes().clone());
                }
            });
            let answer = store.execute(&Context::new(), Request::One(command)).await;
            let asked = std::mem::take(&mut *seen.1.lock().unwrap());
            if !honoured.contains(id) {
                assert_eq!(answer.unwrap_err().kind(), ErrorKind::Unsupported, "{:?}", id.info().name);
                assert!(asked.is_empty(), "{:?} reached the store", id.info().name);
                refused += 1;
                continue;
            }
            let mut sent = Vec::new();
            for request in &asked {
                request.commands().iter().for_each(|command| {
                    command.visit(&mut |part| {
                        if let Part::Value(value) = part {
                            sent.push(value.as_bytes().clone());
                        }
                    });
                });
            }
            assert_eq!(sent.len(), values.len(), "{:?}", id.info().name);
            assert!(sent.iter().zip(&values).all(|(sent, value)| sent.len() == value.len() + 77));
            carried += sent.len();
        }
    }
    assert!(carried > 500 && refused > 500, "{carried} values, {refused} refused");
    let carries = |info: &&CommandInfo| info.roles.iter().any(|(_, role)| *role == Role::Value);
    let readable: Vec<_> =
        honoured.iter().map(|id| id.info()).filter(carries).map(|info| info.name).collect();
    assert!(readable.contains(&"SET") && !readable.contains(&"APPEND"), "{readable:?}");
}

#[tokio::test]
async fn a_value_in_the_place_of_another_is_an_error_and_never_a_miss() {
    let (kv, below) = pair();
    kv.mset([("a", "1"), ("b", "2")]).await.unwrap();
    kv.hset("h", "f", "1").await.unwrap();
    kv.hset("h", "g", "2").await.unwrap();
    let other = below.get("b").await.unwrap().unwrap();
    below.set("a", other).await.unwrap();
    let other = below.hget("h", "g").await.unwrap().unwrap();
    below.hset("h", "f", other).await.unwrap();
    let error = kv.get("a").await.unwrap_err();
    assert_eq!((error.kind(), error.store()), (ErrorKind::Corrupt, Some("encrypted")));
    assert_eq!(kv.hget("h", "f").await.unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(kv.hgetall("h").await.unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(kv.get("b").await.unwrap().unwrap(), "2");

    below.set("plain", "never encrypted").await.unwrap();
    let error = kv.get("plain").await.unwrap_err();
    assert!(error.kind() == ErrorKind::Corrupt && !format!("{error:?}").contains("never encrypted"));
    let mut batch = Batch::pipelined();
    let (one, two) = (batch.push(Get::new("plain")), batch.push(Get::new("b")));
    let mut reply = kv.batch(batch).await.unwrap();
    assert_eq!(reply.take(one).unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(reply.take(two).unwrap().unwrap(), "2");
}

#[tokio::test]
async fn another_key_or_namespace_opens_nothing() {
    let store = memory();
    on(store.clone(), Keyring::new(1, key(7))).set("k", "v").await.unwrap();
    for ring in [Keyring::new(1, key(8)), Keyring::new(2, key(7)), Keyring::new(2, key(8))] {
        assert_eq!(on(store.clone(), ring).get("k").await.unwrap_err().kind(), ErrorKind::Corrupt);
    }
    let unknown = on(store.clone(), Keyring::new(2, key(8))).get("k").await.unwrap_err();
    assert!(unknown.message().contains("key 1"), "{unknown}");
    let mut config = EncryptedConfig::default();
    config.namespace = "other".to_owned();
    let other = Kv::new(Encrypted::new(store.clone(), Keyring::new(1, key(7)), config).unwrap());
    assert_eq!(other.get("k").await.unwrap_err().kind(), ErrorKind::Corrupt);
    let ring = Keyring::new(2, key(8)).with_old(1, key(7)).unwrap();
    assert_eq!(on(store, ring.clone()).get("k").await.unwrap().unwrap(), "v");
    assert_eq!(ring.with_old(2, key(9)).unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[tokio::test]
async fn checks_of_values_compare_what_was_encrypted() {
    let (kv, _) = pair();
    kv.set("k", "1").await.unwrap();
    kv.hset("h", "f", "1").await.unwrap();
    let swap = async |checks: Vec<Check>| {
        let mut batch = Batch { checks, ..Batch::atomic() };
        batch.push(Set::new("done", "yes"));
        kv.batch(batch).await.map(|_| ())
    };
    swap(vec![Check::value_equals("k", "1"), Check::field_equals("h", "f", "1")]).await.unwrap();
    let failed = |error: credenza_core::Error| {
        let failure = error.check_failure().unwrap().clone();
        (failure.index, failure.found)
    };
    let error = swap(vec![Check::exists("k"), Check::value_equals("k", "2")]).await.unwrap_err();
    assert_eq!(failed(error), (1, Found::Value("1".into())));
    let error = swap(vec![Check::value_equals("k", "2"), Check::absent("k")]).await.unwrap_err();
    assert_eq!(failed(error).0, 0, "the first that fails is told");
    let error = swap(vec![Check::absent("k"), Check::value_equals("k", "2")]).await.unwrap_err();
    assert_eq!(failed(error).0, 0);
    let error = swap(vec![Check::value_equals("missing", "")]).await.unwrap_err();
    assert_eq!(failed(error), (0, Found::Absent));
    let error = swap(vec![Check::value_equals("h", "1")]).await.unwrap_err();
    assert_eq!(failed(error), (0, Found::Present));
}

/// Adds one to a number by compare and swap, so often.
async fn add(kv: Kv, key: &'static str, times: usize) {
    for _ in 0..times {
        loop {
            let value = kv.get(key).await.unwrap().unwrap();
            let number: u64 = std::str::from_utf8(&value).unwrap().parse().unwrap();
            let mut batch = Batch::atomic();
            batch.check(Check::value_equals(key, value));
            batch.push(Set::new(key, (number + 1).to_string()));
            match kv.batch(batch).await {
                Ok(_) => break,
                Err(error) => assert_eq!(error.kind(), ErrorKind::CheckFailed, "{error}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn compare_and_swap_loses_nothing() {
    let (kv, _) = pair();
    kv.set("n", "0").await.unwrap();
    let tasks: Vec<_> = (0..4).map(|_| tokio::spawn(add(kv.clone(), "n", 200))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(kv.get("n").await.unwrap().unwrap(), "800");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rotation_under_load_loses_no_write_and_no_time_to_live() {
    let store = memory();
    let old = on(store.clone(), Keyring::new(1, key(7)));
    for n in 0..500 {
        old.set_ex(format!("s{n}"), format!("value {n}"), Duration::from_secs(1000)).await.unwrap();
        old.run(HSet::new("h", [(format!("f{n}"), format!("value {n}"))])).await.unwrap();
        old.run(RPush::new("l", [format!("value {n}")])).await.unwrap();
    }
    old.set("n", "0").await.unwrap();
    let ring = Keyring::new(2, key(8)).with_old(1, key(7)).unwrap();
    let new = Arc::new(Encrypted::new(store.clone(), ring, EncryptedConfig::default()).unwrap());
    let kv = Kv::new(new.clone());
    let stop = Arc::new(AtomicBool::new(false));
    let adding: Vec<_> = (0..2).map(|_| tokio::spawn(add(kv.clone(), "n", 300))).collect();
    let pushing = tokio::spawn({
        let (kv, stop) = (kv.clone(), Arc::clone(&stop));
        async move {
            let mut pushed = 0;
            while !stop.load(Ordering::Relaxed) {
                kv.run(RPush::new("l", ["later"])).await.unwrap();
                pushed += 1;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            pushed
        }
    });
    let rotated = new.rotate(&Context::new()).await.unwrap();
    for task in adding {
        task.await.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    let pushed = pushing.await.unwrap();
    assert!(rotated.values >= 1500 && rotated.lists_left == 0, "{rotated:?}");

    // The old key is not needed any more.
    let kv = on(store, Keyring::new(2, key(8)));
    assert_eq!(kv.get("n").await.unwrap().unwrap(), "600");
    for n in 0..500 {
        let value = format!("value {n}");
        assert_eq!(kv.get(format!("s{n}")).await.unwrap().unwrap(), value);
        assert_eq!(kv.run(HGet::new("h", format!("f{n}"))).await.unwrap().unwrap(), value);
    }
    let ttl = kv.ttl("s7").await.unwrap();
    assert!(matches!(ttl, TimeToLive::Left(left) if left > Duration::from_secs(900)), "{ttl:?}");
    let items: Vec<Bytes> = kv.run(LRange::new("l", 0, -1)).await.unwrap();
    assert_eq!((items.len(), &items[499]), (500 + pushed, &Bytes::from("value 499")));
}
