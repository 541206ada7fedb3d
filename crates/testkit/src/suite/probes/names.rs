//! What a store says about itself and about its errors.

use credenza_core::command::{IncrBy, LPush, Scan, Set};
use credenza_core::{Batch, Check, CommandId, Context, Cursor, Effect, Error, Request, Result, Retry};

use super::{Notes, commands, probes};
use crate::Subject;
use crate::script::{Answer, Needs};
use crate::suite::Store;

const SECRET: &str = "hunter2-value";
const KEY: &str = "hunter2-key";

probes! { "names":
    "a store has a name, and claims what fits together", Needs::NOTHING => claims;
    "errors name the command and the store, and show neither key nor value",
        commands(&[CommandId::Set, CommandId::IncrBy, CommandId::LPush]) => errors;
    "the error of a failed check keeps what stood there out of its text",
        Needs { atomic_batches: true, ..commands(&[CommandId::Set]) } => failed_check;
}

async fn claims(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let can = subject.capabilities();
    let name = subject.store().info().name().to_owned();
    notes.check(!name.is_empty(), "the name of the store", "some text", &name);
    for id in [CommandId::VersionOf, CommandId::GetVersioned] {
        let consistent = can.versions || !can.commands.contains(id);
        notes.check(consistent, id.info().name, "not claimed by a store without versions", "claimed");
    }
    notes.check(!can.commands.is_empty(), "the commands of the store", "at least one", "none");
    if can.commands.contains(CommandId::Scan) {
        let found = Store(subject).run(Scan::new(Cursor::START)).await;
        let empty = Answer::Array(vec![Answer::Bulk("0".into()), Answer::Array(Vec::new())]);
        notes.check(found == empty, "SCAN of a fresh store", "nothing: stores must not share keys", found);
    }
    Ok(())
}

fn look(notes: &mut Notes, step: &str, command: &str, error: &Error) {
    notes.check(error.command() == Some(command), step, format!("an error of {command}"), error);
    notes.check(error.store().is_some(), step, "an error that names the store", error);
    notes.check(error.effect() == Effect::NotApplied, step, "not applied", error);
    notes.check(error.retry() == Retry::Permanent, step, "permanent", error);
    let text = format!("{error} {error:?} {:?}", error.check_failure());
    let discreet = !text.contains(SECRET) && !text.contains(KEY);
    notes.check(discreet, step, "neither the key nor the value", text);
}

async fn errors(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let kv = subject.kv();
    kv.run(Set::new(KEY, SECRET)).await?;
    let results = [
        ("INCRBY", kv.run(IncrBy::new(KEY, 1)).await.map(|_| ())),
        ("LPUSH", kv.run(LPush::new(KEY, [SECRET])).await.map(|_| ())),
        (
            "SET",
            kv.run(Set::new(KEY, SECRET).expiry(credenza_core::command::SetExpiry::In(-1))).await.map(|_| ()),
        ),
    ];
    for (command, result) in results {
        match result {
            Err(error) => look(notes, command, command, &error),
            Ok(()) => notes.check(false, command, "an error", "none"),
        }
    }
    Ok(())
}

async fn failed_check(subject: &Subject, notes: &mut Notes) -> Result<()> {
    subject.kv().run(Set::new(KEY, SECRET)).await?;
    let mut batch = Batch::atomic();
    batch.check(Check::value_equals(KEY, "something else"));
    batch.push(Set::new(KEY, "new"));
    match subject.store().execute(&Context::new(), Request::Batch(batch)).await {
        Ok(_) => notes.check(false, "a batch whose check fails", "an error", "none"),
        Err(error) => {
            let found = error.check_failure().is_some();
            notes.check(found, "a batch whose check fails", "an error with what stood there", &error);
            look(notes, "a batch whose check fails", "CHECK", &error);
        }
    }
    Ok(())
}
