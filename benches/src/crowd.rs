//! Many tasks at once.

use tokio::runtime::{Builder, Runtime};

/// How many tasks a crowd has.
pub const TASKS: u64 = 64;

/// A runtime with two workers.
pub fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts")
}

/// Spreads `count` operations over 64 tasks, each of which waits for its own answer before it goes on; waits for all.
/// `work` is told a number that no other operation of this crowd has.
pub fn crowd<W, F>(runtime: &Runtime, count: u64, work: W)
where
    W: Fn(u64) -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let work = work.clone();
            runtime.spawn(async move {
                let mut next = task;
                while next < count {
                    work(next).await;
                    next += TASKS;
                }
            })
        })
        .collect();
    runtime.block_on(async {
        for task in tasks {
            task.await.expect("no task panics");
        }
    });
}
