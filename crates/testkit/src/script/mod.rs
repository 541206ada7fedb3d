//! Transcripts as text: commands, and what must come back.
//!
//! A script has a step a line:
//!
//! ```text
//! SET k v EX 10 => OK             bytes or a status; in quotes, with \" \\ \n \r \t \x00, always bytes
//! LRANGE l 0 -1 => [a, "b c"]     in order
//! SMEMBERS s => {a, b}            in any order
//! HGETALL h => {f: v, g: w}       pairs in any order
//! INCR n => 5                     an integer
//! ZSCORE z m => 1.5               bytes that read as this number
//! PTTL k => 1..1500               an integer in this range
//! PTTL k => ~1500                 this time; a little less where time passes by itself
//! SPOP s => one of {a, b}         one of these
//! SRANDMEMBER s 2 => 2 of {a, b}  so many of these, all different; with `from`, some maybe twice
//! GET missing => nil
//! INCR k => !NotAnInteger         an error of this kind; with `at 1`, of this command of a batch
//! GET k => _                      anything but an error
//! SADD s a b c                    the same
//! VERSIONOF k => $old             remembers it as `$old`; if that is known, it must be the same
//! VERSIONOF k => $new > $old      the same, and greater than another
//! EXPIREAT k $sec+10              the value of a variable: `$now` is the time in milliseconds, `$sec` in seconds
//! SET k "a"*1000                  repeated
//! advance 1500ms                  lets time pass
//! scan SCAN MATCH k*              scans to the end, without the cursor: all that was found, each once
//! ATOMIC { CHECK absent k ; SET k v ; GET k } => [OK, v] @ $stamp       with the version of the batch
//! ATOMIC { CHECK value k a ; SET k v } => !CheckFailed at 0 found value b
//! PIPELINE { SET k v ; INCR k } => [OK, !NotAnInteger]
//! # a comment
//! ```
//!
//! The checks are `absent k`, `exists k`, `value k v`, `version k $v`, `field k f v`, `field_absent k f`,
//! `field_exists k f`, `member k m`, `member_absent k m`, `score k m 1.5` and `length k 3`; what they find is `absent`,
//! `present`, `value v`, `version $v`, `score 1.5` or `length 3`.
//!
//! Around each step that only reads, or that must fail, the state of all keys that the script names is compared: a
//! read and a failure change nothing, not even a version.

mod answer;
mod pattern;
mod play;
mod reader;
mod state;
mod step;

#[cfg(test)]
mod tests;

use std::fmt;

use credenza_core::{CommandId, CommandSet};

pub use answer::{Answer, Refusal};
pub use play::Target;

pub(crate) use answer::{quoted, word};
pub(crate) use pattern::{Known, Pattern};
pub(crate) use reader::{Reader, Word};
pub(crate) use state::{canonical, state, state_by};

use step::{Action, Step};

/// A transcript; see the [module](self) for how it is written.
#[derive(Debug)]
pub struct Script {
    steps: Vec<Step>,
}

/// What a store must be able to do to be tested by something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// The commands.
    pub commands: CommandSet,
    /// Atomic batches.
    pub atomic_batches: bool,
    /// Versions of keys.
    pub versions: bool,
    /// Publish/subscribe.
    pub pubsub: bool,
}

impl Needs {
    /// Nothing.
    pub const NOTHING: Needs =
        Needs { commands: CommandSet::EMPTY, atomic_batches: false, versions: false, pubsub: false };
}

/// A step that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The step.
    pub step: String,
    /// What should have happened.
    pub expected: String,
    /// What happened.
    pub got: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n    expected {}\n    got      {}", self.step, self.expected, self.got)
    }
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// The line that is not understood, and why.
    pub fn parse(text: &str) -> Result<Script, String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let steps = lines.map(|line| Step::read(line).map_err(|why| format!("{line}: {why}")));
        Ok(Script { steps: steps.collect::<Result<_, _>>()? })
    }

    /// What a store must be able to do to be tested with it.
    pub fn needs(&self) -> Needs {
        let known = Known::default();
        let mut needs = Needs::NOTHING;
        for step in &self.steps {
            for command in step.phrases().iter().filter_map(|phrase| phrase.command(&known)) {
                needs.commands = needs.commands.with(command.id());
                needs.versions |= matches!(command.id(), CommandId::VersionOf | CommandId::GetVersioned);
            }
            if let Action::Batch { mode, checks, .. } = &step.action {
                needs.atomic_batches |= *mode == credenza_core::Mode::Atomic;
                let about_version = |phrase: &step::Phrase| {
                    matches!(phrase.check(&known), Ok(credenza_core::Check::VersionEquals { .. }))
                };
                needs.versions |= step.stamp.is_some() || checks.iter().any(about_version);
            }
        }
        needs
    }
}
