//! When a store is left alone.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use credenza_core::{Error, Result};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

/// When a store is left alone, and for how long (Nygard, *Release It!*: "circuit breaker").
///
/// It counts what says something of the store's health: answers, and attempts that could not reach it or were not
/// answered in their time. Errors that the caller made, conflicts and checks that failed are answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakerConfig {
    /// The time over which attempts are counted: 10 s.
    pub window: Duration,
    /// It stays closed with fewer attempts than these in the window: 20.
    pub least: u32,
    /// It opens when so large a part of the attempts failed: 0.5.
    pub failed: f64,
    /// How long it is open before a probe is let through: 1 s; twice as long each time that the probe fails.
    pub open: Duration,
    /// How long it is open at most: 30 s.
    pub open_most: Duration,
}

impl Default for BreakerConfig {
    fn default() -> BreakerConfig {
        BreakerConfig {
            window: Duration::from_secs(10),
            least: 20,
            failed: 0.5,
            open: Duration::from_secs(1),
            open_most: Duration::from_secs(30),
        }
    }
}

impl BreakerConfig {
    pub(crate) fn check(&self) -> Result<()> {
        if self.window.is_zero() || self.open.is_zero() || self.open > self.open_most || self.least == 0 {
            return Err(Error::invalid("a breaker wants a window, attempts to count and a time to be open"));
        }
        if !(self.failed > 0.0 && self.failed <= 1.0) {
            return Err(Error::invalid("the part of failed attempts is above 0 and at most 1"));
        }
        Ok(())
    }
}

/// What a breaker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BreakerState {
    /// Everything passes.
    Closed,
    /// Nothing passes.
    Open,
    /// One attempt is under way to see whether the store has recovered; nothing else passes.
    HalfOpen,
}

/// Closed while `open` is 0. Then nothing but that one number is looked at, and answers are counted in one other.
#[derive(Debug)]
pub(crate) struct Breaker {
    config: BreakerConfig,
    /// What the number of the opening is, odd while it is not closed.
    era: AtomicU64,
    answered: AtomicU32,
    state: Mutex<State>,
    /// Whenever it opened, opened for longer or closed by what it saw itself.
    pub(crate) turned: Notify,
}

#[derive(Debug)]
struct State {
    /// Of the current half of the window, and of the one before.
    failed: [u32; 2],
    answered_before: u32,
    half_began: Option<Instant>,
    opening: Option<Opening>,
}

#[derive(Debug)]
struct Opening {
    until: Instant,
    /// How long it is open this time.
    time: Duration,
    probing: bool,
}

/// Leave to try. What became of it is said once; dropped without, it says nothing of the store.
#[derive(Debug)]
pub(crate) struct Pass<'a> {
    breaker: &'a Breaker,
    era: u64,
    probe: bool,
    told: bool,
}

impl Breaker {
    pub(crate) fn new(config: BreakerConfig) -> Breaker {
        let state = State { failed: [0; 2], answered_before: 0, half_began: None, opening: None };
        Breaker {
            config,
            era: AtomicU64::new(0),
            answered: AtomicU32::new(0),
            state: Mutex::new(state),
            turned: Notify::new(),
        }
    }

    /// Leave to try, unless the store is to be left alone.
    #[inline]
    pub(crate) fn pass(&self, now: Instant) -> Option<Pass<'_>> {
        let era = self.era.load(Ordering::Acquire);
        if era & 1 == 0 {
            return Some(Pass { breaker: self, era, probe: false, told: false });
        }
        self.probe(now)
    }

    #[cold]
    fn probe(&self, now: Instant) -> Option<Pass<'_>> {
        let mut state = self.state.lock();
        let era = self.era.load(Ordering::Acquire);
        let probe = match &mut state.opening {
            None => false,
            Some(opening) if opening.probing || now < opening.until => return None,
            Some(opening) => {
                opening.probing = true;
                true
            }
        };
        Some(Pass { breaker: self, era, probe, told: false })
    }

    pub(crate) fn state(&self, now: Instant) -> BreakerState {
        match &self.state.lock().opening {
            None => BreakerState::Closed,
            Some(opening) if opening.probing || now >= opening.until => BreakerState::HalfOpen,
            Some(_) => BreakerState::Open,
        }
    }

    #[cold]
    fn failed(&self, era: u64, now: Instant) {
        let mut state = self.state.lock();
        if self.era.load(Ordering::Acquire) != era {
            // It began before the breaker opened: of a store as it was.
            return;
        }
        self.turn(&mut state, now);
        state.failed[0] += 1;
        let failed = state.failed[0].saturating_add(state.failed[1]);
        let answered = self.answered.load(Ordering::Relaxed).saturating_add(state.answered_before);
        let all = failed.saturating_add(answered);
        if all >= self.config.least && f64::from(failed) >= f64::from(all) * self.config.failed {
            let time = self.config.open;
            state.opening = Some(Opening { until: now + time, time, probing: false });
            self.era.store(era + 1, Ordering::Release);
            self.turned.notify_one();
        }
    }

    /// For how long it is still open.
    pub(crate) fn left(&self, now: Instant) -> Option<Duration> {
        self.state.lock().opening.as_ref().map(|opening| opening.until.saturating_duration_since(now))
    }

    /// Opens it, because somebody else saw that it should be.
    pub(crate) fn open_for(&self, time: Duration, now: Instant) {
        let mut state = self.state.lock();
        if state.opening.is_none() {
            let until = now + time.min(self.config.open_most);
            state.opening = Some(Opening { until, time: self.config.open, probing: false });
            self.era.fetch_add(1, Ordering::Release);
        }
    }

    /// Lets a probe through from now on, because that of somebody else was answered.
    pub(crate) fn probe_from(&self, now: Instant) {
        if let Some(opening) = &mut self.state.lock().opening {
            opening.until = opening.until.min(now);
        }
    }

    /// Forgets what is older than the window, half a window at a time.
    fn turn(&self, state: &mut State, now: Instant) {
        let half = self.config.window / 2;
        let passed = now.saturating_duration_since(*state.half_began.get_or_insert(now));
        if passed < half {
            return;
        }
        let answered = self.answered.swap(0, Ordering::Relaxed);
        let recent = passed < half * 2;
        state.failed = [0, if recent { state.failed[0] } else { 0 }];
        state.answered_before = if recent { answered } else { 0 };
        state.half_began = Some(now);
    }

    #[cold]
    fn probed(&self, answered: bool, now: Instant) {
        let mut state = self.state.lock();
        let Some(opening) = &mut state.opening else { return };
        if answered {
            *state = State { failed: [0; 2], answered_before: 0, half_began: None, opening: None };
            self.answered.store(0, Ordering::Relaxed);
            self.era.fetch_add(1, Ordering::Release);
        } else {
            opening.time = opening.time.saturating_mul(2).min(self.config.open_most);
            opening.until = now + opening.time;
            opening.probing = false;
        }
        self.turned.notify_one();
    }
}

impl Pass<'_> {
    /// The store answered.
    #[inline]
    pub(crate) fn answered(mut self, now: impl FnOnce() -> Instant) {
        self.told = true;
        if self.probe {
            self.breaker.probed(true, now());
        } else {
            self.breaker.answered.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The store could not be reached, or did not answer in its time.
    pub(crate) fn failed(mut self, now: Instant) {
        self.told = true;
        if self.probe { self.breaker.probed(false, now) } else { self.breaker.failed(self.era, now) }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.probe && !self.told {
            // Whoever probed has left: the next one does.
            if let Some(opening) = &mut self.breaker.state.lock().opening {
                opening.probing = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> (Breaker, Instant) {
        let config = BreakerConfig { least: 4, ..BreakerConfig::default() };
        (Breaker::new(config), Instant::now())
    }

    fn fail(breaker: &Breaker, now: Instant, times: usize) {
        for _ in 0..times {
            breaker.pass(now).expect("it is closed").failed(now);
        }
    }

    fn answer(breaker: &Breaker, now: Instant, times: usize) {
        for _ in 0..times {
            breaker.pass(now).expect("it is closed").answered(|| now);
        }
    }

    #[test]
    fn it_opens_at_the_part_and_not_before_the_least() {
        let (breaker, now) = breaker();
        fail(&breaker, now, 3);
        assert_eq!(breaker.state(now), BreakerState::Closed);
        fail(&breaker, now, 1);
        assert_eq!(breaker.state(now), BreakerState::Open);
        assert!(breaker.pass(now).is_none());
    }

    #[test]
    fn answers_keep_it_closed() {
        let (breaker, now) = breaker();
        answer(&breaker, now, 10);
        fail(&breaker, now, 9);
        assert_eq!(breaker.state(now), BreakerState::Closed);
        fail(&breaker, now, 1);
        assert_eq!(breaker.state(now), BreakerState::Open);
    }

    #[test]
    fn what_is_older_than_the_window_is_forgotten() {
        let (breaker, mut now) = breaker();
        for _ in 0..10 {
            fail(&breaker, now, 1);
            now += Duration::from_secs(5);
        }
        assert_eq!(breaker.state(now), BreakerState::Closed, "two in any ten seconds");
        fail(&breaker, now, 2);
        assert_eq!(breaker.state(now), BreakerState::Closed);
        fail(&breaker, now + Duration::from_secs(1), 1);
        assert_eq!(breaker.state(now), BreakerState::Open, "four in ten seconds");
    }

    #[test]
    fn one_probe_closes_it_or_opens_it_for_longer() {
        let (breaker, now) = breaker();
        fail(&breaker, now, 4);
        let mut now = now + Duration::from_secs(1);
        for seconds in [2, 4, 8, 16, 30, 30] {
            assert_eq!(breaker.state(now), BreakerState::HalfOpen);
            let probe = breaker.pass(now).expect("a probe");
            assert!(breaker.pass(now).is_none(), "one at a time");
            probe.failed(now);
            now += Duration::from_secs(seconds) - Duration::from_millis(1);
            assert!(breaker.pass(now).is_none());
            now += Duration::from_millis(1);
        }
        breaker.pass(now).expect("a probe").answered(|| now);
        assert_eq!(breaker.state(now), BreakerState::Closed);
        fail(&breaker, now, 3);
        assert_eq!(breaker.state(now), BreakerState::Closed, "it begins anew");
    }

    #[test]
    fn a_probe_that_is_dropped_gives_its_place_to_another() {
        let (breaker, now) = breaker();
        fail(&breaker, now, 4);
        let now = now + Duration::from_secs(1);
        drop(breaker.pass(now).expect("a probe"));
        assert!(breaker.pass(now).is_some());
    }

    #[test]
    fn what_began_before_it_opened_says_nothing_of_the_store_as_it_is() {
        let (breaker, now) = breaker();
        let late: Vec<_> = (0..4).map(|_| breaker.pass(now).expect("it is closed")).collect();
        fail(&breaker, now, 4);
        let now = now + Duration::from_secs(1);
        breaker.pass(now).expect("a probe").answered(|| now);
        late.into_iter().for_each(|pass| pass.failed(now));
        assert_eq!(breaker.state(now), BreakerState::Closed);
    }
}
