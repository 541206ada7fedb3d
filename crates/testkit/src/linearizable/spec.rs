//! What keys do when operations run one after the other.

use crate::history::Specification;

/// An operation on keys, which are numbers here.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are what their names say")]
pub enum Op {
    /// `GET`.
    Get { key: usize },
    /// `GETVERSIONED`.
    Read { key: usize },
    /// `SET`.
    Set { key: usize, value: i64 },
    /// `INCRBY`.
    Add { key: usize, by: i64 },
    /// `SETIFEQUAL`.
    Swap { key: usize, old: i64, new: i64 },
    /// `GETDEL`.
    Take { key: usize },
    /// `GETVERSIONED` of every key, in one atomic batch.
    ReadAll,
    /// An atomic batch: these keys have these versions, or do not exist; then these values are set.
    Batch { checks: Vec<(usize, Option<u64>)>, writes: Vec<(usize, i64)> },
}

impl Op {
    /// The key of an operation on one key.
    pub(super) fn key(&self) -> usize {
        match self {
            Op::Get { key }
            | Op::Read { key }
            | Op::Set { key, .. }
            | Op::Add { key, .. }
            | Op::Swap { key, .. }
            | Op::Take { key } => *key,
            Op::ReadAll | Op::Batch { .. } => 0,
        }
    }
}

/// What an operation answered.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are what their names say")]
pub enum Answer {
    /// It was done.
    Done,
    /// A value, if there was one.
    Value(Option<i64>),
    /// A sum.
    Sum(i64),
    /// Whether it was done.
    Yes(bool),
    /// Values with their versions.
    Versioned(Vec<Option<(i64, u64)>>),
    /// The batch was applied, with this version.
    Applied(u64),
    /// This check did not hold: the key had this version, or did not exist.
    Refused { check: usize, found: Option<u64> },
}

/// A few keys that hold numbers, and their versions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Registers {
    pub(super) keys: usize,
}

/// What stands at a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Cell {
    value: Option<i64>,
    /// The version, once an answer has told it.
    version: Option<u64>,
    /// The greatest version that the key ever had, as far as is known: the next is greater.
    floor: u64,
}

impl Cell {
    fn write(&mut self, value: Option<i64>, version: Option<u64>) {
        self.value = value;
        self.version = version;
        self.floor = self.floor.max(version.unwrap_or(0));
    }

    /// Whether the version can be this one; if so it is, from now on.
    fn reveal(&mut self, version: u64) -> bool {
        match self.version {
            Some(known) => known == version,
            None => {
                let possible = version > self.floor;
                self.write(self.value, Some(version));
                possible
            }
        }
    }

    /// Whether a read can have answered this.
    fn shows(&mut self, seen: Option<(i64, u64)>) -> bool {
        match seen {
            None => self.value.is_none(),
            Some((value, version)) => self.value == Some(value) && self.reveal(version),
        }
    }
}

type State = Vec<Cell>;

impl Specification for Registers {
    type State = State;
    type Op = Op;
    type Ret = Answer;

    fn initial(&self) -> State {
        vec![Cell::default(); self.keys]
    }

    fn step(&self, state: &State, op: &Op, observed: Option<&Answer>) -> impl IntoIterator<Item = State> {
        let mut next = state.clone();
        match (op, observed) {
            (Op::Batch { checks, writes }, observed) => return batch(state, checks, writes, observed),
            (Op::Read { key }, Some(Answer::Versioned(seen))) => {
                let shows = match (next.get_mut(*key), &seen[..]) {
                    (Some(cell), [seen]) => cell.shows(*seen),
                    _ => false,
                };
                return shows.then_some(next).into_iter().collect();
            }
            (Op::ReadAll, Some(Answer::Versioned(seen))) => {
                let shows = seen.len() == next.len()
                    && next.iter_mut().zip(seen).all(|(cell, seen)| cell.shows(*seen));
                return shows.then_some(next).into_iter().collect();
            }
            (Op::Read { .. } | Op::ReadAll, None) => return vec![next],
            _ => {}
        }
        let Some(cell) = next.get_mut(op.key()) else { return Vec::new() };
        let answer = match op {
            Op::Get { .. } => Answer::Value(cell.value),
            Op::Set { value, .. } => {
                cell.write(Some(*value), None);
                Answer::Done
            }
            Op::Add { by, .. } => {
                let sum = cell.value.unwrap_or(0) + by;
                cell.write(Some(sum), None);
                Answer::Sum(sum)
            }
            Op::Swap { old, new, .. } => {
                let equal = cell.value == Some(*old);
                if equal {
                    cell.write(Some(*new), None);
                }
                Answer::Yes(equal)
            }
            Op::Take { .. } => {
                let value = cell.value;
                cell.write(None, None);
                Answer::Value(value)
            }
            // Read and ReadAll are done; an answer of another shape explains nothing.
            _ => return Vec::new(),
        };
        let fits = observed.is_none_or(|seen| *seen == answer);
        fits.then_some(next).into_iter().collect()
    }
}

/// All that can follow a batch. Where a version is not known yet, a check may hold or not.
fn batch(
    state: &State,
    checks: &[(usize, Option<u64>)],
    writes: &[(usize, i64)],
    observed: Option<&Answer>,
) -> Vec<State> {
    let holding = |checks: &[(usize, Option<u64>)]| {
        let mut next = state.clone();
        let hold = checks.iter().all(|(key, expected)| match (next.get_mut(*key), expected) {
            (Some(cell), None) => cell.value.is_none(),
            (Some(cell), Some(version)) => cell.value.is_some() && cell.reveal(*version),
            (None, _) => false,
        });
        hold.then_some(next)
    };
    let written = |mut next: State, version: Option<u64>| {
        for (key, value) in writes {
            let cell = next.get_mut(*key)?;
            if version.is_some_and(|version| version <= cell.floor) {
                return None;
            }
            cell.write(Some(*value), version);
        }
        Some(next)
    };
    match observed {
        Some(Answer::Applied(version)) => {
            holding(checks).and_then(|next| written(next, Some(*version))).into_iter().collect()
        }
        Some(Answer::Refused { check, found }) => {
            let (Some(before), Some((key, expected))) = (checks.get(..*check), checks.get(*check)) else {
                return Vec::new();
            };
            let Some(mut next) = holding(before) else { return Vec::new() };
            let Some(cell) = next.get_mut(*key) else { return Vec::new() };
            let fits = match (found, expected) {
                (None, Some(_)) => cell.value.is_none(),
                (None, None) => cell.value.is_some(),
                (Some(version), Some(expected)) => {
                    version != expected && cell.value.is_some() && cell.reveal(*version)
                }
                (Some(_), None) => false,
            };
            fits.then_some(next).into_iter().collect()
        }
        // Nobody knows: it may have been applied, if its checks can have held.
        None => {
            let applied = holding(checks).and_then(|next| written(next, None));
            std::iter::once(state.clone()).chain(applied).collect()
        }
        Some(_) => Vec::new(),
    }
}
