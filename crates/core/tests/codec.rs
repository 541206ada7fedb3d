//! Codecs: what one writes every reader reads, and nothing else does.
#![cfg(all(feature = "json", feature = "postcard", feature = "bincode"))]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use credenza_core::codec::{Bincode, Codec, Json, Postcard};
use credenza_core::{Error, ErrorKind, Result};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    New(i64),
    Pair(u8, Option<String>),
    Fields { bytes: Vec<u8>, deep: Vec<Shape> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Record {
    name: String,
    flag: bool,
    char: char,
    wide: u128,
    number: f64,
    map: BTreeMap<String, i32>,
    shapes: Vec<Shape>,
    nothing: (),
}

fn shapes() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::Unit),
        any::<i64>().prop_map(Shape::New),
        any::<(u8, Option<String>)>().prop_map(|(number, text)| Shape::Pair(number, text)),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        (any::<Vec<u8>>(), prop::collection::vec(inner, 0..3))
            .prop_map(|(bytes, deep)| Shape::Fields { bytes, deep })
    })
}

prop_compose! {
    fn records()(
        name: String, flag: bool, char: char, wide: u128, number in -1e300..1e300_f64,
        map in prop::collection::btree_map(any::<String>(), any::<i32>(), 0..4),
        shapes in prop::collection::vec(shapes(), 0..4),
    ) -> Record {
        Record { name, flag, char, wide, number, map, shapes, nothing: () }
    }
}

/// The bytes of every codec, with its id.
fn written<T: Serialize>(value: &T) -> [(u8, Vec<u8>); 3] {
    [
        (1, Json.encode(value).unwrap().to_vec()),
        (2, Postcard.encode(value).unwrap().to_vec()),
        (3, Bincode.encode(value).unwrap().to_vec()),
    ]
}

/// What every codec reads from the bytes.
fn read<T: DeserializeOwned>(stored: &[u8]) -> [Result<T>; 3] {
    [Json.decode(stored), Postcard.decode(stored), Bincode.decode(stored)]
}

#[test]
fn the_bytes_are_stable() {
    let value = ("a".to_owned(), 300_u32, Some(true));
    let [json, postcard, bincode] = written(&value);
    assert_eq!(json.1, b"\x01[\"a\",300,true]");
    assert_eq!(postcard.1, [2, 1, b'a', 0xac, 0x02, 1, 1]);
    assert_eq!(bincode.1, [3, 1, b'a', 251, 0x2c, 0x01, 1, 1]);
}

#[test]
fn errors_name_the_codec_and_the_id_and_never_the_data() {
    let text = |result: Result<u32>| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(std::error::Error::source(&error).is_none(), "a source may quote the data");
        error.message().to_owned()
    };
    assert_eq!(text(Json.decode(b"")), "expected json (1), found no bytes");
    assert_eq!(
        text(Json.decode(b"{\"secret\":1}")),
        "expected json (1), found id 123: no codec of this build has that id"
    );
    assert_eq!(
        text(Postcard.decode(b"\x00")),
        "expected postcard (2), found id 0: no codec of this build has that id"
    );
    assert_eq!(
        text(Json.decode(b"\x01\"secret\"")),
        "expected json (1), found id 1: it is not of this type (line 1, column 8)"
    );
    assert_eq!(
        text(Json.decode(b"\x01{secret")),
        "expected json (1), found id 1: it is not of this type (line 1, column 0)"
    );
    assert_eq!(
        text(Json.decode(b"\x01")),
        "expected json (1), found id 1: it ends too early (line 1, column 0)"
    );
    assert_eq!(
        text(Json.decode(b"\x017 7")),
        "expected json (1), found id 1: it is malformed (line 1, column 3)"
    );
    assert_eq!(
        text(Json.decode(b"\x02\x07\x07")),
        "expected json (1), found id 2: bytes are left at the end"
    );
    assert_eq!(text(Bincode.decode(b"\x02")), "expected bincode (3), found id 2: it ends too early");
    assert_eq!(
        text(Json.decode(b"\x02\xff\xff\xff\xff\xff\xff")),
        "expected json (1), found id 2: it is not of this type"
    );
    assert_eq!(
        text(Postcard.decode(b"\x03\x07\x07")),
        "expected postcard (2), found id 3: bytes are left at the end"
    );
    assert_eq!(text(Postcard.decode(b"\x03")), "expected postcard (2), found id 3: it ends too early");
    assert_eq!(
        text(Postcard.decode(b"\x03\xfe")),
        "expected postcard (2), found id 3: it is not of this type"
    );
}

#[test]
fn damaged_lengths_allocate_little_and_fail() {
    // Each says that 2^60 bytes or elements follow.
    let length = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];
    let postcard = [&[2][..], &length].concat();
    let bincode = [&[3, 253][..], &(1_u64 << 60).to_le_bytes()].concat();
    for stored in [postcard, bincode] {
        for result in read::<String>(&stored) {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Decode);
        }
        for result in read::<Vec<u64>>(&stored) {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Decode);
        }
    }
    let deep = [b"\x01".to_vec(), b"[".repeat(100_000)].concat();
    assert_eq!(Json.decode::<serde_json::Value>(&deep).unwrap_err().kind(), ErrorKind::Decode);
}

#[test]
fn bincode_has_a_limit() {
    let long = "x".repeat((16 << 20) - 5);
    assert!(Bincode.encode(&long).is_ok());
    let error = Bincode.encode(&(long + "12345")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert_eq!(error.message(), "the value has 16777221 bytes as bincode; the limit is 16777216");
}

#[test]
fn a_value_that_cannot_be_written_is_an_invalid_argument() {
    struct Secret;
    impl Serialize for Secret {
        fn serialize<S: serde::Serializer>(&self, _: S) -> std::result::Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("secret"))
        }
    }
    let check = |error: Error, codec: &str| {
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert_eq!(error.message(), format!("the value cannot be written as {codec}"));
        assert!(!format!("{error:?}").contains("secret"));
    };
    check(Json.encode(&Secret).unwrap_err(), "json");
    check(Postcard.encode(&Secret).unwrap_err(), "postcard");
    check(Bincode.encode(&Secret).unwrap_err(), "bincode");
    check(Json.encode(&BTreeMap::from([((1, 2), 3)])).unwrap_err(), "json");
}

/// A codec of an application.
#[derive(Clone, Debug)]
struct Reversed;

impl Codec for Reversed {
    const ID: u8 = 200;
    const NAME: &'static str = "reversed";

    fn write<T: Serialize + ?Sized>(&self, value: &T, out: &mut Vec<u8>) -> Result<()> {
        let from = out.len();
        Json.write(value, out)?;
        out[from..].reverse();
        Ok(())
    }

    fn read<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T> {
        Json.read(&bytes.iter().rev().copied().collect::<Vec<_>>())
    }
}

#[test]
fn an_application_has_its_own_codec_and_reads_the_built_in_ones() {
    let stored = Reversed.encode(&12).unwrap();
    assert_eq!(stored, &b"\xc821"[..]);
    assert_eq!(Reversed.decode::<u32>(&stored).unwrap(), 12);
    for (_, stored) in written(&12_u32) {
        assert_eq!(Reversed.decode::<u32>(&stored).unwrap(), 12);
    }
    assert_eq!(
        Json.decode::<u32>(&stored).unwrap_err().message(),
        "expected json (1), found id 200: no codec of this build has that id"
    );
}

proptest! {
    #[test]
    fn every_codec_reads_what_any_wrote(record in records()) {
        for (id, stored) in written(&record) {
            prop_assert_eq!(stored[0], id);
            for result in read::<Record>(&stored) {
                prop_assert_eq!(result.unwrap(), record.clone());
            }
        }
    }

    #[test]
    fn too_few_or_too_many_bytes_are_errors(record in records(), extra in b'!'..=b'~', cut: prop::sample::Index) {
        for (_, mut stored) in written(&record) {
            let cut = cut.index(stored.len());
            for result in read::<Record>(&stored[..cut]) {
                prop_assert_eq!(result.unwrap_err().kind(), ErrorKind::Decode);
            }
            stored.push(extra);
            for result in read::<Record>(&stored) {
                prop_assert_eq!(result.unwrap_err().kind(), ErrorKind::Decode);
            }
        }
    }

    #[test]
    fn garbage_never_panics(id in 0_u8..5, bytes: Vec<u8>) {
        let stored = [&[id][..], &bytes].concat();
        for result in read::<Record>(&stored) {
            // A record is too long to come about by chance.
            prop_assert_eq!(result.unwrap_err().kind(), ErrorKind::Decode);
        }
        for result in read::<Vec<Shape>>(&stored).into_iter().flat_map(Result::err) {
            prop_assert_eq!(result.kind(), ErrorKind::Decode);
        }
    }
}
