//! A store that fails on purpose.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use credenza_core::{
    Capabilities, Context, Effect, Error, ErrorKind, Execution, KvStore, Random, Request, SeededRandom,
    StoreInfo,
};

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// It fails as `Unavailable`, not applied, and is not passed on.
    Refuse,
    /// It is passed on; its answer is lost: it fails as `Unavailable`, maybe applied.
    LoseAnswer,
    /// It is passed on after that long.
    Delay(Duration),
    /// It is never passed on and never answered.
    Swallow,
    /// It is passed on; its answer never comes.
    Hang,
}

/// How often each fault is drawn, in parts of a thousand requests; the rest passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chances {
    /// [`Fault::Refuse`].
    pub refuse: u32,
    /// [`Fault::LoseAnswer`].
    pub lose_answer: u32,
    /// [`Fault::Delay`], of this length.
    pub delay: (u32, Duration),
    /// [`Fault::Swallow`].
    pub swallow: u32,
    /// [`Fault::Hang`].
    pub hang: u32,
}

impl Chances {
    /// Some of everything: of a thousand requests 20 are refused, 10 lose their answer, 50 are late by 100 µs, and two
    /// never come back.
    pub fn of_everything() -> Chances {
        Chances { refuse: 20, lose_answer: 10, delay: (50, Duration::from_micros(100)), swallow: 1, hang: 1 }
    }
}

/// How many requests met which fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fates {
    /// Passed without a fault.
    pub passed: u64,
    /// Met [`Fault::Refuse`].
    pub refused: u64,
    /// Met [`Fault::LoseAnswer`].
    pub lost_answers: u64,
    /// Met [`Fault::Delay`].
    pub delayed: u64,
    /// Met [`Fault::Swallow`].
    pub swallowed: u64,
    /// Met [`Fault::Hang`].
    pub hung: u64,
}

/// A store whose requests meet faults: by a script, one entry a request, or by chance, the same for the same seed.
///
/// ```
/// # use credenza_memory::{MemoryConfig, MemoryStore};
/// use credenza_core::{Effect, Kv, command::{Get, Set}};
/// use credenza_testkit::fault::{Fault, Faulty};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> credenza_core::Result<()> {
/// # let store = MemoryStore::open(MemoryConfig::default())?;
/// let kv = Kv::new(Faulty::scripted(store, [Some(Fault::LoseAnswer), None]));
/// let error = kv.run(Set::new("k", "v")).await.unwrap_err();
/// assert_eq!(error.effect(), Effect::MaybeApplied);
/// assert_eq!(kv.run(Get::new("k")).await?.as_deref(), Some(&b"v"[..])); // it was applied
/// # Ok(()) }
/// ```
pub struct Faulty<S> {
    inner: S,
    info: StoreInfo,
    plan: Plan,
    sleep: Sleep,
    fates: Mutex<Fates>,
}

enum Plan {
    Script(Mutex<VecDeque<Option<Fault>>>),
    Chance(SeededRandom, Chances),
}

type Sleep = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

impl<S: KvStore> Faulty<S> {
    /// The first request meets the first of `faults`, and so on; when they are used up, requests pass.
    pub fn scripted(inner: S, faults: impl IntoIterator<Item = Option<Fault>>) -> Faulty<S> {
        Faulty::new(inner, Plan::Script(Mutex::new(faults.into_iter().collect())))
    }

    /// Each request meets a fault by chance.
    pub fn seeded(inner: S, seed: u64, chances: Chances) -> Faulty<S> {
        Faulty::new(inner, Plan::Chance(SeededRandom::new(seed), chances))
    }

    fn new(inner: S, plan: Plan) -> Faulty<S> {
        let info = StoreInfo::decorator("faulty", inner.info());
        let sleep: Sleep = Arc::new(|time| Box::pin(tokio::time::sleep(time)));
        Faulty { inner, info, plan, sleep, fates: Mutex::default() }
    }

    /// The same with another way to wait than tokio's.
    #[must_use]
    pub fn with_sleep<F>(mut self, sleep: impl Fn(Duration) -> F + Send + Sync + 'static) -> Faulty<S>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.sleep = Arc::new(move |time| Box::pin(sleep(time)));
        self
    }

    /// The store below.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// How many requests met which fate so far.
    pub fn fates(&self) -> Fates {
        *self.fates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Draws the next fault, and counts it.
    fn next(&self) -> Option<Fault> {
        let fault = match &self.plan {
            Plan::Script(faults) => {
                faults.lock().unwrap_or_else(PoisonError::into_inner).pop_front().flatten()
            }
            Plan::Chance(random, chances) => chances.draw(random),
        };
        let mut fates = self.fates.lock().unwrap_or_else(PoisonError::into_inner);
        *match fault {
            None => &mut fates.passed,
            Some(Fault::Refuse) => &mut fates.refused,
            Some(Fault::LoseAnswer) => &mut fates.lost_answers,
            Some(Fault::Delay(_)) => &mut fates.delayed,
            Some(Fault::Swallow) => &mut fates.swallowed,
            Some(Fault::Hang) => &mut fates.hung,
        } += 1;
        fault
    }
}

impl Chances {
    fn draw(&self, random: &SeededRandom) -> Option<Fault> {
        let mut drawn = random.below(1000) as u32;
        let (delay, time) = self.delay;
        for (chance, fault) in [
            (self.refuse, Fault::Refuse),
            (self.lose_answer, Fault::LoseAnswer),
            (delay, Fault::Delay(time)),
            (self.swallow, Fault::Swallow),
            (self.hang, Fault::Hang),
        ] {
            if drawn < chance {
                return Some(fault);
            }
            drawn -= chance;
        }
        None
    }
}

fn unavailable(message: &'static str) -> Error {
    Error::new(ErrorKind::Unavailable, message).on("faulty")
}

impl<S: KvStore> KvStore for Faulty<S> {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        match self.next() {
            None => self.inner.execute(cx, request),
            Some(Fault::Refuse) => Execution::ready(Err(unavailable("the request was refused on purpose"))),
            Some(Fault::LoseAnswer) => self.inner.execute(cx, request).map(|_| {
                Err(unavailable("the answer was lost on purpose").with_effect(Effect::MaybeApplied))
            }),
            Some(Fault::Delay(time)) => {
                let cx = cx.clone();
                Execution::wait(async move {
                    (self.sleep)(time).await;
                    self.inner.execute(&cx, request).await
                })
            }
            Some(Fault::Swallow) => Execution::wait(std::future::pending()),
            Some(Fault::Hang) => {
                let answer = self.inner.execute(cx, request);
                Execution::wait(async move {
                    // What it answers is nobody's business any more.
                    drop(answer.await);
                    std::future::pending().await
                })
            }
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for Faulty<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").field("inner", &self.inner).finish_non_exhaustive()
    }
}
