//! The grammar of scripts, and that what it expects can be missed.

use bytes::Bytes;
use credenza_core::{CommandId, ErrorKind, Found};

use super::pattern::{Known, Pattern};
use super::reader::Reader;
use super::*;

fn pattern(text: &str) -> Pattern {
    let mut reader = Reader::new(text);
    let pattern = Pattern::read(&mut reader).unwrap();
    assert!(reader.is_done(), "{text}: {:?} is left", reader.rest());
    pattern
}

fn matches(text: &str, answer: &Answer) -> bool {
    pattern(text).matches(answer, &mut Known::default())
}

fn bulk(text: &str) -> Answer {
    Answer::Bulk(Bytes::copy_from_slice(text.as_bytes()))
}

fn array(items: &[&str]) -> Answer {
    Answer::Array(items.iter().map(|item| bulk(item)).collect())
}

fn refusal(kind: ErrorKind, index: usize, found: Found) -> Answer {
    Answer::Error(Refusal {
        kind,
        index: Some(index),
        found: Some(found),
        not_applied: true,
        text: String::new(),
    })
}

#[test]
fn patterns_match_what_they_say_and_nothing_else() {
    let ok = Answer::Status("OK".to_owned());
    let failed = refusal(ErrorKind::CheckFailed, 1, Found::Value("x".into()));
    let table: &[(&str, &Answer, &[&Answer])] = &[
        ("OK", &ok, &[&bulk("KO"), &Answer::Nil, &Answer::Int(0)]),
        (r#""OK""#, &bulk("OK"), &[&ok]),
        ("nil", &Answer::Nil, &[&bulk("nil"), &Answer::Array(vec![])]),
        (r#""nil""#, &bulk("nil"), &[&Answer::Nil]),
        ("5", &Answer::Int(5), &[&bulk("5"), &Answer::Int(6)]),
        ("-5", &Answer::Int(-5), &[&Answer::Int(5)]),
        ("1..9", &Answer::Int(9), &[&Answer::Int(10), &Answer::Int(0), &bulk("5")]),
        ("~9", &Answer::Int(9), &[&Answer::Int(8)]),
        ("1.0", &bulk("1"), &[&Answer::Int(1), &bulk("1.5"), &bulk("x")]),
        ("-1.5e3", &bulk("-1500"), &[&bulk("1500")]),
        ("one of {a, b}", &bulk("b"), &[&bulk("c"), &array(&["a"])]),
        ("2 of {a, b, c}", &array(&["c", "a"]), &[&array(&["a", "a"]), &array(&["a"]), &array(&["a", "d"])]),
        ("3 from {a, b}", &array(&["b", "b", "a"]), &[&array(&["b", "b"]), &array(&["a", "b", "c"])]),
        ("[a, b]", &array(&["a", "b"]), &[&array(&["b", "a"]), &array(&["a"]), &array(&["a", "b", "c"])]),
        ("{a, b}", &array(&["b", "a"]), &[&array(&["a", "a"]), &array(&["a", "b", "b"])]),
        (
            "{a: b, c: d}",
            &array(&["c", "d", "a", "b"]),
            &[&array(&["a", "d", "c", "b"]), &array(&["a", "b"])],
        ),
        ("[]", &Answer::Array(vec![]), &[&Answer::Nil, &array(&["a"])]),
        ("{}", &Answer::Array(vec![]), &[&Answer::Nil, &array(&["a"])]),
        ("!CheckFailed", &failed, &[&ok]),
        ("!CheckFailed at 1 found value x", &failed, &[&refusal(ErrorKind::CheckFailed, 1, Found::Absent)]),
        ("!CheckFailed at 1", &failed, &[&refusal(ErrorKind::CheckFailed, 0, Found::Absent)]),
        ("_", &ok, &[&failed]),
        (r#""\x00\"\\ü"*2"#, &bulk("\0\"\\ü\0\"\\ü"), &[&bulk("")]),
    ];
    for (text, right, wrong) in table {
        assert!(matches(text, right), "{text} should match {right}");
        for wrong in *wrong {
            assert!(!matches(text, wrong), "{text} should not match {wrong}");
        }
    }
}

#[test]
fn variables_keep_their_first_value_and_compare() {
    let mut known = Known::default();
    assert!(pattern("$a").matches(&Answer::Int(5), &mut known));
    assert!(!pattern("$a").matches(&Answer::Int(6), &mut known));
    assert!(!pattern("$b > $a").matches(&Answer::Int(5), &mut known));
    assert!(pattern("$b > $a").matches(&Answer::Int(6), &mut known));
    assert!(!pattern("$c > $unknown").matches(&Answer::Int(6), &mut known));
}

#[test]
fn what_is_printed_reads_back() {
    for answer in [
        bulk("a \"b\"\n\0"),
        bulk(&"x".repeat(1000)),
        Answer::Int(-7),
        Answer::Nil,
        Answer::Array(vec![bulk("1"), Answer::Array(vec![]), Answer::Nil]),
        Answer::Status("OK".to_owned()),
        refusal(ErrorKind::CheckFailed, 3, Found::Score(1.0)),
        refusal(ErrorKind::CheckFailed, 0, Found::Value("a b".into())),
        refusal(ErrorKind::CheckFailed, 0, Found::Length(3)),
    ] {
        assert!(matches(&answer.to_string(), &answer), "{answer}");
    }
}

#[test]
fn needs_are_what_the_script_uses() {
    let script = Script::parse(
        "SET k v => OK\n# only a comment\nATOMIC { CHECK absent k ; INCR k } => _ @ $v\nscan HSCAN h => {}\nTTL k => -1",
    );
    let needs = script.unwrap().needs();
    let commands = [CommandId::Set, CommandId::IncrBy, CommandId::HScan, CommandId::Ttl];
    assert_eq!(needs.commands, commands.into_iter().collect());
    assert!(needs.atomic_batches && needs.versions);
}

#[test]
fn a_line_that_is_not_understood_is_named() {
    for line in [
        "SET k => [a",
        "GET k => a b",
        "GET \"k => a",
        "advance soon",
        "ATOMIC SET k v",
        "GET k => {a: b, c}",
    ] {
        let error = Script::parse(line).unwrap_err();
        assert!(error.starts_with(line), "{error}");
    }
}
