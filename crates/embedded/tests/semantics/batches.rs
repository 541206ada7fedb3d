//! Atomic batches: checks, all or nothing, one moment in time.

use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use credenza_core::command::{Get, HSet, IncrBy, RPush, SAdd, Set, VersionOf, ZAdd, ZAddOptions};
use credenza_core::{Batch, Check, Clock, ErrorKind, Found, Limits, Op, Reply, SeededRandom, Version};
use credenza_embedded::Step;

use crate::common::Runner;

/// A string, a hash, a set, a list, a sorted set, and two keys that have expired.
fn filled() -> Runner {
    let mut runner = Runner::new();
    runner.run(Set::new("string", "text")).unwrap();
    runner.run(HSet::new("hash", [("f", "1"), ("g", "2")])).unwrap();
    runner.run(SAdd::new("set", ["m"])).unwrap();
    runner.run(RPush::new("list", ["a", "b", "c"])).unwrap();
    runner.run(ZAdd::new("zset", ZAddOptions::default(), [(1.5, "m")])).unwrap();
    for line in ["SET gone text PX 1", "HSET gone-hash f 1", "PEXPIRE gone-hash 1", "@1"] {
        runner.text(line);
    }
    runner
}

/// What the check found; `None` if it held and the batch was applied.
fn found(check: Check) -> Option<Found> {
    let mut runner = filled();
    let before = runner.space.snapshot(0);
    let mut batch = Batch::atomic();
    // One that holds goes first, so that the index says something.
    batch.check(Check::exists("list")).check(check);
    batch.push(Set::new("string", "changed"));
    let Err(error) = runner.batch(batch) else {
        assert_eq!(runner.text("GET string"), "'changed'");
        return None;
    };
    assert_eq!(
        (error.kind(), error.command(), error.index()),
        (ErrorKind::CheckFailed, Some("CHECK"), Some(1))
    );
    assert_eq!(runner.space.snapshot(0), before);
    let failure = error.check_failure().unwrap();
    assert_eq!(failure.index, 1);
    Some(failure.found.clone())
}

fn value(text: &'static str) -> Option<Found> {
    Some(Found::Value(Bytes::from_static(text.as_bytes())))
}

const ABSENT: Option<Found> = Some(Found::Absent);
const PRESENT: Option<Found> = Some(Found::Present);

#[test]
fn checks_on_keys() {
    assert_eq!(found(Check::absent("nope")), None);
    assert_eq!(found(Check::absent("gone")), None);
    assert_eq!(found(Check::absent("zset")), PRESENT);
    assert_eq!(found(Check::exists("zset")), None);
    assert_eq!(found(Check::exists("nope")), ABSENT);
    assert_eq!(found(Check::exists("gone")), ABSENT);
}

#[test]
fn checks_on_strings() {
    assert_eq!(found(Check::value_equals("string", "text")), None);
    assert_eq!(found(Check::value_equals("string", "other")), value("text"));
    assert_eq!(found(Check::value_equals("nope", "text")), ABSENT);
    assert_eq!(found(Check::value_equals("gone", "text")), ABSENT);
    assert_eq!(found(Check::value_equals("hash", "text")), PRESENT);
}

#[test]
fn checks_on_versions() {
    let mut runner = filled();
    let version = VersionOf::reply(runner.run(VersionOf::new("list")).unwrap()).unwrap();
    assert_eq!(found(Check::version_equals("list", version)), None);
    assert_eq!(found(Check::version_equals("list", Some(Version::new(1)))), version.map(Found::Version));
    assert_eq!(found(Check::version_equals("nope", version)), ABSENT);
    assert_eq!(found(Check::version_equals("gone", version)), ABSENT);
    assert_eq!(found(Check::version_equals("gone", None)), None);
    assert_eq!(found(Check::version_equals("list", None)), PRESENT);
}

#[test]
fn checks_on_hashes() {
    assert_eq!(found(Check::field_equals("hash", "f", "1")), None);
    assert_eq!(found(Check::field_equals("hash", "f", "2")), value("1"));
    assert_eq!(found(Check::field_equals("hash", "x", "1")), ABSENT);
    assert_eq!(found(Check::field_equals("gone-hash", "f", "1")), ABSENT);
    assert_eq!(found(Check::field_equals("string", "f", "1")), PRESENT);

    let absent = |key: &str, field: &str| found(Check::FieldAbsent { key: key.into(), field: field.into() });
    assert_eq!(absent("hash", "x"), None);
    assert_eq!(absent("nope", "f"), None);
    assert_eq!(absent("gone-hash", "f"), None);
    assert_eq!(absent("hash", "f"), PRESENT);
    assert_eq!(absent("set", "m"), PRESENT);

    let exists = |key: &str, field: &str| found(Check::FieldExists { key: key.into(), field: field.into() });
    assert_eq!(exists("hash", "f"), None);
    assert_eq!(exists("hash", "x"), ABSENT);
    assert_eq!(exists("nope", "f"), ABSENT);
    assert_eq!(exists("gone-hash", "f"), ABSENT);
    assert_eq!(exists("set", "m"), PRESENT);
}

#[test]
fn checks_on_members() {
    let present =
        |key: &str, member: &str| found(Check::MemberPresent { key: key.into(), member: member.into() });
    let absent =
        |key: &str, member: &str| found(Check::MemberAbsent { key: key.into(), member: member.into() });
    for key in ["set", "zset"] {
        assert_eq!(present(key, "m"), None);
        assert_eq!(present(key, "x"), ABSENT);
        assert_eq!(absent(key, "m"), PRESENT);
        assert_eq!(absent(key, "x"), None);
    }
    assert_eq!(present("nope", "m"), ABSENT);
    assert_eq!(absent("nope", "m"), None);
    assert_eq!(present("hash", "f"), PRESENT);
    assert_eq!(absent("hash", "x"), PRESENT);

    assert_eq!(found(Check::score_equals("zset", "m", 1.5)), None);
    assert_eq!(found(Check::score_equals("zset", "m", 2.0)), Some(Found::Score(1.5)));
    assert_eq!(found(Check::score_equals("zset", "x", 1.5)), ABSENT);
    assert_eq!(found(Check::score_equals("nope", "m", 1.5)), ABSENT);
    assert_eq!(found(Check::score_equals("set", "m", 1.0)), PRESENT);
}

#[test]
fn checks_on_lengths() {
    let at_most = |key: &str, length| found(Check::LengthAtMost { key: key.into(), length });
    for (key, length) in
        [("list", 3), ("hash", 2), ("set", 1), ("zset", 1), ("string", 4), ("nope", 0), ("gone", 0)]
    {
        assert_eq!(at_most(key, length), None, "{key}");
        if length > 0 {
            assert_eq!(at_most(key, length - 1), Some(Found::Length(length)), "{key}");
        }
    }
}

#[test]
fn a_batch_is_all_or_nothing() {
    let mut runner = filled();
    let before = runner.space.snapshot(0);
    let mut batch = Batch::atomic();
    batch.push(Set::new("new", "value"));
    batch.push(IncrBy::new("string", 1));
    let error = runner.batch(batch).unwrap_err();
    assert_eq!(
        (error.kind(), error.command(), error.index()),
        (ErrorKind::NotAnInteger, Some("INCRBY"), Some(1))
    );
    assert_eq!(runner.space.snapshot(0), before);
}

#[test]
fn a_batch_sees_what_it_wrote_and_stamps_all_alike() {
    let mut runner = filled();
    let mut batch = Batch::atomic();
    batch.check(Check::absent("counter"));
    batch.push(IncrBy::new("counter", 5));
    let sum = batch.push(IncrBy::new("counter", 2));
    batch.push(RPush::new("list", ["d"]));
    let list = batch.push(VersionOf::new("list"));
    let counter = batch.push(VersionOf::new("counter"));
    let mut reply = runner.batch(batch).unwrap();
    assert_eq!(reply.take(sum).unwrap(), 7);
    let stamp = Some(Version::new(runner.space.stamp));
    assert_eq!((reply.take(list).unwrap(), reply.take(counter).unwrap()), (stamp, stamp));
}

/// A clock that moves at every look.
#[derive(Debug)]
struct Restless(AtomicI64);

impl Clock for Restless {
    fn now(&self) -> i64 {
        self.0.fetch_add(1_000, Ordering::Relaxed)
    }
}

#[test]
fn time_stands_still_in_a_batch() {
    let mut runner = filled();
    let clock = Restless(AtomicI64::new(runner.clock.now()));
    let mut batch = Batch::atomic();
    batch.push(Set::new("k", "v").expiry(std::time::Duration::from_millis(500)));
    batch.check(Check::absent("k"));
    let get = batch.push(Get::new("k"));
    let left =
        batch.push(credenza_core::command::Ttl::new("k", credenza_core::command::TimeUnit::Milliseconds));
    let (random, limits) = (SeededRandom::new(1), Limits::default());
    let mut reply = Step::new(&mut runner.space, &clock, &random, &limits).batch(batch).unwrap();
    assert_eq!(reply.take(get).unwrap(), Some(Bytes::from("v")));
    assert_eq!(reply.take(left).unwrap(), 500);
    let outcome = Step::new(&mut runner.space, &clock, &random, &limits).run(Get::new("k").into()).unwrap();
    assert_eq!(outcome, Reply::Value(None), "the next step has a time of its own");
}
