//! Cases that a transcript cannot say.

mod bad_input;
mod deadlines;
mod limits;
mod names;
mod pubsub;
mod scans;
mod unsupported;

use credenza_core::{CommandId, CommandSet, Result};

use crate::Subject;
use crate::script::{Answer, Needs};
use crate::trial::{Notes, probes};

/// A case in code.
pub(super) type Probe = crate::trial::Probe<Subject, Needs>;

/// Every case in code.
pub(super) fn all() -> impl Iterator<Item = Probe> {
    limits::probes()
        .chain(deadlines::probes())
        .chain(bad_input::probes())
        .chain(names::probes())
        .chain(scans::probes())
        .chain(unsupported::probes())
        .chain(pubsub::probes())
}

/// These commands.
fn commands(ids: &[CommandId]) -> Needs {
    Needs { commands: ids.iter().copied().collect::<CommandSet>(), ..Needs::NOTHING }
}

/// Fills a store with a key of every kind that it can write; returns the keys.
async fn furnish(subject: &Subject) -> Result<std::collections::BTreeSet<credenza_core::Key>> {
    use credenza_core::command::{HSet, RPush, SAdd, Set, ZAdd, ZAddOptions};
    let can = subject.capabilities().commands;
    let store = super::Store(subject);
    let writes: [(&str, credenza_core::Command); 5] = [
        ("string", Set::new("string", "5").into()),
        ("hash", HSet::new("hash", [("f", "1"), ("g", "2")]).into()),
        ("set", SAdd::new("set", ["a", "b"]).into()),
        ("list", RPush::new("list", ["a", "b", "a"]).into()),
        ("zset", ZAdd::new("zset", ZAddOptions::default(), [(1.0, "a"), (2.0, "b")]).into()),
    ];
    let mut keys = std::collections::BTreeSet::new();
    for (key, write) in writes {
        if can.contains(write.id()) {
            if let Answer::Error(refusal) = store.run(write).await {
                return Err(credenza_core::Error::new(refusal.kind, refusal.text));
            }
            keys.insert(key.into());
        }
    }
    Ok(keys)
}
