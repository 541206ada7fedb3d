//! The attempts of one call.

use credenza_core::{Context, Effect, Error, Result};
use tokio::time::Instant;

use crate::engine::{Attempt, Engine, Kind};

/// A call, from its first attempt to its last.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) cx: Context,
    pub(crate) kind: Kind,
    /// When it ends.
    pub(crate) ends: Option<Instant>,
    number: u32,
    /// Whether an attempt that failed may have been applied.
    in_doubt: bool,
}

impl<'a> Call<'a> {
    pub(crate) fn new(engine: &'a Engine, cx: &Context, kind: Kind, ends: Option<Instant>) -> Call<'a> {
        Call { engine, cx: cx.clone(), kind, ends, number: 0, in_doubt: false }
    }

    /// Attempts it until it is answered.
    pub(crate) async fn run<T, F>(mut self, mut attempt: impl FnMut(&Attempt<'a>) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        loop {
            let answer = match self.begin().await {
                Ok(leave) => {
                    let answer = leave.answer(self.kind, attempt(&leave)).await;
                    leave.done(&answer);
                    answer
                }
                Err(error) => Err(error),
            };
            match answer {
                Ok(answer) => return Ok(answer),
                Err(error) => self.wait(error).await?,
            }
        }
    }

    /// Attempts it once, as it cannot be repeated, for as long as the call lasts.
    pub(crate) async fn once<T, F>(self, attempt: impl FnOnce(Context) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let leave = self.engine.begin(&self.cx, self.number, self.ends, None).await?;
        let answer = leave.answer(self.kind, attempt(leave.cx.clone())).await;
        leave.done(&answer);
        answer
    }

    /// Leave for the next attempt.
    async fn begin(&self) -> Result<Attempt<'a>> {
        self.engine.begin(&self.cx, self.number, self.ends, self.engine.config.attempt).await
    }

    /// Waits until a failed attempt may be repeated; fails if it may not.
    pub(crate) async fn wait(&mut self, error: Error) -> Result<()> {
        self.in_doubt |= self.kind != Kind::Read && error.effect() == Effect::MaybeApplied;
        let in_doubt = self.in_doubt;
        // What an earlier attempt may have done is not undone by one that did nothing.
        let doubted = |error: Error| if in_doubt { error.with_effect(Effect::MaybeApplied) } else { error };
        let time = self.engine.again(self.kind, error, self.number, self.ends).map_err(doubted)?;
        tokio::time::sleep(time).await;
        self.number += 1;
        self.cx.note("resilient", "tried again");
        Ok(())
    }
}
