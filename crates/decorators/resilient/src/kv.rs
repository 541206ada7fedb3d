//! [`Resilient`].

use std::pin::pin;

use credenza_core::command::{Access, Idempotency};
use credenza_core::{
    Capabilities, Command, Context, Error, Execution, KvStore, Request, Response, Result, Retry, StoreInfo,
};
use tokio::time::Instant;

use crate::attempts::Call;
use crate::config::ResilientConfig;
use crate::engine::{Attempt, Engine, Kind};
use crate::stats::ResilientStats;

/// A store that fails at times, made patient: see [`ResilientConfig`].
///
/// # What is repeated
/// An attempt that failed for a while ([`Retry::Temporary`]) is repeated if it was not applied, or if it does not matter
/// whether it was: reads, and single writes after which the store is the same whether they ran once or twice (`MSET`,
/// `DEL`, a `SET` without condition and without `GET`, …; the table of commands says which). A batch that writes and an
/// `INCR` of unknown effect are never repeated. A repeated `SET` takes effect when the last attempt does, and so may
/// replace what another caller wrote in between: what must not wants a condition or a check.
///
/// # Errors
/// - What cannot succeed is not repeated, and comes as the store said it.
/// - The last attempt's error, marked [`Retry::Exhausted`], when attempts, budget or time are used up. It says
///   `MaybeApplied` if any of the attempts may have been applied.
/// - `Timeout` when the store did not answer in the time of an attempt.
/// - `Unavailable`, [`Retry::Exhausted`], while the store is left alone; `Busy` when too many calls wait.
#[derive(Debug)]
pub struct Resilient<S> {
    inner: S,
    engine: Engine,
    info: StoreInfo,
}

impl<S: KvStore> Resilient<S> {
    /// `inner`, treated as `config` says.
    ///
    /// # Errors
    /// `InvalidArgument` for settings that contradict each other.
    pub fn new(inner: S, config: ResilientConfig) -> Result<Resilient<S>> {
        let info = StoreInfo::decorator("resilient", inner.info());
        Ok(Resilient { inner, engine: Engine::new(config)?, info })
    }

    /// The store below.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// What it did so far.
    pub fn stats(&self) -> ResilientStats {
        self.engine.stats()
    }

    /// From the second attempt on, or from the first if it has to wait for its turn.
    async fn attempts(&self, call: Call<'_>, request: Request) -> Result<Response> {
        let hedges = self.hedges(call.kind);
        let ends = call.ends;
        call.run(|leave| {
            let again = hedges.then(|| request.clone());
            let answer = self.inner.execute(&leave.cx, request.clone());
            self.hedged(leave.cx.clone(), ends, answer, again)
        })
        .await
    }

    async fn first(
        &self,
        mut call: Call<'_>,
        leave: Attempt<'_>,
        answer: Execution<'_>,
        request: Request,
    ) -> Result<Response> {
        let again = self.hedges(call.kind).then(|| request.clone());
        let answer = self.hedged(leave.cx.clone(), call.ends, answer, again);
        let answer = leave.answer(call.kind, answer).await;
        leave.done(&answer);
        match answer {
            Ok(answer) => Ok(answer),
            Err(error) => {
                call.wait(error).await?;
                self.attempts(call, request).await
            }
        }
    }

    fn hedges(&self, kind: Kind) -> bool {
        kind == Kind::Read && self.engine.config.hedge.is_some()
    }

    /// The quicker of two answers, if the first takes long.
    async fn hedged(
        &self,
        cx: Context,
        ends: Option<Instant>,
        first: Execution<'_>,
        again: Option<Request>,
    ) -> Result<Response> {
        let (Some(patience), Some(again)) = (self.engine.config.hedge, again) else { return first.await };
        let mut first = pin!(first);
        tokio::select! {
            biased;
            answer = &mut first => return answer,
            () = tokio::time::sleep(patience) => {}
        }
        // Not when it would have to wait for its turn, or the store is left alone.
        let Ok(Some(leave)) = self.engine.try_begin(&cx, cx.attempt(), Instant::now(), ends) else {
            return first.await;
        };
        self.engine.counters.hedges.add();
        cx.note("resilient", "hedged");
        let mut second = pin!(self.inner.execute(&leave.cx, again));
        tokio::select! {
            answer = &mut first => match answer {
                Err(error) if error.retry() == Retry::Temporary => {
                    let answer = second.await;
                    leave.done(&answer);
                    answer
                }
                answer => answer,
            },
            answer = &mut second => {
                leave.done(&answer);
                if answer.is_ok() { answer } else { first.await }
            }
        }
    }
}

impl<S: KvStore> KvStore for Resilient<S> {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    #[inline]
    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        let engine = &self.engine;
        let kind = kind(&request);
        let command = match &request {
            Request::One(command) => Some(command.info().name),
            Request::Batch(_) => None,
        };
        let named = move |error: Error| {
            let error = error.on("resilient");
            match command {
                Some(command) => error.during(command),
                None => error,
            }
        };
        let now = Instant::now();
        let ends = engine.ends(cx, now);
        let leave = match engine.try_begin(cx, 0, now, ends) {
            Ok(Some(leave)) => leave,
            Ok(None) => {
                let call = Call::new(engine, cx, kind, ends);
                return Execution::wait(async move { self.attempts(call, request).await.map_err(named) });
            }
            Err(error) => return Execution::ready(Err(named(error))),
        };
        let again = request.clone();
        let answer = match self.inner.execute(&leave.cx, request).try_ready() {
            Ok(answer) if !answer.as_ref().is_err_and(|error| error.retry() == Retry::Temporary) => {
                leave.done(&answer);
                return Execution::ready(answer.map_err(named));
            }
            Ok(answer) => Execution::ready(answer),
            Err(answer) => answer,
        };
        let call = Call::new(engine, cx, kind, ends);
        Execution::wait(async move { self.first(call, leave, answer, again).await.map_err(named) })
    }
}

fn kind(request: &Request) -> Kind {
    match request {
        Request::One(command) => match command.info().idempotency {
            Idempotency::Safe => Kind::Read,
            Idempotency::Idempotent => Kind::Repeatable,
            Idempotency::NonIdempotent => match command {
                Command::Set(set) if set.condition.is_none() && !set.get => Kind::Repeatable,
                _ => Kind::Once,
            },
        },
        // Two writes that may each be repeated may not be together: the first may read what the second wrote.
        Request::Batch(batch) => {
            let reads = batch.commands.iter().all(|command| command.info().access == Access::Read);
            if reads { Kind::Read } else { Kind::Once }
        }
    }
}
