//! The rules shared by all stores, as real Redis 7 answered.
#![allow(clippy::unwrap_used)]

use credenza_core::command::{HIncrByFloat, IncrByFloat, ZIncrBy};
use credenza_core::semantics::glob::{escape_prefix, literal_prefix, matches};
use credenza_core::semantics::long_double::incr_by_float;
use credenza_core::semantics::number::{format_f64, format_i64, parse_bound, parse_f64, parse_i64};
use credenza_core::semantics::range::{index, slice, substring};
use credenza_core::{Command, ErrorKind, Reply, Resp};
use proptest::prelude::*;

#[test]
fn incr_by_float_gives_the_text_of_redis() {
    #[rustfmt::skip]
    let cases = [
        ("10.50", 0.1, "10.6"), ("3.0e3", 200.0, "3200"), ("0.1", 0.2, "0.3"), ("0", 0.1, "0.1"),
        ("5.0e3", 2.0e2, "5200"), ("3.0", 1.0000000000000002, "4.0000000000000002"), ("1", -1.0, "0"),
        ("-0.5", 0.25, "-0.25"), ("0.3", -0.3, "0"), ("-0.1", 0.1, "0"), ("-0", 0.0, "0"),
        // Eighty bits are more than 17 places show, and fewer than the text may have.
        ("3.14159265358979323846", 0.0, "3.14159265358979324"),
        ("2.718281828459045235360287", 1e-7, "2.71828192845904524"),
        ("0.12345678901234567890", 0.0, "0.12345678901234568"),
        ("1e-17", 0.0, "0.00000000000000001"), ("5e-18", 0.0, "0"), ("4.9e-18", 0.0, "0"), ("-4.9e-18", 0.0, "0"),
        ("1.5e-17", 0.0, "0.00000000000000002"), ("2.5e-17", 0.0, "0.00000000000000002"),
        ("0.000000000000000015", 1e-17, "0.00000000000000003"),
        ("9007199254740993", 0.0, "9007199254740993"), ("9223372036854775807", 1.0, "9223372036854775808"),
        ("18446744073709551615", 0.0, "18446744073709551615"), ("18446744073709551616", 1.0, "18446744073709551616"),
        ("36893488147419103233", 0.0, "36893488147419103232"), ("36893488147419103235", 0.0, "36893488147419103236"),
        ("1e17", 0.1, "100000000000000000.1015625"), ("1e19", 0.1, "10000000000000000000"),
        ("1e22", 0.5, "10000000000000000000000"), ("123456789012345678901234567890", 0.0, "123456789012345678899921813504"),
        ("1e40", -1e22, "9999999999999999989748657316172260179968"),
        // Whatever `strtold` reads.
        ("+7", 0.5, "7.5"), (".5", 0.0, "0.5"), ("5.", 0.0, "5"), ("-.5e1", 0.0, "-5"), ("1E2", 0.0, "100"),
        ("007", 0.0, "7"), ("0x10", 0.0, "16"), ("0x1.8p1", 0.25, "3.25"), ("0X.8P-1", 0.0, "0.25"),
        ("0e999999999999999999999", 1.0, "1"), ("1e-4950", 1.0, "1"), ("1e-400", 0.0, "0"),
    ];
    for (stored, by, sum) in cases {
        let (text, reply) = incr_by_float(Some(stored.as_bytes()), by).unwrap();
        assert_eq!(text, sum, "{stored} + {by}");
        assert_eq!(reply, sum.parse::<f64>().unwrap(), "{stored} + {by}");
    }
    assert_eq!(incr_by_float(None, 0.1).unwrap().0, "0.1");
    assert_eq!(incr_by_float(Some("0".repeat(5119).as_bytes()), 1.0).unwrap().0, "1");
}

#[test]
fn incr_by_float_writes_great_numbers_in_full() {
    let (text, reply) = incr_by_float(Some(b"1e308"), 1e308).unwrap();
    assert_eq!(text.len(), 309);
    assert!(text.starts_with(b"1999999999999999999933717593116912913211"));
    assert_eq!(reply, f64::INFINITY, "an f64 ends before");
    let (text, _) = incr_by_float(Some(b"1.18973149535723176502e4932"), 1.0).unwrap();
    assert_eq!(text.len(), 4933);
    assert!(text.starts_with(b"1189731495357231765021263"));
}

#[test]
fn sums_are_shown_without_an_exponent_and_scores_with_one() {
    let shown = |number: f64, command: Command| Reply::Float(number).into_resp(&command);
    for (number, sum, score) in [
        (3.0, "3", "3"),
        (0.3, "0.3", "0.3"),
        (1e22, "10000000000000000000000", "1e+22"),
        (1e-9, "0.000000001", "1e-9"),
    ] {
        assert_eq!(shown(number, IncrByFloat::new("k", 1.0).into()), Resp::Bulk(sum.into()));
        assert_eq!(shown(number, HIncrByFloat::new("k", "f", 1.0).into()), Resp::Bulk(sum.into()));
        assert_eq!(shown(number, ZIncrBy::new("k", 1.0, "m").into()), Resp::Bulk(score.into()));
    }
}

#[test]
fn incr_by_float_refuses_what_redis_refuses() {
    for stored in [
        "",
        " 1",
        "1 ",
        "1e",
        "1e+",
        ".",
        "0x",
        "0x1p",
        "1_0",
        "nan",
        "-nan",
        "infinit",
        "abc",
        "--1",
        "1.2.3",
        "1e1.5",
        "1\0",
        "1e-4952",
        "1e4933",
        "-1e4933",
        "1e99999999999999999999",
        "1.18973149535723176506e4932",
        &"0".repeat(5120),
    ] {
        let error = incr_by_float(Some(stored.as_bytes()), 1.0).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotAFloat, "{stored}");
    }
    for (stored, by) in [
        ("inf", 1.0),
        ("-Infinity", 1.0),
        ("+INF", 1.0),
        ("1", f64::INFINITY),
        ("inf", f64::NEG_INFINITY),
        ("1", f64::NAN),
    ] {
        let error = incr_by_float(Some(stored.as_bytes()), by).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Overflow, "{stored} + {by}");
    }
}

#[test]
fn scores_are_read_as_strtod_does() {
    #[rustfmt::skip]
    let good = [
        ("1", 1.0), ("+1", 1.0), ("-1", -1.0), (".5", 0.5), ("5.", 5.0), ("+.5", 0.5), ("-.5e1", -5.0), ("1E5", 1e5),
        ("inf", f64::INFINITY), ("+Inf", f64::INFINITY), ("-infinity", f64::NEG_INFINITY), ("INFINITY", f64::INFINITY),
        ("0x10", 16.0), ("0X1P-1", 0.5), ("-0x1", -1.0), ("0x.8", 0.5), ("0x1.fffffffffffff8p0", 2.0),
        ("0x1.0000001p-1075", 5e-324), ("0x0.8p1024", 2f64.powi(1023)), ("0x1.fffffffffffffp1023", f64::MAX),
        ("3e-324", 5e-324), ("4.9e-324", 5e-324), ("0e-400", 0.0), ("0e1000000000000000000000", 0.0),
        ("9007199254740993", 9007199254740992.0), ("1.7976931348623157e308", f64::MAX),
    ];
    for (text, number) in good {
        assert_eq!(parse_f64(text.as_bytes()), Some(number), "{text}");
        assert_eq!(parse_bound(text.as_bytes()), Some(number), "{text}");
    }
    assert!(parse_f64(b"-0").unwrap().is_sign_negative());
    assert!(parse_f64(b"-0x0p9").unwrap().is_sign_negative());
    for text in [
        "", " ", " 1", "1 ", ".", "1e", "1e+", "1_0", "nan", "-NaN", "nan(1)", "infinit", "0x", "0x1p",
        "0xg", "1f", "1\0", "+-1", "١",
    ] {
        assert_eq!(parse_f64(text.as_bytes()), None, "{text:?}");
        assert_eq!(parse_bound(text.as_bytes()), None, "{text:?}");
    }
    assert_eq!(parse_f64(b"\xff"), None);
    // Out of range: no score, but the end of a range.
    for (text, number) in [
        ("1e400", f64::INFINITY),
        ("-1e400", f64::NEG_INFINITY),
        ("0x1p1024", f64::INFINITY),
        ("1e-400", 0.0),
        ("2e-324", 0.0),
        ("0x1p-1075", 0.0),
    ] {
        assert_eq!(parse_f64(text.as_bytes()), None, "{text}");
        assert_eq!(parse_bound(text.as_bytes()), Some(number), "{text}");
    }
}

#[test]
fn scores_are_written_as_redis_does() {
    #[rustfmt::skip]
    let cases = [
        (0.0, "0"), (-0.0, "-0"), (1.0, "1"), (-17.0, "-17"), (0.1, "0.1"), (3.5, "3.5"), (1e15, "1000000000000000"),
        (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf"),
        // Whole numbers have all their digits up to 2^62.
        (9007199254740993.0, "9007199254740992"), (364471013019899260.0, "364471013019899264"), (4611686018427387904.0, "4611686018427387904"),
        (4611686018427388928.0, "4611686018427389000"), (1e18, "1000000000000000000"), (1e19, "1e+19"), (1.5e19, "1.5e+19"),
        (12345678901234567890.0, "12345678901234567000"), (1.2345678901234568e22, "12345678901234568000000"),
        (1.2345678901234568e25, "1.2345678901234568e+25"), (1e100, "1e+100"), (f64::MAX, "1.7976931348623157e+308"),
        // Small numbers keep six zeros; long fractions change to an exponent at 10,000.
        (0.00001, "0.00001"), (0.000001, "0.000001"), (0.0000001, "1e-7"), (0.0000015, "1.5e-6"), (0.000015, "0.000015"),
        (0.0012345678, "0.0012345678"), (0.00012345678, "1.2345678e-4"), (1234.56789012345, "1234.56789012345"),
        (12345.678901, "12345.678901"), (12345.6789012, "1.23456789012e+4"), (-123456.789012345, "-1.23456789012345e+5"),
        (0.30000000000000004, "0.30000000000000004"), (5e-324, "5e-324"), (-2.5e-10, "-2.5e-10"),
    ];
    for (number, text) in cases {
        assert_eq!(format_f64(number), text);
    }
}

#[test]
fn globs_match_as_in_redis() {
    #[rustfmt::skip]
    let cases: &[(&str, &str, bool)] = &[
        ("", "", true), ("", "a", false), ("*", "", true), ("**", "", false), ("*", "a", true), ("**", "ab", true),
        ("?", "", false), ("?", "a", true), ("?", "ab", false), ("a*", "a", true), ("a**", "a", true), ("*a", "ba", true),
        ("*a*", "a", true), ("a*b*c", "axxbyyc", true), ("a*b*c", "axxbyy", false), ("*ab", "aab", true), ("a?", "a", false),
        // Classes.
        ("[abc]", "b", true), ("[abc]", "d", false), ("[^a]", "b", true), ("[^a]", "a", false), ("[^a]", "", false),
        ("[a-c]", "b", true), ("[c-a]", "b", true), ("[a-c]", "-", false), ("[-a]", "-", true), ("[a-]", "-", false),
        ("[a-]", "b", false), ("[a-]x", "]", true), ("[ab-d]", "c", true), ("[a^]", "^", true), ("[^^]", "^", false),
        // A class that is empty, never closed, or closed by its first byte.
        ("[]", "]", false), ("[]a]", "]", false), ("[]a]", "a", false), ("[]a]", "a]", false), ("[^]", "a", true),
        ("[^]a]", "xa]", true), ("[^]", "", false), ("[", "[", false), ("[", "a", false), ("[^", "a", true), ("[a", "a", true),
        ("[ab", "b", true), ("[ab", "bx", false), ("[a-", "-", true), ("[a-b", "b", true),
        // Escapes.
        ("\\*", "*", true), ("\\*", "a", false), ("\\a", "a", true), ("\\\\", "\\", true), ("\\", "\\", true), ("a\\", "a\\", true),
        ("a\\", "a", false), ("[\\]]", "]", true), ("[\\", "\\", true), ("[\\a-c]", "b", false), ("[\\a-c]", "-", true),
        ("[a-\\]]", "]", false), ("[a-\\]]", "^]", true), ("[\\^a]", "^", true), ("\\[a]", "[a]", true),
    ];
    for (pattern, text, matched) in cases {
        assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), *matched, "{pattern:?} {text:?}");
    }
    // A recursive matcher takes for ever on this one.
    assert!(!matches("a*".repeat(100).as_bytes(), "a".repeat(99).as_bytes()));
    assert!(!matches(format!("{}b", "*a".repeat(50)).as_bytes(), "a".repeat(10_000).as_bytes()));
}

#[test]
fn ranges_count_from_both_ends() {
    assert_eq!(slice(0, -1, 0), (0, 0));
    assert_eq!(slice(i64::MIN, i64::MAX, 3), (0, 3));
    assert_eq!(slice(-2, -1, 5), (3, 2));
    assert_eq!(slice(5, 9, 5), (0, 0));
    assert_eq!(slice(-9, -6, 5), (0, 0));
    assert_eq!(index(-1, 3), Some(2));
    assert_eq!(index(2, 3), Some(2));
    for outside in [3, -4, i64::MIN, i64::MAX] {
        assert_eq!(index(outside, 3), None);
    }
    assert_eq!(substring(0, -1, 0), 0..0);
    assert_eq!(substring(-3, 1, 5), 0..0);
    assert_eq!(substring(1, -2, 5), 1..4);
    // An end before the start of the string stands for its first byte.
    assert_eq!(substring(0, -100, 5), 0..1);
    assert_eq!(substring(-100, -90, 5), 0..1);
    assert_eq!(substring(-90, -100, 5), 0..0);
    assert_eq!(substring(i64::MIN, i64::MAX, 5), 0..5);
}

proptest! {
    #[test]
    fn numbers_survive_their_text(number: f64, whole: i64) {
        prop_assume!(!number.is_nan());
        let text = format_f64(number);
        let read = parse_f64(&text).unwrap();
        prop_assert_eq!(read.to_bits(), number.to_bits());
        prop_assert_eq!(parse_i64(&format_i64(whole)), Some(whole));
    }

    #[test]
    fn reading_numbers_never_panics(bytes: Vec<u8>, text in "[-+]?(0x)?[0-9a-f]{0,30}\\.?[0-9a-f]{0,30}([ep][-+]?[0-9]{0,25})?") {
        for input in [&bytes[..], text.as_bytes()] {
            let _ = (parse_i64(input), parse_bound(input));
            if let Ok((sum, _)) = incr_by_float(Some(input), 0.5) {
                // What was stored can be added to again.
                prop_assert!(incr_by_float(Some(&sum), -0.5).is_ok());
            }
            if let Some(number) = parse_f64(input) {
                prop_assert_eq!(parse_bound(input), Some(number));
            }
        }
    }

    #[test]
    fn hexadecimal_scores_are_rounded_exactly(significand in 0_u64..1 << 53, exponent in -1100_i32..=971) {
        let text = format!("0x{significand:x}p{exponent}");
        // The same number in decimal, which the standard library reads.
        let exact = significand as f64 * 2_f64.powi(exponent / 2) * 2_f64.powi(exponent - exponent / 2);
        prop_assert_eq!(parse_bound(text.as_bytes()), Some(exact));
    }

    #[test]
    fn slices_are_those_of_redis(start in -9_i64..9, stop in -9_i64..9, len in 0_u64..7) {
        let items: Vec<i64> = (0..len as i64).collect();
        let from_end = |at: i64| if at < 0 { at + len as i64 } else { at };
        let expected: Vec<i64> =
            items.iter().copied().filter(|at| (from_end(start)..=from_end(stop)).contains(at)).collect();
        let (first, count) = slice(start, stop, len);
        prop_assert_eq!(&items[first as usize..(first + count) as usize], &expected[..]);
    }

    #[test]
    fn globs_agree_with_a_naive_matcher(pattern in "[ab*?]{0,8}", text in "[ab]{1,8}") {
        fn naive(pattern: &[u8], text: &[u8]) -> bool {
            match (pattern, text) {
                ([], []) => true,
                ([b'*', rest @ ..], _) => (0..=text.len()).any(|skip| naive(rest, &text[skip..])),
                ([byte, rest @ ..], [first, tail @ ..]) => (*byte == b'?' || byte == first) && naive(rest, tail),
                _ => false,
            }
        }
        prop_assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), naive(pattern.as_bytes(), text.as_bytes()));
    }

    #[test]
    fn prefixes_escape_and_show(prefix: Vec<u8>, rest: Vec<u8>, other: Vec<u8>) {
        let pattern = escape_prefix(&prefix);
        prop_assert_eq!(literal_prefix(&pattern), prefix.clone());
        let text = [&prefix[..], &rest].concat();
        prop_assert!(text.is_empty() || matches(&pattern, &text));
        prop_assert_eq!(other.is_empty() || matches(&pattern, &other), other.is_empty() || other.starts_with(&prefix));
    }

    #[test]
    fn what_matches_starts_with_the_literal_prefix(pattern in "[ab*?\\[\\]\\\\^-]{0,8}", text in "[ab\\]\\\\^-]{0,6}") {
        if matches(pattern.as_bytes(), text.as_bytes()) {
            prop_assert!(text.as_bytes().starts_with(&literal_prefix(pattern.as_bytes())));
        }
    }
}
