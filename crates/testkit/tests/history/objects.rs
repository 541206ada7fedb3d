//! Objects to check histories of.

use std::collections::{BTreeSet, VecDeque};

use credenza_testkit::history::Specification;

/// A register that holds a number, first 0.
#[derive(Debug)]
pub(crate) struct Register;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RegisterOp {
    Read,
    Write(u32),
    /// Writes the second if the first is there; answers what was there.
    Cas(u32, u32),
}

impl RegisterOp {
    pub(crate) fn run(self, state: u32) -> (u32, u32) {
        match self {
            Self::Read => (state, state),
            Self::Write(value) => (value, 0),
            Self::Cas(old, new) => (if state == old { new } else { state }, state),
        }
    }
}

impl Specification for Register {
    type State = u32;
    type Op = RegisterOp;
    type Ret = u32;

    fn initial(&self) -> u32 {
        0
    }

    fn step(&self, state: &u32, op: &RegisterOp, observed: Option<&u32>) -> impl IntoIterator<Item = u32> {
        let (next, answer) = op.run(*state);
        observed.is_none_or(|seen| *seen == answer).then_some(next)
    }
}

/// A counter: an operation adds and answers the sum; adding 0 reads.
#[derive(Debug)]
pub(crate) struct Counter;

impl Specification for Counter {
    type State = u32;
    type Op = u32;
    type Ret = u32;

    fn initial(&self) -> u32 {
        0
    }

    fn step(&self, state: &u32, add: &u32, observed: Option<&u32>) -> impl IntoIterator<Item = u32> {
        let sum = state + add;
        observed.is_none_or(|seen| *seen == sum).then_some(sum)
    }
}

/// A queue: first in, first out.
#[derive(Debug)]
pub(crate) struct Queue;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum QueueOp {
    Push(u32),
    Pop,
}

impl Specification for Queue {
    type State = VecDeque<u32>;
    type Op = QueueOp;
    type Ret = Option<u32>;

    fn initial(&self) -> VecDeque<u32> {
        VecDeque::new()
    }

    fn step(
        &self,
        state: &VecDeque<u32>,
        op: &QueueOp,
        observed: Option<&Option<u32>>,
    ) -> impl IntoIterator<Item = VecDeque<u32>> {
        let mut next = state.clone();
        let answer = match op {
            QueueOp::Push(value) => {
                next.push_back(*value);
                None
            }
            QueueOp::Pop => next.pop_front(),
        };
        observed.is_none_or(|seen| *seen == answer).then_some(next)
    }
}

/// A set that gives out any member it likes: an object with a choice.
#[derive(Debug)]
pub(crate) struct Bag;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum BagOp {
    Add(u32),
    TakeAny,
}

impl Specification for Bag {
    type State = BTreeSet<u32>;
    type Op = BagOp;
    type Ret = Option<u32>;

    fn initial(&self) -> BTreeSet<u32> {
        BTreeSet::new()
    }

    fn step(
        &self,
        state: &BTreeSet<u32>,
        op: &BagOp,
        observed: Option<&Option<u32>>,
    ) -> impl IntoIterator<Item = BTreeSet<u32>> {
        let with = |value: &u32| state | &BTreeSet::from([*value]);
        let without = |value: &u32| state - &BTreeSet::from([*value]);
        match (op, observed) {
            (BagOp::Add(value), _) => vec![with(value)],
            (BagOp::TakeAny, Some(Some(taken))) => {
                state.contains(taken).then(|| without(taken)).into_iter().collect()
            }
            (BagOp::TakeAny, _) if state.is_empty() => vec![BTreeSet::new()],
            (BagOp::TakeAny, Some(None)) => Vec::new(),
            (BagOp::TakeAny, None) => state.iter().map(without).collect(),
        }
    }
}
