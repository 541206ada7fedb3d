//! Commands as Redis reads them: the words of core's table, but for what Redis has no word for.

use bytes::Bytes;
use credenza_core::command::{HRandField, ZRange, ZSelect};
use credenza_core::semantics::number::format_i64;
use credenza_core::{Command, Cursor, Limits};

use crate::cursor;

/// Redis allows no greater count where it doubles it.
const MOST_PAIRS: i64 = i64::MAX / 2;

/// The words of a command for this run of the server; a cursor of another run starts over.
///
/// Names that Redis does not know are those of functions of the [script](crate::script).
pub(crate) fn words(command: &Command, limits: &Limits, identity: u32) -> Vec<Bytes> {
    match command {
        Command::HRandField(c) => random_fields(c),
        Command::Scan(c) => page(command.words(), 1, &c.cursor, c.count, limits, identity),
        Command::HScan(c) => page(command.words(), 2, &c.cursor, c.count, limits, identity),
        Command::SScan(c) => page(command.words(), 2, &c.cursor, c.count, limits, identity),
        Command::ZScan(c) => page(command.words(), 2, &c.cursor, c.count, limits, identity),
        Command::ZRange(c) if by_members(c) => renamed(command.words(), "ZRANGELEX"),
        // The reply always has the scores.
        Command::ZRange(c) => with_scores(command.words(), c.with_scores),
        Command::ZUnion(c) => with_scores(command.words(), c.with_scores),
        Command::ZInter(c) => with_scores(command.words(), c.with_scores),
        Command::ZDiff(c) => with_scores(command.words(), c.with_scores),
        Command::Append(_) | Command::SetRange(_) if limits_growth(limits) => {
            let mut words = vec![Bytes::from_static(b"GROW"), Bytes::from(limits.value.to_string())];
            words.extend(command.words());
            words
        }
        Command::IncrBounded(c) => {
            // One place for each option, empty where it is not given.
            let option = |number: Option<i64>| number.map(format_i64).unwrap_or_default();
            let name = Bytes::from_static(command.info().name.as_bytes());
            vec![
                name,
                c.key.as_bytes().clone(),
                format_i64(c.by),
                option(c.min),
                option(c.max),
                option(c.ttl),
            ]
        }
        _ => within_range(command).unwrap_or_else(|| command.words()),
    }
}

/// The words of a command with a count that Redis would refuse for its size, with the greatest that it takes.
fn within_range(command: &Command) -> Option<Vec<Bytes>> {
    const MOST: u64 = i64::MAX as u64;
    let beyond = |count: Option<u64>| count.is_some_and(|count| count > MOST);
    let cut = |count: &mut Option<u64>| *count = count.map(|count| count.min(MOST));
    let mut command = match command {
        Command::LPop(c) if beyond(c.count) => command.clone(),
        Command::RPop(c) if beyond(c.count) => command.clone(),
        Command::SPop(c) if beyond(c.count) => command.clone(),
        Command::ZPopMin(c) if beyond(c.count) => command.clone(),
        Command::ZPopMax(c) if beyond(c.count) => command.clone(),
        Command::SInterCard(c) if beyond(c.limit) => command.clone(),
        Command::LPos(c) if beyond(c.count) || beyond(c.max_len) => command.clone(),
        _ => return None,
    };
    match &mut command {
        Command::LPop(c) => cut(&mut c.count),
        Command::RPop(c) => cut(&mut c.count),
        Command::SPop(c) => cut(&mut c.count),
        Command::ZPopMin(c) => cut(&mut c.count),
        Command::ZPopMax(c) => cut(&mut c.count),
        Command::SInterCard(c) => cut(&mut c.limit),
        Command::LPos(c) => {
            cut(&mut c.count);
            cut(&mut c.max_len);
        }
        _ => {}
    }
    Some(command.words())
}

/// Whether Redis has no command that does it: then the script does.
pub(crate) fn needs_script(command: &Command, limits: &Limits) -> bool {
    match command {
        Command::SetIfEqual(_) | Command::DelIfEqual(_) | Command::IncrBounded(_) => true,
        Command::ZRange(c) => by_members(c),
        Command::Append(_) | Command::SetRange(_) => limits_growth(limits),
        _ => false,
    }
}

/// The cursor of a command that continues a scan, or starts one.
pub(crate) fn cursor_of(command: &Command) -> Option<&Cursor> {
    match command {
        Command::Scan(c) => Some(&c.cursor),
        Command::HScan(c) => Some(&c.cursor),
        Command::SScan(c) => Some(&c.cursor),
        Command::ZScan(c) => Some(&c.cursor),
        _ => None,
    }
}

/// Redis knows no scores of a range of members.
fn by_members(range: &ZRange) -> bool {
    matches!(range.by.select, ZSelect::Lex(_))
}

/// Whether strings are to be shorter than the server would allow.
fn limits_growth(limits: &Limits) -> bool {
    limits.value < Limits::default().value
}

fn random_fields(command: &HRandField) -> Vec<Bytes> {
    let count = command.count.unwrap_or(1).min(MOST_PAIRS);
    let (name, option) = (Bytes::from_static(b"HRANDFIELD"), Bytes::from_static(b"WITHVALUES"));
    vec![name, command.key.as_bytes().clone(), format_i64(count), option]
}

fn renamed(mut words: Vec<Bytes>, name: &'static str) -> Vec<Bytes> {
    if let Some(first) = words.first_mut() {
        *first = Bytes::from_static(name.as_bytes());
    }
    words
}

fn with_scores(mut words: Vec<Bytes>, has_them: bool) -> Vec<Bytes> {
    if !has_them {
        words.push(Bytes::from_static(b"WITHSCORES"));
    }
    words
}

/// A step of a scan: with the server's own cursor, and no more elements than are allowed.
fn page(
    mut words: Vec<Bytes>,
    at: usize,
    cursor: &Cursor,
    count: Option<u64>,
    limits: &Limits,
    identity: u32,
) -> Vec<Bytes> {
    if let Some(word) = words.get_mut(at) {
        *word = cursor::for_server(cursor, identity);
    }
    let most = limits.page.max(1) as u64;
    // The pattern comes before the count, and may read like it; the kind comes after it.
    if let Some(count) = count.filter(|count| *count > most) {
        let wanted = count.to_string();
        let at = words.iter().rposition(|word| word.as_ref() == wanted.as_bytes());
        if let Some(word) = at.and_then(|at| words.get_mut(at)) {
            *word = Bytes::from(most.to_string());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use credenza_core::command::{
        Append, HScan, IncrBounded, LPop, LexRange, Scan, SetRange, ZRangeBy, ZUnion,
    };
    use credenza_core::{CommandId, Kind, Pattern};
    use credenza_testkit::sampler::SeededSampler;

    use super::*;

    fn text(command: impl Into<Command>) -> String {
        let words = words(&command.into(), &Limits::default(), 0xabcd);
        let words: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
        words.join(" ")
    }

    #[test]
    fn replies_have_scores_and_values() {
        assert_eq!(text(ZRange::new("z", ZRangeBy::rank(0, -1))), "ZRANGE z 0 -1 WITHSCORES");
        let shown = ZRange::new("z", ZRangeBy::rank(0, -1)).with_scores(true);
        assert_eq!(text(shown), "ZRANGE z 0 -1 WITHSCORES");
        assert_eq!(text(ZRange::new("z", ZRangeBy::lex(LexRange::ALL))), "ZRANGELEX z - + BYLEX");
        assert_eq!(text(ZUnion::new(["a", "b"])), "ZUNION 2 a b WITHSCORES");
        assert_eq!(text(HRandField::new("h", None)), "HRANDFIELD h 1 WITHVALUES");
        assert_eq!(
            text(HRandField::new("h", Some(i64::MAX))),
            format!("HRANDFIELD h {} WITHVALUES", i64::MAX / 2)
        );
    }

    #[test]
    fn scans_have_the_cursor_of_the_server() {
        assert_eq!(text(Scan::new(Cursor::START)), "SCAN 0");
        let next = cursor::for_caller(b"17", 0xabcd).unwrap();
        assert_eq!(text(Scan::new(next.clone()).kind(Kind::Set)), "SCAN 17 TYPE set");
        assert_eq!(text(HScan::new("h", next)), "HSCAN h 17");
        let elsewhere = cursor::for_caller(b"17", 0x1234).unwrap();
        assert_eq!(text(Scan::new(elsewhere)), "SCAN 0");
    }

    #[test]
    fn a_page_has_no_more_than_is_allowed() {
        let scan =
            Scan::new(Cursor::START).pattern(Pattern::from("20000")).count(20_000_u64).kind(Kind::List);
        assert_eq!(text(scan), "SCAN 0 MATCH 20000 COUNT 10000 TYPE list");
    }

    #[test]
    fn counts_are_those_that_redis_takes() {
        assert_eq!(text(LPop::new("l", Some(u64::MAX))), format!("LPOP l {}", i64::MAX));
        assert_eq!(text(LPop::new("l", Some(3))), "LPOP l 3");
    }

    #[test]
    fn what_redis_lacks_is_a_function_of_the_script() {
        let bounded = IncrBounded::new("n", 2).max(10).expire_in(std::time::Duration::from_secs(1));
        assert_eq!(text(bounded.clone()), "INCRBOUNDED n 2  10 1000");
        assert!(needs_script(&bounded.into(), &Limits::default()));
        let append: Command = Append::new("k", "v").into();
        assert!(!needs_script(&append, &Limits::default()));
        let mut small = Limits::default();
        small.value = 100;
        assert!(needs_script(&append, &small));
        let setrange: Command = SetRange::new("k", 1_u64, "v").into();
        let grown = words(&setrange, &small, 0);
        assert_eq!(grown[..3], [Bytes::from("GROW"), Bytes::from("100"), Bytes::from("SETRANGE")]);
    }

    #[test]
    fn every_other_command_has_the_words_of_the_table() {
        let changed = [
            CommandId::HRandField,
            CommandId::Scan,
            CommandId::HScan,
            CommandId::SScan,
            CommandId::ZScan,
            CommandId::ZRange,
            CommandId::ZUnion,
            CommandId::ZInter,
            CommandId::ZDiff,
            CommandId::IncrBounded,
        ];
        let mut sampler = SeededSampler::new(7);
        for id in CommandId::ALL.iter().filter(|id| !changed.contains(id)) {
            for _ in 0..20 {
                let command = id.sample(&mut sampler);
                assert_eq!(words(&command, &Limits::default(), 1), command.words());
            }
        }
    }
}
