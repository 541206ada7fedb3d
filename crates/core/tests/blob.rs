//! Bodies, ranges, preconditions and tags.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use credenza_core::blob::{BlobKey, Body, ETag, ObjectInfo, Precondition, PutOptions, Range};
use credenza_core::{Error, ErrorKind, Result};
use futures_core::Stream;
use proptest::prelude::*;

struct Pieces(VecDeque<Result<Bytes>>);

impl Stream for Pieces {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        Poll::Ready(self.0.pop_front())
    }
}

fn stream(pieces: &[&'static str], length: Option<u64>) -> Body {
    let pieces = pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect();
    Body::stream(Pieces(pieces), length)
}

#[tokio::test]
async fn a_body_is_collected_up_to_a_limit() {
    for body in [Body::from("abcdef"), stream(&["ab", "", "cdef"], Some(6)), stream(&["abcdef"], None)] {
        assert_eq!(body.collect(6).await.unwrap(), "abcdef");
    }
    for body in [
        Body::from("abcdef"),
        stream(&["ab", "cdef"], Some(6)),
        stream(&["ab", "cdef"], None),
        stream(&["abcdef"], None),
    ] {
        assert_eq!(body.collect(5).await.unwrap_err().kind(), ErrorKind::LimitExceeded);
    }
    assert_eq!(Body::empty().collect(0).await.unwrap(), "");
    assert_eq!(stream(&[], None).collect(0).await.unwrap(), "");
}

#[tokio::test]
async fn a_body_counts_down_and_ends_with_its_error() {
    let mut body = stream(&["ab", "c"], Some(3));
    assert_eq!(body.next().await.unwrap().unwrap(), "ab");
    assert_eq!(body.length(), Some(1));
    let broken =
        vec![Ok(Bytes::from_static(b"ab")), Err(Error::new(ErrorKind::Corrupt, "damaged")), Ok(Bytes::new())];
    let mut body = Body::stream(Pieces(broken.into()), None);
    assert!(body.next().await.unwrap().is_some());
    assert_eq!(body.next().await.unwrap_err().kind(), ErrorKind::Corrupt);
    assert!(body.next().await.unwrap().is_none(), "nothing comes after an error");
}

#[test]
fn bytes_that_are_here_are_given_as_they_are() {
    let bytes = Bytes::from_static(b"here");
    assert_eq!(Body::from(bytes.clone()).try_into_bytes().unwrap().as_ptr(), bytes.as_ptr());
    assert_eq!(Body::empty().try_into_bytes().unwrap(), "");
    assert!(stream(&["a"], Some(1)).try_into_bytes().is_err());
}

#[test]
fn tags() {
    assert_eq!(ETag::of_md5([0xab; 16]).to_string(), format!("\"{}\"", "ab".repeat(16)));
    for tag in ["", "a\"b", "a b", "é", "a\n", &"x".repeat(129)] {
        assert_eq!(ETag::new(tag), None, "{tag}");
    }
    assert_eq!(ETag::new("a-2").unwrap().as_str(), "a-2");
}

#[test]
fn preconditions() {
    let (a, b) = (ETag::new("a").unwrap(), ETag::new("b").unwrap());
    let both = vec![a.clone(), b.clone()];
    for (precondition, of_none, of_a) in [
        (Precondition::None, true, true),
        (Precondition::Absent, true, false),
        (Precondition::Exists, false, true),
        (Precondition::Match(both.clone()), false, true),
        (Precondition::Match(vec![b.clone()]), false, false),
        (Precondition::Match(vec![]), false, false),
        (Precondition::NoneMatch(both), true, false),
        (Precondition::NoneMatch(vec![b]), true, true),
    ] {
        assert_eq!(
            (precondition.holds(None), precondition.holds(Some(&a))),
            (of_none, of_a),
            "{precondition:?}"
        );
        assert_eq!(precondition.check(Some(&a)).is_ok(), of_a);
    }
}

#[test]
fn neither_infos_nor_options_show_keys_or_metadata() {
    let mut info = ObjectInfo::new(BlobKey::new("secret").unwrap(), 1, ETag::of_md5([0; 16]), 0);
    info.metadata.insert("secret".into(), "secret".into());
    let options = PutOptions { metadata: info.metadata.clone(), ..PutOptions::default() };
    let text = format!("{info:?} {options:?} {:?}", Body::from("secret"));
    assert!(!text.contains("secret"), "{text}");
}

proptest! {
    #[test]
    fn a_range_is_within_the_object_or_an_error(size in 0_u64..20, a in 0_u64..25, b in prop_oneof![0_u64..25, Just(u64::MAX)]) {
        let bytes: Vec<u64> = (0..size).collect();
        for (range, expected) in [
            (Range::Between(a, b), bytes.iter().copied().filter(|at| *at >= a && *at < b).collect::<Vec<_>>()),
            (Range::From(a), bytes.iter().copied().filter(|at| *at >= a).collect()),
            (Range::Suffix(b), bytes.iter().copied().filter(|at| size - at <= b).collect()),
        ] {
            match range.of(size) {
                Ok(found) => prop_assert_eq!(found.collect::<Vec<_>>(), expected),
                Err(error) => {
                    prop_assert_eq!(error.kind(), ErrorKind::RangeNotSatisfiable);
                    prop_assert!(expected.is_empty());
                }
            }
        }
        prop_assert_eq!(Range::Full.of(size).unwrap(), 0..size);
    }
}
