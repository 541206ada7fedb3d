//! Rounds: from looking at another store until the registry says what was seen there, nobody else may do the same.
//!
//! A record tells by itself that it was replaced, but one that is absent does not tell that it came and went meanwhile, and
//! tables that are as they were leave no trace. So whoever brings them in order also changes the round they did it in.

use bytes::Bytes;
use credenza_core::command::{Get, Set};
use credenza_core::{Batch, Check, Key, Kv, Random, Result, ThreadRandom};

use super::layout;
use super::record::Id;

/// The round that was on when somebody began to look.
#[derive(Debug)]
pub(super) struct Round {
    key: Key,
    value: Option<Bytes>,
}

impl Round {
    /// Before the first look at the other store.
    pub(super) async fn begin(kv: &Kv, id: Id<'_>) -> Result<Round> {
        let key = layout::round(id);
        let value = kv.run(Get::new(key.clone())).await?;
        Ok(Round { key, value })
    }

    /// Adds to a batch that the round is still on, and that the next one begins: for the batch after this one.
    pub(super) fn end(&mut self, batch: &mut Batch) {
        batch.check(match &self.value {
            Some(value) => Check::value_equals(self.key.clone(), value),
            None => Check::absent(self.key.clone()),
        });
        let next = next();
        batch.push(Set::new(self.key.clone(), next.clone()));
        self.value = Some(next);
    }

    /// Adds to a batch that whatever round is on ends.
    pub(super) fn end_any(id: Id<'_>, batch: &mut Batch) {
        batch.push(Set::new(layout::round(id), next()));
    }
}

fn next() -> Bytes {
    Bytes::copy_from_slice(&ThreadRandom.next_u64().to_be_bytes())
}
