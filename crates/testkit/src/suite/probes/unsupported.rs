//! What a store does not support it refuses, and nothing is touched.

use credenza_core::command::{Access, Set};
use credenza_core::{Batch, Check, Command, CommandId, ErrorKind, Mode, Result, Version};

use super::{Notes, furnish, probes};
use crate::Subject;
use crate::sampler::SeededSampler;
use crate::script::{Answer, Needs};
use crate::suite::{Store, text_of};

/// How many random forms of each command are tried.
const FORMS: usize = 20;

probes! { "unsupported":
    "a command that is not claimed is refused and touches nothing", Needs::NOTHING => alone;
    "a command that is not claimed is refused inside of batches", Needs::NOTHING => in_batches;
    "atomic batches that are not claimed are refused", Needs::NOTHING => atomic_batches;
    "versions that are not claimed are refused in checks", Needs::NOTHING => version_checks;
}

/// Forms of a command that are valid, on the keys that [`furnish`] fills.
fn forms(id: CommandId) -> Vec<Command> {
    let mut sampler = SeededSampler::new(7).with_keys(["string", "hash", "set", "list", "zset"]);
    let valid = |command: &Command| credenza_core::semantics::validate::command(command).is_ok();
    (0..FORMS * 10).map(|_| id.sample(&mut sampler)).filter(valid).take(FORMS).collect()
}

fn missing(subject: &Subject, notes: &mut Notes) -> Vec<CommandId> {
    let can = subject.capabilities();
    let missing: Vec<_> = CommandId::ALL.iter().copied().filter(|id| !can.commands.contains(*id)).collect();
    if missing.is_empty() {
        notes.skip("the store claims every command");
    }
    missing
}

async fn alone(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let store = Store(subject);
    let keys = furnish(subject).await?;
    let before = store.lines(&keys).await;
    for command in missing(subject, notes).into_iter().flat_map(forms) {
        let (step, writes) = (text_of(&command), command.info().access == Access::Write);
        let answer = store.run(command).await;
        notes.refused(&step, ErrorKind::Unsupported, &answer);
        if writes {
            notes.unchanged(&step, &before, &store.lines(&keys).await);
        }
    }
    Ok(())
}

async fn in_batches(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let can = subject.capabilities();
    let store = Store(subject);
    let keys = furnish(subject).await?;
    let before = store.lines(&keys).await;
    for id in missing(subject, notes) {
        let Some(command) = forms(id).into_iter().next() else { continue };
        let step = text_of(&command);
        let (answer, _) = store
            .run_batch(Batch { mode: Mode::Pipelined, checks: Vec::new(), commands: vec![command.clone()] })
            .await;
        let own = match &answer {
            Answer::Array(answers) => answers.first().cloned().unwrap_or(Answer::Nil),
            whole => whole.clone(),
        };
        notes.refused(format!("PIPELINE {{ {step} }}"), ErrorKind::Unsupported, &own);
        if can.atomic_batches && can.commands.contains(CommandId::Set) {
            let commands = vec![Set::new("string", "changed").into(), command];
            let (answer, _) =
                store.run_batch(Batch { mode: Mode::Atomic, checks: Vec::new(), commands }).await;
            notes.refused(
                format!("ATOMIC {{ SET string changed ; {step} }}"),
                ErrorKind::Unsupported,
                &answer,
            );
        }
        notes.unchanged(&step, &before, &store.lines(&keys).await);
    }
    Ok(())
}

async fn atomic_batches(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let can = subject.capabilities();
    if can.atomic_batches || !can.commands.contains(CommandId::Set) {
        notes.skip("the store claims atomic batches, or has no SET to try one");
        return Ok(());
    }
    let store = Store(subject);
    let keys = furnish(subject).await?;
    let before = store.lines(&keys).await;
    let mut batch = Batch::atomic();
    batch.push(Set::new("string", "changed"));
    let (answer, _) = store.run_batch(batch).await;
    notes.refused("ATOMIC { SET string changed }", ErrorKind::Unsupported, &answer);
    notes.unchanged("ATOMIC { SET string changed }", &before, &store.lines(&keys).await);
    Ok(())
}

async fn version_checks(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let can = subject.capabilities();
    if can.versions || !can.atomic_batches || !can.commands.contains(CommandId::Set) {
        notes.skip("the store claims versions, or has no atomic batches to try one");
        return Ok(());
    }
    let store = Store(subject);
    let keys = furnish(subject).await?;
    let before = store.lines(&keys).await;
    let mut batch = Batch::atomic();
    batch.check(Check::version_equals("string", Some(Version::new(1))));
    batch.push(Set::new("string", "changed"));
    let (answer, _) = store.run_batch(batch).await;
    notes.refused("a check of a version", ErrorKind::Unsupported, &answer);
    notes.unchanged("a check of a version", &before, &store.lines(&keys).await);
    Ok(())
}
