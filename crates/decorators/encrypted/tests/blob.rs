//! Objects: what is protected, in parts and as a whole, and keys that change.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use credenza_blob::{MemoryBlobConfig, MemoryBlobStore};
use credenza_core::blob::{Body, CopyOptions, Precondition, PresignOptions, PutOptions, Range, Verb};
use credenza_core::{Blob, Context, Error, ErrorKind};
use credenza_encrypted::{Cipher, EncryptedBlob, EncryptedConfig, Keyring, SecretKey};
use futures_util::stream;

const BLOCK: usize = 64 << 10;
/// A block as it is stored, and what stands before the first.
const SEALED: usize = BLOCK + 16;
const HEADER: usize = 69;

fn key(byte: u8) -> SecretKey {
    SecretKey::from_bytes([byte; 32])
}

fn on(store: Blob, keys: Keyring) -> Blob {
    Blob::new(EncryptedBlob::new(Arc::clone(store.store()), keys, EncryptedConfig::default()).unwrap())
}

/// An encrypted handle and the one of the store below.
fn pair() -> (Blob, Blob) {
    let below = Blob::new(MemoryBlobStore::new(MemoryBlobConfig::default()));
    (on(below.clone(), Keyring::new(1, key(7))), below)
}

/// Bytes of which no two blocks are alike.
fn content(length: usize) -> Bytes {
    (0..length as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

async fn read(blob: &Blob, key: &str) -> Result<Bytes, Error> {
    blob.get(key).await?.unwrap().body.collect(1 << 30).await
}

async fn stored(below: &Blob, key: &str) -> Vec<u8> {
    read(below, key).await.unwrap().to_vec()
}

#[tokio::test]
async fn contents_come_back_and_are_not_readable_below() {
    let (blob, below) = pair();
    for length in [0, 1, 5000, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 17] {
        let content = content(length);
        let put = blob.put("k", content.clone()).await.unwrap();
        assert_eq!((put.size, read(&blob, "k").await.unwrap()), (length as u64, content.clone()), "{length}");
        assert_eq!(blob.head("k").await.unwrap().unwrap(), put);
        assert_eq!(blob.list("k").await.unwrap().objects, [put]);
        let stored = stored(&below, "k").await;
        assert_eq!(stored.len(), length + HEADER + 16 * length.div_ceil(BLOCK).max(1));
        assert!(length < 16 || !stored.windows(16).any(|part| part == &content[length / 2 - 8..][..16]));

        // The same as a stream of odd pieces, of known length and not.
        for announced in [Some(length as u64), None] {
            let pieces: Vec<_> =
                content.chunks(7919).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
            blob.put("s", Body::stream(stream::iter(pieces), announced)).await.unwrap();
            assert_eq!(read(&blob, "s").await.unwrap(), content);
        }
    }
}

#[tokio::test]
async fn each_cipher_opens_what_the_other_sealed() {
    let below = Blob::new(MemoryBlobStore::new(MemoryBlobConfig::default()));
    let mut config = EncryptedConfig::default();
    config.cipher = Cipher::XChaCha20Poly1305;
    let ring = || Keyring::new(1, key(7));
    let chacha = EncryptedBlob::new(Arc::clone(below.store()), ring(), config).unwrap();
    let (chacha, aes) = (Blob::new(chacha), on(below.clone(), ring()));
    let content = content(2 * BLOCK + 9);
    for (writer, reader, format) in [(&chacha, &aes, 2), (&aes, &chacha, 1)] {
        writer.put("k", content.clone()).await.unwrap();
        assert_eq!(stored(&below, "k").await[0], format);
        assert_eq!(read(reader, "k").await.unwrap(), content);
        // The number of the format is no door: under the other one, nothing opens.
        let mut other = stored(&below, "k").await;
        other[0] = 3 - format;
        refused(reader, &below, "k", other, "the other format").await;
    }
}

#[tokio::test]
async fn any_range_is_what_it_is_of_the_whole() {
    let (blob, _) = pair();
    let content = content(3 * BLOCK + 1000);
    blob.put("k", content.clone()).await.unwrap();
    let edges = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK, 3 * BLOCK + 999, 3 * BLOCK + 1000];
    for start in edges {
        for end in edges.into_iter().chain([10 * BLOCK]).filter(|end| *end > start) {
            let range = Range::Between(start as u64, end as u64);
            let Some(object) = blob.get_range("k", range).await.ok().flatten() else {
                assert_eq!(start, content.len());
                continue;
            };
            let end = end.min(content.len());
            assert_eq!((object.range, object.info.size), (start as u64..end as u64, content.len() as u64));
            assert_eq!(object.body.collect(1 << 30).await.unwrap(), content[start..end], "{start}..{end}");
        }
    }
    for count in [1, 999, 1000, 1001, BLOCK, 4 * BLOCK] {
        let object = blob.get_range("k", Range::Suffix(count as u64)).await.unwrap().unwrap();
        let from = content.len().saturating_sub(count);
        assert_eq!(object.body.collect(1 << 30).await.unwrap(), content[from..]);
    }
    let error = blob.get_range("k", Range::From(content.len() as u64)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RangeNotSatisfiable);
}

/// Puts something else below, and expects that nobody takes it for the object.
async fn refused(blob: &Blob, below: &Blob, key: &str, bytes: Vec<u8>, why: &str) {
    below.put(key, bytes).await.unwrap();
    let error = read(blob, key).await.expect_err(why);
    assert_eq!((error.kind(), error.store()), (ErrorKind::Corrupt, Some("encrypted")), "{why}: {error}");
}

#[tokio::test]
async fn what_was_changed_cut_moved_or_spliced_is_an_error() {
    let (blob, below) = pair();
    let (one, other) = (content(3 * BLOCK), content(3 * BLOCK + 5).slice(5..));
    blob.put("k", one).await.unwrap();
    blob.put("l", other).await.unwrap();
    let (good, another) = (stored(&below, "k").await, stored(&below, "l").await);
    let block = |n: usize| HEADER + n * SEALED..HEADER + (n + 1) * SEALED;

    for at in (0..HEADER).chain([HEADER, HEADER + SEALED - 1, HEADER + SEALED, good.len() - 1]) {
        let mut changed = good.clone();
        changed[at] ^= 1;
        below.put("k", changed).await.unwrap();
        let kind = read(&blob, "k").await.unwrap_err().kind();
        assert!(matches!(kind, ErrorKind::Corrupt | ErrorKind::NewerFormat), "byte {at}: {kind:?}");
    }
    for length in [0, 1, HEADER, HEADER + 16, good.len() - 1] {
        refused(&blob, &below, "k", good[..length].to_vec(), "cut off within a block").await;
    }
    for blocks in 1..3 {
        let cut = good[..block(blocks - 1).end].to_vec();
        refused(&blob, &below, "k", cut, "cut off after a block").await;
    }
    refused(&blob, &below, "k", [&good[..], &good[block(0)]].concat(), "a block more").await;
    let mut swapped = good.clone();
    swapped[block(0)].copy_from_slice(&good[block(1)]);
    swapped[block(1)].copy_from_slice(&good[block(0)]);
    refused(&blob, &below, "k", swapped, "two blocks in another order").await;
    let mut spliced = good.clone();
    spliced[block(1)].copy_from_slice(&another[block(1)]);
    refused(&blob, &below, "k", spliced, "a block of another object").await;
    refused(&blob, &below, "k", another, "another object").await;
    refused(&blob, &below, "k", b"never encrypted".to_vec(), "what was never encrypted").await;
    assert_eq!(blob.head("k").await.unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(blob.list("").await.unwrap().objects.len(), 2, "a list shows what there is");

    below.put("k", good).await.unwrap();
    read(&blob, "k").await.unwrap();
    // A block that is damaged stops whoever reads it, after what is whole and not before.
    let mut damaged = stored(&below, "k").await;
    damaged[block(2).start] ^= 1;
    below.put("k", damaged).await.unwrap();
    let mut body = blob.get("k").await.unwrap().unwrap().body;
    let mut came = 0;
    let error = loop {
        match body.next().await {
            Ok(piece) => came += piece.expect("it does not end well").len(),
            Err(error) => break error,
        }
    };
    assert_eq!((came, error.kind()), (2 * BLOCK, ErrorKind::Corrupt));
    let first = blob.get_range("k", Range::Between(0, 10)).await.unwrap().unwrap();
    assert_eq!(first.body.collect(10).await.unwrap().len(), 10);
}

#[tokio::test]
async fn another_key_or_namespace_opens_nothing() {
    let (blob, below) = pair();
    blob.put("k", "v").await.unwrap();
    for ring in [Keyring::new(1, key(8)), Keyring::new(2, key(7)), Keyring::new(2, key(8))] {
        let error = read(&on(below.clone(), ring), "k").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    }
    let mut config = EncryptedConfig::default();
    config.namespace = "other".to_owned();
    let other = EncryptedBlob::new(Arc::clone(below.store()), Keyring::new(1, key(7)), config).unwrap();
    assert_eq!(read(&Blob::new(other), "k").await.unwrap_err().kind(), ErrorKind::Corrupt);
    let ring = Keyring::new(2, key(8)).with_old(1, key(7)).unwrap();
    assert_eq!(read(&on(below, ring), "k").await.unwrap(), "v");
}

#[tokio::test]
async fn headers_conditions_and_digests_are_kept() {
    let (blob, _) = pair();
    let md5 =
        [0x5d, 0x41, 0x40, 0x2a, 0xbc, 0x4b, 0x2a, 0x76, 0xb9, 0x71, 0x9d, 0x91, 0x10, 0x17, 0xc5, 0x92];
    let with = |md5: [u8; 16]| PutOptions {
        content_type: Some("text/plain".to_owned()),
        metadata: [("color".to_owned(), "red".to_owned())].into(),
        md5: Some(md5),
        ..PutOptions::default()
    };
    let pieces = || Body::stream(stream::iter([Ok(Bytes::from("hel")), Ok(Bytes::from("lo"))]), None);
    blob.put_with("k", "hello", with(md5)).await.unwrap();
    blob.put_with("k", pieces(), with(md5)).await.unwrap();
    for body in [Body::from("other"), pieces()] {
        let wrong = if body.length().is_some() { md5 } else { [0; 16] };
        let error = blob.put_with("k", body, with(wrong)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    }
    assert_eq!(read(&blob, "k").await.unwrap(), "hello", "nothing was changed");

    let copied = blob.copy("k", "copy").await.unwrap();
    assert_eq!((copied.size, copied.content_type.as_deref()), (5, Some("text/plain")));
    assert_eq!(copied.metadata["color"], "red");
    assert_eq!(read(&blob, "copy").await.unwrap(), "hello", "encrypted for where it stands");
    let none = CopyOptions { source: Precondition::NoneMatch(vec![copied.etag]), ..CopyOptions::default() };
    let error = blob.copy_with("copy", "more", none).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed);
    let presign = PresignOptions { verb: Verb::Get, expires_in: std::time::Duration::from_secs(60) };
    assert_eq!(blob.presign("k", presign).await.unwrap_err().kind(), ErrorKind::Unsupported);
    assert!(!blob.capabilities().presign && blob.capabilities().verifies);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rotation_under_load_loses_no_write() {
    let (old, below) = pair();
    for n in 0..200 {
        old.put(format!("o{n}"), content(BLOCK + n)).await.unwrap();
    }
    let ring = Keyring::new(2, key(8)).with_old(1, key(7)).unwrap();
    let new = EncryptedBlob::new(Arc::clone(below.store()), ring, EncryptedConfig::default()).unwrap();
    let new = Arc::new(new);
    let blob = Blob::from(new.clone() as Arc<dyn credenza_core::blob::BlobStore>);
    let stop = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn({
        let (blob, stop) = (blob.clone(), Arc::clone(&stop));
        async move {
            let mut n = 0;
            while !stop.load(Ordering::Relaxed) {
                blob.put(format!("o{}", n % 200), format!("written {n}")).await.unwrap();
                n += 1;
                tokio::task::yield_now().await;
            }
            n
        }
    });
    let rotated = new.rotate(&Context::new()).await.unwrap();
    stop.store(true, Ordering::Relaxed);
    let written = writing.await.unwrap();
    assert!(rotated.objects == 200 && rotated.rewritten <= 200, "{rotated:?}");
    let again = new.rotate(&Context::new()).await.unwrap();
    assert_eq!((again.objects, again.rewritten), (200, 0));

    // The old key is not needed any more, and what was written last stands there.
    let blob = on(below, Keyring::new(2, key(8)));
    for n in 0..200_usize {
        let last = (0..written).rev().find(|write| write % 200 == n);
        let expected = last.map_or_else(|| content(BLOCK + n), |write| format!("written {write}").into());
        assert_eq!(read(&blob, &format!("o{n}")).await.unwrap(), expected, "object {n}");
    }
}
