use std::collections::BTreeMap;

use credenza_core::command::{LexRange, ScoreBound, ScoreRange};
use credenza_core::{Command, Error, Limits, ManualClock, Reply, SeededRandom};
use credenza_embedded::Step;

use super::*;
use crate::schema;
use crate::stamps::Stamps;
use crate::{SqliteConfig, db};

/// A connection in memory and what a step needs.
struct Bench {
    conn: Connection,
    stamps: Stamps,
    clock: ManualClock,
    random: SeededRandom,
    limits: Limits,
}

impl Bench {
    fn new() -> Bench {
        let conn = schema::open(&SqliteConfig::memory()).unwrap();
        conn.execute_batch(sql::BEGIN_WRITE).unwrap();
        Bench {
            conn,
            stamps: Stamps::new(),
            clock: ManualClock::at(1_000),
            random: SeededRandom::new(7),
            limits: Limits::default(),
        }
    }

    fn words(&mut self, words: &[&[u8]]) -> credenza_core::Result<Reply> {
        let words: Vec<Bytes> = words.iter().map(|word| Bytes::copy_from_slice(word)).collect();
        let mut space = Space::writer(&self.conn, &mut self.stamps);
        Step::new(&mut space, &self.clock, &self.random, &self.limits).run(Command::parse(&words)?)
    }

    fn run(&mut self, line: &str) -> Reply {
        let words: Vec<_> = line.split(' ').map(str::as_bytes).collect();
        self.words(&words).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    fn fail(&mut self, line: &str) -> Error {
        let words: Vec<_> = line.split(' ').map(str::as_bytes).collect();
        self.words(&words).expect_err("it should have failed")
    }

    fn number(&self, sql: &'static str) -> i64 {
        db::first(&self.conn, sql, (), |row| row.get(0)).unwrap().unwrap()
    }

    fn form(&self, key: &str) -> Form {
        db::first(&self.conn, "SELECT form FROM keys WHERE key = ?1", (key.as_bytes(),), |row| {
            Form::read(row, 0)
        })
        .unwrap()
        .unwrap()
    }

    fn list(&mut self, key: &str) -> Vec<String> {
        match self.run(&format!("LRANGE {key} 0 -1")) {
            Reply::List(Some(values)) => texts(values),
            other => panic!("{other:?}"),
        }
    }
}

fn texts(values: Vec<Bytes>) -> Vec<String> {
    values.into_iter().map(|value| String::from_utf8(value.to_vec()).unwrap()).collect()
}

fn value(text: &str) -> Reply {
    Reply::Value(Some(Bytes::copy_from_slice(text.as_bytes())))
}

#[test]
fn short_and_long_strings_replace_each_other() {
    let mut bench = Bench::new();
    let long = "x".repeat(5_000);
    for text in ["a", &long, "b", &"y".repeat(900), &long, &"z".repeat(7_000), ""] {
        bench.words(&[b"SET", b"k", text.as_bytes()]).unwrap();
        assert_eq!(bench.run("GET k"), value(text));
        assert_eq!(bench.run("STRLEN k"), Reply::Int(text.len() as i64));
        let owned = i64::from(text.len() >= 900);
        assert_eq!(bench.number("SELECT count(*) FROM big"), owned, "{} bytes", text.len());
    }
    bench.words(&[b"SET", b"k", long.as_bytes()]).unwrap();
    bench.run("COPY k k2");
    bench.run("RENAME k k3");
    assert_eq!(bench.run("DEL k3"), Reply::Int(1));
    assert_eq!(bench.run("GET k2"), value(&long));
    bench.run("DEL k2");
    assert_eq!(bench.number("SELECT count(*) FROM big"), 0);
}

#[test]
fn a_string_takes_the_place_of_a_collection() {
    let mut bench = Bench::new();
    bench.run("HSET k a 1 b 2");
    bench.run("SET k text");
    assert_eq!(bench.run("GET k"), value("text"));
    assert_eq!(bench.number("SELECT count(*) FROM hash"), 0);
}

#[test]
fn a_reader_changes_nothing_and_leaves_long_strings_out() {
    let mut bench = Bench::new();
    bench.words(&[b"SET", b"k", "x".repeat(2_000).as_bytes()]).unwrap();
    let mut space = Space::reader(&bench.conn).with_max_string(1_999);
    assert!(matches!(space.find_string(&Key::from("k")).unwrap(), Some((_, None))));
    assert!(space.met_long());
    let error = space.put_string(&Key::from("k"), Bytes::new(), None).unwrap_err();
    assert_eq!(error.kind(), credenza_core::ErrorKind::ReadOnly);
}

#[test]
fn versions_rise_and_survive_deletion() {
    let mut bench = Bench::new();
    let mut seen = Vec::new();
    for line in [
        "SET k 1",
        "HSET h f v",
        "APPEND k 2",
        "PEXPIRE h 5000",
        "DEL k",
        "SET k 3",
        "RENAME k k",
        "LPUSH l 1",
    ] {
        bench.run(line);
        for key in ["k", "h", "l"] {
            if let Reply::Version(Some(version)) = bench.run(&format!("VERSIONOF {key}")) {
                seen.push(version);
            }
        }
    }
    let last = *seen.last().unwrap();
    assert!(seen.iter().all(|version| *version <= last));
    bench.run("DEL l");
    bench.run("LPUSH l 1");
    assert!(matches!(bench.run("VERSIONOF l"), Reply::Version(Some(version)) if version > last));
}

#[test]
fn hashes_and_sets() {
    let mut bench = Bench::new();
    assert_eq!(bench.run("HSET h a 1 b 2 c 3"), Reply::Int(3));
    assert_eq!(bench.run("HSET h a 9 d 4"), Reply::Int(1));
    assert_eq!(bench.run("HGET h a"), value("9"));
    assert_eq!(bench.run("HLEN h"), Reply::Int(4));
    assert_eq!(bench.run("HDEL h a b c d x"), Reply::Int(4));
    assert_eq!(bench.run("EXISTS h"), Reply::Int(0));
    assert_eq!(bench.run("SADD s a b c a"), Reply::Int(3));
    assert_eq!(bench.run("SISMEMBER s b"), Reply::Bool(true));
    assert_eq!(bench.run("SREM s b x"), Reply::Int(1));
    assert_eq!(bench.run("SMEMBERS s"), Reply::Members(vec!["a".into(), "c".into()]));
    assert_eq!(bench.fail("LPUSH s x").kind(), credenza_core::ErrorKind::WrongType);
}

#[test]
fn scans_go_in_the_order_of_bytes() {
    let mut bench = Bench::new();
    let mut keys: Vec<Vec<u8>> =
        vec![vec![], vec![0], vec![0, 0], vec![0xff], vec![0xff, 0xff, 1], b"p".to_vec()];
    keys.extend((0..40_u8).map(|n| vec![b'p', n]));
    for key in &keys {
        bench.words(&[b"SET", key, b"v"]).unwrap();
    }
    keys.sort();
    let prefixes: [&[u8]; 4] = [b"", b"p", b"\xff", b"q"];
    for prefix in prefixes {
        for count in [1, 7, 100] {
            let mut space = Space::writer(&bench.conn, &mut bench.stamps);
            let (mut cursor, mut seen) = (Cursor::START, Vec::new());
            loop {
                let page = space.scan(&ScanKeys { cursor: &cursor, count, prefix, now: 0 }).unwrap();
                seen.extend(page.items.into_iter().map(|(key, _)| key.to_vec()));
                match page.next {
                    Some(next) => cursor = next,
                    None => break,
                }
            }
            let expected: Vec<_> = keys.iter().filter(|key| key.starts_with(prefix)).cloned().collect();
            assert_eq!(seen, expected, "prefix {prefix:?}, count {count}");
        }
    }
    let mut space = Space::writer(&bench.conn, &mut bench.stamps);
    let foreign = Cursor::new("17");
    let error = space.scan(&ScanKeys { cursor: &foreign, count: 1, prefix: b"", now: 0 }).unwrap_err();
    assert_eq!(error.kind(), credenza_core::ErrorKind::InvalidArgument);
}

#[test]
fn clear_takes_a_prefix_and_leaves_no_children() {
    let mut bench = Bench::new();
    for line in ["SET a:1 x", "HSET a:2 f v", "SET b:1 x", "SET a:3 x PX 10"] {
        bench.run(line);
    }
    bench.clock.set(2_000);
    assert_eq!(bench.words(&[b"CLEAR", b"a:"]).unwrap(), Reply::Int(2));
    assert_eq!(bench.run("EXISTS a:1 a:2 b:1"), Reply::Int(1));
    assert!(!collect(&bench.conn, 0, 100).unwrap().more);
    assert_eq!(bench.number("SELECT count(*) FROM hash"), 0);
    assert_eq!(bench.words(&[b"CLEAR", b""]).unwrap(), Reply::Int(1));
    assert_eq!(bench.number("SELECT count(*) FROM keys"), 0);
}

#[test]
fn a_large_list_at_both_ends() {
    let mut bench = Bench::new();
    for n in 0..5_000 {
        bench.run(&format!("RPUSH l r{n}"));
        bench.run(&format!("LPUSH l l{n}"));
    }
    assert_eq!(bench.form("l"), Form::List);
    assert_eq!(bench.run("LINDEX l 0"), value("l4999"));
    assert_eq!(bench.run("LINDEX l -1"), value("r4999"));
    assert_eq!(bench.run("LINDEX l 5000"), value("r0"));
    assert_eq!(bench.run("LINDEX l 4990"), value("l9"));
    for n in (4_000..5_000).rev() {
        assert_eq!(bench.run("LPOP l"), Reply::List(Some(vec![format!("l{n}").into()])));
        assert_eq!(bench.run("RPOP l"), Reply::List(Some(vec![format!("r{n}").into()])));
    }
    assert_eq!(bench.run("LLEN l"), Reply::Int(8_000));
    bench.run("LTRIM l 3999 4000");
    assert_eq!(bench.list("l"), ["l0", "r0"]);
    assert_eq!(bench.form("l"), Form::List);
    bench.run("LSET l 1 last");
    assert_eq!(bench.list("l"), ["l0", "last"]);
}

#[test]
fn an_uneven_list_is_not_taken_for_an_even_one() {
    let mut bench = Bench::new();
    bench.run("RPUSH l a b c");
    // Afterwards the ends and the length are those of an even list.
    bench.run("LINSERT l BEFORE b x");
    bench.run("LREM l 1 b");
    assert_eq!(bench.form("l"), Form::UnevenList);
    assert_eq!(bench.list("l"), ["a", "x", "c"]);
    for (index, text) in ["a", "x", "c"].iter().enumerate() {
        assert_eq!(bench.run(&format!("LINDEX l {index}")), value(text));
    }
    bench.run("LSET l 1 y");
    bench.run("LTRIM l 1 2");
    assert_eq!(bench.list("l"), ["y", "c"]);
    // At the ends an insertion keeps a list even.
    bench.run("RPUSH e a b");
    bench.run("LINSERT e BEFORE a 0");
    bench.run("LINSERT e AFTER b 1");
    assert_eq!(
        (bench.form("e"), bench.list("e")),
        (Form::List, vec!["0".into(), "a".into(), "b".into(), "1".into()])
    );
}

#[test]
fn gaps_that_are_used_up_are_made_again() {
    for side in ["BEFORE", "AFTER"] {
        let mut bench = Bench::new();
        let mut model: Vec<String> = (0..300).map(|n| format!("e{n}")).collect();
        bench.run(&format!("RPUSH l {}", model.join(" ")));
        // Each goes between the pivot and the one before: the gap halves each time.
        for n in 0..2_000 {
            bench.run(&format!("LINSERT l {side} e150 i{n}"));
            let pivot = model.iter().position(|text| text == "e150").unwrap();
            model.insert(pivot + usize::from(side == "AFTER"), format!("i{n}"));
        }
        assert_eq!(bench.list("l"), model);
        assert_eq!(bench.run("LINDEX l 1000"), value(&model[1000]));
    }
    // Also where the list has but two elements.
    let mut bench = Bench::new();
    bench.run("RPUSH l a b");
    for n in 0..100 {
        bench.run(&format!("LINSERT l AFTER a {n}"));
    }
    let expected =
        std::iter::once("a".into()).chain((0..100).rev().map(|n| n.to_string())).chain(["b".into()]);
    assert_eq!(bench.list("l"), expected.collect::<Vec<_>>());
}

#[test]
fn removing_from_lists() {
    let mut bench = Bench::new();
    bench.run("RPUSH l a x b x c x d");
    assert_eq!(bench.run("LREM l -2 x"), Reply::Int(2));
    assert_eq!(bench.list("l"), ["a", "x", "b", "c", "d"]);
    assert_eq!(bench.run("LREM l 0 x"), Reply::Int(1));
    assert_eq!(bench.run("LPOS l c"), Reply::Positions(vec![2]));
    assert_eq!(bench.run("LMOVE l l LEFT RIGHT"), value("a"));
    assert_eq!(bench.list("l"), ["b", "c", "d", "a"]);
}

/// Compares a large sorted set with a sorted vector, through additions, changes and removals.
#[test]
fn ranks_of_a_counted_sorted_set() {
    let mut bench = Bench::new();
    let mut model = BTreeMap::new();
    let next = {
        let random = SeededRandom::new(3);
        move |bound: u64| credenza_core::Random::below(&random, bound)
    };
    let add = |bench: &mut Bench, model: &mut BTreeMap<String, i64>, members: u64| {
        let (member, score) = (format!("m{}", next(members)), next(50) as i64);
        bench.run(&format!("ZADD z {score} {member}"));
        model.insert(member, score);
    };
    for _ in 0..12_000 {
        add(&mut bench, &mut model, 9_000);
    }
    assert_eq!(bench.form("z"), Form::CountedSortedSet);
    for n in 0..4_000 {
        let member = format!("m{n}");
        let removed = bench.run(&format!("ZREM z {member}"));
        assert_eq!(removed, Reply::Int(i64::from(model.remove(&member).is_some())));
        add(&mut bench, &mut model, 9_000);
    }
    let mut sorted: Vec<_> = model.iter().map(|(member, score)| (*score, member.clone())).collect();
    sorted.sort();
    let pairs = |range: &[(i64, String)]| {
        Reply::Scored(
            range.iter().map(|(score, member)| (Bytes::from(member.clone()), *score as f64)).collect(),
        )
    };
    assert_eq!(bench.run("ZCARD z"), Reply::Int(sorted.len() as i64));
    for rank in (0..sorted.len()).step_by(97).chain([sorted.len() - 1]) {
        let member = &sorted[rank].1;
        assert_eq!(bench.run(&format!("ZRANK z {member}")), Reply::Rank(Some(rank as u64)));
        let found = bench.run(&format!("ZRANGE z {rank} {} WITHSCORES", rank + 2));
        assert_eq!(found, pairs(&sorted[rank..sorted.len().min(rank + 3)]));
        let mut back: Vec<_> = sorted[rank.saturating_sub(2)..=rank].to_vec();
        back.reverse();
        let from_end = sorted.len() - 1 - rank;
        let found = bench.run(&format!("ZRANGE z {from_end} {} REV WITHSCORES", from_end + 2));
        assert_eq!(found, pairs(&back));
    }
    for (min, max) in [(0, 49), (10, 12), (-5, 3), (49, 100), (30, 20)] {
        let expected = sorted.iter().filter(|(score, _)| (min..=max).contains(score)).count() as i64;
        assert_eq!(bench.run(&format!("ZCOUNT z {min} {max}")), Reply::Int(expected));
        let open = sorted.iter().filter(|(score, _)| (min + 1..max).contains(score)).count() as i64;
        assert_eq!(bench.run(&format!("ZCOUNT z ({min} ({max}")), Reply::Int(open));
    }
    assert_eq!(bench.run("ZCOUNT z -inf +inf"), Reply::Int(sorted.len() as i64));
    assert_eq!(bench.run("ZCOUNT z (-inf (+inf"), Reply::Int(sorted.len() as i64));
    // A copy has counts of its own.
    bench.run("COPY z c");
    bench.run(&format!("ZREM z {}", sorted[0].1));
    assert_eq!(bench.run(&format!("ZRANK c {}", sorted[100].1)), Reply::Rank(Some(100)));
    assert_eq!(bench.run(&format!("ZRANK z {}", sorted[100].1)), Reply::Rank(Some(99)));
    // Emptied from one end, no rows of counts stay behind.
    bench.run(&format!("ZREMRANGEBYRANK z 0 {}", sorted.len() - 3));
    assert_eq!(
        bench.number("SELECT count(*) FROM zset_count WHERE id = (SELECT id FROM keys WHERE key = x'7a')"),
        2
    );
}

#[test]
fn bounds_of_scores_and_members() {
    let mut bench = Bench::new();
    bench.run("ZADD z -inf a 0 b 0 c 5 d +inf e");
    let mut space = Space::writer(&bench.conn, &mut bench.stamps);
    let at = space.find(&Key::from("z")).unwrap().unwrap().at;
    let mut count = |min, max| space.zset_count(at, Selection::Score(&ScoreRange { min, max })).unwrap();
    use ScoreBound::{Exclusive, Inclusive};
    assert_eq!(count(Inclusive(f64::NEG_INFINITY), Inclusive(f64::INFINITY)), 5);
    assert_eq!(count(Exclusive(f64::NEG_INFINITY), Exclusive(f64::INFINITY)), 3);
    assert_eq!(count(Exclusive(-0.0), Inclusive(f64::INFINITY)), 2);
    assert_eq!(count(Inclusive(-0.0), Inclusive(0.0)), 2);
    assert_eq!(count(Exclusive(f64::INFINITY), Inclusive(f64::INFINITY)), 0);
    assert_eq!(count(Inclusive(f64::NEG_INFINITY), Exclusive(f64::NEG_INFINITY)), 0);
    // Scores differ: every member is looked at.
    let all = LexRange::ALL;
    assert_eq!(space.zset_count(at, Selection::Lex(&all)).unwrap(), 5);
    bench.run("ZADD lex 0 a 0 b 0 c 0 d");
    let members = |reply| match reply {
        Reply::Scored(members) => texts(members.into_iter().map(|(member, _)| member).collect()),
        other => panic!("{other:?}"),
    };
    assert_eq!(members(bench.run("ZRANGE lex [b (d BYLEX")), ["b", "c"]);
    assert_eq!(members(bench.run("ZRANGE lex + (a BYLEX REV LIMIT 1 2")), ["c", "b"]);
    assert_eq!(members(bench.run("ZRANGE lex - + BYLEX")), ["a", "b", "c", "d"]);
    assert_eq!(members(bench.run("ZRANGE lex [x [y BYLEX")), Vec::<String>::new());
}

#[test]
fn a_large_collection_is_deleted_in_steps() {
    let mut bench = Bench::new();
    let members: Vec<_> = (0..2_000).map(|n| n.to_string()).collect();
    bench.run(&format!("SADD s {}", members.join(" ")));
    bench.run(&format!("ZADD z {}", (0..5_000).map(|n| format!("{n} m{n}")).collect::<Vec<_>>().join(" ")));
    bench.run("DEL s z");
    assert_eq!(bench.number("SELECT count(*) FROM keys"), 0);
    assert_eq!(bench.number("SELECT count(*) FROM garbage"), 2);
    // The same name is free at once.
    bench.run("SADD s new");
    let mut steps = 0;
    let mut left =
        bench.number("SELECT count(*) FROM set_member") + bench.number("SELECT count(*) FROM zset");
    loop {
        let more = collect(&bench.conn, 0, 500).unwrap().more;
        let now = bench.number("SELECT count(*) FROM set_member") + bench.number("SELECT count(*) FROM zset");
        assert!(left - now <= 500, "a step deleted {}", left - now);
        (left, steps) = (now, steps + 1);
        if !more {
            break;
        }
    }
    assert_eq!((left, bench.number("SELECT count(*) FROM garbage")), (1, 0));
    assert_eq!(bench.number("SELECT count(*) FROM zset_count"), 0);
    assert!(steps >= 14, "{steps} steps");
    assert_eq!(bench.run("SMEMBERS s"), Reply::Members(vec!["new".into()]));
}

#[test]
fn expired_keys_are_collected_by_their_index() {
    let mut bench = Bench::new();
    for n in 0..30 {
        bench.run(&format!("SET k{n} v PX {}", 10 * (n + 1)));
    }
    bench.run("SET stays v");
    bench.run("HSET h f v");
    bench.run("PEXPIRE h 5");
    let plan: String =
        bench.conn.query_row(&format!("EXPLAIN QUERY PLAN {}", sql::DUE), (0, 0), |row| row.get(3)).unwrap();
    assert!(plan.contains("keys_expiry"), "{plan}");
    let collected = collect(&bench.conn, 1_100, 5).unwrap();
    assert_eq!(collected, Collected { keys: 5, more: true });
    assert_eq!(collect(&bench.conn, 1_100, 50).unwrap(), Collected { keys: 6, more: false });
    assert_eq!(bench.number("SELECT count(*) FROM keys"), 21);
    assert_eq!(bench.number("SELECT count(*) FROM hash"), 0);
}

/// Statements whose cost must not grow with the collection seek, and sort nothing.
#[test]
fn statements_use_their_indexes() {
    let bench = Bench::new();
    for statement in [
        sql::FIND,
        sql::FIND_STRING,
        sql::LIST_ENDS,
        sql::LIST_PUSH_LEFT,
        sql::LIST_PUSH_RIGHT,
        sql::LIST_POP_LEFT,
        sql::LIST_POP_RIGHT,
        sql::LIST_FROM,
        sql::LIST_BEFORE,
        sql::LIST_AFTER,
        sql::ZSET_FROM,
        sql::ZSET_FROM_BACK,
        sql::ZSET_BETWEEN,
        sql::ZSET_BY_RANK_BACK,
        sql::ZSET_BY_SCORE_BACK,
        sql::ZSET_BY_LEX,
        sql::ZSET_BY_LEX_BACK,
        sql::COUNT_UP,
        sql::COUNT_AT,
        sql::COUNT_BEFORE,
        sql::HASH_SCAN,
        sql::SET_SCAN,
        sql::ZSET_SCAN,
        sql::SCAN_BELOW,
    ] {
        let mut explain = bench.conn.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
        let plan: Vec<String> = explain
            .query_map(rusqlite::params_from_iter(vec![0; explain.parameter_count()]), |row| row.get(3))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        for line in &plan {
            assert!(!line.contains("TEMP B-TREE"), "{statement}: {plan:?}");
            assert!(!line.starts_with("SCAN ") || line.contains("CONSTANT ROW"), "{statement}: {plan:?}");
        }
    }
    let row_value: String = bench
        .conn
        .query_row(&format!("EXPLAIN QUERY PLAN {}", sql::ZSET_BETWEEN), (0, 0, 0, 0, 0), |row| row.get(3))
        .unwrap();
    assert!(row_value.contains("(score,member)>"), "{row_value}");
}

#[test]
fn the_step_of_positions_is_the_one_in_the_statements() {
    assert!(sql::LIST_PUSH_LEFT.contains(&format!("- {}", sql::STEP)));
    assert!(sql::LIST_PUSH_RIGHT.contains(&format!("+ {}", sql::STEP)));
}
