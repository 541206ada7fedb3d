//! What must hold for the commands of a batch to be sure to succeed, followed from one to the next: so that only where
//! it cannot be known, what they change has to be saved.

use std::collections::HashMap;
use std::fmt::Write;

use credenza_core::command::{Access, Expiry, GetExpiry, Group, Part, SetExpiry};
use credenza_core::semantics::number::parse_i64;
use credenza_core::{Command, Key, Kind};

/// Numbers of so many digits, eighteen, can be added eight times before 64 bits overflow.
const SMALL: u64 = 1_000_000_000_000_000_000;
const ADDITIONS: u8 = 8;
/// The longest string that a server allows as it comes.
const LONGEST: u64 = 512 << 20;

/// What is known about a key at some point of the batch.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Known {
    Nothing,
    /// It is of this kind, or not there.
    Kind(Kind),
    /// It is a small integer, to which so much was added, or not there.
    Number(u8),
}

#[derive(Clone, Copy, Debug)]
struct State {
    known: Known,
    /// Whether a command of the batch has changed it: then looking at it before the batch tells nothing.
    changed: bool,
}

/// Follows the commands of a batch.
#[derive(Debug, Default)]
pub(super) struct Follower {
    keys: HashMap<Key, State>,
    /// Whether keys that are not named may have been removed.
    cleared: bool,
    /// Whether anything was changed yet: before, a failure needs no care.
    pub(super) changed: bool,
}

/// What one command needs, and which of its words are the keys it may change.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    pub(super) needs: String,
    pub(super) keys: String,
}

impl Needs {
    /// A letter and the position of a word.
    fn test(&mut self, letter: char, position: usize) {
        // Writing to a string does not fail.
        let _ = write!(self.needs, "{letter}{position}");
    }

    fn unknowable(&mut self) {
        self.needs.push('?');
    }

    fn changes(&mut self, position: usize) {
        let _ = write!(self.keys, "{position},");
    }
}

impl Follower {
    fn state(&self, key: &Key) -> State {
        self.keys.get(key).copied().unwrap_or(State { known: Known::Nothing, changed: self.cleared })
    }

    /// The key must be of this kind.
    fn want(&mut self, needs: &mut Needs, key: &Key, position: usize, kind: Kind) {
        let state = self.state(key);
        match state.known {
            Known::Kind(known) if known == kind => {}
            Known::Number(_) if kind == Kind::String => {}
            _ if state.changed => needs.unknowable(),
            _ => {
                needs.test(letter(kind), position);
                self.keys.insert(key.clone(), State { known: Known::Kind(kind), changed: false });
            }
        }
    }

    /// The key must be a set or a sorted set.
    fn want_members(&mut self, needs: &mut Needs, key: &Key, position: usize) {
        let state = self.state(key);
        match state.known {
            Known::Kind(Kind::Set | Kind::SortedSet) => {}
            _ if state.changed => needs.unknowable(),
            _ => needs.test('m', position),
        }
    }

    /// What the script tests must hold, of a key that no command has changed.
    fn want_before(&self, needs: &mut Needs, key: &Key, position: usize, letter: char) {
        if self.state(key).changed {
            needs.unknowable();
        } else {
            needs.test(letter, position);
        }
    }

    /// The key is this from now on.
    fn set(&mut self, key: &Key, known: Known) {
        self.keys.insert(key.clone(), State { known, changed: true });
    }

    /// What the next command needs; its words are those that [`words`](crate::encode::words) gives.
    pub(super) fn next(&mut self, command: &Command, grows: bool) -> Needs {
        let mut needs = Needs::default();
        self.follow(command, grows, &mut needs);
        if may_expire_beyond_time(command) {
            needs.unknowable();
        }
        if !self.changed {
            needs.needs.clear();
        }
        self.changed |= command.info().access == Access::Write;
        needs
    }

    fn follow(&mut self, command: &Command, grows: bool, needs: &mut Needs) {
        match command {
            Command::Exists(_)
            | Command::ExpireTime(_)
            | Command::Ttl(_)
            | Command::Type(_)
            | Command::Scan(_)
            | Command::MGet(_) => {}
            // They may remove a key, which changes nothing about its kind.
            Command::Expire(c) => self.touch(needs, &c.key),
            Command::Persist(c) => self.touch(needs, &c.key),
            Command::Del(c) => {
                for (index, key) in c.keys.iter().enumerate() {
                    needs.changes(index + 2);
                    self.touch_only(key);
                }
            }
            Command::Clear(_) => {
                needs.keys.push('*');
                self.keys.values_mut().for_each(|state| state.changed = true);
                self.cleared = true;
            }
            Command::Rename(c) => self.rename(needs, &c.key, &c.new_key),
            Command::RenameNx(c) => self.rename(needs, &c.key, &c.new_key),
            Command::Copy(c) => {
                needs.changes(3);
                self.set(&c.destination, Known::Nothing);
            }
            Command::Set(c) => {
                if c.get {
                    self.want(needs, &c.key, 2, Kind::String);
                }
                needs.changes(2);
                let known = if c.condition.is_some() { Known::Nothing } else { number(&c.value) };
                self.set(&c.key, known);
            }
            Command::MSet(c) => {
                for (index, (key, value)) in c.entries.iter().enumerate() {
                    needs.changes(2 + 2 * index);
                    self.set(key, number(value));
                }
            }
            Command::MSetNx(c) => {
                for (index, (key, _)) in c.entries.iter().enumerate() {
                    needs.changes(2 + 2 * index);
                    self.set(key, Known::Nothing);
                }
            }
            Command::SetIfEqual(c) => self.one(needs, command, &c.key, Kind::String),
            Command::DelIfEqual(c) => self.one(needs, command, &c.key, Kind::String),
            Command::IncrBy(c) => self.add(needs, &c.key, c.by, 'i'),
            Command::IncrBounded(c) => self.add(needs, &c.key, c.by, 'i'),
            Command::IncrByFloat(c) => {
                self.add_float(needs, &c.key, c.by, 'd');
                self.set(&c.key, Known::Kind(Kind::String));
            }
            Command::HIncrBy(c) => self.add_to_field(needs, &c.key, c.by.unsigned_abs() < SMALL, 'I'),
            Command::HIncrByFloat(c) => self.add_to_field(needs, &c.key, is_short(c.by), 'D'),
            Command::Append(c) => {
                needs.changes(if grows { 4 } else { 2 });
                match grows {
                    true => needs.unknowable(),
                    false => self.want_before(needs, &c.key, 2, 'a'),
                }
                self.set(&c.key, Known::Kind(Kind::String));
            }
            Command::SetRange(c) => {
                let fits = c.offset.saturating_add(c.value.len() as u64) <= LONGEST;
                needs.changes(if grows { 4 } else { 2 });
                match grows || !fits {
                    true => needs.unknowable(),
                    false => self.want(needs, &c.key, 2, Kind::String),
                }
                self.set(&c.key, Known::Kind(Kind::String));
            }
            Command::LSet(c) => {
                needs.changes(2);
                self.want_before(needs, &c.key, 2, 'x');
                self.set(&c.key, Known::Kind(Kind::List));
            }
            Command::ZAddIncr(c) => self.add_score(needs, &c.key, c.by),
            Command::ZIncrBy(c) => self.add_score(needs, &c.key, c.by),
            Command::LMove(c) => self.both(needs, &c.source, &c.destination, Kind::List),
            Command::SMove(c) => self.both(needs, &c.source, &c.destination, Kind::Set),
            Command::SInter(c) => self.all(needs, &c.keys, 2),
            Command::SUnion(c) => self.all(needs, &c.keys, 2),
            Command::SDiff(c) => self.all(needs, &c.keys, 2),
            Command::SInterCard(c) => self.all(needs, &c.keys.0, 3),
            Command::SInterStore(c) => self.all_into(needs, &c.keys, &c.destination),
            Command::SUnionStore(c) => self.all_into(needs, &c.keys, &c.destination),
            Command::SDiffStore(c) => self.all_into(needs, &c.keys, &c.destination),
            Command::ZUnion(c) => self.all_scored(needs, &c.keys.0, 3),
            Command::ZInter(c) => self.all_scored(needs, &c.keys.0, 3),
            Command::ZDiff(c) => self.all_scored(needs, &c.keys.0, 3),
            Command::ZUnionStore(c) => self.all_scored_into(needs, &c.keys.0, &c.destination),
            Command::ZInterStore(c) => self.all_scored_into(needs, &c.keys.0, &c.destination),
            Command::ZDiffStore(c) => self.all_scored_into(needs, &c.keys.0, &c.destination),
            Command::ZRangeStore(c) => {
                self.want(needs, &c.source, 3, Kind::SortedSet);
                needs.changes(2);
                self.set(&c.destination, Known::Kind(Kind::SortedSet));
            }
            // All others have one key, and fail only if it is of another kind.
            _ => {
                let mut first = None;
                command.visit(&mut |part| {
                    if let Part::Key(key) = part {
                        first.get_or_insert(key);
                    }
                });
                match (first, kind_of_group(command)) {
                    (Some(key), Some(kind)) => self.one(needs, command, key, kind),
                    _ => needs.unknowable(),
                }
            }
        }
    }

    /// A command on one key of a kind, which it stays, or is gone.
    fn one(&mut self, needs: &mut Needs, command: &Command, key: &Key, kind: Kind) {
        self.want(needs, key, 2, kind);
        if command.info().access == Access::Write {
            needs.changes(2);
            self.set(key, Known::Kind(kind));
        }
    }

    fn both(&mut self, needs: &mut Needs, source: &Key, destination: &Key, kind: Kind) {
        self.want(needs, source, 2, kind);
        self.want(needs, destination, 3, kind);
        for (key, position) in [(source, 2), (destination, 3)] {
            needs.changes(position);
            self.set(key, Known::Kind(kind));
        }
    }

    fn all(&mut self, needs: &mut Needs, keys: &[Key], first: usize) {
        for (index, key) in keys.iter().enumerate() {
            self.want(needs, key, first + index, Kind::Set);
        }
    }

    fn all_into(&mut self, needs: &mut Needs, keys: &[Key], destination: &Key) {
        self.all(needs, keys, 3);
        needs.changes(2);
        self.set(destination, Known::Kind(Kind::Set));
    }

    fn all_scored(&mut self, needs: &mut Needs, keys: &[Key], first: usize) {
        for (index, key) in keys.iter().enumerate() {
            self.want_members(needs, key, first + index);
        }
    }

    fn all_scored_into(&mut self, needs: &mut Needs, keys: &[Key], destination: &Key) {
        self.all_scored(needs, keys, 4);
        needs.changes(2);
        self.set(destination, Known::Kind(Kind::SortedSet));
    }

    fn rename(&mut self, needs: &mut Needs, from: &Key, to: &Key) {
        self.want_before(needs, from, 2, 'k');
        needs.changes(2);
        needs.changes(3);
        self.set(from, Known::Nothing);
        self.set(to, Known::Nothing);
    }

    fn add(&mut self, needs: &mut Needs, key: &Key, by: i64, letter: char) {
        let state = self.state(key);
        let small = by.unsigned_abs() < SMALL;
        needs.changes(2);
        let known = match state.known {
            Known::Number(added) if small && added < ADDITIONS => Known::Number(added + 1),
            _ if small && !state.changed => {
                needs.test(letter, 2);
                Known::Number(1)
            }
            _ => {
                needs.unknowable();
                Known::Kind(Kind::String)
            }
        };
        self.set(key, known);
    }

    fn add_float(&mut self, needs: &mut Needs, key: &Key, by: f64, letter: char) {
        needs.changes(2);
        match self.state(key).known {
            Known::Number(_) if is_short(by) => {}
            _ if is_short(by) => self.want_before(needs, key, 2, letter),
            _ => needs.unknowable(),
        }
    }

    fn add_to_field(&mut self, needs: &mut Needs, key: &Key, fits: bool, letter: char) {
        needs.changes(2);
        if fits {
            self.want_before(needs, key, 2, letter);
        } else {
            needs.unknowable();
        }
        self.set(key, Known::Kind(Kind::Hash));
    }

    /// Only two infinities can add up to no number.
    fn add_score(&mut self, needs: &mut Needs, key: &Key, by: f64) {
        self.want(needs, key, 2, Kind::SortedSet);
        needs.changes(2);
        if !by.is_finite() {
            needs.unknowable();
        }
        self.set(key, Known::Kind(Kind::SortedSet));
    }

    fn touch(&mut self, needs: &mut Needs, key: &Key) {
        needs.changes(2);
        self.touch_only(key);
    }

    fn touch_only(&mut self, key: &Key) {
        let known = self.state(key).known;
        self.set(key, known);
    }
}

fn letter(kind: Kind) -> char {
    match kind {
        Kind::String => 's',
        Kind::Hash => 'h',
        Kind::Set => 'e',
        Kind::List => 'l',
        Kind::SortedSet => 'z',
    }
}

fn kind_of_group(command: &Command) -> Option<Kind> {
    match command.info().group {
        Group::Strings => Some(Kind::String),
        Group::Hashes => Some(Kind::Hash),
        Group::Sets => Some(Kind::Set),
        Group::Lists => Some(Kind::List),
        Group::SortedSets => Some(Kind::SortedSet),
        Group::Keys | Group::Extensions => None,
    }
}

/// What a key is that holds this value.
fn number(value: &[u8]) -> Known {
    match parse_i64(value) {
        Some(number) if number.unsigned_abs() < SMALL => Known::Number(1),
        _ => Known::Kind(Kind::String),
    }
}

/// Whether a time from now may be later than there are numbers for.
fn may_expire_beyond_time(command: &Command) -> bool {
    let late = |time: i64| time > i64::MAX / 2;
    match command {
        Command::Expire(c) => matches!(c.expiry, Expiry::In(time) if late(time)),
        Command::Set(c) => matches!(c.expiry, SetExpiry::In(time) if late(time)),
        Command::SetIfEqual(c) => matches!(c.expiry, SetExpiry::In(time) if late(time)),
        Command::GetEx(c) => matches!(c.expiry, GetExpiry::In(time) if late(time)),
        Command::IncrBounded(c) => c.ttl.is_some_and(late),
        _ => false,
    }
}

/// Whether adding it to a short number gives a finite one.
fn is_short(by: f64) -> bool {
    by.abs() < 1e17
}

#[cfg(test)]
mod tests {
    use credenza_core::command::{
        Clear, Del, Expire, Get, HIncrBy, HSet, IncrBy, LPush, LSet, LTrim, Rename, SUnionStore, Set, ZAdd,
        ZAddOptions, ZIncrBy, ZUnionStore,
    };

    use super::*;

    fn follow<const N: usize>(commands: [Command; N]) -> [String; N] {
        let mut follower = Follower::default();
        commands.map(|command| follower.next(&command, false).needs)
    }

    fn set() -> Command {
        Set::new("other", "v").into()
    }

    #[test]
    fn before_a_change_nothing_is_needed() {
        let needs = follow([Get::new("k").into(), IncrBy::new("n", 1).into(), set()]);
        assert_eq!(needs, ["", "", ""]);
    }

    #[test]
    fn kinds_are_tested_once_and_followed() {
        let push = || LPush::new("l", ["v"]).into();
        let needs =
            follow([set(), push(), push(), LTrim::new("l", 0, 9).into(), Del::new(["l"]).into(), push()]);
        assert_eq!(needs, ["", "l2", "", "", "", ""]);
        let needs = follow([set(), push(), HSet::new("l", [("f", "v")]).into()]);
        assert_eq!(needs, ["", "l2", "?"]);
    }

    #[test]
    fn numbers_are_followed_until_they_may_overflow() {
        let add = |by: i64| IncrBy::new("n", by).into();
        assert_eq!(follow([set(), add(1), add(-1), add(i64::MAX)]), ["", "i2", "", "?"]);
        assert_eq!(follow([Set::new("n", 5_i64).into(), add(1)]), ["", ""]);
        assert_eq!(follow([Set::new("n", "five").into(), add(1)]), ["", "?"]);
        let mut follower = Follower::default();
        follower.next(&set(), false);
        let needs: Vec<_> = (0..20).map(|_| follower.next(&add(SMALL as i64 - 1), false).needs).collect();
        assert_eq!(needs.iter().position(|needs| needs == "?"), Some(usize::from(ADDITIONS)));
        assert_eq!(
            follow([set(), HIncrBy::new("h", "f", 1).into(), HIncrBy::new("h", "f", 1).into()])[2],
            "?"
        );
    }

    #[test]
    fn what_depends_on_the_contents_is_tested_if_they_are_known() {
        assert_eq!(follow([set(), LSet::new("l", 0, "v").into()]), ["", "x2"]);
        assert_eq!(follow([LPush::new("l", ["v"]).into(), LSet::new("l", 0, "v").into()]), ["", "?"]);
        assert_eq!(follow([set(), Rename::new("a", "b").into(), Get::new("b").into()]), ["", "k2", "?"]);
        assert_eq!(follow([set(), ZIncrBy::new("z", f64::INFINITY, "m").into()]), ["", "z2?"]);
    }

    #[test]
    fn what_is_cleared_may_be_anything() {
        let clear = || Clear::new("").into();
        assert_eq!(follow([clear(), Rename::new("a", "b").into()]), ["", "?"]);
        assert_eq!(
            follow([clear(), LPush::new("l", ["v"]).into(), LTrim::new("l", 0, 9).into()]),
            ["", "?", ""]
        );
    }

    #[test]
    fn several_keys_are_tested_each() {
        let needs = follow([
            set(),
            SUnionStore::new("d", ["a", "b"]).into(),
            ZUnionStore::new("d", ["d", "z"]).into(),
            ZAdd::new("d", ZAddOptions::default(), [(1.0, "m")]).into(),
            Expire::new("d", std::time::Duration::from_secs(1)).into(),
        ]);
        assert_eq!(needs, ["", "e3e4", "m5", "", ""]);
    }

    #[test]
    fn keys_that_change_are_named() {
        let keys = |command: Command| Follower::default().next(&command, false).keys;
        assert_eq!(keys(Get::new("k").into()), "");
        assert_eq!(keys(Del::new(["a", "b"]).into()), "2,3,");
        assert_eq!(keys(credenza_core::command::MSet::new([("a", "1"), ("b", "2")]).into()), "2,4,");
        assert_eq!(keys(Clear::new("p").into()), "*");
        assert_eq!(keys(credenza_core::command::Copy::new("a", "b").into()), "3,");
    }
}
