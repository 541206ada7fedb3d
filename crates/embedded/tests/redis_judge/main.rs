//! Real Redis as the judge: what it answers to a command, the naive key space answers too.
//!
//! `CREDENZA_TEST=thorough` runs many more commands.

#![allow(clippy::unwrap_used)]

#[allow(dead_code, reason = "the judge does not read replies as text")]
#[path = "../common/mod.rs"]
mod common;
#[allow(dead_code, reason = "the judge does not sweep")]
#[path = "../naive/mod.rs"]
mod naive;
#[allow(dead_code, reason = "Redis does not judge the extensions")]
#[path = "../transcripts/mod.rs"]
mod transcripts;

mod compare;

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use credenza_core::command::{Group, SRem, Sampler, ZRangeBy, ZSelect};
use credenza_core::semantics::number::parse_f64;
use credenza_core::{Clock, Command, CommandId, Cursor, ManualClock, Reply, Resp, SystemClock};
use credenza_testkit::script::Answer;
use credenza_testkit::servers::{Redis, RedisConnection};

use common::{Dice, Runner, show, words};
use compare::{as_resp, difference};
use naive::Data;

struct Judge {
    redis: RedisConnection,
    _server: Redis,
    runner: Runner,
    /// What was run since the store was empty, for the report of a difference.
    history: Vec<String>,
}

impl Judge {
    fn new() -> Option<Judge> {
        let server = Redis::start()?;
        let redis = server.connect().unwrap();
        Some(Judge { redis, _server: server, runner: Runner::new(), history: Vec::new() })
    }

    fn ask(&mut self, words: &[Bytes]) -> Answer {
        self.redis.say(words).unwrap()
    }

    fn clear(&mut self) {
        assert_eq!(self.ask(&words("FLUSHALL")), Answer::Status("OK".to_owned()));
        self.runner = Runner::new();
        self.history.clear();
    }

    /// Runs a command on both sides and compares.
    fn run(&mut self, command: &Command) {
        self.history.push(show(command));
        self.runner.clock = ManualClock::at(SystemClock.now());
        let verdict = match command.id() {
            CommandId::Scan | CommandId::HScan | CommandId::SScan | CommandId::ZScan => self.scan(command),
            CommandId::SPop => self.pop(command),
            CommandId::SRandMember | CommandId::HRandField => self.choose(command),
            _ => {
                let theirs = self.ask(&command.words());
                difference(command, &self.runner.run(command.clone()), &theirs)
            }
        };
        if let Some(verdict) = verdict {
            panic!("after\n  {}\n{verdict}", self.history.join("\n  "));
        }
    }

    /// Follows a scan to its end on both sides: what it finds has no order, and cursors are each side's own.
    fn scan(&mut self, command: &Command) -> Option<String> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let width = if matches!(command.id(), CommandId::HScan | CommandId::ZScan) { 2 } else { 1 };
        let mut request = command.words();
        let cursor_at = if command.id() == CommandId::Scan { 1 } else { 2 };
        let mut refused = None;
        loop {
            match self.ask(&request) {
                Answer::Array(page) => {
                    let [Answer::Bulk(next), Answer::Array(items)] = &page[..] else {
                        panic!("no page: {page:?}")
                    };
                    theirs.extend(
                        items
                            .chunks(width)
                            .map(|item| shown(command, &item.iter().filter_map(as_resp).collect::<Vec<_>>())),
                    );
                    request[cursor_at] = next.clone();
                    if next == "0" {
                        break;
                    }
                }
                answer => {
                    refused = Some(answer);
                    break;
                }
            }
        }
        let mut step = command.clone();
        loop {
            let reply = match (self.runner.run(step.clone()), &refused) {
                (Ok(reply), None) => reply,
                (ours, refused) => {
                    return difference(command, &ours, refused.as_ref().unwrap_or(&Answer::Nil));
                }
            };
            let next = match &reply {
                Reply::KeyPage(page) | Reply::MemberPage(page) => page.next.clone(),
                Reply::EntryPage(page) => page.next.clone(),
                Reply::ScoredPage(page) => page.next.clone(),
                other => panic!("no page: {other:?}"),
            };
            let Resp::Array(page) = reply.into_resp(&step) else { panic!("no page") };
            let Some(Resp::Array(items)) = page.get(1) else { panic!("no page") };
            ours.extend(items.chunks(width).map(|item| shown(command, item)));
            let Some(next) = next else { break };
            set_cursor(&mut step, next);
        }
        let (ours, theirs): (BTreeSet<_>, BTreeSet<_>) =
            (ours.into_iter().collect(), theirs.into_iter().collect());
        (ours != theirs).then(|| format!("ours: {ours:?}\nRedis: {theirs:?}"))
    }

    /// Both sides pop as many; then ours loses those that Redis chose.
    fn pop(&mut self, command: &Command) -> Option<String> {
        let theirs = self.ask(&command.words());
        let before = self.runner.space.clone();
        let ours = self.runner.run(command.clone());
        if ours.is_err() || matches!(theirs, Answer::Error(_)) {
            return difference(command, &ours, &theirs);
        }
        self.runner.space = before;
        let popped = elements(&theirs);
        if popped.len() != elements_of(&ours.ok()?, command).len() {
            return Some(format!("Redis popped {popped:?}"));
        }
        if popped.is_empty() {
            return None;
        }
        let Command::SPop(pop) = command else { return None };
        let removed = self.runner.run(SRem::new(&pop.key, popped.iter())).unwrap();
        (removed != Reply::Int(popped.len() as i64)).then(|| format!("Redis popped {popped:?}"))
    }

    /// Both sides choose as many of the same, or the same if they take all.
    fn choose(&mut self, command: &Command) -> Option<String> {
        let theirs = self.ask(&command.words());
        let ours = self.runner.run(command.clone());
        if ours.is_err() || matches!(theirs, Answer::Error(_)) {
            return difference(command, &ours, &theirs);
        }
        let (ours, theirs) = (elements_of(&ours.ok()?, command), elements(&theirs));
        (ours.len() != theirs.len()).then(|| format!("ours: {ours:?}\nRedis: {theirs:?}"))
    }

    /// Whether a range of members is asked of a sorted set with different scores: Redis leaves open what it is.
    fn unspecified(&self, command: &Command) -> bool {
        let by_members = |by: &ZRangeBy| matches!(by.select, ZSelect::Lex(_));
        let key = match command {
            Command::ZLexCount(c) => &c.key,
            Command::ZRemRangeByLex(c) => &c.key,
            Command::ZRange(c) if by_members(&c.by) => &c.key,
            Command::ZRangeStore(c) if by_members(&c.by) => &c.source,
            _ => return false,
        };
        match self.runner.space.snapshot(SystemClock.now()).get(&key[..]).map(|slot| &slot.data) {
            Some(Data::SortedSet(members)) => members.windows(2).any(|pair| pair[0].0 != pair[1].0),
            _ => false,
        }
    }

    /// Compares everything that is stored.
    fn compare_all(&mut self) {
        let mut keys: BTreeSet<Bytes> = self.runner.space.snapshot(SystemClock.now()).into_keys().collect();
        let Answer::Array(theirs) = self.ask(&words("KEYS *")) else { panic!("no keys") };
        keys.extend(elements(&Answer::Array(theirs)));
        for key in keys {
            for line in ["TYPE ?", "PEXPIRETIME ?", "GET ?", "HGETALL ?", "SMEMBERS ?", "LRANGE ? 0 -1"] {
                self.run(&filled(line, &key));
            }
            self.run(&filled("ZRANGE ? 0 -1 WITHSCORES", &key));
        }
    }
}

fn filled(line: &str, key: &Bytes) -> Command {
    let words: Vec<_> =
        words(line).into_iter().map(|word| if word == "?" { key.clone() } else { word }).collect();
    Command::parse(&words).unwrap()
}

fn set_cursor(command: &mut Command, cursor: Cursor) {
    match command {
        Command::Scan(c) => c.cursor = cursor,
        Command::HScan(c) => c.cursor = cursor,
        Command::SScan(c) => c.cursor = cursor,
        Command::ZScan(c) => c.cursor = cursor,
        _ => panic!("no scan"),
    }
}

/// An element of a scan as a text; Redis writes some scores with more digits than we do.
fn shown(command: &Command, element: &[Resp]) -> String {
    match element {
        [member, Resp::Bulk(score)] if command.id() == CommandId::ZScan => {
            format!("{member:?} {:?}", parse_f64(score).map(|score| score + 0.0))
        }
        _ => format!("{element:?}"),
    }
}

/// The bytes in an answer, however it nests them.
fn elements(answer: &Answer) -> Vec<Bytes> {
    match answer {
        Answer::Bulk(bytes) => vec![bytes.clone()],
        Answer::Array(items) => items.iter().flat_map(elements).collect(),
        _ => Vec::new(),
    }
}

fn elements_of(reply: &Reply, command: &Command) -> Vec<Bytes> {
    fn flat(resp: Resp) -> Vec<Bytes> {
        match resp {
            Resp::Bulk(bytes) => vec![bytes],
            Resp::Array(items) => items.into_iter().flat_map(flat).collect(),
            _ => Vec::new(),
        }
    }
    flat(reply.clone().into_resp(command))
}

/// Redis would not come to an end with such a count.
fn endless(command: &Command) -> bool {
    let count = match command {
        Command::SRandMember(c) => c.count,
        Command::HRandField(c) => c.count,
        _ => None,
    };
    count.is_some_and(|count| count < -1_000)
}

#[test]
fn agrees_on_the_transcripts() {
    let Some(mut judge) = Judge::new() else { return };
    for (name, lines) in transcripts::REDIS.iter().copied().flatten() {
        // Where it is about a millisecond more or less, two clocks cannot agree.
        if lines.iter().any(|(line, _)| line.starts_with('@')) && !name.starts_with("expired") {
            continue;
        }
        judge.clear();
        for (line, expected) in *lines {
            if let Some(time) = line.strip_prefix('@') {
                std::thread::sleep(Duration::from_millis(time.parse::<u64>().unwrap() + 10));
                continue;
            }
            match Command::parse(&words(line)) {
                Ok(command) if command.info().in_redis() && !endless(&command) => judge.run(&command),
                Ok(_) => {}
                Err(_) => {
                    let theirs = judge.ask(&words(line));
                    assert_eq!(*expected, "!InvalidArgument");
                    assert!(matches!(theirs, Answer::Error(_)), "{line}: {theirs:?}");
                }
            }
        }
        judge.compare_all();
    }
}

#[test]
fn agrees_on_random_commands() {
    let Some(mut judge) = Judge::new() else { return };
    let thorough = std::env::var("CREDENZA_TEST").as_deref() == Ok("thorough");
    let all: Vec<_> = CommandId::ALL.iter().copied().filter(|id| id.info().in_redis()).collect();
    for seed in 0..if thorough { 2_000 } else { 300 } {
        judge.clear();
        judge.history.push(format!("seed {seed}"));
        let mut dice = Dice::new(seed);
        dice.flat = dice.one_in(3);
        // A sequence about one group builds up more than one about all.
        let group = [Group::Strings, Group::Hashes, Group::Sets, Group::Lists, Group::SortedSets];
        let chosen = group.get(dice.below(8));
        let some: Vec<_> =
            all.iter().copied().filter(|id| chosen.is_none_or(|group| id.info().group == *group)).collect();
        for _ in 0..100 {
            let command = dice.command(&some, SystemClock.now());
            if !endless(&command) && !judge.unspecified(&command) {
                judge.run(&command);
            }
        }
        judge.compare_all();
    }
}
