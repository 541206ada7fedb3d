//! The typed view, on a store that knows as little as it needs.
#![cfg(all(feature = "json", feature = "postcard"))]
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use credenza_core::codec::{Codec, Json, Postcard};
use credenza_core::command::{Condition, SetExpiry};
use credenza_core::kv::{TypedKv, TypedSetReply};
use credenza_core::{
    Batch, BatchReply, Capabilities, Check, CheckFailure, Command, CommandSet, Context, Effect, Error,
    ErrorKind, Execution, Found, Key, Kv, KvStore, Reply, Request, Response, Result, Retry, SetReply,
    StoreInfo, Version,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug)]
struct Entry {
    value: Bytes,
    version: u64,
    ttl: Option<i64>,
}

#[derive(Debug, Default)]
struct Data {
    entries: HashMap<Key, Entry>,
    stamp: u64,
}

impl Data {
    fn version(&self, key: &Key) -> Option<Version> {
        self.entries.get(key).map(|entry| Version::new(entry.version))
    }

    fn check(&self, index: usize, check: &Check) -> Result<()> {
        let found = self.version(check.key());
        let holds = match check {
            Check::VersionEquals { version, .. } => found == Some(*version),
            Check::Absent { .. } => found.is_none(),
            _ => return Err(Error::internal("not in this test")),
        };
        let found = found.map_or(Found::Absent, Found::Version);
        if holds { Ok(()) } else { Err(Error::check_failed(CheckFailure { index, found })) }
    }

    fn run(&mut self, command: Command) -> Result<Reply> {
        let value =
            |entries: &HashMap<Key, Entry>, key: &Key| entries.get(key).map(|entry| entry.value.clone());
        Ok(match command {
            Command::Get(get) => Reply::Value(value(&self.entries, &get.key)),
            Command::MGet(mget) => {
                Reply::Values(mget.keys.iter().map(|key| value(&self.entries, key)).collect())
            }
            Command::GetVersioned(get) => {
                let entry = self.entries.get(&get.key);
                Reply::Versioned(entry.map(|entry| (entry.value.clone(), Version::new(entry.version))))
            }
            Command::Del(del) => {
                Reply::Int(del.keys.iter().filter_map(|key| self.entries.remove(key)).count() as i64)
            }
            Command::MSet(mset) => {
                for (key, value) in mset.entries {
                    let entry = Entry { value: value.into_bytes(), version: self.stamp, ttl: None };
                    self.entries.insert(key, entry);
                }
                Reply::Done
            }
            Command::Set(set) => {
                let old = self.entries.get(&set.key).cloned();
                let applied = match set.condition {
                    None => true,
                    Some(Condition::Absent) => old.is_none(),
                    Some(Condition::Present) => old.is_some(),
                };
                let previous = old.clone().map(|entry| entry.value).filter(|_| set.get);
                if applied {
                    let ttl = match set.expiry {
                        SetExpiry::Keep => old.and_then(|entry| entry.ttl),
                        SetExpiry::In(ms) => Some(ms),
                        SetExpiry::Clear | SetExpiry::At(_) => None,
                    };
                    let entry = Entry { value: set.value.into_bytes(), version: self.stamp, ttl };
                    self.entries.insert(set.key, entry);
                }
                Reply::Set(SetReply { applied, previous })
            }
            other => return Err(Error::unsupported(other.info().name)),
        })
    }

    fn batch(&mut self, batch: Batch) -> Result<BatchReply> {
        for (index, check) in batch.checks.iter().enumerate() {
            self.check(index, check)?;
        }
        let replies = batch.commands.into_iter().map(|command| self.run(command)).collect();
        Ok(BatchReply { replies, version: Some(Version::new(self.stamp)) })
    }
}

#[derive(Clone, Debug)]
struct Small {
    info: StoreInfo,
    data: Arc<Mutex<Data>>,
    versions: bool,
    /// Somebody else writes before each batch, so often.
    rivals: Arc<AtomicUsize>,
}

impl Small {
    fn new() -> Small {
        Small {
            info: StoreInfo::backend("small"),
            data: Arc::default(),
            versions: true,
            rivals: Arc::default(),
        }
    }

    fn ttl(&self, key: &str) -> Option<i64> {
        self.data.lock().unwrap().entries[key.as_bytes()].ttl
    }
}

impl KvStore for Small {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::of(CommandSet::all());
        capabilities.versions = self.versions;
        capabilities
    }

    fn execute<'a>(&'a self, _: &Context, request: Request) -> Execution<'a> {
        let mut data = self.data.lock().unwrap();
        data.stamp += 1;
        Execution::ready(match request {
            Request::One(command) => data.run(command).map(Response::One),
            Request::Batch(batch) => {
                let left = self
                    .rivals
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
                if left.is_ok() {
                    let value = Json.encode(&1000).unwrap();
                    let stamp = data.stamp;
                    data.stamp += 1;
                    let entry = Entry { value, version: stamp, ttl: None };
                    data.entries.insert(batch.checks[0].key().clone(), entry);
                }
                data.batch(batch).map(Response::Batch)
            }
        })
    }
}

/// Runs a future that never waits.
fn now<F: Future>(future: F) -> F::Output {
    match Box::pin(future).as_mut().poll(&mut std::task::Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct User {
    name: String,
    age: u8,
}

fn user(age: u8) -> User {
    User { name: "Ada".to_owned(), age }
}

fn users() -> (Small, TypedKv<User, Json>) {
    let store = Small::new();
    (store.clone(), Kv::new(store).typed(Json))
}

#[test]
fn values_come_back_with_their_type() {
    let (store, users) = users();
    assert_eq!(now(users.get("a")).unwrap(), None);
    now(users.set("a", &user(36))).unwrap();
    assert_eq!(now(users.get("a")).unwrap(), Some(user(36)));
    assert_eq!(store.ttl("a"), None);

    now(users.set_ex("a", &user(37), Duration::from_secs(2))).unwrap();
    assert_eq!(store.ttl("a"), Some(2000));
    assert!(!now(users.set_nx("a", &user(38))).unwrap());
    assert!(now(users.set_nx("b", &user(38))).unwrap());

    let reply = now(users.set_with("a", &user(39), |set| set.if_present().expiry(SetExpiry::Keep).get(true)))
        .unwrap();
    assert_eq!(reply, TypedSetReply { applied: true, previous: Some(user(37)) });
    assert_eq!(store.ttl("a"), Some(2000));
    let reply = now(users.set_with("c", &user(1), |set| set.if_present())).unwrap();
    assert_eq!(reply, TypedSetReply { applied: false, previous: None });

    now(users.mset([("b", &user(1)), ("c", &user(2))])).unwrap();
    assert_eq!(now(users.mget(["b", "no", "c"])).unwrap(), [Some(user(1)), None, Some(user(2))]);
    assert!(now(users.del("b")).unwrap());
    assert!(!now(users.del("b")).unwrap());

    let stored = now(users.kv().get("c")).unwrap().unwrap();
    assert_eq!(users.encode(&user(2)).unwrap(), stored.clone().into());
    assert_eq!(users.decode(&stored).unwrap(), user(2));
}

#[test]
fn another_codec_reads_on() {
    let (_, users) = users();
    now(users.set("a", &user(1))).unwrap();
    let postcards: TypedKv<User, Postcard> = users.kv().typed(Postcard);
    assert_eq!(now(postcards.get("a")).unwrap(), Some(user(1)));
    now(postcards.update("a", |old| old.map(|old| user(old.age + 1)))).unwrap();
    assert_eq!(now(users.kv().get("a")).unwrap().unwrap()[0], Postcard::ID);
    assert_eq!(now(users.get("a")).unwrap(), Some(user(2)));
}

#[test]
fn what_does_not_decode_is_an_error_that_names_command_and_key() {
    let (_, users) = users();
    now(users.kv().set("a", "\u{1}\"secret\"")).unwrap();
    let text = |error: Error| {
        assert_eq!(error.kind(), ErrorKind::Decode);
        error.to_string()
    };
    let rest = "expected json (1), found id 1: it is not of this type (line 1, column 8) (key #e40c292c; not applied, permanent)";
    assert_eq!(text(now(users.get("a")).unwrap_err()), format!("GET: {rest}"));
    assert_eq!(text(now(users.mget(["b", "a"])).unwrap_err()), format!("MGET: {rest}"));
    assert_eq!(text(now(users.get_versioned("a")).unwrap_err()), format!("GETVERSIONED: {rest}"));
    assert_eq!(text(now(users.update("a", |old| old)).unwrap_err()), format!("GETVERSIONED: {rest}"));

    // The new value is set although the old one cannot be shown.
    let error = now(users.set_with("a", &user(1), |set| set.get(true))).unwrap_err();
    assert_eq!(
        (error.kind(), error.effect(), error.command()),
        (ErrorKind::Decode, Effect::MaybeApplied, Some("SET"))
    );
    assert_eq!(now(users.get("a")).unwrap(), Some(user(1)));
}

#[test]
fn what_cannot_be_written_changes_nothing() {
    let kv = Kv::new(Small::new());
    let maps = kv.typed::<HashMap<(u8, u8), u8>, _>(Json);
    let unwritable = HashMap::from([((1, 2), 3)]);
    now(kv.set("a", "x")).unwrap();
    let error = now(maps.set("a", &unwritable)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "SET: the value cannot be written as json (key #e40c292c; not applied, permanent)"
    );
    let error = now(maps.mset([("a", &HashMap::new()), ("b", &unwritable)])).unwrap_err();
    assert_eq!(error.to_string(), "MSET: the value cannot be written as json (not applied, permanent)");
    assert_eq!(now(kv.get("a")).unwrap().unwrap(), "x");
}

#[test]
fn compare_and_set_needs_the_version_that_was_read() {
    let (_, users) = users();
    let first = now(users.compare_and_set("a", None, &user(1))).unwrap();
    assert!(first.is_some());
    assert_eq!(now(users.compare_and_set("a", None, &user(2))).unwrap(), None, "it is there");
    assert_eq!(now(users.get_versioned("a")).unwrap(), first.map(|version| (user(1), version)));

    let second = now(users.compare_and_set("a", first, &user(2))).unwrap();
    assert!(second > first);
    assert_eq!(now(users.compare_and_set("a", first, &user(3))).unwrap(), None, "the version is old");
    now(users.del("a")).unwrap();
    assert_eq!(now(users.compare_and_set("a", second, &user(3))).unwrap(), None, "it is gone");
    assert_eq!(now(users.get("a")).unwrap(), None);
}

#[test]
fn update_creates_changes_and_deletes() {
    let (store, users) = users();
    assert_eq!(
        now(users.update("a", |old| {
            assert_eq!(old, None);
            None
        }))
        .unwrap(),
        None
    );
    assert_eq!(store.data.lock().unwrap().entries.len(), 0);
    assert_eq!(now(users.update("a", |_| Some(user(1)))).unwrap(), Some(user(1)));
    now(users.set_ex("a", &user(2), Duration::from_secs(9))).unwrap();
    assert_eq!(now(users.update("a", |old| old.map(|old| user(old.age + 1)))).unwrap(), Some(user(3)));
    assert_eq!(store.ttl("a"), Some(9000), "the time to live stays");
    assert_eq!(now(users.update("a", |_| None)).unwrap(), None);
    assert_eq!(now(users.get("a")).unwrap(), None);
}

#[test]
fn update_begins_again_when_somebody_was_faster() {
    let store = Small::new();
    let numbers = Kv::new(store.clone()).typed::<u32, _>(Json);
    store.rivals.store(3, Ordering::Relaxed);
    let mut seen = Vec::new();
    let written = now(numbers.update("a", |old| {
        seen.push(old);
        Some(old.unwrap_or(0) + 1)
    }))
    .unwrap();
    assert_eq!(written, Some(1001));
    assert_eq!(seen, [None, Some(1000), Some(1000), Some(1000)]);

    store.rivals.store(usize::MAX, Ordering::Relaxed);
    let mut calls = 0;
    let error = now(numbers.update("a", |old| {
        calls += 1;
        old
    }))
    .unwrap_err();
    assert_eq!(calls, 100);
    assert_eq!(
        (error.kind(), error.retry(), error.effect()),
        (ErrorKind::CheckFailed, Retry::Exhausted, Effect::NotApplied)
    );
    assert_eq!(
        error.to_string(),
        "others changed the key 100 times while it was being updated (key #e40c292c; not applied, retries exhausted)"
    );
}

#[test]
fn updates_of_several_threads_are_all_there() {
    const THREADS: u32 = 4;
    const UPDATES: u32 = 500;
    let numbers = Kv::new(Small::new()).typed::<u32, _>(Postcard);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..UPDATES {
                    // An update may lose a hundred times; it says so, and is made again.
                    while now(numbers.update("n", |old| Some(old.unwrap_or(0) + 1))).is_err() {}
                }
            });
        }
    });
    assert_eq!(now(numbers.get("n")).unwrap(), Some(THREADS * UPDATES));
}

#[test]
fn a_store_without_versions_refuses_before_anything() {
    let mut store = Small::new();
    store.versions = false;
    let numbers = Kv::new(store.clone()).typed::<u32, _>(Json);
    let error = now(numbers.compare_and_set("a", None, &1)).unwrap_err();
    assert_eq!(error.to_string(), "the keys of small have no versions (not applied, permanent)");
    let error = now(numbers.update("a", |_| Some(1))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(store.data.lock().unwrap().entries.is_empty());
}

#[test]
fn the_view_is_sent_shared_and_shown() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    fn sent<T: Send>(_: T) {}
    let numbers = Kv::new(Small::new()).typed::<u32, _>(Json);
    shared(&numbers);
    sent(numbers.update("a", |old| old));
    sent(numbers.mset([("a", &1)]));
    assert!(format!("{:?}", numbers.clone()).ends_with("codec: Json, value: \"u32\" }"));
}
