//! Objects: what is compressed and what is not, ranges, what was there before, and damage.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use credenza_blob::{MemoryBlobConfig, MemoryBlobStore};
use credenza_compressed::{CompressedBlob, CompressedBlobConfig, ListedSizes, Method};
use credenza_core::blob::{
    BlobCapabilities, BlobKey, BlobStore, Body, CopyOptions, DeleteOptions, GetOptions, Got, ListOptions,
    ListPage, ObjectInfo, PresignOptions, Presigned, PutOptions, Range, Verb,
};
use credenza_core::{Blob, Context, Error, ErrorKind, Result, StoreInfo};
use futures_util::stream;

const BLOCK: usize = 128 << 10;
const MARKS: usize = 48;

fn config(method: Method) -> CompressedBlobConfig {
    let mut config = CompressedBlobConfig::default();
    config.method = method;
    config
}

fn on(store: Blob, config: CompressedBlobConfig) -> Blob {
    Blob::new(CompressedBlob::new(Arc::clone(store.store()), config).unwrap())
}

/// A compressed handle and the one of the store below.
fn pair() -> (Blob, Blob) {
    let below = Blob::new(MemoryBlobStore::new(MemoryBlobConfig::default()));
    (on(below.clone(), CompressedBlobConfig::default()), below)
}

/// Text of which no two blocks are alike, and which shrinks.
fn text(length: usize) -> Bytes {
    let mut text = String::new();
    for n in 0_u64.. {
        text.push_str(&format!("{{\"number\":{n},\"square\":{}}}\n", n * n));
        if text.len() >= length {
            break;
        }
    }
    text.truncate(length);
    text.into()
}

/// Bytes that do not shrink.
fn noise(length: usize) -> Bytes {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}

async fn read(blob: &Blob, key: &str) -> Result<Bytes, Error> {
    blob.get(key).await?.unwrap().body.collect(1 << 30).await
}

async fn stored(below: &Blob, key: &str) -> Bytes {
    read(below, key).await.unwrap()
}

#[tokio::test]
async fn contents_come_back_and_are_smaller_below() {
    for method in [Method::default(), Method::Zstd { level: -5 }, Method::Lz4] {
        let (_, below) = pair();
        let blob = on(below.clone(), config(method));
        for length in [0, 1, 255, 256, 5000, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 17] {
            let content = text(length);
            let put = blob.put("k", content.clone()).await.unwrap();
            assert_eq!((put.size, read(&blob, "k").await.unwrap()), (length as u64, content.clone()));
            assert_eq!(blob.head("k").await.unwrap().unwrap(), put);
            assert_eq!(blob.list("k").await.unwrap().objects, std::slice::from_ref(&put));
            let stored = stored(&below, "k").await.len();
            match length {
                ..256 => assert_eq!(stored, length + MARKS),
                _ => assert!(stored < length * 2 / 3 + 64, "{length} bytes became {stored}"),
            }
            // The same as a stream of odd pieces, of known length and not.
            for announced in [Some(length as u64), None] {
                let pieces: Vec<_> =
                    content.chunks(7919).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
                let put = blob.put("s", Body::stream(stream::iter(pieces), announced)).await.unwrap();
                assert_eq!((put.size, read(&blob, "s").await.unwrap()), (length as u64, content.clone()));
                assert_eq!(blob.head("s").await.unwrap().unwrap(), put);
            }
            let copied = blob.copy("s", "t").await.unwrap();
            assert_eq!((copied.size, read(&blob, "t").await.unwrap()), (length as u64, content));
        }
    }
}

#[tokio::test]
async fn what_does_not_shrink_grows_by_the_marks_and_the_index_alone() {
    let (blob, below) = pair();
    let content = noise(3 * BLOCK + 5);
    blob.put("noise", content.clone()).await.unwrap();
    assert_eq!(read(&blob, "noise").await.unwrap(), content);
    assert_eq!(stored(&below, "noise").await.len(), content.len() + MARKS + 4 * 16);

    let picture = [b"\x89PNG\r\n", &text(2 * BLOCK)[..]].concat();
    blob.put("picture", picture.clone()).await.unwrap();
    assert_eq!(read(&blob, "picture").await.unwrap(), picture);
    assert_eq!(stored(&below, "picture").await.len(), picture.len() + MARKS);
    assert_eq!(stored(&below, "picture").await[24..][..picture.len()], picture[..]);

    let options = PutOptions { content_encoding: Some("br".into()), ..PutOptions::default() };
    blob.put_with("encoded", text(5000), options).await.unwrap();
    assert_eq!(stored(&below, "encoded").await.len(), 5000 + MARKS);
    assert_eq!(read(&blob, "encoded").await.unwrap(), text(5000));
}

/// All ranges between interesting bytes.
async fn ranges(blob: &Blob, key: &str, content: &[u8]) {
    let length = content.len();
    let mut edges: Vec<_> = [0, 1, 23, 24, length.saturating_sub(1), length].into();
    edges.extend((1..).map(|n| n * BLOCK).take_while(|edge| *edge < length).flat_map(|n| [n - 1, n, n + 1]));
    for &start in &edges {
        for end in edges.iter().copied().chain([length + 9 * BLOCK]).filter(|end| *end > start) {
            match blob.get_range(key, Range::Between(start as u64, end as u64)).await {
                Ok(object) => {
                    let (object, end) = (object.unwrap(), end.min(length));
                    assert_eq!((object.range, object.info.size), (start as u64..end as u64, length as u64));
                    assert_eq!(object.body.length(), Some((end - start) as u64));
                    let read = object.body.collect(1 << 30).await.unwrap();
                    assert!(read == content[start..end], "{key}: {start}..{end}");
                }
                Err(error) => {
                    assert!(start >= length && error.kind() == ErrorKind::RangeNotSatisfiable, "{error}");
                }
            }
        }
        if start < length {
            for (range, begin) in
                [(Range::From(start as u64), start), (Range::Suffix((length - start) as u64), start)]
            {
                let object = blob.get_range(key, range).await.unwrap().unwrap();
                assert!(object.body.collect(1 << 30).await.unwrap() == content[begin..], "{key}: {range:?}");
            }
        }
    }
}

#[tokio::test]
async fn any_range_is_what_it_is_of_the_whole() {
    let (blob, below) = pair();
    for (name, content) in [
        ("text", text(3 * BLOCK + 1000)),
        ("noise", noise(2 * BLOCK + 7)),
        ("picture", [b"\x89PNG\r\n", &text(2 * BLOCK)[..]].concat().into()),
        ("small", text(100)),
    ] {
        blob.put(name, content.clone()).await.unwrap();
        ranges(&blob, name, &content).await;
        let pieces: Vec<_> = content.chunks(100_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        blob.put("open", Body::stream(stream::iter(pieces), None)).await.unwrap();
        ranges(&blob, "open", &content).await;
        // It was there before.
        below.put("before", content.clone()).await.unwrap();
        ranges(&blob, "before", &content).await;
    }
}

#[tokio::test]
async fn an_index_that_is_longer_than_what_is_read_at_first_is_read_in_part() {
    let (blob, _) = pair();
    // 2,200 blocks, each of one letter, so the whole is small when it is stored.
    let blocks = 2_200_u64;
    let pieces = stream::iter((0..blocks).map(|n| Ok(Bytes::from(vec![b'a' + (n % 26) as u8; BLOCK]))));
    blob.put("k", Body::stream(pieces, Some(blocks * BLOCK as u64))).await.unwrap();
    for block in [1, 100, 151, 152, 153, 2_198] {
        let range = Range::Between(block * BLOCK as u64 - 2, block * BLOCK as u64 + 2);
        let object = blob.get_range("k", range).await.unwrap().unwrap();
        let letter = |n: u64| b'a' + (n % 26) as u8;
        let expected = [letter(block - 1), letter(block - 1), letter(block), letter(block)];
        assert_eq!(object.body.collect(100).await.unwrap(), expected[..], "{block}");
    }
    // A long range, whose entries stand far apart.
    for (first, last) in [(3, 2_150), (100, blocks)] {
        let range = Range::Between(first * BLOCK as u64, last * BLOCK as u64);
        let mut body = blob.get_range("k", range).await.unwrap().unwrap().body;
        let (mut length, mut sum) = (0, 0_u64);
        while let Some(piece) = body.next().await.unwrap() {
            length += piece.len() as u64;
            sum += piece.iter().map(|byte| u64::from(byte - b'a')).sum::<u64>();
        }
        assert_eq!(length, (last - first) * BLOCK as u64);
        assert_eq!(sum, (first..last).map(|n| n % 26 * BLOCK as u64).sum::<u64>());
    }
}

#[tokio::test]
async fn objects_that_were_there_before_are_read_as_they_are() {
    let (blob, below) = pair();
    for content in [Bytes::new(), text(10), text(24), text(5000), text(2 * BLOCK)] {
        let put = below.put("k", content.clone()).await.unwrap();
        assert_eq!(read(&blob, "k").await.unwrap(), content);
        assert_eq!(blob.head("k").await.unwrap(), Some(put.clone()));
        assert_eq!(blob.list("").await.unwrap().objects, [put]);
    }
    assert_eq!(blob.head("missing").await.unwrap(), None);
    // What is stored of one object is a content like any other.
    blob.put("k", text(5000)).await.unwrap();
    let inside = stored(&below, "k").await;
    blob.put("nested", inside.clone()).await.unwrap();
    assert_eq!(read(&blob, "nested").await.unwrap(), inside);
    assert_eq!(blob.head("nested").await.unwrap().unwrap().size, inside.len() as u64);
}

#[tokio::test]
async fn damage_is_an_error_and_never_another_content() {
    for method in [Method::default(), Method::Lz4] {
        let (_, below) = pair();
        let blob = on(below.clone(), config(method));
        let content = text(2 * BLOCK + 500);
        blob.put("k", content.clone()).await.unwrap();
        let good = stored(&below, "k").await;
        let mut seen = 0;
        let edges = (0..64).chain(good.len() - 64..good.len()).chain((64..good.len() - 64).step_by(997));
        for at in edges {
            let mut bad = good.to_vec();
            bad[at] ^= 0x10;
            below.put("k", bad.clone()).await.unwrap();
            for range in [Range::Full, Range::From(BLOCK as u64 + 1), Range::Suffix(3)] {
                let begin = range.of(content.len() as u64).unwrap().start as usize;
                let read = match blob.get_range("k", range).await {
                    Ok(object) => object.unwrap().body.collect(1 << 30).await,
                    Err(error) => Err(error),
                };
                match read {
                    // It was read to its end without what is damaged; or it has no mark any more, and is what it looks like.
                    Ok(read) => assert!(
                        read == content[begin..] || bad.ends_with(&read) || bad.starts_with(&read),
                        "byte {at}, {range:?}"
                    ),
                    Err(error) => {
                        let unmarked =
                            at >= good.len() - 24 && error.kind() == ErrorKind::RangeNotSatisfiable;
                        assert!(error.kind() == ErrorKind::Corrupt || unmarked, "{error}");
                        seen += 1;
                    }
                }
            }
        }
        assert!(seen > 20, "{seen}");
        for cut in [good.len() - 1, good.len() - 24, good.len() - 60, good.len() / 2, 40] {
            below.put("k", good.slice(..cut)).await.unwrap();
            match read(&blob, "k").await {
                Ok(read) => assert!(cut >= good.len() - 48 && read == content, "cut at {cut}"),
                Err(error) => assert!(cut < good.len() - 24 && error.kind() == ErrorKind::Corrupt, "{error}"),
            }
        }
    }
}

#[tokio::test]
async fn no_length_in_an_object_takes_memory() {
    let (blob, below) = pair();
    let bomb = text(300);
    blob.put("k", bomb).await.unwrap();
    let mut stored = stored(&below, "k").await.to_vec();
    // The first block says that it has two gigabytes.
    stored[24..28].copy_from_slice(&0x7FFF_FFFF_u32.to_le_bytes());
    below.put("k", stored).await.unwrap();
    assert_eq!(read(&blob, "k").await.unwrap_err().kind(), ErrorKind::Corrupt);
}

#[tokio::test]
async fn what_was_announced_has_to_be_true() {
    let (blob, below) = pair();
    for content in [text(100), text(3 * BLOCK)] {
        let pieces = |content: &Bytes| {
            let pieces: Vec<_> =
                content.chunks(50_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
            stream::iter(pieces)
        };
        for wrong in [content.len() as u64 - 1, content.len() as u64 + 1] {
            let error = blob.put("k", Body::stream(pieces(&content), Some(wrong))).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        }
        let options = PutOptions { md5: Some([7; 16]), ..PutOptions::default() };
        let error = blob.put_with("k", content.clone(), options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        let broken = pieces(&content).collect_with_error();
        let error = blob.put("k", Body::stream(stream::iter(broken), None)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(below.head("k").await.unwrap(), None, "nothing was put");
    }
    let options = PresignOptions { verb: Verb::Get, expires_in: std::time::Duration::from_secs(60) };
    assert_eq!(blob.presign("k", options).await.unwrap_err().kind(), ErrorKind::Unsupported);
}

trait CollectWithError {
    fn collect_with_error(self) -> Vec<Result<Bytes>>;
}

impl CollectWithError for stream::Iter<std::vec::IntoIter<Result<Bytes>>> {
    fn collect_with_error(self) -> Vec<Result<Bytes>> {
        let mut pieces =
            futures_util::FutureExt::now_or_never(futures_util::StreamExt::collect::<Vec<_>>(self)).unwrap();
        pieces.push(Err(Error::new(ErrorKind::Unavailable, "the sender went away")));
        pieces
    }
}

/// A store that counts requests.
#[derive(Debug)]
struct Counted(Arc<dyn BlobStore>, AtomicU64);

#[async_trait]
impl BlobStore for Counted {
    fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    fn capabilities(&self) -> BlobCapabilities {
        self.0.capabilities()
    }

    async fn put(&self, cx: &Context, key: &BlobKey, body: Body, options: PutOptions) -> Result<ObjectInfo> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.put(cx, key, body, options).await
    }

    async fn get(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.get(cx, key, options).await
    }

    async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.head(cx, key).await
    }

    async fn delete(&self, cx: &Context, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.delete(cx, keys, options).await
    }

    async fn list(&self, cx: &Context, options: ListOptions) -> Result<ListPage> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.list(cx, options).await
    }

    async fn copy(
        &self,
        cx: &Context,
        from: &BlobKey,
        to: &BlobKey,
        options: CopyOptions,
    ) -> Result<ObjectInfo> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.copy(cx, from, to, options).await
    }

    async fn presign(&self, cx: &Context, key: &BlobKey, options: PresignOptions) -> Result<Presigned> {
        self.0.presign(cx, key, options).await
    }
}

#[tokio::test]
async fn the_requests_are_as_many_as_the_documentation_says() {
    let (_, below) = pair();
    let counted = Arc::new(Counted(Arc::clone(below.store()), AtomicU64::new(0)));
    let blob = Blob::new(CompressedBlob::new(counted.clone(), CompressedBlobConfig::default()).unwrap());
    let mut config = CompressedBlobConfig::default();
    config.listed_sizes = ListedSizes::Stored;
    let listing = Blob::new(CompressedBlob::new(counted.clone(), config).unwrap());
    let asked = || counted.1.swap(0, Ordering::Relaxed);
    let content = text(3 * BLOCK);
    blob.put("k", content.clone()).await.unwrap();
    assert_eq!(asked(), 1);
    for (range, requests) in [
        (Range::Full, 1),
        (Range::Between(5, 2 * BLOCK as u64), 1),
        (Range::Between(2 * BLOCK as u64, 2 * BLOCK as u64 + 5), 2),
        (Range::Suffix(10), 2),
    ] {
        let object = blob.get_range("k", range).await.unwrap().unwrap();
        object.body.collect(1 << 30).await.unwrap();
        assert_eq!(asked(), requests, "{range:?}");
    }
    blob.head("k").await.unwrap().unwrap();
    assert_eq!(asked(), 1);
    blob.put("open", Body::stream(stream::iter([Ok(text(500))]), None)).await.unwrap();
    asked();
    read(&blob, "open").await.unwrap();
    assert_eq!(asked(), 1, "a single block");
    blob.put("open", Body::stream(stream::iter([Ok(content.clone()), Ok(content.clone())]), None))
        .await
        .unwrap();
    asked();
    read(&blob, "open").await.unwrap();
    assert_eq!(asked(), 2);
    assert_eq!(blob.list("").await.unwrap().objects[0].size, content.len() as u64);
    assert_eq!(asked(), 3, "the list, and two objects");
    assert!(listing.list("").await.unwrap().objects[0].size < content.len() as u64);
    assert_eq!(asked(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_see_one_object_or_the_other_while_it_is_replaced() {
    let (blob, _) = pair();
    let contents = [text(3 * BLOCK), noise(2 * BLOCK + 9), text(40)];
    blob.put("k", contents[0].clone()).await.unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let writer = {
        let (blob, contents, over) = (blob.clone(), contents.clone(), over.clone());
        tokio::spawn(async move {
            for n in 0..300 {
                let content = contents[n % 3].clone();
                let half = content.len() / 2;
                let pieces = [Ok(content.slice(..half)), Ok(content.slice(half..))];
                blob.put("k", Body::stream(stream::iter(pieces), None)).await.unwrap();
                tokio::task::yield_now().await;
            }
            over.store(true, Ordering::Release);
        })
    };
    let mut reads = 0;
    while !over.load(Ordering::Acquire) {
        for range in [Range::Full, Range::Suffix(20)] {
            let read = match blob.get_range("k", range).await {
                Ok(object) => object.unwrap().body.collect(1 << 30).await.unwrap(),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
                    continue;
                }
            };
            let whole = range == Range::Full;
            let is = |content: &Bytes| if whole { content == &read } else { content.ends_with(&read) };
            assert!(contents.iter().any(is));
            reads += 1;
        }
        let size = blob.head("k").await.unwrap().unwrap().size;
        assert!(contents.iter().any(|content| content.len() as u64 == size));
        tokio::task::yield_now().await;
    }
    writer.await.unwrap();
    assert!(reads > 20, "{reads}");
}
