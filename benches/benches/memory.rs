//! The store in memory beside moka and a bare sharded map: a million keys of 28 bytes with values of 100 bytes, each
//! with an expiry of its own.

use std::hash::BuildHasher;
use std::hint::black_box;
use std::time::{Duration, Instant};

use benches::{KeyText, Keys, Rounds, Subject};
use bytes::Bytes;
use credenza_core::Kv;
use credenza_core::command::{Get, Set};
use credenza_memory::{MemoryConfig, MemoryStore};
use foldhash::quality::RandomState;
use parking_lot::Mutex;

const COUNT: usize = 1_000_000;

type Map = hashbrown::HashMap<Bytes, (Bytes, Option<i64>), RandomState>;

/// What the store would be without anything but its data: shards of a map, expiry in each entry.
struct Bare {
    shards: Vec<Mutex<Map>>,
    hasher: RandomState,
}

impl Bare {
    fn new() -> Bare {
        let hasher = RandomState::default();
        Bare {
            shards: (0..64).map(|_| Mutex::new(hashbrown::HashMap::with_hasher(hasher.clone()))).collect(),
            hasher,
        }
    }

    fn shard(&self, key: &[u8]) -> &Mutex<Map> {
        &self.shards[(self.hasher.hash_one(key) >> 50) as usize % 64]
    }

    fn get(&self, key: &[u8]) -> Option<Bytes> {
        let shard = self.shard(key).lock();
        let (value, expires_at) = shard.get(key)?;
        if expires_at.is_some_and(|at| at <= now()) { None } else { Some(value.clone()) }
    }

    fn set(&self, key: &[u8], value: Bytes) {
        let entry = (value, Some(now() + 3_600_000));
        let mut shard = self.shard(key).lock();
        match shard.get_mut(key) {
            Some(old) => *old = entry,
            None => drop(shard.insert(Bytes::copy_from_slice(key), entry)),
        }
    }
}

/// Gives each entry of moka the time to live that comes with it, as entries of the other two have.
struct PerEntry;

impl moka::Expiry<Bytes, (Bytes, Duration)> for PerEntry {
    fn expire_after_create(&self, _: &Bytes, value: &(Bytes, Duration), _: Instant) -> Option<Duration> {
        Some(value.1)
    }

    fn expire_after_update(
        &self,
        _: &Bytes,
        value: &(Bytes, Duration),
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(value.1)
    }
}

fn now() -> i64 {
    credenza_core::Clock::now(&credenza_core::SystemClock)
}

/// How much memory the process uses, in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

fn value() -> Bytes {
    Bytes::from(vec![b'v'; 100])
}

fn main() {
    let mut text = KeyText::default();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let hour = Duration::from_secs(3_600);

    let before = resident();
    let store = MemoryStore::open(MemoryConfig::default()).expect("a store in memory opens");
    let kv = Kv::new(store.clone());
    runtime.block_on(async {
        for index in 0..COUNT {
            kv.run(Set::new(text.of(index), value()).expire_in(hour)).await.expect("a set succeeds");
        }
    });
    println!("memory a key, with an expiry: {} bytes", (resident() - before) / COUNT);
    println!("by the store's own account: {} bytes", store.used_bytes() / COUNT);

    let bare = Bare::new();
    let moka = moka::sync::Cache::builder().max_capacity(2 * COUNT as u64).expire_after(PerEntry).build();
    for index in 0..COUNT {
        bare.set(text.of(index), value());
        moka.insert(Bytes::copy_from_slice(text.of(index)), (value(), hour));
    }

    for (title, bound) in [("get, a million keys", COUNT), ("get, a thousand hot keys", 1_000)] {
        let (mut a, mut b, mut c) = (Keys::new(1, bound), Keys::new(2, bound), Keys::new(3, bound));
        let (mut x, mut y, mut z) = (text.clone(), text.clone(), text.clone());
        Rounds::new(title).run(&mut [
            Subject::on_processor("credenza, through Kv", |count| {
                runtime.block_on(async {
                    for _ in 0..count {
                        let found = kv.run(Get::new(x.of(a.next_index()))).await.expect("a get succeeds");
                        assert!(black_box(found).is_some());
                    }
                });
            }),
            Subject::on_processor("bare sharded hashbrown", |count| {
                for _ in 0..count {
                    assert!(black_box(bare.get(y.of(b.next_index()))).is_some());
                }
            }),
            Subject::on_processor("moka", |count| {
                for _ in 0..count {
                    assert!(black_box(moka.get(z.of(c.next_index()))).is_some());
                }
            }),
        ]);
    }
    let (mut a, mut b, mut c) = (Keys::new(4, COUNT), Keys::new(5, COUNT), Keys::new(6, COUNT));
    let (mut x, mut y, mut z) = (text.clone(), text.clone(), text.clone());
    Rounds::new("overwrite with an expiry, a million keys").run(&mut [
        Subject::on_processor("credenza, through Kv", |count| {
            runtime.block_on(async {
                for _ in 0..count {
                    let set = Set::new(x.of(a.next_index()), value()).expire_in(hour);
                    assert!(kv.run(set).await.expect("a set succeeds").applied);
                }
            });
        }),
        Subject::on_processor("bare sharded hashbrown", |count| {
            for _ in 0..count {
                bare.set(y.of(b.next_index()), value());
            }
        }),
        Subject::on_processor("moka", |count| {
            for _ in 0..count {
                moka.insert(Bytes::copy_from_slice(z.of(c.next_index())), (value(), hour));
            }
        }),
    ]);
}
