//! Every planted bug makes the suite fail where it should.

use credenza_core::command::{Condition, SetExpiry};
use credenza_core::{
    BatchReply, Capabilities, Command, CommandId, Context, Effect, Execution, KvStore, Mode, Reply, Request,
    Response,
};
use credenza_memory::{MemoryConfig, MemoryStore};
use credenza_testkit::Subject;
use credenza_testkit::suite::{self, Outcome, Report};

use crate::mutant::{Bug, honest, memory, on_reply, with_bug, with_claims};

#[tokio::test]
async fn an_honest_store_passes() {
    let report = suite::run(async || honest()).await;
    report.assert_passed();
    assert!(report.findings().len() > 300, "{report}");
}

#[tokio::test]
async fn an_honest_store_passes_where_time_passes_by_itself() {
    let fresh = async || Ok(Subject::new(MemoryStore::open(MemoryConfig::default())?));
    suite::run(fresh).await.assert_passed();
}

#[tokio::test]
async fn stores_that_share_their_keys_are_caught() {
    let (store, clock) = memory();
    let report = suite::run(async || Ok(Subject::new(store.clone()).with_clock(clock.clone()))).await;
    assert!(report.to_string().contains("stores must not share keys"), "{report}");
}

/// Runs the suite on a mutant: it must fail, and in this group.
async fn is_caught(bug: Bug, claims: fn(Capabilities) -> Capabilities, group: &str) -> Report {
    let report = suite::run(async || with_claims(bug, claims)).await;
    let failed = report.findings().iter().filter(|finding| matches!(finding.outcome, Outcome::Failed(_)));
    assert!(failed.clone().count() > 0, "nothing failed:\n{report}");
    assert!(failed.clone().any(|finding| finding.group == group), "nothing failed in {group}:\n{report}");
    assert!(!report.passed());
    report
}

/// A test for each planted bug: its name, the group that must catch it, and what the store does.
macro_rules! caught {
    ($( $name:ident in $group:literal: |$store:ident, $cx:ident, $request:ident| $body:expr; )*) => { $(
        #[tokio::test]
        async fn $name() {
            #[allow(unused_mut)]
            fn bug<'a>($store: &'a MemoryStore, $cx: &Context, mut $request: Request) -> Execution<'a> {
                $body
            }
            is_caught(bug, |claims| claims, $group).await;
        }
    )* };
}

/// Changes each command on its way in.
fn each(request: &mut Request, change: impl Fn(&mut Command)) {
    request.commands_mut().iter_mut().for_each(change);
}

caught! {
    keepttl_that_is_forgotten in "expiry": |store, cx, request| {
        each(&mut request, |command| if let Command::Set(set) = command && set.expiry == SetExpiry::Keep {
            set.expiry = SetExpiry::Clear;
        });
        store.execute(cx, request)
    };
    a_time_that_is_a_millisecond_short in "expiry": |store, cx, request| {
        each(&mut request, |command| if let Command::Set(set) = command && let SetExpiry::In(time) = &mut set.expiry {
            *time -= 1;
        });
        store.execute(cx, request)
    };
    seconds_that_are_cut_off in "expiry": |store, cx, request| {
        let seconds = matches!(&request, Request::One(Command::ExpireTime(c)) if c.unit != credenza_core::command::TimeUnit::Milliseconds);
        if let (true, Request::One(Command::ExpireTime(c))) = (seconds, &mut request) {
            c.unit = credenza_core::command::TimeUnit::Milliseconds;
        }
        on_reply(store.execute(cx, request), move |reply| match reply {
            Reply::Int(time) if seconds && time > 0 => Reply::Int(time / 1000),
            reply => reply,
        })
    };
    nx_that_is_ignored in "strings": |store, cx, request| {
        each(&mut request, |command| if let Command::Set(set) = command && set.condition == Some(Condition::Absent) {
            set.condition = None;
        });
        store.execute(cx, request)
    };
    a_missing_key_that_reads_as_empty in "strings": |store, cx, request| {
        let get = matches!(request, Request::One(Command::Get(_)));
        on_reply(store.execute(cx, request), move |reply| match reply {
            Reply::Value(None) if get => Reply::Value(Some(bytes::Bytes::new())),
            reply => reply,
        })
    };
    a_reply_of_another_type in "strings": |store, cx, request| {
        on_reply(store.execute(cx, request), |reply| match reply {
            Reply::Values(values) => Reply::List(values.into_iter().collect()),
            reply => reply,
        })
    };
    a_stop_that_is_left_out in "lists": |store, cx, request| {
        each(&mut request, |command| if let Command::LRange(range) = command && range.stop > 0 {
            range.stop -= 1;
        });
        store.execute(cx, request)
    };
    a_field_that_is_lost in "hashes": |store, cx, request| {
        on_reply(store.execute(cx, request), |reply| match reply {
            Reply::Entries(mut entries) => {
                entries.pop();
                Reply::Entries(entries)
            }
            reply => reply,
        })
    };
    gt_that_holds_back_new_members in "sorted sets": |store, cx, request| {
        each(&mut request, |command| if let Command::ZAdd(zadd) = command && zadd.options.greater {
            zadd.options.condition = Some(Condition::Present);
        });
        store.execute(cx, request)
    };
    a_pop_that_only_looks in "sets": |store, cx, request| {
        each(&mut request, |command| if let Command::SPop(pop) = command {
            let count = pop.count.map(|count| i64::try_from(count).unwrap());
            *command = credenza_core::command::SRandMember { key: pop.key.clone(), count }.into();
        });
        store.execute(cx, request)
    };
    a_scan_that_ends_early in "scans": |store, cx, request| {
        on_reply(store.execute(cx, request), |reply| match reply {
            Reply::KeyPage(mut page) => {
                page.next = None;
                Reply::KeyPage(page)
            }
            reply => reply,
        })
    };
    a_read_that_writes in "versions": |store, cx, request| {
        if let Request::One(Command::StrLen(read)) = &request {
            let touch = credenza_core::command::Append::new(&read.key, "");
            let exists = credenza_core::command::Exists::new([&read.key]);
            let _ = futures_of(store.execute(cx, Request::One(exists.into())), |reply| {
                if reply == Reply::Int(1) {
                    let _ = futures_of(store.execute(cx, Request::One(touch.into())), |_| {});
                }
            });
        }
        store.execute(cx, request)
    };
    an_error_that_is_unsure in "errors": |store, cx, request| {
        store.execute(cx, request).map(|answer| answer.map_err(|error| error.with_effect(Effect::MaybeApplied)))
    };
    a_deadline_that_is_not_looked_at in "deadlines": |store, _cx, request| {
        static NONE: Context = Context::new();
        store.execute(&NONE, request)
    };
    a_batch_that_is_not_atomic in "batches": |store, cx, request| {
        let Request::Batch(batch) = &mut request else { return store.execute(cx, request) };
        if !batch.checks.is_empty() {
            return store.execute(cx, request);
        }
        batch.mode = Mode::Pipelined;
        store.execute(cx, request).map(|answer| {
            let mut reply = answer?.batch()?;
            match reply.replies.iter().position(|reply| reply.is_err()) {
                Some(at) => Err(reply.replies.remove(at).unwrap_err()),
                None => Ok(Response::Batch(reply)),
            }
        })
    };
    checks_that_are_ignored in "batches": |store, cx, request| {
        if let Request::Batch(batch) = &mut request {
            batch.checks.clear();
        }
        store.execute(cx, request)
    };
    a_batch_without_its_version in "batches": |store, cx, request| {
        store.execute(cx, request).map(|answer| Ok(match answer? {
            Response::Batch(BatchReply { replies, .. }) => Response::Batch(BatchReply { replies, version: None }),
            response => response,
        }))
    };
    pipelines_that_stop_at_an_error in "batches": |store, cx, request| {
        if let Request::Batch(batch) = &mut request {
            batch.mode = Mode::Atomic;
        }
        store.execute(cx, request)
    };
}

/// The reply of a store that answers at once.
fn futures_of(answer: Execution<'_>, see: impl FnOnce(Reply)) -> Option<()> {
    let mut answer = std::pin::pin!(answer);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match answer.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(Ok(Response::One(reply))) => {
            see(reply);
            Some(())
        }
        _ => None,
    }
}

fn pass<'a>(store: &'a MemoryStore, cx: &Context, request: Request) -> Execution<'a> {
    store.execute(cx, request)
}

#[tokio::test]
async fn a_command_that_is_not_claimed_but_done_is_caught() {
    let claims = |mut claims: Capabilities| {
        claims.commands = claims.commands.without(CommandId::LRem).without(CommandId::ZRank);
        claims
    };
    let report = is_caught(pass, claims, "unsupported").await;
    let skipped = report.findings().iter().filter(|finding| matches!(finding.outcome, Outcome::Skipped(_)));
    assert!(skipped.count() > 3, "{report}");
}

#[tokio::test]
async fn atomic_batches_and_versions_that_are_not_claimed_but_there_are_caught() {
    let no_batches = |mut claims: Capabilities| {
        claims.atomic_batches = false;
        claims
    };
    is_caught(pass, no_batches, "unsupported").await;
    let no_versions = |mut claims: Capabilities| {
        claims.versions = false;
        claims.commands = claims.commands.without(CommandId::VersionOf).without(CommandId::GetVersioned);
        claims
    };
    is_caught(pass, no_versions, "unsupported").await;
}

#[tokio::test]
async fn limits_that_are_claimed_but_not_kept_are_caught() {
    let claims = |mut claims: Capabilities| {
        claims.limits.key = 100;
        claims
    };
    is_caught(pass, claims, "limits").await;
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_and_one_that_hangs_fail_with_words() {
    let report = suite::run(async || Err(credenza_core::Error::internal("no store today"))).await;
    assert!(!report.passed() && report.to_string().contains("no store today"), "{report}");
    tokio::time::pause();
    let hang: Bug = |_, _, _| Execution::wait(std::future::pending());
    let report = suite::run(async || with_bug(hang)).await;
    assert!(!report.passed() && report.to_string().contains("nothing within"), "{report}");
}
