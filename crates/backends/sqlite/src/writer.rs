//! The thread that writes for many callers at once.

use std::sync::Arc;

use credenza_core::{Request, Response, Result};

use crate::error::{again, closed};
use crate::job::Job;
use crate::queue::Gather;
use crate::store::Shared;

/// The greatest number of requests in one transaction.
const MAX_GROUP: usize = 1024;

/// Takes what waits and commits it, until the store is closed and nothing waits.
pub(crate) fn work(shared: &Shared) {
    let mut gather = Gather::default();
    while let Some(jobs) = shared.writes.take(0, MAX_GROUP, gather) {
        let answered = commit(shared, jobs, &mut gather);
        // Woken without the lock: they may write in place.
        for (job, answer) in answered {
            job.finish(answer);
        }
    }
}

type Answered = (Arc<Job>, Result<Response>);

fn commit(shared: &Shared, jobs: Vec<Arc<Job>>, gather: &mut Gather) -> Vec<Answered> {
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
    *gather = writer.pace.gather();
    shared.house.ask(writer.take_chores());
    jobs.into_iter().zip(answers).collect()
}
