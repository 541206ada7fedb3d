//! Entries on their way to the store that was out.

use bytes::Bytes;
use credenza_core::command::{Del, Get, Set, SetExpiry};
use credenza_core::{Batch, Check, Context, Error, ErrorKind, Key, KvStore, Request, Result};

use super::config::{Decide, JournaledWrite, Verdict};
use super::entry::Entry;
use crate::ask::ask;

/// How often it is tried again when others write meanwhile.
const ATTEMPTS: usize = 32;

/// What became of entries.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Replayed {
    pub(super) written: u64,
    pub(super) kept: u64,
}

/// Writes entries to a store, each once: the number of the last one stands in the store, under a key of the journal, and is checked and set in the same
/// step. An answer that was lost is no reason to write twice.
pub(super) struct Replay<'a, P> {
    pub(super) store: &'a P,
    /// The number of the journal.
    pub(super) journal: u64,
    pub(super) decide: Option<&'a dyn Decide>,
}

impl<P: KvStore> Replay<'_, P> {
    pub(super) async fn write(&self, cx: &Context, entries: &[(u64, Entry)]) -> Result<Replayed> {
        let marker = Key::from(format!("credenza:journal:{:016x}", self.journal));
        for _ in 0..ATTEMPTS {
            let mark = ask(self.store, cx, Get::new(&marker)).await?;
            let done = match &mark {
                None => 0,
                Some(mark) => number(mark).ok_or_else(damaged)?,
            };
            let left: Vec<_> = entries.iter().filter(|(number, _)| *number > done).collect();
            let Some((last, _)) = left.last() else { return Ok(Replayed::default()) };
            let mut batch = Batch::atomic();
            batch.check(match mark {
                None => Check::absent(&marker),
                Some(mark) => Check::value_equals(&marker, mark),
            });
            let mut replayed = Replayed::default();
            for (_, entry) in &left {
                self.add(cx, &mut batch, entry, &mut replayed).await?;
            }
            batch.push(Set::new(&marker, last.to_string()));
            match self.store.execute(cx, Request::Batch(batch)).await {
                Ok(_) => return Ok(replayed),
                // It was written before, or somebody changed what was decided about.
                Err(error) if error.kind() == ErrorKind::CheckFailed => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::new(ErrorKind::Conflict, "others write to the same keys all the time"))
    }

    async fn add(
        &self,
        cx: &Context,
        batch: &mut Batch,
        entry: &Entry,
        replayed: &mut Replayed,
    ) -> Result<()> {
        for write in &entry.writes {
            if let Some(decide) = self.decide {
                let Some((stands, check)) = self.stands(cx, &write.key).await? else {
                    replayed.kept += 1;
                    continue;
                };
                let value = write.value.as_ref().map(|stored| &stored.value);
                let journaled = JournaledWrite { key: &write.key, value, accepted: entry.accepted };
                batch.check(check);
                if decide.decide(stands.as_ref(), &journaled) == Verdict::Keep {
                    replayed.kept += 1;
                    continue;
                }
            }
            replayed.written += 1;
            match &write.value {
                // In the past, it leaves no key: what expired while it waited is not there.
                Some(stored) => {
                    let expiry = stored.until.map_or(SetExpiry::Clear, SetExpiry::At);
                    batch.push(Set::new(&write.key, &stored.value).expiry(expiry));
                }
                None => {
                    batch.push(Del::new([&write.key]));
                }
            }
        }
        Ok(())
    }

    /// What stands under a key, and the check that it still does; `None` if it is no string.
    async fn stands(&self, cx: &Context, key: &Bytes) -> Result<Option<(Option<Bytes>, Check)>> {
        match ask(self.store, cx, Get::new(key)).await {
            Ok(None) => Ok(Some((None, Check::absent(key)))),
            Ok(Some(value)) => {
                let check = Check::value_equals(key, &value);
                Ok(Some((Some(value), check)))
            }
            Err(error) if error.kind() == ErrorKind::WrongType => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn number(mark: &[u8]) -> Option<u64> {
    std::str::from_utf8(mark).ok()?.parse().ok()
}

#[cold]
fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "the mark of a journal in the store is damaged")
}
