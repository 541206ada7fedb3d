//! The index: which keys it has in the key-value store, and what is done with them.
//!
//! | key, below `blob` | what |
//! |---|---|
//! | `format` | the version of this layout, and the id of the store |
//! | `object` and a key | the record of the object |
//! | `content` and a key | the record again and the content, if it is kept in the index |
//! | `file` and an id | the key whose content that file has: files without are garbage |
//! | `names` | all keys, a sorted set in the order of their bytes |

use std::sync::Arc;

use bytes::Bytes;
use credenza_core::blob::BlobKey;
use credenza_core::command::{
    Del, Get, LexBound, LexRange, MGet, Set, ZAdd, ZAddOptions, ZRange, ZRangeBy, ZRem,
};
use credenza_core::{
    Batch, Check, CommandId, Context, Error, ErrorKind, Key, KeyPath, Kv, KvStore, Member, Op, Request,
    Result,
};

use super::error::{corrupt, index};
use super::id::Id;
use super::record::{Place, Record};
use crate::listing::Seek;

/// What the index must be able to do.
const COMMANDS: [CommandId; 7] = [
    CommandId::Get,
    CommandId::MGet,
    CommandId::Set,
    CommandId::Del,
    CommandId::ZAdd,
    CommandId::ZRem,
    CommandId::ZRange,
];

#[derive(Debug)]
pub(super) struct Index {
    store: Arc<dyn KvStore>,
    format: Key,
    names: Key,
    objects: KeyPath,
    contents: KeyPath,
    files: KeyPath,
}

/// A record as it was found; it is still the same if its bytes are, for no two have the same id.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) record: Record,
    bytes: Bytes,
}

impl Found {
    fn decode(bytes: Bytes) -> Result<Found> {
        Ok(Found { record: Record::decode(&bytes)?, bytes })
    }
}

impl Index {
    /// Checks what the store can do.
    pub(super) fn new(kv: &Kv) -> Result<Index> {
        kv.require(COMMANDS.into_iter().collect())?;
        if !kv.capabilities().atomic_batches {
            return Err(Error::new(ErrorKind::Unsupported, "the index needs atomic batches"));
        }
        let root = KeyPath::new().push("blob");
        Ok(Index {
            store: Arc::clone(kv.store()),
            format: root.key("format"),
            names: root.key("names"),
            objects: root.child("object"),
            contents: root.child("content"),
            files: root.child("file"),
        })
    }

    /// What was written by [`Index::set_format`].
    pub(super) async fn format(&self, cx: &Context) -> Result<Option<Bytes>> {
        self.run(cx, Get::new(&self.format)).await
    }

    pub(super) async fn set_format(&self, cx: &Context, format: &str) -> Result<()> {
        self.run(cx, Set::new(&self.format, format)).await.map(drop)
    }

    pub(super) async fn find(&self, cx: &Context, key: &BlobKey) -> Result<Option<Found>> {
        let Some(bytes) = self.run(cx, Get::new(self.objects.key(key.as_str()))).await? else {
            return Ok(None);
        };
        Found::decode(bytes).map(Some)
    }

    /// An object whose content is in the index.
    pub(super) async fn find_small(&self, cx: &Context, key: &BlobKey) -> Result<Option<(Record, Bytes)>> {
        let Some(bytes) = self.run(cx, Get::new(self.contents.key(key.as_str()))).await? else {
            return Ok(None);
        };
        let cut = || corrupt("what the index has of the object is cut short");
        let (length, _) = bytes.split_first_chunk::<4>().ok_or_else(cut)?;
        let end = (u32::from_le_bytes(*length) as usize).saturating_add(4);
        let record = Record::decode(bytes.get(4..end).ok_or_else(cut)?)?;
        Ok(Some((record, bytes.slice(end..))))
    }

    /// The records of these keys, in order; `None` for those that are not there.
    pub(super) async fn find_each(
        &self,
        cx: &Context,
        keys: impl Iterator<Item = &str>,
    ) -> Result<Vec<Option<Found>>> {
        let keys: Vec<Key> = keys.map(|key| self.objects.key(key)).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.run(cx, MGet::new(keys)).await?.into_iter();
        found.map(|bytes| bytes.map(Found::decode).transpose()).collect()
    }

    /// At most `count` keys in order.
    pub(super) async fn keys(
        &self,
        cx: &Context,
        start: Seek,
        until: Option<&[u8]>,
        count: usize,
    ) -> Result<Vec<Bytes>> {
        let min = match start {
            Seek::At(key) => LexBound::Inclusive(key.into()),
            Seek::After(key) => LexBound::Exclusive(key.into()),
        };
        let max = until.map_or(LexBound::End, |until| LexBound::Exclusive(until.into()));
        let by = ZRangeBy::lex(LexRange { min, max }).limit(0, i64::try_from(count).unwrap_or(i64::MAX));
        let found = self.run(cx, ZRange::new(&self.names, by)).await?;
        Ok(found.into_iter().map(|(key, _)| key).collect())
    }

    /// Which of these files belong to an object.
    pub(super) async fn owned(&self, cx: &Context, files: &[Id]) -> Result<Vec<bool>> {
        let keys: Vec<Key> = files.iter().map(|id| self.files.key(id.to_bytes())).collect();
        let found = self.run(cx, MGet::new(keys)).await?;
        Ok(found.into_iter().map(|owner| owner.is_some()).collect())
    }

    /// Adds to a batch that an object is still what was found.
    pub(super) fn check(&self, batch: &mut Batch, key: &BlobKey, found: Option<&Found>) {
        let object = self.objects.key(key.as_str());
        batch.check(match found {
            Some(found) => Check::value_equals(object, found.bytes.clone()),
            None => Check::absent(object),
        });
    }

    /// Adds to a batch that an object takes the place of what was found; `content` if it is kept in the index.
    pub(super) fn put(
        &self,
        batch: &mut Batch,
        key: &BlobKey,
        found: Option<&Found>,
        record: &Record,
        content: Option<&Bytes>,
    ) {
        let bytes = record.encode();
        if let Some(content) = content {
            let length = (bytes.len() as u32).to_le_bytes();
            let small = [&length[..], &bytes, content].concat();
            batch.push(Set::new(self.contents.key(key.as_str()), small));
        }
        batch.push(Set::new(self.objects.key(key.as_str()), bytes));
        if let Place::File(_) = record.place {
            batch.push(Set::new(self.files.key(record.id.to_bytes()), key.as_str()));
        }
        match found.map(|found| &found.record) {
            None => drop(batch.push(ZAdd::new(
                &self.names,
                ZAddOptions::default(),
                vec![(0.0, Member::from(key.as_bytes()))],
            ))),
            Some(old) => match old.place {
                Place::Index(_) if content.is_none() => {
                    batch.push(Del::new([self.contents.key(key.as_str())]));
                }
                Place::Index(_) => {}
                Place::File(_) => drop(batch.push(Del::new([self.files.key(old.id.to_bytes())]))),
            },
        }
    }

    /// Adds to a batch that objects are gone.
    pub(super) fn delete(&self, batch: &mut Batch, found: &[(&BlobKey, Found)]) {
        let mut keys = Vec::with_capacity(2 * found.len());
        for (key, found) in found {
            keys.push(self.objects.key(key.as_str()));
            keys.push(match found.record.place {
                Place::Index(_) => self.contents.key(key.as_str()),
                Place::File(_) => self.files.key(found.record.id.to_bytes()),
            });
        }
        batch.push(Del::new(keys));
        let names: Vec<Member> = found.iter().map(|(key, _)| key.as_bytes().into()).collect();
        batch.push(ZRem::new(&self.names, names));
    }

    /// The store it lies in.
    pub(super) fn kv(&self, cx: &Context) -> Kv {
        Kv::from(Arc::clone(&self.store)).with_context(cx.clone())
    }

    /// Applies a batch, all or nothing; false if something is not any more what was found.
    pub(super) async fn commit(&self, cx: &Context, batch: Batch) -> Result<bool> {
        match self.store.execute(cx, Request::Batch(batch)).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::CheckFailed => Ok(false),
            Err(error) => Err(index(error)),
        }
    }

    async fn run<O: Op>(&self, cx: &Context, op: O) -> Result<O::Reply> {
        let response = self.store.execute(cx, Request::One(op.into())).await;
        response.and_then(|response| O::reply(response.one()?)).map_err(index)
    }
}
