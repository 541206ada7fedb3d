//! [`FallbackReads`].

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use credenza_core::command::Access;
use credenza_core::{
    Capabilities, Command, CommandId, Consistency, Context, Error, ErrorKind, Execution, KvStore, Request,
    Response, Result, StoreInfo,
};

use crate::patience::within;

const NAME: &str = "fallback";

/// How reads fall back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FallbackReadsConfig {
    /// How long a store may take before the next one is asked, if the caller waits longer than that: a second. The last store has all
    /// the time that the caller has.
    pub patience: Duration,
}

impl Default for FallbackReadsConfig {
    fn default() -> FallbackReadsConfig {
        FallbackReadsConfig { patience: Duration::from_secs(1) }
    }
}

/// A store whose reads are answered by others while it is out: replicas, or a copy that somebody keeps.
///
/// # Consistency
/// Writes go to the first store alone, and fail while it is out: nothing is written that it does not know, so nothing stale wins when it is back, and no
/// key that was deleted returns. A read that another store answered is as old as what that store has: the capabilities say
/// [`Consistency::ReplicaLag`], and the caller gets a [note](Context::take_notes).
///
/// What falls back is a read that failed with `Unavailable`, `Timeout` or `Busy`. A store that answers that there is nothing has answered.
///
/// Never answered by another store: batches that write or check; scans, whose cursors belong to one store; versions, for what is checked
/// against them later. They fail while the first store is out.
///
/// # Errors
/// When no store answered: the kind of the first one's error, with the text of every one.
#[derive(Debug)]
pub struct FallbackReads {
    first: Arc<dyn KvStore>,
    others: Vec<Arc<dyn KvStore>>,
    patience: Duration,
    info: StoreInfo,
}

impl FallbackReads {
    /// `first`, and the others in the order in which they are asked.
    ///
    /// # Errors
    /// `InvalidArgument` without another store.
    pub fn new(
        first: Arc<dyn KvStore>,
        others: Vec<Arc<dyn KvStore>>,
        config: FallbackReadsConfig,
    ) -> Result<FallbackReads> {
        if others.is_empty() {
            return Err(Error::invalid("there is no store to fall back to"));
        }
        let info = StoreInfo::decorator(NAME, first.info());
        Ok(FallbackReads { first, others, patience: config.patience, info })
    }

    /// What the others answer, after the first one was out.
    async fn ask_others(&self, cx: &Context, request: Request, failed: Error) -> Result<Response> {
        let mut causes = cause(&self.first, &failed);
        for (index, store) in self.others.iter().enumerate() {
            let last = index + 1 == self.others.len();
            let can = store.capabilities().commands;
            if let Some(command) = request.commands().iter().find(|command| !can.contains(command.id())) {
                let _ = write!(causes, "; {}: it has no {}", store.info().name(), command.info().name);
                continue;
            }
            let answer = match last {
                true => store.execute(cx, request.clone()).await,
                false => {
                    let brief = cx.within(Some(self.patience));
                    within(self.patience, store.execute(&brief, request.clone())).await
                }
            };
            match answer {
                Ok(response) => {
                    cx.note(NAME, "answered by another store");
                    return Ok(response);
                }
                Err(error) if is_outage(&error) => {
                    let _ = write!(causes, "; {}", cause(store, &error));
                }
                Err(error) => return Err(error),
            }
        }
        let error = Error::new(failed.kind(), format!("no store answered: {causes}"));
        Err(error.with_retry(failed.retry()).with_source(failed).on(NAME))
    }
}

fn cause(store: &Arc<dyn KvStore>, error: &Error) -> String {
    format!("{}: {}", store.info().name(), error.message())
}

/// Whether an error says that a store is out.
fn is_outage(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::Busy)
}

/// Whether any copy of the data may answer it.
fn may_fall_back(request: &Request) -> bool {
    use CommandId::{GetVersioned, HScan, SScan, Scan, VersionOf, ZScan};
    let may = |command: &Command| {
        command.info().access == Access::Read
            && !matches!(command.id(), Scan | HScan | SScan | ZScan | GetVersioned | VersionOf)
    };
    let checks = matches!(request, Request::Batch(batch) if !batch.checks.is_empty());
    !checks && request.commands().iter().all(may)
}

impl KvStore for FallbackReads {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.first.capabilities();
        capabilities.consistency = match capabilities.consistency {
            Consistency::Unknown => Consistency::Unknown,
            _ => Consistency::ReplicaLag,
        };
        capabilities
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        if !may_fall_back(&request) {
            return self.first.execute(cx, request);
        }
        let first = match self.first.execute(&cx.within(Some(self.patience)), request.clone()).try_ready() {
            Ok(Err(error)) if is_outage(&error) => Execution::ready(Err(error)),
            Ok(answer) => return Execution::ready(answer),
            Err(waiting) => waiting,
        };
        let cx = cx.clone();
        Execution::wait(async move {
            match within(self.patience, first).await {
                Err(error) if is_outage(&error) => self.ask_others(&cx, request, error).await,
                answer => answer,
            }
        })
    }
}
