//! Runs commands on the naive key space, from text to text, and makes random ones.

use std::time::Duration;

use bytes::Bytes;
use credenza_core::command::{Group, Sampler};
use credenza_core::semantics::validate;
use credenza_core::{
    Batch, BatchReply, Command, CommandId, Field, Key, Limits, ManualClock, Member, Pattern, Random, Reply,
    Request, Resp, Result, SeededRandom, Value,
};
use credenza_embedded::Step;

use crate::naive::Naive;

/// When the clock of a new runner stands, in milliseconds since the epoch.
pub(crate) const START: i64 = 1_700_000_000_000;

/// A store of one thread: what an engine does around a [`Step`].
pub(crate) struct Runner {
    pub(crate) space: Naive,
    pub(crate) clock: ManualClock,
    pub(crate) random: SeededRandom,
    pub(crate) limits: Limits,
}

impl Runner {
    pub(crate) fn new() -> Runner {
        Runner {
            space: Naive::default(),
            clock: ManualClock::at(START),
            random: SeededRandom::new(7),
            limits: Limits::default(),
        }
    }

    pub(crate) fn run(&mut self, command: impl Into<Command>) -> Result<Reply> {
        let request = Request::One(command.into());
        self.admit(&request)?;
        let Request::One(command) = request else { unreachable!() };
        self.space.stamp += 1;
        Step::new(&mut self.space, &self.clock, &self.random, &self.limits).run(command)
    }

    /// Runs an atomic batch; a failure undoes everything.
    pub(crate) fn batch(&mut self, batch: Batch) -> Result<BatchReply> {
        let request = Request::Batch(batch);
        self.admit(&request)?;
        let Request::Batch(batch) = request else { unreachable!() };
        self.space.stamp += 1;
        let before = self.space.clone();
        let outcome = Step::new(&mut self.space, &self.clock, &self.random, &self.limits).batch(batch);
        if outcome.is_err() {
            self.space = before;
        }
        outcome
    }

    fn admit(&self, request: &Request) -> Result<()> {
        validate::request(request)?;
        self.limits.check(request)
    }

    /// Runs a line such as `SET k v NX` and shows its reply; `@1000` lets a second pass.
    pub(crate) fn text(&mut self, line: &str) -> String {
        if let Some(time) = line.strip_prefix('@') {
            self.clock.advance(Duration::from_millis(time.parse().unwrap()));
            return String::new();
        }
        let run = |command: Command| self.run(command.clone()).map(|reply| (command, reply));
        match Command::parse(&words(line)).and_then(run) {
            Ok((command, reply)) => render(&command, reply.into_resp(&command)),
            Err(error) => format!("!{:?}", error.kind()),
        }
    }
}

/// The words of a command, for a report: its `Debug` hides them.
pub(crate) fn show(command: &Command) -> String {
    let words: Vec<_> = command.words().iter().map(|word| format!("'{}'", word.escape_ascii())).collect();
    words.join(" ")
}

/// The words of a line; `''` is an empty one.
pub(crate) fn words(line: &str) -> Vec<Bytes> {
    let word = |word: &str| if word == "''" { Bytes::new() } else { Bytes::copy_from_slice(word.as_bytes()) };
    line.split_whitespace().map(word).collect()
}

/// A reply as a short text, in which what has no order is in order: `OK`, `7`, `'text'`, `nil`, `['a' 2]`.
pub(crate) fn render(command: &Command, reply: Resp) -> String {
    match sorted(command, reply) {
        Resp::Status(status) => status.to_owned(),
        Resp::Int(number) => number.to_string(),
        Resp::Bulk(bytes) => format!("'{}'", bytes.escape_ascii()),
        Resp::Nil => "nil".to_owned(),
        Resp::Array(items) => {
            let items: Vec<_> = items.into_iter().map(|item| render(command, item)).collect();
            format!("[{}]", items.join(" "))
        }
    }
}

/// Puts the elements of a reply without an order in order.
pub(crate) fn sorted(command: &Command, reply: Resp) -> Resp {
    let width = match command.id() {
        CommandId::SMembers | CommandId::SInter | CommandId::SUnion | CommandId::SDiff => 1,
        CommandId::HKeys | CommandId::HVals => 1,
        CommandId::HGetAll => 2,
        _ => return reply,
    };
    let Resp::Array(items) = reply else { return reply };
    let mut elements: Vec<_> = items.chunks(width).map(<[Resp]>::to_vec).collect();
    elements.sort_by_key(|element| format!("{element:?}"));
    Resp::Array(elements.concat())
}

/// Random parts for random commands. Each group of commands has keys of its own, and sometimes takes another's.
pub(crate) struct Dice {
    random: SeededRandom,
    group: Group,
    now: i64,
    /// Whether all scores are equal, as ranges of members need it.
    pub(crate) flat: bool,
}

const GROUPS: [Group; 6] =
    [Group::Keys, Group::Strings, Group::Hashes, Group::Sets, Group::Lists, Group::SortedSets];
const BUILDERS: [CommandId; 6] =
    [CommandId::Set, CommandId::HSet, CommandId::SAdd, CommandId::RPush, CommandId::LPush, CommandId::ZAdd];
const NAMES: [&str; 7] = ["a", "b", "c", "d", "e", "f", ""];
const NUMBERS: [&str; 22] = [
    "0",
    "1",
    "-3",
    "10",
    "007",
    "+1",
    "3.0",
    "3.14",
    "-0",
    "1e3",
    ".5",
    "5.",
    "0x10",
    "1e400",
    "1e-400",
    "inf",
    "nan",
    " 1",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "0.1",
];
const FLOATS: [f64; 14] =
    [0.0, -0.0, 1.0, 2.0, 3.0, -1.0, 0.1, 0.2, -2.5, 1e17, 1e300, -1e-10, f64::INFINITY, f64::NEG_INFINITY];
const PATTERNS: [&str; 8] = ["*", "a*", "[a-c]", "?", "*:1", "[^a]*", "", "b\\*"];

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice { random: SeededRandom::new(seed), group: Group::Keys, now: START, flat: false }
    }

    /// A random command of those, at that time.
    pub(crate) fn command(&mut self, of: &[CommandId], now: i64) -> Command {
        // Without more of those that add something, most would find nothing.
        let builder = BUILDERS[self.below(BUILDERS.len())];
        let id = if self.one_in(4) && of.contains(&builder) { builder } else { of[self.below(of.len())] };
        self.now = now;
        self.group = id.info().group;
        if matches!(self.group, Group::Keys | Group::Extensions) {
            self.group = GROUPS[self.below(GROUPS.len())];
        }
        id.sample(self)
    }

    fn pick<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    fn name(&mut self) -> &'static str {
        self.pick(&NAMES)
    }
}

impl Sampler for Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.random.below(bound as u64) as usize
    }

    fn key(&mut self) -> Key {
        let group = if self.one_in(12) { GROUPS[self.below(GROUPS.len())] } else { self.group };
        Key::from(format!("{group:?}:{}", self.below(3)))
    }

    fn field(&mut self) -> Field {
        self.name().into()
    }

    fn member(&mut self) -> Member {
        self.name().into()
    }

    fn value(&mut self) -> Value {
        if self.one_in(2) { self.pick(&NUMBERS).into() } else { self.name().into() }
    }

    fn pattern(&mut self) -> Pattern {
        self.pick(&PATTERNS).into()
    }

    fn int(&mut self) -> i64 {
        match self.below(40) {
            0 => i64::MAX,
            1 => i64::MIN,
            2 => i64::MIN + 1,
            _ => self.below(13) as i64 - 6,
        }
    }

    fn count(&mut self) -> u64 {
        if self.one_in(40) { i64::MAX as u64 } else { self.below(6) as u64 }
    }

    fn float(&mut self) -> f64 {
        if self.flat { 1.0 } else { FLOATS[self.below(FLOATS.len())] }
    }

    fn ttl(&mut self) -> i64 {
        match self.below(10) {
            0 => 0,
            1 => -1000,
            2 => i64::MAX,
            _ => 100_000 + self.below(4) as i64 * 10_000,
        }
    }

    fn time(&mut self) -> i64 {
        match self.below(10) {
            0 => 1,
            1 => self.now - 1000,
            2 => 4_000_000_000_000,
            _ => self.now + 100_000 + self.below(4) as i64 * 10_000,
        }
    }
}
