//! The thread that writes for many callers at once.

use std::sync::Arc;

use credenza_core::{Request, Response, Result};

use crate::error::{again, closed};
use crate::job::Job;
use crate::store::Shared;

/// The greatest number of requests in one transaction.
const MAX_GROUP: usize = 1024;

/// Takes what waits and commits it, until the store is closed and nothing waits.
pub(crate) fn work(shared: &Shared) {
    while let Some(jobs) = shared.writes.take(0, MAX_GROUP) {
        let answered = commit(shared, jobs);
        // Woken without the lock: they may write in place.
        for (job, answer) in answered {
            job.finish(answer);
        }
    }
}

type Answered = (Arc<Job>, Result<Response>);

fn commit(shared: &Shared, jobs: Vec<Arc<Job>>) -> Vec<Answered> {
    let mut guard = shared.writer.lock();
    let Some(writer) = guard.as_mut() else {
        return jobs.into_iter().map(|job| (job, Err(closed()))).collect();
    };
    // Whoever gives up while another process holds the file was not started.
    if let Err(error) = writer.begin(shared.busy_timeout) {
        return jobs.into_iter().map(|job| (job, Err(again(&error)))).collect();
    }
    let started = jobs.into_iter().filter_map(|job| job.start().map(|request| (job, request)));
    let (jobs, requests): (Vec<_>, Vec<_>) = started.unzip();
    if jobs.is_empty() {
        writer.roll_back();
        return Vec::new();
    }
    let mut answers = Vec::with_capacity(jobs.len());
    let requests: Vec<&Request> = requests.iter().collect();
    while let Some(left @ [_, ..]) = requests.get(answers.len()..) {
        answers.extend(writer.group(&shared.env, left, shared.busy_timeout));
    }
    writer.pace.grouped(requests.len() + shared.writes.len());
    if writer.take_discarded() {
        shared.house.tidy();
    }
    jobs.into_iter().zip(answers).collect()
}
