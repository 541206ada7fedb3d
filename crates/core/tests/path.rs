//! The encoding of keys made of parts.
#![allow(clippy::unwrap_used)]

use credenza_core::{ErrorKind, KeyPath};
use proptest::prelude::*;

/// Bytes around those that mean something.
fn part() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![prop::sample::select(&b"\0\x01 !\"#$%&'0125AFaz\x7f\x80\xff"[..]), any::<u8>()];
    prop::collection::vec(byte, 0..5)
}

fn parts() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(part(), 1..5)
}

fn path(parts: &[Vec<u8>]) -> KeyPath {
    parts.iter().fold(KeyPath::new(), KeyPath::push)
}

fn key(parts: &[Vec<u8>]) -> Vec<u8> {
    let (name, path_parts) = parts.split_last().unwrap();
    path(path_parts).key(name).to_vec()
}

#[test]
fn text_stays_readable() {
    let orders = KeyPath::new().push("shop-1").push("orders");
    assert_eq!(
        &orders.key("2026-11-21T07:16:00Z/ä.json")[..],
        "shop-1#orders#2026-11-21T07:16:00Z/ä.json".as_bytes()
    );
    assert_eq!(&orders.key("a b#c")[..], b"shop-1#orders#a%20b%23c");
    assert_eq!(&orders.key("")[..], b"shop-1#orders#");
    assert_eq!(&KeyPath::new().key("x")[..], b"x");
    assert_eq!(&KeyPath::new().prefix()[..], b"");
    assert_eq!(orders, KeyPath::new().push("shop-1").child("orders"));
    assert_eq!(orders.strip(&orders.child("2026").key("a")), Some(&b"2026#a"[..]));
    assert_eq!(orders.strip(b"shop-1#orders"), None);
    assert_eq!(format!("{orders:?}"), "KeyPath(14 bytes)");
}

#[test]
fn what_is_no_path_is_an_error() {
    for wrong in ["a b", "a$", "a%", "a%2", "a%2x", "a%2f", "a%26", "a%41", "a\0", "%G0", "a#b c"] {
        assert_eq!(KeyPath::decode(wrong.as_bytes()).unwrap_err().kind(), ErrorKind::Decode, "{wrong}");
    }
}

proptest! {
    #[test]
    fn decoding_gives_the_parts_back(parts in parts()) {
        prop_assert_eq!(KeyPath::decode(&key(&parts)).unwrap(), parts);
    }

    #[test]
    fn keys_have_the_order_of_their_parts(a in parts(), b in parts()) {
        prop_assert_eq!(key(&a).cmp(&key(&b)), a.cmp(&b));
        prop_assert_eq!(path(&a).cmp(&path(&b)), a.cmp(&b));
    }

    #[test]
    fn a_prefix_is_that_of_the_keys_below_it_alone(above in prop::collection::vec(part(), 0..4), other in parts(), below in parts()) {
        let prefix = path(&above).prefix();
        let is_below = other.len() > above.len() && other.starts_with(&above);
        prop_assert_eq!(key(&other).starts_with(&prefix), is_below);

        let inside = [&above[..], &below].concat();
        prop_assert!(key(&inside).starts_with(&prefix));
        let rest = key(&inside);
        let rest = path(&above).strip(&rest).unwrap();
        prop_assert_eq!(KeyPath::decode(rest).unwrap(), below);
    }

    #[test]
    fn a_prefix_may_end_within_a_part(above in prop::collection::vec(part(), 0..3), start in part(), other in parts()) {
        let prefix = path(&above).prefix_of(&start);
        let starts = other.len() > above.len() && other.starts_with(&above) && other[above.len()].starts_with(&start);
        prop_assert_eq!(key(&other).starts_with(&prefix), starts);
    }

    #[test]
    fn garbage_is_an_error_or_the_only_form_of_its_parts(bytes in prop_oneof![part(), any::<Vec<u8>>()]) {
        if let Ok(parts) = KeyPath::decode(&bytes) {
            let parts: Vec<Vec<u8>> = parts.iter().map(|part| part.to_vec()).collect();
            prop_assert_eq!(key(&parts), bytes);
        }
    }
}
