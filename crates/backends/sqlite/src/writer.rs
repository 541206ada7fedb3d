//! The thread that writes for many callers at once.

use std::sync::Arc;

use credenza_core::{Request, Response, Result};

use crate::error::closed;
use crate::job::Job;
use crate::store::Shared;

/// The greatest number of requests in one transaction.
const MAX_GROUP: usize = 1024;

/// Takes what waits and commits it, until the store is closed and nothing waits.
pub(crate) fn work(shared: &Shared) {
    while let Some(jobs) = shared.writes.take(0, MAX_GROUP) {
        let started = jobs.into_iter().filter_map(|job| job.start().map(|request| (job, request)));
        let mut group: Vec<(Arc<Job>, Request)> = started.collect();
        while !group.is_empty() {
            let answers = commit(shared, &group);
            for ((job, request), answer) in group.drain(..answers.len()).zip(answers) {
                drop(request);
                job.finish(answer);
            }
        }
    }
}

/// Commits the first of the group at least; their answers.
fn commit(shared: &Shared, group: &[(Arc<Job>, Request)]) -> Vec<Result<Response>> {
    let requests: Vec<&Request> = group.iter().map(|(_, request)| request).collect();
    let mut guard = shared.writer.lock();
    let Some(writer) = guard.as_mut() else { return requests.iter().map(|_| Err(closed())).collect() };
    let answers = writer.group(&shared.env, &requests, shared.busy_timeout);
    writer.pace.grouped(requests.len() + shared.writes.len());
    let discarded = writer.take_discarded();
    drop(guard);
    if discarded {
        shared.house.tidy();
    }
    answers
}
