//! Fields and members that are encrypted: what can be read of them, what is found by them, and what is refused.
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use credenza_core::command::{HGetAll, HKeys, HScan, LexRange, SMembers, SScan, ZRange, ZRangeBy, ZScan};
use credenza_core::{Batch, Check, Context, Cursor, ErrorKind, Kv, Pattern};
use credenza_encrypted::{Cipher, Encrypted, EncryptedConfig, Fields, Keyring, Members, SecretKey};
use credenza_memory::{MemoryConfig, MemoryStore};

fn key(byte: u8) -> SecretKey {
    SecretKey::from_bytes([byte; 32])
}

fn ring(number: u32) -> Keyring {
    Keyring::new(number, key(7)).with_names(key(9))
}

fn config() -> EncryptedConfig {
    let mut config = EncryptedConfig::default();
    (config.members, config.fields) = (Members::Deterministic, Fields::Deterministic);
    config
}

fn on(store: MemoryStore, keys: Keyring, config: EncryptedConfig) -> Encrypted<MemoryStore> {
    Encrypted::new(store, keys, config).unwrap()
}

/// An encrypted handle, the one of the store below, and the store.
fn three() -> (Kv, Kv, MemoryStore) {
    let store = MemoryStore::open(MemoryConfig::default()).unwrap();
    (Kv::new(on(store.clone(), ring(1), config())), Kv::new(store.clone()), store)
}

#[tokio::test]
async fn names_come_back_and_are_not_readable_below() {
    let (kv, below, _) = three();
    kv.hset("h", "a field of some length", "1").await.unwrap();
    kv.sadd_many("s", ["a member of some length", ""]).await.unwrap();
    kv.zadd("z", 1.5, "a member of some length").await.unwrap();

    let fields = below.run(HKeys::new("h")).await.unwrap();
    let mut members = below.run(SMembers::new("s")).await.unwrap();
    members.sort_by_key(Bytes::len);
    assert_eq!(fields.iter().map(Bytes::len).collect::<Vec<_>>(), [22 + 17]);
    assert_eq!(members.iter().map(Bytes::len).collect::<Vec<_>>(), [17, 23 + 17]);
    for stored in fields.iter().chain(&members) {
        assert!(!stored.windows(8).any(|part| part == b"of some "));
    }
    assert_eq!(
        below.zscore("z", &members[1]).await.unwrap(),
        Some(1.5),
        "a member looks the same in every set"
    );
    assert_eq!(below.hlen("h").await.unwrap(), 1);

    assert_eq!(kv.hget("h", "a field of some length").await.unwrap().unwrap(), "1");
    assert_eq!(kv.run(HGetAll::new("h")).await.unwrap(), [("a field of some length".into(), "1".into())]);
    assert!(kv.sismember("s", "").await.unwrap() && !kv.sismember("s", "other").await.unwrap());
    assert_eq!(kv.zscore("z", "a member of some length").await.unwrap(), Some(1.5));
}

#[tokio::test]
async fn fields_look_different_in_every_hash_and_all_names_in_every_namespace() {
    let (kv, below, store) = three();
    let mut other = config();
    other.namespace = "n".into();
    let other = Kv::new(on(store, ring(1), other));
    kv.hset("h", "f", "1").await.unwrap();
    kv.hset("i", "f", "1").await.unwrap();
    kv.sadd("s", "m").await.unwrap();
    other.sadd("t", "m").await.unwrap();
    let one = below.run(HKeys::new("h")).await.unwrap();
    assert_ne!(one, below.run(HKeys::new("i")).await.unwrap());
    assert_ne!(below.run(SMembers::new("s")).await.unwrap(), below.run(SMembers::new("t")).await.unwrap());
    assert_eq!(other.run(SMembers::new("s")).await.unwrap_err().kind(), ErrorKind::Corrupt);
    assert!(!other.sismember("s", "m").await.unwrap());

    // A field of one hash cannot be put into another, with its value or without.
    let value = below.hget("h", &one[0]).await.unwrap().unwrap();
    below.hset("i", &one[0], value).await.unwrap();
    let error = kv.run(HGetAll::new("i")).await.unwrap_err();
    assert_eq!((error.kind(), error.store()), (ErrorKind::Corrupt, Some("encrypted")));
}

#[tokio::test]
async fn what_is_no_name_is_an_error_that_does_not_show_it() {
    let (kv, below, _) = three();
    kv.sadd("s", "member").await.unwrap();
    let stored = below.run(SMembers::new("s")).await.unwrap().remove(0);
    for at in 0..stored.len() {
        let mut bad = stored.to_vec();
        bad[at] ^= 1;
        below.del("t").await.unwrap();
        below.sadd("t", bad).await.unwrap();
        assert_eq!(kv.run(SMembers::new("t")).await.unwrap_err().kind(), ErrorKind::Corrupt, "byte {at}");
    }
    for short in [&b""[..], b"\x01", &stored[..16], b"readable member"] {
        below.del("t").await.unwrap();
        below.sadd("t", short).await.unwrap();
        let error = kv.run(SMembers::new("t")).await.unwrap_err();
        assert!(error.kind() == ErrorKind::Corrupt && !format!("{error:?}").contains("readable"));
    }
}

#[tokio::test]
async fn sets_are_still_compared_with_each_other_and_checks_hold() {
    let (kv, _, _) = three();
    kv.sadd_many("a", ["1", "2", "3"]).await.unwrap();
    kv.sadd_many("b", ["2", "3", "4"]).await.unwrap();
    let mut both = kv.sinter(["a", "b"]).await.unwrap();
    both.sort();
    assert_eq!(both, ["2", "3"]);
    kv.hset("h", "f", "1").await.unwrap();
    let passes = async |check: Check| {
        let mut batch = Batch { checks: vec![check], ..Batch::atomic() };
        batch.push(credenza_core::command::Exists::new(["a"]));
        match kv.batch(batch).await {
            Ok(_) => true,
            Err(error) if error.kind() == ErrorKind::CheckFailed => false,
            Err(error) => panic!("{error}"),
        }
    };
    assert!(passes(Check::member_present("a", "1")).await && !passes(Check::member_present("a", "4")).await);
    assert!(passes(Check::member_absent("a", "4")).await && !passes(Check::member_absent("a", "1")).await);
    assert!(passes(Check::field_exists("h", "f")).await && !passes(Check::field_exists("h", "g")).await);
    assert!(passes(Check::field_absent("h", "g")).await && !passes(Check::field_absent("h", "f")).await);
    assert!(
        passes(Check::field_equals("h", "f", "1")).await && !passes(Check::field_equals("h", "f", "2")).await
    );
}

#[tokio::test]
async fn patterns_of_scans_are_matched_with_what_is_readable() {
    let (kv, _, _) = three();
    for n in 0..300 {
        kv.hset("h", format!("f{n}"), "1").await.unwrap();
        kv.sadd("s", format!("m{n}")).await.unwrap();
        kv.zadd("z", f64::from(n), format!("m{n}")).await.unwrap();
    }
    let (mut found, mut cursor) = ([0; 3], [Some(Cursor::START), Some(Cursor::START), Some(Cursor::START)]);
    while cursor.iter().any(Option::is_some) {
        if let Some(at) = cursor[0].take() {
            let page = kv.run(HScan::new("h", at).pattern(Pattern::from("f1*"))).await.unwrap();
            assert!(page.items.iter().all(|(field, _)| field.starts_with(b"f1")));
            (found[0], cursor[0]) = (found[0] + page.items.len(), page.next);
        }
        if let Some(at) = cursor[1].take() {
            let page = kv.run(SScan::new("s", at).pattern(Pattern::from("m?"))).await.unwrap();
            (found[1], cursor[1]) = (found[1] + page.items.len(), page.next);
        }
        if let Some(at) = cursor[2].take() {
            let page = kv.run(ZScan::new("z", at).pattern(Pattern::from("*99"))).await.unwrap();
            (found[2], cursor[2]) = (found[2] + page.items.len(), page.next);
        }
    }
    assert_eq!(found, [111, 10, 3]);
}

#[tokio::test]
async fn what_asks_for_an_order_of_members_is_refused() {
    let (kv, _, store) = three();
    kv.zadd("z", 0.0, "a").await.unwrap();
    kv.zadd("z", 0.0, "b").await.unwrap();
    let error = kv.run(ZRange::new("z", ZRangeBy::lex(LexRange::ALL))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(kv.run(ZRange::new("z", ZRangeBy::rank(0, -1))).await.unwrap().len(), 2);
    use credenza_core::CommandId::{ZLexCount, ZRemRangeByLex};
    assert!([ZLexCount, ZRemRangeByLex].iter().all(|id| !kv.capabilities().commands.contains(*id)));

    let error = Encrypted::new(store, Keyring::new(1, key(7)), config()).unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidArgument && error.message().contains("key of their own"));
}

#[tokio::test]
async fn a_rotation_keeps_names_and_renews_values() {
    let (kv, _, store) = three();
    for n in 0..250 {
        kv.hset("h", format!("f{n}"), format!("v{n}")).await.unwrap();
    }
    let mut chacha = config();
    chacha.cipher = Cipher::XChaCha20Poly1305;
    let next =
        on(store.clone(), Keyring::new(2, key(8)).with_old(1, key(7)).unwrap().with_names(key(9)), chacha);
    assert_eq!(next.rotate(&Context::new()).await.unwrap().values, 250);
    let only = Kv::new(on(store, Keyring::new(2, key(8)).with_names(key(9)), config()));
    for n in [0, 77, 249] {
        assert_eq!(only.hget("h", format!("f{n}")).await.unwrap().unwrap(), format!("v{n}"));
    }
}
