//! Values that move to the active key.

use bytes::Bytes;
use credenza_core::command::{Get, HGet, HScan, HSet, LRange, LSet, Scan, Set, SetExpiry, Type, VersionOf};
use credenza_core::transform::Place;
use credenza_core::{
    Batch, Check, Command, Context, Cursor, Error, ErrorKind, Key, Kind, KvStore, Op, Request, Result, Value,
};

use crate::kv::{Encrypted, NAME, busy};

/// What a rotation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rotated {
    /// Keys that were looked at.
    pub keys: u64,
    /// Values that were encrypted anew.
    pub values: u64,
    /// Lists that were left as they are, for the store below has no versions, without which a list may change
    /// between reading and writing. Copy them by other means before the old key goes.
    pub lists_left: u64,
}

/// How often it is tried again when somebody else wrote meanwhile.
const ATTEMPTS: usize = 32;

/// How many keys, fields and items are read at a time.
const PAGE: u64 = 100;

impl<S: KvStore> Encrypted<S> {
    /// Encrypts what old keys encrypted with the active one, while others read and write: a value that was written meanwhile
    /// stays, and so does every time to live. When it has ended without an error, and every process that writes
    /// has the new ring, the old keys can leave it. To begin again costs reading alone.
    ///
    /// # Errors
    /// `Unsupported` on a store without atomic batches; `Corrupt` for a value that cannot be opened, at which it ends.
    pub async fn rotate(&self, cx: &Context) -> Result<Rotated> {
        if !self.inner().capabilities().atomic_batches {
            let message =
                "values can be encrypted anew only where atomic batches can check that they did not change";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let (mut rotated, mut cursor) = (Rotated::default(), Cursor::START);
        loop {
            let page = self.ask(cx, Scan::new(cursor).count(PAGE)).await?;
            for key in page.items {
                rotated.keys += 1;
                let key = Key::from(key);
                let changed = match self.ask(cx, Type::new(&key)).await? {
                    Some(Kind::String) => self.string(cx, &key, &mut rotated).await,
                    Some(Kind::Hash) => self.hash(cx, &key, &mut rotated).await,
                    Some(Kind::List) => self.list(cx, &key, &mut rotated).await,
                    _ => Ok(()),
                };
                match changed {
                    // It has become something else, with the active key.
                    Err(error) if error.kind() == ErrorKind::WrongType => {}
                    changed => changed.map_err(|error| error.for_key(&key).on(NAME))?,
                }
            }
            match page.next {
                Some(next) => cursor = next,
                None => return Ok(rotated),
            }
        }
    }

    async fn ask<O: Op>(&self, cx: &Context, op: O) -> Result<O::Reply> {
        O::reply(self.inner().execute(cx, Request::One(op.into())).await?.one()?)
    }

    /// Writes if the check holds; whether it did.
    async fn write(&self, cx: &Context, check: Check, commands: Vec<Command>) -> Result<bool> {
        let batch = Batch { checks: vec![check], commands, ..Batch::atomic() };
        match self.inner().execute(cx, Request::Batch(batch)).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::CheckFailed => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn string(&self, cx: &Context, key: &Key, rotated: &mut Rotated) -> Result<()> {
        let place = Place::at(key.as_bytes());
        for _ in 0..ATTEMPTS {
            let Some(old) = self.ask(cx, Get::new(key)).await?.filter(|old| self.sealers().is_old(old))
            else {
                return Ok(());
            };
            let set = Set::new(key, self.again(place, &old)?).expiry(SetExpiry::Keep);
            if self.write(cx, Check::value_equals(key, &old), vec![set.into()]).await? {
                rotated.values += 1;
                return Ok(());
            }
        }
        Err(busy("a value changes all the time"))
    }

    async fn hash(&self, cx: &Context, key: &Key, rotated: &mut Rotated) -> Result<()> {
        let mut cursor = Cursor::START;
        loop {
            let page = self.ask(cx, HScan::new(key, cursor).count(PAGE)).await?;
            for (field, value) in page.items {
                if self.sealers().is_old(&value) {
                    self.field(cx, key, field, rotated).await?;
                }
            }
            match page.next {
                Some(next) => cursor = next,
                None => return Ok(()),
            }
        }
    }

    async fn field(&self, cx: &Context, key: &Key, field: Bytes, rotated: &mut Rotated) -> Result<()> {
        let place = Place::field(key.as_bytes(), &field);
        for _ in 0..ATTEMPTS {
            let found = self.ask(cx, HGet::new(key, &field)).await?;
            let Some(old) = found.filter(|old| self.sealers().is_old(old)) else { return Ok(()) };
            let set = HSet::new(key, [(&field, self.again(place, &old)?)]);
            if self.write(cx, Check::field_equals(key, &field, &old), vec![set.into()]).await? {
                rotated.values += 1;
                return Ok(());
            }
        }
        Err(busy("a field changes all the time"))
    }

    async fn list(&self, cx: &Context, key: &Key, rotated: &mut Rotated) -> Result<()> {
        if !self.inner().capabilities().versions {
            rotated.lists_left += 1;
            return Ok(());
        }
        let place = Place::at(key.as_bytes());
        let (mut start, mut attempts) = (0, 0);
        loop {
            let mut read = Batch::atomic();
            let version = read.push(VersionOf::new(key));
            let items = read.push(LRange::new(key, start, start + PAGE as i64 - 1));
            let mut reply = self.inner().execute(cx, Request::Batch(read)).await?.batch()?;
            let (version, items) = (reply.take(version)?, reply.take(items)?);
            if items.is_empty() {
                return Ok(());
            }
            let old = (start..).zip(&items).filter(|(_, item)| self.sealers().is_old(item));
            let sets = old.map(|(index, item)| Ok(LSet::new(key, index, self.again(place, item)?).into()));
            let sets: Vec<Command> = sets.collect::<Result<_>>()?;
            let count = sets.len();
            if sets.is_empty() || self.write(cx, Check::version_equals(key, version), sets).await? {
                rotated.values += count as u64;
                (start, attempts) = (start + items.len() as i64, 0);
            } else {
                attempts += 1;
                if attempts == ATTEMPTS {
                    return Err(busy("a list changes all the time"));
                }
            }
        }
    }

    fn again(&self, place: Place<'_>, old: &Bytes) -> Result<Value> {
        Ok(self.sealers().seal(place, &self.sealers().open(place, old)?)?.into())
    }
}
