//! Where a request goes, and whether it can go there.

use credenza_core::command::Part;
use credenza_core::{Check, Command, Error, ErrorKind, Key, Mode, Request, Result};

use crate::cursor;
use crate::encode::cursor_of;
use crate::error::unsupported;
use crate::wire;

/// What the topology means for requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) in_cluster: bool,
}

impl Route {
    /// The slot of a command; `None` where any server will do.
    pub(crate) fn slot(self, command: &Command) -> Option<u16> {
        if !self.in_cluster {
            return None;
        }
        let mut slot = None;
        visit_keys(command, &mut |key| slot = slot.or(Some(wire::slot(key))));
        slot
    }

    /// The slot of the keys of a batch, of which one is enough.
    pub(crate) fn slot_of(self, keys: &[Key]) -> Option<u16> {
        keys.first().filter(|_| self.in_cluster).map(|key| wire::slot(key))
    }

    /// Refuses what no server could do.
    pub(crate) fn check(self, request: &Request) -> Result<()> {
        let (batch, atomic) = match request {
            Request::One(_) => (None, false),
            Request::Batch(batch) => (Some(batch), batch.mode == Mode::Atomic),
        };
        let mut slots = Slots { in_cluster: self.in_cluster, first: None };
        for (index, check) in batch.iter().flat_map(|batch| batch.checks.iter().enumerate()) {
            if matches!(check, Check::VersionEquals { .. }) {
                return Err(unsupported("keys have no versions in Redis").during("CHECK").at(index));
            }
            slots.same(check.key()).map_err(|error| error.during("CHECK").at(index))?;
        }
        for (index, command) in request.commands().iter().enumerate() {
            if !atomic {
                slots.first = None;
            }
            self.check_command(command, atomic, &mut slots).map_err(|error| {
                let error = error.during(command.info().name);
                if batch.is_some() { error.at(index) } else { error }
            })?;
        }
        Ok(())
    }

    fn check_command(self, command: &Command, atomic: bool, slots: &mut Slots) -> Result<()> {
        let of_all_servers = matches!(command, Command::Scan(_) | Command::Clear(_));
        if matches!(command, Command::GetVersioned(_) | Command::VersionOf(_)) {
            return Err(unsupported("keys have no versions in Redis"));
        }
        if self.in_cluster && of_all_servers && atomic {
            return Err(unsupported(
                "what goes to every server of a cluster cannot be part of an atomic batch",
            ));
        }
        if let Some(cursor) = cursor_of(command) {
            let valid = match command {
                Command::Scan(_) if self.in_cluster => cursor::in_cluster(cursor).is_some(),
                _ => cursor::is_valid(cursor),
            };
            if !valid {
                return Err(Error::invalid("invalid cursor"));
            }
        }
        let mut outcome = Ok(());
        visit_keys(command, &mut |key| {
            if outcome.is_ok() {
                outcome = slots.same(key);
            }
        });
        outcome
    }
}

/// Sees to it that all keys are in one slot.
struct Slots {
    in_cluster: bool,
    first: Option<u16>,
}

impl Slots {
    fn same(&mut self, key: &[u8]) -> Result<()> {
        if !self.in_cluster {
            return Ok(());
        }
        let slot = wire::slot(key);
        if *self.first.get_or_insert(slot) != slot {
            let message = "the keys are in different hash slots of the cluster; \
                what belongs together needs a common part in braces, as in {user:17}:name";
            return Err(Error::new(ErrorKind::InvalidArgument, message).for_key(key));
        }
        Ok(())
    }
}

/// Shows every key. What `CLEAR` starts with is none.
fn visit_keys(command: &Command, see: &mut dyn FnMut(&Key)) {
    if matches!(command, Command::Clear(_)) {
        return;
    }
    command.visit(&mut |part| {
        if let Part::Key(key) = part {
            see(key);
        }
    });
}

#[cfg(test)]
mod tests {
    use credenza_core::command::{Clear, Get, GetVersioned, MGet, Rename, SScan, Scan, Set};
    use credenza_core::{Batch, Cursor, Effect, Version};

    use super::*;

    const CLUSTER: Route = Route { in_cluster: true };
    const SINGLE: Route = Route { in_cluster: false };

    fn one(command: impl Into<Command>) -> Request {
        Request::One(command.into())
    }

    fn kind(route: Route, request: &Request) -> Option<ErrorKind> {
        let error = route.check(request).err()?;
        assert_eq!(error.effect(), Effect::NotApplied);
        Some(error.kind())
    }

    #[test]
    fn keys_of_a_command_are_in_one_slot() {
        let apart = one(MGet::new(["a", "b"]));
        assert_eq!(kind(CLUSTER, &apart), Some(ErrorKind::InvalidArgument));
        assert_eq!(kind(SINGLE, &apart), None);
        assert_eq!(kind(CLUSTER, &one(MGet::new(["{t}a", "{t}b"]))), None);
        assert_eq!(kind(CLUSTER, &one(Rename::new("a", "b"))), Some(ErrorKind::InvalidArgument));
        assert_eq!(CLUSTER.slot(&Get::new("foo").into()), Some(12_182));
        assert_eq!(SINGLE.slot(&Get::new("foo").into()), None);
        assert_eq!(CLUSTER.slot(&Clear::new("foo").into()), None);
    }

    #[test]
    fn keys_of_an_atomic_batch_are_in_one_slot() {
        let mut batch = Batch::pipelined();
        batch.push(Set::new("a", "v"));
        batch.push(Set::new("b", "v"));
        assert_eq!(kind(CLUSTER, &Request::Batch(batch.clone())), None);
        batch.mode = Mode::Atomic;
        let error = CLUSTER.check(&Request::Batch(batch.clone())).unwrap_err();
        assert_eq!(
            (error.kind(), error.index(), error.command()),
            (ErrorKind::InvalidArgument, Some(1), Some("SET"))
        );
        assert!(error.to_string().contains("{user:17}:name"), "{error}");
        batch.commands.pop();
        batch.check(Check::exists("b"));
        assert_eq!(kind(CLUSTER, &Request::Batch(batch)), Some(ErrorKind::InvalidArgument));
        let mut batch = Batch::atomic();
        batch.push(Clear::new("a"));
        assert_eq!(kind(SINGLE, &Request::Batch(batch.clone())), None);
        assert_eq!(kind(CLUSTER, &Request::Batch(batch)), Some(ErrorKind::Unsupported));
    }

    #[test]
    fn versions_are_unsupported() {
        assert_eq!(kind(SINGLE, &one(GetVersioned::new("k"))), Some(ErrorKind::Unsupported));
        let mut batch = Batch::atomic();
        batch.check(Check::version_equals("k", Some(Version::new(1))));
        assert_eq!(kind(SINGLE, &Request::Batch(batch)), Some(ErrorKind::Unsupported));
    }

    #[test]
    fn cursors_of_other_stores_are_refused() {
        let cursor = Cursor::new(&b"12345"[..]);
        assert_eq!(kind(SINGLE, &one(Scan::new(cursor.clone()))), None);
        assert_eq!(kind(CLUSTER, &one(Scan::new(cursor.clone()))), Some(ErrorKind::InvalidArgument));
        assert_eq!(kind(CLUSTER, &one(SScan::new("s", cursor))), None);
        let text = Cursor::new(&b"user:17"[..]);
        assert_eq!(kind(SINGLE, &one(Scan::new(text))), Some(ErrorKind::InvalidArgument));
    }
}
