//! Cases that a transcript cannot say.

mod bad_input;
mod deadlines;
mod limits;
mod names;
mod pubsub;
mod scans;
mod unsupported;

use std::pin::Pin;

use credenza_core::{CommandId, CommandSet, Result};

use crate::Subject;
use crate::script::{Answer, Failure, Needs};

/// A case in code.
pub(super) struct Probe {
    pub(super) group: &'static str,
    pub(super) name: &'static str,
    pub(super) needs: Needs,
    pub(super) body: Body,
}

/// What a probe does.
pub(super) type Body =
    for<'a> fn(&'a Subject, &'a mut Notes) -> Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

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

/// Makes probes of functions: `probes!["group" needs: "name" => function, …]`.
macro_rules! probes {
    ($group:literal: $( $name:literal, $needs:expr => $body:path; )*) => {
        pub(super) fn probes() -> impl Iterator<Item = super::Probe> {
            [ $( super::Probe {
                group: $group,
                name: $name,
                needs: $needs,
                body: |subject, notes| Box::pin($body(subject, notes)),
            }, )* ]
            .into_iter()
        }
    };
}
use probes;

/// These commands.
fn commands(ids: &[CommandId]) -> Needs {
    Needs { commands: ids.iter().copied().collect::<CommandSet>(), ..Needs::NOTHING }
}

/// What a case in code found out.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) failures: Vec<Failure>,
    pub(super) skipped: Option<String>,
}

impl Notes {
    /// Notes a failure unless this holds.
    fn check(
        &mut self,
        holds: bool,
        step: impl Into<String>,
        expected: impl Into<String>,
        got: impl ToString,
    ) {
        if !holds {
            let got = got.to_string();
            self.failures.push(Failure { step: step.into(), expected: expected.into(), got });
        }
    }

    /// Notes a failure unless the answer is an error of this kind that says that nothing was changed.
    fn refused(&mut self, step: impl Into<String>, kind: credenza_core::ErrorKind, answer: &Answer) {
        let holds = matches!(answer, Answer::Error(refusal) if refusal.kind == kind && refusal.not_applied);
        let got = match answer {
            Answer::Error(refusal) => format!("{refusal} ({})", refusal.text),
            answer => answer.to_string(),
        };
        self.check(holds, step, format!("!{kind:?}, not applied"), got);
    }

    /// Notes a failure for each line that is not what it was.
    fn unchanged(&mut self, step: &str, before: &[String], after: &[String]) {
        for (old, new) in before.iter().zip(after) {
            self.check(old == new, step, format!("no change, and before stood {old}"), new);
        }
        self.check(before.len() == after.len(), step, "no change", "other keys than before");
    }

    /// Says why the case was not tried.
    fn skip(&mut self, why: impl Into<String>) {
        self.skipped.get_or_insert(why.into());
    }
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
