use std::fmt::{self, Debug};
use std::hash::Hash;

use super::search::{Found, Problem};
use super::{History, Violation};

/// What an object does when its operations run one after the other.
///
/// One method tells all: which states may follow an operation that gave the observed answer. That covers
/// objects with a choice (pop any member: one state for each member that could be the answer) and ambiguous
/// operations (no answer was seen, so any will do). An object without a choice works out its one answer and
/// returns an `Option`: `observed.is_none_or(|seen| *seen == answer).then_some(next)`.
pub trait Specification {
    /// The object's state. Make cloning and hashing cheap: the checker does both often.
    type State: Clone + Eq + Hash + Debug;
    /// An operation with its arguments. Equal operations are interchangeable.
    type Op: Clone + PartialEq + Debug;
    /// An answer.
    type Ret: Clone + Debug;

    /// The state before the first operation.
    fn initial(&self) -> Self::State;

    /// The states that may follow when `op` runs in `state` and answers `observed`: none if it cannot answer
    /// that. Without an observed answer every answer is possible; an operation that changes nothing then
    /// returns `state`.
    fn step(
        &self,
        state: &Self::State,
        op: &Self::Op,
        observed: Option<&Self::Ret>,
    ) -> impl IntoIterator<Item = Self::State>;
}

/// How much a check may spend before it gives up.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Applications of the specification and comparisons of positions, for one history or one part of it.
    /// Time and memory grow with it: a step takes a few microseconds and keeps, at worst, a few hundred bytes
    /// and a state.
    pub steps: u64,
}

impl Default for Limits {
    /// A million steps.
    fn default() -> Self {
        Self { steps: 1_000_000 }
    }
}

/// What a check found.
#[derive(Clone, Debug)]
#[must_use]
pub enum Verdict<Op, Ret> {
    /// There is an order that explains every answer.
    Linearizable,
    /// There is none.
    Violation(Violation<Op, Ret>),
    /// The limits ran out first; the text says where.
    Unknown(String),
}

impl<Op, Ret> Verdict<Op, Ret> {
    /// Whether every answer was explained.
    pub fn is_linearizable(&self) -> bool {
        matches!(self, Self::Linearizable)
    }

    /// The violation, if there is one.
    pub fn violation(&self) -> Option<&Violation<Op, Ret>> {
        match self {
            Self::Violation(violation) => Some(violation),
            _ => None,
        }
    }
}

impl<Op: Debug, Ret: Debug> fmt::Display for Verdict<Op, Ret> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linearizable => f.write_str("linearizable"),
            Self::Violation(violation) => write!(f, "{violation}"),
            Self::Unknown(why) => write!(f, "undecided: {why}"),
        }
    }
}

/// Looks for an order of the whole history that explains every answer.
pub fn check<S: Specification>(
    spec: &S,
    history: &History<S::Op, S::Ret>,
    limits: Limits,
) -> Verdict<S::Op, S::Ret> {
    match Problem::new(history, &[]).search(spec, limits.steps).found {
        Found::Order => Verdict::Linearizable,
        Found::Stuck(stuck) => Verdict::Violation(Violation::new(history, stuck)),
        Found::GaveUp { placed, of } => Verdict::Unknown(format!(
            "{} steps were not enough; {placed} of {of} answered operations could be put in order",
            limits.steps
        )),
    }
}

/// Checks each key's part of the history on its own: right for objects that do not know of each other.
///
/// The specification describes one key's object, and the limits hold for each part. A violation anywhere
/// decides; then a part left undecided.
pub fn check_by<S: Specification, K: Clone + Eq + Hash + Debug>(
    spec: &S,
    history: &History<S::Op, S::Ret>,
    key: impl Fn(&S::Op) -> K,
    limits: Limits,
) -> Verdict<S::Op, S::Ret> {
    let mut whole = Verdict::Linearizable;
    for (key, part) in history.clone().split_by(key) {
        match check(spec, &part, limits) {
            Verdict::Linearizable => {}
            Verdict::Violation(violation) => {
                return Verdict::Violation(violation.with_part(Some(format!("{key:?}"))));
            }
            Verdict::Unknown(why) => whole = Verdict::Unknown(format!("key {key:?}: {why}")),
        }
    }
    whole
}
