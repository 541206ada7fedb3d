//! The search for an order, after Wing and Gong, with Lowe's memory of what was already tried.
//!
//! A position is what has been placed so far and the state that gives. From a position, any operation may
//! come next that began before the first answer still to be explained. Operations with an answer are
//! *certain* and must all be placed; the others are *optional*.
//!
//! Three things keep it quick, none of which changes the verdict:
//! - A position is dropped if another has the same certain operations and state, and all the optional
//!   operations left that the former has: what can follow the former can follow the latter.
//! - Of equal optional operations that could come next, only the first is tried.
//! - Positions that are further along go first, with a malus for each optional operation used, so that those
//!   are tried near the place where the certain ones alone do not fit.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::rc::Rc;

use super::bits::Bits;
use super::{History, Outcome, Specification};

/// How many certain operations further a position must be to excuse one optional operation more.
const MALUS: i64 = 16;

/// A history as the search sees it.
pub(super) struct Problem<'h, Op, Ret> {
    /// Both in the order in which they began.
    certain: Vec<Item<'h, Op, Ret>>,
    optional: Vec<Item<'h, Op, Ret>>,
    /// For each optional operation, the last earlier one that is equal and expires no later.
    twins: Vec<Option<usize>>,
}

struct Item<'h, Op, Ret> {
    /// Where it stands in the history.
    index: usize,
    op: &'h Op,
    ret: Option<&'h Ret>,
    invoked: u64,
    /// When it answered; if it is optional, when it can no longer take effect.
    end: u64,
}

pub(super) struct Search {
    pub(super) found: Found,
    pub(super) steps: u64,
}

pub(super) enum Found {
    Order,
    Stuck(Stuck),
    GaveUp { placed: usize, of: usize },
}

/// The furthest that any order gets. Numbers are places in the history.
pub(super) struct Stuck {
    /// The order so far.
    pub(super) prefix: Vec<usize>,
    /// The state it leads to.
    pub(super) state: String,
    /// What could come next by time, but does not fit.
    pub(super) next: Vec<usize>,
    /// No order explains all answers up to this tick.
    pub(super) deadline: u64,
}

impl<'h, Op: PartialEq, Ret> Problem<'h, Op, Ret> {
    /// An operation whose place in `freed` is true counts as optional while it ran: it may have taken effect
    /// or not, whatever it answered.
    pub(super) fn new(history: &'h History<Op, Ret>, freed: &[bool]) -> Self {
        let (mut certain, mut optional) = (Vec::new(), Vec::new());
        for (index, operation) in history.operations.iter().enumerate() {
            let item = |ret, end| Item { index, op: &operation.op, ret, invoked: operation.invoked, end };
            match &operation.outcome {
                Outcome::Ambiguous => optional.push(item(None, u64::MAX)),
                Outcome::Returned { at, .. } if freed.get(index) == Some(&true) => {
                    optional.push(item(None, *at))
                }
                Outcome::Returned { at, ret } => certain.push(item(Some(ret), *at)),
            }
        }
        let twin = |(index, item): (usize, &Item<'h, Op, Ret>)| {
            optional[..index].iter().rposition(|earlier| earlier.end <= item.end && earlier.op == item.op)
        };
        let twins = optional.iter().enumerate().map(twin).collect();
        Self { certain, optional, twins }
    }

    /// Searches until an order is found, none is left, or `budget` steps are spent.
    pub(super) fn search<S>(&self, spec: &S, budget: u64) -> Search
    where
        S: Specification<Op = Op, Ret = Ret>,
    {
        let mut walk = Walk {
            spec,
            problem: self,
            nodes: Vec::new(),
            queue: BinaryHeap::new(),
            seen: HashMap::new(),
            steps: 0,
        };
        let found = walk.run(budget);
        Search { found, steps: walk.steps }
    }

    /// The tick of the first answer still to be explained, and the certain operations that could come next.
    fn next_certain(&self, placed: &Bits) -> (u64, Vec<usize>) {
        let (mut deadline, mut next) = (u64::MAX, Vec::new());
        for (index, item) in self.certain.iter().enumerate().skip(placed.first_gap()) {
            if item.invoked > deadline {
                break;
            }
            if !placed.contains(index) {
                deadline = deadline.min(item.end);
                next.push(index);
            }
        }
        (deadline, next)
    }

    /// The optional operations that could come next.
    fn next_optional(&self, gone: &Bits, deadline: u64) -> Vec<usize> {
        let open = |index: usize| !gone.contains(index);
        let began = self.optional.partition_point(|item| item.invoked < deadline);
        (gone.first_gap()..began)
            .filter(|&index| open(index) && !self.twins[index].is_some_and(open))
            .collect()
    }

    /// Adds the optional operations that ended before `latest` to those that are gone.
    fn expire(&self, gone: &mut Bits, latest: u64) {
        for (index, item) in self.optional.iter().enumerate().skip(gone.first_gap()) {
            if item.invoked >= latest {
                break;
            }
            if item.end < latest {
                gone.insert(index);
            }
        }
    }
}

#[derive(PartialEq, Eq, Hash)]
struct Position<State> {
    certain: Bits,
    state: State,
}

struct Node<State> {
    position: Rc<Position<State>>,
    /// The optional operations that are placed, or had ended when one that is placed began.
    gone: Bits,
    certain_count: usize,
    optional_count: usize,
    /// The position before, and the operation placed to come here.
    from: Option<(usize, usize)>,
}

/// A position to go on from, furthest first, then newest first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Task {
    progress: i64,
    node: usize,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Certain,
    Optional,
}

struct Walk<'p, 'h, S: Specification> {
    spec: &'p S,
    problem: &'p Problem<'h, S::Op, S::Ret>,
    nodes: Vec<Node<S::State>>,
    queue: BinaryHeap<Task>,
    /// For each position, the smallest sets of optional operations that were gone on reaching it.
    seen: HashMap<Rc<Position<S::State>>, Vec<Bits>>,
    steps: u64,
}

impl<S: Specification> Walk<'_, '_, S> {
    fn run(&mut self, budget: u64) -> Found {
        self.visit(Node {
            position: Rc::new(Position { certain: Bits::default(), state: self.spec.initial() }),
            gone: Bits::default(),
            certain_count: 0,
            optional_count: 0,
            from: None,
        });
        let mut furthest = (0, 0, Reverse(0), 0);
        while let Some(task) = self.queue.pop() {
            let node = &self.nodes[task.node];
            let (deadline, certain) = self.problem.next_certain(&node.position.certain);
            if certain.is_empty() {
                return Found::Order;
            }
            if self.steps > budget {
                return Found::GaveUp { placed: furthest.1, of: self.problem.certain.len() };
            }
            let next = match task.kind {
                Kind::Certain => {
                    let position = (deadline, node.certain_count, Reverse(node.optional_count), task.node);
                    furthest = furthest.max(position);
                    self.enqueue(task.node, Kind::Optional);
                    certain
                }
                Kind::Optional => self.problem.next_optional(&node.gone, deadline),
            };
            // Backwards, because the last to be visited is the first to be popped.
            for index in next.into_iter().rev() {
                self.place(task.node, task.kind, index);
            }
        }
        Found::Stuck(self.stuck(furthest.3))
    }

    /// Visits the positions that follow when one operation more is placed.
    fn place(&mut self, parent: usize, kind: Kind, index: usize) {
        self.steps += 1;
        let node = &self.nodes[parent];
        let from = Rc::clone(&node.position);
        let (certain, mut gone, item) = match kind {
            Kind::Certain => (from.certain.with(index), node.gone.clone(), &self.problem.certain[index]),
            Kind::Optional => (from.certain.clone(), node.gone.with(index), &self.problem.optional[index]),
        };
        self.problem.expire(&mut gone, item.invoked);
        let certain_count = node.certain_count + usize::from(kind == Kind::Certain);
        let optional_count = node.optional_count + usize::from(kind == Kind::Optional);
        for state in self.spec.step(&from.state, item.op, item.ret) {
            self.visit(Node {
                position: Rc::new(Position { certain: certain.clone(), state }),
                gone: gone.clone(),
                certain_count,
                optional_count,
                from: Some((parent, item.index)),
            });
        }
    }

    /// Keeps a position to go on from, unless another one is as good.
    fn visit(&mut self, node: Node<S::State>) {
        let sets = self.seen.entry(Rc::clone(&node.position)).or_default();
        self.steps += sets.len() as u64;
        if sets.iter().any(|fewer| fewer.is_subset(&node.gone)) {
            return;
        }
        sets.retain(|more| !node.gone.is_subset(more));
        sets.push(node.gone.clone());
        self.nodes.push(node);
        self.enqueue(self.nodes.len() - 1, Kind::Certain);
    }

    fn enqueue(&mut self, index: usize, kind: Kind) {
        let node = &self.nodes[index];
        let optional_count = node.optional_count + usize::from(kind == Kind::Optional);
        if optional_count <= self.problem.optional.len() {
            let progress = node.certain_count as i64 - MALUS * optional_count as i64;
            self.queue.push(Task { progress, node: index, kind });
        }
    }

    fn stuck(&self, index: usize) -> Stuck {
        let node = &self.nodes[index];
        let (deadline, certain) = self.problem.next_certain(&node.position.certain);
        let optional = self.problem.next_optional(&node.gone, deadline);
        let next = certain.into_iter().map(|index| self.problem.certain[index].index);
        let next = next.chain(optional.into_iter().map(|index| self.problem.optional[index].index)).collect();
        let mut prefix: Vec<_> = std::iter::successors(node.from, |(parent, _)| self.nodes[*parent].from)
            .map(|(_, placed)| placed)
            .collect();
        prefix.reverse();
        Stuck { prefix, state: format!("{:?}", node.position.state), next, deadline }
    }
}
