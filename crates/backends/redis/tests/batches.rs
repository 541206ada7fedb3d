//! Atomic batches on a real server: all or nothing, whatever goes wrong.

#![allow(clippy::unwrap_used)]

mod common;

use common::{config, open};
use credenza_core::command::{
    Append, Clear, Del, Expire, Get, GetRange, HIncrBy, HSet, IncrBounded, IncrBy, IncrByFloat, LPush,
    LRange, LSet, LexRange, MSet, Rename, SAdd, SUnionStore, Scan, Set, SetIfEqual, SetRange, ZAdd,
    ZAddOptions, ZIncrBy, ZRange, ZRangeBy,
};
use credenza_core::{Batch, Check, Command, Cursor, Error, ErrorKind, Found, Kv, KvStore, Mode, Reply};
use credenza_redis::{RedisConfig, RedisStore};
use credenza_testkit::script::Answer;
use credenza_testkit::servers::Redis;

/// Everything that is stored, so that it can be compared.
fn contents(redis: &Redis) -> Vec<String> {
    let mut server = redis.connect().unwrap();
    let Answer::Array(mut keys) = server.say(&["KEYS", "*"]).unwrap() else { panic!("no keys") };
    keys.sort_by_key(ToString::to_string);
    let describe = |key: Answer| {
        let Answer::Bulk(key) = key else { panic!("no key") };
        let dump = server.say(&[b"DUMP", &key[..]]).unwrap();
        let time = server.say(&[b"PEXPIRETIME", &key[..]]).unwrap();
        assert!(matches!(dump, Answer::Bulk(_)));
        format!("{key:?} {dump} {time}")
    };
    keys.into_iter().map(describe).collect()
}

async fn fails(kv: &Kv, redis: &Redis, commands: Vec<Command>) -> Error {
    let before = contents(redis);
    let batch = Batch { mode: Mode::Atomic, checks: Vec::new(), commands };
    let shown = format!("{batch:?}");
    let error = kv.batch(batch).await.expect_err(&shown);
    assert_eq!(error.effect(), credenza_core::Effect::NotApplied, "{shown}: {error}");
    assert_eq!(contents(redis), before, "{shown} was half applied: {error}");
    error
}

#[tokio::test]
async fn nothing_is_half_applied() {
    let Some(redis) = Redis::start() else { return };
    let kv = Kv::new(open(&redis.url()).await);
    kv.run(MSet::new([("s", "text"), ("n", "9223372036854775807"), ("f", "inf")])).await.unwrap();
    kv.run(Set::new("ttl", "v").expire_in(std::time::Duration::from_secs(3600))).await.unwrap();
    kv.run(LPush::new("l", ["a", "b", "c"])).await.unwrap();
    kv.run(HSet::new("h", [("text", "x"), ("n", "1")])).await.unwrap();
    // Numbers, as they have an order that their copy has too.
    kv.run(SAdd::new("e", ["1", "2"])).await.unwrap();
    kv.run(ZAdd::new("z", ZAddOptions::default(), [(f64::INFINITY, "m")])).await.unwrap();

    // What is changed before the command that fails: created, changed, deleted, of every kind, with a time to live.
    let changes = || -> Vec<Command> {
        vec![
            Set::new("new", "v").into(),
            Set::new("ttl", "w").into(),
            LPush::new("l", ["d"]).into(),
            HSet::new("h", [("other", "y")]).into(),
            SAdd::new("e", ["o"]).into(),
            ZAdd::new("z", ZAddOptions::default(), [(1.0, "o")]).into(),
            Del::new(["s"]).into(),
            Expire::new("e", std::time::Duration::from_secs(10)).into(),
            Rename::new("l", "moved").into(),
            SUnionStore::new("f", ["e"]).into(),
        ]
    };
    let failures: Vec<(Command, ErrorKind)> = vec![
        (LPush::new("h", ["v"]).into(), ErrorKind::WrongType),
        (Get::new("z").into(), ErrorKind::WrongType),
        // Of a kind that it only got in the batch.
        (IncrBy::new("f", 1).into(), ErrorKind::WrongType),
        (LPush::new("new", ["v"]).into(), ErrorKind::WrongType),
        (IncrBy::new("new", 1).into(), ErrorKind::NotAnInteger),
        (IncrBy::new("n", 1).into(), ErrorKind::Overflow),
        (HIncrBy::new("h", "text", 1).into(), ErrorKind::NotAnInteger),
        (IncrByFloat::new("ttl", 1.0).into(), ErrorKind::NotAFloat),
        (ZIncrBy::new("z", f64::NEG_INFINITY, "m").into(), ErrorKind::Overflow),
        (LSet::new("moved", 9, "v").into(), ErrorKind::IndexOutOfRange),
        (LSet::new("nothing", 0, "v").into(), ErrorKind::NoSuchKey),
        (Rename::new("nothing", "x").into(), ErrorKind::NoSuchKey),
        (Rename::new("s", "x").into(), ErrorKind::NoSuchKey),
        (SetRange::new("new", 1_u64 << 40, "v").into(), ErrorKind::LimitExceeded),
        (IncrBounded::new("ttl", 1).max(5).into(), ErrorKind::NotAnInteger),
        (SetIfEqual::new("z", "a", "b").into(), ErrorKind::WrongType),
        (ZRange::new("e", ZRangeBy::lex(LexRange::ALL)).into(), ErrorKind::WrongType),
        (Expire::new("new", credenza_core::command::Expiry::In(i64::MAX)).into(), ErrorKind::InvalidArgument),
    ];
    for (failure, kind) in failures {
        let mut commands = changes();
        let at = commands.len();
        commands.push(failure);
        commands.push(Set::new("after", "v").into());
        let error = fails(&kv, &redis, commands).await;
        assert_eq!((error.kind(), error.index()), (kind, Some(at)), "{error}");
    }
    // Also what is cleared comes back.
    let error = fails(&kv, &redis, vec![Clear::new("").into(), Rename::new("l", "x").into()]).await;
    assert_eq!(error.kind(), ErrorKind::NoSuchKey);
    // And without a failure all of it is applied.
    let batch = Batch { mode: Mode::Atomic, checks: Vec::new(), commands: changes() };
    assert_eq!(kv.batch(batch).await.unwrap().replies.len(), 10);
    assert_eq!(kv.get("ttl").await.unwrap().as_deref(), Some(&b"w"[..]));
}

#[tokio::test]
async fn replies_are_exact() {
    let Some(redis) = Redis::start() else { return };
    let kv = Kv::new(open(&redis.url()).await);
    kv.run(ZAdd::new("z", ZAddOptions::default(), [(0.1, "a"), (0.1, "b")])).await.unwrap();
    let mut batch = Batch::atomic();
    batch.push(Set::new("n", 9_007_199_254_740_992_i64));
    let sum = batch.push(IncrBy::new("n", 1));
    let field = batch.push(HIncrBy::new("h", "f", i64::MAX - 1));
    let bounded = batch.push(IncrBounded::new("m", i64::MAX).max(i64::MAX));
    let again = batch.push(IncrBounded::new("m", 1).max(i64::MAX));
    let below = batch.push(IncrBounded::new("b", -1).min(0));
    let range = batch.push(ZRange::new("z", ZRangeBy::lex(LexRange::ALL)));
    let page = batch.push(Scan::new(Cursor::START).count(1_000_u64));
    let cleared = batch.push(Clear::new("n"));
    let mut reply = kv.batch(batch).await.unwrap();
    assert_eq!(reply.take(sum).unwrap(), 9_007_199_254_740_993);
    assert_eq!(reply.take(field).unwrap(), i64::MAX - 1);
    let bounded = reply.take(bounded).unwrap();
    assert_eq!((bounded.value, bounded.applied), (i64::MAX, true));
    let again = reply.take(again).unwrap();
    assert_eq!((again.value, again.applied), (i64::MAX, false));
    let below = reply.take(below).unwrap();
    assert_eq!((below.value, below.applied, below.ttl), (0, false, None));
    assert_eq!(reply.take(range).unwrap(), [("a".into(), 0.1), ("b".into(), 0.1)]);
    assert_eq!(reply.take(page).unwrap().items.len(), 4);
    assert_eq!(reply.take(cleared).unwrap(), 1);
}

#[tokio::test]
async fn a_failed_check_says_which_and_what_stood_there() {
    let Some(redis) = Redis::start() else { return };
    let kv = Kv::new(open(&redis.url()).await);
    kv.run(MSet::new([("a", "1"), ("b", "2")])).await.unwrap();
    kv.run(LPush::new("l", ["v"])).await.unwrap();
    let failing = async |checks: Vec<Check>, careful: bool| {
        let mut commands: Vec<Command> = vec![Set::new("a", "changed").into()];
        if careful {
            commands.push(LPush::new("l", ["w"]).into());
        }
        let error = kv.batch(Batch { mode: Mode::Atomic, checks, commands }).await.unwrap_err();
        let failure = error.check_failure().cloned().expect("a failed check");
        assert_eq!(kv.get("a").await.unwrap().as_deref(), Some(&b"1"[..]));
        (failure.index, failure.found)
    };
    for careful in [false, true] {
        let good = || {
            vec![Check::absent("x"), Check::absent("y"), Check::value_equals("a", "1"), Check::exists("l")]
        };
        let with = |check: Check| good().into_iter().chain([check]).collect();
        let failed = |found| (4, found);
        assert_eq!(
            failing(with(Check::value_equals("b", "1")), careful).await,
            failed(Found::Value("2".into()))
        );
        assert_eq!(failing(with(Check::value_equals("l", "1")), careful).await, failed(Found::Present));
        assert_eq!(failing(with(Check::value_equals("x", "1")), careful).await, failed(Found::Absent));
        assert_eq!(failing(with(Check::absent("b")), careful).await, failed(Found::Present));
        assert_eq!(failing(with(Check::exists("x")), careful).await, failed(Found::Absent));
        assert_eq!(failing(with(Check::length_at_most("l", 0)), careful).await, failed(Found::Length(1)));
        let two =
            vec![Check::value_equals("a", "1"), Check::value_equals("b", "1"), Check::value_equals("a", "2")];
        assert_eq!(failing(two, careful).await, (1, Found::Value("2".into())));
    }
}

#[tokio::test]
async fn large_batches_are_one_step() {
    let Some(redis) = Redis::start() else { return };
    let kv = Kv::new(open(&redis.url()).await);
    let mut batch = Batch::atomic();
    for number in 0..5_000 {
        batch.check(Check::absent(format!("k{number}")));
        batch.push(Set::new(format!("k{number}"), number));
    }
    let last = batch.push(GetRange::new("k4999", 0, -1));
    batch.push(LPush::new("l", (0..6_000).map(|number| number.to_string())));
    let mut reply = kv.batch(batch).await.unwrap();
    assert_eq!(reply.take(last).unwrap(), "4999");
    assert_eq!(kv.run(LRange::new("l", 0, -1)).await.unwrap().len(), 6_000);
    let mut batch = Batch::atomic();
    batch.push(LPush::new("l", vec!["v"; 10_000]));
    let error = kv.batch(batch).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
}

/// A user that may not do all of a batch does none of it.
#[tokio::test]
async fn permissions_are_looked_at_first() {
    let Some(redis) = Redis::start() else { return };
    redis.say(&["ACL", "SETUSER", "app", "on", ">pw", "~*", "&*", "+@all", "-lpush", "-config"]).unwrap();
    let url = format!("redis://app:pw@127.0.0.1:{}", redis.port());
    let store = RedisStore::open(RedisConfig::from_url(&url).unwrap()).await.unwrap();
    assert_eq!(store.capabilities().durability, credenza_core::Durability::Unknown);
    let kv = Kv::new(store);
    let error = fails(&kv, &redis, vec![Set::new("a", "v").into(), LPush::new("l", ["v"]).into()]).await;
    assert_eq!((error.kind(), error.index()), (ErrorKind::Denied, Some(1)), "{error}");
    let mut batch = Batch::atomic();
    batch.push(Set::new("a", "v"));
    batch.push(Append::new("a", "w"));
    kv.batch(batch).await.unwrap();
    redis.say(&["ACL", "SETUSER", "app", "-eval", "-evalsha", "-script"]).unwrap();
    let mut batch = Batch::atomic();
    batch.push(Set::new("a", "v"));
    let error = kv.batch(batch).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
}

/// The script is forgotten by a server that is told so, and sent again.
#[tokio::test]
async fn a_forgotten_script_is_sent_again() {
    let Some(redis) = Redis::start() else { return };
    let kv = Kv::new(RedisStore::open(config(&redis)).await.unwrap());
    for _ in 0..2 {
        redis.say(&["SCRIPT", "FLUSH"]).unwrap();
        assert!(kv.run(IncrBounded::new("n", 1).max(10)).await.unwrap().applied);
        redis.say(&["SCRIPT", "FLUSH"]).unwrap();
        let mut batch = Batch::pipelined();
        batch.push(Set::new("a", "1"));
        batch.push(SetIfEqual::new("a", "1", "2"));
        batch.push(Append::new("a", "3"));
        let reply = kv.batch(batch).await.unwrap();
        assert!(matches!(reply.replies[1], Ok(Reply::Bool(true))), "{reply:?}");
        assert_eq!(kv.get("a").await.unwrap().as_deref(), Some(&b"23"[..]));
    }
}
