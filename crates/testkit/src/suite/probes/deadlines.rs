//! Deadlines: a request that comes too late is refused and does nothing.

use std::time::{Duration, Instant};

use credenza_core::command::{Get, Set};
use credenza_core::{Batch, CommandId, Context, ErrorKind, Request, Result};

use super::{Notes, commands, furnish, probes};
use crate::Subject;
use crate::script::Answer;
use crate::suite::Store;

probes! { "deadlines":
    "a deadline that has passed: Timeout, not applied, nothing done", commands(&[CommandId::Set, CommandId::Get]) => passed;
    "a deadline that is far away changes nothing", commands(&[CommandId::Set, CommandId::Get]) => far;
}

#[allow(clippy::disallowed_methods, reason = "deadlines are measured on the monotonic clock of the runtime")]
fn now() -> Instant {
    Instant::now()
}

async fn passed(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let store = Store(subject);
    let keys = furnish(subject).await?;
    let before = store.lines(&keys).await;
    let mut batch = Batch::pipelined();
    batch.push(Set::new("string", "late"));
    let mut requests = vec![
        ("SET", Request::One(Set::new("string", "late").into())),
        ("GET", Request::One(Get::new("string").into())),
        ("a pipeline", Request::Batch(batch.clone())),
    ];
    if subject.capabilities().atomic_batches {
        let atomic = Batch { mode: credenza_core::Mode::Atomic, ..batch };
        requests.push(("an atomic batch", Request::Batch(atomic)));
    }
    let late = Context::new().with_deadline(now());
    for (step, request) in requests {
        match subject.store().execute(&late, request).await {
            Ok(_) => notes.check(false, step, "!Timeout", "an answer"),
            Err(error) => notes.refused(step, ErrorKind::Timeout, &Answer::from(error)),
        }
    }
    notes.unchanged("requests that came too late", &before, &store.lines(&keys).await);
    Ok(())
}

async fn far(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let kv = subject.kv().with_timeout(Duration::from_secs(3600));
    kv.run(Set::new("k", "v")).await?;
    let value = kv.run(Get::new("k")).await?;
    notes.check(value.as_deref() == Some(b"v"), "GET k", "v", format!("{value:?}"));
    Ok(())
}
