//! The best of many.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// So many rows with the greatest scores; of equals, those with the lesser numbers.
#[derive(Clone, Debug)]
pub struct Best {
    limit: usize,
    heap: BinaryHeap<Scored>,
}

/// The greatest is the worst.
#[derive(Clone, Copy, Debug)]
struct Scored {
    score: f64,
    row: i64,
}

impl Best {
    /// None yet.
    pub fn new(limit: usize) -> Best {
        Best { limit, heap: BinaryHeap::new() }
    }

    /// Looks at a row.
    pub fn add(&mut self, row: i64, score: f64) {
        let scored = Scored { score, row };
        if self.heap.len() < self.limit {
            self.heap.push(scored);
        } else if let Some(mut worst) = self.heap.peek_mut()
            && scored < *worst
        {
            *worst = scored;
        }
    }

    /// The worst of them, if there are enough.
    pub fn least(&self) -> Option<f64> {
        self.heap.peek().filter(|_| self.heap.len() == self.limit).map(|worst| worst.score)
    }

    /// The rows, the best first.
    pub fn into_sorted(self) -> Vec<(i64, f64)> {
        self.heap.into_sorted_vec().into_iter().map(|scored| (scored.row, scored.score)).collect()
    }
}

impl Ord for Scored {
    fn cmp(&self, other: &Scored) -> Ordering {
        other.score.total_cmp(&self.score).then(self.row.cmp(&other.row))
    }
}

impl PartialOrd for Scored {
    fn partial_cmp(&self, other: &Scored) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Scored {
    fn eq(&self, other: &Scored) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Scored {}
