//! One of the two that are compared.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use credenza_core::{Batch, Capabilities, Command, Key, ManualClock, Version};

use crate::Subject;
use crate::script::{Answer, state, state_by};
use crate::suite::Store;

/// A store, or something that answers like one.
#[derive(Debug)]
pub(crate) enum Side {
    Store(Subject),
    #[cfg_attr(not(feature = "servers"), allow(dead_code, reason = "the judges are servers"))]
    Judge(Box<dyn Judge>),
}

/// Something that answers to commands as a store should. It blocks, and its time passes by itself.
pub(crate) trait Judge: fmt::Debug + Send {
    fn name(&self) -> String;
    fn capabilities(&self) -> Capabilities;
    fn run(&self, command: &Command) -> Answer;
    /// A command in its own words: with a cursor that means something to nobody else.
    fn run_words(&self, command: &Command, words: &[Bytes]) -> Answer;
    fn batch(&self, batch: &Batch) -> Answer;
    /// Whether it answers to this command, asked now, what every store must: where the semantics leave something open
    /// they are not compared.
    fn is_certain_of(&self, command: &Command) -> bool;
}

impl Side {
    pub(super) fn name(&self) -> String {
        match self {
            Side::Store(subject) => subject.store().info().stack(),
            Side::Judge(judge) => judge.name(),
        }
    }

    pub(super) fn capabilities(&self) -> Capabilities {
        match self {
            Side::Store(subject) => subject.capabilities(),
            Side::Judge(judge) => judge.capabilities(),
        }
    }

    pub(super) fn clock(&self) -> Option<&Arc<ManualClock>> {
        match self {
            Side::Store(subject) => subject.clock(),
            Side::Judge(_) => None,
        }
    }

    pub(super) fn judge(&self) -> Option<&dyn Judge> {
        match self {
            Side::Store(_) => None,
            Side::Judge(judge) => Some(judge.as_ref()),
        }
    }

    pub(super) async fn run(&self, command: Command) -> Answer {
        match self {
            Side::Store(subject) => Store(subject).run(command).await,
            Side::Judge(judge) => judge.run(&command),
        }
    }

    /// A step of a scan: the words of the command, with the cursor that came back last.
    pub(super) async fn run_scan(&self, command: &Command, words: &[Bytes]) -> Answer {
        match self {
            Side::Store(subject) => match Command::parse(words) {
                Ok(step) => Store(subject).run(step).await,
                Err(error) => error.into(),
            },
            Side::Judge(judge) => judge.run_words(command, words),
        }
    }

    pub(super) async fn run_batch(&self, batch: Batch) -> (Answer, Option<Version>) {
        match self {
            Side::Store(subject) => Store(subject).run_batch(batch).await,
            Side::Judge(judge) => (judge.batch(&batch), None),
        }
    }

    /// Everything that can be read about these keys.
    pub(super) async fn state(&self, keys: &BTreeSet<Key>) -> Vec<(Command, Answer)> {
        match self {
            Side::Store(subject) => state(subject.store(), keys, false).await,
            Side::Judge(judge) => {
                let ask = async |command: Command| judge.run(&command);
                state_by(&judge.capabilities(), ask, keys, false).await
            }
        }
    }
}
