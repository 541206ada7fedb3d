//! What can be set.

use std::collections::BTreeMap;

use credenza_core::CommandId;
use credenza_core::command::Access;

/// What an operation does during an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnOutage {
    /// It fails.
    Fail,
    /// A read answers what an empty store would, and a write what it does when nothing was to be done. An operation that has
    /// no such answer fails: a counter cannot say what it counted to.
    Degrade,
}

/// How a store behaves while it is out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GracefulConfig {
    /// Reads: they degrade.
    pub reads: OnOutage,
    /// Writes: they degrade.
    pub writes: OnOutage,
    /// Commands with a rule of their own.
    commands: BTreeMap<CommandId, OnOutage>,
}

impl Default for GracefulConfig {
    fn default() -> GracefulConfig {
        GracefulConfig { reads: OnOutage::Degrade, writes: OnOutage::Degrade, commands: BTreeMap::new() }
    }
}

impl GracefulConfig {
    /// A rule for one command.
    pub fn set(&mut self, command: CommandId, rule: OnOutage) {
        self.commands.insert(command, rule);
    }

    pub(crate) fn rule(&self, command: CommandId) -> OnOutage {
        let of_access = || match command.info().access {
            Access::Read => self.reads,
            Access::Write => self.writes,
        };
        self.commands.get(&command).copied().unwrap_or_else(of_access)
    }
}
