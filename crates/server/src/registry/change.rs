//! Changes of single resources.

use bytes::Bytes;
use credenza_core::command::{Del, Get, HIncrBy, Set, ZAdd, ZAddOptions, ZRem};
use credenza_core::{Batch, BatchReply, Check, Error, ErrorKind, Kv, Result};
use serde_json::value::RawValue;

use super::record::{Id, Kind, Record};
use super::{ATTEMPTS, Registry, layout};

/// What stands in the registry before a change.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    bytes: Option<Bytes>,
    pub(crate) record: Option<Record>,
}

impl Stored {
    pub(super) fn new(bytes: Option<Bytes>) -> Result<Stored> {
        let record = bytes.as_deref().map(Record::decode).transpose()?;
        Ok(Stored { bytes, record })
    }

    /// The record, if the registry shows it and it has not expired.
    pub(crate) fn listed(&self, now: i64) -> Option<&Record> {
        self.record.as_ref().filter(|record| !record.hidden && !record.is_due(now))
    }
}

impl Registry {
    /// Waits until nobody else in this process changes the resource.
    pub(crate) async fn lock(&self, id: Id<'_>) -> tokio::sync::MutexGuard<'_, ()> {
        self.locks.hold(id).await
    }

    /// What stands there.
    pub(crate) async fn look(kv: &Kv, id: Id<'_>) -> Result<Stored> {
        Stored::new(kv.run(Get::new(layout::record(id))).await?)
    }

    /// Adds to a batch what puts `new` in the place of `old`, and checks that `old` still stands there.
    pub(crate) fn replace(batch: &mut Batch, id: Id<'_>, old: &Stored, new: Option<&Record>) -> Result<()> {
        let record = layout::record(id);
        match (&old.bytes, new) {
            (_, Some(new)) => drop(batch.push(Set::new(record.clone(), new.encode()?))),
            (Some(_), None) => drop(batch.push(Del::new([&record]))),
            (None, None) => {}
        }
        batch.check(match &old.bytes {
            Some(bytes) => Check::value_equals(record, bytes),
            None => Check::absent(record),
        });
        let listed = |record: &&Record| !record.hidden;
        relist(batch, id, old.record.as_ref().filter(listed), new.filter(listed));
        let until = |record: Option<&Record>| record.and_then(|record| record.expires_at);
        match (until(old.record.as_ref()), until(new)) {
            (before, Some(at)) if before != Some(at) => {
                let member = [(at as f64, layout::member("", id))];
                batch.push(ZAdd::new(layout::expiry(), ZAddOptions::default(), member));
            }
            (Some(_), None) => drop(batch.push(ZRem::new(layout::expiry(), [layout::member("", id)]))),
            _ => {}
        }
        Ok(())
    }

    /// Runs a batch; `None` if somebody came between, and the change must be tried again. The first `own_checks` of its
    /// checks are the caller's: they fail the change.
    pub(crate) async fn apply(&self, kv: &Kv, batch: Batch, own_checks: usize) -> Result<Option<BatchReply>> {
        match kv.batch(batch).await {
            Ok(replies) => Ok(Some(replies)),
            Err(error) if is_race(&error, own_checks) => {
                tokio::task::yield_now().await;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Registers a resource for a client.
    pub(crate) async fn register(
        &self,
        kv: &Kv,
        id: Id<'_>,
        size: Option<u64>,
        metadata: Option<&RawValue>,
    ) -> Result<Record> {
        let _alone = self.lock(id).await;
        for _ in 0..ATTEMPTS {
            let (old, now) = (Self::look(kv, id).await?, self.now());
            let mut new = old.record.clone().filter(|record| !record.is_due(now));
            let new = new.get_or_insert_with(|| Record::new(now, now));
            if new.hidden {
                (new.hidden, new.created_at) = (false, now);
            }
            new.updated_at = now;
            new.show(size, metadata.map(ToOwned::to_owned));
            let mut batch = Batch::atomic();
            Self::replace(&mut batch, id, &old, Some(new))?;
            if self.apply(kv, batch, 0).await?.is_some() {
                return Ok(new.clone());
            }
        }
        Err(contended())
    }

    /// Takes a resource out of the registry for a client; says whether it was there. The resource itself stays.
    pub(crate) async fn unregister(&self, kv: &Kv, id: Id<'_>) -> Result<bool> {
        let _alone = self.lock(id).await;
        for _ in 0..ATTEMPTS {
            let old = Self::look(kv, id).await?;
            let Some(listed) = old.listed(self.now()) else { return Ok(false) };
            let mut hidden = listed.clone();
            hidden.hidden = true;
            let mut batch = Batch::atomic();
            let kept = id.kind == Kind::Kv && hidden.is_needed();
            Self::replace(&mut batch, id, &old, kept.then_some(&hidden))?;
            if self.apply(kv, batch, 0).await?.is_some() {
                return Ok(true);
            }
        }
        Err(contended())
    }
}

/// The part of a change that concerns the index and the sizes.
fn relist(batch: &mut Batch, id: Id<'_>, old: Option<&Record>, new: Option<&Record>) {
    let index = layout::index(id.kind, id.namespace);
    match new {
        Some(new) if old.is_none_or(|old| old.updated_at != new.updated_at) => {
            let member = [(new.updated_at as f64, id.key)];
            batch.push(ZAdd::new(index, ZAddOptions::default(), member));
        }
        None if old.is_some() => drop(batch.push(ZRem::new(index, [id.key]))),
        _ => {}
    }
    let more = new.map_or(0, Record::counted) - old.map_or(0, Record::counted);
    // The first resource of a namespace makes the field, also if it counts for nothing.
    if more != 0 || old.is_none() && new.is_some() {
        batch.push(HIncrBy::new(layout::sizes(), layout::size_field(id.kind, id.namespace), more));
    }
}

/// Others changed the resource as often as it was tried.
pub(crate) fn contended() -> Error {
    Error::new(ErrorKind::Busy, "others changed the resource again and again")
}

fn is_race(error: &Error, own_checks: usize) -> bool {
    error.kind() == ErrorKind::CheckFailed
        && error.check_failure().is_some_and(|failure| failure.index >= own_checks)
}
