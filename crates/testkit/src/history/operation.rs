use std::collections::HashMap;
use std::hash::Hash;

/// One operation as its caller saw it.
#[derive(Clone, Debug)]
pub struct Operation<Op, Ret> {
    /// Who called, as given to [`Recorder::invoke`](super::Recorder::invoke). It only serves the reader of a
    /// report.
    pub process: u32,
    /// What was asked.
    pub op: Op,
    /// When it began, in ticks of the recorder's logical clock. No two events share a tick.
    pub invoked: u64,
    /// How it ended.
    pub outcome: Outcome<Ret>,
}

/// How an operation ended.
#[derive(Clone, Debug)]
pub enum Outcome<Ret> {
    /// It answered: it took effect once, between its begin and this end.
    Returned {
        /// When the answer came, in ticks of the recorder's clock.
        at: u64,
        /// The answer.
        ret: Ret,
    },
    /// Nobody knows: it took effect once at any time after its begin, also after every other operation, or
    /// never.
    Ambiguous,
}

/// Operations in the order in which they began. A [`Recorder`](super::Recorder) makes it.
#[derive(Clone, Debug)]
pub struct History<Op, Ret> {
    pub(super) operations: Vec<Operation<Op, Ret>>,
}

impl<Op, Ret> History<Op, Ret> {
    /// The operations in the order in which they began.
    pub fn operations(&self) -> &[Operation<Op, Ret>] {
        &self.operations
    }

    /// How many operations there are.
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether there is no operation.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// One history for each key, in the order in which the keys first appear.
    pub fn split_by<K: Clone + Eq + Hash>(self, key: impl Fn(&Op) -> K) -> Vec<(K, Self)> {
        let mut places = HashMap::new();
        let mut parts: Vec<(K, Self)> = Vec::new();
        for operation in self.operations {
            let key = key(&operation.op);
            let place = *places.entry(key.clone()).or_insert(parts.len());
            match parts.get_mut(place) {
                Some((_, part)) => part.operations.push(operation),
                None => parts.push((key, Self { operations: vec![operation] })),
            }
        }
        parts
    }
}
