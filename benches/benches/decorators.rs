//! What decorators add to a store in memory, and encryption beside the bare cipher. Nothing here waits, so it is the time on the
//! processor that counts.

use std::hint::black_box;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use benches::{KeyText, Rounds, Subject};
use credenza_core::command::{Get, Set};
use credenza_core::{Kv, KvStore};
use credenza_encrypted::{Encrypted, EncryptedConfig, Keyring, SecretKey};
use credenza_graceful::{Graceful, GracefulConfig};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_monitored::{Monitored, MonitoredConfig};
use credenza_namespaced::Namespaced;
use credenza_resilient::{Resilient, ResilientConfig};
use futures_util::FutureExt;

const KEYS: usize = 1_024;

fn main() {
    gets();
    for size in [100, 4 << 10, 1 << 20] {
        encryption(size);
    }
}

/// The answer of a store that never waits.
fn now<T>(answer: impl Future<Output = credenza_core::Result<T>>) -> T {
    answer.now_or_never().expect("the store answers at once").expect("the command succeeds")
}

fn memory() -> Kv {
    Kv::new(MemoryStore::open(MemoryConfig::default()).expect("a store in memory opens"))
}

fn monitored(store: Arc<dyn KvStore>) -> credenza_core::Result<Monitored<Arc<dyn KvStore>>> {
    Ok(Monitored::new(store, MonitoredConfig::default()))
}

fn resilient(store: Arc<dyn KvStore>) -> credenza_core::Result<Resilient<Arc<dyn KvStore>>> {
    Resilient::new(store, ResilientConfig::default())
}

fn graceful(store: Arc<dyn KvStore>) -> credenza_core::Result<Graceful<Arc<dyn KvStore>>> {
    Ok(Graceful::new(store, GracefulConfig::default()))
}

fn namespaced(store: Arc<dyn KvStore>) -> credenza_core::Result<Namespaced<Arc<dyn KvStore>>> {
    Ok(Namespaced::new(store, "n:"))
}

fn encrypted(store: Arc<dyn KvStore>) -> credenza_core::Result<Encrypted<Arc<dyn KvStore>>> {
    Encrypted::new(store, Keyring::new(1, SecretKey::generate()?), EncryptedConfig::default())
}

fn gets() {
    let bare = memory();
    let filled = |kv: credenza_core::Result<Kv>, size: usize| {
        let kv = kv.expect("the layers fit");
        let mut key = KeyText::default();
        (0..KEYS).for_each(|index| now(kv.set(key.of(index), vec![b'v'; size])));
        kv
    };
    let four = bare.clone().layer(namespaced).and_then(|kv| kv.layer(resilient));
    let four = four.and_then(|kv| kv.layer(monitored)).and_then(|kv| kv.layer(graceful));
    let stores = [
        ("none", filled(Ok(bare.clone()), 100)),
        ("monitored, without a recorder", filled(bare.clone().layer(monitored), 100)),
        ("resilient", filled(bare.clone().layer(resilient), 100)),
        ("graceful", filled(bare.clone().layer(graceful), 100)),
        ("namespaced", filled(bare.layer(namespaced), 100)),
        ("these four", filled(four, 100)),
        ("encrypted, on a store of its own", filled(memory().layer(encrypted), 100)),
    ];
    let subjects = stores.iter().map(|(name, kv)| {
        let mut key = KeyText::default();
        let mut next = 0;
        Subject::on_processor(*name, move |count| {
            for _ in 0..count {
                next = (next + 1) % KEYS;
                black_box(now(kv.run(Get::new(key.of(next)))));
            }
        })
    });
    Rounds::new("get of 100 bytes from memory through a layer").run(&mut subjects.collect::<Vec<_>>());
}

fn encryption(size: usize) {
    let (bare, kv) = (memory(), memory().layer(encrypted).expect("the layer fits"));
    let value = bytes::Bytes::from(vec![b'v'; size]);
    for kv in [&bare, &kv] {
        now(kv.set("k", value.clone()));
    }
    let key = UnboundKey::new(&AES_256_GCM, &[7; 32]).map(LessSafeKey::new).expect("a key");
    let nonce = || Nonce::assume_unique_for_key([7; NONCE_LEN]);
    let mut sealed = value.to_vec();
    key.seal_in_place_append_tag(nonce(), Aad::from(b"place"), &mut sealed).expect("it seals");
    let set = |kv: &Kv, count| {
        (0..count).for_each(|_| drop(black_box(now(kv.run(Set::new("k", value.clone()))))));
    };
    Rounds::new(format!("set of {size} bytes")).run(&mut [
        Subject::on_processor("AES-256-GCM of aws-lc-rs in place, one key", |count| {
            let mut text = value.to_vec();
            for _ in 0..count {
                let tag = key.seal_in_place_separate_tag(nonce(), Aad::from(b"place"), &mut text);
                let _ = black_box(tag.expect("it seals"));
            }
        }),
        Subject::on_processor("memory", |count| set(&bare, count)),
        Subject::on_processor("encrypted, memory", |count| set(&kv, count)),
    ]);
    let get = |kv: &Kv, count| {
        (0..count).for_each(|_| drop(black_box(now(kv.run(Get::new("k"))))));
    };
    Rounds::new(format!("get of {size} bytes")).run(&mut [
        Subject::on_processor("AES-256-GCM of aws-lc-rs, one key, out of a copy", |count| {
            for _ in 0..count {
                let mut text = sealed.clone();
                black_box(key.open_in_place(nonce(), Aad::from(b"place"), &mut text).expect("it opens"));
            }
        }),
        Subject::on_processor("memory", |count| get(&bare, count)),
        Subject::on_processor("encrypted, memory", |count| get(&kv, count)),
    ]);
}
