use std::fmt::{self, Debug};

use super::search::Stuck;
use super::{History, Operation, Outcome};

/// How many operations a report prints in each of its lists.
const PRINTED: usize = 20;

/// A history that no order explains, and how far the best order gets.
///
/// Printed, it shows the end of that order, the state it leads to, and the operations of which none can come
/// next; and, once it is [shrunk](Self::shrink), the few operations that it comes down to.
#[derive(Clone, Debug)]
pub struct Violation<Op, Ret> {
    part: Option<String>,
    /// What began before the deadline: only that can help or hinder.
    whole: History<Op, Ret>,
    /// How many operations began later.
    later: usize,
    /// Those of the whole that it comes down to.
    core: History<Op, Ret>,
    /// The longest order, and what could come next: places in the whole.
    prefix: Vec<usize>,
    next: Vec<usize>,
    state: String,
    /// No order explains all answers up to this tick.
    deadline: u64,
}

impl<Op: Clone, Ret: Clone> Violation<Op, Ret> {
    pub(super) fn new(history: &History<Op, Ret>, stuck: Stuck) -> Self {
        let before = history.operations.iter().take_while(|operation| operation.invoked < stuck.deadline);
        let whole = History { operations: before.cloned().collect() };
        Self {
            part: None,
            later: history.len() - whole.len(),
            core: whole.clone(),
            whole,
            prefix: stuck.prefix,
            next: stuck.next,
            state: stuck.state,
            deadline: stuck.deadline,
        }
    }

    /// The same violation, with fewer operations that it comes down to.
    pub(super) fn narrowed(&self, core: impl Iterator<Item = usize>) -> Self {
        let operations = core.filter_map(|index| self.whole.operations.get(index)).cloned().collect();
        Self { core: History { operations }, ..self.clone() }
    }
}

impl<Op, Ret> Violation<Op, Ret> {
    pub(super) fn with_part(self, part: Option<String>) -> Self {
        Self { part, ..self }
    }

    pub(super) fn whole(&self) -> &History<Op, Ret> {
        &self.whole
    }

    pub(super) fn deadline(&self) -> u64 {
        self.deadline
    }

    /// The key whose part of the history this is, as it prints; `None` if the history was checked whole.
    pub fn part(&self) -> Option<&str> {
        self.part.as_deref()
    }

    /// The operations that no order explains, whatever the others did: a violation on their own. Unless
    /// [shrunk](Self::shrink), these are all that began before the first answer that no order explains.
    pub fn history(&self) -> &History<Op, Ret> {
        &self.core
    }

    /// The longest order of all operations that explains their answers.
    pub fn prefix(&self) -> impl Iterator<Item = &Operation<Op, Ret>> {
        self.prefix.iter().filter_map(|index| self.whole.operations.get(*index))
    }

    /// The operations that could come next by time: none with an answer fits, and no ambiguous one helps.
    pub fn stuck(&self) -> impl Iterator<Item = &Operation<Op, Ret>> {
        self.next.iter().filter_map(|index| self.whole.operations.get(*index))
    }
}

impl<Op: Debug, Ret: Debug> fmt::Display for Violation<Op, Ret> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not linearizable")?;
        if let Some(part) = &self.part {
            write!(f, ", key {part}")?;
        }
        write!(f, ": no order of {} operations explains their answers", self.core.len())?;
        let others = self.whole.len() + self.later - self.core.len();
        if others > 0 {
            write!(f, ", whatever the {others} others did")?;
        }
        if self.core.len() < self.whole.len() {
            list(f, self.core.operations.iter())?;
        }
        write!(f, "\nthe longest order of all:")?;
        let hidden = self.prefix.len().saturating_sub(PRINTED);
        if hidden > 0 {
            write!(f, "\n  ({hidden} earlier)")?;
        }
        list(f, self.prefix().skip(hidden))?;
        write!(f, "\nthe state then: {}\nnone of these can come next:", self.state)?;
        list(f, self.stuck())
    }
}

/// Prints the first operations, a line each.
fn list<'h, Op: Debug + 'h, Ret: Debug + 'h>(
    f: &mut fmt::Formatter<'_>,
    mut operations: impl Iterator<Item = &'h Operation<Op, Ret>>,
) -> fmt::Result {
    for operation in operations.by_ref().take(PRINTED) {
        write!(f, "\n  {operation}")?;
    }
    match operations.count() {
        0 => Ok(()),
        hidden => write!(f, "\n  ({hidden} more)"),
    }
}

/// `p2 [7..9] Read -> 1`, with the process and the ticks of begin and end; `p2 [7..] Write(3) -> ?` if
/// ambiguous.
impl<Op: Debug, Ret: Debug> fmt::Display for Operation<Op, Ret> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { process, op, invoked, outcome } = self;
        match outcome {
            Outcome::Returned { at, ret } => write!(f, "p{process} [{invoked}..{at}] {op:?} -> {ret:?}"),
            Outcome::Ambiguous => write!(f, "p{process} [{invoked}..] {op:?} -> ?"),
        }
    }
}
