//! The verbs, on every store.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use bytes::Bytes;
use common::{content, pieces, stores, whole};
use credenza_core::blob::{
    BlobKey, Body, CopyOptions, DeleteOptions, ETag, GetOptions, Got, ListOptions, Precondition, PutOptions,
    Range,
};
use credenza_core::{Blob, Effect, Error, ErrorKind};
use futures_util::stream;

/// Sizes around everything at which something changes: kept in the index or in a file, one block or two, one piece
/// or several.
const SIZES: [usize; 12] =
    [0, 1, 4_096, 32_767, 32_768, 32_769, 131_071, 131_072, 131_073, 262_145, 1 << 20, (5 << 20) + 17];

fn kind<T: std::fmt::Debug>(outcome: Result<T, Error>) -> ErrorKind {
    let error = outcome.unwrap_err();
    assert_eq!(error.effect(), Effect::NotApplied);
    error.kind()
}

#[tokio::test]
async fn what_was_put_is_got() {
    for (blob, _place) in stores().await {
        for (n, size) in SIZES.into_iter().enumerate() {
            let content = content(n as u64, size);
            let bodies = [Body::from(content.clone()), pieces(&content, 1_000), pieces(&content, 70_000), {
                let whole = content.clone();
                Body::stream(stream::iter([Ok(whole.slice(..0)), Ok(whole)]), Some(size as u64))
            }];
            for body in bodies {
                let put = blob.put("a", body).await.unwrap();
                assert_eq!((put.size, put.key.as_str()), (size as u64, "a"));
                assert_eq!(blob.head("a").await.unwrap().as_ref(), Some(&put));
                let got = blob.get("a").await.unwrap().unwrap();
                assert_eq!((&got.info, got.range.clone()), (&put, 0..size as u64));
                assert_eq!(got.body.length(), Some(size as u64));
                assert!(got.body.collect(size).await.unwrap() == content, "{size} bytes");
            }
        }
        assert_eq!(
            blob.put("md5", "The quick brown fox jumps over the lazy dog").await.unwrap().etag.as_str(),
            "9e107d9d372bb6826bd81d3542a419d6"
        );
        assert!(blob.get("b").await.unwrap().is_none());
        assert!(blob.head("b").await.unwrap().is_none());
    }
}

#[tokio::test]
async fn ranges() {
    for (blob, _place) in stores().await {
        for size in [0, 10, 200_000, 3 << 20] {
            let content = content(7, size);
            blob.put("a", content.clone()).await.unwrap();
            let size = size as u64;
            let edges =
                [0, 1, 9, 131_072, 150_000, 1 << 20, size.saturating_sub(1), size, size + 1, u64::MAX];
            for a in edges {
                let ends = edges.map(|b| Range::Between(a, b));
                for range in ends.into_iter().chain([Range::From(a), Range::Suffix(a), Range::Full]) {
                    let got = blob.get_range("a", range).await;
                    match range.of(size) {
                        Ok(expected) => {
                            let got = got.unwrap().unwrap();
                            assert_eq!((got.range.clone(), got.info.size), (expected.clone(), size));
                            assert_eq!(got.body.length(), Some(expected.end - expected.start));
                            let read = got.body.collect(4 << 20).await.unwrap();
                            assert!(
                                read == content[expected.start as usize..expected.end as usize],
                                "{range:?}"
                            );
                        }
                        Err(_) => {
                            assert_eq!(kind(got), ErrorKind::RangeNotSatisfiable, "{range:?} of {size}")
                        }
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn headers_and_metadata() {
    for (blob, _place) in stores().await {
        let mut options = PutOptions {
            content_type: Some("text/plain; charset=utf-8".into()),
            content_encoding: Some("gzip".into()),
            content_language: Some("de".into()),
            content_disposition: Some("attachment".into()),
            cache_control: Some("max-age=5".into()),
            metadata: [("кот".to_owned(), "\0 \n".to_owned()), (String::new(), String::new())].into(),
            ..PutOptions::default()
        };
        for size in [5, 100_000] {
            let put = blob.put_with("a", content(1, size), options.clone()).await.unwrap();
            let page = blob.list("").await.unwrap();
            assert_eq!(page.objects, std::slice::from_ref(&put));
            assert_eq!(blob.get("a").await.unwrap().unwrap().info, put);
            assert_eq!(put.content_language.as_deref(), Some("de"));
            assert_eq!(put.metadata, options.metadata);
        }
        // What is put without them has none.
        assert_eq!(blob.put("a", "").await.unwrap().content_type, None);

        options.metadata = [("a".repeat(100), "b".repeat(8_192 - 100 - 25 - 4 - 2 - 10 - 9))].into();
        blob.put_with("a", "full", options.clone()).await.unwrap();
        options.metadata.insert("c".into(), String::new());
        assert_eq!(kind(blob.put_with("a", "", options.clone()).await), ErrorKind::LimitExceeded);
        options = PutOptions { content_type: Some("a\r\nb".into()), ..PutOptions::default() };
        assert_eq!(kind(blob.put_with("a", "", options).await), ErrorKind::InvalidArgument);
        assert_eq!(whole(&blob, "a").await, "full");
    }
}

#[tokio::test]
async fn preconditions() {
    for (blob, _place) in stores().await {
        for size in [3, 50_000] {
            let with = |precondition| PutOptions { precondition, ..PutOptions::default() };
            let other = ETag::new("other").unwrap();
            let failed = ErrorKind::PreconditionFailed;
            assert_eq!(kind(blob.put_with("a", "x", with(Precondition::Exists)).await), failed);
            assert_eq!(
                kind(blob.put_with("a", "x", with(Precondition::Match(vec![other.clone()]))).await),
                failed
            );
            let first = blob.put_with("a", content(1, size), with(Precondition::Absent)).await.unwrap().etag;
            assert_eq!(kind(blob.put_with("a", "x", with(Precondition::Absent)).await), failed);
            assert_eq!(
                kind(blob.put_with("a", "x", with(Precondition::NoneMatch(vec![first.clone()]))).await),
                failed
            );
            let both = Precondition::Match(vec![other.clone(), first.clone()]);
            let second = blob.put_with("a", content(2, size), with(both.clone())).await.unwrap().etag;
            assert_eq!(kind(blob.put_with("a", "x", with(both.clone())).await), failed);

            let get = |precondition| GetOptions { precondition, range: Range::From(1) };
            let got = blob.get_with("a", get(Precondition::Match(vec![second.clone()]))).await.unwrap();
            assert!(matches!(got, Some(Got::Object(object)) if object.range.start == 1));
            assert_eq!(kind(blob.get_with("a", get(both.clone())).await), failed);
            for same in [Precondition::NoneMatch(vec![second.clone()]), Precondition::Absent] {
                let got = blob.get_with("a", get(same)).await.unwrap();
                assert!(matches!(got, Some(Got::NotModified(info)) if info.etag == second));
            }
            assert!(blob.get_with("none", get(both.clone())).await.unwrap().is_none());

            let a = [BlobKey::new("a").unwrap()];
            let delete = |precondition| DeleteOptions { precondition };
            assert_eq!(kind(blob.delete_with(&a, delete(both.clone())).await), failed);
            let copy = |source, destination| CopyOptions { source, destination };
            assert_eq!(kind(blob.copy_with("a", "b", copy(both.clone(), Precondition::None)).await), failed);
            assert_eq!(
                kind(blob.copy_with("a", "a", copy(Precondition::None, Precondition::Absent)).await),
                failed
            );
            assert!(blob.head("b").await.unwrap().is_none());
            assert!(whole(&blob, "a").await == content(2, size));
            let deleted = blob.delete_with(&a, delete(Precondition::Match(vec![second]))).await.unwrap();
            assert_eq!(deleted, [true]);
            assert_eq!(kind(blob.delete_with(&a, delete(Precondition::Exists)).await), failed);
        }
    }
}

#[tokio::test]
async fn deletes_of_several_are_one_step() {
    for (blob, _place) in stores().await {
        for (key, size) in [("a", 1), ("b", 50_000), ("c", 2)] {
            blob.put(key, content(1, size)).await.unwrap();
        }
        let keys =
            |text: &[&str]| -> Vec<BlobKey> { text.iter().map(|key| BlobKey::new(*key).unwrap()).collect() };
        let exists = DeleteOptions { precondition: Precondition::Exists };
        let outcome = blob.delete_with(&keys(&["a", "no", "b"]), exists).await;
        assert_eq!(kind(outcome), ErrorKind::PreconditionFailed);
        assert_eq!(blob.list("").await.unwrap().objects.len(), 3);
        let deleted =
            blob.delete_with(&keys(&["no", "b", "a", "b"]), DeleteOptions::default()).await.unwrap();
        assert_eq!(deleted, [false, true, true, false]);
        assert_eq!(blob.list("").await.unwrap().objects.len(), 1);
        assert!(blob.delete_with(&[], DeleteOptions::default()).await.unwrap().is_empty());
        let many = vec![BlobKey::new("c").unwrap(); 1_001];
        assert_eq!(kind(blob.delete_with(&many, DeleteOptions::default()).await), ErrorKind::LimitExceeded);
        assert!(blob.delete("c").await.unwrap());
        assert!(!blob.delete("c").await.unwrap());
    }
}

#[tokio::test]
async fn copies_keep_what_is_known_and_live_by_themselves() {
    for (blob, place) in stores().await {
        for size in [10, 300_000] {
            let options = PutOptions {
                content_type: Some("text/plain".into()),
                metadata: [("a".into(), "b".into())].into(),
                ..PutOptions::default()
            };
            let put = blob.put_with("a", content(1, size), options).await.unwrap();
            blob.put("b", content(2, 200_000)).await.unwrap();
            let copy = blob.copy("a", "b").await.unwrap();
            assert_eq!((copy.key.as_str(), &copy.etag, copy.size), ("b", &put.etag, put.size));
            assert_eq!((&copy.content_type, &copy.metadata), (&put.content_type, &put.metadata));
            assert_eq!(blob.head("b").await.unwrap(), Some(copy));
            blob.copy("a", "a").await.unwrap();
            assert!(whole(&blob, "a").await == content(1, size));
            // Whichever goes first, the other stays.
            blob.put("a", "new").await.unwrap();
            assert!(whole(&blob, "b").await == content(1, size));
            blob.copy("b", "c").await.unwrap();
            blob.delete("b").await.unwrap();
            assert!(whole(&blob, "c").await == content(1, size));
            assert_eq!(kind(blob.copy("b", "c").await), ErrorKind::NotFound);
            if let Some(place) = &place {
                place.has_files(usize::from(size > 32_768)).await;
            }
        }
    }
}

#[tokio::test]
async fn a_body_that_is_not_what_was_announced_changes_nothing() {
    for (blob, place) in stores().await {
        for size in [10, 400_000] {
            blob.put("a", "old").await.unwrap();
            let content = content(1, size);
            let stream = |length| {
                let pieces: Vec<_> =
                    content.chunks(60_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
                Body::stream(stream::iter(pieces), length)
            };
            let size = size as u64;
            assert_eq!(kind(blob.put("a", stream(Some(size - 1))).await), ErrorKind::InvalidArgument);
            assert_eq!(kind(blob.put("a", stream(Some(size + 1))).await), ErrorKind::InvalidArgument);
            let md5 = PutOptions { md5: Some([1; 16]), ..PutOptions::default() };
            assert_eq!(kind(blob.put_with("a", stream(None), md5).await), ErrorKind::InvalidArgument);
            let broken = Body::stream(
                stream::iter([Ok(content.clone()), Err(Error::new(ErrorKind::Unavailable, "cut off"))]),
                None,
            );
            assert_eq!(kind(blob.put("a", broken).await), ErrorKind::Unavailable);
            assert_eq!(
                kind(blob.put("a", Body::stream(stream::empty(), Some(6 << 40))).await),
                ErrorKind::LimitExceeded
            );
            assert_eq!(whole(&blob, "a").await, "old");
            assert_eq!(blob.put("a", stream(Some(size))).await.unwrap().size, size);
            blob.delete("a").await.unwrap();
            if let Some(place) = &place {
                place.has_files(0).await;
            }
        }
    }
}

#[tokio::test]
async fn keys_that_would_mean_something_to_a_file_system() {
    let keys = [
        "a",
        "a/b",
        "a/b/c",
        "a/",
        "/a",
        "//",
        "a//b",
        "...",
        "a..b",
        "A",
        "кот",
        "cafe\u{301}",
        "café",
        "con",
        "a:b",
        "%2e%2e/",
        "a b ",
        " a",
        "-rf",
        "~",
        "a?b#c",
        "*",
        "index.db",
        "store",
        "content/00",
        &"x".repeat(1_024),
        &"/".repeat(1_024),
        &"%".repeat(1_024),
        &"\u{10ffff}".repeat(256),
    ];
    for (blob, _place) in stores().await {
        for (n, key) in keys.iter().enumerate() {
            let size = if n % 2 == 0 { 10 } else { 40_000 };
            blob.put(*key, content(n as u64, size)).await.unwrap();
        }
        for (n, key) in keys.iter().enumerate() {
            let size = if n % 2 == 0 { 10 } else { 40_000 };
            assert!(whole(&blob, key).await == content(n as u64, size), "{key}");
        }
        let mut expected = keys.to_vec();
        expected.sort_unstable();
        let page = blob.list("").await.unwrap();
        assert_eq!(page.objects.iter().map(|object| object.key.as_str()).collect::<Vec<_>>(), expected);
        for bad in ["", "..", "a/../b", "./a", "a\\b", "a\0", "a\nb", &"x".repeat(1_025)] {
            let error = blob.put(bad, "x").await.unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::InvalidArgument | ErrorKind::LimitExceeded));
            assert!(bad.len() < 3 || !error.to_string().contains(bad), "{error}");
        }
        let long = BlobKey::of_any_length("x".repeat(1_025)).unwrap();
        assert_eq!(kind(blob.put(&long, "x").await), ErrorKind::LimitExceeded);
        assert_eq!(kind(blob.get(&long).await), ErrorKind::LimitExceeded);
    }
}

#[tokio::test]
async fn lists_are_pages_in_order() {
    for (blob, _place) in stores().await {
        let mut keys: Vec<String> = (0..300).map(|n| format!("many/{n:03}")).collect();
        keys.extend(["a", "many", "many.", "many0", "z/1", "z/2", "z/3/4"].map(String::from));
        for key in &keys {
            blob.put(key.clone(), "").await.unwrap();
        }
        keys.sort_unstable();
        for limit in [1, 7, 1_000] {
            let mut options = ListOptions { limit, ..ListOptions::default() };
            let mut found = Vec::new();
            loop {
                let page = blob.list_with(options.clone()).await.unwrap();
                found.extend(page.objects.into_iter().map(|object| object.key.into_string()));
                match page.cursor {
                    Some(cursor) => options.cursor = Some(cursor),
                    None => break,
                }
            }
            assert_eq!(found, keys);
        }
        let folded = |prefix: &str, start_after: &str| ListOptions {
            prefix: prefix.into(),
            delimiter: "/".into(),
            start_after: start_after.into(),
            ..ListOptions::default()
        };
        let page = blob.list_with(folded("", "")).await.unwrap();
        assert_eq!(page.prefixes, ["many/", "z/"]);
        assert_eq!(names(&page.objects), ["a", "many", "many.", "many0"]);
        let page = blob.list_with(folded("z/", "z/1")).await.unwrap();
        assert_eq!((names(&page.objects), page.prefixes), (vec!["z/2"], vec!["z/3/".to_owned()]));
        assert_eq!(blob.list("many/29").await.unwrap().objects.len(), 10);
        assert!(blob.list("nothing").await.unwrap().objects.is_empty());
        let wrong = ListOptions { cursor: Some("no".into()), ..ListOptions::default() };
        assert_eq!(kind(blob.list_with(wrong).await), ErrorKind::InvalidArgument);
        assert_eq!(
            kind(blob.list_with(ListOptions { limit: 0, ..ListOptions::default() }).await),
            ErrorKind::InvalidArgument
        );
    }
}

fn names(objects: &[credenza_core::blob::ObjectInfo]) -> Vec<&str> {
    objects.iter().map(|object| object.key.as_str()).collect()
}

#[tokio::test]
async fn a_reader_keeps_what_it_reads() {
    for (blob, place) in stores().await {
        let old = content(1, 3 << 20);
        blob.put("a", old.clone()).await.unwrap();
        let mut first = blob.get("a").await.unwrap().unwrap().body;
        let second = blob.get("a").await.unwrap().unwrap().body;
        let piece = first.next().await.unwrap().unwrap();
        blob.put("a", content(2, 2 << 20)).await.unwrap();
        blob.delete("a").await.unwrap();
        if let Some(place) = &place {
            place.has_files(0).await;
        }
        let rest = first.collect(3 << 20).await.unwrap();
        assert!([&piece[..], &rest].concat() == old);
        assert!(second.collect(3 << 20).await.unwrap() == old);
    }
}

#[tokio::test]
async fn a_deadline_that_passed() {
    for (blob, _place) in stores().await {
        let late = blob.clone().with_timeout(std::time::Duration::ZERO);
        blob.put("a", "a").await.unwrap();
        assert_eq!(kind(late.put("a", "b").await), ErrorKind::Timeout);
        assert_eq!(kind(late.get("a").await), ErrorKind::Timeout);
        assert_eq!(kind(late.head("a").await), ErrorKind::Timeout);
        assert_eq!(kind(late.list("").await), ErrorKind::Timeout);
        assert_eq!(kind(late.copy("a", "b").await), ErrorKind::Timeout);
        assert_eq!(kind(late.delete("a").await), ErrorKind::Timeout);
        assert_eq!(whole(&blob, "a").await, "a");
        let presign = credenza_core::blob::PresignOptions {
            verb: credenza_core::blob::Verb::Get,
            expires_in: std::time::Duration::from_secs(1),
        };
        assert_eq!(kind(Blob::presign(&blob, "a", presign).await), ErrorKind::Unsupported);
    }
}
