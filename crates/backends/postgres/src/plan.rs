//! What a request needs: which rows, whether their values, whether more than rows.

use bytes::Bytes;
use credenza_core::command::{Access, Condition, Group, SetExpiry};
use credenza_core::{Check, Command, CommandId, Mode, Request};

/// Bytes that a key may have: what a row of an index has room for.
pub(crate) const MAX_KEY: usize = 2560;
/// Bytes that a field or a member may have. Beyond those of a key the server must be able to compress it; else it
/// refuses the one transaction that brings it. A key could be one of many in a merged statement.
pub(crate) const MAX_MEMBER: usize = 64 << 10;

/// What a request needs.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Its keys, each once, in order.
    pub(crate) keys: Vec<Bytes>,
    /// It may change something.
    pub(crate) writes: bool,
    /// It needs the values of strings.
    pub(crate) values: bool,
    /// It needs more than the rows of its keys.
    pub(crate) elements: bool,
    /// It works on a range of keys, and keeps everybody else from writing.
    pub(crate) alone: bool,
    /// Rows of absent keys have to be locked as well.
    pub(crate) lock_absent: bool,
    /// Its reply tells the version of what it wrote.
    pub(crate) versioned: bool,
}

impl Plan {
    pub(crate) fn of(request: &Request) -> Plan {
        let commands = request.commands();
        let checks: &[Check] = match request {
            Request::Batch(batch) => &batch.checks,
            Request::One(_) => &[],
        };
        let mut keys: Vec<Bytes> = commands
            .iter()
            .flat_map(Command::keys)
            .chain(checks.iter().map(Check::key))
            .map(|key| key.as_bytes().clone())
            .collect();
        keys.sort_unstable();
        keys.dedup();
        let writes = commands.iter().any(|command| command.info().access == Access::Write);
        Plan {
            values: commands.iter().any(values) || checks.iter().any(compares),
            elements: commands.iter().any(elements) || checks.iter().any(looks_inside),
            alone: writes && commands.iter().any(|command| command.id() == CommandId::Clear),
            lock_absent: keys.len() > 1 || commands.len() > 1 || commands.iter().any(creates),
            versioned: matches!(request, Request::Batch(batch) if batch.mode == Mode::Atomic),
            keys,
            writes,
        }
    }
}

/// Whether a command needs the values of strings.
fn values(command: &Command) -> bool {
    match command {
        Command::Set(set) => set.get,
        Command::Rename(_) | Command::RenameNx(_) | Command::Copy(_) => true,
        Command::MSet(_) | Command::MSetNx(_) | Command::StrLen(_) | Command::VersionOf(_) => false,
        other => matches!(other.info().group, Group::Strings | Group::Extensions),
    }
}

/// Whether a command needs more than the rows of its keys.
fn elements(command: &Command) -> bool {
    match command.info().group {
        Group::Keys => matches!(command, Command::Copy(_) | Command::Scan(_) | Command::Clear(_)),
        Group::Strings | Group::Extensions => false,
        // How many elements there are stands in the row.
        Group::Hashes | Group::Sets | Group::Lists | Group::SortedSets => {
            !matches!(command, Command::HLen(_) | Command::LLen(_) | Command::SCard(_) | Command::ZCard(_))
        }
    }
}

fn compares(check: &Check) -> bool {
    matches!(check, Check::ValueEquals { .. })
}

fn looks_inside(check: &Check) -> bool {
    !matches!(
        check,
        Check::Absent { .. }
            | Check::Exists { .. }
            | Check::ValueEquals { .. }
            | Check::VersionEquals { .. }
            | Check::LengthAtMost { .. }
    )
}

/// Whether a command of one key may make it.
fn creates(command: &Command) -> bool {
    match command {
        Command::Set(set) => set.condition != Some(Condition::Present),
        Command::Del(_)
        | Command::Expire(_)
        | Command::Persist(_)
        | Command::GetDel(_)
        | Command::GetEx(_)
        | Command::HDel(_)
        | Command::SRem(_)
        | Command::SPop(_)
        | Command::LPushX(_)
        | Command::RPushX(_)
        | Command::LPop(_)
        | Command::RPop(_)
        | Command::LTrim(_)
        | Command::LSet(_)
        | Command::LRem(_)
        | Command::LInsert(_)
        | Command::ZRem(_)
        | Command::ZPopMin(_)
        | Command::ZPopMax(_)
        | Command::ZRemRangeByRank(_)
        | Command::ZRemRangeByScore(_)
        | Command::ZRemRangeByLex(_)
        | Command::SetIfEqual(_)
        | Command::DelIfEqual(_) => false,
        _ => true,
    }
}

/// A string to be stored in place of whatever stands at its key.
#[derive(Clone, Debug)]
pub(crate) struct Put {
    pub(crate) key: Bytes,
    pub(crate) value: Bytes,
    pub(crate) expires_at: Option<i64>,
}

/// The strings that a request stores, if that is all it does: then one statement does it, and no row is looked at.
pub(crate) fn puts(request: &Request, now: impl Fn() -> i64) -> Option<Vec<Put>> {
    if let Request::Batch(batch) = request {
        // The reply of an atomic batch has a version, which such a statement does not tell.
        if batch.mode == Mode::Atomic || batch.commands.is_empty() {
            return None;
        }
    }
    let mut puts = Vec::new();
    for command in request.commands() {
        match command {
            Command::Set(set) if set.condition.is_none() && !set.get => {
                let expires_at = match set.expiry {
                    SetExpiry::Clear => None,
                    SetExpiry::Keep => return None,
                    SetExpiry::In(time) => Some(now().checked_add(time)?),
                    // One that is past removes the key.
                    SetExpiry::At(time) if time <= now() => return None,
                    SetExpiry::At(time) => Some(time),
                };
                puts.push(Put {
                    key: set.key.as_bytes().clone(),
                    value: set.value.as_bytes().clone(),
                    expires_at,
                });
            }
            Command::MSet(mset) => {
                puts.extend(mset.entries.iter().map(|(key, value)| Put {
                    key: key.as_bytes().clone(),
                    value: value.as_bytes().clone(),
                    expires_at: None,
                }));
            }
            _ => return None,
        }
    }
    Some(puts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(line: &str) -> Plan {
        let words: Vec<Bytes> = line.split(' ').map(|word| Bytes::copy_from_slice(word.as_bytes())).collect();
        Plan::of(&Request::One(Command::parse(&words).unwrap()))
    }

    #[test]
    fn what_commands_need() {
        let get = plan("GET k");
        assert!(get.values && !get.writes && !get.elements);
        let mget = plan("MGET b a b");
        assert_eq!(mget.keys, [&b"a"[..], b"b"]);
        let pop = plan("LPOP k");
        assert!(pop.writes && pop.elements && !pop.lock_absent, "a poll of an empty list writes nothing");
        assert!(plan("LMOVE a b LEFT RIGHT").lock_absent);
        assert!(plan("INCRBY k 1").lock_absent && !plan("INCRBY k 1").elements);
        assert!(!plan("HLEN k").elements && plan("HGET k f").elements);
        assert!(plan("CLEAR p").alone && !plan("SCAN 0").alone);
    }

    #[test]
    fn what_is_stored_blindly() {
        let puts = |line: &str| {
            let words: Vec<Bytes> =
                line.split(' ').map(|word| Bytes::copy_from_slice(word.as_bytes())).collect();
            super::puts(&Request::One(Command::parse(&words).unwrap()), || 1_000)
        };
        assert_eq!(puts("SET k v PX 5").unwrap()[0].expires_at, Some(1_005));
        assert_eq!(puts("MSET a 1 b 2").unwrap().len(), 2);
        for other in ["SET k v NX", "SET k v GET", "SET k v KEEPTTL", "SET k v PXAT 900", "APPEND k v"] {
            assert!(puts(other).is_none(), "{other}");
        }
    }
}
