//! Requests that nobody waits for any more.
//!
//! A future can be dropped at every point where it waits. Then the request was carried out, will be, or never will: but
//! whole or not at all, and the store goes on as before. [`drop_requests`] tries that.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use credenza_core::command::{
    Append, Copy, GetDel, HSet, IncrBy, LPush, LRange, MSet, Rename, SAdd, SUnionStore, Set, ZAdd,
    ZAddOptions,
};
use credenza_core::{Batch, Check, Command, Context, Error, Key, KvStore, Request, Response, Result};

use crate::Subject;
use crate::script::{Answer, state};
use crate::suite::text_of;

/// Polls a future at most so many times, waits for it to be woken in between, and drops it if it is not ready then. One
/// that is never woken is waited for without end: put a time-out around.
///
/// ```
/// use credenza_testkit::cancel::poll_times;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let work = || async {
///     tokio::task::yield_now().await;
///     7
/// };
/// assert_eq!(poll_times(work(), 1).await, None);
/// assert_eq!(poll_times(work(), 2).await, Some(7));
/// # }
/// ```
pub async fn poll_times<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    std::future::poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// What became of requests that were dropped, or were to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drops {
    /// Dropped before they were polled.
    pub unpolled: usize,
    /// Dropped while they waited.
    pub waiting: usize,
    /// Ready before they could be dropped.
    pub ready: usize,
}

/// How often each request is tried at each number of polls.
const ROUNDS: usize = 6;

/// Requests are polled up to so many times before they are dropped.
const POLLS: usize = 4;

/// A store that does not answer within this time hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Tasks that keep the store busy, so that requests have to wait.
const BUSY: usize = 8;

/// Sends writes of many kinds to a busy store, drops each after some polls, and looks at what it left: what stood there
/// before, or what the whole write makes of it; once it is there, for good; and the store answers as ever.
///
/// Call it on a runtime of several threads.
///
/// # Errors
/// What was found, in words.
pub async fn drop_requests(fresh: impl AsyncFn() -> Result<Subject>) -> Result<Drops, String> {
    let mut drops = Drops::default();
    let subject = fresh().await.map_err(|error| error.to_string())?;
    let stop = Arc::new(AtomicBool::new(false));
    let mut load = tokio::task::JoinSet::new();
    for task in 0..BUSY {
        let (store, stop) = (subject.store().clone(), stop.clone());
        load.spawn(async move {
            let mut number = 0_i64;
            while !stop.load(Ordering::Relaxed) {
                let set = Set::new(format!("busy:{task}:{}", number % 50), number);
                if let Err(error) = send(&*store, Request::One(set.into())).await {
                    return Err(format!("another caller was answered: {error}"));
                }
                number += 1;
                tokio::task::yield_now().await;
            }
            Ok(())
        });
    }
    let outcome = try_all(&subject, &mut drops).await;
    stop.store(true, Ordering::Relaxed);
    while let Some(ended) = load.join_next().await {
        ended.map_err(|error| error.to_string())??;
    }
    outcome.map(|()| drops)
}

async fn try_all(subject: &Subject, drops: &mut Drops) -> Result<(), String> {
    let keys: BTreeSet<Key> = ["a", "b", "n", "h", "s", "l", "z"].map(Key::from).into();
    let store = &**subject.store();
    for request in requests(subject) {
        for polls in 0..ROUNDS * POLLS {
            let polls = polls % POLLS;
            furnish(store).await.map_err(|error| error.to_string())?;
            let before = look(store, &keys).await;
            let context = Context::new();
            let dropped = poll_times(store.execute(&context, request.clone()), polls);
            let hangs = |_| format!("{}: the store does not answer", describe(&request));
            let ended = tokio::time::timeout(PATIENCE, dropped).await.map_err(hangs)?;
            *match (&ended, polls) {
                (Some(_), _) => &mut drops.ready,
                (None, 0) => &mut drops.unpolled,
                (None, _) => &mut drops.waiting,
            } += 1;
            if let Some(Err(error)) = ended {
                return Err(format!("{}: {error}", describe(&request)));
            }
            let mut seen = vec![look(store, &keys).await];
            // Writes are applied in order, so this one tells when the dropped one has had its time.
            send(store, Request::One(Set::new("after", "v").into()))
                .await
                .map_err(|error| error.to_string())?;
            seen.push(look(store, &keys).await);
            seen.push(look(store, &keys).await);

            furnish(store).await.map_err(|error| error.to_string())?;
            send(store, request.clone()).await.map_err(|error| error.to_string())?;
            let whole = look(store, &keys).await;
            let steps: Vec<&Vec<(Command, Answer)>> = [&before].into_iter().chain(&seen).collect();
            let torn = steps.iter().find(|seen| ***seen != before && ***seen != whole);
            let back = steps.windows(2).any(|pair| *pair[0] == whole && *pair[1] != whole && before != whole);
            if let Some(torn) = torn {
                return Err(format!("{} was dropped, and left a part: {torn:?}", describe(&request)));
            }
            if back {
                return Err(format!("{} was dropped, was there, and then was gone", describe(&request)));
            }
        }
    }
    Ok(())
}

async fn send(store: &dyn KvStore, request: Request) -> Result<Response> {
    let hangs = |_| Error::internal("the store does not answer");
    tokio::time::timeout(PATIENCE, store.execute(&Context::new(), request)).await.map_err(hangs)?
}

async fn look(store: &dyn KvStore, keys: &BTreeSet<Key>) -> Vec<(Command, Answer)> {
    state(store, keys, false).await
}

async fn furnish(store: &dyn KvStore) -> Result<()> {
    let mut batch = Batch::atomic();
    batch.push(credenza_core::command::Del::new(["a", "b", "n", "h", "s", "l", "z"]));
    batch.push(MSet::new([("a", "1"), ("n", "5")]));
    batch.push(HSet::new("h", [("f", "1")]));
    batch.push(SAdd::new("s", ["x", "y"]));
    batch.push(LPush::new("l", ["x", "y"]));
    batch.push(ZAdd::new("z", ZAddOptions::default(), [(1.0, "x")]));
    send(store, Request::Batch(batch)).await.map(drop)
}

fn requests(subject: &Subject) -> Vec<Request> {
    let mut batch = Batch::atomic();
    batch.check(Check::value_equals("a", "1"));
    batch.push(Set::new("a", "2"));
    batch.push(Rename::new("s", "b"));
    batch.push(LPush::new("l", ["z"]));
    batch.push(IncrBy::new("n", 1));
    let commands: [Command; 10] = [
        Set::new("a", vec![b'x'; 100_000]).into(),
        MSet::new([("a", "2"), ("b", "2"), ("n", "2")]).into(),
        IncrBy::new("n", 1).into(),
        Append::new("a", "1").into(),
        GetDel::new("a").into(),
        LPush::new("l", (0..200).map(|number| number.to_string())).into(),
        SUnionStore::new("b", ["s"]).into(),
        Copy::new("l", "b").into(),
        ZAdd::new("z", ZAddOptions::default(), [(2.0, "x"), (3.0, "y")]).into(),
        LRange::new("l", 0, -1).into(),
    ];
    let claimed = subject.capabilities().commands;
    let commands = commands.into_iter().filter(|command| claimed.contains(command.id()));
    commands.map(Request::One).chain([Request::Batch(batch)]).collect()
}

fn describe(request: &Request) -> String {
    let mut text: Vec<String> = request.commands().iter().map(text_of).collect();
    text.iter_mut().for_each(|text| text.truncate(60));
    text.join(" ; ")
}
