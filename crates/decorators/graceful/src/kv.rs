//! [`Graceful`].

use credenza_core::{
    BatchReply, Capabilities, Command, Context, Error, Execution, KvStore, Mode, Reply, Request, Response,
    Result, StoreInfo,
};

use crate::config::{GracefulConfig, OnOutage};
use crate::outage::{NAME, is_outage, tell};
use crate::replies::instead;

/// A store that may be out: see [`GracefulConfig`]. For what a service can do without, a cache above all; never below a lock, a
/// limit or a ledger.
///
/// Every degraded answer is a line at `WARN`, a count in the metric `credenza.degraded` and a note in the
/// [`Context`]. A write that was let go may have been applied nevertheless, if its answer was lost.
///
/// A pipelined batch degrades command by command. An atomic one degrades only if it has no checks and each of its commands
/// does: a batch that is half made up would be neither.
#[derive(Debug)]
pub struct Graceful<S> {
    inner: S,
    config: GracefulConfig,
    info: StoreInfo,
}

/// What can be answered instead of the store.
enum Instead {
    Nothing,
    One(&'static str, Reply),
    Batch(Vec<Option<(&'static str, Reply)>>),
}

impl<S: KvStore> Graceful<S> {
    /// `inner`, which may be out.
    pub fn new(inner: S, config: GracefulConfig) -> Graceful<S> {
        let info = StoreInfo::decorator(NAME, inner.info());
        Graceful { inner, config, info }
    }

    fn instead_of(&self, command: &Command) -> Option<(&'static str, Reply)> {
        match self.config.rule(command.id()) {
            OnOutage::Fail => None,
            OnOutage::Degrade => Some((command.info().name, instead(command)?)),
        }
    }

    fn instead(&self, request: &Request) -> Instead {
        match request {
            Request::One(command) => match self.instead_of(command) {
                Some((name, reply)) => Instead::One(name, reply),
                None => Instead::Nothing,
            },
            Request::Batch(batch) => {
                let replies: Vec<_> = batch.commands.iter().map(|command| self.instead_of(command)).collect();
                let whole = batch.checks.is_empty() && replies.iter().all(Option::is_some);
                if batch.mode == Mode::Pipelined || whole {
                    Instead::Batch(replies)
                } else {
                    Instead::Nothing
                }
            }
        }
    }

    /// The store's answer, or another one in its place.
    fn answer(&self, cx: &Context, answer: Result<Response>, instead: Instead) -> Result<Response> {
        let tell = |name, error: &Error| tell(cx, self.inner.info().name(), name, error);
        match (answer, instead) {
            (Err(error), Instead::One(name, reply)) if is_outage(&error) => {
                tell(name, &error);
                Ok(Response::One(reply))
            }
            (Err(error), Instead::Batch(instead)) if is_outage(&error) => {
                // The error is said once for each command that has to fail: whether it was applied is part of it.
                if instead.iter().any(Option::is_none) {
                    return Err(error);
                }
                let replies = instead.into_iter().flatten().map(|(name, reply)| {
                    tell(name, &error);
                    Ok(reply)
                });
                Ok(Response::Batch(BatchReply { replies: replies.collect(), version: None }))
            }
            (Ok(Response::Batch(mut batch)), Instead::Batch(instead)) => {
                for (reply, instead) in batch.replies.iter_mut().zip(instead) {
                    if let (Err(error), Some((name, instead))) = (&*reply, instead)
                        && is_outage(error)
                    {
                        tell(name, error);
                        *reply = Ok(instead);
                    }
                }
                Ok(Response::Batch(batch))
            }
            (answer, _) => answer,
        }
    }
}

impl<S: KvStore> KvStore for Graceful<S> {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.inner.capabilities();
        // What was acknowledged may never have been written, and what is not found may be there.
        capabilities.durability = credenza_core::Durability::Unknown;
        capabilities.consistency = credenza_core::Consistency::Unknown;
        capabilities
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        let instead = self.instead(&request);
        match self.inner.execute(cx, request).try_ready() {
            Ok(answer) => Execution::ready(self.answer(cx, answer, instead)),
            Err(waiting) => {
                let cx = cx.clone();
                waiting.map(move |answer| self.answer(&cx, answer, instead))
            }
        }
    }
}
