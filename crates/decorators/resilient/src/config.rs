//! What can be set.

use std::sync::Arc;
use std::time::Duration;

use credenza_core::{Error, Random, Result, ThreadRandom};

use crate::breaker::BreakerConfig;
use crate::share::BreakerShare;

/// How a store that fails at times is treated.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ResilientConfig {
    /// How long a call may take, with all its attempts and the waits between them: 10 s. The caller's own deadline holds
    /// if it is earlier. `None`: only the caller's.
    pub deadline: Option<Duration>,
    /// How long an attempt may take: 3 s. `None`: as long as the call.
    pub attempt: Option<Duration>,
    /// How often a call is tried again at most: 3 times.
    pub retries: u32,
    /// How long it waits before it tries again.
    pub backoff: Backoff,
    /// How many of all calls may be repeated. `None`: each as often as `retries` says, also while the store is down and
    /// every repetition is one more burden.
    pub budget: Option<Budget>,
    /// When the store is left alone. `None`: never.
    pub breaker: Option<BreakerConfig>,
    /// Who else leaves the store alone when this breaker opens, and the other way round. `None`, the default: nobody.
    pub share: Option<BreakerShare>,
    /// How many calls may be under way. `None`: any number.
    pub concurrency: Option<Concurrency>,
    /// After how long a read that was not answered is sent once more, for the quicker of the two answers. `None`, the
    /// default: never. Choose a time that nine reads of ten keep, or the store has twice the work.
    pub hedge: Option<Duration>,
    /// Where the randomness of the waits comes from.
    pub random: Arc<dyn Random>,
}

impl Default for ResilientConfig {
    fn default() -> ResilientConfig {
        ResilientConfig {
            deadline: Some(Duration::from_secs(10)),
            attempt: Some(Duration::from_secs(3)),
            retries: 3,
            backoff: Backoff::default(),
            budget: Some(Budget::default()),
            breaker: Some(BreakerConfig::default()),
            share: None,
            concurrency: None,
            hedge: None,
            random: Arc::new(ThreadRandom),
        }
    }
}

/// How long to wait before an attempt is repeated: any time up to `first` before the first repetition, up to twice that
/// before the second, and so on up to `most`. The time is drawn anew each time, so that callers that failed together do
/// not come back together ("full jitter": Brooker, *Exponential Backoff And Jitter*, 2015).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// 50 ms.
    pub first: Duration,
    /// 2 s.
    pub most: Duration,
}

impl Default for Backoff {
    fn default() -> Backoff {
        Backoff { first: Duration::from_millis(50), most: Duration::from_secs(2) }
    }
}

/// How many repetitions all callers have together: a failed attempt costs a token, an answered call earns a part of one,
/// and nothing is repeated while less than half of the tokens are there (gRPC A6, "retry throttling").
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Tokens there are at most, and at first: 100.
    pub tokens: u32,
    /// Thousandths of a token that an answered call earns: 100, so that in the long run one call of ten is repeated.
    pub earned: u32,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget { tokens: 100, earned: 100 }
    }
}

/// How many calls may be under way at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concurrency {
    /// Attempts under way.
    pub running: usize,
    /// Callers that wait for their turn. One more is refused at once, as `Busy`.
    pub waiting: usize,
}

impl ResilientConfig {
    pub(crate) fn check(&self) -> Result<()> {
        let none = |time: Option<Duration>| time.is_some_and(|time| time.is_zero());
        if none(self.deadline) || none(self.attempt) {
            return Err(Error::invalid("a deadline of no time would be missed by every call"));
        }
        if self.retries > 0 && self.deadline.is_none() && self.attempt.is_none() {
            return Err(Error::invalid(
                "retries want a deadline: without one the first attempt may hang for ever",
            ));
        }
        if let (Some(call), Some(attempt)) = (self.deadline, self.attempt)
            && attempt > call
        {
            return Err(Error::invalid("an attempt cannot have more time than the call"));
        }
        if self.backoff.first > self.backoff.most {
            return Err(Error::invalid("the first wait cannot be longer than the longest"));
        }
        if self.budget.is_some_and(|budget| budget.tokens == 0) {
            return Err(Error::invalid(
                "a budget without tokens would never allow a retry: set `retries` to 0",
            ));
        }
        if self.concurrency.is_some_and(|concurrency| concurrency.running == 0) {
            return Err(Error::invalid("nothing could ever run"));
        }
        if self.share.as_ref().is_some_and(|share| self.breaker.is_none() || share.interval.is_zero()) {
            return Err(Error::invalid("who shares a breaker has one, and looks at it at an interval"));
        }
        match &self.breaker {
            Some(breaker) => breaker.check(),
            None => Ok(()),
        }
    }
}
