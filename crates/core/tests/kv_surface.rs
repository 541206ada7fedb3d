//! Each method of `Kv` sends the command it says, with its arguments in their places, and reads the reply
//! right.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeSet, VecDeque};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Wake, Waker};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use credenza_core::command::{End, Group, LexBound, LexRange, Scan, ZRangeBy};
use credenza_core::kv::{ExpiresAt, TimeToLive};
use credenza_core::{
    Bounded, Capabilities, CommandId, CommandSet, Context, Cursor, Effect, Error, ErrorKind, Execution, Kind,
    Kv, KvStore, Page, Reply, Request, Response, Result, SetReply, StoreInfo, Version,
};

/// Records what it is asked, and answers what it was told.
#[derive(Debug)]
struct Recorder {
    info: StoreInfo,
    answers: Mutex<VecDeque<Result<Reply>>>,
    asked: Mutex<Vec<(CommandId, String)>>,
    /// Answers with a future that is not ready at first.
    slow: bool,
}

impl Recorder {
    fn new(answers: impl IntoIterator<Item = Result<Reply>>, slow: bool) -> (Kv, Arc<Recorder>) {
        let answers = Mutex::new(answers.into_iter().collect());
        let store = Recorder { info: StoreInfo::backend("recorder"), answers, asked: Mutex::default(), slow };
        let store = Arc::new(store);
        (Kv::new(store.clone()), store)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(_, words)| words.clone()).collect()
    }
}

impl KvStore for Recorder {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::of(CommandSet::all())
    }

    fn execute<'a>(&'a self, _: &Context, request: Request) -> Execution<'a> {
        let [command] = request.commands() else { return Execution::ready(Err(Error::internal("a batch"))) };
        let words: Vec<String> =
            command.words().iter().map(|word| String::from_utf8_lossy(word).into()).collect();
        self.asked.lock().unwrap().push((command.id(), words.join(" ")));
        let answer = self.answers.lock().unwrap().pop_front();
        let answer =
            answer.unwrap_or_else(|| Err(Error::internal("not told what to answer"))).map(Response::One);
        if !self.slow {
            return Execution::ready(answer);
        }
        Execution::wait(async {
            let mut waited = false;
            std::future::poll_fn(|_| {
                if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            answer
        })
    }
}

/// Also proves that the future can be sent to another thread.
fn block_on<T>(future: impl Future<Output = T> + Send) -> T {
    let mut future = pin!(future);
    let mut cx = std::task::Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn b(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

fn list(texts: &[&str]) -> Vec<Bytes> {
    texts.iter().map(|text| b(text)).collect()
}

fn value(text: &str) -> Reply {
    Reply::Value(Some(b(text)))
}

fn set(applied: bool, previous: Option<&str>) -> Reply {
    Reply::Set(SetReply { applied, previous: previous.map(b) })
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Checks rows of `method(arguments): "WORDS", reply => result;`, and that they cover the group but for some.
macro_rules! surface {
    ($group:expr, except $except:expr,
        $( $method:ident ( $($arg:expr),* ) : $words:literal, $reply:expr => $result:expr; )*
    ) => {{
        let mut seen = BTreeSet::new();
        $(
            let (kv, store) = Recorder::new([Ok($reply)], false);
            let result = block_on(kv.$method($($arg),*));
            assert_eq!(store.asked(), [$words], "what {} asks", stringify!($method));
            assert_eq!(result.unwrap(), $result, "what {} makes of the reply", stringify!($method));
            seen.extend(store.asked.lock().unwrap().iter().map(|(id, _)| *id));
        )*
        let group = CommandId::ALL.iter().copied().filter(|id| id.info().group == $group);
        let except: &[CommandId] = $except;
        let missing: Vec<_> = group.filter(|id| !seen.contains(id) && !except.contains(id)).collect();
        assert!(missing.is_empty(), "no row for {missing:?}");
    }};
}

#[test]
fn keys() {
    let at: SystemTime = UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
    surface! { Group::Keys, except &[CommandId::Scan],
        del("k"): "DEL k", Reply::Int(1) => true;
        del("k"): "DEL k", Reply::Int(0) => false;
        del_many(["a", "b"]): "DEL a b", Reply::Int(2) => 2;
        exists("k"): "EXISTS k", Reply::Int(1) => true;
        exists("k"): "EXISTS k", Reply::Int(0) => false;
        expire("k", seconds(3)): "PEXPIRE k 3000", Reply::Bool(true) => true;
        expire_at("k", at): "PEXPIREAT k 1700000000123", Reply::Bool(false) => false;
        persist("k"): "PERSIST k", Reply::Bool(true) => true;
        ttl("k"): "PTTL k", Reply::Int(1500) => TimeToLive::Left(Duration::from_millis(1500));
        ttl("k"): "PTTL k", Reply::Int(0) => TimeToLive::Left(Duration::ZERO);
        ttl("k"): "PTTL k", Reply::Int(-1) => TimeToLive::Forever;
        ttl("k"): "PTTL k", Reply::Int(-2) => TimeToLive::Missing;
        expire_time("k"): "PEXPIRETIME k", Reply::Int(1_700_000_000_123) => ExpiresAt::At(at);
        expire_time("k"): "PEXPIRETIME k", Reply::Int(-1) => ExpiresAt::Never;
        expire_time("k"): "PEXPIRETIME k", Reply::Int(-2) => ExpiresAt::Missing;
        kind("k"): "TYPE k", Reply::Kind(Some(Kind::Hash)) => Some(Kind::Hash);
        rename("from", "to"): "RENAME from to", Reply::Done => ();
        rename_nx("from", "to"): "RENAMENX from to", Reply::Bool(true) => true;
        copy("from", "to"): "COPY from to", Reply::Bool(true) => true;
        clear("pre"): "CLEAR pre", Reply::Int(7) => 7;
    }
}

#[test]
fn strings() {
    surface! { Group::Strings, except &[],
        get("k"): "GET k", value("v") => Some(b("v"));
        get("k"): "GET k", Reply::Value(None) => None;
        set("k", "v"): "SET k v", set(true, None) => ();
        set_ex("k", "v", seconds(2)): "SET k v PX 2000", set(true, None) => ();
        set_nx("k", "v"): "SET k v NX", set(false, None) => false;
        set_nx("k", "v"): "SET k v NX", set(true, None) => true;
        set_nx_ex("k", "v", seconds(2)): "SET k v PX 2000 NX", set(true, None) => true;
        getset("k", "v"): "SET k v GET", set(true, Some("old")) => Some(b("old"));
        getdel("k"): "GETDEL k", value("v") => Some(b("v"));
        getex("k", seconds(2)): "GETEX k PX 2000", value("v") => Some(b("v"));
        mget(["a", "b"]): "MGET a b", Reply::Values(vec![None, Some(b("2"))]) => vec![None, Some(b("2"))];
        mset([("a", "1"), ("b", "2")]): "MSET a 1 b 2", Reply::Done => ();
        mset_nx([("a", "1"), ("b", "2")]): "MSETNX a 1 b 2", Reply::Bool(false) => false;
        incr("k"): "INCRBY k 1", Reply::Int(8) => 8;
        decr("k"): "INCRBY k -1", Reply::Int(7) => 7;
        incr_by("k", -5): "INCRBY k -5", Reply::Int(2) => 2;
        incr_by_float("k", 0.5): "INCRBYFLOAT k 0.5", Reply::Float(1.5) => 1.5;
        append("k", "v"): "APPEND k v", Reply::Int(3) => 3;
        strlen("k"): "STRLEN k", Reply::Int(3) => 3;
        getrange("k", 1, -2): "GETRANGE k 1 -2", value("b") => b("b");
        setrange("k", 4, "v"): "SETRANGE k 4 v", Reply::Int(5) => 5;
    }
}

#[test]
fn hashes() {
    let entries = || vec![(b("f"), b("v"))];
    surface! { Group::Hashes, except &[CommandId::HScan],
        hset("k", "f", "v"): "HSET k f v", Reply::Int(1) => true;
        hset("k", "f", "v"): "HSET k f v", Reply::Int(0) => false;
        hset_many("k", [("f", "1"), ("g", "2")]): "HSET k f 1 g 2", Reply::Int(2) => 2;
        hset_nx("k", "f", "v"): "HSETNX k f v", Reply::Bool(true) => true;
        hget("k", "f"): "HGET k f", value("v") => Some(b("v"));
        hmget("k", ["f", "g"]): "HMGET k f g", Reply::Values(vec![Some(b("1")), None])
            => vec![Some(b("1")), None];
        hgetall("k"): "HGETALL k", Reply::Entries(entries()) => entries();
        hdel("k", "f"): "HDEL k f", Reply::Int(1) => true;
        hdel("k", "f"): "HDEL k f", Reply::Int(0) => false;
        hdel_many("k", ["f", "g"]): "HDEL k f g", Reply::Int(2) => 2;
        hexists("k", "f"): "HEXISTS k f", Reply::Bool(true) => true;
        hkeys("k"): "HKEYS k", Reply::Fields(list(&["f"])) => list(&["f"]);
        hvals("k"): "HVALS k", Reply::List(Some(list(&["v"]))) => list(&["v"]);
        hlen("k"): "HLEN k", Reply::Int(4) => 4;
        hstrlen("k", "f"): "HSTRLEN k f", Reply::Int(5) => 5;
        hincr_by("k", "f", -3): "HINCRBY k f -3", Reply::Int(-3) => -3;
        hincr_by_float("k", "f", 0.25): "HINCRBYFLOAT k f 0.25", Reply::Float(0.25) => 0.25;
        hrandfield("k"): "HRANDFIELD k", Reply::Entries(entries()) => Some((b("f"), b("v")));
        hrandfield("k"): "HRANDFIELD k", Reply::Entries(Vec::new()) => None;
        hrandfield_count("k", -2): "HRANDFIELD k -2", Reply::Entries(entries()) => entries();
    }
}

#[test]
fn sets() {
    let members = || Reply::Members(list(&["m"]));
    surface! { Group::Sets, except &[CommandId::SScan],
        sadd("k", "m"): "SADD k m", Reply::Int(1) => true;
        sadd("k", "m"): "SADD k m", Reply::Int(0) => false;
        sadd_many("k", ["m", "n"]): "SADD k m n", Reply::Int(2) => 2;
        srem("k", "m"): "SREM k m", Reply::Int(1) => true;
        srem("k", "m"): "SREM k m", Reply::Int(0) => false;
        srem_many("k", ["m", "n"]): "SREM k m n", Reply::Int(1) => 1;
        smembers("k"): "SMEMBERS k", members() => list(&["m"]);
        sismember("k", "m"): "SISMEMBER k m", Reply::Bool(true) => true;
        smismember("k", ["m", "n"]): "SMISMEMBER k m n", Reply::Bools(vec![true, false]) => vec![true, false];
        scard("k"): "SCARD k", Reply::Int(3) => 3;
        spop("k"): "SPOP k", members() => Some(b("m"));
        spop("k"): "SPOP k", Reply::Members(Vec::new()) => None;
        spop_count("k", 2): "SPOP k 2", members() => list(&["m"]);
        srandmember("k"): "SRANDMEMBER k", members() => Some(b("m"));
        srandmember_count("k", -2): "SRANDMEMBER k -2", members() => list(&["m"]);
        smove("from", "to", "m"): "SMOVE from to m", Reply::Bool(true) => true;
        sinter(["a", "b"]): "SINTER a b", members() => list(&["m"]);
        sintercard(["a", "b"]): "SINTERCARD 2 a b", Reply::Int(1) => 1;
        sunion(["a", "b"]): "SUNION a b", members() => list(&["m"]);
        sdiff(["a", "b"]): "SDIFF a b", members() => list(&["m"]);
        sinterstore("to", ["a", "b"]): "SINTERSTORE to a b", Reply::Int(1) => 1;
        sunionstore("to", ["a", "b"]): "SUNIONSTORE to a b", Reply::Int(2) => 2;
        sdiffstore("to", ["a", "b"]): "SDIFFSTORE to a b", Reply::Int(3) => 3;
    }
}

#[test]
fn lists() {
    let elements = |texts: &[&str]| Reply::List(Some(list(texts)));
    surface! { Group::Lists, except &[],
        lpush("k", "v"): "LPUSH k v", Reply::Int(1) => 1;
        lpush_many("k", ["v", "w"]): "LPUSH k v w", Reply::Int(2) => 2;
        rpush("k", "v"): "RPUSH k v", Reply::Int(1) => 1;
        rpush_many("k", ["v", "w"]): "RPUSH k v w", Reply::Int(2) => 2;
        lpushx("k", "v"): "LPUSHX k v", Reply::Int(0) => 0;
        rpushx("k", "v"): "RPUSHX k v", Reply::Int(3) => 3;
        lpop("k"): "LPOP k", elements(&["v"]) => Some(b("v"));
        lpop("k"): "LPOP k", Reply::List(None) => None;
        lpop_count("k", 2): "LPOP k 2", elements(&["v", "w"]) => list(&["v", "w"]);
        lpop_count("k", 2): "LPOP k 2", Reply::List(None) => list(&[]);
        rpop("k"): "RPOP k", elements(&["v"]) => Some(b("v"));
        rpop("k"): "RPOP k", Reply::List(None) => None;
        rpop_count("k", 2): "RPOP k 2", elements(&["w", "v"]) => list(&["w", "v"]);
        rpop_count("k", 2): "RPOP k 2", Reply::List(None) => list(&[]);
        lrange("k", 1, -2): "LRANGE k 1 -2", elements(&["v"]) => list(&["v"]);
        llen("k"): "LLEN k", Reply::Int(3) => 3;
        ltrim("k", 1, -2): "LTRIM k 1 -2", Reply::Done => ();
        lindex("k", -1): "LINDEX k -1", value("v") => Some(b("v"));
        lset("k", -1, "v"): "LSET k -1 v", Reply::Done => ();
        lrem("k", -2, "v"): "LREM k -2 v", Reply::Int(2) => 2;
        linsert_before("k", "pivot", "v"): "LINSERT k BEFORE pivot v", Reply::Int(3) => Some(3);
        linsert_after("k", "pivot", "v"): "LINSERT k AFTER pivot v", Reply::Int(-1) => None;
        linsert_after("k", "pivot", "v"): "LINSERT k AFTER pivot v", Reply::Int(0) => None;
        lpos("k", "v"): "LPOS k v", Reply::Positions(vec![4]) => Some(4);
        lpos("k", "v"): "LPOS k v", Reply::Positions(Vec::new()) => None;
        lpos_count("k", "v", 0): "LPOS k v COUNT 0", Reply::Positions(vec![1, 4]) => vec![1, 4];
        lmove("from", "to", End::Left, End::Right): "LMOVE from to LEFT RIGHT", value("v") => Some(b("v"));
    }
}

#[test]
fn sorted_sets() {
    let pairs = || vec![(b("m"), 1.5)];
    let scored = || Reply::Scored(pairs());
    let names = || LexRange { min: LexBound::Inclusive("a".into()), max: LexBound::Exclusive("c".into()) };
    // `ZADD … INCR` is all options: `zincr_by` is its common form.
    surface! { Group::SortedSets, except &[CommandId::ZScan, CommandId::ZAddIncr],
        zadd("k", 1.5, "m"): "ZADD k 1.5 m", Reply::Int(1) => true;
        zadd("k", 1.5, "m"): "ZADD k 1.5 m", Reply::Int(0) => false;
        zadd_many("k", [(1.0, "m"), (2.0, "n")]): "ZADD k 1 m 2 n", Reply::Int(2) => 2;
        zincr_by("k", 2.0, "m"): "ZINCRBY k 2 m", Reply::Float(3.5) => 3.5;
        zrem("k", "m"): "ZREM k m", Reply::Int(1) => true;
        zrem("k", "m"): "ZREM k m", Reply::Int(0) => false;
        zrem_many("k", ["m", "n"]): "ZREM k m n", Reply::Int(2) => 2;
        zscore("k", "m"): "ZSCORE k m", Reply::Score(Some(1.5)) => Some(1.5);
        zmscore("k", ["m", "n"]): "ZMSCORE k m n", Reply::Scores(vec![Some(1.5), None])
            => vec![Some(1.5), None];
        zcard("k"): "ZCARD k", Reply::Int(2) => 2;
        zcount("k", 1.0..=2.0): "ZCOUNT k 1 2", Reply::Int(1) => 1;
        zlexcount("k", names()): "ZLEXCOUNT k [a (c", Reply::Int(1) => 1;
        zrank("k", "m"): "ZRANK k m", Reply::Rank(Some(0)) => Some(0);
        zrevrank("k", "m"): "ZREVRANK k m", Reply::Rank(None) => None;
        zrange("k", 1, -2): "ZRANGE k 1 -2", scored() => pairs();
        zrevrange("k", 1, -2): "ZRANGE k 1 -2 REV", scored() => pairs();
        zrange_by_score("k", 1.0..): "ZRANGE k 1 inf BYSCORE", scored() => pairs();
        zrange_by_lex("k", names()): "ZRANGE k [a (c BYLEX", scored() => list(&["m"]);
        zrangestore("to", "from", ZRangeBy::rank(1, -2)): "ZRANGESTORE to from 1 -2", Reply::Int(3) => 3;
        zpopmin("k"): "ZPOPMIN k", scored() => Some((b("m"), 1.5));
        zpopmin("k"): "ZPOPMIN k", Reply::Scored(Vec::new()) => None;
        zpopmin_count("k", 2): "ZPOPMIN k 2", scored() => pairs();
        zpopmax("k"): "ZPOPMAX k", scored() => Some((b("m"), 1.5));
        zpopmax_count("k", 2): "ZPOPMAX k 2", scored() => pairs();
        zremrangebyrank("k", 1, -2): "ZREMRANGEBYRANK k 1 -2", Reply::Int(3) => 3;
        zremrangebyscore("k", 1.0..=2.0): "ZREMRANGEBYSCORE k 1 2", Reply::Int(3) => 3;
        zremrangebylex("k", names()): "ZREMRANGEBYLEX k [a (c", Reply::Int(3) => 3;
        zunion(["a", "b"]): "ZUNION 2 a b", scored() => pairs();
        zinter(["a", "b"]): "ZINTER 2 a b", scored() => pairs();
        zdiff(["a", "b"]): "ZDIFF 2 a b", scored() => pairs();
        zunionstore("to", ["a", "b"]): "ZUNIONSTORE to 2 a b", Reply::Int(1) => 1;
        zinterstore("to", ["a", "b"]): "ZINTERSTORE to 2 a b", Reply::Int(2) => 2;
        zdiffstore("to", ["a", "b"]): "ZDIFFSTORE to 2 a b", Reply::Int(3) => 3;
    }
}

#[test]
fn extensions() {
    let version = Version::new(9);
    let bounded = Bounded { value: 3, applied: true, ttl: Some(500) };
    surface! { Group::Extensions, except &[],
        get_versioned("k"): "GETVERSIONED k", Reply::Versioned(Some((b("v"), version)))
            => Some((b("v"), version));
        version("k"): "VERSIONOF k", Reply::Version(Some(version)) => Some(version);
        set_if_equal("k", "old", "new"): "SETIFEQUAL k old new", Reply::Bool(true) => true;
        set_if_equal_ex("k", "old", "new", seconds(2)): "SETIFEQUAL k old new PX 2000", Reply::Bool(false)
            => false;
        del_if_equal("k", "old"): "DELIFEQUAL k old", Reply::Bool(true) => true;
        incr_bounded("k", 2, 1..=5): "INCRBOUNDED k 2 MIN 1 MAX 5", Reply::Bounded(bounded) => bounded;
        incr_bounded("k", 2, -1..5): "INCRBOUNDED k 2 MIN -1 MAX 4", Reply::Bounded(bounded) => bounded;
        incr_bounded("k", -2, 0..): "INCRBOUNDED k -2 MIN 0", Reply::Bounded(bounded) => bounded;
        incr_bounded("k", 2, ..): "INCRBOUNDED k 2", Reply::Bounded(bounded) => bounded;
        incr_bounded_ex("k", 2, ..=5, seconds(2)): "INCRBOUNDED k 2 MAX 5 PX 2000", Reply::Bounded(bounded)
            => bounded;
    }
}

#[test]
fn bounds_that_hold_no_number_are_refused_unsent() {
    let (kv, store) = Recorder::new([], false);
    let error = block_on(kv.incr_bounded("k", 1, ..i64::MIN)).unwrap_err();
    assert_eq!((error.kind(), error.command()), (ErrorKind::InvalidArgument, Some("INCRBOUNDED")));
    assert!(store.asked().is_empty());
}

#[test]
fn a_time_that_no_store_may_answer_is_a_defect_not_a_panic() {
    for reply in [-3, i64::MIN] {
        let (kv, _) = Recorder::new([Ok(Reply::Int(reply)), Ok(Reply::Int(reply))], false);
        assert_eq!(block_on(kv.ttl("k")).unwrap_err().kind(), ErrorKind::Internal);
        assert_eq!(block_on(kv.expire_time("k")).unwrap_err().kind(), ErrorKind::Internal);
    }
}

#[test]
fn a_write_with_a_reply_of_another_type_may_have_been_applied() {
    let (kv, _) = Recorder::new([Ok(Reply::Done), Ok(Reply::Done)], false);
    let error = block_on(kv.incr("k")).unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Internal, Effect::MaybeApplied));
    let error = block_on(kv.get("k")).unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Internal, Effect::NotApplied));
}

fn keys_page(next: Option<&'static str>, keys: &[&str]) -> Result<Reply> {
    Ok(Reply::KeyPage(Box::new(Page { next: next.map(Cursor::new), items: list(keys) })))
}

#[test]
fn a_scan_follows_the_cursor_past_empty_pages_to_the_end() {
    let pages = [keys_page(Some("A"), &["a", "b"]), keys_page(Some("B"), &[]), keys_page(None, &["c"])];
    let (kv, store) = Recorder::new(pages, false);
    let found = block_on(async {
        let mut scan = kv.scan_prefix("u*");
        let mut found = Vec::new();
        while let Some(key) = scan.next().await.unwrap() {
            found.push(key);
        }
        assert_eq!(scan.next().await.unwrap(), None, "it stays complete");
        found
    });
    assert_eq!(found, list(&["a", "b", "c"]));
    let asked =
        [r"SCAN 0 MATCH u\** COUNT 100", r"SCAN x41 MATCH u\** COUNT 100", r"SCAN x42 MATCH u\** COUNT 100"];
    assert_eq!(store.asked(), asked);
}

#[test]
fn each_scan_asks_for_its_first_page() {
    let (kv, store) = Recorder::new([], false);
    block_on(async {
        // Not told what to answer, the store fails; what counts is what it was asked.
        kv.scan_prefix("").next().await.unwrap_err();
        kv.scan_match("a*[bc]").next().await.unwrap_err();
        kv.scan(Scan::new(Cursor::new("A")).kind(Kind::Hash)).next_page().await.unwrap_err();
        kv.hscan("k").next().await.unwrap_err();
        kv.sscan("k").next().await.unwrap_err();
        kv.zscan("k").next().await.unwrap_err();
    });
    let asked = [
        "SCAN 0 COUNT 100",
        "SCAN 0 MATCH a*[bc] COUNT 100",
        "SCAN x41 TYPE hash",
        "HSCAN k 0 COUNT 100",
        "SSCAN k 0 COUNT 100",
        "ZSCAN k 0 COUNT 100",
    ];
    assert_eq!(store.asked(), asked);
}

#[test]
fn scans_of_collections_give_their_own_items() {
    let entries = vec![(b("f"), b("v"))];
    let page = Reply::EntryPage(Box::new(Page { next: None, items: entries.clone() }));
    let (kv, _) = Recorder::new([Ok(page)], false);
    assert_eq!(block_on(kv.hscan("k").next_page()).unwrap(), Some(entries));

    let page = Reply::MemberPage(Box::new(Page { next: None, items: list(&["m"]) }));
    let (kv, _) = Recorder::new([Ok(page)], false);
    assert_eq!(block_on(kv.sscan("k").next()).unwrap(), Some(b("m")));

    let page = Reply::ScoredPage(Box::new(Page { next: None, items: vec![(b("m"), 2.5)] }));
    let (kv, _) = Recorder::new([Ok(page)], false);
    assert_eq!(block_on(kv.zscan("k").next()).unwrap(), Some((b("m"), 2.5)));
}

#[test]
fn a_page_is_what_is_left_of_the_one_in_hand() {
    let pages = [keys_page(Some("A"), &["a", "b", "c"]), keys_page(None, &[])];
    let (kv, store) = Recorder::new(pages, false);
    let mut scan = kv.scan_prefix("");
    block_on(async {
        assert_eq!(scan.next().await.unwrap(), Some(b("a")));
        assert_eq!(scan.next_page().await.unwrap(), Some(list(&["b", "c"])));
        assert_eq!(store.asked().len(), 1);
        assert_eq!(scan.next_page().await.unwrap(), None);
    });
}

#[test]
fn after_an_error_a_scan_asks_for_the_same_page_again() {
    let lost = Err(Error::new(ErrorKind::Unavailable, "the connection is lost"));
    let (kv, store) = Recorder::new([keys_page(Some("A"), &["a"]), lost, keys_page(None, &["b"])], false);
    let mut scan = kv.scan_prefix("");
    block_on(async {
        assert_eq!(scan.next().await.unwrap(), Some(b("a")));
        assert_eq!(scan.next().await.unwrap_err().kind(), ErrorKind::Unavailable);
        assert_eq!(scan.next().await.unwrap(), Some(b("b")));
        assert_eq!(scan.next().await.unwrap(), None);
    });
    assert_eq!(store.asked(), ["SCAN 0 COUNT 100", "SCAN x41 COUNT 100", "SCAN x41 COUNT 100"]);
}

#[test]
fn dropping_a_future_of_a_scan_loses_nothing() {
    let pages = [
        keys_page(Some("A"), &["a"]),
        keys_page(Some("B"), &["never read"]),
        keys_page(Some("B"), &[]),
        keys_page(None, &["b"]),
    ];
    let (kv, store) = Recorder::new(pages, true);
    let mut scan = kv.scan_prefix("");
    assert_eq!(block_on(scan.next()).unwrap(), Some(b("a")));
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(woken.clone());
    let mut cx = std::task::Context::from_waker(&waker);
    // Dropped while the store has not answered: the page is asked for again.
    assert!(pin!(scan.next()).poll(&mut cx).is_pending());
    // Dropped after an empty page, when it lets others run: the scan goes on behind that page.
    {
        let mut next = pin!(scan.next());
        assert!(next.as_mut().poll(&mut cx).is_pending());
        assert!(!woken.0.load(Ordering::Relaxed), "the store does not wake anybody");
        assert!(next.as_mut().poll(&mut cx).is_pending());
        assert!(woken.0.load(Ordering::Relaxed), "who lets others run wants to be polled again");
    }
    assert_eq!(block_on(scan.next()).unwrap(), Some(b("b")));
    let asked = ["SCAN 0 COUNT 100", "SCAN x41 COUNT 100", "SCAN x41 COUNT 100", "SCAN x42 COUNT 100"];
    assert_eq!(store.asked(), asked);
}

#[test]
fn an_answer_outlives_the_context_it_was_asked_with() {
    let get = || Request::One(credenza_core::Command::from(credenza_core::command::Get::new("k")));
    let value = || Ok(Reply::Value(Some("v".into())));
    for slow in [false, true] {
        let (_, store) = Recorder::new([value()], slow);
        let answer = store.execute(&Context::new().with_attempt(1), get());
        let answer = match answer.try_ready() {
            Ok(answer) => {
                assert!(!slow, "a slow answer is not there at once");
                answer
            }
            Err(waiting) => {
                assert!(slow, "a quick one is");
                block_on(waiting)
            }
        };
        assert_eq!(answer.unwrap().one().unwrap(), value().unwrap());
    }
}
