//! Cases that a transcript cannot say.

mod deadlines;
mod drops;
mod keys;
mod limits;
mod lists;
mod objects;
mod races;
mod readers;
mod streams;
mod unsupported;

use bytes::Bytes;
use credenza_core::Result;
use credenza_core::blob::{
    BlobKey, BlobStore, CopyOptions, DeleteOptions, GetOptions, ListOptions, PutOptions, Range,
};

use super::BlobSubject;
use super::operation::{Need, Operation, state};
use crate::trial::{Notes, probes};

/// A case in code.
pub(super) type Probe = crate::trial::Probe<BlobSubject, &'static [Need]>;

/// What every store can do.
const NOTHING: &[Need] = &[];
const CONTENT_TAGS: &[Need] = &[Need::ContentTags];

/// Every case in code.
pub(super) fn all() -> impl Iterator<Item = Probe> {
    streams::probes()
        .chain(objects::probes())
        .chain(readers::probes())
        .chain(races::probes())
        .chain(lists::probes())
        .chain(keys::probes())
        .chain(limits::probes())
        .chain(deadlines::probes())
        .chain(drops::probes())
        .chain(unsupported::probes())
}

/// A text that is a key.
fn key(text: &str) -> Result<BlobKey> {
    BlobKey::new(text)
}

/// Content that repeats nowhere: a wrong piece of it is another text.
fn content(len: usize) -> Bytes {
    const BLOCK: usize = 256;
    let mut all = Vec::with_capacity(len + BLOCK);
    for number in 0..len.div_ceil(BLOCK) {
        all.extend_from_slice(&(number as u64).to_le_bytes());
        all.resize((number + 1) * BLOCK, b'.');
    }
    all.truncate(len);
    all.into()
}

/// An object as a whole, if there is one.
async fn read(subject: &BlobSubject, key: &str) -> Result<Option<Bytes>> {
    match subject.blob().get(key).await? {
        Some(object) => object.body.collect(1 << 30).await.map(Some),
        None => Ok(None),
    }
}

/// Fills a store with a few objects.
async fn furnish(subject: &BlobSubject) -> Result<()> {
    let blob = subject.blob();
    let mut options = PutOptions { content_type: Some("text/plain".into()), ..PutOptions::default() };
    options.metadata.insert("color".into(), "red".into());
    blob.put_with("a", "one", options).await?;
    blob.put("a/b", content(100_000)).await?;
    blob.put("c", "").await.map(drop)
}

/// One of each verb, to objects that [`furnish`] put and to one that is not there.
fn every_verb() -> Result<Vec<Operation>> {
    let (a, b, new) = (key("a")?, key("a/b")?, key("new")?);
    let put = |key: &BlobKey| Operation::Put {
        key: key.clone(),
        content: Bytes::from_static(b"changed"),
        options: PutOptions::default(),
    };
    let part = GetOptions { range: Range::Between(10, 20), ..GetOptions::default() };
    Ok(vec![
        put(&a),
        put(&new),
        Operation::Get { key: a.clone(), options: GetOptions::default() },
        Operation::Get { key: b.clone(), options: part },
        Operation::Head { key: a.clone() },
        Operation::Delete { keys: vec![a.clone(), b.clone()], options: DeleteOptions::default() },
        Operation::List(ListOptions::default()),
        Operation::Copy { from: a.clone(), to: new, options: CopyOptions::default() },
        Operation::Copy { from: b, to: a, options: CopyOptions::default() },
    ])
}

/// Everything that can be known about the store.
async fn seen(subject: &BlobSubject) -> Vec<String> {
    state(store(subject)).await
}

fn store(subject: &BlobSubject) -> &dyn BlobStore {
    &**subject.store()
}
