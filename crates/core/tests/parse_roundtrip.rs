//! Commands as words: every command reads back as it was written, every other name of Redis is known, and
//! whatever else arrives is an error.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use bytes::Bytes;
use credenza_core::command::*;
use credenza_core::semantics::validate;
use credenza_core::{
    Command, CommandId, ErrorKind, Field, Key, Kind, Member, Pattern, Random, SeededRandom, Value,
};
use proptest::prelude::*;

/// Random parts that look like options, numbers and nothing, to confuse a parser.
struct Confusing(SeededRandom);

const TEXTS: [&str; 20] = [
    "",
    "k",
    "NX",
    "xx",
    "GET",
    "EX",
    "AT",
    "SECONDS",
    "COUNT",
    "LIMIT",
    "WITHSCORES",
    "WEIGHTS",
    "BYLEX",
    "0",
    "-1",
    "1.5",
    "inf",
    "-",
    "+",
    "[",
];

impl Confusing {
    fn text(&mut self) -> Bytes {
        match self.below(4) {
            0 => Bytes::from((0..self.below(6)).map(|_| self.below(256) as u8).collect::<Vec<_>>()),
            _ => Bytes::from_static(TEXTS[self.below(TEXTS.len())].as_bytes()),
        }
    }
}

impl Sampler for Confusing {
    fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound as u64) as usize
    }
    fn key(&mut self) -> Key {
        self.text().into()
    }
    fn field(&mut self) -> Field {
        self.text().into()
    }
    fn member(&mut self) -> Member {
        self.text().into()
    }
    fn value(&mut self) -> Value {
        self.text().into()
    }
    fn pattern(&mut self) -> Pattern {
        self.text().into()
    }
    fn int(&mut self) -> i64 {
        [0, 1, -1, 7, -300, i64::MAX, i64::MIN, self.0.next_u64() as i64][self.below(8)]
    }
    fn count(&mut self) -> u64 {
        [0, 1, 2, 10, i64::MAX as u64][self.below(5)]
    }
    fn float(&mut self) -> f64 {
        let any = f64::from_bits(self.0.next_u64());
        let any = if any.is_nan() { 0.1 } else { any };
        [0.0, -0.0, 1.0, 0.1, -2.5e-9, 1e300, f64::INFINITY, f64::NEG_INFINITY, any][self.below(9)]
    }
    fn ttl(&mut self) -> i64 {
        [1, 999, 1000, 86_400_000, i64::MAX, 0, -5][self.below(7)]
    }
    fn time(&mut self) -> i64 {
        [1, 1_700_000_000_000, i64::MAX, 0, -5][self.below(5)]
    }
}

#[test]
fn every_command_reads_back_as_it_was_written() {
    const SAMPLES: usize = 2000;
    for id in CommandId::ALL {
        let mut sampler = Confusing(SeededRandom::new(*id as u64));
        let mut valid = 0;
        for _ in 0..SAMPLES {
            let command = id.sample(&mut sampler);
            let words = command.words();
            if validate::command(&command).is_ok() {
                valid += 1;
                assert_eq!(Command::parse(&words).unwrap(), command, "{words:?}");
                let mut lower = words.clone();
                lower[0] = Bytes::from(words[0].to_ascii_lowercase());
                assert_eq!(Command::parse(&lower).unwrap(), command, "{lower:?}");
            } else if let Ok(parsed) = Command::parse(&words) {
                // What contradicts itself may be refused by either; it is never taken for something else.
                assert_eq!(parsed, command, "{words:?}");
            }
        }
        assert!(valid > SAMPLES / 10, "of {} only {valid} samples are valid", id.info().name);
    }
}

fn words(line: &str) -> Vec<Bytes> {
    line.split(' ')
        .filter(|word| !word.is_empty())
        .map(|word| Bytes::copy_from_slice(word.as_bytes()))
        .collect()
}

#[track_caller]
fn same(line: &str, expected: impl Into<Command>) {
    let expected = expected.into();
    assert_eq!(Command::parse(&words(line)).unwrap(), expected, "{line}");
    validate::command(&expected).unwrap();
}

#[test]
fn other_names_of_redis_are_known() {
    let (second, milli) = (Duration::from_secs(1), Duration::from_millis(1));
    same("EXPIRE k 10", Expire::new("k", second * 10));
    same("expire k -1", Expire::new("k", Expiry::In(-1000)));
    same("EXPIRE k 10 GT XX", Expire::new("k", second * 10).gt(true).xx(true));
    same("PEXPIRE k 10", Expire::new("k", milli * 10));
    same("EXPIREAT k 5 NX", Expire::new("k", Expiry::At(5000)).nx(true));
    same("PEXPIREAT k 5 lt", Expire::new("k", Expiry::At(5)).lt(true));
    same("TTL k", Ttl::new("k", TimeUnit::Seconds));
    same("PTTL k", Ttl::new("k", TimeUnit::Milliseconds));
    same("EXPIRETIME k", ExpireTime::new("k", TimeUnit::Seconds));
    same("PEXPIRETIME k", ExpireTime::new("k", TimeUnit::Milliseconds));
    same("INCR k", IncrBy::new("k", 1));
    same("DECR k", IncrBy::new("k", -1));
    same("DECRBY k 7", IncrBy::new("k", -7));
    same("DECRBY k -9223372036854775807", IncrBy::new("k", i64::MAX));

    let adds = ZAddOptions { condition: Some(Condition::Absent), changed: true, ..ZAddOptions::default() };
    same("ZADD k NX CH 1 a 2 b", ZAdd::new("k", adds, [(1.0, "a"), (2.0, "b")]));
    same("ZADD k INCR 1.5 a", ZAddIncr::new("k", ZAddOptions::default(), 1.5, "a"));
    same("zadd k incr ch nx 1.5 INCR", ZAddIncr::new("k", adds, 1.5, "INCR"));
    let raises = ZAddOptions { greater: true, condition: Some(Condition::Present), ..ZAddOptions::default() };
    same("ZADD k GT INCR XX -inf a", ZAddIncr::new("k", raises, f64::NEG_INFINITY, "a"));
}

#[test]
fn options_come_in_any_order_and_case() {
    let minute = Duration::from_secs(60);
    for line in ["SET k v EX 60 NX GET", "set k v get nx ex 60", "SET k v nx PX 60000 Get"] {
        same(line, Set::new("k", "v").expire_in(minute).if_absent().get(true));
    }
    same("SET k v EXAT 3", Set::new("k", "v").expiry(SetExpiry::At(3000)));
    same("SET k v KEEPTTL XX", Set::new("k", "v").expiry(SetExpiry::Keep).if_present());
    same("GETEX k PERSIST", GetEx::new("k").expiry(GetExpiry::Clear));
    same("GETEX k", GetEx::new("k"));
    same(
        "SCAN 0 TYPE zset COUNT 5 MATCH a*",
        Scan::new(credenza_core::Cursor::START).count(5).kind(Kind::SortedSet).pattern(Pattern::from("a*")),
    );
    same("COPY a b REPLACE", Copy::new("a", "b").replace(true));
    same("LPOS k v MAXLEN 0 RANK -1 COUNT 2", LPos::new("k", "v").rank(-1).count(2).max_len(0));
    same("HRANDFIELD k -3 WITHVALUES", HRandField::new("k", Some(-3)).with_values(true));
    same("LINSERT k before p v", LInsert::new("k", Side::Before, "p", "v"));
    same("LMOVE a b right LEFT", LMove::new("a", "b", End::Right, End::Left));
    same("SINTERCARD 2 a b LIMIT 3", SInterCard::new(["a", "b"]).limit(3));
    same("SETIFEQUAL k old new PX 5", SetIfEqual::new("k", "old", "new").expiry(SetExpiry::In(5)));
    same("INCRBOUNDED k -1 PX 5 MIN 0", IncrBounded::new("k", -1).min(0).ttl(5));
    for line in [
        "ZUNION 2 a b WEIGHTS 1 2.5 AGGREGATE max WITHSCORES",
        "ZUNION 2 a b withscores aggregate MAX weights 1 2.5",
    ] {
        same(
            line,
            ZUnion::new(["a", "b"]).weights(vec![1.0, 2.5]).aggregate(Aggregate::Max).with_scores(true),
        );
    }
    // Of weights that are given twice the last count, as in Redis.
    same("ZINTERSTORE d 1 a WEIGHTS 1 WEIGHTS 2", ZInterStore::new("d", ["a"]).weights(vec![2.0]));
}

#[test]
fn ranges_of_sorted_sets_are_read_as_redis_does() {
    let exclusive = ScoreRange { min: ScoreBound::Exclusive(1.0), max: ScoreBound::Inclusive(f64::INFINITY) };
    same("ZRANGE k 0 -1", ZRange::new("k", ZRangeBy::rank(0, -1)));
    same("ZRANGE k 0 -1 REV WITHSCORES", ZRange::new("k", ZRangeBy::rank(0, -1).rev()).with_scores(true));
    same(
        "ZRANGE k 0 -1 WITHSCORES REV WITHSCORES",
        ZRange::new("k", ZRangeBy::rank(0, -1).rev()).with_scores(true),
    );
    for line in [
        "ZRANGE k (1 +inf BYSCORE LIMIT 2 -1 WITHSCORES",
        "ZRANGE k (1 inf WITHSCORES LIMIT 2 -1 BYSCORE",
        "zrange k (1 +inf limit 2 -1 withscores byscore",
    ] {
        same(line, ZRange::new("k", ZRangeBy::score(exclusive).limit(2, -1)).with_scores(true));
    }
    // Reversed, the greatest comes first.
    same("ZRANGE k 1e999 (1 REV BYSCORE", ZRange::new("k", ZRangeBy::score(exclusive).rev()));
    let lex = LexRange { min: LexBound::Exclusive("a".into()), max: LexBound::End };
    same("ZRANGE k (a + BYLEX", ZRange::new("k", ZRangeBy::lex(lex.clone())));
    same("ZRANGESTORE d k + (a REV BYLEX", ZRangeStore::new("d", "k", ZRangeBy::lex(lex.clone()).rev()));
    same("ZREMRANGEBYLEX k (a +", ZRemRangeByLex::new("k", lex));
    same("ZCOUNT k (1 +inf", ZCount::new("k", exclusive));
}

#[test]
fn malformed_words_are_errors_that_say_what_is_wrong() {
    for (line, text) in [
        ("", "no command (not applied, permanent)"),
        ("NOSUCH a", "unknown command (not applied, permanent)"),
        ("GET", "GET: wrong number of arguments (not applied, permanent)"),
        ("GET a b", "GET: wrong number of arguments (not applied, permanent)"),
        ("DEL", "DEL: wrong number of arguments (not applied, permanent)"),
        ("TTL", "TTL: wrong number of arguments (not applied, permanent)"),
        ("INCR a b", "INCR: wrong number of arguments (not applied, permanent)"),
        ("DECRBY a", "DECRBY: wrong number of arguments (not applied, permanent)"),
        ("DECRBY a -9223372036854775808", "DECRBY: decrement would overflow (not applied, permanent)"),
        (
            "INCRBY a 9223372036854775808",
            "INCRBY: an argument is not an integer or out of range (not applied, permanent)",
        ),
        ("INCRBY a 1.0", "INCRBY: an argument is not an integer or out of range (not applied, permanent)"),
        ("INCRBYFLOAT a secret", "INCRBYFLOAT: an argument is not a valid number (not applied, permanent)"),
        ("MSET a 1 b", "MSET: wrong number of arguments (not applied, permanent)"),
        ("HSET a f", "HSET: wrong number of arguments (not applied, permanent)"),
        ("ZADD k 1", "ZADD: wrong number of arguments (not applied, permanent)"),
        ("ZADD k nan a", "ZADD: an argument is not a valid number (not applied, permanent)"),
        (
            "ZADD k INCR 1 a 2 b",
            "ZADD: INCR option supports a single increment-element pair (not applied, permanent)",
        ),
        ("ZADD k NX XX 1 a", "ZADD: options contradict each other (not applied, permanent)"),
        ("EXPIRE k 9223372036854775807", "EXPIRE: invalid expire time (not applied, permanent)"),
        ("EXPIRE k 1 ZZ", "EXPIRE: syntax error (not applied, permanent)"),
        ("SET k v EX 0", "SET: invalid expire time (not applied, permanent)"),
        ("SET k v PX -1", "SET: invalid expire time (not applied, permanent)"),
        ("SET k v EX 9223372036854775807", "SET: invalid expire time (not applied, permanent)"),
        ("SET k v EX", "SET: wrong number of arguments (not applied, permanent)"),
        ("SET k v EX 1 PX 1", "SET: options contradict each other (not applied, permanent)"),
        ("SET k v KEEPTTL EX 1", "SET: options contradict each other (not applied, permanent)"),
        ("SET k v NX XX", "SET: options contradict each other (not applied, permanent)"),
        ("SET k v secret", "SET: syntax error (not applied, permanent)"),
        ("LPOP k -1", "LPOP: a count must not be negative (not applied, permanent)"),
        ("SPOP k -1", "SPOP: a count must not be negative (not applied, permanent)"),
        ("SETRANGE k -1 v", "SETRANGE: a count must not be negative (not applied, permanent)"),
        (
            "HRANDFIELD k WITHVALUES",
            "HRANDFIELD: an argument is not an integer or out of range (not applied, permanent)",
        ),
        ("SINTERCARD 0 k", "SINTERCARD: at least 1 input key is needed (not applied, permanent)"),
        ("SINTERCARD -1 k", "SINTERCARD: at least 1 input key is needed (not applied, permanent)"),
        ("SINTERCARD 2 k", "SINTERCARD: syntax error (not applied, permanent)"),
        ("ZUNION 9223372036854775807 k", "ZUNION: syntax error (not applied, permanent)"),
        ("ZUNION 1 k WEIGHTS", "ZUNION: weight value is not a number (not applied, permanent)"),
        ("ZUNION 1 k WEIGHTS x", "ZUNION: weight value is not a number (not applied, permanent)"),
        ("ZUNION 1 k AGGREGATE AVG", "ZUNION: syntax error (not applied, permanent)"),
        ("ZUNIONSTORE d 1 k WITHSCORES", "ZUNIONSTORE: syntax error (not applied, permanent)"),
        ("ZRANGE k a b", "ZRANGE: an argument is not an integer or out of range (not applied, permanent)"),
        ("ZRANGE k 0", "ZRANGE: wrong number of arguments (not applied, permanent)"),
        ("ZRANGE k 0 1 BYSCORE BYLEX", "ZRANGE: syntax error (not applied, permanent)"),
        ("ZRANGE k 0 1 REV REV", "ZRANGE: syntax error (not applied, permanent)"),
        ("ZRANGE k 0 1 BYSCORE LIMIT 1", "ZRANGE: wrong number of arguments (not applied, permanent)"),
        ("ZRANGE k a b BYLEX", "ZRANGE: min or max is not a valid string range (not applied, permanent)"),
        ("ZCOUNT k (nan 1", "ZCOUNT: min or max is not a number (not applied, permanent)"),
        ("ZRANGESTORE d k 0 1 WITHSCORES", "ZRANGESTORE: wrong number of arguments (not applied, permanent)"),
        ("SCAN 17", "SCAN: invalid cursor (not applied, permanent)"),
        ("SCAN x", "SCAN: invalid cursor (not applied, permanent)"),
        ("SCAN x0", "SCAN: invalid cursor (not applied, permanent)"),
        ("SCAN xzz", "SCAN: invalid cursor (not applied, permanent)"),
        ("SCAN 0 TYPE stream", "SCAN: unknown type name (not applied, permanent)"),
        ("LINSERT k BESIDE p v", "LINSERT: syntax error (not applied, permanent)"),
    ] {
        assert_eq!(Command::parse(&words(line)).unwrap_err().to_string(), text, "{line}");
    }
    assert_eq!(Command::parse(&words("NOSUCH")).unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(Command::parse(&[]).unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(Command::parse(&[Bytes::new()]).unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(
        Command::parse(&[Bytes::from(vec![b'G'; 1 << 20])]).unwrap_err().kind(),
        ErrorKind::Unsupported
    );
}

#[test]
fn what_contradicts_itself_is_refused_before_a_store_sees_it() {
    let nobody: [&str; 0] = [];
    let nothing: [(&str, &str); 0] = [];
    let cases: Vec<(Command, &str)> = vec![
        (Del::new(nobody).into(), "DEL: wrong number of arguments"),
        (MSet::new(nothing).into(), "MSET: wrong number of arguments"),
        (ZDiff::new(nobody).into(), "ZDIFF: wrong number of arguments"),
        (Copy::new("a", "a").into(), "COPY: source and destination are the same key"),
        (Expire::new("k", Expiry::In(1)).nx(true).gt(true).into(), "PEXPIRE: options contradict each other"),
        (Expire::new("k", Expiry::In(1)).gt(true).lt(true).into(), "PEXPIRE: options contradict each other"),
        (Set::new("k", "v").expiry(SetExpiry::In(0)).into(), "SET: invalid expire time"),
        (Set::new("k", "v").expiry(SetExpiry::At(-1)).into(), "SET: invalid expire time"),
        (GetEx::new("k").expiry(GetExpiry::In(0)).into(), "GETEX: invalid expire time"),
        (Scan::new(credenza_core::Cursor::START).count(0).into(), "SCAN: COUNT must be at least 1"),
        (IncrByFloat::new("k", f64::INFINITY).into(), "INCRBYFLOAT: an increment must be finite"),
        (HIncrByFloat::new("k", "f", f64::NAN).into(), "HINCRBYFLOAT: an increment must be finite"),
        (HRandField::new("k", None).with_values(true).into(), "HRANDFIELD: WITHVALUES needs a count"),
        (SRandMember::new("k", Some(i64::MIN)).into(), "SRANDMEMBER: the count is out of range"),
        (LPos::new("k", "v").rank(0).into(), "LPOS: RANK can't be zero: use 1 for the first match"),
        (LPos::new("k", "v").rank(i64::MIN).into(), "LPOS: RANK is out of range"),
        (
            ZAdd::new("k", ZAddOptions::default(), [(f64::NAN, "a")]).into(),
            "ZADD: a score or weight is not a number",
        ),
        (ZIncrBy::new("k", f64::NAN, "a").into(), "ZINCRBY: a score or weight is not a number"),
        (
            ZAddIncr::new("k", ZAddOptions { greater: true, less: true, ..Default::default() }, 1.0, "a")
                .into(),
            "ZADDINCR: GT, LT and NX contradict each other",
        ),
        (
            ZRange::new("k", ZRangeBy::rank(0, 1).limit(0, 1)).into(),
            "ZRANGE: LIMIT goes with BYSCORE and BYLEX only",
        ),
        (
            ZRange::new("k", ZRangeBy::lex(LexRange::ALL)).with_scores(true).into(),
            "ZRANGE: WITHSCORES does not go with BYLEX",
        ),
        (ZCount::new("k", f64::NAN..=1.0).into(), "ZCOUNT: a score or weight is not a number"),
        (ZUnion::new(["a"]).weights(vec![1.0, 2.0]).into(), "ZUNION: there must be one weight for each key"),
        (ZUnion::new(["a"]).weights(vec![f64::NAN]).into(), "ZUNION: a score or weight is not a number"),
        (IncrBounded::new("k", 1).min(2).max(1).into(), "INCRBOUNDED: MIN is greater than MAX"),
        (IncrBounded::new("k", 1).ttl(0).into(), "INCRBOUNDED: invalid expire time"),
        (SetIfEqual::new("k", "a", "b").expiry(SetExpiry::In(-1)).into(), "SETIFEQUAL: invalid expire time"),
    ];
    for (command, text) in cases {
        let error = validate::command(&command).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert_eq!(error.to_string(), format!("{text} (not applied, permanent)"));
    }
}

/// Words as they may come from a client that errs, or wants to do harm.
fn any_words() -> impl Strategy<Value = Vec<Bytes>> {
    let names: Vec<&str> = CommandId::ALL.iter().map(|id| id.info().name).collect();
    let aliases = vec!["EXPIRE", "EXPIREAT", "PEXPIREAT", "TTL", "EXPIRETIME", "INCR", "DECR", "DECRBY"];
    let name = prop_oneof![9 => prop::sample::select([names, aliases].concat()).prop_map(Bytes::from), 1 => any::<Vec<u8>>().prop_map(Bytes::from)];
    let vocabulary = [
        "",
        "0",
        "1",
        "2",
        "-1",
        "3",
        "9223372036854775807",
        "-9223372036854775808",
        "99999999999999999999",
        "1.5",
        "nan",
        "inf",
        "1e999",
        "k",
        "*",
        "-",
        "+",
        "(1",
        "[a",
        "(",
        "[",
        "x00",
        "x0",
        "NX",
        "XX",
        "GT",
        "LT",
        "CH",
        "INCR",
        "GET",
        "EX",
        "PX",
        "EXAT",
        "PXAT",
        "KEEPTTL",
        "PERSIST",
        "MATCH",
        "COUNT",
        "TYPE",
        "string",
        "zset",
        "REPLACE",
        "WITHSCORES",
        "WITHVALUES",
        "BYSCORE",
        "BYLEX",
        "REV",
        "LIMIT",
        "WEIGHTS",
        "AGGREGATE",
        "SUM",
        "MIN",
        "MAX",
        "RANK",
        "MAXLEN",
        "LEFT",
        "RIGHT",
        "BEFORE",
        "AFTER",
        "AT",
        "SECONDS",
    ];
    let word = prop_oneof![9 => prop::sample::select(vocabulary.to_vec()).prop_map(|word| Bytes::from(word.to_owned())), 1 => any::<Vec<u8>>().prop_map(Bytes::from)];
    (name, prop::collection::vec(word, 0..10)).prop_map(|(name, words)| [vec![name], words].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn any_words_are_an_error_or_a_command_that_reads_back(words in any_words()) {
        if let Ok(command) = Command::parse(&words) {
            let _ = validate::command(&command);
            if let Ok(again) = Command::parse(&command.words()) {
                prop_assert_eq!(&again, &command);
            } else {
                prop_assert!(validate::command(&command).is_err(), "a valid command does not read back");
            }
        }
    }
}
