//! Runs operations; what comes back is an [`Answer`].

use bytes::Bytes;
use credenza_core::blob::{BlobStore, Got, ListOptions, ListPage, Object, ObjectInfo};
use credenza_core::{Context, Error, Result};

use super::Operation;
use crate::script::{Answer, quoted};

/// A test reads objects of at most this size as a whole.
const LARGE: usize = 64 << 20;

/// A list that takes more pages has lost its way.
const PAGES: usize = 10_000;

impl Operation {
    /// Runs it. What no store may do (a body that is not as long as it says, an object that is not the one that was
    /// just put) comes back as an answer that nothing expects.
    pub(crate) async fn run(&self, store: &dyn BlobStore) -> Answer {
        match self.try_run(store).await {
            Ok(answer) => answer,
            Err(error) => error.into(),
        }
    }

    async fn try_run(&self, store: &dyn BlobStore) -> Result<Answer> {
        let cx = &Context::new();
        Ok(match self {
            Operation::Put { key, content, options } => {
                let put = store.put(cx, key, content.clone().into(), options.clone()).await?;
                tag(store, &put).await?
            }
            Operation::Copy { from, to, options } => {
                let copied = store.copy(cx, from, to, options.clone()).await?;
                match copied.key == *to {
                    true => tag(store, &copied).await?,
                    false => strange("the copy is not under the key that it was copied to"),
                }
            }
            Operation::Get { key, options } => match store.get(cx, key, options.clone()).await? {
                None => Answer::Nil,
                Some(Got::NotModified(_)) => Answer::Status("not_modified".to_owned()),
                Some(Got::Object(object)) => content(object).await?,
            },
            Operation::Head { key } => {
                store.head(cx, key).await?.map_or(Answer::Nil, |info| described(&info))
            }
            Operation::Delete { keys, options } => {
                let deleted = store.delete(cx, keys, options.clone()).await?;
                Answer::Array(deleted.into_iter().map(|deleted| Answer::Int(deleted.into())).collect())
            }
            Operation::List(options) => page(store.list(cx, options.clone()).await?, true),
            Operation::ListAll(options) => page(all_pages(store, options.clone()).await?, false),
        })
    }
}

fn strange(what: impl Into<String>) -> Answer {
    Answer::Status(what.into())
}

/// The tag of what was just put.
async fn tag(store: &dyn BlobStore, put: &ObjectInfo) -> Result<Answer> {
    let found = store.head(&Context::new(), &put.key).await?;
    Ok(match found.as_ref() == Some(put) {
        true => text(put.etag.as_str()),
        false => strange("what was put is not what stands there then"),
    })
}

async fn content(object: Object) -> Result<Answer> {
    let Object { info, range, body } = object;
    let announced = body.length();
    let content = body.collect(LARGE).await?;
    let length = content.len() as u64;
    let whole = range.start <= range.end && range.end <= info.size && range.end - range.start == length;
    Ok(match whole && announced.is_none_or(|announced| announced == length) {
        true => Answer::Bulk(content),
        false => strange(format!(
            "{length} bytes, announced as {announced:?}, as the range {range:?} of {}",
            info.size
        )),
    })
}

fn text(text: &str) -> Answer {
    Answer::Bulk(Bytes::copy_from_slice(text.as_bytes()))
}

/// What is known of an object: pairs of name and value, of what it has.
fn described(info: &ObjectInfo) -> Answer {
    let mut pairs =
        vec![text("size"), Answer::Int(info.size.cast_signed()), text("etag"), text(info.etag.as_str())];
    let headers = [
        ("type", &info.content_type),
        ("encoding", &info.content_encoding),
        ("language", &info.content_language),
        ("disposition", &info.content_disposition),
        ("cache", &info.cache_control),
    ];
    for (name, value) in headers {
        if let Some(value) = value {
            pairs.extend([text(name), text(value)]);
        }
    }
    for (name, value) in &info.metadata {
        pairs.extend([text(&format!("meta_{name}")), text(value)]);
    }
    Answer::Array(pairs)
}

fn page(page: ListPage, with_cursor: bool) -> Answer {
    let objects = page.objects.iter().map(|info| text(&info.key)).collect();
    let prefixes = page.prefixes.iter().map(|prefix| text(prefix)).collect();
    let mut parts = vec![Answer::Array(objects), Answer::Array(prefixes)];
    if let Some(cursor) = page.cursor.filter(|_| with_cursor) {
        parts.push(text(&cursor));
    }
    Answer::Array(parts)
}

/// All pages as one.
pub(crate) async fn all_pages(store: &dyn BlobStore, mut options: ListOptions) -> Result<ListPage> {
    let mut all = ListPage::default();
    for _ in 0..PAGES {
        let page = store.list(&Context::new(), options.clone()).await?;
        let found = page.objects.len() + page.prefixes.len();
        if found > options.limit {
            return Err(Error::internal("a page is longer than its limit"));
        }
        all.objects.extend(page.objects);
        all.prefixes.extend(page.prefixes);
        match page.cursor {
            Some(cursor) => options.cursor = Some(cursor),
            None => return Ok(all),
        }
    }
    Err(Error::internal("a list without an end"))
}

fn sum(bytes: &[u8]) -> u64 {
    use std::hash::Hasher;
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// Everything that can be known about a store, an object a line.
pub(crate) async fn state(store: &dyn BlobStore) -> Vec<String> {
    let list = match all_pages(store, ListOptions::default()).await {
        Ok(list) => list,
        Err(error) => return vec![format!("LIST => {error}")],
    };
    let mut lines = Vec::new();
    for info in list.objects {
        let read = Operation::Get { key: info.key.clone(), options: Default::default() };
        let content = match read.run(store).await {
            Answer::Bulk(bytes) if bytes.len() > 200 => format!("{} bytes #{:x}", bytes.len(), sum(&bytes)),
            answer => answer.to_string(),
        };
        let (key, about) = (quoted(info.key.as_bytes()), described(&info));
        lines.push(format!("{key} put at {}: {about}: {content}", info.uploaded));
    }
    lines
}
