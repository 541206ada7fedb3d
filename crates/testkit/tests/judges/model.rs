//! The model agrees with itself, and shrinks a planted bug to a few lines that are a case.

use credenza_core::command::SetExpiry;
use credenza_core::{Check, Command, KvStore, Request};
use credenza_testkit::model::{self, Plan};
use credenza_testkit::script::Script;

use crate::mutant::{Bug, honest, with_bug};

fn plan() -> Plan {
    Plan { commands: 20_000, episode: 1_000, ..Plan::default() }
}

#[tokio::test]
async fn equal_stores_agree() {
    let summary = model::compare(plan(), async || honest(), async || honest()).await;
    let summary = summary.unwrap_or_else(|difference| panic!("{difference}"));
    assert!(summary.commands >= 20_000 && summary.episodes > 5, "{summary:?}");
    let failed = summary.failed as f64 / summary.commands as f64;
    assert!((0.05..0.6).contains(&failed), "half of the commands should do something: {summary:?}");
}

/// The bug is found, and what is left of the sequence has at most so many lines.
async fn shrinks(bug: Bug, lines: usize) -> String {
    let difference = model::compare(plan(), async || honest(), async || with_bug(bug)).await.unwrap_err();
    let script = difference.script();
    assert!(script.lines().count() <= lines, "{difference}");
    Script::parse(&script).unwrap();
    difference.to_string()
}

#[tokio::test]
async fn a_wrong_reply_is_shrunk_to_what_it_takes() {
    let bug: Bug = |store, cx, mut request| {
        if let Request::One(Command::LRange(range)) = &mut request
            && range.stop == -2
        {
            range.stop = -1;
        }
        store.execute(cx, request)
    };
    let text = shrinks(bug, 3).await;
    assert!(text.contains("PUSH") && text.contains("LRANGE"), "{text}");
}

#[tokio::test]
async fn a_wrong_state_is_found_in_the_end() {
    let bug: Bug = |store, cx, mut request| {
        for command in request.commands_mut() {
            if let Command::Set(set) = command
                && set.expiry == SetExpiry::Keep
            {
                set.expiry = SetExpiry::Clear;
            }
        }
        store.execute(cx, request)
    };
    let text = shrinks(bug, 4).await;
    assert!(text.contains("KEEPTTL"), "{text}");
}

#[tokio::test]
async fn a_check_that_always_holds_is_found() {
    let bug: Bug = |store, cx, mut request| {
        if let Request::Batch(batch) = &mut request {
            batch.checks.retain(|check| !matches!(check, Check::VersionEquals { .. }));
        }
        store.execute(cx, request)
    };
    let text = shrinks(bug, 4).await;
    assert!(text.contains("CHECK version"), "{text}");
}

#[tokio::test]
async fn a_version_that_changes_for_nothing_is_found() {
    let bug: Bug = |store, cx, mut request| {
        if let Request::One(command) = &mut request
            && let Command::SIsMember(read) = command
        {
            // Adds what it was asked about, and takes it away again: the answer is right.
            let mut batch = credenza_core::Batch::atomic();
            let answer = batch.push(read.clone());
            let (key, member) = (read.key.clone(), read.member.clone());
            batch.check(Check::MemberAbsent { key: key.clone(), member: member.clone() });
            batch.check(Check::exists(&key));
            batch.push(credenza_core::command::SAdd::new(&key, [&member]));
            batch.push(credenza_core::command::SRem::new(&key, [&member]));
            let fallback = request.clone();
            let cx = cx.clone();
            return credenza_core::Execution::wait(async move {
                let reply = match store.execute(&cx, Request::Batch(batch)).await {
                    Ok(reply) => reply.batch()?.take(answer)?,
                    Err(_) => return store.execute(&cx, fallback).await,
                };
                Ok(credenza_core::Response::One(credenza_core::Reply::Bool(reply)))
            });
        }
        store.execute(cx, request)
    };
    let text = shrinks(bug, 4).await;
    assert!(text.contains("SISMEMBER") && text.contains("version"), "{text}");
}

#[tokio::test]
async fn a_shrunk_difference_is_a_case_that_the_first_store_passes() {
    let bug: Bug = |store, cx, mut request| {
        if let Request::One(Command::ZAdd(zadd)) = &mut request {
            zadd.options.greater = false;
        }
        store.execute(cx, request)
    };
    let difference = model::compare(plan(), async || honest(), async || with_bug(bug)).await.unwrap_err();
    assert!(difference.script().contains("GT"), "{difference}");
    let failures = credenza_testkit::suite::play(&difference.script(), &honest().unwrap()).await.unwrap();
    assert!(failures.is_empty(), "{failures:?}");
    let failures =
        credenza_testkit::suite::play(&difference.script(), &with_bug(bug).unwrap()).await.unwrap();
    assert!(!failures.is_empty(), "{difference}");
}

/// A store in memory that reads the time of the machine.
fn live() -> credenza_testkit::Subject {
    let mut config = credenza_memory::MemoryConfig::default();
    config.sweep_interval = None;
    credenza_testkit::Subject::new(credenza_memory::MemoryStore::open(config).unwrap())
}

#[tokio::test]
async fn stores_whose_time_passes_by_itself_are_compared_too() {
    let summary = model::compare(plan(), async || Ok(live()), async || Ok(live())).await;
    let summary = summary.unwrap_or_else(|difference| panic!("{difference}"));
    assert!(summary.commands >= 20_000, "{summary:?}");
}

#[tokio::test]
async fn a_time_that_stands_and_one_that_passes_are_not_compared() {
    let difference = model::compare(plan(), async || honest(), async || Ok(live())).await.unwrap_err();
    assert!(difference.to_string().contains("clock"), "{difference}");
}
