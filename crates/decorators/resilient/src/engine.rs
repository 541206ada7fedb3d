//! What every attempt passes.

use std::sync::Arc;
use std::time::Duration;

use credenza_core::{Context, Effect, Error, ErrorKind, Result, Retry};
use tokio::sync::SemaphorePermit;
use tokio::time::Instant;

use crate::breaker::{Breaker, BreakerState, Pass};
use crate::budget::Bucket;
use crate::config::ResilientConfig;
use crate::gate::Gate;
use crate::share::Sharing;
use crate::stats::{Counters, ResilientStats};

/// A store that looks at the deadline of an attempt has so much longer to say what became of it: it knows better
/// than whoever cuts it off.
const GRACE: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) config: ResilientConfig,
    pub(crate) counters: Counters,
    bucket: Option<Bucket>,
    breaker: Option<Arc<Breaker>>,
    _sharing: Option<Sharing>,
    gate: Option<Gate>,
}

/// What a call may do when an attempt fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It changes nothing: it may be repeated, and two may be under way.
    Read,
    /// A write that may be repeated, whatever became of the attempt.
    Repeatable,
    /// A write that may be repeated only if it was not applied.
    Once,
}

/// Leave for one attempt.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    engine: &'a Engine,
    pub(crate) cx: Context,
    /// When it is cut off.
    ends: Option<Instant>,
    /// Whether it has the whole time of an attempt. One that the caller gave less says nothing of the store.
    whole: bool,
    pass: Option<Pass<'a>>,
    _turn: Option<SemaphorePermit<'a>>,
}

impl Engine {
    pub(crate) fn new(config: ResilientConfig) -> Result<Engine> {
        config.check()?;
        let breaker = config.breaker.map(|config| Arc::new(Breaker::new(config)));
        let sharing = match (&breaker, &config.share) {
            (Some(breaker), Some(share)) => Some(Sharing::start(breaker.clone(), share.clone())?),
            _ => None,
        };
        Ok(Engine {
            counters: Counters::default(),
            bucket: config.budget.as_ref().map(Bucket::new),
            breaker,
            _sharing: sharing,
            gate: config.concurrency.map(Gate::new),
            config,
        })
    }

    pub(crate) fn stats(&self) -> ResilientStats {
        let state = self.breaker.as_ref().map_or(BreakerState::Closed, |one| one.state(Instant::now()));
        self.counters.stats(state)
    }

    /// When a call that begins now ends.
    #[inline]
    pub(crate) fn ends(&self, cx: &Context, now: Instant) -> Option<Instant> {
        let own = self.config.deadline.and_then(|time| now.checked_add(time));
        earlier(own, cx.deadline().map(Instant::from_std))
    }

    /// Leave for an attempt, if nobody has to be waited for.
    #[inline]
    pub(crate) fn try_begin(
        &self,
        cx: &Context,
        number: u32,
        now: Instant,
        call: Option<Instant>,
    ) -> Result<Option<Attempt<'_>>> {
        let time = self.config.attempt;
        let turn = match &self.gate {
            None => None,
            Some(gate) => match gate.try_enter() {
                None => return Ok(None),
                turn => turn,
            },
        };
        self.attempt(cx, number, now, (call, time), turn).map(Some)
    }

    /// Leave for an attempt of at most this time, when it is its turn.
    pub(crate) async fn begin(
        &self,
        cx: &Context,
        number: u32,
        call: Option<Instant>,
        time: Option<Duration>,
    ) -> Result<Attempt<'_>> {
        let turn = match &self.gate {
            None => None,
            Some(gate) => {
                let late = "the deadline passed while the call waited for its turn";
                let entered = before(call, gate.enter()).await;
                let entered = entered.unwrap_or_else(|| Err(Error::new(ErrorKind::Timeout, late)));
                // Whoever is turned away and comes back at once only makes the crowd larger.
                Some(entered.map_err(|error| {
                    self.counters.turned_away.add();
                    error.with_retry(Retry::Exhausted)
                })?)
            }
        };
        self.attempt(cx, number, Instant::now(), (call, time), turn)
    }

    #[inline]
    fn attempt<'a>(
        &'a self,
        cx: &Context,
        number: u32,
        now: Instant,
        (call, time): (Option<Instant>, Option<Duration>),
        turn: Option<SemaphorePermit<'a>>,
    ) -> Result<Attempt<'a>> {
        if call.is_some_and(|call| call <= now) {
            return Err(Error::new(ErrorKind::Timeout, "the deadline passed before the attempt began"));
        }
        let pass = match &self.breaker {
            None => None,
            Some(breaker) => match breaker.pass(now) {
                None => return Err(self.left_alone()),
                pass => pass,
            },
        };
        let own = time.and_then(|time| now.checked_add(time));
        let ends = earlier(own, call);
        let mut cx = cx.clone();
        if let Some(ends) = ends {
            cx = cx.with_deadline(ends.into_std());
        }
        if number > 0 {
            cx = cx.with_attempt(number);
        }
        let whole = ends == own;
        Ok(Attempt {
            engine: self,
            cx,
            ends: ends.and_then(|ends| ends.checked_add(GRACE)),
            whole,
            pass,
            _turn: turn,
        })
    }

    #[cold]
    fn left_alone(&self) -> Error {
        self.counters.left_alone.add();
        let message = "the store is left alone for a while: too many attempts failed";
        Error::new(ErrorKind::Unavailable, message).with_retry(Retry::Exhausted)
    }

    /// How long to wait before an attempt is repeated; the error to give up with if it is not.
    pub(crate) fn again(
        &self,
        kind: Kind,
        error: Error,
        number: u32,
        call: Option<Instant>,
    ) -> Result<Duration> {
        if error.retry() != Retry::Temporary {
            return Err(error);
        }
        let allowed = self.bucket.as_ref().is_none_or(Bucket::failed);
        if kind == Kind::Once && error.effect() == Effect::MaybeApplied {
            return Err(error);
        }
        if number >= self.config.retries {
            return Err(error.with_retry(Retry::Exhausted));
        }
        if !allowed {
            self.counters.over_budget.add();
            return Err(error.with_retry(Retry::Exhausted));
        }
        let wait = self.config.backoff.draw(number, &*self.config.random);
        if call.is_some_and(|call| Instant::now() + wait >= call) {
            // It would wake up when it is too late.
            return Err(error.with_retry(Retry::Exhausted));
        }
        self.counters.retries.add();
        Ok(wait)
    }
}

impl Attempt<'_> {
    /// Waits for the answer until the attempt is over.
    pub(crate) async fn answer<T>(&self, kind: Kind, answer: impl Future<Output = Result<T>>) -> Result<T> {
        before(self.ends, answer).await.unwrap_or_else(|| {
            self.engine.counters.cut_off.add();
            let error = Error::new(ErrorKind::Timeout, "the store did not answer in the time of the attempt");
            Err(if kind == Kind::Read { error } else { error.with_effect(Effect::MaybeApplied) })
        })
    }

    /// What became of it.
    #[inline]
    pub(crate) fn done<T>(self, answer: &Result<T>) {
        let healthy = match answer {
            Ok(_) => true,
            Err(error) => !matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout),
        };
        if healthy {
            if let Some(bucket) = &self.engine.bucket {
                bucket.succeeded();
            }
            if let Some(pass) = self.pass {
                pass.answered(Instant::now);
            }
        } else {
            self.failed(answer.as_ref().err());
        }
    }

    #[cold]
    fn failed(self, error: Option<&Error>) {
        let late = error.is_some_and(|error| error.kind() == ErrorKind::Timeout);
        if let Some(pass) = self.pass
            && (self.whole || !late)
        {
            pass.failed(Instant::now());
        }
    }
}

/// The output, unless the time comes first.
pub(crate) async fn before<T>(end: Option<Instant>, future: impl Future<Output = T>) -> Option<T> {
    match end {
        None => Some(future.await),
        Some(end) => tokio::time::timeout_at(end, future).await.ok(),
    }
}

#[inline]
fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
