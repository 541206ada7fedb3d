//! A batch as the arguments of the script.

use std::collections::HashSet;

use bytes::Bytes;
use credenza_core::semantics::glob::escape_prefix;
use credenza_core::semantics::number::format_f64;
use credenza_core::{Check, Command, Error, ErrorKind, Key, Limits, Result};

use super::needs::{Follower, Needs};
use crate::encode;
use crate::error::{NAME, unsupported};

/// A script's stack holds so many values.
const MOST_WORDS: usize = 7_000;
/// So many checks of a kind are looked at in one go.
const MOST_AT_ONCE: usize = 500;

/// What the script is called with.
#[derive(Debug)]
pub(crate) struct Call {
    pub(super) keys: Vec<Key>,
    pub(super) key_count: Bytes,
    pub(super) arguments: Vec<Bytes>,
    /// How many commands of the batch each reply is for: those that do the same are sent as one.
    pub(super) shares: Vec<usize>,
}

/// What the words depend on, besides the commands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a> {
    pub(crate) limits: &'a Limits,
    /// Whether the user may lack permissions.
    pub(crate) wary: bool,
    /// Whether the servers want to be told the keys.
    pub(crate) in_cluster: bool,
    /// The run of the server.
    pub(crate) identity: u32,
}

/// The call for these checks and commands.
///
/// # Errors
/// `Unsupported` for checks of versions, `LimitExceeded` for a command of too many words.
pub(crate) fn compile(checks: &[Check], commands: &[Command], terms: Terms<'_>) -> Result<Call> {
    // What only sets strings cannot fail.
    let only_sets = commands.iter().all(is_plain_set) && !terms.wary && checks.iter().all(is_simple);
    let mut follower = Follower::default();
    let mut all = Vec::with_capacity(commands.len());
    for (index, command) in commands.iter().enumerate() {
        let words = match command {
            Command::Clear(c) => vec![Bytes::from_static(b"CLEAR"), Bytes::from(escape_prefix(&c.prefix))],
            command => encode::words(command, terms.limits, terms.identity),
        };
        if words.len() > MOST_WORDS {
            let message = format!(
                "the command has {} words; in an atomic batch on Redis the limit is {MOST_WORDS}",
                words.len()
            );
            let error = Error::new(ErrorKind::LimitExceeded, message).on(NAME);
            return Err(error.during(command.info().name).at(index));
        }
        let scripted = encode::needs_script(command, terms.limits);
        let needs = if only_sets { Needs::default() } else { follower.next(command, scripted) };
        let plain = !scripted && !matches!(command, Command::Clear(_));
        all.push((words, needs, plain));
    }
    let plain = !terms.wary
        && checks.iter().all(is_simple)
        && all.iter().all(|(_, needs, plain)| *plain && needs.needs.is_empty());

    let mut call = Call {
        keys: if terms.in_cluster { keys(checks, commands) } else { Vec::new() },
        key_count: Bytes::new(),
        arguments: Vec::with_capacity(8 + 4 * (checks.len() + commands.len())),
        shares: Vec::with_capacity(commands.len()),
    };
    call.key_count = number(call.keys.len());
    if plain {
        call.push("plain");
        call.groups(checks);
        let mut at = 0;
        while at < all.len() {
            // Strings that are set one after the other are set as one.
            let sets =
                commands[at..].iter().take(MOST_AT_ONCE).take_while(|command| is_plain_set(command)).count();
            if sets > 1 {
                call.arguments.push(number(1 + 2 * sets));
                call.push("MSET");
                for (words, ..) in &all[at..at + sets] {
                    call.arguments.extend_from_slice(&words[1..]);
                }
            } else {
                call.arguments.push(number(all[at].0.len()));
                call.arguments.append(&mut all[at].0);
            }
            call.shares.push(sets.max(1));
            at += sets.max(1);
        }
        return Ok(call);
    }
    call.push(if terms.wary { "wary" } else { "careful" });
    call.arguments.push(number(checks.len()));
    for (index, check) in checks.iter().enumerate() {
        call.check(check).map_err(|error| error.at(index))?;
    }
    for (mut words, needs, _) in all {
        call.arguments.push(Bytes::from(format!("{};{};{}", words.len(), needs.needs, needs.keys)));
        call.arguments.append(&mut words);
        call.shares.push(1);
    }
    Ok(call)
}

impl Call {
    /// In a cluster every key that the batch names, once.
    pub(crate) fn keys(&self) -> &[Key] {
        &self.keys
    }

    fn push(&mut self, word: &'static str) {
        self.arguments.push(Bytes::from_static(word.as_bytes()));
    }

    /// Checks of the same kind that stand together, as groups.
    fn groups(&mut self, checks: &[Check]) {
        let kind = |check: &Check| match check {
            Check::Absent { .. } => "A",
            Check::Exists { .. } => "E",
            _ => "V",
        };
        let at = self.arguments.len();
        self.push("0");
        let mut count = 0;
        let mut rest = checks;
        while let Some(first) = rest.first() {
            let letter = kind(first);
            let alike = rest.iter().take(MOST_AT_ONCE).take_while(|check| kind(check) == letter).count();
            let (group, others) = rest.split_at(alike);
            self.push(letter);
            self.arguments.push(number(group.len()));
            self.arguments.extend(group.iter().map(|check| check.key().as_bytes().clone()));
            for check in group {
                if let Check::ValueEquals { value, .. } = check {
                    self.arguments.push(value.as_bytes().clone());
                }
            }
            count += 1;
            rest = others;
        }
        self.arguments[at] = number(count);
    }

    fn check(&mut self, check: &Check) -> Result<()> {
        let (letter, first, second) = match check {
            Check::Absent { .. } => ("A", None, None),
            Check::Exists { .. } => ("E", None, None),
            Check::ValueEquals { value, .. } => ("V", Some(value.as_bytes().clone()), None),
            Check::FieldEquals { field, value, .. } => {
                ("F", Some(field.as_bytes().clone()), Some(value.as_bytes().clone()))
            }
            Check::FieldAbsent { field, .. } => ("f", Some(field.as_bytes().clone()), None),
            Check::FieldExists { field, .. } => ("g", Some(field.as_bytes().clone()), None),
            Check::MemberPresent { member, .. } => ("M", Some(member.as_bytes().clone()), None),
            Check::MemberAbsent { member, .. } => ("m", Some(member.as_bytes().clone()), None),
            Check::ScoreEquals { member, score, .. } => {
                ("S", Some(member.as_bytes().clone()), Some(format_f64(*score)))
            }
            Check::LengthAtMost { length, .. } => ("L", Some(Bytes::from(length.to_string())), None),
            Check::VersionEquals { .. } => return Err(unsupported("keys have no versions in Redis")),
            _ => return Err(unsupported("this store does not know the check")),
        };
        self.push(letter);
        self.arguments.push(check.key().as_bytes().clone());
        self.arguments.extend(first.into_iter().chain(second));
        Ok(())
    }
}

/// Every key once. What a batch clears has no key.
fn keys(checks: &[Check], commands: &[Command]) -> Vec<Key> {
    let mut seen = HashSet::new();
    let of_commands = commands.iter().filter(|command| !matches!(command, Command::Clear(_)));
    let of_commands = of_commands.flat_map(Command::keys);
    checks.iter().map(Check::key).chain(of_commands).filter(|key| seen.insert(*key)).cloned().collect()
}

fn is_simple(check: &Check) -> bool {
    matches!(check, Check::Absent { .. } | Check::Exists { .. } | Check::ValueEquals { .. })
}

fn is_plain_set(command: &Command) -> bool {
    use credenza_core::command::SetExpiry;
    matches!(command, Command::Set(c) if c.expiry == SetExpiry::Clear && c.condition.is_none() && !c.get)
}

fn number(number: usize) -> Bytes {
    Bytes::from(number.to_string())
}

#[cfg(test)]
mod tests {
    use credenza_core::Version;
    use credenza_core::command::{Clear, Get, IncrBy, LPush, Set, SetIfEqual};

    use super::*;

    fn text(checks: &[Check], commands: &[Command]) -> (String, Vec<usize>) {
        let limits = Limits::default();
        let call =
            compile(checks, commands, Terms { limits: &limits, wary: false, in_cluster: false, identity: 0 })
                .unwrap();
        let words: Vec<_> =
            call.arguments.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
        (words.join(" "), call.shares)
    }

    #[test]
    fn most_batches_are_plain() {
        let checks =
            [Check::absent("a"), Check::absent("b"), Check::value_equals("c", "v"), Check::exists("a")];
        let commands = [IncrBy::new("n", 1).into(), Set::new("x", "1").into(), Set::new("y", "2").into()];
        let expected = "plain 3 A 2 a b V 1 c v E 1 a 3 INCRBY n 1 5 MSET x 1 y 2";
        assert_eq!(text(&checks, &commands), (expected.to_owned(), vec![1, 2]));
        assert_eq!(text(&[], &[]), ("plain 0".to_owned(), vec![]));
    }

    #[test]
    fn what_may_fail_after_a_change_is_careful() {
        let commands = [Set::new("x", "1").into(), LPush::new("l", ["v"]).into()];
        let expected = "careful 0 3;;2, SET x 1 3;l2;2, LPUSH l v";
        assert_eq!(text(&[], &commands), (expected.to_owned(), vec![1, 1]));
        let checks = [Check::length_at_most("l", 5), Check::field_equals("h", "f", "v")];
        assert_eq!(text(&checks, &[Get::new("k").into()]).0, "careful 2 L l 5 F h f v 2;; GET k");
        let cleared = text(&[], &[Clear::new("a*").into()]).0;
        assert_eq!(cleared, r"careful 0 2;;* CLEAR a\**");
        assert!(
            text(&[], &[SetIfEqual::new("k", "a", "b").into()]).0.starts_with("careful 0 4;;2, SETIFEQUAL")
        );
    }

    #[test]
    fn every_key_is_named_once() {
        let commands = [Get::new("a").into(), IncrBy::new("b", 1).into(), Clear::new("p").into()];
        assert_eq!(keys(&[Check::exists("a")], &commands), [Key::from("a"), Key::from("b")]);
    }

    #[test]
    fn what_redis_cannot_do_is_refused() {
        let limits = Limits::default();
        let terms = Terms { limits: &limits, wary: false, in_cluster: false, identity: 0 };
        let checks = [Check::exists("a"), Check::version_equals("a", Some(Version::new(1)))];
        let error = compile(&checks, &[], terms).unwrap_err();
        assert_eq!((error.kind(), error.index()), (ErrorKind::Unsupported, Some(1)));
        let long = LPush::new("l", vec!["v"; MOST_WORDS]).into();
        let error = compile(&[], &[long], terms).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    }
}
