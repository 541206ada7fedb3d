//! How many repetitions there may be.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::config::Budget;

/// What a token is counted in.
const TOKEN: u64 = 1000;

/// A bucket of tokens that failures empty and successes fill.
#[derive(Debug)]
pub(crate) struct Bucket {
    left: AtomicU64,
    most: u64,
    earned: u64,
}

impl Bucket {
    pub(crate) fn new(budget: &Budget) -> Bucket {
        let most = u64::from(budget.tokens) * TOKEN;
        Bucket { left: AtomicU64::new(most), most, earned: u64::from(budget.earned) }
    }

    /// A call was answered.
    #[inline]
    pub(crate) fn succeeded(&self) {
        // Most of the time it is full: then nothing is written, and processors do not pass the line around.
        if self.left.load(Ordering::Relaxed) < self.most {
            self.change(|left| (left + self.earned).min(self.most));
        }
    }

    /// An attempt failed in a way that may be repeated: whether the budget allows it.
    pub(crate) fn failed(&self) -> bool {
        self.change(|left| left.saturating_sub(TOKEN)) > self.most / 2
    }

    /// Gives what is left.
    fn change(&self, change: impl Fn(u64) -> u64) -> u64 {
        let update = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(change(left)));
        change(update.unwrap_or_else(|left| left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_tokens_can_be_spent_and_are_earned_again() {
        let bucket = Bucket::new(&Budget { tokens: 10, earned: 500 });
        let allowed = (0..20).filter(|_| bucket.failed()).count();
        assert_eq!(allowed, 4);
        // It is empty now: ten tokens less half of them are twelve successes and one more to be above.
        (0..12).for_each(|_| bucket.succeeded());
        assert!(!bucket.failed());
        (0..4).for_each(|_| bucket.succeeded());
        assert!(bucket.failed());
        (0..1000).for_each(|_| bucket.succeeded());
        assert_eq!((0..20).filter(|_| bucket.failed()).count(), 4);
    }
}
