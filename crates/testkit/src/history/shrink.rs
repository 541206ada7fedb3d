use super::search::{Found, Problem};
use super::{Limits, Outcome, Specification, Violation};

/// A trial may spend this share of the whole budget, so that one hard trial does not eat it.
const SHARE: u64 = 20;

impl<Op: Clone + PartialEq, Ret: Clone> Violation<Op, Ret> {
    /// Brings the violation down to the operations that matter.
    ///
    /// Simply deleting operations would invent violations: a read looks wrong once the write that it saw is
    /// gone. An operation is left out only if, were its answer unknown and its effect optional while it ran,
    /// the same answer as before would still be the first that no order explains. So the rest is a violation
    /// whatever the others did.
    ///
    /// The limits hold for all trials together; when they run out, the result is only less small.
    #[must_use]
    pub fn shrink<S: Specification<Op = Op, Ret = Ret>>(&self, spec: &S, limits: Limits) -> Self {
        let whole = self.whole();
        let answered = |index: &usize| matches!(whole.operations[*index].outcome, Outcome::Returned { .. });
        let mut freed = vec![false; whole.len()];
        let mut kept: Vec<usize> = (0..whole.len()).filter(answered).collect();
        let mut left = limits.steps;
        let mut stays = |freed: &[bool]| {
            let trial = Problem::new(whole, freed).search(spec, left.min(limits.steps / SHARE));
            left = left.saturating_sub(trial.steps);
            (left > 0)
                .then_some(matches!(trial.found, Found::Stuck(stuck) if stuck.deadline == self.deadline()))
        };

        // Freeing more makes everything easier to explain: what could not be freed once cannot be freed
        // later, and one pass at each size is enough.
        let mut size = kept.len();
        'trials: while size > 1 {
            size = size.div_ceil(2);
            let mut start = 0;
            while start < kept.len() {
                let end = kept.len().min(start + size);
                kept[start..end].iter().for_each(|index| freed[*index] = true);
                match stays(&freed) {
                    None => break 'trials,
                    Some(true) => drop(kept.drain(start..end)),
                    Some(false) => {
                        kept[start..end].iter().for_each(|index| freed[*index] = false);
                        start = end;
                    }
                }
            }
        }
        self.narrowed(kept.into_iter())
    }
}
