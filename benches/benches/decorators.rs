//! What decorators add to a store in memory, and encryption and compression beside the bare libraries. Nothing here waits, so it is the time on the
//! processor that counts.

use std::hint::black_box;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use benches::{KeyText, Rounds, Subject};
use credenza_compressed::{Compressed, CompressedConfig, Dictionary, Method};
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
    let dictionary = Dictionary::train(&(0..5000).map(document).collect::<Vec<_>>(), 4096).expect("samples");
    let with_dictionary = CompressedConfig::with_dictionary(dictionary.clone());
    compression("a document, zstd 3 with a dictionary of 4 KiB", &document(10_000), with_dictionary, &|| {
        zstd(dictionary.as_bytes())
    });
    let lz4 = || {
        let mut config = CompressedConfig::default();
        config.method = Method::Lz4;
        config
    };
    for documents in [20, 5_000] {
        let text: String = (0..documents).map(document).collect();
        let length = text.len();
        let config = CompressedConfig::default();
        compression(&format!("{length} bytes of documents, zstd 3"), &text, config, &|| zstd(&[]));
        compression(&format!("{length} bytes of documents, LZ4"), &text, lz4(), &bare_lz4);
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

fn document(n: usize) -> String {
    let (name, city) = (["Ada", "Grace", "Edsger", "Barbara"][n % 4], ["Paris", "Oslo", "Rome"][n % 3]);
    format!(
        "{{\"id\":{n},\"name\":\"{name}\",\"city\":\"{city}\",\"active\":{},\"email\":\"user{n}@example.org\",\
         \"roles\":[\"reader\",\"writer\"],\"created\":\"2026-01-{:02}T10:00:00Z\",\"score\":{},\
         \"notes\":[{{\"by\":{},\"text\":\"called back\"}},{{\"by\":{},\"text\":\"sent a letter\"}}]}}",
        n.is_multiple_of(2),
        n % 28 + 1,
        n * 7919 % 1000,
        n * 31 % 977,
        n * 17 % 977,
    )
}

type Compress = Box<dyn FnMut(&[u8]) -> Vec<u8>>;
/// Knows the length of what comes out.
type Decompress = Box<dyn FnMut(&[u8], usize) -> Vec<u8>>;

/// A library, by hand.
struct Library {
    compress: Compress,
    decompress: Decompress,
}

fn zstd(dictionary: &[u8]) -> Library {
    let mut compressor = zstd::bulk::Compressor::with_dictionary(3, dictionary).expect("a context");
    let mut decompressor = zstd::bulk::Decompressor::with_dictionary(dictionary).expect("a context");
    Library {
        compress: Box::new(move |value| compressor.compress(value).expect("it compresses")),
        decompress: Box::new(move |bytes, length| {
            decompressor.decompress(bytes, length).expect("it is whole")
        }),
    }
}

fn bare_lz4() -> Library {
    Library {
        compress: Box::new(lz4_flex::block::compress),
        decompress: Box::new(|bytes, length| {
            lz4_flex::block::decompress(bytes, length).expect("it is whole")
        }),
    }
}

fn compression(what: &str, value: &str, config: CompressedConfig, library: &dyn Fn() -> Library) {
    let below = memory();
    let (bare, kv) =
        (memory(), below.clone().layer(|store| Compressed::new(store, config)).expect("it fits"));
    let value = bytes::Bytes::copy_from_slice(value.as_bytes());
    for kv in [&bare, &kv] {
        now(kv.set("k", value.clone()));
    }
    let (mut one, mut other) = (library(), library());
    let compressed = (one.compress)(&value);
    let stored = now(below.get("k")).map_or(0, |stored| stored.len());
    println!("\n{what}: {} bytes, {} by hand, {stored} stored", value.len(), compressed.len());
    Rounds::new(format!("set of {what}")).run(&mut [
        Subject::on_processor("the library, with a context that is kept", |count| {
            (0..count).for_each(|_| drop(black_box((one.compress)(&value))));
        }),
        Subject::on_processor("memory", |count| {
            (0..count).for_each(|_| drop(black_box(now(bare.run(Set::new("k", value.clone()))))));
        }),
        Subject::on_processor("compressed, memory", |count| {
            (0..count).for_each(|_| drop(black_box(now(kv.run(Set::new("k", value.clone()))))));
        }),
    ]);
    Rounds::new(format!("get of {what}")).run(&mut [
        Subject::on_processor("the library, with a context that is kept", |count| {
            (0..count).for_each(|_| drop(black_box((other.decompress)(&compressed, value.len()))));
        }),
        Subject::on_processor("memory", |count| {
            (0..count).for_each(|_| drop(black_box(now(bare.run(Get::new("k"))))));
        }),
        Subject::on_processor("compressed, memory", |count| {
            (0..count).for_each(|_| drop(black_box(now(kv.run(Get::new("k"))))));
        }),
    ]);
}
