//! Limits: what is larger than the store says is refused before anything happens; what is as large is taken.

use credenza_core::command::{
    Append, Get, HRandField, HSet, MSet, RPush, SAdd, SRandMember, Scan, Set, SetRange,
};
use credenza_core::{
    Batch, Check, Command, CommandId, Cursor, ErrorKind, Limits, Mode, Pattern, Reply, Request, Response,
    Result,
};

use super::{Notes, commands, furnish, probes};
use crate::Subject;
use crate::script::{Answer, Needs};
use crate::suite::{Store, text_of};

/// What a test makes at most, in bytes; a greater limit is not tried.
const LARGE: usize = 8 << 20;

probes! { "limits":
    "keys, values, fields and members up to their limits are taken, one byte more is refused",
        commands(&[CommandId::Set, CommandId::Get]) => sizes;
    "a value that grows stops at the limit",
        commands(&[CommandId::Set, CommandId::Append, CommandId::SetRange, CommandId::Get]) => growth;
    "more arguments than the limit are refused", commands(&[CommandId::SAdd]) => arguments;
    "more random elements than the limit are refused",
        commands(&[CommandId::SRandMember, CommandId::HRandField]) => random_elements;
    "more commands in a batch than the limit are refused", commands(&[CommandId::Set]) => batch_length;
    "a page is no longer than the limit, whatever was asked for", commands(&[CommandId::Set, CommandId::Scan]) => page;
    "a command beyond a limit is refused with its whole batch",
        Needs { atomic_batches: true, ..commands(&[CommandId::Set]) } => in_a_batch;
}

fn bytes(len: usize) -> Vec<u8> {
    vec![b'x'; len]
}

/// Refused, and nothing is different.
async fn refused(subject: &Subject, notes: &mut Notes, command: Command) -> Result<()> {
    if !subject.capabilities().commands.contains(command.id()) {
        return Ok(());
    }
    let store = Store(subject);
    let keys = furnish(subject).await?;
    let before = store.lines(&keys).await;
    let step = text_of(&command);
    let answer = store.run(command).await;
    notes.refused(&step, ErrorKind::LimitExceeded, &answer);
    notes.unchanged(&step, &before, &store.lines(&keys).await);
    Ok(())
}

async fn sizes(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let Limits { key, value, member, .. } = subject.capabilities().limits;
    let store = Store(subject);
    if key <= LARGE {
        let answer = store.run(Set::new(bytes(key), "v")).await;
        notes.check(answer == Answer::Status("OK".to_owned()), "SET of the longest key", "OK", answer);
        refused(subject, notes, Set::new(bytes(key + 1), "v").into()).await?;
        refused(subject, notes, Get::new(bytes(key + 1)).into()).await?;
        refused(subject, notes, Scan::new(Cursor::START).pattern(Pattern::from(bytes(key + 1))).into())
            .await?;
    } else {
        notes.skip("the limit on keys is too great to try");
    }
    if value <= LARGE {
        let answer = store.run(Set::new("k", bytes(value))).await;
        notes.check(answer == Answer::Status("OK".to_owned()), "SET of the longest value", "OK", answer);
        refused(subject, notes, Set::new("string", bytes(value + 1)).into()).await?;
        refused(subject, notes, MSet::new([("a", bytes(1)), ("string", bytes(value + 1))]).into()).await?;
        refused(subject, notes, RPush::new("list", [bytes(1), bytes(value + 1)]).into()).await?;
        refused(subject, notes, HSet::new("hash", [("f", bytes(value + 1))]).into()).await?;
    } else {
        notes.skip("the limit on values is too great to try");
    }
    if member <= LARGE {
        refused(subject, notes, SAdd::new("set", [bytes(1), bytes(member + 1)]).into()).await?;
        refused(subject, notes, HSet::new("hash", [(bytes(member + 1), "v")]).into()).await?;
    } else {
        notes.skip("the limit on members is too great to try");
    }
    Ok(())
}

async fn growth(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let limit = subject.capabilities().limits.value;
    if let Ok(beyond) = u64::try_from(limit) {
        refused(subject, notes, SetRange::new("string", beyond, "x").into()).await?;
        refused(subject, notes, SetRange::new("missing", u64::MAX >> 1, "x").into()).await?;
    }
    if limit > LARGE {
        notes.skip("the limit on values is too great to try");
        return Ok(());
    }
    let store = Store(subject);
    store.run(Set::new("k", bytes(limit - 1))).await;
    let answer = store.run(Append::new("k", "x")).await;
    notes.check(answer == Answer::Int(limit as i64), "APPEND up to the limit", limit.to_string(), answer);
    let answer = store.run(Append::new("k", "x")).await;
    notes.refused("APPEND beyond the limit", ErrorKind::LimitExceeded, &answer);
    let answer = store.run(Get::new("k")).await;
    notes.check(answer == Answer::Bulk(bytes(limit).into()), "GET", "as many bytes as the limit", answer);
    Ok(())
}

async fn arguments(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let limit = subject.capabilities().limits.arguments;
    if limit > 1_000_000 {
        notes.skip("the limit on arguments is too great to try");
        return Ok(());
    }
    let members = (0..=limit).map(|number| number.to_string());
    refused(subject, notes, SAdd::new("set", members).into()).await
}

async fn random_elements(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let limit = subject.capabilities().limits.arguments;
    let Some(beyond) = i64::try_from(limit).ok().and_then(|limit| limit.checked_add(1)) else {
        return Ok(());
    };
    if beyond > i64::MAX / 4 {
        notes.skip("the limit on arguments is too great to try");
        return Ok(());
    }
    refused(subject, notes, SRandMember::new("set", Some(-beyond)).into()).await?;
    refused(subject, notes, HRandField::new("hash", Some(-beyond)).into()).await
}

async fn batch_length(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let can = subject.capabilities();
    let limit = can.limits.batch;
    if limit > 200_000 {
        notes.skip("the limit on batches is too great to try");
        return Ok(());
    }
    let store = Store(subject);
    let keys = furnish(subject).await?;
    let before = store.lines(&keys).await;
    for mode in [Mode::Pipelined, Mode::Atomic] {
        if mode == Mode::Atomic && !can.atomic_batches {
            continue;
        }
        let command = Command::from(Set::new("string", "v"));
        let batch = Batch { mode, checks: Vec::new(), commands: vec![command; limit + 1] };
        let (answer, _) = store.run_batch(batch).await;
        notes.refused(format!("{mode:?} batch of {} commands", limit + 1), ErrorKind::LimitExceeded, &answer);
    }
    if can.atomic_batches {
        let mut batch = Batch::atomic();
        batch.checks = vec![Check::exists("string"); limit];
        batch.push(Set::new("string", "v"));
        let (answer, _) = store.run_batch(batch).await;
        notes.refused("a batch of too many checks", ErrorKind::LimitExceeded, &answer);
    }
    notes.unchanged("batches beyond the limit", &before, &store.lines(&keys).await);
    Ok(())
}

async fn page(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let limit = subject.capabilities().limits.page;
    if limit > 2_000 {
        notes.skip("the limit on pages is too great to try");
        return Ok(());
    }
    let kv = subject.kv();
    for number in 0..limit * 3 {
        kv.run(Set::new(format!("key:{number}"), "v")).await?;
    }
    let mut cursor = Cursor::START;
    let mut found = 0;
    loop {
        let request = Request::One(Scan::new(cursor).count(u64::MAX >> 1).into());
        let reply = subject.store().execute(&credenza_core::Context::new(), request).await;
        let Reply::KeyPage(page) = reply.and_then(Response::one)? else { break };
        // A store may look at a few keys more, those that lie together.
        let expected = format!("about {limit} keys");
        notes.check(
            page.items.len() <= limit * 2,
            "SCAN with the greatest COUNT",
            expected,
            page.items.len(),
        );
        found += page.items.len();
        match page.next {
            Some(next) => cursor = next,
            None => break,
        }
    }
    notes.check(found >= limit * 3, "the whole scan", format!("{} keys", limit * 3), found);
    Ok(())
}

async fn in_a_batch(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let limit = subject.capabilities().limits.key;
    if limit > LARGE {
        notes.skip("the limit on keys is too great to try");
        return Ok(());
    }
    let store = Store(subject);
    let keys = furnish(subject).await?;
    let before = store.lines(&keys).await;
    let mut batch = Batch::atomic();
    batch.push(Set::new("string", "changed"));
    batch.push(Set::new(bytes(limit + 1), "v"));
    let (answer, _) = store.run_batch(batch).await;
    notes.refused("a batch whose second key is too long", ErrorKind::LimitExceeded, &answer);
    let mut batch = Batch::atomic();
    batch.check(Check::absent(bytes(limit + 1)));
    batch.push(Set::new("string", "changed"));
    let (answer, _) = store.run_batch(batch).await;
    notes.refused("a batch whose check has too long a key", ErrorKind::LimitExceeded, &answer);
    notes.unchanged("batches beyond a limit", &before, &store.lines(&keys).await);
    Ok(())
}
